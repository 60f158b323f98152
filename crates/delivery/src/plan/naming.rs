//! Names: from what an object holds to its id, its key and its metadata.

use bytes::Bytes;
use penstock_format::{
    Compression, Digest128, FORMAT_VERSION, KEY_SCHEME_VERSION, NameParts, ObjectIdentity, ObjectMetadata, ObjectRole,
    PartitionValues, PrefixError, RandomStrings, SequenceNumber, ShardId, Uuid,
};

use super::group::Span;
use super::{Counts, IdSource, PlanError, PlannedObject};
use crate::config::DeliveryConfig;

/// An object that is complete but for its name.
pub(super) struct Filled {
    pub(super) role: ObjectRole,
    pub(super) span: Span,
    /// How many outputs lie in it.
    pub(super) count: u64,
    /// Which: the value alone, as there may be a thousand objects.
    pub(super) digest: Digest128,
    /// Values of its partition keys, in the order of the configuration.
    pub(super) values: Vec<String>,
    pub(super) extension: String,
    pub(super) compression: Compression,
    pub(super) body: Vec<u8>,
}

/// Names the objects of one plan: what they have in common is here once.
pub(super) struct Namer<'p> {
    pub(super) config: &'p DeliveryConfig,
    pub(super) stream_arn: &'p str,
    pub(super) shard_id: ShardId,
    pub(super) ids: IdSource,
    pub(super) counts: Counts,
    /// Records of the stream in the batch.
    pub(super) kinesis_records: u64,
    /// The batch's first and last sequence number.
    pub(super) batch: (SequenceNumber, SequenceNumber),
}

impl Namer<'_> {
    /// Names objects that belong together: each says which of them it is.
    pub(super) fn name_all(&self, filled: Vec<Filled>, ids_before: usize) -> Result<Vec<PlannedObject>, PlanError> {
        let count = u32::try_from(filled.len()).expect("a batch has some thousand objects at most");
        let numbers = (0..count).zip(ids_before..);
        let named = filled.into_iter().zip(numbers);
        named.map(|(one, (index, id))| self.name(one, (index + 1, count), id)).collect()
    }

    fn name(&self, filled: Filled, place: (u32, u32), id_number: usize) -> Result<PlannedObject, PlanError> {
        let (config, role, at) = (self.config, filled.role, filled.span.oldest_arrival);
        let (count, digest) = (filled.count, filled.digest);
        let (id, random) = self.id(&filled, count, digest, id_number);
        let prefix = self.prefix(&filled, &random).map_err(|source| PlanError::Prefix { role, source })?;
        let parts = NameParts {
            delivery_name: &config.delivery_name,
            shard: self.shard_id,
            at,
            zone: &config.time_zone,
            first: &filled.span.first,
            last: &filled.span.last,
            id,
        };
        let key = config.object_name.key(&prefix, &parts, &filled.extension);
        let key = key.map_err(|source| PlanError::Key { role, source })?;
        let bucket = match (role, &config.backup) {
            (ObjectRole::Backup, Some(backup)) => &backup.bucket,
            _ => &config.bucket,
        };
        let mut content = config.attributes.content_headers(role, filled.compression);
        if role == ObjectRole::Data && config.conversion.is_some() {
            content.content_encoding = config.attributes.content_encoding.of_columns();
        }
        Ok(PlannedObject {
            bucket: bucket.clone(),
            key,
            role,
            partition: filled.values,
            body: Bytes::from(filled.body),
            content_type: content.content_type,
            content_encoding: content.content_encoding,
            content_disposition: content.content_disposition,
            content_language: content.content_language,
            metadata: self.metadata(role, &filled.span, count, digest, place),
            oldest_arrival: at,
        })
    }

    /// What stands before the object's name.
    fn prefix(&self, filled: &Filled, random: &RandomStrings) -> Result<String, PrefixError> {
        let (config, at, zone) = (self.config, filled.span.oldest_arrival, &self.config.time_zone);
        match filled.role {
            ObjectRole::Error(kind) => config.error_output_prefix.evaluate(kind, at, zone, random),
            ObjectRole::Data => config.prefix.evaluate_for(self.values(filled), at, zone, random),
            ObjectRole::Backup => {
                let prefix = config.backup.as_ref().map_or(&config.prefix, |backup| &backup.prefix);
                prefix.evaluate(at, zone, random)
            }
        }
    }

    fn values<'f>(&'f self, filled: &'f Filled) -> PartitionValues<'f> {
        let keys = self.config.partitioning.as_ref().map_or(&[][..], |partitioning| &partitioning.keys);
        PartitionValues::new(keys, &filled.values)
    }

    /// The object's id, and the random strings of its prefix.
    fn id(&self, filled: &Filled, count: u64, digest: Digest128, number: usize) -> (Uuid, RandomStrings) {
        match self.ids {
            IdSource::Derived => {
                let partitions: Vec<(&str, &str)> =
                    self.values(filled).pairs().map(|(key, value)| (key.name(), value)).collect();
                let identity = ObjectIdentity {
                    delivery_name: &self.config.delivery_name,
                    role: filled.role,
                    stream_arn: self.stream_arn,
                    shard: self.shard_id,
                    partitions: &partitions,
                    first: &filled.span.first,
                    last: &filled.span.last,
                    count,
                    digest,
                };
                (identity.uuid(), RandomStrings::new(identity.random_seed()))
            }
            IdSource::Random(random) => {
                let bytes = random.of_object(u32::try_from(number).unwrap_or(u32::MAX));
                (uuid_v4(bytes), RandomStrings::new(bytes))
            }
        }
    }

    fn metadata(
        &self,
        role: ObjectRole,
        span: &Span,
        records: u64,
        digest: Digest128,
        (object_index, object_count): (u32, u32),
    ) -> ObjectMetadata {
        ObjectMetadata {
            role,
            first: span.first,
            last: span.last,
            records,
            digest,
            key_scheme: KEY_SCHEME_VERSION,
            format_version: FORMAT_VERSION,
            batch_first: self.batch.0,
            batch_last: self.batch.1,
            batch_records: self.counts.records,
            batch_kinesis_records: self.kinesis_records,
            batch_dropped: self.counts.dropped,
            batch_failed: self.counts.failed,
            object_index,
            object_count,
        }
    }
}

/// The post's id: version 4, from bytes that the shell drew.
fn uuid_v4(mut bytes: [u8; 16]) -> Uuid {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}
