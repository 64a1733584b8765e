//! Now, after the cut, and with all fixes.

use serde::Serialize;
use time::OffsetDateTime;

use super::{bound::Bound, length::Length, response::Responses, setup::Setup};

/// The headline of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// A theft today, if afterwards only the code is redeployed. Counted from the eviction.
    pub now: Bound,
    /// The same theft, answered with the breach cut ([`Responses::breach_cut`]). Counted from the cut.
    pub after_cut: Bound,
    /// A theft from the repaired setup, if afterwards only the code is redeployed. Counted from the eviction.
    pub with_fixes: Bound,
    /// A whole incident today, from the theft: until it is noticed, until the cut is made, and what is left then.
    pub incident: Bound,
    /// The same with all fixes.
    pub incident_with_fixes: Bound,
}

impl Setup {
    /// This setup beside the same one with all fixes made.
    pub fn outlook(&self, fixed: &Self, now: OffsetDateTime) -> Outlook {
        let (eviction, cut) = (Responses::eviction(), Responses::breach_cut());
        Outlook {
            now: self.exposure(&eviction, now),
            after_cut: self.exposure(&cut, now),
            with_fixes: fixed.exposure(&eviction, now),
            incident: self.incident(&cut, now),
            incident_with_fixes: fixed.incident(&cut, now),
        }
    }

    /// One incident from the theft to the end of the last loot: D, the time to respond, and what the responses leave.
    ///
    /// What ends by itself in the meantime is not taken off: a thief who is not noticed comes back.
    pub fn incident(&self, responses: &Responses, now: OffsetDateTime) -> Bound {
        let noticed = match self.detection {
            Length::Unbounded => "No alert would tell of it.".to_owned(),
            Length::Unknown { .. } => "When somebody would notice is not known.".to_owned(),
            Length::Known(_) => format!("Noticed after {}.", self.detection),
        };
        let answered = match self.response_time {
            Length::Known(_) => format!("Answered after {} more.", self.response_time),
            _ => "How long an answer takes is not known.".to_owned(),
        };
        let because = format!("{noticed} {answered}");
        self.exposure(responses, now).after(self.detection + self.response_time, "D + response", &because)
    }
}
