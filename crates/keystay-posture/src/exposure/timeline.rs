//! An incident as data for a picture.

use serde::Serialize;
use time::OffsetDateTime;

use super::{
    credential::CredentialKind,
    length::Length,
    loot::Loot,
    response::{Response, Responses},
    setup::Setup,
};

/// Which loot works from when until when. Zero is the moment of the responses; the theft lies [`before`](Self::before).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// What was done at zero.
    pub responses: Responses,
    /// From the theft to the responses: D and the time to respond. All loot works all this time.
    pub before: Length,
    /// One bar for each thing carried away, the longest first.
    pub segments: Vec<Segment>,
    /// Moments worth a line through all bars, the earliest first. Those of no response are left out.
    pub marks: Vec<Mark>,
}

/// A bar with two parts: while the loot makes new tokens, and while only the last of them works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// The credential it was taken from.
    pub credential: CredentialKind,
    /// What it is.
    pub loot: Loot,
    /// The first part ends here; it has no length where the loot makes no tokens any more.
    pub makes_tokens_until: Length,
    /// The second part ends here.
    pub works_until: Length,
    /// The same on average.
    pub works_on_average_until: Length,
    /// Why, in a sentence or two.
    pub why: String,
}

/// A moment at which a response has taken effect everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// When.
    pub at: Length,
    /// Which response.
    pub response: Response,
}

impl Setup {
    /// The picture of a theft at `now` that is answered with `responses`, in the worst case.
    pub fn timeline(&self, responses: &Responses, now: OffsetDateTime) -> Timeline {
        let segments = self.exposure_by_loot(responses, now).into_iter().map(|exposure| Segment {
            credential: exposure.credential,
            loot: exposure.loot,
            makes_tokens_until: exposure.makes_tokens,
            works_until: exposure.bound.worst.length,
            works_on_average_until: exposure.bound.expected.length,
            why: exposure.bound.worst.why,
        });
        let mut marks: Vec<_> =
            responses.iter().map(|response| Mark { at: self.takes_effect_after(response), response }).collect();
        marks.sort_by_key(|mark| (mark.at, mark.response));
        Timeline {
            responses: responses.clone(),
            before: self.detection + self.response_time,
            segments: segments.collect(),
            marks,
        }
    }

    fn takes_effect_after(&self, response: Response) -> Length {
        match response {
            Response::Evicted | Response::KeyDisabled | Response::NetworkSevered => Length::NONE,
            Response::RoleRemoved => self.parameters.role_removal.into(),
            Response::CredentialRemoved
            | Response::RogueCredentialsRemoved
            | Response::FederatedCredentialRemoved
            | Response::AppDisabled => self.parameters.spread.into(),
        }
    }
}
