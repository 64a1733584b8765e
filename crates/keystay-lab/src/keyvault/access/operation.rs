//! What the service calls the operation of a request: its name in the audit log, and the permission an access policy must hold.
//!
//! Names: learn.microsoft.com/azure/key-vault/general/logging. Those that page leaves out are marked.

use axum::http::Method;

use crate::keyvault::objects::ObjectKind;

/// An operation of the data plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::keyvault) struct Operation {
    /// For example `KeySign`.
    pub(in crate::keyvault) name: &'static str,
    pub(in crate::keyvault) kind: ObjectKind,
    /// For example `sign`; what an access policy calls the right.
    pub(in crate::keyvault) permission: &'static str,
}

impl Operation {
    /// The operation a method and a path mean; `None` for one the service does not have.
    pub(in crate::keyvault) fn of(method: &Method, path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
        let (collection, rest) = segments.split_first()?;
        let (kind, (name, permission)) = match *collection {
            "keys" => (ObjectKind::Key, key(method.as_str(), rest)?),
            "secrets" => (ObjectKind::Secret, secret(method.as_str(), rest)?),
            "certificates" => (ObjectKind::Certificate, certificate(method.as_str(), rest)?),
            "deletedkeys" => (ObjectKind::Key, deleted(&DELETED_KEY, method.as_str(), rest)?),
            "deletedsecrets" => (ObjectKind::Secret, deleted(&DELETED_SECRET, method.as_str(), rest)?),
            "deletedcertificates" => (ObjectKind::Certificate, deleted(&DELETED_CERTIFICATE, method.as_str(), rest)?),
            // not documented: the name; only a managed HSM has it
            "rng" => (ObjectKind::Key, ("RandomBytesGet", "get")),
            _ => return None,
        };
        Some(Self { name, kind, permission })
    }
}

type Named = (&'static str, &'static str);

fn key(method: &str, rest: &[&str]) -> Option<Named> {
    Some(match (method, rest) {
        ("GET", []) => ("KeyList", "list"),
        ("POST", ["restore"]) => ("KeyRestore", "restore"),
        ("GET", [_, "versions"]) => ("KeyListVersions", "list"),
        ("GET", [_, "rotationpolicy"]) => ("KeyRotationPolicyGet", "getrotationpolicy"),
        ("PUT", [_, "rotationpolicy"]) => ("KeyRotationPolicySet", "setrotationpolicy"),
        ("GET", [_] | [_, _] | [_, _, "attestation"]) => ("KeyGet", "get"),
        ("PUT", [_]) => ("KeyImport", "import"),
        ("PATCH", [_] | [_, _]) => ("KeyUpdate", "update"),
        ("DELETE", [_]) => ("KeyDelete", "delete"),
        ("POST", [_, "create"]) => ("KeyCreate", "create"),
        ("POST", [_, "rotate"]) => ("KeyRotate", "rotate"),
        ("POST", [_, "backup"]) => ("KeyBackup", "backup"),
        ("POST", [_, verb] | [_, _, verb]) => match verb.to_ascii_lowercase().as_str() {
            "sign" => ("KeySign", "sign"),
            "verify" => ("KeyVerify", "verify"),
            "encrypt" => ("KeyEncrypt", "encrypt"),
            "decrypt" => ("KeyDecrypt", "decrypt"),
            "wrapkey" => ("KeyWrap", "wrapKey"),
            "unwrapkey" => ("KeyUnwrap", "unwrapKey"),
            // not documented: the name
            "release" => ("KeyRelease", "release"),
            _ => return None,
        },
        _ => return None,
    })
}

fn secret(method: &str, rest: &[&str]) -> Option<Named> {
    Some(match (method, rest) {
        ("GET", []) => ("SecretList", "list"),
        ("POST", ["restore"]) => ("SecretRestore", "restore"),
        ("POST", [_, "backup"]) => ("SecretBackup", "backup"),
        ("GET", [_, "versions"]) => ("SecretListVersions", "list"),
        ("GET", [_] | [_, _]) => ("SecretGet", "get"),
        ("PUT", [_]) => ("SecretSet", "set"),
        ("PATCH", [_] | [_, _]) => ("SecretUpdate", "set"),
        ("DELETE", [_]) => ("SecretDelete", "delete"),
        _ => return None,
    })
}

