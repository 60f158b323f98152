//! Patterns as they are written, read into what they mean.
//!
//! Left out: what a pattern matches.

use serde_json::value::RawValue;

use super::json::{Leaf, Node};
use super::pattern::{DATA, Field, Fields, Pattern};
use super::rule::{Part, Range, Rule, TextRule, everything, millionths};
use super::{FilterError, LEVELS_MAX, PATTERN_CHARACTERS_MAX, QUOTED_CHARACTERS_MAX, json};

/// Alternatives among fields.
const OR: &str = "$or";
/// Names of operators: an object of `$or` may not have such a field, or a list of rules would pass for one of objects.
const OPERATORS: [&str; 9] =
    ["exactly", "prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "exists", "wildcard", "cidr"];
const A_VALUE: &str = "a string, a number, true, false, null or an object with one operator";
const AN_OPERATOR: &str =
    "one of exists, prefix, suffix, equals-ignore-case, anything-but, numeric: Lambda lists no other operator";
const ONE_KIND: &str = "a string, a number, a list of strings, a list of numbers, \
    or an object with one of prefix, suffix, equals-ignore-case";
const A_RANGE: &str = "\"=\" and a number, or one or both of a lower bound (\">\" or \">=\" and a number) and, \
    behind and above it, an upper bound (\"<\" or \"<=\" and a number)";
const A_COMPARISON: &str = "one of \"=\", \"<\", \"<=\", \">\", \">=\"";
const ONLY_DATA: &str = "data alone: Lambda filters a Kinesis stream on no other key";

/// Reads the pattern with this number.
pub(super) fn read(pattern: &str, number: usize) -> Result<Pattern, FilterError> {
    let characters = pattern.chars().count();
    if characters > PATTERN_CHARACTERS_MAX {
        return Err(FilterError::TooLong { number, characters });
    }
    let raw: &RawValue = serde_json::from_str(pattern).map_err(|source| FilterError::NotJson { number, source })?;
    let mut reader = Reader { number, path: String::new(), names: Vec::new(), absences: Vec::new() };
    let fields = reader.fields(raw, false)?;
    Ok(Pattern { fields, absences: reader.absences })
}

/// Where the reader is.
struct Reader {
    number: usize,
    /// For people.
    path: String,
    /// The names of the fields on the way.
    names: Vec<String>,
    absences: Vec<Vec<String>>,
}

impl Reader {
    fn fields(&mut self, raw: &RawValue, inside_or: bool) -> Result<Fields, FilterError> {
        let Node::Object(object) = self.node(raw)? else {
            return self.refuse(raw, if self.names.is_empty() { "an object with the key data" } else { "an object" });
        };
        if object.is_empty() {
            return self.refuse(raw, if self.names.is_empty() { "an object with the key data" } else { "a field" });
        }
        if self.names.len() > LEVELS_MAX {
            return self.refuse(raw, "at most 128 levels");
        }
        let mut fields = Fields::default();
        for (name, raw) in object {
            let outside = self.enter(&format!(".{name}"));
            if name == OR {
                fields.any = self.alternatives(raw)?;
            } else if self.names.is_empty() && name != DATA {
                return self.refuse(raw, ONLY_DATA);
            } else if inside_or && OPERATORS.contains(&name.as_str()) {
                return self.refuse(raw, "no operator's name as that of a field inside of $or");
            } else {
                self.names.push(name.clone());
                let field = self.field(raw, inside_or)?;
                self.names.pop();
                fields.all.push((name, field));
            }
            self.path.truncate(outside);
        }
        Ok(fields)
    }

    fn alternatives(&mut self, raw: &RawValue) -> Result<Vec<Fields>, FilterError> {
        match self.node(raw)? {
            Node::Array(objects) if objects.len() >= 2 => {
                self.each(&objects, |reader, object| reader.fields(object, true))
            }
            _ => self.refuse(raw, "a list of at least two objects"),
        }
    }

    fn field(&mut self, raw: &RawValue, inside_or: bool) -> Result<Field, FilterError> {
        let top = self.names.len() == 1;
        match self.node(raw)? {
            Node::Object(_) => Ok(Field::Object(self.fields(raw, inside_or)?)),
            _ if top => self.refuse(raw, "an object: Lambda filters Kinesis data as JSON only"),
            Node::Array(values) if values.is_empty() => self.refuse(raw, "at least one value in the list"),
            Node::Array(values) => self.leaf(&values),
            Node::Leaf(_) => self.refuse(raw, "an object, or a list of values"),
        }
    }

    fn leaf(&mut self, values: &[&RawValue]) -> Result<Field, FilterError> {
        let read = self.each(values, Self::rule)?;
        let alternatives = read.len();
        let rules: Vec<Rule> = read.into_iter().flatten().collect();
        let absence = (rules.len() < alternatives).then(|| {
            self.absences.push(self.names.clone());
            self.absences.len() - 1
        });
        Ok(Field::Leaf { rules, absence })
    }

    /// One alternative; none is `{"exists": false}`.
    fn rule(&mut self, raw: &RawValue) -> Result<Option<Rule>, FilterError> {
        let (name, value) = match self.node(raw)? {
            Node::Leaf(leaf) => return Ok(Some(Rule::Equals(leaf))),
            Node::Array(_) => return self.refuse(raw, A_VALUE),
            Node::Object(_) => self.operator(raw)?,
        };
        let outside = self.enter(&format!(".{name}"));
        let rule = match name.as_str() {
            "exists" => match self.node(value)? {
                Node::Leaf(Leaf::True) => Some(Rule::Exists),
                Node::Leaf(Leaf::False) => None,
                _ => return self.refuse(value, "true or false"),
            },
            "prefix" => Some(Rule::Text(self.part(value, Part::Head)?)),
            "suffix" => Some(Rule::Text(self.part(value, Part::Tail)?)),
            "equals-ignore-case" => Some(Rule::Text(TextRule::new(Part::Whole, true, self.text(value, "a string")?))),
            "anything-but" => Some(self.anything_but(value)?),
            "numeric" => Some(Rule::Numeric(self.range(value)?)),
            _ => return self.refuse(raw, AN_OPERATOR),
        };
        self.path.truncate(outside);
        Ok(rule)
    }

    /// A text, or an object that says to ignore its case.
    fn part(&mut self, raw: &RawValue, part: Part) -> Result<TextRule, FilterError> {
        const EXPECTED: &str = "a string, or an object with equals-ignore-case and a string";
        let Node::Object(_) = self.node(raw)? else {
            return Ok(TextRule::new(part, false, self.text(raw, EXPECTED)?));
        };
        let (name, value) = self.operator(raw)?;
        if name != "equals-ignore-case" {
            return self.refuse(raw, EXPECTED);
        }
        Ok(TextRule::new(part, true, self.text(value, EXPECTED)?))
    }

    fn anything_but(&mut self, raw: &RawValue) -> Result<Rule, FilterError> {
        let values = match self.node(raw)? {
            Node::Object(_) => return self.anything_but_text(raw),
            Node::Leaf(leaf) => vec![leaf],
            Node::Array(values) => self.each(&values, |reader, value| match reader.node(value)? {
                Node::Leaf(leaf) => Ok(leaf),
                Node::Array(_) | Node::Object(_) => reader.refuse(value, "a string or a number"),
            })?,
        };
        let texts = values.iter().filter(|value| matches!(value, Leaf::Text(_))).count();
        let numbers = values.iter().filter(|value| matches!(value, Leaf::Number(_))).count();
        if values.is_empty() || (texts != values.len() && numbers != values.len()) {
            return self.refuse(raw, ONE_KIND);
        }
        Ok(Rule::AnythingBut(values))
    }

    fn anything_but_text(&mut self, raw: &RawValue) -> Result<Rule, FilterError> {
        const EXPECTED: &str = "a string or a list of strings";
        let (name, value) = self.operator(raw)?;
        let (part, ignore_case) = match name.as_str() {
            "prefix" => (Part::Head, false),
            "suffix" => (Part::Tail, false),
            "equals-ignore-case" => (Part::Whole, true),
            _ => return self.refuse(raw, ONE_KIND),
        };
        let outside = self.enter(&format!(".{name}"));
        let texts = match self.node(value)? {
            Node::Array(texts) if !texts.is_empty() => {
                self.each(&texts, |reader, text| reader.text(text, "a string"))?
            }
            _ => vec![self.text(value, EXPECTED)?],
        };
        self.path.truncate(outside);
        let rules = texts.into_iter().map(|text| TextRule::new(part, ignore_case, text));
        Ok(Rule::AnythingButText(rules.collect()))
    }

    fn range(&mut self, raw: &RawValue) -> Result<Range, FilterError> {
        let Node::Array(terms) = self.node(raw)? else { return self.refuse(raw, A_RANGE) };
        let (pairs, []) = terms.as_chunks::<2>() else { return self.refuse(raw, A_RANGE) };
        let mut bounds = Vec::new();
        for &[comparison, number] in pairs {
            bounds.push((self.text(comparison, A_COMPARISON)?, self.number(number)?));
        }
        let bounds: Vec<_> = bounds.iter().map(|(comparison, number)| (comparison.as_str(), *number)).collect();
        let (low, high) = match bounds[..] {
            [("=", number)] => return Ok(Range { first: number, last: number }),
            [low @ (">" | ">=", _)] => (Some(low), None),
            [high @ ("<" | "<=", _)] => (None, Some(high)),
            [low @ (">" | ">=", _), high @ ("<" | "<=", _)] if low.1 < high.1 => (Some(low), Some(high)),
            _ => return self.refuse(raw, A_RANGE),
        };
        let all = everything();
        Ok(Range {
            first: low.map_or(all.first, |(comparison, number)| number + i64::from(comparison == ">")),
            last: high.map_or(all.last, |(comparison, number)| number - i64::from(comparison == "<")),
        })
    }

    fn number(&self, raw: &RawValue) -> Result<i64, FilterError> {
        match self.node(raw)? {
            Node::Leaf(Leaf::Number(text)) => match millionths(&text) {
                Some(number) => Ok(number),
                None => self.refuse(raw, "a number from -5e9 to 5e9"),
            },
            _ => self.refuse(raw, "a number from -5e9 to 5e9"),
        }
    }

    fn text(&self, raw: &RawValue, expected: &'static str) -> Result<String, FilterError> {
        match self.node(raw)? {
            Node::Leaf(Leaf::Text(text)) => Ok(text),
            _ => self.refuse(raw, expected),
        }
    }

    /// The one field of an operator's object.
    fn operator<'a>(&self, raw: &'a RawValue) -> Result<(String, &'a RawValue), FilterError> {
        match self.node(raw)? {
            Node::Object(object) if object.len() == 1 => {
                object.into_iter().next().map_or_else(|| self.refuse(raw, A_VALUE), Ok)
            }
            _ => self.refuse(raw, A_VALUE),
        }
    }

    /// Reads the elements of a list.
    fn each<T>(
        &mut self,
        values: &[&RawValue],
        read: impl Fn(&mut Self, &RawValue) -> Result<T, FilterError>,
    ) -> Result<Vec<T>, FilterError> {
        let mut all = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let outside = self.enter(&format!("[{index}]"));
            all.push(read(self, value)?);
            self.path.truncate(outside);
        }
        Ok(all)
    }

    /// Goes on below; the length of the path before it, to truncate it to.
    fn enter(&mut self, step: &str) -> usize {
        let outside = self.path.len();
        self.path.push_str(step);
        outside
    }

    fn node<'a>(&self, raw: &'a RawValue) -> Result<Node<'a>, FilterError> {
        json::read(raw).map_err(|source| FilterError::NotJson { number: self.number, source })
    }

    fn refuse<T>(&self, raw: &RawValue, expected: &'static str) -> Result<T, FilterError> {
        let path = self.path.strip_prefix('.').unwrap_or(&self.path);
        let path = if path.is_empty() { "the top".to_owned() } else { path.to_owned() };
        let mut value: String = raw.get().chars().take(QUOTED_CHARACTERS_MAX).collect();
        if value.len() < raw.get().len() {
            value.push_str("...");
        }
        Err(FilterError::Invalid { number: self.number, path, value, expected })
    }
}
