//! Reading what a request brings along.

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::error::GraphError;

/// The properties of an object of a type, as a request sets them.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    kind: &'static str,
    properties: &'a Map<String, Value>,
}

impl<'a> Body<'a> {
    /// Reads the body of a request about an object of `kind`, which is `Application` and the like.
    pub(super) fn of(kind: &'static str, body: &'a Value) -> Result<Self, GraphError> {
        let properties = body
            .as_object()
            .ok_or_else(|| GraphError::bad_request("A JSON object is expected in the request body."))?;
        Ok(Self { kind, properties })
    }

    /// What it sets, apart from notes to the reader (`@odata.type`).
    pub(super) fn properties(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.properties.iter().map(|(name, value)| (name.as_str(), value)).filter(|(name, _)| !name.contains('@'))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.properties.get(name).filter(|value| !value.is_null())
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&'a str, GraphError> {
        let value = self.get(name).ok_or_else(|| {
            GraphError::bad_request(format!("A value is required for property '{name}' of resource '{}'.", self.kind))
        })?;
        value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| self.invalid(name))
    }

    /// A text that may be left out.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, GraphError> {
        self.get(name).map(|value| self.as_text(name, value)).transpose()
    }

    /// An id that must be there.
    pub(super) fn id(&self, name: &str) -> Result<Uuid, GraphError> {
        Uuid::try_parse(self.required(name)?).map_err(|_| self.invalid(name))
    }

    /// A moment that may be left out.
    pub(super) fn moment(&self, name: &str) -> Result<Option<OffsetDateTime>, GraphError> {
        self.text(name)?.map(|text| OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| self.invalid(name))).transpose()
    }

    pub(super) fn as_text(&self, name: &str, value: &Value) -> Result<String, GraphError> {
        value.as_str().map(str::to_owned).ok_or_else(|| self.invalid(name))
    }

    /// A text that `null` takes away.
    pub(super) fn as_note(&self, name: &str, value: &Value) -> Result<Option<String>, GraphError> {
        if value.is_null() { Ok(None) } else { self.as_text(name, value).map(Some) }
    }

    pub(super) fn as_texts(&self, name: &str, value: &Value) -> Result<Vec<String>, GraphError> {
        self.as_list(name, value)?.iter().map(|one| self.as_text(name, one)).collect()
    }

    pub(super) fn as_list(&self, name: &str, value: &'a Value) -> Result<&'a [Value], GraphError> {
        value.as_array().map(Vec::as_slice).ok_or_else(|| self.invalid(name))
    }

    pub(super) fn as_switch(&self, name: &str, value: &Value) -> Result<bool, GraphError> {
        value.as_bool().ok_or_else(|| self.invalid(name))
    }

    /// That a value does not fit its property.
    pub(super) fn invalid(&self, name: &str) -> GraphError {
        GraphError::bad_request(format!("Invalid value specified for property '{name}' of resource '{}'.", self.kind))
    }

    /// That a property is none, or is none that may be set.
    pub(super) fn not_played(&self, name: &str) -> GraphError {
        GraphError::bad_request(format!(
            "The property '{name}' of resource '{}' cannot be set, or is not played by the lab.",
            self.kind
        ))
    }
}

/// The object that `{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/{id}"}` refers to.
pub(super) fn reference(body: &Value) -> Result<Uuid, GraphError> {
    let address = body.get("@odata.id").and_then(Value::as_str);
    let address = address
        .ok_or_else(|| GraphError::bad_request("A value is required for property '@odata.id' of the reference."))?;
    referred(address)
}

/// The object id at the end of an address.
pub(super) fn referred(address: &str) -> Result<Uuid, GraphError> {
    let last = address.trim_end_matches(['/', ')', '\'']).rsplit(['/', '\'']).next().unwrap_or_default();
    Uuid::try_parse(last)
        .map_err(|_| GraphError::bad_request(format!("Invalid URL in the reference: '{address}' names no object id.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_an_object_by_its_address() {
        let id = Uuid::from_u128(5);
        for address in [
            format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}"),
            format!("https://graph.microsoft.com/beta/users/{id}/"),
            format!("https://graph.microsoft.com/v1.0/directoryObjects('{id}')"),
            format!("directoryObjects/{id}"),
        ] {
            assert_eq!(referred(&address).unwrap(), id, "{address}");
        }
        assert!(referred("https://graph.microsoft.com/v1.0/users/amara").is_err());
    }
}
