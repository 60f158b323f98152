//! Buffers as the bytes of a file.

use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion as ParquetVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, SchemaDescriptor, TypePtr};

use crate::column_codec::{ColumnCodec, ColumnCompression};
use crate::dictionary::Sampler;
use crate::layout::{Layout, LeafKind, LeafPlan};
use crate::leaf::{Leaf, Values};
use crate::parquet_schema::{self, fixed_length};
use crate::timestamp::{SECONDS_A_DAY, Timestamp};
use crate::writer_options::{Dictionary, TimestampType, WriterOptions, WriterVersion};

/// What wrote a file, in the form that readers look for.
const CREATED_BY: &str = concat!("penstock version ", env!("CARGO_PKG_VERSION"));

/// Entries that are handed to the writer at once: small enough that they stay near the processor.
const CHUNK_ENTRIES: usize = 1_024;

/// Rows could not be written: Parquet's format has no room for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file cannot be written: {0}")]
pub struct WriteError(String);

impl From<ParquetError> for WriteError {
    fn from(error: ParquetError) -> Self {
        Self(error.to_string())
    }
}

/// The file of these leaves, whose rows take `bytes` in them.
pub(crate) fn write(
    layout: &Layout,
    options: &WriterOptions,
    leaves: Vec<Leaf>,
    rows: usize,
    bytes: usize,
) -> std::result::Result<Vec<u8>, WriteError> {
    let block = usize::try_from(options.block_size.bytes()).unwrap_or(usize::MAX);
    Ok(file(layout, options, leaves, rows, rows_of_a_group(rows, bytes, block))?)
}

/// So many rows that their share of `bytes` is within `block`; one at least.
fn rows_of_a_group(rows: usize, bytes: usize, block: usize) -> usize {
    rows.div_ceil(bytes.div_ceil(block).max(1)).max(1)
}

fn file(
    layout: &Layout,
    options: &WriterOptions,
    leaves: Vec<Leaf>,
    rows: usize,
    rows_a_group: usize,
) -> Result<Vec<u8>> {
    let root = root(layout, options.timestamps)?;
    let properties = Arc::new(properties(options, &root, &leaves)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), root, properties)?;
    let mut cursors: Vec<_> = layout.leaves.iter().zip(leaves).map(|(plan, leaf)| Cursor::new(plan, leaf)).collect();
    let mut scratch = Scratch::default();
    let mut left = rows;
    while left > 0 {
        let rows = left.min(rows_a_group);
        left -= rows;
        let mut group = writer.next_row_group()?;
        for cursor in &mut cursors {
            // One column writer a leaf: the schema was made of the same tree.
            let Some(mut column) = group.next_column()? else { break };
            cursor.write(rows, &mut column, options.timestamps, &mut scratch)?;
            column.close()?;
        }
        group.close()?;
    }
    writer.into_inner()
}

fn root(layout: &Layout, timestamps: TimestampType) -> Result<TypePtr> {
    let cell = &layout.types[timestamps as usize];
    if let Some(root) = cell.get() {
        return Ok(Arc::clone(root));
    }
    let root = parquet_schema::root(&layout.schema, timestamps)?;
    Ok(Arc::clone(cell.get_or_init(|| root)))
}

fn properties(options: &WriterOptions, root: &TypePtr, leaves: &[Leaf]) -> Result<WriterProperties> {
    let page = usize::try_from(options.page_size.bytes()).unwrap_or(usize::MAX);
    let mut builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_writer_version(match options.version {
            WriterVersion::V1 => ParquetVersion::PARQUET_1_0,
            WriterVersion::V2 => ParquetVersion::PARQUET_2_0,
        })
        .set_compression(compression(options.codec)?)
        .set_data_page_size_limit(page)
        .set_dictionary_page_size_limit(page)
        // A page is as large as it is told to be, not as it has rows.
        .set_data_page_row_count_limit(usize::MAX)
        .set_write_batch_size(CHUNK_ENTRIES)
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(options.dictionary == Dictionary::Enabled);
    if options.dictionary == Dictionary::Enabled {
        let mut sampler = Sampler::default();
        let descriptor = SchemaDescriptor::new(Arc::clone(root));
        for (column, leaf) in descriptor.columns().iter().zip(leaves) {
            if !sampler.promises(&leaf.values) {
                builder = builder.set_column_dictionary_enabled(ColumnPath::clone(column.path()), false);
            }
        }
    }
    Ok(builder.build())
}

