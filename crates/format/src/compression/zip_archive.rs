//! zip: an archive with one deflated entry, as Firehose makes it.

use std::io::{self, Cursor, Write as _};

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;
use zip::read::{ArchiveOffset, Config};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use super::bounded::{self, Refused};

/// Everybody reads, the owner writes: what unpacking an archive leaves on a disk.
const MODE: u32 = 0o644;

/// From here on the entry has sizes of eight bytes: four hold what is smaller, also if it grew on the way.
const LARGE_BYTES_MIN: usize = 1 << 31;

/// An archive whose one entry is `body`.
pub(super) fn compress(body: &[u8], level: u8) -> io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(i64::from(level)))
        // 1980-01-01, the first that a zip can name.
        .last_modified_time(DateTime::default())
        .unix_permissions(MODE)
        .system(System::Unix)
        .large_file(body.len() >= LARGE_BYTES_MIN);
    // Text shrinks to a fifth or less; the guess saves most of the growing, and being wrong costs only growing.
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(body.len() / 4 + 512)));
    zip.start_file(name_of(body), options)?;
    zip.write_all(body)?;
    Ok(zip.finish()?.into_inner())
}

/// Firehose names the entry by a uuid; so does this, by one that follows from the body. It is no path, and archives
/// that are unpacked into one folder do not lie over each other.
fn name_of(body: &[u8]) -> String {
    Uuid::new_v8(xxh3_128(body).to_be_bytes()).to_string()
}

/// The one entry. An archive of several is not one of a body, and neither is one with anything before, between or behind
/// its parts: a reader that passes it over would not tell that two archives lie there.
pub(super) fn decompress(stored: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    check_end(stored)?;
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipArchive::with_config(config, Cursor::new(stored)).map_err(io::Error::from)?;
    let entries = archive.len();
    if entries != 1 {
        return Err(Refused::invalid(format!("the archive has {entries} entries, expected one")));
    }
    let entry = archive.by_index(0).map_err(io::Error::from)?;
    if entry.header_start() != 0 {
        return Err(Refused::invalid("the archive does not begin with its entry"));
    }
    bounded::read(entry, limit)
}

/// The directory reaches to the record of the end, and that to the end of the archive. The record's fields are
/// little-endian: magic, 8 bytes of numbers, size and offset of the directory, 2 bytes for the length of a comment.
fn check_end(stored: &[u8]) -> Result<(), Refused> {
    const RECORD_BYTES: usize = 22;
    let (before, record) = stored.split_last_chunk::<RECORD_BYTES>().ok_or_else(Refused::cut_short)?;
    let number =
        |at: usize| u64::from(u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]));
    let reaches = number(12) + number(16);
    if !record.starts_with(b"PK\x05\x06") || usize::try_from(reaches) != Ok(before.len()) {
        return Err(Refused::invalid("the archive does not end where its directory says"));
    }
    Ok(())
}
