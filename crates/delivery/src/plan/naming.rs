//! Names: from what an object holds to its id, its key and its metadata.

use bytes::Bytes;
use penstock_format::{
    DeliveryName, Digest128, FORMAT_VERSION, KEY_SCHEME_VERSION, NameParts, ObjectIdentity, ObjectMetadata, ObjectRole,
    OutputFormat, RandomStrings, RecordSetDigest, SequenceNumber, ShardId, Uuid,
};

use super::group::{Group, Span};
use super::{Counts, IdSource, PlanError, PlannedObject};
use crate::config::DeliveryConfig;
use crate::records::KinesisRecords;

/// Names the objects of one plan: what they have in common is here once.
pub(super) struct Namer<'p> {
    config: &'p DeliveryConfig,
    delivery_name: &'p DeliveryName,
    stream_arn: String,
    shard_id: ShardId,
    ids: IdSource,
    counts: Counts,
    batch: Option<(SequenceNumber, SequenceNumber)>,
    data_objects: u32,
    object_count: u32,
}

impl<'p> Namer<'p> {
    pub(super) fn new(
        config: &'p DeliveryConfig,
        records: &KinesisRecords<'_>,
        ids: IdSource,
        counts: Counts,
        kept: &Group,
        failed: &Group,
    ) -> Self {
        let data_objects = u32::from(kept.span.is_some());
        Self {
            config,
            delivery_name: &config.delivery_name,
            stream_arn: records.stream_arn().to_owned(),
            shard_id: records.shard_id(),
            ids,
            counts,
            batch: records.range(),
            data_objects,
            object_count: data_objects + u32::from(failed.span.is_some()),
        }
    }

    pub(super) fn name(
        &self,
        role: ObjectRole,
        span: &Span,
        digest: &RecordSetDigest,
        extension: &str,
        body: Vec<u8>,
    ) -> Result<PlannedObject, PlanError> {
        let count = digest.count();
        let digest = digest.finish();
        let index = match role {
            ObjectRole::Data | ObjectRole::Backup => 0,
            ObjectRole::Error(_) => self.data_objects,
        };
        let (id, random) = self.id(role, span, count, digest, index);
        let (config, at) = (self.config, span.oldest_arrival);
        let prefix = match role {
            ObjectRole::Data | ObjectRole::Backup => config.prefix.evaluate(at, config.time_zone, &random),
            ObjectRole::Error(kind) => config.error_output_prefix.evaluate(kind, at, config.time_zone, &random),
        }
        .map_err(|source| PlanError::Prefix { role, source })?;
        let parts = NameParts {
            delivery_name: self.delivery_name,
            shard: self.shard_id,
            at,
            zone: config.time_zone,
            first: &span.first,
            last: &span.last,
            id,
        };
        let key =
            config.object_name.key(&prefix, &parts, extension).map_err(|source| PlanError::Key { role, source })?;
        let metadata = self.metadata(role, span, count, digest, index);
        let OutputFormat::Lines { compression, .. } = &config.output_format;
        let content = config.attributes.content_headers(role, *compression);
        Ok(PlannedObject {
            key,
            role,
            body: Bytes::from(body),
            content_type: content.content_type,
            content_encoding: content.content_encoding,
            content_disposition: content.content_disposition,
            content_language: content.content_language,
            metadata,
            oldest_arrival: at,
        })
    }

    /// The object's id, and the random strings of its prefix.
    fn id(&self, role: ObjectRole, span: &Span, count: u64, digest: Digest128, index: u32) -> (Uuid, RandomStrings) {
        match self.ids {
            IdSource::Derived => {
                let identity = ObjectIdentity {
                    delivery_name: self.delivery_name,
                    role,
                    stream_arn: &self.stream_arn,
                    shard: self.shard_id,
                    partitions: &[],
                    first: &span.first,
                    last: &span.last,
                    count,
                    digest,
                };
                (identity.uuid(), RandomStrings::new(identity.random_seed()))
            }
            IdSource::Random(random) => {
                let bytes = random.of_object(index);
                (uuid_v4(bytes), RandomStrings::new(bytes))
            }
        }
    }

    fn metadata(&self, role: ObjectRole, span: &Span, records: u64, digest: Digest128, index: u32) -> ObjectMetadata {
        let (batch_first, batch_last) = self.batch.unwrap_or((span.first, span.last));
        ObjectMetadata {
            role,
            first: span.first,
            last: span.last,
            records,
            digest,
            key_scheme: KEY_SCHEME_VERSION,
            format_version: FORMAT_VERSION,
            batch_first,
            batch_last,
            batch_records: self.counts.records,
            batch_dropped: self.counts.dropped,
            batch_failed: self.counts.failed,
            object_index: index + 1,
            object_count: self.object_count,
        }
    }
}

/// The post's id: version 4, from bytes that the shell drew.
fn uuid_v4(mut bytes: [u8; 16]) -> Uuid {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}
