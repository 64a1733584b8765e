//! Whether a theft would be noticed.

use super::{
    Notes, Posture,
    check::{Check, Subject, sources},
};
use crate::{
    exposure::Length,
    facts::{Document as D, Missing, Place},
    finding::Severity,
};

pub(super) static AUDITED: Check = Check {
    id: "KS019",
    slug: "vault-log-kept",
    title: "What is done with the key is sent to a workspace that keeps it for 90 days",
    severity: Severity::High,
    about: Subject::Vault,
    why: "Sign-ins at a customer are logged at the customer. The vault's record of each signature is the only trace of a \
          theft that you have yourself; without it nobody can say which tenants to tell.",
    may_break: "Nothing. The workspace charges for what it takes in.",
    sources: sources![
        Cis2 "5.1.5", Cis3 "6.1.4", Cis4 "7.1.1.4", Cis5 "6.1.1.4", Mcsb "LT-3", Mcsb "LT-4", PsRule "AZR-000119",
    ],
    needs: &[D::DiagnosticSettings, D::LogWorkspaces],
    also_reads: &[],
    look: audited,
    repair: None,
};

fn audited(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(settings) = notes.know(posture.facts.diagnostic_settings()) else { return };
    let workspaces = notes.know(posture.facts.log_workspaces());
    let sent: Vec<_> = settings.iter().filter(|one| one.audited && one.workspace.is_some()).collect();
    if sent.is_empty() {
        let place = Place { document: D::DiagnosticSettings, path: "$".to_owned() };
        notes.fault(&place, "no setting sends the audit log to a workspace");
        notes.fix(format!(
            "az monitor diagnostic-settings create -n audit --resource {} --workspace {} --logs \
             '[{{\"categoryGroup\":\"audit\",\"enabled\":true}}]'",
            posture.names.vault_id(),
            posture.names.workspace()
        ));
        return;
    }
    let Some(workspaces) = workspaces else { return };
    let kept =
        sent.iter().filter_map(|setting| workspaces.iter().find(|one| Some(&one.id) == setting.workspace.as_ref()));
    match kept.max_by_key(|workspace| workspace.retention_days) {
        Some(workspace) => {
            let long_enough = workspace.retention_days >= posture.limits.log_days;
            notes.judge(long_enough, &workspace.place, format!("kept for {} days", workspace.retention_days));
            notes.fix(format!(
                "az monitor log-analytics workspace update --ids {} --retention-time {}",
                posture.names.workspace(),
                posture.limits.log_days
            ));
        }
        // in a subscription nobody collected
        None => notes.lack(Missing::Absent {
            document: D::LogWorkspaces,
            path: format!("$[?@.id=='{}']", sent.first().and_then(|one| one.workspace.as_deref()).unwrap_or_default()),
        }),
    }
}

/// What the queries of alerts have to name: signatures, a key enabled or changed, a version nobody ordered, and the secret
/// of the certificate read. Whether a query asks the right thing of them is not understood.
const WATCHED: [&str; 4] = ["KeySign", "KeyUpdate", "CertificateCreate", "SecretGet"];

pub(super) static ALERTS: Check = Check {
    id: "KS020",
    slug: "signatures-watched",
    title: "Somebody is told of signatures and changes of the key that are not the signer's",
    severity: Severity::High,
    about: Subject::Vault,
    why: "Nobody else will notice: no scanner and no alert of Microsoft's is about signing, and a thief behind the usual \
          identity looks like the app. Until somebody is told, a theft has no end.",
    may_break: "Nothing. keystay's query reports what its own ledger does not know, so a signer without a ledger makes noise.",
    sources: sources![Mcsb "LT-1", Mcsb "LT-3"],
    needs: &[D::AlertRules],
    also_reads: &[],
    look: alerts,
    repair: Some(|_, setup| setup.detection = DETECTED),
};

/// The log comes up to 10 minutes late, and the rule asks every 5.
pub(crate) const DETECTED: Length = Length::minutes(15);

fn alerts(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(rules) = notes.know(posture.facts.alert_rules()) else { return };
    let running: Vec<_> = rules.iter().filter(|rule| rule.enabled && rule.tells).collect();
    for rule in rules.iter().filter(|rule| !rule.enabled || !rule.tells) {
        let why = if rule.enabled { "tells nobody" } else { "is disabled" };
        notes.saw(&rule.place, format!("rule {} {why}", rule.name));
    }
    for operation in WATCHED {
        let word = operation.to_ascii_lowercase();
        let names = |query: &String| query.to_ascii_lowercase().contains(&word);
        if let Some(rule) = running.iter().find(|rule| rule.queries.iter().any(names)) {
            notes.saw(&rule.place, format!("rule {} names {operation}", rule.name));
        } else {
            let place = Place { document: D::AlertRules, path: "$".to_owned() };
            notes.fault(&place, format!("no enabled rule that tells somebody names {operation}"));
        }
    }
    notes.fix(format!(
        "az monitor scheduled-query create -n keystay-key-use -g '<resource group>' --scopes {} --action-groups '<action \
         group id>' --evaluation-frequency 5m --window-size 15m --severity 1 --condition \"count 'use' > 0\" \
         --condition-query use=\"AZKVAuditLogs | where OperationName in ('KeySign','KeyUpdate','CertificateCreate',\
         'SecretGet') | where Identity !has '{}'\"",
        posture.names.workspace(),
        posture.names.signer.as_deref().filter(|id| is_object_id(id)).unwrap_or("<signer object id>"),
    ));
}

/// Only such ids go into a query unescaped.
fn is_object_id(id: &str) -> bool {
    id.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

pub(super) static DEFENDER: Check = Check {
    id: "KS021",
    slug: "defender-on",
    title: "Defender for Key Vault is on",
    severity: Severity::Medium,
    about: Subject::Vault,
    why: "It knows addresses and habits that no query of your own does: a vault token used from elsewhere is where it helps.",
    may_break: "Nothing. It charges for each vault.",
    sources: sources![Cis2 "2.1.10", Cis3 "3.1.8.1", Cis4 "9.1.8.1", Cis5 "8.1.8.1", Mcsb "LT-1"],
    needs: &[D::DefenderPricing],
    also_reads: &[],
    look: defender,
    repair: None,
};

fn defender(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(plans) = notes.know(posture.facts.defender_pricing()) else { return };
    match plans.iter().find(|plan| plan.name.eq_ignore_ascii_case("KeyVaults")) {
        Some(plan) => {
            let on = plan.tier.eq_ignore_ascii_case("Standard");
            notes.judge(on, &plan.place, format!("plan KeyVaults: {}", plan.tier));
        }
        None => {
            notes.lack(Missing::Absent { document: D::DefenderPricing, path: "$[?@.name=='KeyVaults']".to_owned() });
        }
    }
    notes.fix("az security pricing create -n KeyVaults --tier standard");
}
