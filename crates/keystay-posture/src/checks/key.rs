//! The key itself, and how the next one will be made.

use super::{
    Notes, Posture,
    check::{Check, Subject, sources},
    posture::setting,
};
use crate::{
    exposure::KeyPlace,
    facts::{Document as D, Missing, SignerCredential},
    finding::Severity,
};

pub(super) static NOT_EXPORTABLE: Check = Check {
    id: "KS001",
    slug: "key-not-exportable",
    title: "No version of the key that can be used can be taken out of the vault",
    severity: Severity::Critical,
    about: Subject::Key,
    why: "Whoever may read the certificate's secret has the private key, and needs neither vault nor host again: a copy \
          proves being the app, at every customer, until its certificate ends or is removed from the app.",
    may_break: "Programs that download the certificate with its key no longer find one: move them to signing in the vault \
                first. The old version works until its registration is removed.",
    sources: sources![Mcsb "IM-8", Mcsb "DP-6"],
    needs: &[D::KeyVersions, D::Certificate],
    also_reads: &[D::CertificateVersions, D::Application, D::SignerSettings],
    look: not_exportable,
    repair: Some(|_, setup| {
        let exportable = setup.certificates.iter_mut().filter(|one| one.key == KeyPlace::Exportable);
        exportable.for_each(|one| one.key = KeyPlace::Vault);
    }),
};

fn not_exportable(posture: &Posture<'_>, notes: &mut Notes) {
    let facts = posture.facts;
    if let Some(credential) = posture.settings().ok().map(|seen| seen.value.credential)
        && credential == SignerCredential::CertificateFile
    {
        notes.fault(&setting("credential"), format!("the app is proven by {}", credential.words()));
    }
    if let Some(exportable) = notes.know(facts.certificate().exportable()) {
        let what = format!("exportable: {} (of the next version)", exportable.value);
        notes.judge(!exportable.value, &exportable.place, what);
    }
    let registered = posture.registered_versions();
    for version in notes.know(facts.key_versions()).unwrap_or_default() {
        let id = &version.version;
        let place = &version.place.field("attributes.exportable");
        match version.exportable {
            Some(false) => notes.saw(place, format!("version {id}: exportable: false")),
            Some(true) if version.enabled => notes.fault(place, format!("version {id}: exportable, enabled")),
            // it cannot be read any more, but could be before: its registration decides what a copy is worth
            _ if !version.enabled => match notes
                .know(registered.as_ref().map(|versions| versions.contains(id.as_str())).map_err(Clone::clone))
            {
                Some(true) => {
                    let what = format!("version {id}: disabled, could be taken out, still registered at the app");
                    notes.fault(place, what);
                }
                Some(false) => notes.saw(place, format!("version {id}: disabled, not registered")),
                None => {}
            },
            _ => notes.lack(Missing::Absent { document: place.document, path: place.path.clone() }),
        }
    }
    let (vault, certificate) = (posture.names.vault(), posture.names.certificate());
    notes.fix(format!(
        "az keyvault certificate show --vault-name {vault} -n {certificate} --query policy -o json > policy.json"
    ));
    notes.fix("# in policy.json: keyProperties.exportable false, keyProperties.reuseKey false");
    notes.fix(format!("az keyvault certificate create --vault-name {vault} -n {certificate} -p @policy.json"));
    notes.fix("# register the new version, move the signer to it, then remove the old registration: keystay rotate does it in this order");
}

pub(super) static SIGNS_ONLY: Check = Check {
    id: "KS006",
    slug: "key-signs-only",
    title: "The key is for signing and for nothing else",
    severity: Severity::Medium,
    about: Subject::Key,
    why: "A key that also unwraps or decrypts invites a second use, and each use is another reason for somebody to have a \
          right to it.",
    may_break: "Whatever encrypts to this key can no longer decrypt with the new version.",
    sources: sources![Mcsb "DP-6"],
    needs: &[D::Certificate, D::KeyVersions],
    also_reads: &[],
    look: signs_only,
    repair: None,
};

fn signs_only(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(usage) = notes.know(posture.facts.certificate().key_usage()) {
        let only = usage.value.len() == 1 && usage.value[0].eq_ignore_ascii_case("digitalSignature");
        notes.judge(only, &usage.place, format!("key usage: {}", usage.value.join(", ")));
    }
    for version in notes.know(posture.facts.key_versions()).unwrap_or_default().iter().filter(|one| one.enabled) {
        let operations = &version.operations;
        let only = !operations.is_empty() && operations.iter().all(|one| matches!(one.as_str(), "sign" | "verify"));
        let place = version.place.field("key.key_ops");
        notes.judge(only, &place, format!("version {}: {}", version.version, operations.join(", ")));
    }
    new_policy(posture, notes, "x509CertificateProperties.keyUsage [\"digitalSignature\"]");
}

