//! Whose certificates S3 is known by.
//!
//! Reading the hundred and fifty authorities of a system takes most of a cold start, and those of S3 are five. A server that
//! none of them vouches for is asked again with all of the system's: S3 may have another authority one day, and a function
//! that was deployed before must not stop for it.

use std::error::Error;

use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};

use crate::environment::FunctionEnvironment;

/// Amazon Trust Services, Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2. Source: its
/// repository, amazontrust.com/repository; the digests of their keys, as it lists them, are held by a test.
const AMAZON: &[u8] = include_bytes!("amazon_roots.pem");

/// Who may vouch for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Roots {
    /// Amazon's own authorities.
    Amazon,
    /// Those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    System,
}

impl Roots {
    /// Amazon's for S3 itself; the system's for another endpoint, and where somebody says which they are.
    pub(super) fn of(environment: &FunctionEnvironment) -> Self {
        let is_told = environment.endpoint_url_s3.is_some() || environment.has_own_roots;
        if is_told { Self::System } else { Self::Amazon }
    }

    /// A client that trusts them.
    pub(super) fn http_client(self) -> SharedHttpClient {
        let builder = aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring));
        let store = match self {
            Self::System => return builder.build_https(),
            Self::Amazon => TrustStore::empty().with_pem_certificate(AMAZON),
        };
        match TlsContext::builder().with_trust_store(store).build() {
            Ok(context) => builder.tls_context(context).build_https(),
            Err(_) => builder.build_https(),
        }
    }
}

/// Whether a connection was not made because nobody that is trusted vouches for the server.
pub(super) fn is_unknown_issuer(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.to_string().contains("UnknownIssuer") {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digests of the keys (SHA-256 of `SubjectPublicKeyInfo`), as Amazon Trust Services lists them.
    const KEYS: [&str; 5] = [
        "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
        "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
        "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
        "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
        "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
    ];

    /// The elements of a DER sequence: tag, all of its bytes, what it holds.
    fn elements(mut der: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
        let mut elements = Vec::new();
        while let [tag, first, ..] = *der {
            let of_length = if first < 0x80 { 0 } else { usize::from(first & 0x7f) };
            let length = match of_length {
                0 => usize::from(first),
                _ => der[2..2 + of_length].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            };
            let (start, end) = (2 + of_length, 2 + of_length + length);
            elements.push((tag, &der[..end], &der[start..end]));
            der = &der[end..];
        }
        elements
    }

    #[test]
    fn the_authorities_are_amazons_by_the_digests_of_their_keys() {
        use sha2::Digest as _;
        let be = |half: &[u8]| u128::from_be_bytes(half.try_into().unwrap());
        let text = std::str::from_utf8(AMAZON).unwrap();
        let certificates = text.split("-----BEGIN CERTIFICATE-----").skip(1).map(|pem| {
            let base64: String = pem.split("-----END").next().unwrap().split_whitespace().collect();
            base64_simd::STANDARD.decode_to_vec(base64).unwrap()
        });
        let digests: Vec<String> = certificates
            .map(|der| {
                // Certificate, TBSCertificate; there the key is behind version, number, algorithm, issuer, validity, subject.
                let whole = elements(&der)[0].2;
                let key = elements(elements(whole)[0].2)[6].1;
                let digest: [u8; 32] = sha2::Sha256::digest(key).into();
                format!("{:032x}{:032x}", be(&digest[..16]), be(&digest[16..]))
            })
            .collect();
        assert_eq!(digests, KEYS);
    }

    #[test]
    fn the_system_is_trusted_where_somebody_says_so() {
        let own = |endpoint: Option<&str>, has_own_roots| {
            Roots::of(&FunctionEnvironment {
                region: "eu-west-1".to_owned(),
                access_key_id: String::new(),
                secret_access_key: String::new(),
                session_token: None,
                endpoint_url_s3: endpoint.map(str::to_owned),
                has_own_roots,
            })
        };
        assert_eq!(own(None, false), Roots::Amazon);
        assert_eq!(own(Some("https://s3.example.com"), false), Roots::System);
        assert_eq!(own(None, true), Roots::System);
    }
}
