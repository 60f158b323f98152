//! A record taken apart while it is read: the compiled schema leads `serde_json` over the bytes, once, and every value
//! goes to the buffer of its column.
//!
//! What no column takes is skipped by the same reader, so that the whole record is JSON or fails. A failure is left in
//! [`Shred::failure`], because an error of the reader's holds its place in the text and nothing of ours.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::coerce::{self, Misfit, Rules};
use crate::json_text::JsonKind;
use crate::layout::{Layout, LeafKind, ListNode, MapNode, Node, Place, StructNode};
use crate::leaf::{Leaf, Values};
use crate::limits::{EXCERPT_CHARACTERS_MAX, LEVELS_PER_RECORD_MAX, PATH_CHARACTERS_MAX};
use crate::row_error::{RowError, bounded};
use crate::unknown_fields::UnknownFields;

/// What is known of a struct from the objects before.
#[derive(Debug, Default)]
pub(crate) struct StructState {
    /// The object at hand, counted.
    object: u64,
    /// For each field the object that had it last.
    seen: Vec<u64>,
    /// Which field the key in each place was: objects of one kind write their keys in one order.
    order: Vec<u32>,
}

/// No field.
const NONE: u32 = u32::MAX;

/// Keys that no order is remembered of any more.
const ORDER_MAX: usize = 4_096;

/// A record while it is taken apart.
pub(crate) struct Shred<'c> {
    pub layout: &'c Layout,
    pub leaves: &'c mut [Leaf],
    pub structs: &'c mut [StructState],
    pub scratch: &'c mut String,
    pub rules: Rules<'c>,
    /// Whether all values are read as they are written, and none as a value of the reader's.
    pub is_raw: bool,
    /// Whether a column was given a value of another kind, which has to be read as it is written.
    pub needs_raw: bool,
    /// Values and nulls that the record may still be.
    pub levels_left: usize,
    /// Fields that no column took.
    pub unknown: u64,
    /// Why it fails, where that is not for its syntax.
    pub failure: Option<RowError>,
}

impl Shred<'_> {
    fn nulls(&mut self, node: &Node, rep: u8) {
        let (leaves, definition) = node.null(&self.layout.leaves);
        for leaf in &mut self.leaves[leaves] {
            leaf.enter(definition, rep);
        }
    }

    fn entries(&mut self, place: &Place, definition: u8, rep: u8) {
        for leaf in &mut self.leaves[place.leaves.clone()] {
            leaf.enter(definition, rep);
        }
    }

    /// Takes the values or nulls of one object or element from what a record may be: each has one in every leaf.
    #[inline]
    pub(crate) fn charge<E: serde::de::Error>(&mut self, leaves: usize) -> Result<(), E> {
        let Some(left) = self.levels_left.checked_sub(leaves) else {
            let message = format!("the record is more than {LEVELS_PER_RECORD_MAX} values and nulls in its columns");
            return Err(self.fail(RowError::malformed(message)));
        };
        self.levels_left = left;
        Ok(())
    }

    #[cold]
    fn fail<E: serde::de::Error>(&mut self, error: RowError) -> E {
        self.failure.get_or_insert(error);
        // Never shown: the failure is.
        E::custom("")
    }

    #[cold]
    fn misfit<E: serde::de::Error>(&mut self, path: &str, held: &str, expected: &str) -> E {
        self.fail(RowError::misfit(path, held, expected))
    }

    #[cold]
    fn leaf_misfit<E: serde::de::Error>(&mut self, leaf: usize, misfit: Misfit) -> E {
        let plan = &self.layout.leaves[leaf];
        let expected = coerce::expected(plan.kind, self.rules);
        self.misfit(&plan.path, misfit.held(), &expected)
    }

    #[inline]
    fn append(&mut self, leaf: usize, text: &str, rep: u8) -> Result<(), Misfit> {
        let plan = &self.layout.leaves[leaf];
        let buffers = &mut self.leaves[leaf];
        if text == "null" {
            buffers.enter(plan.null, rep);
            return Ok(());
        }
        coerce::append(&mut buffers.values, plan.kind, self.rules, text, self.scratch)?;
        buffers.enter(plan.defined, rep);
        Ok(())
    }
}

