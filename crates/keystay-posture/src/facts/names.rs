//! The names of the things in question, as they go into commands for a shell.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Names for commands. What is not known is a placeholder in angle brackets, quoted: the shell takes it as a name that
/// does not exist, not as a redirection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The vault, as `harbor-prod`.
    pub vault: Option<String>,
    /// The vault's Resource Manager id.
    pub vault_id: Option<String>,
    /// The certificate in the vault, whose key signs.
    pub certificate: Option<String>,
    /// The app's client id.
    pub app: Option<String>,
    /// The app's object id.
    pub app_object: Option<String>,
    /// Resource Manager id of the host whose identity signs.
    pub host: Option<String>,
    /// The log workspace's Resource Manager id.
    pub workspace: Option<String>,
    /// Object id of the principal that signs.
    pub signer: Option<String>,
}

impl Names {
    /// The vault's name, as one argument for a shell.
    pub fn vault(&self) -> String {
        quote_or(self.vault.as_deref(), "<vault>")
    }

    /// The vault's Resource Manager id, as one argument for a shell.
    pub fn vault_id(&self) -> String {
        quote_or(self.vault_id.as_deref(), "<vault resource id>")
    }

    /// The certificate's name, as one argument for a shell.
    pub fn certificate(&self) -> String {
        quote_or(self.certificate.as_deref(), "<certificate>")
    }

    /// The app's client id, as one argument for a shell.
    pub fn app(&self) -> String {
        quote_or(self.app.as_deref(), "<client id>")
    }

    /// The signing host's Resource Manager id, as one argument for a shell.
    pub fn host(&self) -> String {
        quote_or(self.host.as_deref(), "<host resource id>")
    }

    /// The log workspace's Resource Manager id, as one argument for a shell.
    pub fn workspace(&self) -> String {
        quote_or(self.workspace.as_deref(), "<workspace resource id>")
    }

    /// The signer's object id, as one argument for a shell.
    pub fn signer(&self) -> String {
        quote_or(self.signer.as_deref(), "<signer object id>")
    }

    /// The scope of the one key, as one argument for a shell.
    pub fn key_scope(&self) -> String {
        self.scope_of("keys")
    }

    /// The scope of the certificate of the key's name, as one argument for a shell.
    pub fn certificate_scope(&self) -> String {
        self.scope_of("certificates")
    }

    fn scope_of(&self, kind: &str) -> String {
        let (vault, certificate) = (self.vault_id.as_deref(), self.certificate.as_deref());
        quote(&format!("{}/{kind}/{}", vault.unwrap_or("<vault resource id>"), certificate.unwrap_or("<certificate>")))
    }

    /// The subscription the vault is in.
    pub fn subscription(&self) -> Option<&str> {
        let id = self.vault_id.as_deref()?;
        let mut parts = id.trim_start_matches('/').split('/');
        parts.next().filter(|part| part.eq_ignore_ascii_case("subscriptions"))?;
        parts.next()
    }

    /// An address below Resource Manager, quoted.
    pub(crate) fn arm(scope: Option<&str>, rest: &str) -> String {
        let scope = scope.map_or(Cow::Borrowed("/<resource id>"), |scope| encode(scope).to_string().into());
        quote(&format!("https://management.azure.com{scope}{rest}"))
    }

    /// An address of the app in Graph, quoted.
    pub(crate) fn graph_app(&self, rest: &str) -> String {
        let app = self.app.as_deref().map_or(Cow::Borrowed("<client id>"), |app| encode(app).to_string().into());
        quote(&format!("https://graph.microsoft.com/v1.0/applications(appId='{app}'){rest}"))
    }
}

/// What stands for itself in the path of an address.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'(').remove(b')');

pub(super) fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, PATH)
}

/// One argument for a POSIX shell. Control characters cannot be part of any name here and would lie to whoever reads
/// the command on a terminal: they become `?`.
pub fn quote(text: &str) -> String {
    let clean: String = text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
    // `shlex` refuses NUL alone, which is gone
    shlex::try_quote(&clean).map_or_else(|_| "'?'".to_owned(), Cow::into_owned)
}

fn quote_or(name: Option<&str>, placeholder: &str) -> String {
    quote(name.unwrap_or(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_a_second_command() {
        let names = Names { vault: Some("v; rm -rf ~ 'x' $(id)\n\u{1b}[2J".to_owned()), ..Names::default() };
        let words = shlex::split(&format!("az keyvault show -n {}", names.vault())).unwrap();
        assert_eq!(words.len(), 5);
        assert_eq!(words[4], "v; rm -rf ~ 'x' $(id)??[2J");
    }

    #[test]
    fn a_name_cannot_leave_its_place_in_an_address() {
        let names = Names { app: Some("x')/../users?a=b#".to_owned()), ..Names::default() };
        let words = shlex::split(&names.graph_app("/owners")).unwrap();
        assert_eq!(words, ["https://graph.microsoft.com/v1.0/applications(appId='x%27)/../users%3Fa%3Db%23')/owners"]);
    }

    #[test]
    fn what_is_not_known_is_shown_as_such() {
        assert_eq!(Names::default().vault(), "'<vault>'");
    }

    #[test]
    fn the_subscription_is_part_of_the_vaults_id() {
        let named = |id: &str| Names { vault_id: Some(id.to_owned()), ..Names::default() };
        assert_eq!(named("/subscriptions/S/resourceGroups/g").subscription(), Some("S"));
        assert_eq!(named("/providers/x").subscription(), None);
    }
}
