//! Objects of a bucket that a replay reads.

use anyhow::bail;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::DateTime;
use penstock_format::{Compression, ErrorOutputType, ObjectRole};

use crate::error::Asked as _;

/// Bytes of an object that is read at most: ours are far smaller, and Firehose's end at 128 MiB.
const OBJECT_BYTES_MAX: i64 = 128 * 1_048_576;

/// The same when it is uncompressed.
const CONTENT_BYTES_MAX: usize = 256 * 1_048_576;

/// An object, read.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its bytes, uncompressed.
    pub content: Vec<u8>,
    /// Whether it says of itself what objects of a delivery say.
    pub is_delivered: bool,
    /// Whether what it holds came out of a decompression: such records are not what the function takes.
    pub is_decompressed: bool,
}

/// Keys that begin with `prefix`, of objects that were stored since then, in seconds since 1970.
pub async fn keys(s3: &Client, bucket: &str, prefix: &str, since: Option<i64>) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut pages = s3.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page.asked(format_args!("list s3://{bucket}/{prefix}"))?.contents() {
            let stored = object.last_modified().map_or(0, DateTime::secs);
            found.extend(object.key().filter(|_| since.is_none_or(|since| stored >= since)).map(str::to_owned));
        }
    }
    Ok(found)
}

/// Reads one. What its bytes tell of their compression counts, and not its name: clients undo a `Content-Encoding`.
pub async fn read(s3: &Client, bucket: &str, key: &str) -> anyhow::Result<Object> {
    let answer = s3.get_object().bucket(bucket).key(key).send().await;
    let answer = answer.asked(format_args!("read s3://{bucket}/{key}"))?;
    let bytes = answer.content_length().unwrap_or(0);
    if bytes > OBJECT_BYTES_MAX {
        bail!("s3://{bucket}/{key} has {bytes} bytes: expected at most {OBJECT_BYTES_MAX}");
    }
    let role = answer.metadata().and_then(|metadata| metadata.get("penstock-role")).cloned();
    let is_delivered = role.is_some();
    let is_whole = ObjectRole::Error(ErrorOutputType::DecompressionFailed).to_string();
    let is_decompressed = role.is_some_and(|role| role != is_whole);
    let body = answer.body.collect().await;
    let body = body.map_err(|error| anyhow::anyhow!("cannot read s3://{bucket}/{key}: {error}"))?.into_bytes();
    let content = compression(&body).decompress(&body, CONTENT_BYTES_MAX);
    let content = content.map_err(|error| anyhow::anyhow!("cannot read s3://{bucket}/{key}: {error}"))?;
    Ok(Object { content, is_delivered, is_decompressed })
}

/// Told by the first bytes: a document begins with a brace, and Hadoop's block with the high byte of its length. Sources: RFC
/// 1952, section 2.3.1; RFC 8878, section 3.1.1; APPNOTE of ZIP, section 4.3.7; snappy-java's `SnappyCodec`.
fn compression(bytes: &[u8]) -> Compression {
    match bytes {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        [b'P', b'K', 3, 4, ..] => Compression::Zip,
        [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, ..] => Compression::Snappy,
        [0, ..] => Compression::HadoopSnappy,
        _ => Compression::Uncompressed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_tell_how_they_are_compressed() {
        for own in Compression::ALL {
            for body in [&b""[..], b"{\"a\":1}\n", &[b'x'; 10_000]] {
                let stored = own.compress(body.to_vec());
                assert_eq!(compression(&stored).decompress(&stored, CONTENT_BYTES_MAX).unwrap(), body, "{own}");
            }
        }
    }
}
