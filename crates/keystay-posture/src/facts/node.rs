//! A value in a JSON document that knows its path, and both spellings of its fields.

use std::fmt::Write;

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Document, Known, Missing, Place, Seen};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    document: Document,
    path: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    pub(crate) fn new(document: Document, path: impl Into<String>, value: &'a Value) -> Self {
        Self { document, path: path.into(), value }
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn place(&self) -> Place {
        Place { document: self.document, path: self.path.clone() }
    }

    /// The first of these fields that is there and not null. Resource Manager puts fields below `properties` and the
    /// `az` command lifts them out of it, so both places count.
    pub(crate) fn find(&self, names: &[&str]) -> Option<Node<'a>> {
        let within = |value: &'a Value, path: &str| {
            names.iter().find_map(|name| {
                let child = value.get(name).filter(|child| !child.is_null())?;
                Some(Self::new(self.document, format!("{path}.{name}"), child))
            })
        };
        within(self.value, &self.path).or_else(|| {
            let properties = self.value.get("properties").filter(|value| value.is_object())?;
            within(properties, &format!("{}.properties", self.path))
        })
    }

    /// The field where null means something of its own: none if it is null, and missing if it is not there at all.
    pub(crate) fn nullable(&self, name: &str) -> Result<Option<Node<'a>>, Missing> {
        self.object()?;
        if self.value.get(name).is_some_and(Value::is_null) {
            return Ok(None);
        }
        self.field(&[name]).map(Some)
    }

    /// As [`find`](Self::find), where the field must be there.
    pub(crate) fn field(&self, names: &[&str]) -> Result<Node<'a>, Missing> {
        self.object()?;
        self.find(names).ok_or_else(|| self.absent(names))
    }

    /// The place of a field that is not there: where the reader would look first.
    pub(crate) fn absent(&self, names: &[&str]) -> Missing {
        Missing::Absent { document: self.document, path: self.path_of(names) }
    }

    /// The path at which the field would stand.
    pub(crate) fn path_of(&self, names: &[&str]) -> String {
        let nested = self.value.get("properties").is_some_and(Value::is_object);
        let name = names.first().copied().unwrap_or_default();
        if nested { format!("{}.properties.{name}", self.path) } else { format!("{}.{name}", self.path) }
    }

    pub(crate) fn text(&self) -> Result<&'a str, Missing> {
        self.value.as_str().ok_or_else(|| self.malformed("text"))
    }

    pub(crate) fn flag(&self) -> Result<bool, Missing> {
        self.value.as_bool().ok_or_else(|| self.malformed("true or false"))
    }

    pub(crate) fn number(&self) -> Result<i64, Missing> {
        self.value.as_i64().ok_or_else(|| self.malformed("a whole number"))
    }

    /// A moment: seconds since 1970 as the services write it, or RFC 3339 as the `az` command does.
    pub(crate) fn moment(&self) -> Result<OffsetDateTime, Missing> {
        let expected = "a moment, as seconds since 1970 or RFC 3339";
        let read = match self.value {
            Value::Number(number) => number.as_i64().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()),
            Value::String(text) => OffsetDateTime::parse(text, &Rfc3339).ok(),
            _ => None,
        };
        read.ok_or_else(|| self.malformed(expected))
    }

    /// The elements of a list, or of the `value` of a page.
    pub(crate) fn items(&self) -> Result<Vec<Node<'a>>, Missing> {
        let (list, path) = match self.value.get("value") {
            Some(value) => (value, format!("{}.value", self.path)),
            None => (self.value, self.path.clone()),
        };
        let items = list.as_array().ok_or_else(|| self.malformed("a list"))?;
        let item = |(index, value)| {
            let mut path = path.clone();
            let _ = write!(path, "[{index}]");
            Self::new(self.document, path, value)
        };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The fields of an object, with their names.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>, Missing> {
        let object = self.value.as_object().ok_or_else(|| self.malformed("an object"))?;
        let entry = |(name, value): (&'a String, &'a Value)| {
            (name.as_str(), Self::new(self.document, format!("{}['{name}']", self.path), value))
        };
        Ok(object.iter().map(entry).collect())
    }

    pub(crate) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// That it is an object at all: of anything else no field is merely absent.
    pub(crate) fn object(&self) -> Result<(), Missing> {
        if self.value.is_object() { Ok(()) } else { Err(self.malformed("an object")) }
    }

    pub(crate) fn malformed(&self, expected: &'static str) -> Missing {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Missing::Malformed { document: self.document, path: self.path.clone(), expected, found: found.to_owned() }
    }

    // What follows reads one field of this object.

    pub(crate) fn text_of(&self, names: &[&str]) -> Known<String> {
        let node = self.field(names)?;
        Ok(Seen { value: node.text()?.to_owned(), place: node.place() })
    }

    pub(crate) fn flag_of(&self, names: &[&str]) -> Known<bool> {
        let node = self.field(names)?;
        Ok(Seen { value: node.flag()?, place: node.place() })
    }

    pub(crate) fn number_of(&self, names: &[&str]) -> Known<i64> {
        let node = self.field(names)?;
        Ok(Seen { value: node.number()?, place: node.place() })
    }

    pub(crate) fn moment_of(&self, names: &[&str]) -> Known<OffsetDateTime> {
        let node = self.field(names)?;
        Ok(Seen { value: node.moment()?, place: node.place() })
    }

    /// A field whose absence has a documented meaning.
    pub(crate) fn flag_or(&self, names: &[&str], absent: bool) -> Known<bool> {
        self.or(names, absent, Node::flag)
    }

    pub(crate) fn text_or(&self, names: &[&str], absent: &str) -> Known<String> {
        self.or(names, absent.to_owned(), |node| node.text().map(str::to_owned))
    }

    fn or<T>(&self, names: &[&str], absent: T, read: fn(&Node<'a>) -> Result<T, Missing>) -> Known<T> {
        self.object()?;
        match self.find(names) {
            Some(node) => Ok(Seen { value: read(&node)?, place: node.place() }),
            None => Ok(Seen { value: absent, place: Place { document: self.document, path: self.path_of(names) } }),
        }
    }

    /// Text of a field that may be absent; wrong types are not taken for absence.
    pub(crate) fn maybe_text(&self, names: &[&str]) -> Result<Option<String>, Missing> {
        self.object()?;
        self.find(names).map(|node| node.text().map(str::to_owned)).transpose()
    }

    pub(crate) fn maybe_flag(&self, names: &[&str]) -> Result<Option<bool>, Missing> {
        self.object()?;
        self.find(names).map(|node| node.flag()).transpose()
    }

    pub(crate) fn maybe_moment(&self, names: &[&str]) -> Result<Option<OffsetDateTime>, Missing> {
        self.object()?;
        self.find(names).map(|node| node.moment()).transpose()
    }

    /// A list of texts; absent is the empty list.
    pub(crate) fn texts(&self, names: &[&str]) -> Result<Vec<String>, Missing> {
        self.list(names, |node| node.text().map(str::to_owned))
    }

    /// A list, read element by element; absent is the empty list.
    pub(crate) fn list<T>(
        &self,
        names: &[&str],
        read: impl Fn(&Node<'a>) -> Result<T, Missing>,
    ) -> Result<Vec<T>, Missing> {
        self.object()?;
        match self.find(names) {
            Some(node) => node.items()?.iter().map(read).collect(),
            None => Ok(Vec::new()),
        }
    }
}
