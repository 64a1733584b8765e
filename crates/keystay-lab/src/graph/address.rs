//! The part of a path after `/v1.0/`: collections, objects in them, something to do with them.

use uuid::Uuid;

use super::error::GraphError;

/// The segments of a path. An alternate key stands as a segment of its own: `applications(appId='…')` gives
/// `applications` and `(appId='…')`, and `users('…')` is `users` and what is in the quotes.
pub(super) fn segments(rest: &str) -> Result<Vec<String>, GraphError> {
    let mut segments = Vec::new();
    // Empty ones count for nothing: Microsoft's SDK for Python asks for `/v1.0//me`.
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        match part.split_once('(') {
            None => segments.push(part.trim_start_matches("microsoft.graph.").to_owned()),
            Some((name, argument)) => {
                segments.push(name.to_owned());
                let argument = argument.strip_suffix(')').ok_or_else(bad_key)?;
                let quoted = argument.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                segments.push(quoted.map_or_else(|| format!("({argument})"), str::to_owned));
            }
        }
    }
    Ok(segments)
}

/// Types that a mixed collection can be narrowed to.
const TYPES: [&str; 7] =
    ["user", "group", "servicePrincipal", "application", "device", "directoryRole", "administrativeUnit"];

/// Takes the type off the end of a path that asks for the objects of one type only: `members/microsoft.graph.user`, or
/// `members/graph.user` as the SDKs write it.
pub(super) fn cast(rest: &str) -> (&str, Option<&str>) {
    let Some((before, last)) = rest.trim_end_matches('/').rsplit_once('/') else { return (rest, None) };
    let name = last.strip_prefix("microsoft.").unwrap_or(last).strip_prefix("graph.");
    match name.filter(|name| TYPES.contains(name)) {
        Some(name) => (before, Some(name)),
        None => (rest, None),
    }
}

/// How an object is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// `applications/{id}`
    Object(Uuid),
    /// `applications(appId='{id}')`
    AppId(Uuid),
    /// `users/{name}`, or something that names nothing.
    Name(String),
}

impl Key {
    /// Reads a segment.
    pub(super) fn parse(segment: &str) -> Result<Self, GraphError> {
        if let Some(argument) = segment.strip_prefix('(') {
            let id = argument.strip_prefix("appId='").and_then(|rest| rest.strip_suffix("')"));
            let id = id.and_then(|text| Uuid::try_parse(text).ok());
            return id.map(Self::AppId).ok_or_else(bad_key);
        }
        Ok(Uuid::try_parse(segment).map_or_else(|_| Self::Name(segment.to_owned()), Self::Object))
    }

    /// That there is no such object.
    pub(super) fn missing(&self) -> GraphError {
        match self {
            Self::Object(id) | Self::AppId(id) => GraphError::not_found(id),
            Self::Name(name) => GraphError::not_found(name),
        }
    }
}

/// The object id in a segment that takes no other key.
pub(super) fn object_id(segment: &str) -> Result<Uuid, GraphError> {
    Uuid::try_parse(segment).map_err(|_| GraphError::not_found(segment))
}

fn bad_key() -> GraphError {
    GraphError::bad_request("The key in the request URL is not valid.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_by_id_by_client_id_or_by_name() {
        let id = Uuid::from_u128(7);
        let path = segments(&format!("applications(appId='{id}')/microsoft.graph.addKey/")).unwrap();
        assert_eq!(path, ["applications", &format!("(appId='{id}')"), "addKey"]);
        assert_eq!(Key::parse(&path[1]).unwrap(), Key::AppId(id));
        assert_eq!(segments("/me").unwrap(), ["me"]);
        assert_eq!(segments("users('amara@x.y')/memberOf").unwrap(), ["users", "amara@x.y", "memberOf"]);
        assert_eq!(Key::parse("amara@x.y").unwrap(), Key::Name("amara@x.y".to_owned()));
        assert_eq!(Key::parse(&id.to_string()).unwrap(), Key::Object(id));
        assert_eq!(cast("groups/1/members/microsoft.graph.user"), ("groups/1/members", Some("user")));
        assert_eq!(cast("groups/1/members/graph.user").1, Some("user"));
        assert_eq!(cast("applications/1/microsoft.graph.addKey").1, None);
        assert!(Key::parse(&segments("applications(appId=5)").unwrap()[1]).is_err());
        assert!(segments("applications(appId='5'").is_err());
    }
}
