//! From the bytes of a file to JSON, one entry at a time.
//!
//! A list is never held as a whole in parsed form: its entries are slices of the bytes until each is read. So a list of
//! ten thousand costs what its facts cost.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Value, value::RawValue};

use super::{Document, Missing, Node};

/// The top of a document.
pub(crate) enum Top<'a> {
    /// One object; or null, which says that there is no such thing.
    Single(Value),
    /// A list, or the page of one.
    List {
        entries: Vec<Entry<'a>>,
        /// Where the next page is named.
        next_page: Option<String>,
    },
}

/// An entry that is not parsed yet.
pub(crate) struct Entry<'a> {
    path: String,
    raw: &'a RawValue,
}

impl Entry<'_> {
    pub(crate) fn read<T>(
        &self,
        document: Document,
        read: impl FnOnce(&Node<'_>) -> Result<T, Missing>,
    ) -> Result<T, Missing> {
        let value = parse::<Value>(document, &self.path, self.raw.get())?;
        read(&Node::new(document, self.path.clone(), &value))
    }
}

/// Text from a file. Windows PowerShell writes what a command prints as UTF-16, and others put a mark before UTF-8.
pub(crate) fn text(document: Document, bytes: &[u8]) -> Result<Cow<'_, str>, Missing> {
    let malformed =
        |expected| Missing::Malformed { document, path: "$".to_owned(), expected, found: "other bytes".to_owned() };
    let wide = |bytes: &[u8], join: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| join([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map(Cow::Owned).map_err(|_| malformed("UTF-16 text"))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).map(Cow::Borrowed).map_err(|_| malformed("UTF-8")),
        _ => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| malformed("UTF-8 text")),
    }
}

/// Takes a document apart.
pub(crate) fn top(document: Document, text: &str) -> Result<Top<'_>, Missing> {
    let raw: &RawValue = parse(document, "$", text)?;
    if raw.get().starts_with('[') {
        return Ok(Top::List { entries: flatten(document, "$", raw)?, next_page: None });
    }
    if raw.get().starts_with('{') {
        let fields: BTreeMap<Cow<'_, str>, &RawValue> = parse(document, "$", raw.get())?;
        if let Some(error) = fields.get("error").filter(|_| fields.len() <= 2) {
            return Err(refused(document, error));
        }
        if let Some(value) = fields.get("value").filter(|value| value.get().starts_with('[')) {
            let next_page = next_page(&fields).map(|name| format!("$['{name}']"));
            return Ok(Top::List { entries: flatten(document, "$.value", value)?, next_page });
        }
    }
    Ok(Top::Single(parse(document, "$", raw.get())?))
}

/// The entries of a list. Where an entry is itself a page or a list, as in a file of several answers, its entries.
fn flatten<'a>(document: Document, path: &str, raw: &'a RawValue) -> Result<Vec<Entry<'a>>, Missing> {
    let elements: Vec<&RawValue> = parse(document, path, raw.get())?;
    let mut entries = Vec::with_capacity(elements.len());
    for (index, raw) in elements.into_iter().enumerate() {
        let path = format!("{path}[{index}]");
        if raw.get().starts_with('[') {
            let inner: Vec<&RawValue> = parse(document, &path, raw.get())?;
            let inner = inner.into_iter().enumerate();
            entries.extend(inner.map(|(index, raw)| Entry { path: format!("{path}[{index}]"), raw }));
            continue;
        }
        if raw.get().contains("\"value\"") && raw.get().starts_with('{') {
            let fields: BTreeMap<Cow<'_, str>, &RawValue> = parse(document, &path, raw.get())?;
            if let Some(name) = next_page(&fields) {
                return Err(Missing::Incomplete { document, path: format!("{path}['{name}']") });
            }
            if let Some(value) = fields.get("value").filter(|value| value.get().starts_with('[')) {
                let path = format!("{path}.value");
                let inner: Vec<&RawValue> = parse(document, &path, value.get())?;
                let inner = inner.into_iter().enumerate();
                entries.extend(inner.map(|(index, raw)| Entry { path: format!("{path}[{index}]"), raw }));
                continue;
            }
        }
        entries.push(Entry { path, raw });
    }
    Ok(entries)
}