fn compression(codec: ColumnCodec) -> Result<Compression> {
    let level = codec.level().unwrap_or_default();
    Ok(match codec.compression() {
        ColumnCompression::Uncompressed => Compression::UNCOMPRESSED,
        ColumnCompression::Gzip => Compression::GZIP(GzipLevel::try_new(level.into())?),
        ColumnCompression::Snappy => Compression::SNAPPY,
        ColumnCompression::Zstd => Compression::ZSTD(ZstdLevel::try_new(level.into())?),
        ColumnCompression::Lz4 => Compression::LZ4_RAW,
    })
}

/// How far a leaf is written.
struct Cursor<'l> {
    plan: &'l LeafPlan,
    leaf: Leaf,
    entry: usize,
    value: usize,
    /// The bytes of its texts, which values of the writer share.
    text: bytes::Bytes,
    at: usize,
}

/// What one chunk is put together in, used again for the next.
#[derive(Default)]
struct Scratch {
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    texts: Vec<ByteArray>,
}

impl<'l> Cursor<'l> {
    fn new(plan: &'l LeafPlan, mut leaf: Leaf) -> Self {
        let text = match &mut leaf.values {
            Values::Text(texts) => bytes::Bytes::from(std::mem::take(&mut texts.text)),
            _ => bytes::Bytes::new(),
        };
        Self { plan, leaf, entry: 0, value: 0, text, at: 0 }
    }

    /// Writes the entries of the next rows.
    fn write(
        &mut self,
        rows: usize,
        column: &mut SerializedColumnWriter<'_>,
        timestamps: TimestampType,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let end = self.entries_end(rows);
        while self.entry < end {
            let next = self.chunk_end(end);
            let definitions = &self.leaf.definitions[self.entry..next];
            let values = definitions.iter().map(|&level| usize::from(level == self.plan.defined)).sum();
            scratch.definitions.clear();
            scratch.definitions.extend(definitions.iter().map(|&level| i16::from(level)));
            scratch.repetitions.clear();
            if self.plan.is_repeated {
                let repetitions = &self.leaf.repetitions[self.entry..next];
                scratch.repetitions.extend(repetitions.iter().map(|&level| i16::from(level)));
            }
            self.write_chunk(values, column, timestamps, scratch)?;
            self.entry = next;
            self.value += values;
        }
        Ok(())
    }

    /// Where the entries of so many rows end.
    fn entries_end(&self, rows: usize) -> usize {
        if !self.plan.is_repeated {
            return self.entry + rows;
        }
        let rest = &self.leaf.repetitions[self.entry..];
        let starts = rest.iter().enumerate().filter(|&(_, &level)| level == 0);
        starts.map(|(entry, _)| self.entry + entry).nth(rows).unwrap_or(self.leaf.repetitions.len())
    }

    /// Where the next chunk ends: at the end of a row.
    fn chunk_end(&self, end: usize) -> usize {
        let next = end.min(self.entry + CHUNK_ENTRIES);
        if !self.plan.is_repeated || next == end {
            return next;
        }
        let rest = self.leaf.repetitions[next..end].iter();
        next + rest.take_while(|&&level| level != 0).count()
    }

    fn write_chunk(
        &mut self,
        count: usize,
        column: &mut SerializedColumnWriter<'_>,
        timestamps: TimestampType,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let range = self.value..self.value + count;
        match &self.leaf.values {
            Values::Boolean(values) => put::<BoolType>(column, &values[range], scratch),
            Values::Int32(values) => put::<Int32Type>(column, &values[range], scratch),
            Values::Int64(values) => put::<Int64Type>(column, &values[range], scratch),
            Values::Float(values) => put::<FloatType>(column, &values[range], scratch),
            Values::Double(values) => put::<DoubleType>(column, &values[range], scratch),
            Values::Int128(values) => {
                let length = match self.plan.kind {
                    LeafKind::Decimal(decimal) => fixed_length(decimal.precision()),
                    _ => size_of::<i128>(),
                };
                let fixed: Vec<_> = values[range].iter().map(|&value| fixed(value, length)).collect();
                put::<FixedLenByteArrayType>(column, &fixed, scratch)
            }
            Values::Timestamp(values) => {
                let values = values[range].iter();
                match timestamps {
                    TimestampType::Int96 => put::<Int96Type>(column, &values.map(int96).collect::<Vec<_>>(), scratch),
                    TimestampType::TimestampMillis => {
                        put::<Int64Type>(column, &values.map(|value| value.millis()).collect::<Vec<_>>(), scratch)
                    }
                    TimestampType::TimestampMicros => {
                        put::<Int64Type>(column, &values.map(|value| value.micros()).collect::<Vec<_>>(), scratch)
                    }
                }
            }
            Values::Text(texts) => {
                let mut values = std::mem::take(&mut scratch.texts);
                values.clear();
                values.extend(texts.lengths[range].iter().map(|&length| {
                    let start = self.at;
                    self.at += length as usize;
                    ByteArray::from(self.text.slice(start..self.at))
                }));
                put::<ByteArrayType>(column, &values, scratch)?;
                values.clear();
                scratch.texts = values;
                Ok(())
            }
        }
    }
}

