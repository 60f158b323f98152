//! Digests of a body: computed while it arrives, compared with what the client declared, kept with the object.
//!
//! AWS computes CRC-64/NVME for a body that came without a checksum, so every object has one.

use std::collections::{BTreeMap, BTreeSet};

use base64_simd::STANDARD as BASE64;
use http::HeaderMap;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use serde::{Deserialize, Serialize};

use super::error::StoreError;

/// What `x-amz-checksum-algorithm` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Base64 digests, one an algorithm.
pub(super) type Checksums = BTreeMap<Algorithm, String>;

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// AWS's name of it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header, or trailer, that carries it.
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub(super) fn from_name(name: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| StoreError::InvalidRequest(format!("checksum algorithm {name:?} is not supported")))
    }

    /// Bytes of its digest.
    const fn bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// The digests of one body in the making.
pub(super) struct Digests {
    bytes: u64,
    md5: Md5,
    crc32: Option<Crc32>,
    crc32c: Option<Crc32c>,
    crc64nvme: Option<Crc64Nvme>,
    sha1: Option<Sha1>,
    sha256: Option<Sha256>,
}

/// The digests of a whole body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digested {
    pub(super) bytes: u64,
    pub(super) md5: [u8; 16],
    pub(super) checksums: Checksums,
}

impl Digests {
    /// MD5 and length always, the rest as asked for.
    pub(super) fn new(algorithms: &BTreeSet<Algorithm>) -> Self {
        let has = |algorithm| algorithms.contains(&algorithm);
        Self {
            bytes: 0,
            md5: Md5::new(),
            crc32: has(Algorithm::Crc32).then(Crc32::new),
            crc32c: has(Algorithm::Crc32c).then(Crc32c::new),
            crc64nvme: has(Algorithm::Crc64Nvme).then(Crc64Nvme::new),
            sha1: has(Algorithm::Sha1).then(Sha1::new),
            sha256: has(Algorithm::Sha256).then(Sha256::new),
        }
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        self.bytes += data.len() as u64;
        self.md5.update(data);
        if let Some(digest) = &mut self.crc32 {
            digest.update(data);
        }
        if let Some(digest) = &mut self.crc32c {
            digest.update(data);
        }
        if let Some(digest) = &mut self.crc64nvme {
            digest.update(data);
        }
        if let Some(digest) = &mut self.sha1 {
            digest.update(data);
        }
        if let Some(digest) = &mut self.sha256 {
            digest.update(data);
        }
    }

    pub(super) fn finish(self) -> Digested {
        let digests: [(Algorithm, Option<Vec<u8>>); 5] = [
            (Algorithm::Crc32, self.crc32.map(|digest| digest.finalize().to_vec())),
            (Algorithm::Crc32c, self.crc32c.map(|digest| digest.finalize().to_vec())),
            (Algorithm::Crc64Nvme, self.crc64nvme.map(|digest| digest.finalize().to_vec())),
            (Algorithm::Sha1, self.sha1.map(|digest| digest.finalize().to_vec())),
            (Algorithm::Sha256, self.sha256.map(|digest| digest.finalize().to_vec())),
        ];
        let checksums = digests
            .into_iter()
            .filter_map(|(algorithm, digest)| Some((algorithm, BASE64.encode_to_string(digest?))))
            .collect();
        Digested { bytes: self.bytes, md5: self.md5.finalize(), checksums }
    }
}

/// What the client says of the body it sends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Declared {
    /// `Content-Length`, or `x-amz-decoded-content-length` of an `aws-chunked` body.
    pub(super) bytes: Option<u64>,
    md5: Option<[u8; 16]>,
    checksums: Checksums,
    /// Comes behind the body.
    trailers: BTreeSet<Algorithm>,
    /// Asked for without a value.
    requested: Option<Algorithm>,
}

