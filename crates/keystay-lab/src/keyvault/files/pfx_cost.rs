//! What it would cost to open a PFX. Its maker chooses how many rounds of key derivation each part takes, and how many parts
//! there are: a file of some kilobytes can ask for hours.

use x509_parser::der_parser::{
    ber::{BerObject, BerObjectContent},
    der::parse_der,
};

use crate::keyvault::wire::VaultError;

/// Refuses a PFX that would keep a processor busy for minutes. Not seen is what lies encrypted within encrypted content; the
/// length limits that. Not documented: where the service draws the line.
pub(super) fn check(pfx: &[u8]) -> Result<(), VaultError> {
    if is_affordable(pfx) {
        return Ok(());
    }
    Err(VaultError::bad_parameter(format!(
        "The PKCS#12 content is longer than {LARGEST} bytes or asks for more than {MOST_ROUNDS} rounds of key derivation."
    )))
}

fn is_affordable(pfx: &[u8]) -> bool {
    pfx.len() <= LARGEST && rounds(pfx, 0).is_some_and(|rounds| rounds <= MOST_ROUNDS)
}

/// The rounds that all parts ask for together; none when it cannot be told.
fn rounds(der: &[u8], depth: usize) -> Option<u64> {
    match parse_der(der) {
        Ok((_, object)) => rounds_of(&object, depth),
        // salts and encrypted bytes are no DER, and what looks like it by chance is short
        Err(_) => (der.len() < 256 || !der.starts_with(&[0x30, 0x82])).then_some(0),
    }
}

fn rounds_of(object: &BerObject<'_>, depth: usize) -> Option<u64> {
    if depth > DEEPEST {
        return None;
    }
    match &object.content {
        BerObjectContent::Sequence(parts) | BerObjectContent::Set(parts) => {
            // in every algorithm of PKCS#12 and PKCS#5 the number of rounds follows the salt
            let own = parts.windows(2).map(|pair| match (&pair[0].content, &pair[1].content) {
                (BerObjectContent::OctetString(_), BerObjectContent::Integer(_)) => pair[1].as_u64().ok(),
                _ => Some(0),
            });
            own.chain(parts.iter().map(|part| rounds_of(part, depth + 1)))
                .try_fold(0_u64, |sum, more| sum.checked_add(more?))
        }
        BerObjectContent::OctetString(content) => rounds(content, depth + 1),
        // an explicit tag
        BerObjectContent::Unknown(tagged) => rounds(tagged.data, depth + 1),
        _ => Some(0),
    }
}

/// As base64 it becomes the value of a secret, which has 25 KB at most.
const LARGEST: usize = 25 * 1024 / 4 * 3;

/// Some seconds: three parts (MAC, certificates, key) with the most rounds that the library takes for one.
const MOST_ROUNDS: u64 = 3_000_000;

/// A PFX has less than twenty levels.
const DEEPEST: usize = 32;

#[cfg(test)]
mod tests {
    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry};

    use super::*;

    fn pfx(certificates: usize, rounds: u32) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let der = rcgen::CertificateParams::new(["harbor".to_owned()]).unwrap().self_signed(&key).unwrap();
        let mut store = KeyStore::new();
        for number in 0..certificates {
            let certificate = Certificate::from_der(der.der()).unwrap();
            store.add_entry(&number.to_string(), KeyStoreEntry::Certificate(certificate));
        }
        store.writer("").encryption_iterations(10).mac_iterations(rounds).write().unwrap()
    }

    #[test]
    fn the_rounds_of_all_parts_count() {
        assert_eq!(rounds(&pfx(1, 2000), 0), Some(2010));
        assert!(is_affordable(&pfx(3, 2_900_000)));
        assert!(!is_affordable(&pfx(1, 3_000_000)), "MAC and content together ask for too much");
        assert!(!is_affordable(&pfx(60, 1)), "too long for a secret");
    }

    #[test]
    fn nesting_without_end_is_no_pfx() {
        let mut der = vec![4, 0];
        while der.len() < LARGEST {
            let length = der.len().to_be_bytes();
            der.splice(0..0, [4, 0x82, length[6], length[7]]);
        }
        assert!(!is_affordable(&der));
    }
}
