//! Where the keys of an issuer come from.

use std::{io, time::Duration};

use azure_core::http::{Context, Method, Request, Url};
use futures::future::{Either, select};

use super::{
    KeySource,
    keys::{KeySet, KeySetError, LARGEST_SET},
};
use crate::identity::Surroundings;

/// How long the keys may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Why the keys were not had.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    #[error("the file cannot be read: {0}")]
    File(#[from] io::Error),
    #[error("nobody answered: {0}")]
    Unreachable(azure_core::Error),
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("no answer within {} s", LIMIT.as_secs())]
    Slow,
    #[error(transparent)]
    Keys(#[from] KeySetError),
}

impl KeySource {
    /// Reads them now.
    pub(super) async fn read_keys(&self, around: &Surroundings) -> Result<KeySet, SourceError> {
        let set = match self {
            Self::File(path) => tokio::fs::read(path).await?,
            Self::Url(url) => {
                let asked = std::pin::pin!(ask(url, around));
                match select(asked, around.clock.sleep(LIMIT)).await {
                    Either::Left((answer, _)) => answer?,
                    Either::Right(((), _)) => return Err(SourceError::Slow),
                }
            }
        };
        Ok(KeySet::read(&set)?)
    }
}

/// The answer, no more of it than a set of keys can have. Redirects are not followed: the configuration says where keys
/// are.
async fn ask(url: &Url, around: &Surroundings) -> Result<Vec<u8>, SourceError> {
    let mut request = Request::new(url.clone(), Method::Get);
    request.insert_header("accept", "application/json, application/jwk-set+json");
    let answer = around.transport.send(&Context::new(), &mut request).await.map_err(SourceError::Unreachable)?;
    let status = u16::from(answer.status());
    if status != 200 {
        return Err(SourceError::Status(status));
    }
    let mut set = vec![0; LARGEST_SET];
    let length = answer.into_body().collect_into(&mut set).await.map_err(SourceError::Unreachable)?;
    set.truncate(length);
    Ok(set)
}
