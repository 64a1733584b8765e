//! One table of the configuration, read value by value, so that all mistakes are found in one go.

use std::{collections::BTreeSet, fmt::Display, path::PathBuf, str::FromStr};

use serde_json::{Map, Value};

/// What is wrong with a configuration, in the order it was read.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<String>);

impl Mistakes {
    /// Notes one.
    pub fn push(&mut self, words: impl Into<String>) {
        self.0.push(words.into());
    }

    /// None was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<String> {
        self.0
    }
}

/// A table and what was asked of it. [`end`](Self::end) names the settings nobody asked for.
///
/// Values are told in messages where they are names and numbers; never where they may be secrets.
#[derive(Debug)]
pub struct Section<'a> {
    path: String,
    values: &'a Map<String, Value>,
    asked: BTreeSet<&'static str>,
    mistakes: &'a mut Mistakes,
}

impl<'a> Section<'a> {
    /// The document itself.
    pub fn root(values: &'a Map<String, Value>, mistakes: &'a mut Mistakes) -> Self {
        Self { path: String::new(), values, asked: BTreeSet::new(), mistakes }
    }

    /// Notes a mistake of this table.
    pub fn mistake(&mut self, words: impl Into<String>) {
        self.mistakes.push(words);
    }

    /// How a setting of this table is called in messages.
    pub fn name(&self, setting: &str) -> String {
        if self.path.is_empty() { setting.to_owned() } else { format!("{}.{setting}", self.path) }
    }

    /// Whether the setting was given at all.
    pub fn has(&self, setting: &'static str) -> bool {
        self.values.contains_key(setting)
    }

    /// A text. Numbers and booleans are taken as they are written, for environment variables have no types.
    pub fn text(&mut self, setting: &'static str) -> Option<String> {
        match self.value(setting)? {
            Value::String(text) => Some(text.clone()),
            value @ (Value::Bool(_) | Value::Number(_)) => Some(value.to_string()),
            _ => {
                let name = self.name(setting);
                self.mistake(format!("`{name}` must be a text"));
                None
            }
        }
    }

