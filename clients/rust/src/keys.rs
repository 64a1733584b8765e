//! Keys, made in the vault and brought to it.

use std::collections::HashMap;

use azure_core::time::{Duration, OffsetDateTime};
use azure_security_keyvault_keys::{
    ResourceExt,
    models::{
        CreateKeyParameters, CurveName, ImportKeyParameters, JsonWebKey, Key, KeyAttributes, KeyClientGetKeyOptions,
        KeyOperation, KeyType, UpdateKeyPropertiesParameters,
    },
};
use openssl::{
    bn::{BigNum, BigNumContext, BigNumRef},
    ec::{EcGroup, EcKey},
    nid::Nid,
    rsa::Rsa,
};

use crate::{
    lab::{Result, fresh, key_client},
    report::{Outcome, Report},
};

pub const RSA_SIZES: [i32; 3] = [2048, 3072, 4096];
/// The vault's name, the SDK's and openssl's.
pub const CURVES: [(&str, CurveName, Nid); 4] = [
    ("P-256", CurveName::P256, Nid::X9_62_PRIME256V1),
    ("P-384", CurveName::P384, Nid::SECP384R1),
    ("P-521", CurveName::P521, Nid::SECP521R1),
    ("P-256K", CurveName::P256K, Nid::SECP256K1),
];

pub async fn run(report: &mut Report) {
    let area = "keys";
    for size in RSA_SIZES {
        report.case(area, &format!("RSA {size}: create and read"), create_and_read(rsa(size))).await;
    }
    for (name, curve, _) in CURVES {
        report.case(area, &format!("EC {name}: create and read"), create_and_read(ec(curve))).await;
    }
    report.case(area, "hardware-protected key: create", hardware()).await;
    for size in RSA_SIZES {
        report.case(area, &format!("RSA {size}: import"), import_rsa(size)).await;
    }
    for (name, curve, nid) in CURVES {
        report.case(area, &format!("EC {name}: import"), import_ec(curve, nid)).await;
    }
    report.case(area, "update: disable, allow fewer operations, set dates and tags", update()).await;
    report.case(area, "new version under the same name", versions()).await;
}

pub fn rsa(size: i32) -> CreateKeyParameters {
    CreateKeyParameters { kty: Some(KeyType::Rsa), key_size: Some(size), ..Default::default() }
}

pub fn ec(curve: CurveName) -> CreateKeyParameters {
    CreateKeyParameters { kty: Some(KeyType::Ec), curve: Some(curve), ..Default::default() }
}

pub async fn create(parameters: CreateKeyParameters) -> Result<Key> {
    create_named(&fresh("key"), parameters).await
}

pub async fn create_named(name: &str, parameters: CreateKeyParameters) -> Result<Key> {
    Ok(key_client().await.create_key(name, parameters.try_into()?, None).await?.into_model()?)
}

fn jwk(key: &Key) -> &JsonWebKey {
    key.key.as_ref().expect("a key")
}

async fn create_and_read(parameters: CreateKeyParameters) -> Outcome {
    let size = parameters.key_size;
    let made = create(parameters).await?;
    if let Some(size) = size {
        assert_eq!(jwk(&made).n.as_ref().map(Vec::len), Some(usize::try_from(size)? / 8));
    }
    let id = made.resource_id()?;
    let client = key_client().await;
    let newest = client.get_key(&id.name, None).await?.into_model()?;
    let options = KeyClientGetKeyOptions { key_version: id.version, ..Default::default() };
    let by_version = client.get_key(&id.name, Some(options)).await?.into_model()?;
    assert_eq!(jwk(&newest).kid, jwk(&made).kid);
    assert_eq!(jwk(&by_version).x, jwk(&made).x);
    Ok(())
}

async fn hardware() -> Outcome {
    let made = create(CreateKeyParameters { kty: Some(KeyType::RsaHsm), ..rsa(2048) }).await?;
    assert_eq!(jwk(&made).kty, Some(KeyType::RsaHsm));
    let made = create(CreateKeyParameters { kty: Some(KeyType::EcHsm), ..ec(CurveName::P256) }).await?;
    assert_eq!(jwk(&made).kty, Some(KeyType::EcHsm));
    Ok(())
}

