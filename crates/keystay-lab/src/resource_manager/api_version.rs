//! The versions of each resource type's interface. Strict: a version another type has is no version of this one.

use super::{address::Address, error::ArmError};

/// A version the type of the request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ApiVersion(pub(super) &'static str);

impl ApiVersion {
    /// Reads the query parameter; it is required.
    pub(super) fn parse(address: &Address, text: Option<&str>) -> Result<Self, ArmError> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Err(ArmError::bad_request(
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            ));
        };
        let Some(namespace) = address.namespace.as_deref() else {
            return find(RESOURCES, text).ok_or_else(|| {
                ArmError::bad_request(
                    "InvalidApiVersionParameter",
                    format!(
                        "The api-version '{text}' is invalid. The supported versions are '{}'.",
                        RESOURCES.join(",")
                    ),
                )
            });
        };
        let mut of_namespace = TYPES.iter().filter(|(own, ..)| own.eq_ignore_ascii_case(namespace)).peekable();
        if of_namespace.peek().is_none() {
            return Err(ArmError::not_found(
                "InvalidResourceNamespace",
                format!("The resource namespace '{namespace}' is invalid."),
            ));
        }
        let kind = address.rest.first().map(String::as_str).unwrap_or_default();
        let Some((namespace, kind, versions)) = of_namespace.find(|(_, own, _)| own.eq_ignore_ascii_case(kind)) else {
            return Err(ArmError::not_found(
                "InvalidResourceType",
                format!(
                    "The resource type '{kind}' could not be found in the namespace '{namespace}' for api version '{text}'."
                ),
            ));
        };
        find(versions, text).ok_or_else(|| unknown(namespace, kind, text, versions))
    }
}

impl ApiVersion {
    /// Whether a new vault goes by roles unless told otherwise.
    pub(super) fn makes_role_based_vaults(self) -> bool {
        self.0 >= "2026-02-01"
    }
}

fn unknown(namespace: &str, kind: &str, text: &str, versions: &[&str]) -> ArmError {
    let supported = versions.join(", ");
    if namespace == KEY_VAULT {
        return ArmError::bad_request(
            "NoRegisteredProviderFound",
            format!(
                "No registered resource provider found for location 'westeurope' and API version '{text}' for type '{kind}'. The \
                 supported api-versions are '{supported}'. The supported locations are 'westeurope, northeurope'."
            ),
        );
    }
    ArmError::bad_request(
        "InvalidResourceType",
        format!(
            "The resource type '{kind}' could not be found in the namespace '{namespace}' for api version '{text}'. The supported \
             api-versions are '{supported}'."
        ),
    )
}

fn find(versions: &[&'static str], text: &str) -> Option<ApiVersion> {
    versions.iter().find(|version| version.eq_ignore_ascii_case(text)).map(|version| ApiVersion(version))
}

const KEY_VAULT: &str = "Microsoft.KeyVault";
const AUTHORIZATION: &str = "Microsoft.Authorization";
const INSIGHTS: &str = "Microsoft.Insights";

const TYPES: &[(&str, &str, &[&str])] = &[
    (KEY_VAULT, "vaults", VAULTS),
    (KEY_VAULT, "deletedVaults", VAULTS),
    (KEY_VAULT, "locations", VAULTS),
    (KEY_VAULT, "checkNameAvailability", VAULTS),
    (AUTHORIZATION, "roleAssignments", ROLE_ASSIGNMENTS),
    (AUTHORIZATION, "roleDefinitions", ROLE_DEFINITIONS),
    (AUTHORIZATION, "roleEligibilityScheduleInstances", SCHEDULES),
    (AUTHORIZATION, "roleAssignmentScheduleInstances", SCHEDULES),
    (INSIGHTS, "diagnosticSettings", &["2017-05-01-preview", "2021-05-01-preview"]),
    (INSIGHTS, "scheduledQueryRules", QUERY_RULES),
    ("Microsoft.Security", "pricings", &["2018-06-01", "2022-03-01", "2023-01-01", "2024-01-01"]),
];

const RESOURCES: &[&str] = &[
    "2014-04-01",
    "2015-01-01",
    "2015-11-01",
    "2016-06-01",
    "2016-09-01",
    "2017-05-10",
    "2018-05-01",
    "2018-06-01",
    "2019-05-01",
    "2019-06-01",
    "2019-10-01",
    "2019-11-01",
    "2020-01-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

const VAULTS: &[&str] = &[
    "2015-06-01",
    "2016-10-01",
    "2018-02-14-preview",
    "2018-02-14",
    "2019-09-01",
    "2020-04-01-preview",
    "2021-04-01-preview",
    "2021-06-01-preview",
    "2021-10-01",
    "2021-11-01-preview",
    "2022-02-01-preview",
    "2022-07-01",
    "2022-11-01",
    "2023-02-01",
    "2023-07-01",
    "2024-04-01-preview",
    "2024-11-01",
    "2024-12-01-preview",
    "2025-05-01",
    "2026-02-01",
    "2026-05-15",
];

const ROLE_ASSIGNMENTS: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2018-07-01",
    "2018-09-01-preview",
    "2020-03-01-preview",
    "2020-04-01-preview",
    "2020-08-01-preview",
    "2020-10-01-preview",
    "2022-04-01",
];

const ROLE_DEFINITIONS: &[&str] =
    &["2015-07-01", "2018-01-01-preview", "2018-07-01", "2022-04-01", "2022-05-01-preview", "2023-07-01-preview"];

const SCHEDULES: &[&str] =
    &["2020-10-01-preview", "2020-10-01", "2022-04-01-preview", "2022-08-01-preview", "2024-09-01-preview"];

const QUERY_RULES: &[&str] = &[
    "2018-04-16",
    "2020-05-01-preview",
    "2021-02-01-preview",
    "2021-08-01",
    "2022-06-15",
    "2022-08-01-preview",
    "2023-03-15-preview",
    "2023-12-01",
    "2024-01-01-preview",
    "2025-01-01-preview",
];
