//! Files of the vault's log, in the shapes they are delivered in.

use serde_json::{Map, Value};

use super::AuditRecord;

/// A file that is no log.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct LogError(String);

/// Reads a file: one record a line (`PT1H.json` of a storage account), a list of records, `{"records": […]}` (event
/// hub), the tables of a Log Analytics answer, or CSV with a heading (its export).
///
/// Returns the records, and how many things in the file were none. A last line that is cut short is left out: somebody is
/// writing it.
pub fn read_log(text: &str) -> Result<(Vec<AuditRecord>, usize), LogError> {
    let text = text.trim_start_matches('\u{feff}');
    let Some(first) = text.trim_start().chars().next() else { return Ok((Vec::new(), 0)) };
    let rows = match first {
        '{' | '[' => match serde_json::from_str::<Value>(text) {
            Ok(document) => rows_of(document)?,
            Err(_) => lines(text)?,
        },
        _ => csv_rows(text)?,
    };
    let all = rows.len();
    let records: Vec<_> = rows.iter().filter_map(AuditRecord::read).collect();
    let others = all - records.len();
    Ok((records, others))
}

fn lines(text: &str) -> Result<Vec<Map<String, Value>>, LogError> {
    let mut rows = Vec::new();
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    while let Some((number, line)) = lines.next() {
        match serde_json::from_str(line) {
            Ok(document) => rows.extend(rows_of(document)?),
            // somebody is writing it at this moment
            Err(_) if lines.peek().is_none() && !text.ends_with('\n') => {}
            Err(error) => return Err(LogError(format!("line {} is no JSON: {error}", number + 1))),
        }
    }
    Ok(rows)
}

fn rows_of(document: Value) -> Result<Vec<Map<String, Value>>, LogError> {
    match document {
        Value::Array(list) => Ok(list.into_iter().filter_map(object).collect()),
        Value::Object(mut object) => {
            if let Some(Value::Array(records)) = object.remove("records") {
                return rows_of(Value::Array(records));
            }
            if let Some(Value::Array(tables)) = object.remove("tables") {
                return Ok(tables.iter().flat_map(table).collect());
            }
            Ok(vec![object])
        }
        _ => Err(LogError("it holds neither an object nor a list".to_owned())),
    }
}

/// `{"columns": [{"name": …}], "rows": [[…]]}`: what the query API of Log Analytics answers.
fn table(table: &Value) -> Vec<Map<String, Value>> {
    let list = |name: &str| table[name].as_array().cloned().unwrap_or_default();
    let columns: Vec<String> =
        list("columns").iter().filter_map(|column| column["name"].as_str().map(str::to_owned)).collect();
    let row = |row: &Value| columns.iter().cloned().zip(row.as_array().cloned().unwrap_or_default()).collect();
    list("rows").iter().map(row).collect()
}

fn csv_rows(text: &str) -> Result<Vec<Map<String, Value>>, LogError> {
    let wrong = |error: csv::Error| LogError(format!("it is no CSV: {error}"));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let heading = reader.headers().map_err(wrong)?.clone();
    if heading.len() < 2 {
        return Err(LogError("it is neither JSON nor CSV with a heading".to_owned()));
    }
    reader
        .records()
        .map(|row| {
            let row = row.map_err(wrong)?;
            Ok(heading.iter().zip(row.iter()).map(|(name, value)| (name.to_owned(), value.into())).collect())
        })
        .collect()
}

fn object(value: Value) -> Option<Map<String, Value>> {
    if let Value::Object(object) = value { Some(object) } else { None }
}