pub(super) static STRONG_AND_RENEWED: Check = Check {
    id: "KS007",
    slug: "key-strong-and-renewed",
    title: "The key is RSA of at least 2048 bits, and each renewal makes a new one",
    severity: Severity::Medium,
    about: Subject::Key,
    why: "Entra takes RSA alone for certificates of apps. A renewal that keeps the key renews nothing: a copy of the old \
          key is a copy of the new one.",
    may_break: "Nothing that finds the key by its registered version. RSA 4096 costs eight times the vault's budget for \
                signatures.",
    sources: sources![Mcsb "DP-6"],
    needs: &[D::Certificate],
    also_reads: &[],
    look: strong_and_renewed,
    repair: None,
};

fn strong_and_renewed(posture: &Posture<'_>, notes: &mut Notes) {
    let policy = posture.facts.certificate();
    if let Some(kind) = notes.know(policy.key_type()) {
        let rsa = matches!(kind.value.as_str(), "RSA" | "RSA-HSM");
        notes.judge(rsa, &kind.place, format!("key type: {}", kind.value));
        if rsa && let Some(size) = notes.know(policy.key_size()) {
            notes.judge(size.value >= 2048, &size.place, format!("{} bits", size.value));
        }
    }
    if let Some(reuse) = notes.know(policy.reuse_key()) {
        notes.judge(!reuse.value, &reuse.place, format!("key kept at renewal: {}", reuse.value));
    }
    new_policy(posture, notes, "keyProperties.keyType RSA or RSA-HSM, .keySize 2048 or 3072, .reuseKey false");
}

pub(super) static HARDWARE: Check = Check {
    id: "KS008",
    slug: "key-in-hardware",
    title: "The key is protected by hardware",
    severity: Severity::Low,
    about: Subject::Key,
    why: "A key in a hardware module cannot be exported, whatever a later policy says, and is out of reach even for a \
          process of the vault itself.",
    may_break: "Needs a vault of the premium tier. Half the signatures per second.",
    sources: sources![Mcsb "DP-6", Mcsb "DP-8"],
    needs: &[D::KeyVersions],
    also_reads: &[],
    look: hardware,
    repair: None,
};

fn hardware(posture: &Posture<'_>, notes: &mut Notes) {
    for version in notes.know(posture.facts.key_versions()).unwrap_or_default().iter().filter(|one| one.enabled) {
        let hardware = version.kind.ends_with("-HSM");
        notes.judge(
            hardware,
            &version.place.field("key.kty"),
            format!("version {}: {}", version.version, version.kind),
        );
    }
    new_policy(posture, notes, "keyProperties.keyType RSA-HSM, .exportable false");
}

pub(super) static NO_SILENT_RENEWAL: Check = Check {
    id: "KS009",
    slug: "no-silent-renewal",
    title: "The vault makes no new version that nobody registers",
    severity: Severity::High,
    about: Subject::Key,
    why: "A renewed version is not registered at the app. A signer that takes the latest version is refused from that \
          minute on (AADSTS700027), at every customer; and somebody in a hurry then registers it by hand.",
    may_break: "Nobody renews any more but the one who is told: schedule keystay rotate, or answer the e-mail.",
    sources: sources![Cis2 "8.8", Cis3 "3.3.8", Cis4 "9.3.9", Cis5 "8.3.9", Mcsb "DP-7"],
    needs: &[D::Certificate],
    also_reads: &[D::SignerSettings],
    look: no_silent_renewal,
    repair: None,
};

fn no_silent_renewal(posture: &Posture<'_>, notes: &mut Notes) {
    for action in notes.know(posture.facts.certificate().lifetime_actions()).unwrap_or_default() {
        if !action.value.eq_ignore_ascii_case("AutoRenew") {
            notes.saw(&action.place, action.value);
            continue;
        }
        let Some(settings) = notes.know(posture.settings()) else { continue };
        let registers = settings.value.registers_new_versions;
        let who = if registers { "registered before it signs" } else { "registered by nobody" };
        notes.judge(registers, &action.place, format!("{}: the new version is {who}", action.value));
    }
    new_policy(posture, notes, "lifetimeActions[].action.actionType EmailContacts");
}

/// A policy is replaced as a whole, and holds for the next version.
fn new_policy(posture: &Posture<'_>, notes: &mut Notes, change: &str) {
    let (vault, certificate) = (posture.names.vault(), posture.names.certificate());
    notes.fix(format!(
        "az keyvault certificate show --vault-name {vault} -n {certificate} --query policy -o json > policy.json"
    ));
    notes.fix(format!("# in policy.json: {change}"));
    notes.fix(format!("az keyvault certificate set-attributes --vault-name {vault} -n {certificate} -p @policy.json"));
    notes.fix("# then make and register a version by it: keystay rotate");
}
