//! The fields of a Protocol Buffers message, one after the other, without copying.
//!
//! By hand and not with `prost`: three fields are read, on the way of every aggregated record, and in a way of their
//! own. `prost` copies each key and each record's data, refuses a partition key that is not UTF-8, and a known field of
//! another wire type, all of which Google's reader of proto2, and so the KCL, takes. The encoding is the one of
//! <https://protobuf.dev/programming-guides/encoding/>.

use crate::limits::PROTOBUF_DEPTH_MAX;

/// Bytes of the longest varint.
const VARINT_BYTES_MAX: usize = 10;

/// The bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invalid;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'d> {
    /// A number.
    Varint(u64),
    /// Text, bytes or a message.
    Bytes(&'d [u8]),
    /// A fixed number or a group; no field of ours is one.
    Other,
}

/// What is still to be read of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'d>(pub(super) &'d [u8]);

impl<'d> Fields<'d> {
    /// The next field, as its number and what it holds; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Value<'d>)>, Invalid> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (number, wire_type) = self.tag()?;
        Ok(Some((number, self.value(number, wire_type, 0)?)))
    }

    fn tag(&mut self) -> Result<(u32, u32), Invalid> {
        let tag = u32::try_from(self.varint()?).map_err(|_| Invalid)?;
        if tag >> 3 == 0 { Err(Invalid) } else { Ok((tag >> 3, tag & 7)) }
    }

    fn value(&mut self, number: u32, wire_type: u32, depth: usize) -> Result<Value<'d>, Invalid> {
        match wire_type {
            0 => self.varint().map(Value::Varint),
            1 => self.take(8).map(|_| Value::Other),
            2 => {
                let len = usize::try_from(self.varint()?).map_err(|_| Invalid)?;
                self.take(len).map(Value::Bytes)
            }
            3 => self.skip_group(number, depth).map(|()| Value::Other),
            5 => self.take(4).map(|_| Value::Other),
            // 4 ends a group, and none has begun; 6 and 7 are nothing.
            _ => Err(Invalid),
        }
    }

    /// Passes over a group, up to the end that bears its number.
    fn skip_group(&mut self, group: u32, depth: usize) -> Result<(), Invalid> {
        const END: u32 = 4;
        if depth == PROTOBUF_DEPTH_MAX {
            return Err(Invalid);
        }
        loop {
            match self.tag()? {
                (number, END) if number == group => return Ok(()),
                (number, wire_type) => self.value(number, wire_type, depth + 1)?,
            };
        }
    }

    /// Bits beyond the 64th are passed over, as Google's readers do.
    fn varint(&mut self) -> Result<u64, Invalid> {
        let mut value = 0;
        for at in 0..VARINT_BYTES_MAX {
            let (&byte, rest) = self.0.split_first().ok_or(Invalid)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Invalid)
    }

    fn take(&mut self, len: usize) -> Result<&'d [u8], Invalid> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Invalid)?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Invalid> {
        let mut fields = Fields(bytes);
        let mut all = Vec::new();
        while let Some(field) = fields.next()? {
            all.push(field);
        }
        Ok(all)
    }

    #[test]
    fn fields_are_read_and_what_is_no_field_is_refused() {
        let deepest = |depth: usize| [vec![0x0b; depth], vec![0x0c; depth]].concat();
        let (deep, too_deep) = (deepest(PROTOBUF_DEPTH_MAX), deepest(PROTOBUF_DEPTH_MAX + 1));
        for (name, bytes, expected) in [
            ("nothing", &b""[..], Ok(vec![])),
            ("number", b"\x08\x96\x01", Ok(vec![(1, Value::Varint(150))])),
            ("largest number", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Ok(vec![(1, Value::Varint(u64::MAX))])),
            ("bytes", b"\x12\x02ab", Ok(vec![(2, Value::Bytes(b"ab"))])),
            ("fixed", b"\x09aaaaaaaa\x0daaaa", Ok(vec![(1, Value::Other), (1, Value::Other)])),
            ("group", b"\x0b\x08\x01\x0c", Ok(vec![(1, Value::Other)])),
            ("deep group", &deep, Ok(vec![(1, Value::Other)])),
            ("too deep a group", &too_deep, Err(Invalid)),
            ("group of another end", b"\x0b\x14", Err(Invalid)),
            ("group without end", b"\x0b\x08\x01", Err(Invalid)),
            ("end without group", b"\x0c", Err(Invalid)),
            ("field 0", b"\x00\x01", Err(Invalid)),
            ("field too large", b"\x80\x80\x80\x80\x10\x01", Err(Invalid)),
            ("wire type 6", b"\x0e", Err(Invalid)),
            ("wire type 7", b"\x0f", Err(Invalid)),
            ("number cut short", b"\x08\x96", Err(Invalid)),
            ("number too long", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Err(Invalid)),
            ("bytes cut short", b"\x12\x03ab", Err(Invalid)),
            ("length beyond all", b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Err(Invalid)),
            ("fixed cut short", b"\x09aaaaaaa", Err(Invalid)),
        ] {
            assert_eq!(all(bytes), expected, "{name}");
        }
    }
}
