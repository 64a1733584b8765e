//! The same setup in another language, for somebody to review and run: text from settings, without a network.
//!
//! Each form starts with the names, quoted for its language, as variables; what follows them is the same text for
//! everybody, so a name has no place in which it could become a command.

mod az;
mod bicep;
mod terraform;

use std::fmt;

use keystay::Cloud;

use super::SetupSettings;

/// The language a setup is printed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// A script for a POSIX shell that calls `az`, which can be run again.
    Az,
    /// A Bicep template with the Microsoft Graph extension; the certificate is made by the commands at its head.
    Bicep,
    /// Terraform, with the providers `azurerm`, `azuread` and `msgraph`.
    Terraform,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Az, Self::Bicep, Self::Terraform];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Az => "az",
            Self::Bicep => "bicep",
            Self::Terraform => "terraform",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The setup in this form, ready to be a file.
///
/// # Errors
/// A name that no reviewer could read as it is, or a cloud the form cannot reach.
pub fn print(settings: &SetupSettings, form: Form) -> Result<String, PrintError> {
    for (what, text) in [
        ("display name of the app", &settings.app.name),
        ("subject of the certificate", &settings.certificate.subject),
        ("name of the role", &settings.role.name),
        ("description of the role", &settings.role.description),
        ("name of the diagnostic setting", settings.log.as_ref().map_or(&settings.role.name, |log| &log.name)),
    ] {
        if text.chars().any(misleads) {
            return Err(PrintError::Misleading { what });
        }
    }
    match (form, &settings.cloud) {
        (_, Cloud::Public) | (Form::Az, Cloud::UsGovernment | Cloud::China) => {}
        _ => return Err(PrintError::Cloud { form }),
    }
    match form {
        Form::Az => az::print(settings),
        Form::Bicep => Ok(bicep::print(settings)),
        Form::Terraform => Ok(terraform::print(settings)),
    }
}

/// A line break would end a comment or a line of the script; a letter that turns the direction of what follows shows a
/// reviewer something else than what is run.
fn misleads(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What cannot be printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// A name in which a reviewer cannot see everything.
    #[error(
        "the {what} has a line break, or a letter that cannot be seen or turns the direction of the text; write it without"
    )]
    Misleading {
        /// Whose name.
        what: &'static str,
    },
    /// A name that `az` would open as a file.
    #[error("the {what} begins with `@`, which `az` takes for the name of a file; choose another one")]
    File {
        /// Whose name.
        what: &'static str,
    },
    /// A cloud the form cannot reach.
    #[error("{form} is printed for the public cloud only; for Azure Government and China there is `az`")]
    Cloud {
        /// The form.
        form: Form,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use uuid::Uuid;

    use super::*;
    use crate::setup::LogSettings;

    pub(super) fn settings() -> SetupSettings {
        let group = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers";
        let vault = format!("{group}/Microsoft.KeyVault/vaults/harborvault").parse().unwrap();
        let mut settings = SetupSettings::new(Cloud::Public, vault, "harbor-signer", "Harbor", Uuid::nil()).unwrap();
        let workspace = format!("{group}/Microsoft.OperationalInsights/workspaces/harbor").parse().unwrap();
        settings.log = Some(LogSettings::new(workspace).unwrap());
        settings
    }

    #[test]
    fn a_name_that_hides_something_is_refused_and_told_by_what_it_names() {
        for hidden in ['\n', '\r', '\0', '\u{1b}', '\u{202e}', '\u{2028}', '\u{200b}'] {
            for form in Form::ALL {
                let mut settings = settings();
                settings.app.name = format!("Harbor{hidden}x");
                let error = print(&settings, form).unwrap_err();
                assert!(error.to_string().contains("display name of the app"), "{error}");
                let mut settings = self::settings();
                settings.log.as_mut().unwrap().name.push(hidden);
                assert!(print(&settings, form).is_err());
            }
        }
    }

    #[test]
    fn a_cloud_is_refused_by_the_forms_that_cannot_reach_it() {
        let mut settings = settings();
        settings.cloud = Cloud::China;
        assert!(print(&settings, Form::Az).unwrap().contains("https://microsoftgraph.chinacloudapi.cn/v1.0"));
        assert_eq!(print(&settings, Form::Bicep), Err(PrintError::Cloud { form: Form::Bicep }));
        assert_eq!(print(&settings, Form::Terraform), Err(PrintError::Cloud { form: Form::Terraform }));
    }

    #[test]
    fn a_name_az_would_open_as_a_file_is_refused() {
        let mut settings = settings();
        settings.log.as_mut().unwrap().name = "@/etc/passwd".to_owned();
        assert!(print(&settings, Form::Az).unwrap_err().to_string().contains("file"));
        assert!(print(&settings, Form::Terraform).is_ok());
    }

    #[test]
    fn without_a_workspace_no_form_touches_the_log() {
        let mut settings = settings();
        settings.log = None;
        for (form, word) in
            [(Form::Az, "monitor"), (Form::Bicep, "diagnosticSettings"), (Form::Terraform, "diagnostic_setting")]
        {
            assert!(print(&self::settings(), form).unwrap().contains(word), "{form}");
            assert!(!print(&settings, form).unwrap().contains(word), "{form}");
        }
    }
}
