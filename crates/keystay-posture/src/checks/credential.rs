//! What proves being the app.

use time::Duration;

use super::{
    Notes, Posture,
    check::{Check, Subject, sources, told},
};
use crate::{
    exposure::{Ends, KeyPlace},
    facts::{Document as D, KeyCredential, Missing, Place, quote},
    finding::Severity,
};

pub(super) static NO_CLIENT_SECRET: Check = Check {
    id: "KS002",
    slug: "no-client-secret",
    title: "The app has no client secret",
    severity: Severity::Critical,
    about: Subject::App,
    why: "A client secret is a password in somebody's settings, log or chat. Whoever reads it is the app at every customer \
          until it ends, without key, vault or host; nothing of what protects the key protects against it.",
    may_break: "Whatever still signs in with that secret. The sign-in log of the app shows whether anything does.",
    sources: sources![Mcsb "IM-3", Mcsb "IM-8", Maester "MT.1057", ZeroTrust "21772"],
    needs: &[D::Application, D::HomePrincipal],
    also_reads: &[],
    look: no_client_secret,
    repair: Some(|_, setup| setup.client_secrets.clear()),
};

fn no_client_secret(posture: &Posture<'_>, notes: &mut Notes) {
    let facts = posture.facts;
    let of_app = notes.know(facts.application().password_credentials());
    let of_principal = notes.know(facts.home_principal()).flatten();
    let of_principal = of_principal.and_then(|principal| notes.know(principal.password_credentials()));
    let mut look = |secrets: Option<crate::facts::Seen<Vec<crate::facts::PasswordCredential>>>, command: &str| {
        let Some(secrets) = secrets else { return };
        notes.saw(&secrets.place, format!("client secrets: {}", secrets.value.len()));
        for secret in &secrets.value {
            let expired = secret.ends.is_some_and(|ends| ends <= posture.now);
            let end = secret.ends.map_or_else(|| "without an end".to_owned(), |ends| format!("until {}", ends.date()));
            let what = format!("client secret {}, {end}", secret.key_id);
            notes.judge(expired, &secret.place, what);
            if !expired {
                notes.fix(format!("{command} --key-id {}", quote(&secret.key_id)));
            }
        }
    };
    look(of_app, &format!("az ad app credential delete --id {}", posture.names.app()));
    look(of_principal, &format!("az ad sp credential delete --id {}", posture.names.app()));
}

pub(super) static NO_ROGUE_KEY: Check = Check {
    id: "KS003",
    slug: "no-rogue-key",
    title: "Every certificate registered at the app is one of the vault, and enabled there",
    severity: Severity::Critical,
    about: Subject::App,
    why: "Whoever can sign once can register a certificate of their own (addKey asks for no permission), and keeps the app \
          after the vault, the host and the identity are clean again. Nothing else looks for it.",
    may_break: "A program that signs with that certificate, if there is one you know of.",
    sources: sources![Mcsb "IM-3", Mcsb "LT-3"],
    needs: &[D::Application, D::HomePrincipal, D::CertificateVersions],
    also_reads: &[D::DirectoryAudits],
    look: no_rogue_key,
    repair: Some(|_, setup| setup.certificates.retain(|one| one.key != KeyPlace::Unrecognised)),
};

fn no_rogue_key(posture: &Posture<'_>, notes: &mut Notes) {
    let of_app = notes.know(posture.registered()).map(|seen| seen.value.as_slice()).unwrap_or_default();
    let of_principal = notes.know(posture.registered_at_principal()).unwrap_or_default();
    let all = of_app.iter().map(|one| (one, "app")).chain(of_principal.iter().map(|one| (one, "sp")));
    // asked once, so that a missing list is told even where nothing is registered
    notes.know(posture.facts.certificate_versions());
    for (credential, holder) in all {
        let Some(thumbprint) = notes.know(credential.thumbprint.clone()) else { continue };
        let Some(version) = notes.know(posture.version_of(thumbprint)) else { continue };
        let what = format!("{thumbprint}, key id {}", credential.key_id);
        let fault = match version {
            Some(version) if version.enabled => {
                notes.saw(&credential.place, format!("{what}: version {}", version.version));
                continue;
            }
            _ if !posture.is_live(credential) => {
                notes.saw(&credential.place, format!("{what}: expired"));
                continue;
            }
            Some(version) => format!("{what}: version {} is disabled in the vault", version.version),
            None => format!("{what}: no version of the certificate in the vault"),
        };
        notes.fault(&credential.place, fault);
        notes.fix(format!(
            "az ad {holder} credential delete --id {} --key-id {} --cert",
            posture.names.app(),
            quote(&credential.key_id)
        ));
    }
    if notes.has_fault() {
        for audit in posture.facts.directory_audits().unwrap_or_default() {
            if audit.properties.iter().any(|property| property == "KeyDescription") {
                let by = audit.by.as_deref().unwrap_or("somebody the record does not name");
                notes.saw(&audit.place, format!("certificates of the app changed at {} by {by}", told(audit.at)));
            }
        }
    }
}