    /// A text that means something. The error's words become the mistake.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, setting: &'static str) -> Option<T> {
        let text = self.text(setting)?;
        self.parse(setting, &text)
    }

    /// Like [`parsed`](Self::parsed), but its absence is a mistake, explained by `expected`.
    pub fn required<T: FromStr<Err: Display>>(&mut self, setting: &'static str, expected: &str) -> Option<T> {
        if !self.has(setting) {
            self.asked.insert(setting);
            let name = self.name(setting);
            self.mistake(format!("`{name}` is missing; expected {expected}"));
            return None;
        }
        self.parsed(setting)
    }

    /// One of a few words, without regard to case.
    pub fn one_of<T: Copy>(&mut self, setting: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(setting)?;
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text)).map(|(_, value)| *value);
        if found.is_none() {
            let name = self.name(setting);
            let expected: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.mistake(format!("`{name}` is `{text}`; expected {}", expected.join(" or ")));
        }
        found
    }

    /// `true` or `false`.
    pub fn flag(&mut self, setting: &'static str) -> Option<bool> {
        self.one_of(setting, &[("true", true), ("false", false)])
    }

    /// A list, or one value instead of it.
    pub fn list<T: FromStr<Err: Display>>(&mut self, setting: &'static str) -> Option<Vec<T>> {
        let texts: Vec<String> = match self.value(setting)? {
            Value::String(text) => vec![text.clone()],
            Value::Array(values) if values.iter().all(Value::is_string) => {
                values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => {
                let name = self.name(setting);
                self.mistake(format!("`{name}` must be a list of texts"));
                return None;
            }
        };
        let before = texts.len();
        let values: Vec<T> = texts.iter().filter_map(|text| self.parse(setting, text)).collect();
        (values.len() == before).then_some(values)
    }

    /// The path of a file that exists.
    pub fn file(&mut self, setting: &'static str) -> Option<PathBuf> {
        let path = PathBuf::from(self.text(setting)?);
        if path.is_file() {
            return Some(path);
        }
        let name = self.name(setting);
        self.mistake(format!("`{name}`: there is no file `{}`", path.display()));
        None
    }

    /// A table below this one.
    pub fn table(&mut self, setting: &'static str) -> Option<Section<'_>> {
        let path = self.name(setting);
        let Value::Object(values) = self.value(setting)? else {
            self.mistake(format!("`{path}` must be a table"));
            return None;
        };
        Some(Section { path, values, asked: BTreeSet::new(), mistakes: &mut *self.mistakes })
    }

    /// Reads each table below `setting`, such as `[callers.reports]`, with its name.
    pub fn each_table<T>(
        &mut self,
        setting: &'static str,
        mut read: impl FnMut(&str, &mut Section<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(mut parent) = self.table(setting) else { return Vec::new() };
        let values = parent.values;
        let mut found = Vec::new();
        for (name, value) in values {
            let path = parent.name(name);
            let Value::Object(values) = value else {
                parent.mistake(format!("`{path}` must be a table"));
                continue;
            };
            let mut section = Section { path, values, asked: BTreeSet::new(), mistakes: &mut *parent.mistakes };
            found.extend(read(name, &mut section));
            section.end();
        }
        found
    }

    /// Reads each table of a list of tables, such as `[[rules]]`, with its place, counted from 1.
    pub fn each_entry<T>(
        &mut self,
        setting: &'static str,
        mut read: impl FnMut(usize, &mut Section<'_>) -> Option<T>,
    ) -> Vec<T> {
        let path = self.name(setting);
        let Some(value) = self.value(setting) else { return Vec::new() };
        let Some(entries) = value.as_array() else {
            self.mistake(format!("`{path}` must be a list of tables: write `[[{path}]]`"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{path}[{}]", index + 1);
            let Value::Object(values) = entry else {
                self.mistake(format!("`{path}` must be a table"));
                continue;
            };
            let mut section = Section { path, values, asked: BTreeSet::new(), mistakes: &mut *self.mistakes };
            found.extend(read(index + 1, &mut section));
            section.end();
        }
        found
    }

    /// Settings that belong to somebody else.
    pub fn ignore(&mut self, settings: &[&'static str]) {
        self.asked.extend(settings);
    }

    /// Names the settings nobody asked for.
    pub fn end(self) {
        let expected = self.asked.iter().copied().collect::<Vec<_>>().join(", ");
        for setting in self.values.keys().filter(|setting| !self.asked.contains(setting.as_str())) {
            let name = self.name(setting);
            self.mistakes.push(format!("`{name}` is not a setting; expected one of {expected}"));
        }
    }

    fn value(&mut self, setting: &'static str) -> Option<&'a Value> {
        self.asked.insert(setting);
        self.values.get(setting)
    }

    fn parse<T: FromStr<Err: Display>>(&mut self, setting: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let name = self.name(setting);
                self.mistake(format!("`{name}`: {error}"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(document: Value, read: impl FnOnce(&mut Section<'_>)) -> Vec<String> {
        let Value::Object(values) = document else { panic!("not a table") };
        let mut mistakes = Mistakes::default();
        let mut section = Section::root(&values, &mut mistakes);
        read(&mut section);
        section.end();
        mistakes.into_vec()
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let document = json!({
            "port": "many", "shape": "square", "extra": 1, "nested": { "flag": "perhaps", "other": true },
            "entries": [{ "port": [] }, 5],
        });
        let mistakes = read(document, |section| {
            section.parsed::<u16>("port");
            section.one_of("shape", &[("round", ()), ("flat", ())]);
            if let Some(mut nested) = section.table("nested") {
                nested.flag("flag");
                nested.end();
            }
            section.each_entry("entries", |_, entry| entry.text("port"));
            section.required::<u16>("missing", "a number");
        });
        let expected = [
            "`port`: invalid digit",
            "`shape` is `square`; expected `round` or `flat`",
            "`nested.flag` is `perhaps`",
            "`nested.other` is not a setting; expected one of flag",
            "`entries[1].port` must be a text",
            "`entries[2]` must be a table",
            "`missing` is missing; expected a number",
            "`extra` is not a setting",
        ];
        assert_eq!(mistakes.len(), expected.len(), "{mistakes:#?}");
        for (mistake, expected) in mistakes.iter().zip(expected) {
            assert!(mistake.contains(expected), "{mistake} lacks {expected}");
        }
    }

    #[test]
    fn one_value_is_a_list_of_one() {
        let mistakes = read(json!({ "tenants": "7", "scopes": ["1", "2"], "wrong": ["x", "3"] }), |section| {
            assert_eq!(section.list::<u8>("tenants"), Some(vec![7]));
            assert_eq!(section.list::<u8>("scopes"), Some(vec![1, 2]));
            assert_eq!(section.list::<u8>("wrong"), None);
        });
        assert_eq!(mistakes.len(), 1);
    }
}
