//! Setting properties of a service principal.

use crate::{
    directory::ServicePrincipal,
    graph::{body::Body, error::GraphError},
};

/// Sets what a request sets. Certificates are set by those who know the policies they are under.
pub(super) fn apply(principal: &mut ServicePrincipal, body: Body<'_>) -> Result<(), GraphError> {
    for (name, value) in body.properties() {
        match name {
            "accountEnabled" => principal.account_enabled = body.as_switch(name, value)?,
            "appRoleAssignmentRequired" => principal.assignment_required = body.as_switch(name, value)?,
            "displayName" => body.required(name)?.clone_into(&mut principal.display_name),
            "notes" => principal.notes = body.as_note(name, value)?,
            "tags" => principal.tags = body.as_texts(name, value)?,
            "appId" | "keyCredentials" => {}
            "passwordCredentials" => {
                return Err(GraphError::bad_request(
                    "Property 'passwordCredentials' is read-only and cannot be set; use addPassword.",
                ));
            }
            _ => return Err(body.not_played(name)),
        }
    }
    Ok(())
}
