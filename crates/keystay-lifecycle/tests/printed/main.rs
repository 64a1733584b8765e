//! A setup in another language: what it looks like to the letter, and what the script calls.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use keystay::Cloud;
use keystay_lifecycle::setup::{
    LogSettings, SIGNER_ACTIONS, SetupSettings,
    printed::{Form, print},
};
use uuid::uuid;

const HOSTILE: &str = "it's \"x\" `touch owned` $(touch owned) ${HOME} \\ ; touch owned # é";

fn settings() -> SetupSettings {
    let group = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers";
    let vault = format!("{group}/Microsoft.KeyVault/vaults/harbor-prod").parse().unwrap();
    let signer = uuid!("51670000-0000-4000-8000-000000000001");
    let mut settings = SetupSettings::new(Cloud::Public, vault, "harbor-signer", "Harbor Insights", signer).unwrap();
    let workspace = format!("{group}/Microsoft.OperationalInsights/workspaces/harbor").parse().unwrap();
    settings.log = Some(LogSettings::new(workspace).unwrap());
    settings.app.permissions = vec!["User.ReadBasic.All".parse().unwrap()];
    settings
}

/// `KEYSTAY_BLESS=1` writes them anew.
#[test]
fn every_form_is_as_it_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/printed/golden");
    let mut different = Vec::new();
    for (form, file) in [(Form::Az, "setup.sh"), (Form::Bicep, "setup.bicep"), (Form::Terraform, "setup.tf")] {
        let found = print(&settings(), form).unwrap();
        let path = folder.join(file);
        if std::env::var_os("KEYSTAY_BLESS").is_some() {
            fs::write(&path, &found).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != found {
            let actual = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
            fs::write(&actual, &found).unwrap();
            different.push(actual);
        }
    }
    assert!(different.is_empty(), "compare {different:?} with tests/printed/golden");
}

/// Plays `az`: writes each call to `calls`, one word a line, and answers as an empty vault and directory would, or with
/// `THERE` set as ones where everything is done.
const AZ: &str = r#"#!/bin/sh
{ printf 'CALL\n'; printf '%s\n' "$@"; } >>"$CALLS"
there() { [ -n "${THERE:-}" ] && printf '%s\n' "$1"; return 0; }
case "$*" in
  "cloud show"*) echo AzureCloud ;;
  *enableRbacAuthorization*) echo "${ROLES:-true}" ;;
  "keyvault certificate list"*) there harbor-signer ;;
  "keyvault certificate show"*exportable*) echo "${EXPORTABLE:-false}" ;;
  "keyvault certificate show"*) echo MIIpublic ;;
  *appRoles*) echo 97235f07-e226-4f63-ace3-39588e11d3a1 ;;
  *"length(value)"*) [ -n "${THERE:-}" ] && echo "$THERE" || echo 0 ;;
  *signInAudience,service*) printf 'AzureADMultipleOrgs\n%s\ntrue\n' "${LOCKED:-true}" ;;
  *"select=keyCredentials"*length*) [ -n "${THERE:-}" ] && echo 1 || echo 0 ;;
  *"select=keyCredentials"*) there "${OTHER:-MIIpublic}" ;;
  *"select=appId"*) echo c11e0000-0000-4000-8000-000000000001 ;;
  *"select=accountEnabled"*) there false ;;
  *"applications --query id"*|*"value[0].id"*displayName*) echo 0b1ec700-0000-4000-8000-000000000001 ;;
  *roleDefinitions*permissions*) echo "${ALLOWED:-$ACTIONS}" ;;
  *roleDefinitions*) there /role ;;
  *"role definition create"*) echo /role ;;
  *applications*"value[0].id"*) echo 0b1ec700-0000-4000-8000-000000000001 ;;
  *) ;;
esac
"#;

/// What a run of the script came to.
struct Run {
    output: Output,
    calls: Vec<Vec<String>>,
    owned: bool,
}

