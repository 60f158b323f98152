//! What a cold start loads: zips as `cargo xtask package` makes them, of the binaries that were built for this machine.

use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::megabytes;
use crate::figure::{Row, short};
use crate::peer::Peer;
use crate::run::{Detail, Found, Run};

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    let (mut rows, mut measured, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut note = |name: String, binary: Option<usize>, zip: usize| {
        rows.push([
            name.clone(),
            binary.map_or("-".to_owned(), |bytes| short(megabytes(bytes))),
            short(megabytes(zip)),
            String::new(),
            String::new(),
            String::new(),
        ]);
        measured.push(json!({ "what": name, "binary_bytes": binary, "zip_bytes": zip }));
    };
    let ours = [Peer::PenstockCore, Peer::Penstock];
    let rust = run.peers.iter().copied().filter(|peer| matches!(peer, Peer::Idiomatic | Peer::Hello));
    for peer in ours.into_iter().chain(rust) {
        let binary = Path::new(peer.command(&run.site.folder).get_program()).to_owned();
        let binary = std::fs::read(&binary).with_context(|| format!("cannot read {}", binary.display()))?;
        let zip = zipped(&binary)?;
        if ours.contains(&peer) {
            values.push(megabytes(zip));
        }
        note(format!("{}, for this machine", peer.words()), Some(binary.len()), zip);
    }
    let packaged = run.site.folder.with_file_name("lambda").join("penstock/bootstrap.zip");
    if let Ok(zip) = std::fs::metadata(packaged) {
        note("bootstrap.zip, arm64, as packaged last".to_owned(), None, usize::try_from(zip.len())?);
    }
    found.figure(Row::Zip, values);
    found.details.push(Detail {
        title: "Zip, deflate 9".to_owned(),
        header: ["what", "binary, MB", "zip, MB", "", "", ""],
        rows,
    });
    found.measured.insert("zip".to_owned(), measured.into());
    Ok(())
}

/// Bytes of the zip that holds `bootstrap` alone.
fn zipped(bootstrap: &[u8]) -> anyhow::Result<usize> {
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(9));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", options.unix_permissions(0o755)).context("cannot begin the zip")?;
    zip.write_all(bootstrap).context("cannot write the zip")?;
    Ok(zip.finish().context("cannot end the zip")?.into_inner().len())
}