fn put<T: DataType>(column: &mut SerializedColumnWriter<'_>, values: &[T::T], scratch: &Scratch) -> Result<()> {
    let repetitions = Some(scratch.repetitions.as_slice()).filter(|levels| !levels.is_empty());
    column.typed::<T>().write_batch(values, Some(&scratch.definitions), repetitions).map(|_| ())
}

/// The last `length` bytes of the number, which hold it.
fn fixed(value: i128, length: usize) -> FixedLenByteArray {
    let bytes = value.to_be_bytes();
    FixedLenByteArray::from(bytes[bytes.len() - length..].to_vec())
}

/// Nanoseconds of the day, and its Julian number: what Hive made of a type that was meant for other things.
fn int96(timestamp: &Timestamp) -> Int96 {
    const JULIAN_DAY_OF_1970: i64 = 2_440_588;
    let day = timestamp.seconds.div_euclid(SECONDS_A_DAY) + JULIAN_DAY_OF_1970;
    let nanos = timestamp.seconds.rem_euclid(SECONDS_A_DAY) * 1_000_000_000 + i64::from(timestamp.nanos);
    let nanos = nanos.to_le_bytes();
    let mut int96 = Int96::new();
    int96.set_data(
        u32::from_le_bytes([nanos[0], nanos[1], nanos[2], nanos[3]]),
        u32::from_le_bytes([nanos[4], nanos[5], nanos[6], nanos[7]]),
        u32::try_from(day).unwrap_or_default(),
    );
    int96
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::*;
    use crate::{Columns, JsonSerDe, Schema, UnknownFields};

    #[test]
    fn a_group_holds_its_share() {
        for (rows, bytes, block, expected) in
            [(0, 0, 100, 1), (10, 100, 100, 10), (10, 101, 100, 5), (10, 1_000, 100, 1), (10, 100_000, 100, 1)]
        {
            assert_eq!(rows_of_a_group(rows, bytes, block), expected, "{rows} rows, {bytes} bytes");
        }
    }

    #[test]
    fn groups_end_where_rows_do() {
        let schema = r#"[{"Name": "id", "Type": "int"}, {"Name": "list", "Type": "array<map<string,int>>"}]"#;
        let layout = Layout::new(Schema::parse(schema).unwrap(), JsonSerDe::default(), UnknownFields::Ignore).unwrap();
        let push = |columns: &mut Columns, row: usize| {
            let list = vec![r#"{"a":1,"b":2}"#; row % 4].join(",");
            columns.push(&layout, format!(r#"{{"id":{row},"list":[{list}]}}"#).as_bytes()).unwrap();
        };
        let mut columns = Columns::new(&layout);
        (0..10).for_each(|row| push(&mut columns, row));
        let whole = columns.finish(&layout, &WriterOptions::default()).unwrap();
        let mut columns = Columns::new(&layout);
        (0..10).for_each(|row| push(&mut columns, row));
        let file = file(&layout, &WriterOptions::default(), columns.into_leaves(), 10, 3).unwrap();
        let read = |file: Vec<u8>| {
            let reader = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
            let groups: Vec<_> = reader
                .metadata()
                .row_groups()
                .iter()
                .map(parquet::file::metadata::RowGroupMetaData::num_rows)
                .collect();
            let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
            (groups, rows)
        };
        let ((groups, rows), (_, expected)) = (read(file), read(whole));
        assert_eq!((groups.as_slice(), rows), (&[3, 3, 3, 1][..], expected));
    }

    #[test]
    fn a_fixed_length_holds_its_precision() {
        for (precision, length) in [(19, 9), (20, 9), (21, 9), (22, 10), (30, 13), (38, 16)] {
            assert_eq!(fixed_length(precision), length, "{precision}");
        }
    }
}