impl Declared {
    /// Checks the form of each value; a value that is no digest is the client's error before any byte is read.
    pub(super) fn new(bytes: Option<i64>, md5: Option<&str>, checksums: Checksums) -> Result<Self, StoreError> {
        let md5 = md5
            .map(|text| {
                let digest = BASE64.decode_to_vec(text).ok().and_then(|digest| digest.try_into().ok());
                digest.ok_or_else(|| StoreError::InvalidDigest(text.to_owned()))
            })
            .transpose()?;
        for (algorithm, text) in &checksums {
            check_form(*algorithm, text)?;
        }
        let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok());
        Ok(Self { bytes, md5, checksums, ..Self::default() })
    }

    /// Adds what the headers announce: `x-amz-trailer`, and an algorithm without a value.
    pub(super) fn with_headers(mut self, headers: &HeaderMap) -> Result<Self, StoreError> {
        for value in headers.get_all("x-amz-trailer") {
            let names = value.to_str().unwrap_or_default().split(',').map(|name| name.trim().to_ascii_lowercase());
            self.trailers
                .extend(names.filter_map(|name| Algorithm::ALL.into_iter().find(|known| known.header() == name)));
        }
        if let Some(name) = headers.get("x-amz-sdk-checksum-algorithm") {
            self.requested = Some(Algorithm::from_name(&name.to_str().unwrap_or_default().to_ascii_uppercase())?);
        }
        Ok(self)
    }

    /// Adds an algorithm to compute whatever the client declares.
    pub(super) fn with_requested(mut self, algorithm: Option<Algorithm>) -> Self {
        self.requested = algorithm.or(self.requested);
        self
    }

    /// What to compute: what was declared, else CRC-64/NVME.
    pub(super) fn algorithms(&self) -> BTreeSet<Algorithm> {
        let mut algorithms: BTreeSet<Algorithm> = self.checksums.keys().copied().collect();
        algorithms.extend(&self.trailers);
        algorithms.extend(self.requested);
        if algorithms.is_empty() {
            algorithms.insert(Algorithm::Crc64Nvme);
        }
        algorithms
    }

    /// Compares a body that is wholly here with what was said of it, before it or behind it.
    pub(super) fn verify(&self, digested: &Digested, trailers: &HeaderMap) -> Result<(), StoreError> {
        if let Some(declared) = self.bytes
            && declared != digested.bytes
        {
            return Err(StoreError::IncompleteBody { declared, received: digested.bytes });
        }
        if self.md5.is_some_and(|declared| declared != digested.md5) {
            return Err(StoreError::BadDigest("Content-MD5"));
        }
        let mut declared = self.checksums.clone();
        for algorithm in &self.trailers {
            let value = trailers.get(algorithm.header()).and_then(|value| value.to_str().ok());
            let value = value.ok_or(StoreError::MissingTrailer(algorithm.header()))?;
            check_form(*algorithm, value)?;
            declared.insert(*algorithm, value.to_owned());
        }
        verify_checksums(&declared, &digested.checksums)
    }
}

/// Every declared checksum must be among the computed ones.
pub(super) fn verify_checksums(declared: &Checksums, computed: &Checksums) -> Result<(), StoreError> {
    for (algorithm, value) in declared {
        if computed.get(algorithm) != Some(value) {
            return Err(StoreError::BadDigest(algorithm.name()));
        }
    }
    Ok(())
}

/// The checksum of the parts' checksums, as a multipart object of type `COMPOSITE` has it: `<base64>-<parts>`.
/// `None` if a part has none.
pub(super) fn composite<'a>(algorithm: Algorithm, parts: impl Iterator<Item = &'a Checksums>) -> Option<String> {
    let mut digests = Digests::new(&BTreeSet::from([algorithm]));
    let mut count = 0_usize;
    for checksums in parts {
        digests.update(&BASE64.decode_to_vec(checksums.get(&algorithm)?).ok()?);
        count += 1;
    }
    digests.finish().checksums.remove(&algorithm).map(|digest| format!("{digest}-{count}"))
}

/// The entity tag of a body that came in one piece.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

fn check_form(algorithm: Algorithm, text: &str) -> Result<(), StoreError> {
    let well_formed = BASE64.decode_to_vec(text).is_ok_and(|digest| digest.len() == algorithm.bytes());
    if well_formed { Ok(()) } else { Err(StoreError::InvalidChecksum { header: algorithm.header() }) }
}

#[cfg(test)]
mod tests;