impl Run {
    /// Runs the script of a setup with the `az` above and what it is told.
    fn of(settings: &SetupSettings, told: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let az = folder.path().join("az");
        fs::write(&az, AZ).unwrap();
        fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("setup.sh"), print(settings, Form::Az).unwrap()).unwrap();
        let mut actions = SIGNER_ACTIONS;
        actions.sort_unstable();
        let calls = folder.path().join("calls");
        let output = Command::new("sh")
            .arg("setup.sh")
            .current_dir(folder.path())
            .env("PATH", format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap()))
            .env("CALLS", &calls)
            .env("ACTIONS", actions.join(","))
            .envs(told.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = fs::read_to_string(calls).unwrap();
        let calls = text.split("CALL\n").skip(1).map(|call| call.lines().map(str::to_owned).collect()).collect();
        Self { output, calls, owned: folder.path().join("owned").exists() }
    }

    /// The calls that change something, as lines.
    fn changes(&self) -> Vec<String> {
        let changes = |call: &&Vec<String>| {
            call.iter().any(|word| ["create", "post", "patch", "put", "delete"].contains(&word.as_str()))
        };
        self.calls.iter().filter(changes).map(|call| call.join(" ")).collect()
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

#[test]
fn the_script_makes_everything_in_order() {
    let run = Run::of(&settings(), &[]);
    assert!(run.output.status.success(), "{}", run.said());
    let changes = run.changes();
    for (change, expected) in changes.iter().zip([
        "keyvault certificate create --vault-name harbor-prod --name harbor-signer --policy",
        "rest --method post --url https://graph.microsoft.com/v1.0/applications ",
        "rest --method post --url https://graph.microsoft.com/v1.0/servicePrincipals ",
        "rest --method patch --url https://graph.microsoft.com/v1.0/applications/0b1ec700-0000-4000-8000-000000000001 ",
        "role definition create ",
        "role assignment create --assignee-object-id 51670000-0000-4000-8000-000000000001 ",
        "role assignment create --assignee-object-id 51670000-0000-4000-8000-000000000001 ",
        "monitor diagnostic-settings create ",
    ]) {
        assert!(change.starts_with(expected), "{change}\n{expected}");
    }
    assert_eq!(changes.len(), 8, "{changes:#?}");
    assert!(changes[5].ends_with("/vaults/harbor-prod/keys/harbor-signer --output none"), "{}", changes[5]);
    assert!(changes[6].ends_with("/vaults/harbor-prod/certificates/harbor-signer --output none"), "{}", changes[6]);
    assert!(String::from_utf8_lossy(&run.output.stdout).contains("c11e0000-0000-4000-8000-000000000001"));
}

#[test]
fn what_the_script_sends_is_json_with_every_name_as_it_was_given() {
    let mut settings = settings();
    settings.app.name = HOSTILE.to_owned();
    settings.role.name = HOSTILE.to_owned();
    settings.certificate.subject = format!("CN={HOSTILE}");
    settings.log.as_mut().unwrap().name = HOSTILE.to_owned();
    let run = Run::of(&settings, &[]);
    assert!(run.output.status.success(), "{}", run.said());
    assert!(!run.owned, "a name became a command");
    let after = |option: &str, of: &str| {
        let call = run.calls.iter().find(|call| call.join(" ").contains(of)).unwrap();
        let start = call.iter().position(|word| word == option).unwrap() + 1;
        let rest = call[start..].iter().take_while(|word| !word.starts_with("--"));
        rest.cloned().collect::<Vec<_>>().join("\n")
    };
    let json = |option: &str, of: &str| -> serde_json::Value { serde_json::from_str(&after(option, of)).unwrap() };
    let policy = json("--policy", "certificate create");
    assert_eq!(policy["x509CertificateProperties"]["subject"], format!("CN={HOSTILE}"));
    assert_eq!(policy["keyProperties"]["exportable"], false);
    let app = json("--body", "post --url https://graph.microsoft.com/v1.0/applications");
    assert_eq!(app["displayName"], HOSTILE);
    assert_eq!(app["signInAudience"], "AzureADMultipleOrgs");
    assert_eq!(app["requiredResourceAccess"][0]["resourceAccess"][0]["type"], "Role");
    assert_eq!(json("--body", "servicePrincipals --output")["accountEnabled"], false);
    let registered = json("--body", "patch");
    assert_eq!(registered["keyCredentials"][0]["key"], "MIIpublic");
    let role = json("--role-definition", "role definition create");
    assert_eq!((&role["Name"], &role["DataActions"]), (&HOSTILE.into(), &serde_json::json!(SIGNER_ACTIONS)));
    assert_eq!(after("--name", "diagnostic-settings"), HOSTILE);
}

#[test]
fn a_script_that_is_run_again_makes_nothing_twice() {
    let run = Run::of(&settings(), &[("THERE", "1")]);
    assert!(run.output.status.success(), "{}", run.said());
    // these two `az` itself makes once only
    let changes = run.changes();
    assert!(
        changes.iter().all(|call| call.starts_with("role assignment") || call.starts_with("monitor")),
        "{changes:#?}"
    );
}

#[test]
fn the_script_stops_where_something_else_has_the_name() {
    for (told, word, changes) in [
        (&[("ROLES", "false")][..], "access policies", 0),
        (&[("THERE", "1"), ("EXPORTABLE", "true")], "can leave the vault", 0),
        (&[("THERE", "2")], "2 apps have the name", 0),
        (&[("THERE", "1"), ("LOCKED", "false")], "no instance lock", 0),
        (&[("THERE", "1"), ("OTHER", "MIIother")], "other certificates", 0),
        (&[("THERE", "1"), ("ALLOWED", "Microsoft.KeyVault/vaults/secrets/getSecret/action")], "something else", 0),
    ] {
        let run = Run::of(&settings(), told);
        assert_eq!(run.output.status.code(), Some(1), "{told:?}: {}", run.said());
        assert!(run.said().contains(word), "{told:?}: {}", run.said());
        assert_eq!(run.changes().len(), changes, "{told:?}: {:#?}", run.changes());
    }
}

/// No compiler of Bicep is to be had where the tests run: this looks at its structure.
#[test]
fn the_template_is_balanced_and_uses_what_it_declares() {
    let mut hostile = settings();
    hostile.app.name = HOSTILE.to_owned();
    for settings in [settings(), hostile] {
        let text = print(&settings, Form::Bicep).unwrap();
        let code = code_of_bicep(&text);
        for (open, close) in [('{', '}'), ('[', ']'), ('(', ')')] {
            assert_eq!(code.matches(open).count(), code.matches(close).count(), "{open}{close}\n{code}");
        }
        let words: Vec<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for declared in code.lines().filter(|line| line.starts_with("var ") || line.starts_with("param ")) {
            let name = declared.split(' ').nth(1).unwrap();
            assert!(words.iter().filter(|word| **word == name).count() > 1, "{name} is not used");
        }
    }
}

/// The template without its comments, and with every string empty.
fn code_of_bicep(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '/' if letters.peek() == Some(&'/') => break,
                '\'' => loop {
                    match letters.next() {
                        Some('\\') => drop(letters.next()),
                        Some('\'') => break,
                        Some('$') => assert_ne!(letters.peek(), Some(&'{'), "a name is computed: {line}"),
                        Some(_) => {}
                        None => panic!("a string does not end: {line}"),
                    }
                },
                _ => code.push(letter),
            }
        }
        code.push('\n');
    }
    code
}
