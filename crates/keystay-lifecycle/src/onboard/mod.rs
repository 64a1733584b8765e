//! How a customer's tenant comes in: a link, Entra's consent page, the way back, and a real token as the proof.
//!
//! ```text
//! link       the operator makes one for a customer; whoever holds it may begin in the customer's name
//! /join      shows what will happen; a press of the button begins an attempt, bound to this browser, and goes to Entra
//! /consented  an error? whose `state`? this browser? for the first time? only then is anything put on record
//! /done      waits for a token with every permission (Entra needs minutes at times), then tells how it ended
//! ```
//!
//! Nothing a browser brings back is believed: `tenant` names whom to ask, the token says who it is. Where the operator did
//! not name the customer's tenant, the record stays `consented` until somebody shows that it is this customer's.

mod address;
mod arrival;
mod follow;
mod look;
mod probe;
mod recheck;
mod server;
mod state_key;

pub use address::{PublicUrl, PublicUrlError};
pub use look::{AppRole, AppRoleError};
pub use probe::{Probe, ProbePath, ProbePathError};
pub use recheck::{Progress, Recheck, RecheckSettings};
pub use server::{OnboardSettings, Onboarding};
pub use state_key::{StateKey, StateKeyError};