/// One value, for a node of the schema.
struct Value<'s, 'c> {
    node: &'c Node,
    shred: &'s mut Shred<'c>,
    /// The repetition level of its first entry.
    rep: u8,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { node, shred, rep } = self;
        match node {
            Node::Leaf(leaf) if !shred.is_raw && shred.layout.leaves[*leaf].kind.is_common() => {
                deserializer.deserialize_any(Common { leaf: *leaf, shred, rep })
            }
            Node::Leaf(leaf) => {
                let text = <&RawValue as serde::Deserialize>::deserialize(deserializer)?.get();
                shred.append(*leaf, text, rep).map_err(|misfit| shred.leaf_misfit(*leaf, misfit))
            }
            Node::List(list) => deserializer.deserialize_any(Group { node, place: &list.place, shred, rep }),
            Node::Map(map) => deserializer.deserialize_any(Group { node, place: &map.place, shred, rep }),
            Node::Struct(structure) => {
                deserializer.deserialize_any(Group { node, place: &structure.place, shred, rep })
            }
        }
    }
}

/// A value of a column of texts, whole numbers or booleans, the common way: it goes from the reader to its buffer at once.
///
/// What this does not do is an error without a failure, and the record is read again the other way.
struct Common<'s, 'c> {
    leaf: usize,
    shred: &'s mut Shred<'c>,
    rep: u8,
}

impl Common<'_, '_> {
    /// Of another kind than the column, and perhaps taken for one of its own.
    #[cold]
    fn needs_raw<E: serde::de::Error>(self) -> E {
        self.shred.needs_raw = true;
        E::custom("")
    }

    #[inline]
    fn whole<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        let plan = &self.shred.layout.leaves[self.leaf];
        let buffers = &mut self.shred.leaves[self.leaf];
        let fits = match plan.kind {
            LeafKind::TinyInt => i8::try_from(number).is_ok(),
            LeafKind::SmallInt => i16::try_from(number).is_ok(),
            _ => true,
        };
        match (&mut buffers.values, i32::try_from(number)) {
            (Values::Int64(values), _) => values.push(number),
            (Values::Int32(values), Ok(number)) if fits => values.push(number),
            _ => return Err(self.needs_raw()),
        }
        buffers.enter(plan.defined, self.rep);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Common<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let plan = &self.shred.layout.leaves[self.leaf];
        let buffers = &mut self.shred.leaves[self.leaf];
        let Values::Text(texts) = &mut buffers.values else { return Err(self.needs_raw()) };
        coerce::append_string_text(texts, plan.kind, text);
        buffers.enter(plan.defined, self.rep);
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.shred.leaves[self.leaf].enter(self.shred.layout.leaves[self.leaf].null, self.rep);
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        let buffers = &mut self.shred.leaves[self.leaf];
        let Values::Boolean(values) = &mut buffers.values else { return Err(self.needs_raw()) };
        values.push(value);
        buffers.enter(self.shred.layout.leaves[self.leaf].defined, self.rep);
        Ok(())
    }

    #[inline]
    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.whole(number)
    }

    #[inline]
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(number) => self.whole(number),
            Err(_) => Err(self.needs_raw()),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.needs_raw())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.needs_raw())
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.needs_raw())
    }
}

/// What a visitor of arrays or objects makes of anything else.
macro_rules! scalars_are_misfits {
    () => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
            Err(self.misfit(JsonKind::Boolean))
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
            Err(self.misfit(JsonKind::Number))
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
            Err(self.misfit(JsonKind::Number))
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
            Err(self.misfit(JsonKind::Number))
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
            Err(self.misfit(JsonKind::String))
        }
    };
}

