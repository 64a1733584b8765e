//! Types of Graph, as far as the lab plays them.

use serde_json::{Map, Value};

use super::Query;
use crate::graph::error::GraphError;

/// A type of object.
#[derive(Debug)]
pub(in crate::graph) struct EntityType {
    /// `application`
    pub(in crate::graph) name: &'static str,
    /// What is shown unless `$select` asks for something else; everything when empty.
    pub(in crate::graph) shown: &'static [&'static str],
    /// What `$filter` and `$orderby` may name.
    pub(in crate::graph) filters: &'static [&'static str],
    /// Whether it is in the directory, where some queries need `ConsistencyLevel: eventual`.
    pub(in crate::graph) in_directory: bool,
}

/// Users, groups, applications and service principals in one collection. Each object says its type.
pub(in crate::graph) const DIRECTORY_OBJECT: EntityType =
    EntityType { name: "directoryObject", shown: &[], filters: &["id", "displayName"], in_directory: true };

impl EntityType {
    /// The properties of an object that the query asks for.
    pub(in crate::graph) fn select(
        &self,
        query: &Query,
        mut object: Map<String, Value>,
    ) -> Result<Map<String, Value>, GraphError> {
        if let Some(select) = query.select() {
            if select.iter().any(|name| name == "*") {
                return Ok(object);
            }
            let mixed = object.contains_key(TYPE);
            let names = select.iter().map(String::as_str).filter(|name| *name != TYPE);
            let mut chosen = Map::new();
            for name in mixed.then_some(TYPE).into_iter().chain(names) {
                match object.remove_entry(name) {
                    Some((name, value)) => {
                        chosen.insert(name, value);
                    }
                    // Not every type in a mixed collection has every property.
                    None if mixed || chosen.contains_key(name) => {}
                    None => {
                        return Err(GraphError::bad_request(format!(
                            "Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
                            self.name
                        )));
                    }
                }
            }
            return Ok(chosen);
        }
        if !self.shown.is_empty() {
            object.retain(|name, _| self.shown.contains(&name.as_str()));
        }
        Ok(object)
    }
}

/// The property by which an object in a mixed collection says its type.
pub(in crate::graph) const TYPE: &str = "@odata.type";
