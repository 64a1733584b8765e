//! `$filter` of role assignments and schedules.

use uuid::Uuid;

use super::{call::Call, error::ArmError};
use crate::authorization::{Assignment, ResourceScope};

/// Which assignments are asked for, at, above or below a place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// At the place and above it only.
    at_scope: bool,
    /// Exactly this principal.
    principal: Option<Uuid>,
    /// This principal, and the groups it is in.
    assigned_to: Option<Uuid>,
    /// The caller, and the caller's groups.
    as_target: bool,
}

impl Filter {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, ArmError> {
        let mut filter = Self::default();
        for clause in text.unwrap_or_default().split(" and ").map(str::trim).filter(|clause| !clause.is_empty()) {
            let folded: String = clause.to_ascii_lowercase().split_whitespace().collect();
            let unsupported = || {
                ArmError::bad_request(
                    "UnsupportedQuery",
                    format!(
                        "The filter '{clause}' is not supported. Supported filters are either 'atScope()', 'principalId eq \
                         '{{value}}'' or 'assignedTo('{{value}}')'."
                    ),
                )
            };
            let quoted = |open: &str, close: &str| {
                let id = folded.strip_prefix(open)?.strip_suffix(close)?.trim_matches('\'');
                Uuid::try_parse(id).ok()
            };
            match folded.as_str() {
                "atscope()" => filter.at_scope = true,
                "astarget()" => filter.as_target = true,
                _ if folded.starts_with("principalideq") => {
                    filter.principal = Some(quoted("principalideq", "").ok_or_else(unsupported)?);
                }
                _ if folded.starts_with("assignedto(") => {
                    filter.assigned_to = Some(quoted("assignedto(", ")").ok_or_else(unsupported)?);
                }
                _ => return Err(unsupported()),
            }
        }
        Ok(filter)
    }

    /// The test an assignment has to pass.
    pub(super) fn test(self, call: &Call<'_>) -> impl Fn(&Assignment) -> bool {
        let place: ResourceScope = call.address.scope.clone();
        let caller = &call.access.caller;
        let mut wanted: Option<Vec<Uuid>> = self.principal.map(|id| vec![id]);
        if let Some(id) = self.assigned_to {
            let world = call.manager.entra.directory.read();
            let tenant = world.tenants.get(&caller.tenant_id);
            let groups = tenant.map(|tenant| tenant.groups_of(id)).unwrap_or_default();
            wanted.get_or_insert_default().extend(groups.into_iter().chain([id]));
        }
        if self.as_target {
            wanted.get_or_insert_default().extend(caller.groups.iter().copied().chain([caller.object_id]));
        }
        move |assignment| {
            let above = assignment.scope.contains(&place);
            (above || (!self.at_scope && place.contains(&assignment.scope)))
                && wanted.as_ref().is_none_or(|wanted| wanted.contains(&assignment.principal))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_alone_and_together() {
        let id = Uuid::from_u128(7);
        let parse = |text: &str| Filter::parse(Some(text)).ok();
        assert_eq!(parse(""), Some(Filter::default()));
        assert_eq!(parse("atScope()"), Some(Filter { at_scope: true, ..Filter::default() }));
        assert_eq!(parse(&format!("principalId eq '{id}'")), Some(Filter { principal: Some(id), ..Filter::default() }));
        let both = Filter { at_scope: true, assigned_to: Some(id), ..Filter::default() };
        assert_eq!(parse(&format!("atScope() and assignedTo('{id}')")), Some(both));
        for wrong in ["principalId eq 'me'", "assignedTo()", "roleName eq 'Owner'"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
