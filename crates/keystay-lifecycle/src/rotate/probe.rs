//! Real tokens by the new version, before anybody depends on it.

use std::{sync::Arc, time::Duration};

use keystay::{Client, RefusalKind, Scopes, SigningKey, Tenant};

use super::{Progress, RotateError, Rotation};

/// Between two tokens of one tenant: another replica of the token service may answer the next one.
const PAUSE: Duration = Duration::from_secs(2);
/// After a refusal; doubles.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Rotation {
    /// Asks each sample tenant for tokens until so many in a row were given out.
    ///
    /// One refusal as "not registered" begins the count anew: a replica that has not heard of the certificate would refuse
    /// a customer as well.
    pub(super) async fn probe(&self, key: Arc<dyn SigningKey>, progress: Progress<'_>) -> Result<(), RotateError> {
        let client = Client::builder(self.settings.app)
            .cloud(self.settings.cloud.clone())
            .key(key)
            .transport(self.remote.transport.clone())
            .clock(self.remote.clock.clone())
            .build()?;
        for tenant in &self.settings.samples {
            self.probe_tenant(&client, tenant, progress).await?;
        }
        Ok(())
    }

    async fn probe_tenant(&self, client: &Client, tenant: &Tenant, progress: Progress<'_>) -> Result<(), RotateError> {
        let scopes: Scopes =
            format!("{}/.default", self.settings.cloud.graph()).parse().unwrap_or_else(|_| Scopes::graph());
        let (start, mut wait) = (self.clock.elapsed(), FIRST_WAIT);
        let mut in_a_row = 0;
        loop {
            // without a cached token, refusal or assertion: each probe is a whole exchange
            client.invalidate(tenant);
            match client.token(tenant, &scopes).await {
                Ok(_) => {
                    in_a_row += 1;
                    progress(&format!("{tenant}: token {in_a_row} of {}", self.settings.probes));
                    if in_a_row >= self.settings.probes {
                        return Ok(());
                    }
                    self.clock.sleep(PAUSE).await;
                }
                Err(error) => {
                    in_a_row = 0;
                    let unknown = error.refusal().is_some_and(|it| it.kind() == RefusalKind::CertificateNotRegistered);
                    if !unknown && matches!(error.retry(), keystay::Retry::Never) {
                        return Err(RotateError::Probe { tenant: tenant.clone(), error });
                    }
                    if self.clock.elapsed().saturating_sub(start) >= self.settings.patience {
                        return Err(RotateError::Patience { tenant: tenant.clone(), error });
                    }
                    progress(&format!("{tenant}: not yet ({error}); again in {} s", wait.as_secs()));
                    self.clock.sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }
}
