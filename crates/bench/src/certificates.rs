//! A certificate authority that lives as long as a run, and what makes clients trust it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Where systems have the authorities that they trust. A client on Lambda loads as many.
const SYSTEM_BUNDLES: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// The authorities that Penstock trusts of itself: on Lambda it reads these, and the system's where they do not do.
const AMAZON: &[u8] = include_bytes!("../../handler/src/s3/amazon_roots.pem");

/// What a server on loopback needs, and what its clients need.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The server's side: TLS 1.3 alone.
    pub server: Arc<rustls::ServerConfig>,
    /// A file of authorities, the system's and the one of this run.
    pub bundle: PathBuf,
    /// The same with Amazon's alone in place of the system's.
    pub amazon: PathBuf,
}

impl Certificates {
    /// Makes an authority and a certificate of its for loopback, and writes the bundle into `folder`. The keys lie in memory
    /// alone.
    pub fn make(folder: &Path) -> anyhow::Result<Self> {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "Penstock bench");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().context("cannot make a key")?;
        let root = authority.self_signed(&key).context("cannot make a certificate authority")?;
        let issuer = Issuer::new(authority, key);

        let mut leaf = CertificateParams::default();
        leaf.distinguished_name.push(DnType::CommonName, "S3 on loopback");
        leaf.subject_alt_names = vec![
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            SanType::DnsName("localhost".try_into().context("a name")?),
        ];
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().context("cannot make a key")?;
        let certificate = leaf.signed_by(&key, &issuer).context("cannot make a certificate")?;

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .context("TLS 1.3")?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .context("the certificate does not fit its key")?;

        let write = |name: &str, authorities: &[u8]| {
            let path = folder.join(name);
            let all = [authorities, root.pem().as_bytes()].concat();
            std::fs::write(&path, all).with_context(|| format!("cannot write {}", path.display()))?;
            anyhow::Ok(path)
        };
        let system = SYSTEM_BUNDLES.iter().find_map(|path| std::fs::read(path).ok()).unwrap_or_default();
        let (bundle, amazon) = (write("authorities.pem", &system)?, write("amazon.pem", AMAZON)?);
        Ok(Self { server: Arc::new(server), bundle, amazon })
    }
}
