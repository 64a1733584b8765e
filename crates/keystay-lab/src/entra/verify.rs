//! Checking the tokens that the lab issued: what Key Vault and Graph do with a bearer.

use std::sync::LazyLock;

use jsonwebtoken::{Algorithm, Validation, dangerous::insecure_decode_claims, decode, errors::ErrorKind};
use uuid::Uuid;

use super::{
    Entra,
    claims::{self, Claims},
};
use crate::{
    authorization::PrincipalType,
    bearer::{Caller, Principal, TokenCheck, TokenFault},
    directory::TokenKeyError,
};

/// How far a receiver's clock may be behind, in seconds. At the end of a token the lab allows nothing: how long a
/// stolen token works is a number people read off it.
const SKEW_SECS: i64 = 300;

/// The signature alone: the rest runs by the lab's clock and the lab's directory.
pub(super) static SIGNATURE_ONLY: LazyLock<Validation> = LazyLock::new(|| {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    validation
});

/// What a valid token says.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(crate) caller: Caller,
    pub(crate) issuer: String,
    /// Application permissions.
    pub(crate) roles: Vec<String>,
    /// Delegated permissions; empty for an application on its own behalf.
    pub(crate) scopes: Vec<String>,
}

impl Verified {
    /// Whether a person stands behind the token.
    pub(crate) fn is_user(&self) -> bool {
        !self.scopes.is_empty()
    }
}

impl Entra {
    /// Reads a token made for one of the names in `audience`.
    pub(crate) fn verify(&self, bearer: &str, audience: &[&str]) -> Result<Verified, TokenFault> {
        // a lab that could not make its key has signed nothing
        let key = self.key.get().map_err(|TokenKeyError| TokenFault::BadSignature)?;
        let token = decode::<Claims>(bearer, key.public(), &SIGNATURE_ONLY).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenFault::BadSignature,
            _ => TokenFault::Malformed,
        })?;
        if token.header.kid.as_deref() != Some(key.kid()) {
            return Err(TokenFault::BadSignature);
        }
        let claims = token.claims;
        let id = |name| claims::text(&claims, name).and_then(|text| Uuid::try_parse(text).ok());
        let tenant_id = id("tid").ok_or(TokenFault::Malformed)?;
        let issuer = claims::text(&claims, "iss").ok_or(TokenFault::Malformed)?;
        let own = issuer == format!("https://sts.windows.net/{tenant_id}/")
            || issuer == format!("https://login.microsoftonline.com/{tenant_id}/v2.0");
        if !own || !self.directory.read().tenants.contains_key(&tenant_id) {
            return Err(TokenFault::WrongIssuer);
        }
        let meant_for = claims::text(&claims, "aud").ok_or(TokenFault::Malformed)?;
        if !audience.contains(&meant_for) {
            return Err(TokenFault::WrongAudience);
        }
        let now = self.clock.unix();
        let time = |name| claims::seconds(&claims, name).map_err(|_| TokenFault::Malformed);
        let expires = time("exp")?.ok_or(TokenFault::Malformed)?;
        if now >= expires || time("nbf")?.is_some_and(|from| now < from - SKEW_SECS) {
            return Err(TokenFault::Expired);
        }
        let object_id = id("oid").ok_or(TokenFault::Malformed)?;
        let roles = claims.get("roles").and_then(|roles| roles.as_array());
        // As the directory has them now. The service reads a managed identity's groups from a cache that may be a day
        // old; how old is not documented, so the lab has none.
        let groups = self.directory.read().tenants.get(&tenant_id).map(|tenant| tenant.groups_of(object_id));
        let groups = groups.unwrap_or_default();
        Ok(Verified {
            caller: Caller { tenant_id, object_id, app_id: id("appid").or_else(|| id("azp")), groups },
            issuer: issuer.to_owned(),
            roles: roles.into_iter().flatten().filter_map(|role| role.as_str().map(str::to_owned)).collect(),
            scopes: claims::text(&claims, "scp").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        })
    }
}

