//! The path of a request.

use keystay::Secret;

/// What the path says: `/msi[/{secret}][/{identity}[/{tenant}]][/metadata/identity/oauth2/token]`.
///
/// Some SDKs change the path they were given to lower case, or put slashes where none belong, so neither counts. Nothing
/// is decoded: no part that means anything holds a `%`.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) secret: Option<Secret>,
    pub(crate) identity: Option<String>,
    pub(crate) tenant: Option<String>,
    /// It ends as the path of the instance metadata service does.
    pub(crate) is_metadata: bool,
    /// It goes on where nothing is expected.
    pub(crate) is_too_long: bool,
}

/// The path of the instance metadata service.
const METADATA: [&str; 4] = ["metadata", "identity", "oauth2", "token"];

impl Place {
    pub(super) fn of(path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).skip(1).collect();
        let mut place = Self { is_metadata: segments.ends_with(&METADATA), ..Self::default() };
        if place.is_metadata {
            segments.truncate(segments.len() - METADATA.len());
        }
        let mut segments = segments.into_iter().peekable();
        place.secret = segments.next_if(|segment| is_secret(segment)).map(|secret| Secret::new(secret.to_owned()));
        place.identity = segments.next().map(str::to_owned);
        place.tenant = segments.next().map(str::to_owned);
        place.is_too_long = segments.next().is_some();
        place
    }
}

/// A secret in a path survives a change of case: it is 64 lower-case hexadecimal digits. No name is that long.
fn is_secret(segment: &str) -> bool {
    segment.len() == 64 && segment.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path's parts with a dash for those it has not; the secret by its beginning.
    fn read(path: &str) -> String {
        let Place { secret, identity, tenant, is_metadata, is_too_long } = Place::of(path);
        assert!(!is_too_long, "{path}");
        let secret = secret.map(|secret| secret.expose()[..4].to_owned());
        let parts = [secret, identity, tenant].map(|part| part.unwrap_or("-".into()));
        format!("{}{}", parts.join(" "), if is_metadata { " metadata" } else { "" })
    }

    #[test]
    fn a_path_is_read_however_an_sdk_writes_it() {
        let secret = "0123456789abcdef".repeat(4);
        assert_eq!(read("/msi"), "- - -");
        assert_eq!(read("/msi/graph"), "- graph -");
        for path in ["/msi/graph/juniper.example", "/msi/Graph/Juniper.Example/", "/msi//graph//juniper.example"] {
            assert_eq!(read(path), "- graph juniper.example", "{path}");
        }
        assert_eq!(read(&format!("/msi/{secret}/graph/juniper.example")), "0123 graph juniper.example");
        assert_eq!(read(&format!("/msi/{}", secret.to_uppercase())), "0123 - -");
        let machine = format!("/msi/{secret}/graph/juniper.example//Metadata/identity/oauth2/token/");
        assert_eq!(read(&machine), "0123 graph juniper.example metadata");
        assert_eq!(read("/msi/metadata/identity/oauth2/token"), "- - - metadata");
    }

    #[test]
    fn nothing_follows_the_tenant() {
        assert!(Place::of("/msi/graph/juniper.example/more").is_too_long);
        assert!(Place::of("/msi/graph/juniper.example/metadata/identity/oauth2/token/more").is_too_long);
    }
}
