//! A schema and a `SerDe`, compiled: what a record is held against.

use std::ops::Range;
#[cfg(feature = "parquet")]
use std::sync::{Arc, OnceLock};

#[cfg(feature = "parquet")]
use parquet::schema::types::Type;

use crate::hive_json_serde::TimestampFormat;
use crate::hive_type::{DecimalType, HiveType};
use crate::json_serde::{JsonSerDe, JsonSerDeError};
use crate::leaf::{Texts, Values};
use crate::schema::Schema;
use crate::unknown_fields::UnknownFields;

/// A schema and a `SerDe`, compiled once and shared by every [`Columns`](crate::Columns).
#[derive(Debug)]
pub struct Layout {
    pub(crate) schema: Schema,
    pub(crate) serde: JsonSerDe,
    pub(crate) unknown_fields: UnknownFields,
    pub(crate) root: StructNode,
    pub(crate) leaves: Vec<LeafPlan>,
    /// How many structs there are, the root counted.
    pub(crate) structs: usize,
    /// The schema in Parquet's words, one a type of timestamps, made when it is first asked for.
    #[cfg(feature = "parquet")]
    pub(crate) types: [OnceLock<Arc<Type>>; 3],
}

/// What a value is held against.
#[derive(Debug)]
pub(crate) enum Node {
    Leaf(usize),
    List(ListNode),
    Map(MapNode),
    Struct(StructNode),
}

#[derive(Debug)]
pub(crate) struct ListNode {
    pub place: Place,
    pub element: Box<Node>,
}

#[derive(Debug)]
pub(crate) struct MapNode {
    pub place: Place,
    /// The leaf of the keys.
    pub key: usize,
    pub value: Box<Node>,
}

#[derive(Debug)]
pub(crate) struct StructNode {
    pub place: Place,
    /// Its number among all structs.
    pub id: usize,
    pub fields: Vec<FieldNode>,
    /// The fields in the order of their keys.
    by_key: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct FieldNode {
    /// The key that a record has it under, as it is compared.
    pub key: Box<str>,
    pub node: Node,
}

/// Where a node stands in the tree.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its column and the way from there, for messages.
    pub path: Box<str>,
    /// The leaves that it is made of.
    pub leaves: Range<usize>,
    /// The definition level of those when it is null itself.
    pub null: u8,
    /// The repetition level of what repeats in it.
    pub repetition: u8,
}

/// What a primitive column takes.
#[derive(Debug)]
pub(crate) struct LeafPlan {
    pub path: Box<str>,
    pub kind: LeafKind,
    /// The definition level of a value.
    pub defined: u8,
    /// The definition level of a null; that of a value where there can be none.
    pub null: u8,
    /// Whether a list or a map is on its path.
    pub is_repeated: bool,
}

/// The primitive types; those that differ in a number alone are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeafKind {
    Boolean,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Float,
    Double,
    Decimal(DecimalType),
    /// Characters at most.
    Text(Option<u16>),
    Binary,
    Date,
    Timestamp,
}

impl LeafKind {
    fn of(hive_type: &HiveType) -> Option<Self> {
        Some(match hive_type {
            HiveType::Boolean => Self::Boolean,
            HiveType::TinyInt => Self::TinyInt,
            HiveType::SmallInt => Self::SmallInt,
            HiveType::Int => Self::Int,
            HiveType::BigInt => Self::BigInt,
            HiveType::Float => Self::Float,
            HiveType::Double => Self::Double,
            HiveType::Decimal(decimal) => Self::Decimal(*decimal),
            HiveType::String => Self::Text(None),
            HiveType::Char(length) | HiveType::Varchar(length) => Self::Text(Some(*length)),
            HiveType::Binary => Self::Binary,
            HiveType::Date => Self::Date,
            HiveType::Timestamp => Self::Timestamp,
            HiveType::Array(_) | HiveType::Map(..) | HiveType::Struct(_) => return None,
        })
    }

    /// Whether a value of its own kind needs no second look: `serde_json` reads it exactly.
    pub(crate) const fn is_common(self) -> bool {
        matches!(self, Self::Text(_) | Self::Boolean | Self::TinyInt | Self::SmallInt | Self::Int | Self::BigInt)
    }

    /// A buffer for its values, without memory of its own yet.
    pub(crate) fn values(self) -> Values {
        match self {
            Self::Boolean => Values::Boolean(Vec::new()),
            Self::TinyInt | Self::SmallInt | Self::Int | Self::Date => Values::Int32(Vec::new()),
            Self::BigInt => Values::Int64(Vec::new()),
            Self::Float => Values::Float(Vec::new()),
            Self::Double => Values::Double(Vec::new()),
            Self::Decimal(decimal) => match decimal.precision() {
                0..=9 => Values::Int32(Vec::new()),
                10..=18 => Values::Int64(Vec::new()),
                _ => Values::Int128(Vec::new()),
            },
            Self::Text(_) | Self::Binary => Values::Text(Texts::default()),
            Self::Timestamp => Values::Timestamp(Vec::new()),
        }
    }
}