/// A value that is an array or an object, or null.
struct Group<'s, 'c> {
    node: &'c Node,
    place: &'c Place,
    shred: &'s mut Shred<'c>,
    rep: u8,
}

impl Group<'_, '_> {
    #[cold]
    fn misfit<E: serde::de::Error>(self, held: JsonKind) -> E {
        let expected = match self.node {
            Node::List(_) => "an array",
            Node::Leaf(_) | Node::Map(_) | Node::Struct(_) => "an object",
        };
        self.shred.misfit(&self.place.path, held.name(), expected)
    }
}

impl<'de> Visitor<'de> for Group<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array or an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.shred.nulls(self.node, self.rep);
        Ok(())
    }

    scalars_are_misfits!();

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<(), A::Error> {
        match self.node {
            Node::List(list) => elements(list, self.shred, self.rep, array),
            Node::Leaf(_) | Node::Map(_) | Node::Struct(_) => Err(self.misfit(JsonKind::Array)),
        }
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        match self.node {
            Node::Struct(structure) => fields(structure, self.shred, self.rep, object),
            Node::Map(map) => entries(map, self.shred, self.rep, object),
            Node::Leaf(_) | Node::List(_) => Err(self.misfit(JsonKind::Object)),
        }
    }
}

fn elements<'de, 'c, A: SeqAccess<'de>>(
    list: &'c ListNode,
    shred: &mut Shred<'c>,
    rep: u8,
    mut array: A,
) -> Result<(), A::Error> {
    let mut next = rep;
    let mut is_empty = true;
    while array.next_element_seed(Value { node: &list.element, shred: &mut *shred, rep: next })?.is_some() {
        shred.charge(list.place.leaves.len())?;
        next = list.place.repetition;
        is_empty = false;
    }
    if is_empty {
        shred.entries(&list.place, list.place.null + 1, rep);
    }
    Ok(())
}

fn entries<'de, 'c, A: MapAccess<'de>>(
    map: &'c MapNode,
    shred: &mut Shred<'c>,
    rep: u8,
    mut object: A,
) -> Result<(), A::Error> {
    let before = shred.leaves[map.key].values.len();
    let mut next = rep;
    while object.next_key_seed(MapKey { leaf: map.key, shred: &mut *shred, rep: next })?.is_some() {
        object.next_value_seed(Value { node: &map.value, shred: &mut *shred, rep: next })?;
        shred.charge(map.place.leaves.len())?;
        next = map.place.repetition;
    }
    let keys = &shred.leaves[map.key].values;
    if keys.len() == before {
        shred.entries(&map.place, map.place.null + 1, rep);
    } else if keys.has_twins(before) {
        return Err(shred.misfit(&map.place.path, "a key twice", "each key of a map once"));
    }
    Ok(())
}

#[inline]
fn fields<'de, 'c, A: MapAccess<'de>>(
    structure: &'c StructNode,
    shred: &mut Shred<'c>,
    rep: u8,
    mut object: A,
) -> Result<(), A::Error> {
    let count = structure.fields.len();
    let state = &mut shred.structs[structure.id];
    // What is not needed yet takes no memory.
    state.seen.resize(count, 0);
    state.object += 1;
    let number = state.object;
    let (mut place, mut found) = (0, 0);
    while let Some(index) = object.next_key_seed(FieldKey { structure, shred: &mut *shred, place })? {
        place += 1;
        if index == NONE {
            object.next_value::<IgnoredAny>()?;
            continue;
        }
        let index = index as usize;
        let field = &structure.fields[index];
        let seen = &mut shred.structs[structure.id].seen[index];
        if std::mem::replace(seen, number) == number {
            return Err(shred.twice(structure, index));
        }
        found += 1;
        object.next_value_seed(Value { node: &field.node, shred: &mut *shred, rep })?;
    }
    if found < count {
        for (index, field) in structure.fields.iter().enumerate() {
            if shred.structs[structure.id].seen[index] != number {
                shred.nulls(&field.node, rep);
            }
        }
    }
    Ok(())
}

