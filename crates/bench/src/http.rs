//! As much of HTTP/1.1 as clients of the Runtime API and of S3 speak.

use std::io::{self, BufRead, Read as _, Write};

/// A header block larger than this is nobody's.
const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// A body larger than this is nobody's: growth sends 16 times what Lambda would.
const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What a request begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `GET`, `PUT`...
    pub method: String,
    /// The path with its query, as it was sent.
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Reads one; none where the connection ends before it.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut reader = reader.take(HEAD_BYTES_MAX);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_ascii_whitespace();
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return Err(invalid("no request line")) };
        let (method, path) = (method.to_owned(), path.to_owned());
        let mut headers = Vec::new();
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Err(invalid("the headers have no end"));
            }
            let header = line.trim_end();
            if header.is_empty() {
                return Ok(Some(Self { method, path, headers }));
            }
            let (name, value) = header.split_once(':').ok_or_else(|| invalid("a header without a colon"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the client waits to be told to go on.
    pub fn expects_continue(&self) -> bool {
        self.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// Whether the body is in S3's own chunks.
    pub fn is_aws_chunked(&self) -> bool {
        self.header("content-encoding")
            .is_some_and(|value| value.split(',').any(|coding| coding.trim() == "aws-chunked"))
            || self.header("x-amz-content-sha256").is_some_and(|value| value.starts_with("STREAMING-"))
    }

    /// Reads the body that follows.
    pub fn read_body(&self, reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        self.read_body_into(reader, &mut body)?;
        Ok(body)
    }

    /// Reads the body that follows in the place of what `body` has.
    pub fn read_body_into(&self, reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
        body.clear();
        if self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return read_chunks(reader, body);
        }
        let length: usize =
            self.header("content-length").unwrap_or("0").parse().map_err(|_| invalid("no length of a body"))?;
        read_onto(reader, length, body)
    }
}

/// Appends exactly `length` bytes.
fn read_onto(reader: &mut impl BufRead, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
    if body.len().saturating_add(length) > BODY_BYTES_MAX {
        return Err(invalid("the body is too large"));
    }
    body.reserve_exact(length);
    let read = reader.take(length as u64).read_to_end(body)?;
    if read == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A body in chunks, HTTP's own or S3's, whose extensions and trailers are passed over.
fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        reader.take(HEAD_BYTES_MAX).read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| invalid("no size of a chunk"))?;
        if size == 0 {
            break;
        }
        read_onto(reader, size, body)?;
        line.clear();
        reader.take(HEAD_BYTES_MAX).read_line(&mut line)?;
        if !line.trim_end().is_empty() {
            return Err(invalid("a chunk is longer than it says"));
        }
    }
    // Trailers, up to an empty line; S3's chunks may end without one.
    loop {
        line.clear();
        if reader.take(HEAD_BYTES_MAX).read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            return Ok(());
        }
    }
}

/// The content of a body in S3's chunks.
pub fn of_aws_chunked(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    read_chunks(&mut &*body, &mut content)?;
    Ok(content)
}

/// An answer without a body worth reading.
pub fn answer(writer: &mut impl Write, status: &str, headers: &str, body: &str) -> io::Result<()> {
    let text = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
    writer.write_all(text.as_bytes())?;
    writer.flush()
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> io::Result<(Head, Vec<u8>)> {
        let mut reader = text.as_bytes();
        let head = Head::read(&mut reader)?.expect("a head");
        let body = head.read_body(&mut reader)?;
        Ok((head, body))
    }

    #[test]
    fn bodies_are_read_by_length_and_in_chunks() {
        let (head, read) = body("PUT /b/k HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\nabcd").unwrap();
        assert_eq!((head.method.as_str(), head.path.as_str(), read.as_slice()), ("PUT", "/b/k", &b"abc"[..]));
        assert!(head.expects_continue() && !head.is_aws_chunked());
        let chunks =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";
        assert_eq!(body(chunks).unwrap().1, b"abcde");
        assert_eq!(
            of_aws_chunked(b"4;chunk-signature=0\r\na\nbc\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n").unwrap(),
            b"a\nbc"
        );
        assert_eq!(of_aws_chunked(b"0\r\n").unwrap(), b"");
    }

    #[test]
    fn what_is_cut_short_or_wrong_is_an_error() {
        for text in [
            "PUT\r\n\r\n",
            "PUT / HTTP/1.1\r\nno colon\r\n\r\n",
            "PUT / HTTP/1.1\r\nA: b\r\n",
            "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabc",
            "PUT / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nabc",
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        ] {
            assert!(body(text).is_err(), "{text:?}");
        }
        assert_eq!(Head::read(&mut &b""[..]).unwrap(), None);
    }
}