impl Layout {
    /// Fails where the `SerDe`'s options do not go with the schema; see [`JsonSerDe::check`].
    pub fn new(schema: Schema, serde: JsonSerDe, unknown_fields: UnknownFields) -> Result<Self, JsonSerDeError> {
        serde.check(&schema)?;
        let mut compiler = Compiler { serde: &serde, leaves: Vec::new(), structs: 0 };
        let columns = schema.columns().iter().map(|column| (column.name(), column.hive_type()));
        // A row itself is never null: its columns are what begins to count.
        let root = compiler.structure(columns, "", Level { null: 0, fields: 0, repetition: 0 });
        let Compiler { leaves, structs, .. } = compiler;
        Ok(Self {
            schema,
            serde,
            unknown_fields,
            root,
            leaves,
            structs,
            #[cfg(feature = "parquet")]
            types: Default::default(),
        })
    }

    /// How many leaves its columns have: each row is a value or a null in every one of them, or several.
    pub const fn leaves(&self) -> usize {
        self.leaves.len()
    }

    /// The schema that it was compiled from.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The formats that say what a timestamp is; none for `OpenX`'s own.
    pub(crate) fn timestamp_formats(&self) -> Option<&[TimestampFormat]> {
        match &self.serde {
            JsonSerDe::OpenX(_) => None,
            JsonSerDe::Hive(hive) => Some(&hive.timestamp_formats),
        }
    }
}

struct Compiler<'s> {
    serde: &'s JsonSerDe,
    leaves: Vec<LeafPlan>,
    structs: usize,
}

/// Levels at a place of the tree.
#[derive(Clone, Copy)]
struct Level {
    /// Definition level of a null in that place.
    null: u8,
    /// Definition level of a null within what is there.
    fields: u8,
    repetition: u8,
}

impl Compiler<'_> {
    fn node(&mut self, hive_type: &HiveType, path: &str, null: u8, repetition: u8) -> Node {
        let first = self.leaves.len();
        match hive_type {
            HiveType::Array(element) => {
                // Its list is there, and an element is: two levels, before the element may be null.
                let inner = self.node(element, &format!("{path}[]"), null + 2, repetition + 1);
                let place = self.place(path, first, null, repetition + 1);
                Node::List(ListNode { place, element: Box::new(inner) })
            }
            HiveType::Map(key, value) => {
                let key_leaf = self.leaves.len();
                self.leaf(key, &format!("{path}{{key}}"), null + 2, null + 2, repetition + 1);
                let inner = self.node(value, &format!("{path}{{}}"), null + 2, repetition + 1);
                let place = self.place(path, first, null, repetition + 1);
                Node::Map(MapNode { place, key: key_leaf, value: Box::new(inner) })
            }
            HiveType::Struct(fields) => {
                let fields = fields.iter().map(|field| (field.name.as_str(), &field.hive_type));
                Node::Struct(self.structure(fields, path, Level { null, fields: null + 1, repetition }))
            }
            primitive => {
                self.leaf(primitive, path, null + 1, null, repetition);
                Node::Leaf(first)
            }
        }
    }

    fn leaf(&mut self, hive_type: &HiveType, path: &str, defined: u8, null: u8, repetition: u8) {
        // The parser lets no other type be a key, and no other comes here but a primitive one.
        let kind = LeafKind::of(hive_type).unwrap_or(LeafKind::Text(None));
        self.leaves.push(LeafPlan { path: path.into(), kind, defined, null, is_repeated: repetition > 0 });
    }

    fn structure<'f>(
        &mut self,
        fields: impl Iterator<Item = (&'f str, &'f HiveType)>,
        path: &str,
        level: Level,
    ) -> StructNode {
        let first = self.leaves.len();
        let id = self.structs;
        self.structs += 1;
        let fields: Vec<_> = fields
            .map(|(name, hive_type)| {
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                let node = self.node(hive_type, &path, level.fields, level.repetition);
                FieldNode { key: self.serde.key_of(name).into(), node }
            })
            .collect();
        let mut by_key: Vec<u32> = (0..).take(fields.len()).collect();
        by_key.sort_by_key(|&index| &fields[index as usize].key);
        StructNode { place: self.place(path, first, level.null, level.repetition), id, fields, by_key }
    }

    fn place(&self, path: &str, first: usize, null: u8, repetition: u8) -> Place {
        Place { path: path.into(), leaves: first..self.leaves.len(), null, repetition }
    }
}

impl StructNode {
    /// The field that `key` belongs to, whatever its case is and its dots are.
    pub(crate) fn find(&self, serde: &JsonSerDe, key: &str) -> Option<usize> {
        let key = serde.normal(key);
        let found = self.by_key.binary_search_by(|&index| (*self.fields[index as usize].key).cmp(&*key));
        found.ok().map(|at| self.by_key[at] as usize)
    }
}

impl Node {
    /// The leaves that it is made of, and their definition level when it is null.
    pub(crate) fn null(&self, plans: &[LeafPlan]) -> (Range<usize>, u8) {
        match self {
            Self::Leaf(leaf) => (*leaf..*leaf + 1, plans[*leaf].null),
            Self::List(ListNode { place, .. })
            | Self::Map(MapNode { place, .. })
            | Self::Struct(StructNode { place, .. }) => (place.leaves.clone(), place.null),
        }
    }
}
