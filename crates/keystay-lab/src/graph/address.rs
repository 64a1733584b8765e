//! The part of a path after `/v1.0/`: a collection, an object in it, something to do with it.

use uuid::Uuid;

use super::error::GraphError;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) collection: String,
    pub(super) key: Option<Key>,
    pub(super) action: Option<String>,
}

/// How an object is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// `applications/{id}`
    Object(String),
    /// `applications(appId='{id}')`
    AppId(Uuid),
}

impl Key {
    /// The object id, when the name is one.
    pub(super) fn object_id(&self) -> Option<Uuid> {
        match self {
            Self::Object(name) => Uuid::try_parse(name).ok(),
            Self::AppId(_) => None,
        }
    }

    /// The name as the caller wrote it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Object(name) => name.clone(),
            Self::AppId(id) => id.to_string(),
        }
    }
}

impl Address {
    pub(super) fn parse(rest: &str) -> Result<Self, GraphError> {
        let mut segments = rest.trim_end_matches('/').split('/').map(str::to_owned);
        let first = segments.next().unwrap_or_default();
        let (collection, key) = match first.split_once('(') {
            None => (first, segments.next().map(Key::Object)),
            Some((collection, argument)) => (collection.to_owned(), Some(alternate_key(argument)?)),
        };
        let action = segments.next().map(|action| action.trim_start_matches("microsoft.graph.").to_owned());
        if let Some(more) = segments.next() {
            return Err(GraphError::no_such_segment(&more));
        }
        Ok(Self { collection, key, action })
    }
}

/// `appId='…')` or `'…')`.
fn alternate_key(argument: &str) -> Result<Key, GraphError> {
    let quoted = |text: &str| text.strip_prefix('\'')?.strip_suffix('\'').map(str::to_owned);
    let argument = argument.strip_suffix(')');
    let by_app = argument.and_then(|text| text.strip_prefix("appId=")).and_then(quoted);
    if let Some(id) = by_app.and_then(|text| Uuid::try_parse(&text).ok()) {
        return Ok(Key::AppId(id));
    }
    argument
        .and_then(quoted)
        .map(Key::Object)
        .ok_or_else(|| GraphError::bad_request("The key in the request URL is not valid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_by_id_or_by_client_id() {
        let id = Uuid::from_u128(7);
        let parse = |text: &str| Address::parse(text).unwrap();
        assert_eq!(parse("users").key, None);
        assert_eq!(parse("applications/abc").key, Some(Key::Object("abc".to_owned())));
        let address = parse(&format!("applications(appId='{id}')/addKey"));
        assert_eq!((address.key, address.action.as_deref()), (Some(Key::AppId(id)), Some("addKey")));
        assert!(Address::parse("applications(appId=5)").is_err());
        assert!(Address::parse("applications/a/b/c").is_err());
    }
}
