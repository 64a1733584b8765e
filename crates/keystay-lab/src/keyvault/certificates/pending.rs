//! `/certificates/{name}/pending`: the operation that makes a version.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    object::{CertificateObject, Pending, Stage},
    policy::UNKNOWN_ISSUER,
};
use crate::keyvault::{
    objects::ObjectKind,
    wire::{Call, VaultError, ok},
};

/// An operation as it travels.
#[derive(Debug, Serialize)]
pub(super) struct Operation {
    id: String,
    issuer: Value,
    csr: String,
    cancellation_requested: bool,
    status: &'static str,
    status_details: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    request_id: String,
}

#[derive(Deserialize)]
struct Cancellation {
    cancellation_requested: bool,
}

/// `GET`: how far it is. Clients poll until the status is no longer `inProgress`.
pub(in crate::keyvault) fn pending(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/read")?;
    let objects = call.vault.objects.read();
    let operation = Operation::new(call, name, found(objects.certificate(name)?, name)?);
    let in_progress = operation.status == IN_PROGRESS;
    let mut response = ok(operation);
    if in_progress {
        response.headers_mut().insert(header::RETRY_AFTER, POLL_AFTER_SECS);
    }
    Ok(response)
}

/// `PATCH`: asks to cancel. Only an operation that is not done yet can be cancelled.
pub(in crate::keyvault) fn cancel_pending(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/update/action")?;
    let request: Cancellation = call.json()?;
    let mut objects = call.vault.objects.write();
    let object = objects.certificate_mut(name)?;
    let pending = object.pending.as_mut().ok_or_else(|| none_pending(name))?;
    if !pending.stage.in_progress() {
        return Err(VaultError::bad_parameter("The certificate operation is finished and cannot be cancelled."));
    }
    pending.cancellation_requested |= request.cancellation_requested;
    // the answer is that of an operation still in progress; whoever should bring a certificate still can
    let answer = ok(Operation::new(call, name, pending));
    if pending.cancellation_requested && matches!(pending.stage, Stage::Issuing { .. }) {
        pending.stage = Stage::Cancelled;
    }
    Ok(answer)
}

/// `DELETE`: forgets the operation. What it has published stays, and so does an unfinished certificate.
pub(in crate::keyvault) fn delete_pending(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/delete")?;
    let mut objects = call.vault.objects.write();
    let object = objects.certificate_mut(name)?;
    let pending = object.pending.take().ok_or_else(|| none_pending(name))?;
    Ok(ok(Operation::new(call, name, &pending)))
}

impl Operation {
    fn new(call: &Call, name: &str, pending: &Pending) -> Self {
        let address = call.address(ObjectKind::Certificate, name, "");
        let (status, status_details) = match &pending.stage {
            Stage::AwaitingMerge { .. } if pending.issuer == UNKNOWN_ISSUER => (IN_PROGRESS, Some(AWAITING_MERGE)),
            Stage::Issuing { .. } | Stage::AwaitingMerge { .. } => (IN_PROGRESS, Some(BEING_ISSUED)),
            Stage::Completed => ("completed", None),
            Stage::Cancelled => ("cancelled", Some(CANCELLED)),
            Stage::Failed { .. } => ("failed", None),
        };
        let target = matches!(pending.stage, Stage::Completed).then(|| address.clone());
        let error = match &pending.stage {
            Stage::Failed { code, message } => Some(json!({ "code": code, "message": message })),
            _ => None,
        };
        Self {
            id: format!("{address}/pending"),
            issuer: json!({ "name": pending.issuer }),
            csr: pending.csr.clone(),
            cancellation_requested: pending.cancellation_requested,
            status,
            status_details,
            target,
            error,
            request_id: pending.request_id.clone(),
        }
    }

    /// As the answer to the request that started it: in progress, however fast the lab was.
    pub(super) fn started(call: &Call, name: &str, object: &CertificateObject) -> Result<Self, VaultError> {
        let mut operation = Self::new(call, name, found(object, name)?);
        if operation.status == "completed" {
            (operation.status, operation.status_details, operation.target) = (IN_PROGRESS, Some(BEING_ISSUED), None);
        }
        Ok(operation)
    }

    /// Where to poll.
    pub(super) fn location(&self, api_version: &str) -> String {
        format!("{}?api-version={api_version}&request_id={}", self.id, self.request_id)
    }
}

fn found<'a>(object: &'a CertificateObject, name: &str) -> Result<&'a Pending, VaultError> {
    object.pending.as_ref().ok_or_else(|| none_pending(name))
}

fn none_pending(name: &str) -> VaultError {
    VaultError::missing("PendingCertificateNotFound", format!("Pending certificate not found: {name}"))
}

/// The status clients keep polling at.
const IN_PROGRESS: &str = "inProgress";
/// `Retry-After`, in seconds.
pub(super) const POLL_AFTER_SECS: HeaderValue = HeaderValue::from_static("10");
const BEING_ISSUED: &str = "Pending certificate created. Certificate request is in progress. This may take some time based on the \
                           issuer provider. Please check again later.";
const AWAITING_MERGE: &str = "Pending certificate created. Please Perform Merge to complete the request.";
const CANCELLED: &str = "Certificate request was cancelled.";
