//! Which kind of host the lab is, as far as programs can tell.

use std::{fmt, str::FromStr};

pub(super) const APP_SERVICE_PATH: &str = "/msi/token";
pub(super) const IMDS_PATH: &str = "/metadata/identity/oauth2/token";
pub(super) const CLOUD_SHELL_PATH: &str = "/msi/cloud-shell";

/// Where programs of the host find the managed identity: the environment variables tell them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManagedIdentitySource {
    /// App Service and Functions: `IDENTITY_ENDPOINT` with a secret header. The one form that all Azure SDKs take.
    #[default]
    AppService,
    /// The instance metadata service of a virtual machine, at an address of the lab (`AZURE_POD_IDENTITY_AUTHORITY_HOST`)
    /// and, for clients that send plain HTTP through a proxy (`HTTP_PROXY`), at 169.254.169.254.
    Imds,
    /// Cloud Shell: `MSI_ENDPOINT` alone.
    CloudShell,
}

impl ManagedIdentitySource {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::AppService, Self::Imds, Self::CloudShell];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::AppService => "app-service",
            Self::Imds => "imds",
            Self::CloudShell => "cloud-shell",
        }
    }

    /// The variables that lead a program there.
    pub(crate) fn variables(self, lab: &str, secret: &str) -> Vec<(&'static str, String)> {
        match self {
            Self::AppService => {
                vec![("IDENTITY_ENDPOINT", format!("{lab}{APP_SERVICE_PATH}")), ("IDENTITY_HEADER", secret.to_owned())]
            }
            Self::Imds => vec![
                ("AZURE_POD_IDENTITY_AUTHORITY_HOST", lab.to_owned()),
                ("HTTP_PROXY", lab.to_owned()),
                ("http_proxy", lab.to_owned()),
            ],
            Self::CloudShell => vec![("MSI_ENDPOINT", format!("{lab}{CLOUD_SHELL_PATH}"))],
        }
    }
}

impl fmt::Display for ManagedIdentitySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No kind of host has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no managed identity source {0:?}: there are app-service, imds and cloud-shell")]
pub struct UnknownSource(String);

impl FromStr for ManagedIdentitySource {
    type Err = UnknownSource;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|source| source.name() == name).ok_or_else(|| UnknownSource(name.to_owned()))
    }
}
