//! The zip: one file, and nothing in it that depends on when or where it was made.

use std::io::{Cursor, Write as _};

use anyhow::Context as _;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What Lambda starts.
const NAME: &str = "bootstrap";

/// Lambda starts it, so it must be a program; nobody writes to it.
const MODE: u32 = 0o755;

/// The best that deflate does; it is packed once and loaded by every cold start.
const LEVEL: i64 = 9;

/// The zip that holds `bootstrap`.
pub fn of_bootstrap(bootstrap: &[u8]) -> anyhow::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        // 1980-01-01, the first that a zip can name.
        .last_modified_time(DateTime::default())
        .unix_permissions(MODE);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(NAME, options).context("cannot begin the zip")?;
    zip.write_all(bootstrap).context("cannot write the zip")?;
    Ok(zip.finish().context("cannot end the zip")?.into_inner())
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
        let zip = of_bootstrap(&bootstrap).unwrap();
        assert_eq!(zip, of_bootstrap(&bootstrap).unwrap());
        assert_eq!(bootstrap_of(&zip).unwrap(), bootstrap);
        let mut archive = zip::ZipArchive::new(Cursor::new(&zip)).unwrap();
        assert_eq!(archive.len(), 1);
        let file = archive.by_index(0).unwrap();
        assert_eq!(file.name().unwrap(), NAME);
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(MODE));
        assert_eq!(file.last_modified().map(|time| (time.year(), time.month(), time.day())), Some((1980, 1, 1)));
        assert!(bootstrap_of(b"no zip").is_err());
    }
}
