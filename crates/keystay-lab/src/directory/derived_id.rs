//! Ids that are the same in every lab.

use aws_lc_rs::digest::{SHA256, digest};
use uuid::{Builder, Uuid};

/// A GUID that follows from `parts`, so that a test or a page of the documentation can name it.
pub(crate) fn derived_id(parts: &[&[u8]]) -> Uuid {
    let hash = digest(&SHA256, &parts.join(&b"\0"[..]));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    Builder::from_random_bytes(bytes).into_uuid()
}