async fn import(key: JsonWebKey) -> Result<Key> {
    let body = ImportKeyParameters { key: Some(key), ..Default::default() };
    Ok(key_client().await.import_key(&fresh("brought"), body.try_into()?, None).await?.into_model()?)
}

async fn import_rsa(size: i32) -> Outcome {
    let mine = Rsa::generate(u32::try_from(size)?)?;
    let part = |number: Option<&BigNumRef>| number.map(BigNumRef::to_vec);
    let n = mine.n().to_vec();
    let brought = import(JsonWebKey {
        kty: Some(KeyType::Rsa),
        key_ops: Some(vec!["sign".to_owned(), "verify".to_owned()]),
        n: Some(n.clone()),
        e: Some(mine.e().to_vec()),
        d: Some(mine.d().to_vec()),
        p: part(mine.p()),
        q: part(mine.q()),
        dp: part(mine.dmp1()),
        dq: part(mine.dmq1()),
        qi: part(mine.iqmp()),
        ..Default::default()
    })
    .await?;
    assert_eq!(jwk(&brought).n, Some(n));
    assert_eq!(jwk(&brought).d, None, "what is brought stays");
    Ok(())
}

async fn import_ec(curve: CurveName, nid: Nid) -> Outcome {
    let (x, y, d) = {
        let group = EcGroup::from_curve_name(nid)?;
        let mine = EcKey::generate(&group)?;
        let size = i32::try_from(group.degree().div_ceil(8))?;
        let (mut x, mut y, mut context) = (BigNum::new()?, BigNum::new()?, BigNumContext::new()?);
        mine.public_key().affine_coordinates(&group, &mut x, &mut y, &mut context)?;
        (x.to_vec_padded(size)?, y.to_vec_padded(size)?, mine.private_key().to_vec_padded(size)?)
    };
    let brought = import(JsonWebKey {
        kty: Some(KeyType::Ec),
        crv: Some(curve),
        x: Some(x.clone()),
        y: Some(y),
        d: Some(d),
        ..Default::default()
    })
    .await?;
    assert_eq!(jwk(&brought).x, Some(x));
    Ok(())
}

async fn update() -> Outcome {
    let id = create(rsa(2048)).await?.resource_id()?;
    let end = (OffsetDateTime::now_utc() + Duration::days(30)).replace_nanosecond(0)?;
    let tags = HashMap::from([("team".to_owned(), "harbor".to_owned())]);
    let body = UpdateKeyPropertiesParameters {
        key_attributes: Some(KeyAttributes { enabled: Some(false), expires: Some(end), ..Default::default() }),
        key_ops: Some(vec![KeyOperation::Sign]),
        tags: Some(tags.clone()),
        ..Default::default()
    };
    let client = key_client().await;
    client.update_key_properties(&id.name, body.try_into()?, None).await?;
    let read = client.get_key(&id.name, None).await?.into_model()?;
    let attributes = read.attributes.as_ref().ok_or("no attributes")?;
    assert_eq!((attributes.enabled, attributes.expires), (Some(false), Some(end)));
    assert_eq!(jwk(&read).key_ops, Some(vec!["sign".to_owned()]));
    assert_eq!(read.tags, Some(tags));
    Ok(())
}

async fn versions() -> Outcome {
    let name = fresh("versions");
    let old = create_named(&name, rsa(2048)).await?;
    let new = create_named(&name, rsa(2048)).await?;
    assert_ne!(jwk(&old).kid, jwk(&new).kid);
    let client = key_client().await;
    let newest = client.get_key(&name, None).await?.into_model()?;
    assert_eq!(jwk(&newest).kid, jwk(&new).kid);
    let options = KeyClientGetKeyOptions { key_version: old.resource_id()?.version, ..Default::default() };
    let read = client.get_key(&name, Some(options)).await?.into_model()?;
    assert_eq!(jwk(&read).n, jwk(&old).n);
    Ok(())
}