pub(super) static SHORT_LIFE: Check = Check {
    id: "KS004",
    slug: "certificate-short-lived",
    title: "No registered certificate lives longer than 90 days",
    severity: Severity::High,
    about: Subject::App,
    why: "The end of the certificate is the one end that Entra enforces by itself: assertions made in advance and copied \
          keys work until then if nobody removes the registration. Twelve months is the default of the vault.",
    may_break: "Needs a rotation that runs by itself: keystay rotate, at half of the life.",
    sources: sources![Cis5 "8.3.11", ZeroTrust "21773", Mcsb "DP-7"],
    needs: &[D::Application],
    also_reads: &[],
    look: short_life,
    repair: Some(|posture, setup| {
        let month = Duration::days(30);
        let half = Duration::days(15).unsigned_abs();
        for certificate in &mut setup.certificates {
            certificate.ends = certificate.ends.earliest(Ends::At(posture.now + month));
            // replaced at half of its life
            certificate.rotated_every = Some(half);
        }
    }),
};

fn short_life(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(credentials) = notes.know(posture.registered()) else { return };
    for credential in credentials.value.iter().filter(|one| posture.is_live(one)) {
        let (Some(begins), Some(ends)) = (credential.begins, credential.ends) else {
            notes.lack(absent(&credential.place.field("endDateTime")));
            continue;
        };
        let life = ends - begins;
        let what = format!("key id {}: lives {} days, until {}", credential.key_id, life.whole_days(), ends.date());
        notes.judge(life <= posture.limits.certificate_life, &credential.place.field("endDateTime"), what);
    }
    let (vault, certificate) = (posture.names.vault(), posture.names.certificate());
    notes.fix(format!(
        "az keyvault certificate show --vault-name {vault} -n {certificate} --query policy -o json > policy.json"
    ));
    notes.fix("# in policy.json: x509CertificateProperties.validityInMonths 1");
    notes.fix(format!("az keyvault certificate set-attributes --vault-name {vault} -n {certificate} -p @policy.json"));
    notes.fix("# then make and register a version by it, and remove the long-lived one: keystay rotate");
}

pub(super) static NOT_EXPIRING: Check = Check {
    id: "KS005",
    slug: "certificate-not-expiring",
    title: "A registered certificate is good for days to come",
    severity: Severity::High,
    about: Subject::App,
    why: "When the last certificate ends, every customer is refused at once; and addKey needs a certificate that is still \
          good, so the ordinary way of rotating is closed too.",
    may_break: "Nothing: the old version stays registered until the new one is proven.",
    sources: sources![
        Cis2 "8.1", Cis2 "8.2", Cis3 "3.3.1", Cis3 "3.3.2", Cis4 "9.3.1", Cis4 "9.3.2", Cis5 "8.3.1", Cis5 "8.3.2",
        Mcsb "DP-7",
    ],
    needs: &[D::Application, D::CertificateVersions],
    also_reads: &[],
    look: not_expiring,
    repair: None,
};

fn not_expiring(posture: &Posture<'_>, notes: &mut Notes) {
    let credentials = notes.know(posture.registered());
    let versions = notes.know(posture.facts.certificate_versions());
    let (Some(credentials), Some(_)) = (credentials, versions) else { return };
    let ours = |credential: &&KeyCredential| {
        let thumbprint = credential.thumbprint.as_ref().ok();
        let version = thumbprint.and_then(|thumbprint| posture.version_of(*thumbprint).ok().flatten());
        version.is_some_and(|version| version.enabled)
    };
    let soon = posture.now + posture.limits.certificate_left;
    let days = posture.limits.certificate_left.whole_days();
    match credentials.value.iter().filter(ours).max_by_key(|credential| credential.ends) {
        Some(newest) => match newest.ends {
            Some(ends) => {
                let what = format!("the newest registered version ends {}", told(ends));
                notes.judge(ends > soon, &newest.place, what);
            }
            None => notes.lack(absent(&newest.place.field("endDateTime"))),
        },
        None => notes.fault(&credentials.place, format!("no version of the vault is registered for {days} days ahead")),
    }
    notes.fix("keystay rotate");
}

fn absent(place: &Place) -> Missing {
    Missing::Absent { document: place.document, path: place.path.clone() }
}
