//! The script of `doctor collect`, run by a shell with something that answers like `az`, and the live reading in a lab.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use keystay_posture::facts::Document;
use serde_json::Value;

use crate::{
    AT, Exported, running,
    running::said,
    world::{APP, APP_HOST, SIGNER_HOST, VAULT, World},
};

const SCRIPT: [&str; 14] = [
    "doctor",
    "collect",
    "--vault-id",
    VAULT,
    "--certificate",
    "harbor-signer",
    "--client-id",
    APP,
    "--app-object",
    "0b1ec700-0000-4000-8000-000000000001",
    "--host",
    APP_HOST,
    "--host",
    SIGNER_HOST,
];

/// An `az` that answers from a folder, by what is asked for; of documents in parts, the part.
const AZ: &str = r#"#!/bin/sh
whole() { cat "$DOCUMENTS/$1"; }
part() { python3 -c 'import json,sys
found = json.load(open(sys.argv[1]))
found = found.get("value", found) if isinstance(found, dict) else found
if isinstance(found, dict): print(json.dumps(found[sys.argv[2]])); sys.exit()
matching = [one for one in found if sys.argv[2].lower() in json.dumps(one).lower()]
print(json.dumps(matching[0] if sys.argv[3] == "one" else {"value": matching}))' "$DOCUMENTS/$1" "$2" "$3"; }
version() { while [ $# -gt 0 ]; do [ "$1" = --version ] && echo "/$2" && return; shift; done; }
url="$*"
case "$url" in
  *"certificate list-versions"*) printf 'https://v/certificates/harbor-signer/v1\nhttps://v/certificates/harbor-signer/v2\n' ;;
  *"certificate show"*--version*) part certificate-versions.json "$(version "$@")" one ;;
  *"certificate show"*) whole certificate.json ;;
  *"key show"*) part key-versions.json "$(version "$@")" one ;;
  *"key list"*) whole vault-keys.json ;;
  *"secret list"*) whole vault-secrets.json ;;
  *"keyvault show"*) whole vault.json ;;
  *"role definition list"*) whole role-definitions.json ;;
  *principalType*) echo 66000000-0000-4000-8000-000000000001 ;;
  *transitiveMembers*) part group-members.json 66000000-0000-4000-8000-000000000001 one ;;
  *roleEligibility*) whole eligibility-schedules.json ;;
  *Microsoft.KeyVault*roleAssignments*) whole role-assignments.json ;;
  *sites/harbor-signer/*roleAssignments*) part host-role-assignments.json sites/harbor-signer one ;;
  *roleAssignments*) echo '{"value":[]}' ;;
  *accessReview*) whole access-reviews.json ;;
  *diagnostic-settings*) whole diagnostic-settings.json ;;
  *"log-analytics"*) whole log-workspaces.json ;;
  *scheduled-query*) whole alert-rules.json ;;
  *"security pricing"*) [ -n "${REFUSE:-}" ] && echo '(AuthorizationFailed) The client has no right' >&2 && exit 1
    whole defender-pricing.json ;;
  *"resource show"*harbor-app*) part hosts.json harbor-app one ;;
  *"resource show"*) part hosts.json sites/harbor-signer one ;;
  *harbor-app/basicPublishing*) part publishing-policies.json sites/harbor-app one ;;
  *basicPublishing*) part publishing-policies.json sites/harbor-signer one ;;
  *owners*) whole owners.json ;;
  *federatedIdentityCredentials*) whole federated-credentials.json ;;
  *appManagementPolicies*) whole app-management-policies.json ;;
  *"applications("*) whole application.json ;;
  *appRoles*) whole resource-roles.json ;;
  *servicePrincipals*) whole home-principal.json ;;
  *authorizationPolicy*) whole authorization-policy.json ;;
  *defaultAppManagementPolicy*) whole default-app-management-policy.json ;;
  *directoryAudits*) whole directory-audits.json ;;
  *) echo "(NotPlayed) $url" >&2; exit 1 ;;
esac
"#;

/// Runs the script with that `az` in a folder of its own. Gives back the folder with what it left in `out`.
fn collected(documents: &Path, refuse: bool) -> tempfile::TempDir {
    let script = running::keystay(&SCRIPT).args(["--into", "out"]).output().unwrap();
    assert!(script.status.success(), "{}", said(&script).1);
    let folder = tempfile::tempdir().unwrap();
    let az = folder.path().join("az");
    fs::write(&az, AZ).unwrap();
    fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("collect.sh"), &script.stdout).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.arg("collect.sh").current_dir(folder.path()).env("PATH", path).env("DOCUMENTS", documents);
    if refuse {
        command.env("REFUSE", "1");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output).1);
    folder
}

fn states(folder: &Path) -> Vec<(String, String)> {
    let output = running::keystay(&["doctor", "--json", "--at", AT, "--from"]).arg(folder).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output).1));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut states: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|one| (text(&one["id"]), text(&one["state"]))).collect();
    states.sort();
    states
}

#[test]
fn the_script_leaves_a_folder_that_says_the_same() {
    let exported = Exported::of(&World::recommended());
    let folder = collected(&exported.path(), false);
    let out = folder.path().join("out");
    // what keystay knows itself is no business of `az`
    for document in [Document::SignerSettings, Document::BreachDrill, Document::TenantTokens] {
        fs::copy(exported.path().join(document.file_name()), out.join(document.file_name())).unwrap();
    }
    let (found, expected) = (states(&out), states(&exported.path()));
    let different: Vec<_> = found.iter().zip(&expected).filter(|(one, other)| one != other).collect();
    assert!(different.is_empty(), "{different:?}");
    let left: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Document::of_file(name).is_none())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_az_is_refused_is_unknown_with_the_services_code() {
    let exported = Exported::of(&World::recommended());
    let folder = collected(&exported.path(), true);
    let pricing = fs::read_to_string(folder.path().join("out/defender-pricing.json")).unwrap();
    assert!(pricing.contains("AuthorizationFailed"), "{pricing}");
    let found = states(&folder.path().join("out"));
    assert!(found.contains(&("KS021".to_owned(), "UNKNOWN".to_owned())), "{found:?}");
}

#[test]
fn in_a_lab_it_reads_what_it_may_and_says_what_it_may_not() {
    let output = running::keystay(&["lab", "exec", "--"])
        .arg(env!("CARGO_BIN_EXE_keystay"))
        .args(["doctor", "--as", "managed-identity", "--json", "--client-id", APP, "--vault-id", VAULT])
        .args(["--vault", "https://harborvault.vault.azure.net", "--certificate", "harbor-signer"])
        .output()
        .unwrap();
    let (out, err) = said(&output);
    assert!(err.contains("403"), "{err}");
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}\n{err}"));
    assert_eq!(report["findings"].as_array().unwrap().len(), 37);
    assert!(matches!(output.status.code(), Some(3 | 4)), "{err}");
}