/// The SHA-256 thumbprint (`x5t#S256`) of the certificate a token is bound to. Nothing is verified here.
pub(crate) fn bound_to(token: &str) -> Option<String> {
    let claims = insecure_decode_claims::<Claims>(token).ok()?;
    claims.get("cnf")?.get("x5t#S256")?.as_str().map(str::to_owned)
}

impl TokenCheck for Entra {
    fn check(&self, bearer: &str, audience: &[&str]) -> Result<Caller, TokenFault> {
        // Binding to a key by renegotiation, as a vault has it, is not played: a bound token is worth nothing there.
        if bound_to(bearer).is_some() {
            return Err(TokenFault::Malformed);
        }
        self.verify(bearer, audience).map(|token| token.caller)
    }

    fn principal(&self, tenant: Uuid, id: Uuid) -> Option<Principal> {
        let world = self.directory.read();
        let tenant = world.tenants.get(&tenant)?;
        if let Some(user) = tenant.user(id) {
            let user_principal_name = Some(user.user_principal_name.clone());
            return Some(Principal { kind: PrincipalType::User, user_principal_name });
        }
        let kind = if tenant.groups.contains_key(&id) { PrincipalType::Group } else { PrincipalType::ServicePrincipal };
        tenant.holds(id).then_some(Principal { kind, user_principal_name: None })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;
    use crate::{
        authorization::Authorization,
        clock::LabClock,
        directory::{Directory, TokenKey},
        entra::{Audience, Grant, Proof, Subject},
        ids::Ids,
        oidc_issuer::OidcIssuers,
        seed,
    };

    const VAULT: &[&str] = &["https://vault.azure.net"];

    fn entra() -> Entra {
        let (clock, ids) = (LabClock::new(), Ids::new(None));
        let world = seed::world(false, clock.now().into(), &ids).unwrap();
        let issuers = OidcIssuers::new(clock.clone());
        Entra {
            directory: Directory::new(world, clock.clone(), ids, Authorization::new(clock.clone())),
            clock,
            key: TokenKey::generate().unwrap().into(),
            issuers,
        }
    }

    fn host_token(entra: &Entra, resource: &str) -> (String, Caller) {
        let world = entra.directory.read();
        let identity = &world.managed_identities[0];
        let principal = &world.tenants[&world.home].principals[&identity.client_id];
        let audience = Audience::find(&world, world.home, resource).unwrap();
        let subject = Subject::app(&world, principal, &audience, Proof::Key);
        let grant = Grant::new(world.home, audience, subject, None);
        let caller = Caller {
            tenant_id: world.home,
            object_id: identity.object_id,
            app_id: Some(identity.client_id),
            groups: world.tenants[&world.home].groups_of(identity.object_id),
        };
        (entra.issue(&grant).unwrap().token, caller)
    }

    #[test]
    fn an_own_token_says_who_calls_until_it_expires() {
        let entra = entra();
        let (token, caller) = host_token(&entra, "https://vault.azure.net");
        let check: &dyn TokenCheck = &entra;
        assert_eq!(caller.groups.len(), 1, "the seed puts the host into a group");
        assert_eq!(check.check(&token, VAULT), Ok(caller));
        assert_eq!(check.check(&token, &["https://graph.microsoft.com"]), Err(TokenFault::WrongAudience));
        entra.clock.advance(Duration::from_secs(3597));
        assert!(check.check(&token, VAULT).is_ok());
        entra.clock.advance(Duration::from_secs(3));
        assert_eq!(check.check(&token, VAULT), Err(TokenFault::Expired));
    }

    #[test]
    fn tokens_of_other_labs_and_of_deleted_tenants_are_refused() {
        let (entra, other) = (entra(), entra());
        let (token, _) = host_token(&other, "https://vault.azure.net");
        assert_eq!(entra.check(&token, VAULT), Err(TokenFault::BadSignature));
        assert_eq!(entra.check("not.a.token", VAULT), Err(TokenFault::Malformed));
        let customer = entra.directory.create_tenant("gone");
        let (token, _) = host_token(&entra, "https://vault.azure.net");
        let mut world = entra.directory.write();
        world.tenants.clear();
        drop(world);
        assert_eq!(entra.check(&token, VAULT), Err(TokenFault::WrongIssuer));
        assert_ne!(customer, Uuid::nil());
    }
}
