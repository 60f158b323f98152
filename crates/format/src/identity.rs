//! What an object is, as bytes: the source of its id, so that a retry writes the same key.
//!
//! Left out, on purpose: the format, the configuration, the evaluated prefix and the content. A redeployment in the
//! midst of a retry must not store the same records twice.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{DeliveryName, Digest128, ObjectRole, SequenceNumber, ShardId};

/// The version of all that makes an object's id. It rises when the encoding or its meaning changes, and only then:
/// builds of one version give the same record set the same id.
pub const KEY_SCHEME_VERSION: u32 = 1;

/// What an object is: whose records of which stream it holds, and exactly which.
///
/// The encoding, in this order; every number is big-endian and every text is UTF-8 after its length in bytes (4 bytes):
///
/// | bytes | what |
/// | --- | --- |
/// | 4 | [`KEY_SCHEME_VERSION`] |
/// | 4 + n | delivery name |
/// | 4 + n | role: `data`, `error:processing-failed` |
/// | 4 + n | ARN of the stream, also when a consumer is read |
/// | 8 | number of the shard |
/// | 4 | number of partitions, then for each: |
/// | 4 + n, 4 + n | its name, its value |
/// | 4 + n | first sequence number, digits |
/// | 4 + n | last sequence number, digits |
/// | 8 | count of outputs |
/// | 16 | digest of the outputs ([`crate::RecordSetDigest`]) |
///
/// The id is a UUID of version 8: the first 16 bytes of the encoding's SHA-256, with version and variant laid over, so
/// 122 bits of it. The other 16 bytes of the hash are the seed of the key's random strings.
///
/// A test vector:
///
/// ```
/// # use penstock_format::{DeliveryName, Digest128, ObjectIdentity, ObjectRole, SequenceNumber, ShardId};
/// let identity = ObjectIdentity {
///     delivery_name: &DeliveryName::parse("clicks").unwrap(),
///     role: ObjectRole::Data,
///     stream_arn: "arn:aws:kinesis:us-east-2:123456789012:stream/s",
///     shard: ShardId::parse("shardId-000000000006").unwrap(),
///     partitions: &[("country", "jp")],
///     first: &SequenceNumber::parse("49590338271490256608559692538361571095921575989136588898").unwrap(),
///     last: &SequenceNumber::parse("49590338271490256608559692540925702759324208523137515618").unwrap(),
///     count: 3,
///     digest: Digest128::parse("00112233445566778899aabbccddeeff").unwrap(),
/// };
/// let hex: String = identity.encode().iter().map(|byte| format!("{byte:02x}")).collect();
/// assert_eq!(hex, concat!(
///     "00000001",
///     "00000006636c69636b73",
///     "0000000464617461",
///     "0000002f61726e3a6177733a6b696e657369733a75732d656173742d323a3132333435363738393031323a7374726561",
///     "6d2f73",
///     "0000000000000006",
///     "0000000100000007636f756e747279000000026a70",
///     "000000383439353930333338323731343930323536363038353539363932353338333631353731303935393231353735",
///     "393839313336353838383938",
///     "000000383439353930333338323731343930323536363038353539363932353430393235373032373539333234323038",
///     "353233313337353135363138",
///     "000000000000000300112233445566778899aabbccddeeff",
/// ));
/// assert_eq!(identity.uuid().to_string(), "b1196465-dfc7-85e1-9c02-02c22ad2a749");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ObjectIdentity<'a> {
    /// The delivery that the object belongs to.
    pub delivery_name: &'a DeliveryName,
    /// What the object is for.
    pub role: ObjectRole,
    /// The stream's ARN, as [`crate::stream_arn_of`] tells it.
    pub stream_arn: &'a str,
    /// The shard that all records come from.
    pub shard: ShardId,
    /// Names and values of the object's partition, in the order of the configuration.
    pub partitions: &'a [(&'a str, &'a str)],
    /// The sequence number of the first record.
    pub first: &'a SequenceNumber,
    /// The sequence number of the last record.
    pub last: &'a SequenceNumber,
    /// How many outputs the object holds.
    pub count: u64,
    /// The digest of these outputs.
    pub digest: Digest128,
}

