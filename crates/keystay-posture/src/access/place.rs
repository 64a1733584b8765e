//! Places in Azure's tree.

/// Whether what holds at `scope` holds at `place`: it is the place or above it. Compared without regard to case.
///
/// A management group is not part of the ids of what is in it. Resource Manager lists only those above the resource that
/// was asked about, so one that is listed counts as above.
pub(crate) fn contains(scope: &str, place: &str) -> bool {
    let (scope, place) = (scope.trim_end_matches('/').as_bytes(), place.trim_end_matches('/').as_bytes());
    if scope.is_empty() {
        return true;
    }
    let above = |scope: &[u8], place: &[u8]| {
        place.len() >= scope.len()
            && place[..scope.len()].eq_ignore_ascii_case(scope)
            && place.get(scope.len()).is_none_or(|next| *next == b'/')
    };
    above(scope, place) || above(MANAGEMENT_GROUPS, scope)
}

const MANAGEMENT_GROUPS: &[u8] = b"/providers/Microsoft.Management/managementGroups";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reaches_down_and_not_sideways() {
        let key = "/subscriptions/S/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v/keys/signer";
        for (scope, reaches) in [
            ("/", true),
            ("", true),
            ("/subscriptions/s", true),
            ("/subscriptions/S/resourcegroups/HARBOR/", true),
            ("/subscriptions/S/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v", true),
            (key, true),
            ("/providers/Microsoft.Management/managementGroups/root", true),
            ("/subscriptions/S/resourceGroups/harb", false),
            ("/subscriptions/S/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v2", false),
            ("/subscriptions/S/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v/keys/signer2", false),
            ("/subscriptions/S/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/v/secrets/signer", false),
            ("/subscriptions/other", false),
        ] {
            assert_eq!(contains(scope, key), reaches, "{scope}");
        }
    }
}
