//! Names of actions, and the wildcards that stand for many of them.

/// Whether a granted action covers a wanted one. Azure compares without regard to case; `*` takes any characters.
pub(super) fn covers(granted: &str, wanted: &str) -> bool {
    fits(granted.as_bytes(), wanted.as_bytes())
}

/// Walks both texts once and returns to the last star when the rest does not fit, so a long pattern cannot take exponential time.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if letter.eq_ignore_ascii_case(&text[read]) => {
                at += 1;
                read += 1;
            }
            _ => match &mut star {
                Some((after, taken)) => {
                    *taken += 1;
                    (at, read) = (*after + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_any_characters_and_case_does_not_matter() {
        assert!(covers("Microsoft.KeyVault/vaults/keys/*", "microsoft.keyvault/vaults/keys/sign/action"));
        assert!(covers("*/read", "Microsoft.KeyVault/vaults/certificates/read"));
        assert!(covers("Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write"));
        assert!(covers("*", "") && covers("a*b*c", "aXbbYc"));
        assert!(!covers("*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"));
        assert!(!covers("Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/sign/action"));
    }

    #[test]
    fn many_stars_end_soon() {
        let text = "a".repeat(2_000);
        assert!(!covers(&format!("{}b", "a*".repeat(500)), &text));
    }
}
