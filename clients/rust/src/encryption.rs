//! What only the private key undoes: encrypted with the public key, by the vault or here.

use azure_security_keyvault_keys::{
    ResourceExt,
    models::{EncryptionAlgorithm, KeyOperationParameters},
};
use openssl::{encrypt::Encrypter, hash::MessageDigest, rsa::Padding};

use crate::{
    keys::{RSA_SIZES, create, rsa},
    lab::key_client,
    report::{Outcome, Report},
    signing::rsa_public,
};

const ALGORITHMS: [EncryptionAlgorithm; 3] =
    [EncryptionAlgorithm::RsaOaep256, EncryptionAlgorithm::RsaOaep, EncryptionAlgorithm::Rsa1_5];
const TEXT: &[u8] = b"a content key, 32 bytes in length";

pub async fn run(report: &mut Report) {
    for size in RSA_SIZES {
        let name = format!("RSA {size}: encrypt and decrypt with RSA-OAEP-256, RSA-OAEP, RSA1_5");
        report.case("encryption", &name, encrypt(size)).await;
        let name = format!("RSA {size}: wrap and unwrap with RSA-OAEP-256, RSA-OAEP, RSA1_5");
        report.case("encryption", &name, wrap(size)).await;
    }
    report.case("encryption", "encrypted by the program, decrypted by the vault", encrypted_here()).await;
}

fn operation(algorithm: &EncryptionAlgorithm, value: &[u8]) -> KeyOperationParameters {
    KeyOperationParameters { algorithm: Some(algorithm.clone()), value: Some(value.to_vec()), ..Default::default() }
}

async fn encrypt(size: i32) -> Outcome {
    let id = create(rsa(size)).await?.resource_id()?;
    let (client, version) = (key_client().await, id.version.as_deref().unwrap_or_default());
    for algorithm in ALGORITHMS {
        let body = operation(&algorithm, TEXT).try_into()?;
        let closed = client.encrypt(&id.name, body, None).await?.into_model()?.result.ok_or("nothing")?;
        let body = operation(&algorithm, &closed).try_into()?;
        let open = client.decrypt(&id.name, version, body, None).await?.into_model()?.result;
        assert_eq!(open.as_deref(), Some(TEXT), "{algorithm:?}");
    }
    Ok(())
}

async fn wrap(size: i32) -> Outcome {
    let id = create(rsa(size)).await?.resource_id()?;
    let (client, version) = (key_client().await, id.version.as_deref().unwrap_or_default());
    for algorithm in ALGORITHMS {
        let body = operation(&algorithm, TEXT).try_into()?;
        let wrapped = client.wrap_key(&id.name, body, None).await?.into_model()?.result.ok_or("nothing")?;
        let body = operation(&algorithm, &wrapped).try_into()?;
        let key = client.unwrap_key(&id.name, version, body, None).await?.into_model()?.result;
        assert_eq!(key.as_deref(), Some(TEXT), "{algorithm:?}");
    }
    Ok(())
}

async fn encrypted_here() -> Outcome {
    let key = create(rsa(2048)).await?;
    let closed = {
        let public = rsa_public(&key)?;
        let mut encrypter = Encrypter::new(&public)?;
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        encrypter.set_rsa_oaep_md(MessageDigest::sha256())?;
        encrypter.set_rsa_mgf1_md(MessageDigest::sha256())?;
        let mut closed = vec![0; encrypter.encrypt_len(TEXT)?];
        let length = encrypter.encrypt(TEXT, &mut closed)?;
        closed.truncate(length);
        closed
    };
    let id = key.resource_id()?;
    let body = operation(&EncryptionAlgorithm::RsaOaep256, &closed).try_into()?;
    let version = id.version.as_deref().unwrap_or_default();
    let open = key_client().await.decrypt(&id.name, version, body, None).await?.into_model()?.result;
    assert_eq!(open.as_deref(), Some(TEXT));
    Ok(())
}
