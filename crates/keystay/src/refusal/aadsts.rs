//! Microsoft's error codes, as far as an app-only token request can meet them.

#[allow(clippy::enum_glob_use, reason = "the table reads as a table")]
use super::RefusalKind::{self, *};

/// What a code means; codes that are not listed say nothing.
pub(super) fn meaning(code: u32) -> Option<RefusalKind> {
    TABLE.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, kind)| *kind)
}

const TABLE: &[(&[u32], RefusalKind)] = &[
    (&[700_016, 700_011, 7_000_229], NotConsented),
    (&[65_001, 650_052, 650_054, 650_056, 650_057, 90_094, 90_099], ConsentMissing),
    (&[65_004], ConsentDeclined),
    (&[500_011, 50_001], ResourceMissing),
    (&[90_002], TenantNotFound),
    (&[90_038, 900_382, 900_432], WrongCloud),
    (&[9_001_023, 90_130, 90_124, 50_194, 70_011, 700_022, 28_002, 100_007, 700_229, 700_236, 70_023], Configuration),
    (&[7_000_215, 7_000_222], Configuration),
    // one code, several causes: see `in_words`
    (&[700_027], CertificateNotRegistered),
    (&[700_023, 7_000_274, 50_012, 50_013, 50_027, 7_000_218, 900_144, 90_014], BadAssertion),
    (&[700_024], ClockSkew),
    (&[1_000_502], CertificateExpired),
    (&[7_000_214, 7_000_277], CertificateRevoked),
    (&[700_030], CertificateNotTrusted),
    (&[7_000_112, 70_001], Disabled),
    (&[53_003, 530_032], PolicyBlocked),
    (&[51_000], NotEnabled),
    (&[50_196, 90_055], Throttled),
    (&[90_006, 90_024, 90_033, 90_090, 50_000], Transient),
];

/// AADSTS700027 covers three causes and names the right one in `[Reason - …]`.
pub(super) fn in_words(kind: RefusalKind, description: &str) -> RefusalKind {
    if kind != CertificateNotRegistered {
        return kind;
    }
    let description = description.to_ascii_lowercase();
    if description.contains("expired") {
        CertificateExpired
    } else if description.contains("signature") && !description.contains("not found") {
        BadAssertion
    } else {
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_listed_twice() {
        let mut codes: Vec<u32> = TABLE.iter().flat_map(|(codes, _)| codes.iter().copied()).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }

    #[test]
    fn the_reason_inside_700027_decides() {
        let reasons = [
            ("[Reason - The key was not found., Thumbprint of key used by client: 'AB']", CertificateNotRegistered),
            ("[Reason - The key used is expired., Thumbprint …]", CertificateExpired),
            (
                "Client assertion contains an invalid signature. [Reason - The provided signature value did not match]",
                BadAssertion,
            ),
        ];
        for (text, kind) in reasons {
            assert_eq!(in_words(CertificateNotRegistered, text), kind, "{text}");
        }
    }
}
