//! What a program's environment says, so that its SDK comes to one of the broker's doors.

use std::env;

use super::serve::{Broker, IDENTITY};

/// The doors that official SDKs come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Door {
    AppService,
    AzureMl,
    CloudShell,
    InstanceMetadata,
    /// In the place of Entra's own.
    TokenEndpoint,
    /// The same, as the token proxy of a cluster.
    TokenProxy,
    /// In the place of `az` and `azd`.
    CommandLine,
}

/// Variables of a program.
pub(super) type Environment = Vec<(&'static str, String)>;

impl Door {
    pub(super) const ALL: [Self; 7] = [
        Self::AppService,
        Self::AzureMl,
        Self::CloudShell,
        Self::InstanceMetadata,
        Self::TokenEndpoint,
        Self::TokenProxy,
        Self::CommandLine,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AppService => "App Service",
            Self::AzureMl => "Azure ML",
            Self::CloudShell => "Cloud Shell",
            Self::InstanceMetadata => "virtual machine (IMDS)",
            Self::TokenEndpoint => "token endpoint",
            Self::TokenProxy => "token endpoint as a cluster's token proxy",
            Self::CommandLine => "az and azd (keystay shim)",
        }
    }

    /// Its name in the broker's audit log.
    pub(super) fn in_journal(self) -> &'static str {
        match self {
            Self::AppService => "app-service",
            Self::AzureMl => "azure-ml",
            Self::CloudShell => "cloud-shell",
            Self::InstanceMetadata => "instance-metadata",
            Self::TokenEndpoint | Self::TokenProxy => "token-endpoint",
            Self::CommandLine => "native",
        }
    }

    /// Which of the broker's callers comes here.
    pub(super) fn caller(self) -> &'static str {
        match self {
            Self::AppService | Self::AzureMl | Self::CloudShell | Self::InstanceMetadata => "program",
            Self::TokenEndpoint | Self::TokenProxy => "job",
            Self::CommandLine => "user",
        }
    }

    /// `proof` is a secret, at the token endpoint the path of a federated token, and nothing where the kernel tells who asks.
    pub(super) fn environment(self, broker: &Broker, tenant: &str, proof: &str) -> Environment {
        let msi = format!("http://{}/msi", broker.address);
        let plain = format!("{msi}/{IDENTITY}/{tenant}");
        let with_secret = format!("{msi}/{proof}/{IDENTITY}/{tenant}");
        let tls = format!("https://{}", broker.tls);
        let federated = || {
            vec![
                ("AZURE_TENANT_ID", tenant.to_owned()),
                ("AZURE_CLIENT_ID", IDENTITY.to_owned()),
                ("AZURE_FEDERATED_TOKEN_FILE", proof.to_owned()),
            ]
        };
        match self {
            Self::AppService => vec![("IDENTITY_ENDPOINT", plain), ("IDENTITY_HEADER", proof.to_owned())],
            Self::AzureMl => vec![("MSI_ENDPOINT", plain), ("MSI_SECRET", proof.to_owned())],
            Self::CloudShell => vec![("MSI_ENDPOINT", with_secret)],
            Self::InstanceMetadata => vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", with_secret)],
            Self::TokenEndpoint => {
                let trust = ["REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
                let trust = trust.map(|name| (name, broker.file("ca.pem")));
                [federated(), vec![("AZURE_AUTHORITY_HOST", tls)], trust.to_vec()].concat()
            }
            Self::TokenProxy => {
                let proxy = [
                    ("AZURE_KUBERNETES_TOKEN_PROXY", tls),
                    ("AZURE_KUBERNETES_CA_FILE", broker.file("ca.pem")),
                    // in JavaScript the request goes through the proxy for Entra's host, whatever NO_PROXY says
                    ("HTTPS_PROXY", String::new()),
                    ("https_proxy", String::new()),
                ];
                [federated(), proxy.to_vec()].concat()
            }
            Self::CommandLine => vec![
                ("PATH", format!("{}:{}", broker.file("shims"), env::var("PATH").unwrap_or_default())),
                ("KEYSTAY_SOCKET", broker.file("keystay.sock")),
                ("KEYSTAY_TENANT", tenant.to_owned()),
            ],
        }
    }
}