impl Shred<'_> {
    #[cold]
    fn twice<E: serde::de::Error>(&mut self, structure: &StructNode, index: usize) -> E {
        let key = bounded(&structure.fields[index].key, EXCERPT_CHARACTERS_MAX);
        let (of, path) = place_of(structure);
        self.fail(RowError::malformed(format!("{of}{path} has the key {key:?} twice, expected it once")))
    }

    #[cold]
    fn unknown<E: serde::de::Error>(&mut self, structure: &StructNode, key: &str) -> E {
        let key = bounded(key, EXCERPT_CHARACTERS_MAX);
        let (of, path) = place_of(structure);
        self.fail(RowError::malformed(format!(
            "{of}{path} has the field {key:?}, which the schema has not: expected its columns and fields alone"
        )))
    }
}

fn place_of(structure: &StructNode) -> (&'static str, String) {
    match &*structure.place.path {
        "" => ("the record", String::new()),
        path => ("column ", format!("{:?}", bounded(path, PATH_CHARACTERS_MAX))),
    }
}

/// A key of an object that is a struct: the field that it belongs to, or [`NONE`].
struct FieldKey<'s, 'c> {
    structure: &'c StructNode,
    shred: &'s mut Shred<'c>,
    /// The how manieth key of its object it is.
    place: usize,
}

impl<'de> DeserializeSeed<'de> for FieldKey<'_, '_> {
    type Value = u32;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldKey<'_, '_> {
    type Value = u32;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<u32, E> {
        let Self { structure, shred, place } = self;
        let state = &mut shred.structs[structure.id];
        if let Some(&guess) = state.order.get(place)
            && let Some(field) = structure.fields.get(guess as usize)
        {
            // Folded in ASCII at most: the keys of fields are folded already, and what is longer or other is looked up.
            let is_it = *field.key == *key || (shred.layout.serde.folds_case() && field.key.eq_ignore_ascii_case(key));
            if is_it {
                return Ok(guess);
            }
        }
        let found = structure.find(&shred.layout.serde, key);
        let index = found.and_then(|index| u32::try_from(index).ok()).unwrap_or(NONE);
        if place < ORDER_MAX {
            if state.order.len() <= place {
                state.order.resize(place + 1, NONE);
            }
            state.order[place] = index;
        }
        if index == NONE {
            shred.unknown += 1;
            if shred.layout.unknown_fields == UnknownFields::Refuse {
                return Err(shred.unknown(structure, key));
            }
        }
        Ok(index)
    }
}

/// A key of an object that is a map.
struct MapKey<'s, 'c> {
    leaf: usize,
    shred: &'s mut Shred<'c>,
    rep: u8,
}

impl<'de> DeserializeSeed<'de> for MapKey<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MapKey<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        let Self { leaf, shred, rep } = self;
        let plan = &shred.layout.leaves[leaf];
        let buffers = &mut shred.leaves[leaf];
        match coerce::append_key(&mut buffers.values, plan.kind, shred.rules, key) {
            Ok(()) => {
                buffers.enter(plan.defined, rep);
                Ok(())
            }
            Err(misfit) => Err(shred.leaf_misfit(leaf, misfit)),
        }
    }
}

/// A whole row.
pub(crate) struct Row<'s, 'c>(pub &'s mut Shred<'c>);

impl Row<'_, '_> {
    #[cold]
    fn misfit<E: serde::de::Error>(self, held: JsonKind) -> E {
        self.0.fail(RowError::malformed(format!("the record holds {}, expected an object", held.name())))
    }
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(self.misfit(JsonKind::Null))
    }

    scalars_are_misfits!();

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.misfit(JsonKind::Array))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        let layout = self.0.layout;
        fields(&layout.root, self.0, 0, object)
    }
}
