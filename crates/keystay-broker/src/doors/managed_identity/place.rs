//! The path of a request.

use keystay::Secret;

/// What the path says: `/msi[/{secret}][/{identity}[/{tenant}]][/metadata/identity/oauth2/token]`.
///
/// Some SDKs change the path they were given to lower case, or put slashes where none belong, so neither counts. Nothing
/// is decoded: no part that means anything holds a `%`.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) secret: Option<Secret>,
    pub(super) identity: Option<String>,
    pub(super) tenant: Option<String>,
    /// It ends as the path of the instance metadata service does.
    pub(super) is_metadata: bool,
    /// It goes on where nothing is expected.
    pub(super) is_too_long: bool,
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

    fn read(path: &str) -> (Option<String>, Option<String>, Option<String>, bool) {
        let Place { secret, identity, tenant, is_metadata, is_too_long } = Place::of(path);
        assert!(!is_too_long, "{path}");
        (secret.map(|secret| secret.expose()[..4].to_owned()), identity, tenant, is_metadata)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_path_is_read_however_an_sdk_writes_it() {
        let secret = "0123456789abcdef".repeat(4);
        assert_eq!(read("/msi"), (None, None, None, false));
        assert_eq!(read("/msi/graph"), (None, some("graph"), None, false));
        for path in ["/msi/graph/juniper.example", "/msi/Graph/Juniper.Example/", "/msi//graph//juniper.example"] {
            assert_eq!(read(path), (None, some("graph"), some("juniper.example"), false), "{path}");
        }
        let cloud_shell = format!("/msi/{secret}/graph/juniper.example");
        assert_eq!(read(&cloud_shell), (some("0123"), some("graph"), some("juniper.example"), false));
        assert_eq!(read(&format!("/msi/{}", secret.to_uppercase())), (some("0123"), None, None, false));
        let machine = format!("/msi/{secret}/graph/juniper.example//Metadata/identity/oauth2/token/");
        assert_eq!(read(&machine), (some("0123"), some("graph"), some("juniper.example"), true));
        assert_eq!(read("/msi/metadata/identity/oauth2/token"), (None, None, None, true));
    }

    #[test]
    fn nothing_follows_the_tenant() {
        assert!(Place::of("/msi/graph/juniper.example/more").is_too_long);
        assert!(Place::of("/msi/graph/juniper.example/metadata/identity/oauth2/token/more").is_too_long);
    }
}
