//! `$filter`: comparisons, `startswith`, `in`, `any`, joined by `and`, `or` and `not`. Everything else is refused.

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    entity::EntityType,
    lexer::{Token, tokens},
};
use crate::graph::error::GraphError;

/// How deep brackets may stand in each other.
const DEEPEST: usize = 32;

/// A filter that was understood.
#[derive(Debug, PartialEq)]
pub(super) enum Filter {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Compare(Path, Operator, Value),
    StartsWith(Path, String),
    EndsWith(Path, String),
    In(Path, Vec<Value>),
    /// At least one element of a list fits; paths of the inner filter begin with the variable.
    Any(Path, String, Box<Self>),
}

/// `displayName`, `web/redirectUris`
type Path = Vec<String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Operator {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }
}

impl Filter {
    /// Reads a filter about objects of `kind`.
    pub(super) fn parse(text: &str, kind: &EntityType) -> Result<Self, GraphError> {
        let malformed = || GraphError::bad_request(format!("Invalid filter clause: {text}"));
        let mut parser = Parser { tokens: tokens(text).ok_or_else(malformed)?, at: 0, depth: 0 };
        let filter = parser.or().filter(|_| parser.at == parser.tokens.len()).ok_or_else(malformed)?;
        filter.check(kind, None)?;
        Ok(filter)
    }

    /// Refuses properties that cannot be filtered by, as the service does.
    fn check(&self, kind: &EntityType, variable: Option<&str>) -> Result<(), GraphError> {
        let path = match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.check(kind, variable)?;
                return right.check(kind, variable);
            }
            Self::Not(inner) => return inner.check(kind, variable),
            Self::Any(path, variable, inner) => {
                inner.check(kind, Some(variable))?;
                path
            }
            Self::Compare(path, ..) | Self::StartsWith(path, _) | Self::EndsWith(path, _) | Self::In(path, _) => path,
        };
        let name = path.join("/");
        let own = variable.is_some_and(|variable| path.first().is_some_and(|first| first == variable));
        if own || kind.filters.iter().any(|known| *known == name) {
            return Ok(());
        }
        Err(GraphError::unsupported_query(format!(
            "Unsupported or invalid query filter clause specified for property '{name}' of resource '{}'.",
            capital(kind.name)
        )))
    }

    /// Whether the directory answers it with `ConsistencyLevel: eventual` only.
    pub(super) fn is_advanced(&self) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.is_advanced() || right.is_advanced(),
            Self::Not(_) | Self::EndsWith(..) | Self::Compare(_, Operator::Ne, _) => true,
            Self::Any(_, _, inner) => inner.is_advanced(),
            _ => false,
        }
    }

    /// Whether an object passes.
    pub(super) fn takes(&self, object: &Map<String, Value>) -> bool {
        self.holds(&|path| member(object, path))
    }

    fn holds<'a>(&self, find: &dyn Fn(&[String]) -> Option<&'a Value>) -> bool {
        let text = |path: &Path| find(path).and_then(Value::as_str).map(str::to_lowercase);
        match self {
            Self::And(left, right) => left.holds(find) && right.holds(find),
            Self::Or(left, right) => left.holds(find) || right.holds(find),
            Self::Not(inner) => !inner.holds(find),
            Self::Compare(path, operator, value) => compare(find(path).unwrap_or(&Value::Null), *operator, value),
            Self::StartsWith(path, start) => text(path).is_some_and(|text| text.starts_with(&start.to_lowercase())),
            Self::EndsWith(path, end) => text(path).is_some_and(|text| text.ends_with(&end.to_lowercase())),
            Self::In(path, values) => {
                let found = find(path).unwrap_or(&Value::Null);
                values.iter().any(|value| compare(found, Operator::Eq, value))
            }
            Self::Any(path, variable, inner) => {
                let list = find(path).and_then(Value::as_array);
                list.into_iter().flatten().any(|element| {
                    inner.holds(&|path| match path.split_first() {
                        Some((first, rest)) if first == variable => {
                            rest.iter().try_fold(element, |value, name| value.get(name))
                        }
                        _ => find(path),
                    })
                })
            }
        }
    }
}

fn member<'a>(object: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(object.get(first)?, |value, name| value.get(name))
}

/// Texts are compared without regard to case, as the directory does; moments as moments.
fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    let Some(order) = order(left, right) else { return operator == Operator::Ne };
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
    }
}

/// How two values of one kind stand to each other.
pub(super) fn order(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(std::cmp::Ordering::Equal),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => {
            let moment = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
            match (moment(left), moment(right)) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => Some(left.to_lowercase().cmp(&right.to_lowercase())),
            }
        }
        _ => None,
    }
}

fn capital(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect()
}

