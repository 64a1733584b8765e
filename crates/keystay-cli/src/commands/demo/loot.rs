//! What a thief carries away, and how long it works.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::{Algorithm, AssertionGenerator, Clock, Digest, Secret, SigningKey, sign_verified};
use serde_json::json;
use uuid::Uuid;

use super::stage::{Stage, token_endpoint};
use crate::{diagnostics::Failure, moment};

/// The pace near an end that is already past: services forgive clocks that are some minutes off.
const GRACE_STEP_SECS: u64 = 15;

/// What the thief has for one customer.
pub(super) struct Loot {
    app: Uuid,
    tenant: Uuid,
    mint: Option<Mint>,
    token: Option<(Secret, u64)>,
}

/// Something that tokens can be made with, and when it ends.
enum Mint {
    /// The private key itself.
    Key(Box<AssertionGenerator>, u64),
    /// One assertion, signed by the vault while the thief was inside.
    Assertion(Secret, u64),
}

/// How long something worked.
pub(super) struct Exposure {
    pub(super) seconds: u64,
    /// How often the loot was tried.
    pub(super) tries: u32,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Working {
    Mint,
    Token,
    Nothing,
}

impl Loot {
    pub(super) fn new(app: Uuid, tenant: Uuid) -> Self {
        Self { app, tenant, mint: None, token: None }
    }

    /// A copy of the private key.
    pub(super) fn with_key(mut self, generator: AssertionGenerator) -> Self {
        let ends = moment::unix(generator.key().certificate().not_after());
        self.mint = Some(Mint::Key(Box::new(generator), ends));
        self
    }

    /// An assertion that was signed in advance.
    pub(super) fn with_assertion(mut self, assertion: Secret, ends: u64) -> Self {
        self.mint = Some(Mint::Assertion(assertion, ends));
        self
    }

    /// An access token.
    pub(super) fn with_token(mut self, token: Secret, ends: u64) -> Self {
        self.token = Some((token, ends));
        self
    }

    /// Uses it once, the way a thief does: whenever a new token can be had, it is taken.
    pub(super) async fn is_useful(&mut self, stage: &Stage) -> Result<bool, Failure> {
        Ok(self.attempt(stage).await? != Working::Nothing)
    }

    async fn attempt(&mut self, stage: &Stage) -> Result<Working, Failure> {
        let fresh = match &self.mint {
            Some(Mint::Key(generator, _)) => {
                let assertion = generator.generate(&token_endpoint(self.tenant), stage.clock.now()).await?;
                stage.exchange(self.tenant, self.app, assertion.jwt().expose()).await?
            }
            Some(Mint::Assertion(assertion, _)) => stage.exchange(self.tenant, self.app, assertion.expose()).await?,
            None => None,
        };
        if fresh.is_some() {
            self.token = fresh;
            return Ok(Working::Mint);
        }
        match &self.token {
            Some((token, _)) if stage.token_works(token).await? => Ok(Working::Token),
            _ => Ok(Working::Nothing),
        }
    }

    /// Lets time pass and tries again and again, until nothing works any more. Counted from now.
    ///
    /// Steps are half of what the loot itself says it has left, so the end is met to within seconds; every answer is
    /// the lab's own.
    pub(super) async fn measure(&mut self, stage: &Stage) -> Result<Exposure, Failure> {
        let start = stage.now();
        let mut tries = 0;
        loop {
            tries += 1;
            let now = stage.now();
            let ends = match self.attempt(stage).await? {
                Working::Nothing => return Ok(Exposure { seconds: now - start, tries }),
                Working::Mint => match self.mint {
                    Some(Mint::Key(_, ends) | Mint::Assertion(_, ends)) => ends,
                    None => now,
                },
                Working::Token => self.token.as_ref().map_or(now, |(_, ends)| *ends),
            };
            let step = match ends.checked_sub(now) {
                Some(left) if left > 0 => (left / 2).max(1),
                _ => GRACE_STEP_SECS,
            };
            stage.wait(step).await?;
        }
    }
}

/// What keystay would never make: an assertion for as long as the certificate lives.
pub(in crate::commands) async fn premade_assertion(
    key: &dyn SigningKey,
    app: Uuid,
    tenant: Uuid,
    now: u64,
    ends: u64,
) -> Result<Secret, Failure> {
    let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": key.certificate().x5t_s256() });
    let id = Uuid::new_v4();
    let claims = json!({
        "aud": token_endpoint(tenant), "iss": app, "sub": app, "jti": id, "nbf": now, "iat": now, "exp": ends,
    });
    let encode = |part: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = sign_verified(key, &Digest::of(Algorithm::Ps256, signed.as_bytes()), id).await?;
    Ok(Secret::new(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes()))))
}
