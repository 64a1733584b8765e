//! One object, or a page of a collection, as an answer.

use serde_json::{Map, Value};

use super::{
    entity::{EntityType, TYPE},
    filter::{Filter, order},
};
use crate::graph::{Call, error::GraphError};

impl Call {
    /// An object with the properties the query asks for. `context` names it in the metadata: `applications/$entity`.
    pub(in crate::graph) fn object(
        &self,
        kind: &EntityType,
        context: &str,
        object: Map<String, Value>,
    ) -> Result<Value, GraphError> {
        let object = kind.select(&self.query, object)?;
        Ok(self.in_context(&self.selected(context), object))
    }

    /// The page the query asks for. `context` names the collection in the metadata: `applications`.
    pub(in crate::graph) fn page(
        &self,
        kind: &EntityType,
        context: &str,
        mut objects: Vec<Map<String, Value>>,
    ) -> Result<Value, GraphError> {
        let filter = self.query.filter().map(|text| Filter::parse(text, kind)).transpose()?;
        if let Some(cast) = &self.cast {
            let wanted = Value::from(format!("#microsoft.graph.{cast}"));
            objects.retain(|object| object.get(TYPE).is_none_or(|kind| *kind == wanted));
        }
        if let Some(filter) = &filter {
            if kind.in_directory && !self.eventual && filter.is_advanced() {
                return Err(GraphError::advanced_query());
            }
            objects.retain(|object| filter.takes(object));
        }
        if let Some(text) = self.query.order_by() {
            if kind.in_directory && !self.eventual && filter.is_some() {
                return Err(GraphError::advanced_query());
            }
            sort(&mut objects, kind, text)?;
        }
        let total = objects.len();
        if self.counting {
            return Ok(total.into());
        }
        let (size, offset) = (self.query.page_size()?, self.query.offset()?);
        let end = offset.saturating_add(size);
        let shown: Result<Vec<Value>, _> = objects
            .into_iter()
            .skip(offset)
            .take(size)
            .map(|object| kind.select(&self.query, object).map(Value::Object))
            .collect();
        let mut page = Map::new();
        // Without the header the directory leaves the number out.
        if self.query.count() && (self.eventual || !kind.in_directory) {
            page.insert("@odata.count".to_owned(), total.into());
        }
        if end < total {
            let link = format!("https://graph.microsoft.com{}?{}", self.path, self.query.at(end));
            page.insert("@odata.nextLink".to_owned(), link.into());
        }
        page.insert("value".to_owned(), shown?.into());
        Ok(self.in_context(&self.selected(context), page))
    }

    /// An object with `@odata.context`.
    pub(in crate::graph) fn in_context(&self, context: &str, mut object: Map<String, Value>) -> Value {
        let address = format!("https://graph.microsoft.com/{}/$metadata#{context}", self.version);
        object.insert("@odata.context".to_owned(), address.into());
        Value::Object(object)
    }

    /// `users(id,displayName)/$entity`: the context says what was selected.
    fn selected(&self, context: &str) -> String {
        let Some(select) = self.query.select() else { return context.to_owned() };
        let names = select.join(",");
        match context.split_once("/$entity") {
            Some((set, _)) => format!("{set}({names})/$entity"),
            None => format!("{context}({names})"),
        }
    }
}

/// `$orderby`: one property, up or down. Objects without it come first.
fn sort(objects: &mut [Map<String, Value>], kind: &EntityType, text: &str) -> Result<(), GraphError> {
    let mut words = text.split_whitespace();
    let (name, direction) = (words.next().unwrap_or_default(), words.next().unwrap_or("asc"));
    if words.next().is_some() || !kind.filters.contains(&name) || !["asc", "desc"].contains(&direction) {
        let message = format!("Sorting by '{text}' is not supported for microsoft.graph.{} in the lab.", kind.name);
        return Err(GraphError::unsupported_query(message));
    }
    let none = Value::Null;
    objects.sort_by(|left, right| {
        let (left, right) = (left.get(name).unwrap_or(&none), right.get(name).unwrap_or(&none));
        let order = order(left, right).unwrap_or_else(|| right.is_null().cmp(&left.is_null()));
        if direction == "desc" { order.reverse() } else { order }
    });
    Ok(())
}