/// Reads a filter from left to right; `None` for anything that is not one.
struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn or(&mut self) -> Option<Filter> {
        let mut left = self.and()?;
        while self.word_is("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Filter> {
        let mut left = self.not()?;
        while self.word_is("and") {
            left = Filter::And(Box::new(left), Box::new(self.not()?));
        }
        Some(left)
    }

    fn not(&mut self) -> Option<Filter> {
        if self.word_is("not") {
            return Some(Filter::Not(Box::new(self.deeper(Self::not)?)));
        }
        if self.next_is(&Token::Open) {
            let inner = self.deeper(Self::or)?;
            return self.next_is(&Token::Close).then_some(inner);
        }
        self.comparison()
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Option<Filter>) -> Option<Filter> {
        self.depth += 1;
        let read = if self.depth > DEEPEST { None } else { read(self) };
        self.depth -= 1;
        read
    }

    fn comparison(&mut self) -> Option<Filter> {
        let name = self.word()?;
        if self.next_is(&Token::Open) {
            return self.function(&name);
        }
        let path = path(&name)?;
        let operator = self.word()?;
        if operator == "in" {
            return self.list().map(|values| Filter::In(path, values));
        }
        Some(Filter::Compare(path, Operator::read(&operator)?, self.value()?))
    }

    /// The rest of `startswith(…)`, `endswith(…)` or `list/any(…)`.
    fn function(&mut self, name: &str) -> Option<Filter> {
        let filter = if let Some(list) = name.strip_suffix("/any") {
            let variable = self.word()?;
            let inner = self.next_is(&Token::Colon).then(|| self.deeper(Self::or))??;
            Filter::Any(path(list)?, variable, Box::new(inner))
        } else {
            let path = path(&self.word()?)?;
            let text = self.next_is(&Token::Comma).then(|| self.text())??;
            match name.to_ascii_lowercase().as_str() {
                "startswith" => Filter::StartsWith(path, text),
                "endswith" => Filter::EndsWith(path, text),
                _ => return None,
            }
        };
        self.next_is(&Token::Close).then_some(filter)
    }

    fn list(&mut self) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        if !self.next_is(&Token::Open) {
            return None;
        }
        loop {
            values.push(self.value()?);
            if self.next_is(&Token::Close) {
                return Some(values);
            }
            if !self.next_is(&Token::Comma) {
                return None;
            }
        }
    }

    fn value(&mut self) -> Option<Value> {
        match self.next()? {
            Token::Text(text) => Some(Value::String(text)),
            Token::Word(word) => Some(match word.as_str() {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number if number.parse::<i64>().is_ok() => number.parse::<i64>().ok()?.into(),
                // GUIDs and moments stand without quotes.
                other if other.starts_with(|letter: char| letter.is_ascii_hexdigit()) => {
                    Value::String(other.to_owned())
                }
                _ => return None,
            }),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        match self.next()? {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    fn word(&mut self) -> Option<String> {
        match self.next()? {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn word_is(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Word(next)) if next == word);
        self.at += usize::from(is);
        is
    }

    fn next_is(&mut self, token: &Token) -> bool {
        let is = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(is);
        is
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }
}

fn path(name: &str) -> Option<Path> {
    let parts: Path = name.split('/').map(str::to_owned).collect();
    let plain = |part: &String| {
        part.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    parts.iter().all(plain).then_some(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KIND: EntityType = EntityType {
        name: "thing",
        shown: &[],
        filters: &["name", "at", "open", "tags", "keys", "by/app/id", "size"],
        in_directory: true,
    };

    fn takes(filter: &str) -> bool {
        let object = json!({
            "name": "Harbor's App", "at": "2026-11-24T08:00:00Z", "open": true, "size": 3, "none": null,
            "tags": ["red", "blue"], "keys": [{ "id": "k1", "use": "sign" }], "by": { "app": { "id": "a1" } },
        });
        Filter::parse(filter, &KIND).unwrap().takes(object.as_object().unwrap())
    }

    #[test]
    fn filters_compare_texts_moments_and_switches() {
        for yes in [
            "name eq 'harbor''s app'",
            "startswith(name,'HARBOR')",
            "name in ('x', 'Harbor''s App')",
            "at ge 2026-11-24T07:00:00Z and at lt 2026-11-24T09:00:00+00:00",
            "open eq true",
            "size gt 2",
            "by/app/id eq 'a1'",
            "tags/any(t:t eq 'blue')",
            "keys/any(k: k/id eq 'k1' and k/use eq 'sign')",
            "not(name eq 'x') and (open eq false or name ne 'x')",
            "name eq 'x' or open eq true and size eq 3",
            "endswith(name,'app')",
        ] {
            assert!(takes(yes), "{yes}");
        }
        for no in [
            "name eq 'x'",
            "at gt 2026-11-24T08:00:00Z",
            "tags/any(t:t eq 'green')",
            "keys/any(k: k/id eq 'k1' and k/use eq 'verify')",
            "not (open eq true)",
            "size eq null",
        ] {
            assert!(!takes(no), "{no}");
        }
    }

    #[test]
    fn what_is_no_filter_or_cannot_be_filtered_by_is_refused() {
        let deep = format!("{}open eq true{}", "(".repeat(1000), ")".repeat(1000));
        for bad in [
            "",
            "name",
            "name eq",
            "name eq 'x",
            "name is 'x'",
            "name eq 'x' name",
            "contains(name,'x')",
            "(name eq 'x'",
            "name in ()",
            "tags/all(t:t eq 'x')",
            "none eq null",
            "owner eq 'x'",
            "name eq name",
            &deep,
        ] {
            assert!(Filter::parse(bad, &KIND).is_err(), "{bad}");
        }
    }
}
