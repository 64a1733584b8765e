//! Facts from Azure itself, with read rights.

use keystay::{ObjectId, ObjectKind, Transport, VaultUrl};
use keystay_broker::{IdentitySettings, Proof};
use keystay_lifecycle::{
    Remote,
    collect::{Collector, Subject},
    resource_manager::{ResourceId, ResourceManager},
};
use keystay_posture::facts::{Document, Facts};
use serde_json::json;

use super::{folder, probes, signer};
use crate::{
    args::{DoctorLook, SettingsArguments},
    diagnostics::Failure,
    printer::Printer,
    progress::Running,
    settings,
};

/// Documents that are read from Azure: all but keystay's own.
const DOCUMENTS: usize = 27;

pub(super) async fn read(
    look: &DoctorLook,
    arguments: &SettingsArguments,
    printer: &mut Printer,
) -> Result<Facts, Failure> {
    let settings = settings::load(arguments.config.as_deref(), &arguments.flags)?;
    let transport = Transport::default();
    let not_signed_in = |error| {
        Failure::usage(format_args!("there is no way to sign in as `{}` here", look.reader))
            .because(error)
            .hint("`az login`, or `--as managed-identity` on a host that has one")
    };
    let remote = Remote::new(transport.clone(), look.reader.connect(&transport).map_err(not_signed_in)?);
    let (vault, certificate) = certificate(&settings)?;
    let vault_id = match &look.vault_id {
        Some(id) => id.clone(),
        None => find(&vault, &settings, &remote).await?,
    };
    let subject = Subject { app: settings.client_id, vault, vault_id, certificate, hosts: look.all_hosts() };

    let collector = Collector::new(&settings.cloud, &remote, subject);
    let mut running = Running::new(DOCUMENTS);
    let mut done = 0;
    let collected = collector
        .collect(|progress| {
            if progress.documents_done > done {
                done = progress.documents_done;
                running.one_more(progress.document.file_name(), printer);
            }
            if progress.parts > 1 {
                running.now(&format!("{} {} of {}", progress.document, progress.parts_done, progress.parts));
            }
        })
        .await;
    running.end();

    for (document, outcome) in collected.iter() {
        if let Err(absence) = outcome {
            printer.note(format_args!("{document}: {absence}"));
        }
    }
    let mut facts = collected.facts();
    let known = signer::settings(&settings, arguments, look)?;
    if let Some(folder) = &look.save {
        folder::keep(folder, &collected)?;
        folder::keep_one(folder, Document::SignerSettings, &known)?;
    }
    if look.probe {
        let probed = probes::tokens(look, &settings, printer).await?;
        match &probed {
            Ok(tokens) => facts.add(Document::TenantTokens, tokens.to_string().as_bytes()),
            Err(why) => facts.refuse(Document::TenantTokens, why.clone()),
        }
        if let Some(folder) = &look.save {
            let content = probed.unwrap_or_else(|why| json!({ "error": { "code": why.replace(' ', "-") } }));
            folder::keep_one(folder, Document::TenantTokens, &content)?;
        }
    }
    facts.add(Document::SignerSettings, known.to_string().as_bytes());
    Ok(facts)
}

/// The certificate in question.
fn certificate(settings: &IdentitySettings) -> Result<(VaultUrl, String), Failure> {
    match &settings.proof {
        Proof::Certificate { vault, name, .. } => Ok((vault.clone(), name.clone())),
        Proof::CertificateId(ObjectId { vault, kind: ObjectKind::Certificate, name, .. }) => {
            Ok((vault.clone(), name.clone()))
        }
        _ => Err(Failure::usage("the doctor reads a certificate in a vault, and these settings name none").hint(
            "name it with --vault and --certificate; for anything else use `--from`, see `keystay doctor --help`",
        )),
    }
}

async fn find(vault: &VaultUrl, settings: &IdentitySettings, remote: &Remote) -> Result<ResourceId, Failure> {
    let resources = ResourceManager::new(&settings.cloud, remote.clone());
    let name = vault.name();
    let found = resources.find_vault(name).await.map_err(|error| {
        let hint = error.hint();
        Failure::failed(&error).hint(hint)
    })?;
    found.ok_or_else(|| {
        Failure::failed(format_args!("no vault `{name}` is in a subscription that you can see")).hint(
            "name it: --vault-id \"$(az keyvault show -n NAME --query id -o tsv)\"; to see it takes the role Reader",
        )
    })
}
