//! Names of actions, and the wildcards that stand for many of them.

/// Whether a pattern of a role covers an action. Azure compares without regard to case; `*` stands for any characters.
///
/// The last star that matched is where the walk resumes when the rest does not fit, so the time is at most the product of
/// the two lengths, whatever the pattern.
pub(super) fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut next, mut at) = (0, 0);
    let mut resume = None;
    while at < action.len() {
        if pattern.get(next) == Some(&b'*') {
            resume = Some((next + 1, at));
            next += 1;
        } else if pattern.get(next).is_some_and(|letter| letter.eq_ignore_ascii_case(&action[at])) {
            next += 1;
            at += 1;
        } else if let Some((after_star, taken)) = resume {
            resume = Some((after_star, taken + 1));
            (next, at) = (after_star, taken + 1);
        } else {
            return false;
        }
    }
    pattern[next..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_what_they_cover() {
        let sign = "Microsoft.KeyVault/vaults/keys/sign/action";
        for (pattern, covered) in [
            ("*", true),
            ("Microsoft.KeyVault/vaults/keys/sign/action", true),
            ("microsoft.keyvault/VAULTS/keys/SIGN/action", true),
            ("Microsoft.KeyVault/vaults/keys/*", true),
            ("Microsoft.KeyVault/*/action", true),
            ("Microsoft.KeyVault/*/sign/*", true),
            ("*/action", true),
            ("*s*i*g*n*", true),
            ("Microsoft.KeyVault/vaults/keys/*/read", false),
            ("*/read", false),
            ("Microsoft.KeyVault/vaults/keys/sign", false),
            ("Microsoft.KeyVault/vaults/keys/sign/action/more", false),
            ("", false),
        ] {
            assert_eq!(covers(pattern, sign), covered, "{pattern}");
        }
        assert!(covers("*", "") && covers("", "") && !covers("a", ""));
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        assert!(!covers(&format!("{}b", "*a".repeat(400)), &"a".repeat(4_000)));
    }
}
