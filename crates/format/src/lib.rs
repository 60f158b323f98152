//! What lies in S3 for years, written and read back.
//!
//! Responsible for: the prefix language, object names and keys, sequence numbers, shard ids, framing, compression, envelopes,
//! the identity of an object, error records and object metadata. Everything that writes one of these stands beside
//! what reads it back.
//!
//! Left out: what a batch is, which records go into which object, and how objects reach S3.
//!
//! **Invariant:** this crate knows no clock, no environment, no file system, no network and no randomness. Time comes
//! from the records, and random bytes, where a configuration asks for them, come in as a value.

mod arrival_time;
mod compression;
pub mod coverage;
mod delivery_name;
mod digest;
mod envelope;
mod error_output_type;
mod error_record;
mod error_source;
mod excerpt;
mod failure_document;
mod failure_message;
mod file_extension;
mod framing;
mod identity;
pub mod limits;
mod lines;
mod local_time;
mod object_key;
mod object_metadata;
mod object_name;
mod object_role;
pub mod prefix;
mod random_strings;
mod sequence_digits;
mod sequence_number;
mod shard_id;
mod stream_arn;
mod time_zone;

pub use arrival_time::{ArrivalTime, ArrivalTimeError};
pub use compression::{Codec, Compression, CompressionError, CompressionLevelError, DecompressError};
pub use delivery_name::{DeliveryName, DeliveryNameError};
pub use digest::{Digest128, DigestError, RecordSetDigest};
pub use envelope::{Envelope, EnvelopeError, Enveloped, ParseEnvelopeError, ParsedEnvelope, check_json};
pub use error_output_type::{ErrorOutputType, ErrorOutputTypeError};
pub use error_record::{ErrorRecord, ErrorRecordError, ParsedErrorRecord};
pub use error_source::ErrorSource;
pub use excerpt::excerpt;
pub use failure_document::FailureDocument;
pub use failure_message::FailureMessages;
pub use file_extension::{FileExtension, FileExtensionError};
pub use framing::{Delimiter, DelimiterError, Framing, FramingError, PieceDelimiter};
pub use identity::{KEY_SCHEME_VERSION, ObjectIdentity};
pub use limits::{ERROR_MESSAGE_BYTES_MAX, OBJECT_KEY_BYTES_MAX, SEQUENCE_NUMBER_DIGITS_MAX};
pub use lines::Lines;
pub use object_key::{KeyError, ObjectKey};
pub use object_metadata::{FORMAT_VERSION, MetadataError, ObjectMetadata};
pub use object_name::{KeyParts, NameParts, ObjectName, ObjectNameError};
pub use object_role::ObjectRole;
pub use prefix::{
    ErrorOutputPrefix, PartitionKey, PartitionKeySource, PartitionValues, Prefix, PrefixError, check_partitioning,
    check_prefixes,
};
pub use random_strings::RandomStrings;
pub use sequence_digits::SequenceDigits;
pub use sequence_number::{SequenceNumber, SequenceNumberError};
pub use shard_id::{ShardId, ShardIdError};
pub use stream_arn::{StreamArnError, stream_arn_of};
pub use time_zone::{TimeZone, TimeZoneError};
pub use uuid::Uuid;
