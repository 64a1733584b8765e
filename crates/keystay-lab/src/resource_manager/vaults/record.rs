//! What a vault's audit log holds about changes of the vault itself.

use std::time::Duration;

use axum::http::{StatusCode, header};

use crate::{
    ids::passing_id,
    keyvault::{AuditEvent, VaultResource},
    resource_manager::call::Call,
};

/// Writes down that something was done with a vault.
pub(super) fn record(call: &Call<'_>, operation: &'static str, host: &str, vault: &VaultResource) {
    let text = |name: &str| {
        let value = call.headers.get(name)?.to_str().ok()?;
        Some(value.chars().take(LONGEST_TEXT).collect())
    };
    let manager = call.manager;
    manager.vaults.audit.write(AuditEvent {
        at: manager.entra.clock.now().into(),
        host,
        resource_id: vault.id(host),
        operation,
        operation_version: call.api_version.0,
        status: StatusCode::OK,
        description: String::new(),
        // Resource Manager's own time is not the vault's
        duration: Duration::ZERO,
        address: manager.vaults.client_network.read().address,
        correlation_id: text("x-ms-client-request-id").unwrap_or_else(|| passing_id().to_string()),
        caller: Some(&call.access.caller),
        user_principal_name: call.access.is_user.then(|| call.access.name.clone()),
        client: text(header::USER_AGENT.as_str()).unwrap_or_default(),
        uri: format!("https://management.azure.com{}", call.uri).chars().take(LONGEST_TEXT).collect(),
        object: String::new(),
    });
}

/// What a caller writes is kept, but not without end.
const LONGEST_TEXT: usize = 1024;
