//! The vault: from where it is reached, and what else is in it.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{
    Notes, Posture,
    check::{Check, Subject, sources},
};
use crate::{
    exposure::VaultNetwork,
    facts::{Document as D, Missing, Seen, VaultObject},
    finding::Severity,
};

pub(super) static NETWORK: Check = Check {
    id: "KS017",
    slug: "vault-network-limited",
    title: "The vault answers on a private network, or to few addresses",
    severity: Severity::High,
    about: Subject::Vault,
    why: "A token of the signing identity lives a day and works from anywhere. Whoever carries one away has the vault sign \
          from their own desk after the eviction, unless the vault cannot be reached from there.",
    may_break: "Everything that reaches the vault over the internet, the portal and pipelines included. Build the private \
                endpoint first.",
    sources: sources![
        Cis2 "8.7", Cis3 "3.3.7", Cis4 "9.3.7", Cis4 "9.3.8", Cis5 "8.3.7", Cis5 "8.3.8", Mcsb "NS-2", Trivy "AZU-0013",
    ],
    needs: &[D::Vault],
    also_reads: &[],
    look: network,
    repair: Some(|_, setup| setup.vault_network = VaultNetwork::Restricted),
};

fn network(posture: &Posture<'_>, notes: &mut Notes) {
    let vault = posture.facts.vault();
    let Some(access) = notes.know(vault.public_network_access()) else { return };
    if !access.value.eq_ignore_ascii_case("Enabled") {
        notes.saw(&access.place, format!("public access: {}", access.value));
        return;
    }
    let Some(action) = notes.know(vault.default_action()) else { return };
    if action.value.eq_ignore_ascii_case("Deny") {
        notes.saw(&action.place, format!("by default: {}", action.value));
        for range in notes.know(vault.allowed_ranges()).unwrap_or_default() {
            notes.judge(is_narrow(&range), &range.place, format!("allowed: {}", range.value));
        }
    } else {
        notes.fault(&action.place, format!("public access enabled, by default: {}", action.value));
    }
    notes.fix(format!("az keyvault update -n {} --public-network-access Disabled", posture.names.vault()));
}

/// At most 256 addresses of version 4, or one network of version 6.
fn is_narrow(range: &Seen<String>) -> bool {
    match (range.value.parse::<IpNet>(), range.value.parse::<IpAddr>()) {
        (Ok(IpNet::V4(net)), _) => net.prefix_len() >= 24,
        (Ok(IpNet::V6(net)), _) => net.prefix_len() >= 64,
        (Err(_), Ok(_)) => true,
        // what is not understood is not narrow
        (Err(_), Err(_)) => false,
    }
}

pub(super) static PRIVATE_ENDPOINT: Check = Check {
    id: "KS018",
    slug: "vault-private-endpoint",
    title: "The vault has a private endpoint, and Microsoft's services pass only if they are meant to",
    severity: Severity::Medium,
    about: Subject::Vault,
    why: "Through a private endpoint the signer needs no public address at all. The bypass for trusted services holds even \
          where public access is disabled, and some of those services run what their customers give them.",
    may_break: "Services that read the vault as trusted ones: disk encryption, deployments of templates, App Service's import \
                of certificates.",
    sources: sources![Cis2 "8.7", Cis3 "3.3.7", Cis4 "9.3.7", Cis5 "8.3.7", Mcsb "NS-2"],
    needs: &[D::Vault],
    also_reads: &[D::SignerSettings],
    look: private_endpoint,
    repair: None,
};

