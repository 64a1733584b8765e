//! What can be wrong with a token.

/// Why a token proves nothing. The words tell the holder of the token what to repair, and repeat nothing of it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtFault {
    /// Longer than any token of a workload.
    #[error("the token is too long for a token of a workload")]
    TooLong,
    /// Not a signed JWT, or one that asks for something this broker does not do.
    #[error("this is not a signed JWT as workloads have them")]
    Malformed,
    /// No signature, or one that everybody could make.
    #[error("the token is not signed with an algorithm for public keys")]
    Algorithm,
    /// Nobody the configuration trusts.
    #[error("the token's issuer is not one the broker trusts")]
    Issuer,
    /// The issuer has no such key.
    #[error("the token was not signed with a key its issuer has published")]
    Key,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// Right, and meant for somebody else.
    #[error("the token is meant for another audience")]
    Audience,
    /// Too late.
    #[error("the token has expired")]
    Expired,
    /// Too early.
    #[error("the token is not valid yet")]
    NotYet,
    /// The subject is no caller.
    #[error("the token's subject is not a caller")]
    Subject,
    /// It was used before.
    #[error("the token was used before; tokens of this issuer are good for one use")]
    Spent,
    /// It cannot be told whether it was used before.
    #[error(
        "tokens of this issuer are good for one use, and this one has no `jti` and `iat`, or is older than the broker"
    )]
    NotSpendable,
    /// More tokens than can be remembered.
    #[error("too many tokens of this issuer are in use to remember one more")]
    TooManySpent,
    /// The issuer's keys cannot be had.
    #[error("the keys of the token's issuer are not available at present")]
    KeysNotAvailable,
}

impl JwtFault {
    /// A stable name, for scripts, metrics and the audit log.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "jwt-too-long",
            Self::Malformed => "jwt-malformed",
            Self::Algorithm => "jwt-algorithm",
            Self::Issuer => "jwt-issuer",
            Self::Key => "jwt-key",
            Self::Signature => "jwt-signature",
            Self::Audience => "jwt-audience",
            Self::Expired => "jwt-expired",
            Self::NotYet => "jwt-not-yet",
            Self::Subject => "jwt-subject",
            Self::Spent => "jwt-spent",
            Self::NotSpendable => "jwt-not-spendable",
            Self::TooManySpent => "jwt-too-many",
            Self::KeysNotAvailable => "jwt-keys-not-available",
        }
    }

    /// Whether the same token can be good a little later.
    pub fn passes(self) -> bool {
        matches!(self, Self::NotYet | Self::TooManySpent | Self::KeysNotAvailable)
    }
}
