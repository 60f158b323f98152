//! What a cold start loads: zips as `cargo xtask package` makes them, of the binaries that were built for this machine.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

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
        let zip = run.site.folder.join(format!("{}.zip", peer.id()));
        let (binary, zip) = (bytes_of(&binary)?, bytes_of(&zip)?);
        if ours.contains(&peer) {
            values.push(megabytes(zip));
        }
        note(format!("{}, for this machine", peer.words()), Some(binary), zip);
    }
    let packaged = run.site.folder.with_file_name("lambda").join("penstock/bootstrap.zip");
    if packaged.exists() {
        note("bootstrap.zip, arm64, as packaged last".to_owned(), None, bytes_of(&packaged)?);
    }
    found.figure(Row::Zip, values);
    found.details.push(Detail {
        title: "Zip, by libdeflate".to_owned(),
        header: ["what", "binary, MB", "zip, MB", "", "", ""],
        rows,
    });
    found.measured.insert("zip".to_owned(), measured.into());
    Ok(())
}

/// How large a file is.
fn bytes_of(file: &Path) -> anyhow::Result<usize> {
    let file_bytes = std::fs::metadata(file).with_context(|| format!("cannot look at {}", file.display()))?.len();
    Ok(usize::try_from(file_bytes)?)
}