fn private_endpoint(posture: &Posture<'_>, notes: &mut Notes) {
    let vault = posture.facts.vault();
    let name = posture.names.vault();
    if let Some(endpoints) = notes.know(vault.private_endpoints()) {
        let approved = endpoints.iter().filter(|one| one.value.eq_ignore_ascii_case("Approved"));
        let approved: Vec<_> = approved.collect();
        match (approved.first(), notes.know(vault.public_network_access())) {
            (Some(first), _) => notes.saw(&first.place, format!("approved private endpoints: {}", approved.len())),
            (None, Some(access)) => {
                notes.fault(&access.place, format!("no approved private endpoint, public access {}", access.value));
                notes.fix(format!(
                    "az network private-endpoint create -n {name} -g '<resource group>' --vnet-name '<network>' --subnet \
                     '<subnet>' --connection-name {name} --group-id vault --private-connection-resource-id {}",
                    posture.names.vault_id()
                ));
            }
            (None, None) => {}
        }
    }
    let Some(bypass) = notes.know(vault.bypass()) else { return };
    if bypass.value.eq_ignore_ascii_case("None") {
        notes.saw(&bypass.place, "bypass: None");
        return;
    }
    let Some(settings) = notes.know(posture.settings()) else { return };
    let wanted = settings.value.trusted_services_wanted;
    let said = if wanted { "as intended" } else { "and nobody said that it is intended" };
    notes.judge(wanted, &bypass.place, format!("bypass: {}, {said}", bypass.value));
    if !wanted {
        notes.fix(format!("az keyvault update -n {name} --bypass None"));
    }
}

pub(super) static RECOVERABLE: Check = Check {
    id: "KS022",
    slug: "vault-recoverable",
    title: "What is deleted in the vault can be brought back, and cannot be purged early",
    severity: Severity::Medium,
    about: Subject::Vault,
    why: "A thief who purges the key takes the app off line at every customer, and the evidence with it.",
    may_break: "Purge protection cannot be switched off again. A deleted name stays taken for up to 90 days.",
    sources: sources![
        Cis2 "8.5", Cis3 "3.3.5", Cis4 "9.3.5", Cis5 "8.3.5", Mcsb "DP-8", Trivy "AZU-0016", PsRule "AZR-000125",
    ],
    needs: &[D::Vault],
    also_reads: &[],
    look: recoverable,
    repair: None,
};

fn recoverable(posture: &Posture<'_>, notes: &mut Notes) {
    let vault = posture.facts.vault();
    if let Some(soft) = notes.know(vault.soft_delete()) {
        notes.judge(soft.value, &soft.place, format!("soft delete: {}", soft.value));
    }
    if let Some(purge) = notes.know(vault.purge_protection()) {
        notes.judge(purge.value, &purge.place, format!("purge protection: {}", purge.value));
    }
    notes.fix(format!("az keyvault update -n {} --enable-purge-protection true", posture.names.vault()));
}

pub(super) static DEDICATED: Check = Check {
    id: "KS023",
    slug: "vault-dedicated",
    title: "Nothing but this credential is in the vault",
    severity: Severity::Low,
    about: Subject::Vault,
    why: "Whoever has a right to the vault for another object's sake is one step closer to this key, and the log of this key \
          is read among that of others.",
    may_break: "Whatever uses the other objects has to be told where they went.",
    sources: sources![Mcsb "DP-8"],
    needs: &[D::VaultKeys, D::VaultSecrets],
    also_reads: &[],
    look: dedicated,
    repair: None,
};

fn dedicated(posture: &Posture<'_>, notes: &mut Notes) {
    let ours = posture.names.certificate.as_deref();
    let lists = [
        (D::VaultKeys, "key", posture.facts.vault_keys()),
        // the certificate has a secret of its own name
        (D::VaultSecrets, "secret", posture.facts.vault_secrets()),
    ];
    for (document, kind, list) in lists {
        let Some(list) = notes.know(list) else { continue };
        let is_ours = |object: &&VaultObject| ours.is_none_or(|ours| ours.eq_ignore_ascii_case(&object.name));
        // a list without what certificates own, as the command prints it unless told otherwise, says nothing
        match list.iter().find(is_ours) {
            Some(own) => notes.saw(&own.place, format!("{kind} {}", own.name)),
            None => notes.lack(Missing::Absent { document, path: "$[?@.managed==true]".to_owned() }),
        }
        let others =
            list.iter().filter(|object| ours.map_or(list.len() > 1, |ours| !ours.eq_ignore_ascii_case(&object.name)));
        for other in others {
            notes.fault(&other.place, format!("{kind} {}", other.name));
        }
    }
    notes.fix(
        "# move the other objects to a vault of their own, or this certificate: keystay setup, then keystay rotate",
    );
}
