//! What a process writes, line by line, with a bound on the line.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// A longer line is told in pieces of this size, as `CloudWatch` Logs bounds an event at 256 KB.
pub(super) const LINE_BYTES_MAX: usize = 256 * 1024;

/// Reads until the end and tells each line, without its line end and with what is not UTF-8 replaced.
/// A read error ends it as the end of the output does: there is nobody left to tell, and no more to read.
pub(super) async fn read_lines(mut output: impl AsyncBufRead + Unpin, mut tell: impl FnMut(String)) {
    let mut line = Vec::new();
    while let Ok(available) = output.fill_buf().await {
        if available.is_empty() {
            break;
        }
        let room = LINE_BYTES_MAX - line.len();
        let window = &available[..available.len().min(room)];
        let (text_bytes, ended) =
            window.iter().position(|byte| *byte == b'\n').map_or((window.len(), false), |at| (at, true));
        line.extend_from_slice(&window[..text_bytes]);
        output.consume(text_bytes + usize::from(ended));
        if ended || line.len() == LINE_BYTES_MAX {
            tell(text(&mut line));
        }
    }
    if !line.is_empty() {
        tell(text(&mut line));
    }
}

fn text(line: &mut Vec<u8>) -> String {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
    line.clear();
    text
}
