//! From settings to a client.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use keystay::{
    Certificate, Client, LocalKey, Secret, SigningKey, Transport, Vault, VaultCredential, VaultKey, VaultUrl,
};

use crate::{
    diagnostics::Failure,
    printer::Printer,
    settings::{Proof, Settings},
};

/// The client these settings describe. Finds the key, which asks the vault once.
pub(crate) async fn connect(settings: &Settings, printer: &mut Printer) -> Result<Client, Failure> {
    let transport = Transport::default();
    let vault = |url: &VaultUrl| -> Result<Vault, Failure> {
        let credential = credential(&settings.vault_credential, &transport)?;
        Ok(Vault::new(url, credential, transport.clone())?)
    };
    let mut builder = Client::builder(settings.client_id).cloud(settings.cloud.clone()).transport(transport.clone());
    builder = match &settings.proof {
        Proof::Certificate { vault: url, name } => {
            builder.key(Arc::new(VaultKey::from_certificate_name(&vault(url)?, name).await?))
        }
        Proof::CertificateId(id) => builder.key(Arc::new(VaultKey::from_certificate_id(&vault(&id.vault)?, id).await?)),
        Proof::KeyId { id, certificate_file } => {
            let text = read(certificate_file)?;
            let certificate = Certificate::from_pem(&String::from_utf8_lossy(&text)).map_err(|error| {
                Failure::usage(format_args!("`{}` cannot be used", certificate_file.display())).because(error)
            })?;
            builder.key(Arc::new(VaultKey::from_key_id(&vault(&id.vault)?, id, certificate).await?))
        }
        Proof::PemFile(path) => {
            let text = Secret::new(
                String::from_utf8(read(path)?)
                    .map_err(|_| Failure::usage(format_args!("`{}` is not a PEM text", path.display())))?,
            );
            builder.key(insecure(LocalKey::from_pem(path.display().to_string(), &text).await?, printer))
        }
        Proof::PfxFile { path, password } => {
            let key = LocalKey::from_pkcs12(path.display().to_string(), &read(path)?, password).await?;
            builder.key(insecure(key, printer))
        }
        Proof::FederatedIdentity(identity) => builder.federated_identity(credential(identity, &transport)?),
    };
    if settings.rs256 {
        builder = builder.rs256();
    }
    if settings.refuse_exportable {
        builder = builder.refuse_exportable_keys();
    }
    Ok(builder.build()?)
}

fn credential(name: &VaultCredential, transport: &Transport) -> Result<Arc<dyn keystay::TokenCredential>, Failure> {
    name.connect(transport).map_err(|error| {
        Failure::usage(format_args!("the identity `{name}` is not available here"))
            .cause(error)
            .hint("on a developer's computer use `--vault-credential azure-cli` after `az login`")
    })
}

fn insecure(key: LocalKey, printer: &mut Printer) -> Arc<dyn SigningKey> {
    printer.warning(format_args!(
        "the private key of `{}` lies in a file: whoever copies it has every tenant until the certificate ends; keep it in a vault",
        key.id()
    ));
    Arc::new(key)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display())).map_err(Failure::from)
}
