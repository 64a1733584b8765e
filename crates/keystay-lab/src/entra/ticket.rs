//! Tickets: what a client gets from Entra only to hand it back, such as a code or a refresh token. To the client it is
//! opaque; here it is signed, so that nothing needs to be remembered about it but that it was used.

use jsonwebtoken::decode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Entra, verify::SIGNATURE_ONLY};
use crate::{directory::TokenKeyError, ids::passing_id};

/// What a ticket is for. One kind never passes for another, nor for a token: it has neither issuer nor audience.
pub(super) trait Kind: Serialize + DeserializeOwned {
    const NAME: &'static str;
    /// How long it can be redeemed, in seconds.
    const LIFE_SECS: i64;
}

#[derive(Serialize, Deserialize)]
struct Ticket<T> {
    kind: String,
    jti: Uuid,
    exp: i64,
    body: T,
}

/// A ticket that was accepted.
#[derive(Debug)]
pub(super) struct Redeemed<T> {
    pub(super) id: Uuid,
    /// Seconds since 1970.
    pub(super) expires: i64,
    pub(super) body: T,
}

/// Why a ticket was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadTicket {
    NotOurs,
    Expired,
}

impl Entra {
    pub(super) fn issue_ticket<T: Kind>(&self, body: T) -> Result<String, TokenKeyError> {
        let exp = self.clock.unix() + T::LIFE_SECS;
        self.key.get()?.sign(&Ticket { kind: T::NAME.to_owned(), jti: passing_id(), exp, body })
    }

    pub(super) fn redeem_ticket<T: Kind>(&self, text: &str) -> Result<Redeemed<T>, BadTicket> {
        let key = self.key.get().map_err(|_| BadTicket::NotOurs)?;
        let ticket = decode::<Ticket<T>>(text, key.public(), &SIGNATURE_ONLY).map_err(|_| BadTicket::NotOurs)?;
        let Ticket { kind, jti, exp, body } = ticket.claims;
        if kind != T::NAME {
            return Err(BadTicket::NotOurs);
        }
        if self.clock.unix() >= exp {
            return Err(BadTicket::Expired);
        }
        Ok(Redeemed { id: jti, expires: exp, body })
    }
}
