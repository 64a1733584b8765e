//! How long loot works: it is replayed on the moved clock, and the last second at which it works is found by bisection.

use keystay_posture::exposure::Loot;

use super::{
    azure::{Answer, Azure, GRAPH, JWT_BEARER},
    theft::{BOUND_USERS, Theft},
};

/// The clock is moved no further than this: four years.
const FURTHEST_SECS: u64 = 4 * 366 * 86_400;
/// After the end, the loot is tried again this much later: what is dead must stay dead.
const LATER_SECS: [u64; 4] = [60, 3_600, 86_400, 30 * 86_400];

/// What a thief asks Entra for besides a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Nothing.
    Plain,
    /// A token for continuous access evaluation.
    LongLived,
}

/// A thief with one thing, and the lab to use it at.
pub(crate) struct Thief<'a> {
    pub(crate) azure: &'a Azure,
    pub(crate) theft: &'a Theft,
    pub(crate) loot: Loot,
    pub(crate) asking: Asking,
    /// Times are counted from here, in seconds since 1970.
    pub(crate) from: u64,
}

impl Thief<'_> {
    /// For how many seconds the loot is of use: it makes a token at the last moment at which it can, and that token is used
    /// until it is refused. The last token of the theft itself counts as well.
    pub(crate) async fn measure(&self) -> u64 {
        let stolen = match (self.loot, self.asking) {
            (Loot::BoundToken, _) => &self.theft.bound_token,
            (Loot::AccessToken, Asking::LongLived) => &self.theft.long_lived_token,
            _ => &self.theft.access_token,
        };
        let mut works = self.seconds(async || self.uses(stolen).await).await;
        let makes = self.seconds(async || self.makes_token().await.is_some()).await;
        if let Some(last) = makes.checked_sub(1) {
            self.azure.set_unix(self.from + last);
            let last_token = self.makes_token().await.unwrap();
            works = works.max(self.seconds_from(last, async || self.uses(&last_token).await).await);
        }
        works
    }

    async fn seconds(&self, works: impl AsyncFn() -> bool) -> u64 {
        self.seconds_from(0, works).await
    }

    /// The first second at which it no longer works, given that it works at `start`; `start` if it does not.
    async fn seconds_from(&self, start: u64, works: impl AsyncFn() -> bool) -> u64 {
        let works_at = async |second: u64| {
            self.azure.set_unix(self.from + second);
            works().await
        };
        if !works_at(start).await {
            return start;
        }
        let (mut good, mut step) = (start, 60);
        let mut bad = loop {
            let next = good + step;
            assert!(next < FURTHEST_SECS, "{:?} still works after {good} s", self.loot);
            if !works_at(next).await {
                break next;
            }
            (good, step) = (next, step * 2);
        };
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            if works_at(middle).await { good = middle } else { bad = middle }
        }
        for later in LATER_SECS {
            assert!(!works_at(bad + later).await, "{:?} works again {later} s after its end", self.loot);
        }
        bad
    }

    /// A new token, if the loot makes one.
    async fn makes_token(&self) -> Option<String> {
        let (azure, theft) = (self.azure, self.theft);
        let now = azure.unix();
        // a thief's own assertions are as short as anybody's: what is measured is the key
        let claims = azure.claims(azure.customer, now, now + 300);
        let assertion = match self.loot {
            Loot::ClientSecret => return self.ask(&[("client_secret", &theft.secret)]).await,
            Loot::PrivateKey => theft.private_key.sign(&claims),
            Loot::OwnCertificate => theft.own.sign(&claims),
            Loot::ForeignKey => theft.foreign.sign(&claims),
            Loot::VaultToken => azure.vault_sign(&theft.vault_token, &theft.vault_key, &claims).await.ok()?,
            Loot::PremadeAssertion => theft.premade.clone(),
            Loot::IssuedAssertion => theft.issued.clone(),
            Loot::IdentityToken => theft.identity_token.clone(),
            Loot::AccessToken | Loot::BoundToken | Loot::Foothold => return None,
        };
        self.ask(&[("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)]).await
    }

    async fn ask(&self, proof: &[(&str, &str)]) -> Option<String> {
        let mut proof = proof.to_vec();
        if self.asking == Asking::LongLived {
            proof.push(("claims", r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#));
        }
        self.azure.ask(self.azure.customer, GRAPH, &proof).await.text("access_token")
    }

    /// Whether Graph takes a token. A bound one is tried in each way there is without its key.
    async fn uses(&self, token: &str) -> bool {
        let users = format!("{GRAPH}/v1.0/users?$top=1");
        let ways: &[(&str, &str)] = if self.loot == Loot::BoundToken {
            &[(BOUND_USERS, "mtls_pop"), (BOUND_USERS, "Bearer"), (&users, "Bearer"), (&users, "mtls_pop")]
        } else {
            &[(&users, "Bearer")]
        };
        for (url, scheme) in ways {
            let request = self.azure.http.get(*url).header("authorization", format!("{scheme} {token}"));
            if Answer::to(request).await.status.is_success() {
                return true;
            }
        }
        false
    }
}
