//! How much work a PKCS#12 file asks of its reader: the rounds of its key derivations, which its maker chose.

use der::{AnyRef, Decode as _, Reader as _, SliceReader, Tag, Tagged as _};

use crate::keyvault::wire::VaultError;

/// Refuses a file that would keep a processor busy for minutes. Not documented: where the service draws the line.
pub(super) fn check_rounds(pfx: &[u8]) -> Result<(), VaultError> {
    if most_rounds(pfx, 0) <= MOST_ROUNDS {
        return Ok(());
    }
    Err(VaultError::bad_parameter(format!(
        "The PKCS#12 content asks for more than {MOST_ROUNDS} rounds of key derivation."
    )))
}

/// Wherever there are rounds, a salt stands before them: an OCTET STRING before an INTEGER (RFC 7292, appendix A; RFC 8018,
/// appendix A). What is encrypted is not looked into.
fn most_rounds(der: &[u8], depth: usize) -> u64 {
    let Ok(mut reader) = SliceReader::new(der) else { return 0 };
    let (mut most, mut after_salt) = (0, false);
    while !reader.is_finished() {
        let Ok(element) = AnyRef::decode(&mut reader) else { break };
        if element.tag() == Tag::Integer && after_salt {
            most = most.max(number(element.value()));
        }
        after_salt = element.tag() == Tag::OctetString;
        let nested = element.tag().is_constructed() || (after_salt && AnyRef::from_der(element.value()).is_ok());
        if nested && depth < DEEPEST {
            most = most.max(most_rounds(element.value(), depth + 1));
        }
    }
    most
}

fn number(big_endian: &[u8]) -> u64 {
    big_endian.iter().fold(0, |number: u64, byte| number.saturating_mul(256).saturating_add(u64::from(*byte)))
}

/// Some seconds. Programs that write such files take a few thousand to a million.
const MOST_ROUNDS: u64 = 5_000_000;

/// Deeper than any of the structures of the format.
const DEEPEST: usize = 24;
