//! From nothing to a token: assertion, exchange, and a second try where one can help.

use std::{sync::Arc, time::Duration};

use tracing::field::Empty;

use crate::{
    assertion::{Assertion, AssertionStore, SMALLEST_SKEW},
    authority::{ClientId, Cloud, Tenant},
    cache::Token,
    clock::Clock,
    error::{Error, ErrorKind, Retry},
    exchange::Exchange,
    jitter::Jitter,
    refusal::{Refusal, RefusalKind},
    scopes::Scopes,
    traced::traced,
};

/// Tries of one acquisition.
const TRIES: u32 = 3;
/// The pause before the second try, half to whole of it; it triples.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// A longer Retry-After is reported and remembered instead of waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Fetches tokens; knows nothing of the cache.
pub(crate) struct Acquirer {
    pub(crate) assertions: AssertionStore,
    pub(crate) exchange: Exchange,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Jitter,
}

impl Acquirer {
    pub(crate) fn app(&self) -> ClientId {
        self.assertions.proof().app()
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        &self.exchange.cloud
    }

    pub(crate) fn forget(&self, tenant: &Tenant) {
        self.assertions.forget(tenant);
    }

    pub(crate) async fn acquire(&self, tenant: &Tenant, scopes: &Scopes) -> Result<Token, Error> {
        let mut pause = FIRST_PAUSE;
        let (mut corrected_clock, mut other_key) = (false, false);
        for tries_left in (0..TRIES).rev() {
            let epoch = self.assertions.epoch();
            let assertion = self.assertions.get(tenant).await;
            let outcome = match &assertion {
                Ok(assertion) => self.exchange(tenant, scopes, assertion).await,
                Err(error) => Err(error.clone()),
            };
            let error = match outcome {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            if !corrected_clock && assertion.is_ok_and(|assertion| self.can_be_dated_better(&assertion, &error)) {
                corrected_clock = true;
                continue;
            }
            if !other_key && self.assertions.epoch() != epoch {
                // it failed by a key that has been replaced meanwhile
                other_key = true;
                continue;
            }
            if tries_left == 0 || !is_passing(&error) {
                return Err(error);
            }
            match error.retry() {
                Retry::After(wait) if wait <= LONGEST_PAUSE => self.clock.sleep(wait).await,
                Retry::Backoff => {
                    let share = self.jitter.share(0.5, &(tenant, scopes, tries_left, self.clock.elapsed().as_millis()));
                    self.clock.sleep(pause.mul_f64(share)).await;
                    pause *= 3;
                }
                Retry::After(_) | Retry::Never => return Err(error),
            }
        }
        // the last round of the loop returns
        Err(ErrorKind::Interrupted { tenant: tenant.clone() }.into())
    }

    async fn exchange(&self, tenant: &Tenant, scopes: &Scopes, assertion: &Assertion) -> Result<Token, Error> {
        let share = self.jitter.share(0.9, &(tenant, scopes, self.clock.elapsed().as_secs()));
        let span = tracing::debug_span!(
            "exchange",
            "otel.kind" = "client",
            "http.request.method" = "POST",
            "server.address" = self.cloud().login_host(),
            "http.response.status_code" = Empty,
            "error.type" = Empty,
        );
        let proof = self.assertions.proof();
        let request = self.exchange.request(&proof, tenant, scopes, assertion);
        let issued = traced(span, request, Error::code).await?;
        tracing::debug!(%tenant, %scopes, assertion = %assertion.id(), "got a token");
        Ok(Token::new(issued, share))
    }

    /// Whether an assertion was refused for its dates and another one would have other dates: because Entra's clock was
    /// learned, now or by another request meanwhile, or because the computer's was set.
    fn can_be_dated_better(&self, assertion: &Assertion, error: &Error) -> bool {
        let Some(refusal) = error.refusal().filter(|refusal| refusal.kind() == RefusalKind::ClockSkew) else {
            return false;
        };
        self.learn_clock(refusal) || self.assertions.is_outdated(assertion)
    }

    /// Learns Entra's clock from a refusal. True when it was news.
    fn learn_clock(&self, refusal: &Refusal) -> bool {
        let Some(offset) = refusal.clock_offset() else { return false };
        if offset.abs_diff(self.assertions.offset()) < SMALLEST_SKEW {
            return false;
        }
        tracing::warn!(
            seconds = offset,
            "this computer's clock is wrong; assertions are dated by Entra's clock from now on"
        );
        self.assertions.learn_offset(offset);
        true
    }
}

/// Whether the failure passes by itself within seconds. The key has had its own tries by now.
fn is_passing(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Unreachable { .. } => true,
        ErrorKind::Refused(refusal) => matches!(refusal.kind(), RefusalKind::Transient | RefusalKind::Throttled),
        _ => false,
    }
}