fn certificate(method: &str, rest: &[&str]) -> Option<Named> {
    Some(match (method, rest) {
        ("GET", []) => ("CertificateList", "list"),
        ("POST", ["restore"]) => ("CertificateRestore", "restore"),
        ("GET", ["contacts"]) => ("CertificateContactsGet", "managecontacts"),
        ("PUT", ["contacts"]) => ("CertificateContactsSet", "managecontacts"),
        ("DELETE", ["contacts"]) => ("CertificateContactsDelete", "managecontacts"),
        ("GET", ["issuers"]) => ("CertificateIssuersList", "listissuers"),
        ("GET", ["issuers", _]) => ("CertificateIssuerGet", "getissuers"),
        ("PUT", ["issuers", _]) => ("CertificateIssuerSet", "setissuers"),
        ("PATCH", ["issuers", _]) => ("CertificateIssuerUpdate", "setissuers"),
        ("DELETE", ["issuers", _]) => ("CertificateIssuerDelete", "deleteissuers"),
        ("POST", [_, "create"]) => ("CertificateCreate", "create"),
        ("POST", [_, "import"]) => ("CertificateImport", "import"),
        ("POST", [_, "backup"]) => ("CertificateBackup", "backup"),
        ("GET", [_, "policy"]) => ("CertificatePolicyGet", "get"),
        ("PATCH", [_, "policy"]) => ("CertificatePolicyUpdate", "update"),
        ("GET", [_, "versions"]) => ("CertificateListVersions", "list"),
        // not documented: the names of the pending operation's
        ("GET", [_, "pending"]) => ("CertificatePendingGet", "get"),
        ("PATCH", [_, "pending"]) => ("CertificatePendingUpdate", "update"),
        ("DELETE", [_, "pending"]) => ("CertificatePendingDelete", "update"),
        ("POST", [_, "pending", "merge"]) => ("CertificatePendingMerge", "create"),
        ("GET", [_] | [_, _]) => ("CertificateGet", "get"),
        ("PATCH", [_] | [_, _]) => ("CertificateUpdate", "update"),
        ("DELETE", [_]) => ("CertificateDelete", "delete"),
        _ => return None,
    })
}

/// List, get, purge, recover.
type DeletedNames = [&'static str; 4];

const DELETED_KEY: DeletedNames = ["KeyListDeleted", "KeyGetDeleted", "KeyPurge", "KeyRecover"];
const DELETED_SECRET: DeletedNames = ["SecretListDeleted", "SecretGetDeleted", "SecretPurge", "SecretRecover"];
const DELETED_CERTIFICATE: DeletedNames =
    ["CertificateListDeleted", "CertificateGetDeleted", "CertificatePurge", "CertificateRecover"];

fn deleted(names: &DeletedNames, method: &str, rest: &[&str]) -> Option<Named> {
    let [list, get, purge, recover] = *names;
    Some(match (method, rest) {
        ("GET", []) => (list, "list"),
        ("GET", [_]) => (get, "get"),
        ("DELETE", [_]) => (purge, "purge"),
        ("POST", [_, "recover"]) => (recover, "recover"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_the_services_names_and_rights() {
        let of = |method, path| Operation::of(&method, path).map(|operation| (operation.name, operation.permission));
        assert_eq!(of(Method::POST, "/keys/harbor/1/sign"), Some(("KeySign", "sign")));
        assert_eq!(of(Method::POST, "/keys/harbor/1/wrapKey"), Some(("KeyWrap", "wrapKey")));
        assert_eq!(of(Method::GET, "/keys/harbor/"), Some(("KeyGet", "get")));
        assert_eq!(of(Method::GET, "/keys/harbor/versions"), Some(("KeyListVersions", "list")));
        assert_eq!(of(Method::PUT, "/secrets/harbor"), Some(("SecretSet", "set")));
        assert_eq!(of(Method::POST, "/deletedkeys/harbor/recover"), Some(("KeyRecover", "recover")));
        assert_eq!(of(Method::GET, "/certificates/harbor/policy"), Some(("CertificatePolicyGet", "get")));
        assert_eq!(of(Method::POST, "/keys/harbor/1/explode"), None);
        assert_eq!(of(Method::GET, "/"), None);
    }
}