fn next_page(fields: &BTreeMap<Cow<'_, str>, &RawValue>) -> Option<&'static str> {
    let named = |name: &&str| fields.get(*name).is_some_and(|raw| !matches!(raw.get(), "null" | "\"\""));
    ["nextLink", "@odata.nextLink"].into_iter().find(named)
}

/// What a service says instead of the document, saved in its place.
fn refused(document: Document, error: &RawValue) -> Missing {
    let code = serde_json::from_str::<Value>(error.get()).ok().and_then(|error| {
        let code = error.get("code").unwrap_or(&error).as_str()?;
        // a code is a short word; anything longer is a sentence about somebody
        (code.len() <= 64 && code.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter)))
            .then(|| code.to_owned())
    });
    Missing::Refused { document, code: code.unwrap_or_else(|| "an error without a code".to_owned()) }
}

fn parse<'a, T: serde::Deserialize<'a>>(document: Document, path: &str, text: &'a str) -> Result<T, Missing> {
    serde_json::from_str(text).map_err(|error| Missing::Malformed {
        document,
        path: path.to_owned(),
        expected: "JSON",
        // of a syntax error, where it is; never a piece of the text
        found: match error.classify() {
            serde_json::error::Category::Eof => "the end of the text".to_owned(),
            _ => format!("something else at line {}, column {}", error.line(), error.column()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<(usize, Option<String>), Missing> {
        match top(Document::RoleAssignments, text)? {
            Top::List { entries, next_page } => Ok((entries.len(), next_page)),
            Top::Single(_) => Ok((1, None)),
        }
    }

    #[test]
    fn lists_and_pages_and_lists_of_pages_are_all_lists() {
        assert_eq!(count("[{},{}]").unwrap().0, 2);
        assert_eq!(count(r#"{"value":[{},{}],"nextLink":null}"#).unwrap(), (2, None));
        assert_eq!(count(r#"[{"value":[{},{}]},[{}],{"a":"value"}]"#).unwrap().0, 4);
        assert_eq!(count("{}").unwrap().0, 1);
    }

    #[test]
    fn a_page_with_another_behind_it_says_so() {
        let next = count(r#"{"value":[{}],"@odata.nextLink":"https://x"}"#).unwrap().1;
        assert_eq!(next.as_deref(), Some("$['@odata.nextLink']"));
        let nested = count(r#"[{"value":[{}],"nextLink":"https://x"}]"#).unwrap_err();
        assert!(matches!(nested, Missing::Incomplete { ref path, .. } if path == "$[0]['nextLink']"), "{nested}");
    }

    #[test]
    fn a_saved_refusal_is_not_taken_for_the_document() {
        let refused = count(r#"{"error":{"code":"AuthorizationFailed","message":"The client 'x' with …"}}"#);
        assert!(matches!(refused, Err(Missing::Refused { ref code, .. }) if code == "AuthorizationFailed"));
        let odd = count(r#"{"error":{"code":"eyJhbGciOi a token perhaps"}}"#).unwrap_err().to_string();
        assert!(!odd.contains("eyJ"), "{odd}");
    }

    #[test]
    fn what_is_not_json_is_told_by_place_and_never_by_content() {
        for bad in ["", "ERROR: Please run 'az login'", "{\"a\":", "[1,2", "\u{0}", "nul"] {
            let error = count(bad).unwrap_err().to_string();
            assert!(error.contains("malformed at $") && !error.contains("login"), "{error}");
        }
        let deep = "[".repeat(100_000);
        assert!(count(&deep).is_err());
    }

    #[test]
    fn text_is_read_in_the_encodings_shells_write() {
        let wide: Vec<u8> = "\u{feff}[]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(Document::Vault, &wide).unwrap(), "[]");
        assert_eq!(text(Document::Vault, b"\xef\xbb\xbf[]").unwrap(), "[]");
        assert!(text(Document::Vault, &[0x80, 0x81]).is_err());
    }
}
