//! What a program's environment says, so that its SDK comes to one of the broker's doors.

use super::serve::{Broker, IDENTITY};

/// The doors that official SDKs come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Door {
    AppService,
    AzureMl,
    CloudShell,
    InstanceMetadata,
}

/// Variables of a program.
pub(super) type Environment = Vec<(&'static str, String)>;

impl Door {
    pub(super) const ALL: [Self; 4] = [Self::AppService, Self::AzureMl, Self::CloudShell, Self::InstanceMetadata];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AppService => "App Service",
            Self::AzureMl => "Azure ML",
            Self::CloudShell => "Cloud Shell",
            Self::InstanceMetadata => "virtual machine (IMDS)",
        }
    }

    /// Its name in the broker's audit log.
    pub(super) fn in_journal(self) -> &'static str {
        match self {
            Self::AppService => "app-service",
            Self::AzureMl => "azure-ml",
            Self::CloudShell => "cloud-shell",
            Self::InstanceMetadata => "instance-metadata",
        }
    }

    pub(super) fn environment(self, broker: &Broker, tenant: &str, secret: &str) -> Environment {
        let msi = format!("http://{}/msi", broker.address);
        let plain = format!("{msi}/{IDENTITY}/{tenant}");
        let with_secret = format!("{msi}/{secret}/{IDENTITY}/{tenant}");
        match self {
            Self::AppService => vec![("IDENTITY_ENDPOINT", plain), ("IDENTITY_HEADER", secret.to_owned())],
            Self::AzureMl => vec![("MSI_ENDPOINT", plain), ("MSI_SECRET", secret.to_owned())],
            Self::CloudShell => vec![("MSI_ENDPOINT", with_secret)],
            Self::InstanceMetadata => vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", with_secret)],
        }
    }
}
