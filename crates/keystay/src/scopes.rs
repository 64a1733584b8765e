//! What a token is asked for.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, LazyLock},
};

/// The scope of an app-only token, in canonical form: `{resource}/.default`.
///
/// In the client credentials flow Entra takes exactly one resource and no single permission: an app gets all it was
/// consented to (AADSTS70011 otherwise). The canonical form has scheme and host in lower case and repetitions removed,
/// so different spellings share one cache entry. Cheap to clone.
///
/// ```
/// # use keystay::Scopes;
/// let scopes: Scopes = "HTTPS://Graph.Microsoft.com/.default".parse()?;
/// assert_eq!(scopes.as_str(), "https://graph.microsoft.com/.default");
/// # Ok::<(), keystay::ScopesError>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Scopes(Arc<str>);

impl Scopes {
    /// The canonical form of one or several spellings of the same scope.
    pub fn from_parts<S: AsRef<str>>(parts: &[S]) -> Result<Self, ScopesError> {
        let mut canonical: Option<String> = None;
        for part in parts.iter().flat_map(|part| part.as_ref().split_ascii_whitespace()) {
            let part = canonicalise(part)?;
            match &canonical {
                Some(first) if *first != part => {
                    return Err(ScopesError::SeveralResources { first: first.clone(), second: part });
                }
                _ => canonical = Some(part),
            }
        }
        canonical.map(|scope| Self(scope.into())).ok_or(ScopesError::Empty)
    }

    /// Microsoft Graph in the public cloud.
    pub fn graph() -> Self {
        // one text for all: comparing clones compares addresses
        static GRAPH: LazyLock<Scopes> = LazyLock::new(|| Scopes(Arc::from("https://graph.microsoft.com/.default")));
        GRAPH.clone()
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource the token will be for: the scope without `/.default`.
    pub fn resource(&self) -> &str {
        self.0.strip_suffix(DEFAULT).unwrap_or(&self.0)
    }
}

impl FromStr for Scopes {
    type Err = ScopesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_parts(&[text])
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scopes({})", self.0)
    }
}

/// A scope Entra would refuse for an app-only token.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopesError {
    /// Nothing was asked for.
    #[error("no scope given; expected one such as `https://graph.microsoft.com/.default`")]
    Empty,
    /// A single permission, or a bare resource.
    #[error("`{given}` is not a scope for an app-only token; use `{suggestion}`")]
    NotDefault {
        /// What was given.
        given: String,
        /// The same resource with `/.default`.
        suggestion: String,
    },
    /// A character that no scope holds.
    #[error("`{given}` holds a character that no scope has")]
    Malformed {
        /// What was given.
        given: String,
    },
    /// One token is for one resource.
    #[error("`{first}` and `{second}` are two resources; a token is for one, so ask twice")]
    SeveralResources {
        /// The first resource's scope.
        first: String,
        /// Another one's.
        second: String,
    },
}

const DEFAULT: &str = "/.default";

fn canonicalise(scope: &str) -> Result<String, ScopesError> {
    let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '<' | '>' | '&' | '#');
    if scope.len() > 1024 || !scope.chars().all(allowed) {
        return Err(ScopesError::Malformed { given: scope.chars().take(60).collect() });
    }
    let Some(resource) = scope.strip_suffix(DEFAULT).filter(|resource| !resource.is_empty()) else {
        return Err(ScopesError::NotDefault { given: scope.to_owned(), suggestion: suggest(scope) });
    };
    // only scheme and host are case-insensitive (RFC 3986 section 6.2.2.1); an `api://` URI has no host
    let Some((scheme, rest)) = resource.split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
    else {
        return Ok(scope.to_owned());
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Ok(format!("{}://{}{path}{DEFAULT}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

/// `https://graph.microsoft.com/User.Read.All` was meant as Graph's default scope.
fn suggest(scope: &str) -> String {
    let resource = match scope.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
            format!("https://{}", rest.split('/').next().unwrap_or(rest))
        }
        None if scope.contains('.') && !scope.contains('/') => "https://graph.microsoft.com".to_owned(),
        _ => scope.trim_end_matches('/').to_owned(),
    };
    format!("{resource}{DEFAULT}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_scope_are_one() {
        let once: Scopes = "https://graph.microsoft.com/.default".parse().unwrap();
        let twice =
            Scopes::from_parts(&["https://GRAPH.microsoft.com/.default", " https://graph.microsoft.com/.default "]);
        assert_eq!(twice.unwrap(), once);
        assert_eq!(once, Scopes::graph());
        assert_eq!(once.resource(), "https://graph.microsoft.com");
    }

    #[test]
    fn the_path_of_a_resource_keeps_its_case_and_slashes() {
        for kept in [
            "api://5d4C/My-Api/.default",
            "https://x.example//.default",
            "00000003-0000-0000-c000-000000000000/.default",
        ] {
            assert_eq!(kept.parse::<Scopes>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn a_permission_or_a_bare_resource_is_answered_with_the_right_scope() {
        for given in ["https://graph.microsoft.com/User.Read.All", "https://graph.microsoft.com", "User.Read.All"] {
            let error = given.parse::<Scopes>().unwrap_err();
            assert!(error.to_string().contains("use `https://graph.microsoft.com/.default`"), "{error}");
        }
    }

    #[test]
    fn two_resources_and_none_are_refused() {
        let two = "https://graph.microsoft.com/.default https://vault.azure.net/.default".parse::<Scopes>();
        assert!(matches!(two, Err(ScopesError::SeveralResources { .. })), "{two:?}");
        assert_eq!("  ".parse::<Scopes>(), Err(ScopesError::Empty));
        assert!("/.default".parse::<Scopes>().is_err());
    }
}
