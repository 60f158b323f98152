//! The zip: the function and its files, and nothing in it that depends on when or where it was made.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use anyhow::Context as _;
use libdeflater::{CompressionLvl, Compressor};
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};

/// What Lambda starts.
const NAME: &str = "bootstrap";

/// Lambda starts it, so it must be a program; nobody writes to it.
const MODE: u32 = 0o755;

/// 1980-01-01, in seconds since 1970.
const FIRST_TIME: i64 = 315_532_800;

/// What it reads, everybody may read.
const FILE_MODE: u32 = 0o644;

/// The zip that holds `bootstrap`, and files by their paths.
pub fn of(bootstrap: &[u8], files: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipArchiveWriter::new(Vec::new());
    let all = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice(), FILE_MODE));
    for (path, bytes, mode) in std::iter::once((NAME, bootstrap, MODE)).chain(all) {
        add(&mut zip, path, bytes, mode).with_context(|| format!("cannot write {path} into the zip"))?;
    }
    zip.finish().context("cannot end the zip")
}

fn add(zip: &mut ZipArchiveWriter<Vec<u8>>, path: &str, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let file = zip.new_file(path).compression_method(CompressionMethod::DEFLATE).unix_permissions(mode);
    // The first time that a zip can name.
    let (mut entry, _) = file.last_modified(UtcDateTime::from_unix(FIRST_TIME)).start()?;
    let deflated = deflated(bytes)?;
    entry.write_all(&deflated)?;
    entry.finish(DataDescriptorOutput::new(libdeflater::crc32(bytes), bytes.len() as u64))?;
    Ok(())
}

/// As small as deflate gets, which is 3 percent less than by zlib: it is packed once and loaded by every cold start.
fn deflated(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut deflated = vec![0; compressor.deflate_compress_bound(bytes.len())];
    let len = compressor.deflate_compress(bytes, &mut deflated).context("deflate does not fit its own bound")?;
    deflated.truncate(len);
    Ok(deflated)
}

/// What `bootstrap` holds in a zip.
pub fn bootstrap_of(zip: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).context("this is no zip")?;
    let mut file = zip.by_name(NAME).with_context(|| format!("the zip has no {NAME}"))?;
    let mut bytes = Vec::new();
    std::io::copy(&mut file, &mut bytes).with_context(|| format!("cannot unpack {NAME}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_binary_makes_the_same_zip_and_comes_out_again() {
        let bootstrap: Vec<u8> = (0_u32..100_000).flat_map(u32::to_le_bytes).collect();
        let files = BTreeMap::from([("schemas/clicks.json".to_owned(), b"[]".to_vec())]);
        let zip = of(&bootstrap, &files).unwrap();
        assert_eq!(zip, of(&bootstrap, &files).unwrap());
        assert_eq!(bootstrap_of(&zip).unwrap(), bootstrap);
        let mut archive = zip::ZipArchive::new(Cursor::new(&zip)).unwrap();
        assert_eq!(archive.len(), 2);
        let file = archive.by_index(1).unwrap();
        assert_eq!((file.name().unwrap().as_ref(), file.size()), ("schemas/clicks.json", 2));
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(FILE_MODE));
        drop(file);
        let file = archive.by_index(0).unwrap();
        assert_eq!(file.name().unwrap(), NAME);
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(MODE));
        assert_eq!(file.last_modified().map(|time| (time.year(), time.month(), time.day())), Some((1980, 1, 1)));
        assert!(bootstrap_of(b"no zip").is_err());
    }
}
