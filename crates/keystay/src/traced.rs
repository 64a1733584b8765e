//! Work in a span that learns why it failed.

use tracing::{Instrument, Span};

/// Does `work` in `span`. Where it fails, the span's field `error.type` is the code of the failure: a word of this
/// crate, for what else an error says may hold what others wrote.
///
/// Spans of this crate hold no tenant, token, assertion or text of somebody else: whoever collects them may send them
/// anywhere.
pub(crate) async fn traced<T, E>(
    span: Span,
    work: impl Future<Output = Result<T, E>>,
    code: impl FnOnce(&E) -> &'static str,
) -> Result<T, E> {
    let outcome = work.instrument(span.clone()).await;
    if let Err(error) = &outcome {
        span.record("error.type", code(error));
    }
    outcome
}