impl ObjectIdentity<'_> {
    /// The bytes that say what the object is: different identities have different bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoding = Vec::with_capacity(320);
        encoding.extend(KEY_SCHEME_VERSION.to_be_bytes());
        text(&mut encoding, self.delivery_name.as_str());
        text(&mut encoding, &self.role.to_string());
        text(&mut encoding, self.stream_arn);
        encoding.extend(self.shard.number().to_be_bytes());
        encoding.extend(length(self.partitions.len()));
        for (name, value) in self.partitions {
            text(&mut encoding, name);
            text(&mut encoding, value);
        }
        text(&mut encoding, self.first.as_str());
        text(&mut encoding, self.last.as_str());
        encoding.extend(self.count.to_be_bytes());
        encoding.extend(self.digest.to_be_bytes());
        encoding
    }

    /// The id in the object's key.
    pub fn uuid(&self) -> Uuid {
        Uuid::new_v8(self.halves().0)
    }

    /// The seed of the random strings in the object's key; see [`crate::RandomStrings`].
    pub fn random_seed(&self) -> [u8; 16] {
        self.halves().1
    }

    fn halves(&self) -> ([u8; 16], [u8; 16]) {
        let hash: [u8; 32] = Sha256::digest(self.encode()).into();
        let (first, second) = hash.split_at(16);
        let half = |bytes: &[u8]| bytes.try_into().expect("half of 32 bytes is 16");
        (half(first), half(second))
    }
}

fn text(encoding: &mut Vec<u8>, text: &str) {
    encoding.extend(length(text.len()));
    encoding.extend(text.as_bytes());
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("names, ARNs and partitions are far below 4 GiB").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorOutputType;

    type Owned = (String, bool, String, u64, Vec<(String, String)>, u64, u64, u64, u128);

    fn encode(owned: &Owned) -> (Vec<u8>, Uuid, [u8; 16]) {
        let (name, error, stream_arn, shard, partitions, first, last, count, digest) = owned;
        let partitions: Vec<_> = partitions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let identity = ObjectIdentity {
            delivery_name: &DeliveryName::parse(name).unwrap(),
            role: if *error { ObjectRole::Error(ErrorOutputType::ProcessingFailed) } else { ObjectRole::Data },
            stream_arn,
            shard: ShardId::from_number(*shard).unwrap(),
            partitions: &partitions,
            first: &SequenceNumber::parse(&first.to_string()).unwrap(),
            last: &SequenceNumber::parse(&last.to_string()).unwrap(),
            count: *count,
            digest: Digest128::parse(&format!("{digest:032x}")).unwrap(),
        };
        (identity.encode(), identity.uuid(), identity.random_seed())
    }

    fn any_identity() -> impl Strategy<Value = Owned> {
        // Few different values, so that neighbouring fields often look alike and pairs are often equal.
        let text = || proptest::sample::select(vec!["", "a", "aa", "a\0\0\0\u{1}a", "é"]).prop_map(str::to_owned);
        (
            "[ab.]{1,3}",
            any::<bool>(),
            text(),
            0_u64..3,
            proptest::collection::vec((text(), text()), 0..3),
            0_u64..12,
            0_u64..12,
            0_u64..3,
            0_u128..3,
        )
    }

    proptest! {
        #[test]
        fn k3_different_identities_have_different_ids(a in any_identity(), b in any_identity()) {
            let ((bytes_a, uuid_a, seed_a), (bytes_b, uuid_b, seed_b)) = (encode(&a), encode(&b));
            prop_assert_eq!(a == b, bytes_a == bytes_b);
            prop_assert_eq!(a == b, uuid_a == uuid_b);
            prop_assert_eq!(a == b, seed_a == seed_b);
            prop_assert_eq!((uuid_a.get_version_num(), uuid_a.get_variant()), (8, uuid::Variant::RFC4122));
        }
    }

    #[test]
    fn k3_each_field_alone_makes_another_id() {
        let base: Owned = ("n".into(), false, "arn".into(), 0, vec![("p".into(), "v".into())], 1, 2, 3, 4);
        let change = |f: fn(&mut Owned)| {
            let mut changed = base.clone();
            f(&mut changed);
            encode(&changed).1
        };
        let ids = [
            encode(&base).1,
            change(|i| i.0 = "m".into()),
            change(|i| i.1 = true),
            change(|i| i.2 = "arm".into()),
            change(|i| i.3 = 1),
            change(|i| i.4[0].0 = "q".into()),
            change(|i| i.4[0].1 = "w".into()),
            change(|i| i.4.clear()),
            change(|i| i.5 = 0),
            change(|i| i.6 = 9),
            change(|i| i.7 = 4),
            change(|i| i.8 = 5),
        ];
        let different: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
    }
}
