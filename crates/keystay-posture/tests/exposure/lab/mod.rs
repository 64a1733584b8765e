//! The lab proves the model: for every row of the table the theft is played and answered in each way, what was carried away
//! is replayed on the moved clock, and the measured time is the model's figure to within [`TOLERANCE_SECS`].
//!
//! P and R are dials of the lab, set to what the model says. A (90 minutes), S and the ends of what was registered are set in both
//! as well; V, I, K and the life of long-lived tokens are the lab's own, and the model has to know them.
//!
//! What the lab does not play, so that the model stands alone there: how long a disabled key, a changed network or a
//! disabled app really take (the lab's vaults hear at once; P is one dial for all of Entra), resources that end a
//! token when its app is disabled (continuous access evaluation), a thief who stays inside, and averages.

mod answer;
mod azure;
mod measure;
mod theft;

use std::time::Duration;

use keystay_posture::exposure::{Ends, LongLivedTokens, Loot, Parameters, Response, Responses, Setup};
use time::OffsetDateTime;
use tokio::sync::OnceCell;

use self::{
    answer::answer,
    azure::Azure,
    measure::{Asking, Thief},
    theft::{TOKEN_LIFE, Theft},
};
use crate::cells::{Column, ROWS, Row, setup};

/// Tokens and certificates count whole seconds, and the lab's clock runs on while a request is made.
const TOLERANCE_SECS: u64 = 5;

/// One theft for all columns: each starts again from the world it left.
async fn theft() -> &'static Theft {
    static THEFT: OnceCell<Theft> = OnceCell::const_new();
    THEFT.get_or_init(Theft::play).await
}

/// The setup of a row as the lab has it.
fn setup_of(row: &Row, theft: &Theft) -> (Setup, OffsetDateTime) {
    let moment = |unix: u64| OffsetDateTime::from_unix_timestamp(i64::try_from(unix).unwrap()).unwrap();
    let now = moment(theft.at);
    let mut setup = setup(row.kind, now);
    setup.parameters.token_life = TOKEN_LIFE;
    for secret in &mut setup.client_secrets {
        *secret = Ends::At(moment(theft.secret_ends));
    }
    for certificate in &mut setup.certificates {
        certificate.ends = Ends::At(moment(match row.loot {
            Loot::PrivateKey => theft.private_key_ends,
            Loot::ForeignKey => theft.foreign_ends,
            _ => theft.vault_key.ends,
        }));
    }
    setup.own_certificate_life = Ends::At(moment(theft.own_ends)).left(now);
    (setup, now)
}

/// The model's figure for one thing, in seconds.
fn modelled(row: &Row, setup: &Setup, responses: &Responses, now: OffsetDateTime) -> u64 {
    let exposures = setup.exposure_by_loot(responses, now);
    let found = exposures.iter().find(|one| one.credential == row.kind && one.loot == row.loot).unwrap();
    found.bound.worst.length.known().unwrap().as_secs()
}

/// Plays one column for all rows, and compares.
async fn play(column: Column) {
    let theft = theft().await;
    let azure = Azure::start(Some(theft.world.clone())).await;
    let responses = column.responses();
    answer(&azure, theft, &responses, &Parameters::default(), theft.at).await;
    let mut wrong = Vec::new();
    for row in &ROWS {
        let (setup, now) = setup_of(row, theft);
        let expected = modelled(row, &setup, &responses, now);
        let thief = Thief { azure: &azure, theft, loot: row.loot, asking: Asking::Plain, from: theft.at };
        let measured = thief.measure().await;
        if measured.abs_diff(expected) > TOLERANCE_SECS {
            wrong.push(format!("{} / {}: the model says {expected} s, the lab {measured} s", row.kind, row.loot));
        }
    }
    assert!(wrong.is_empty(), "{column:?}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn after_an_eviction_alone() {
    play(Column::Evicted).await;
}

#[tokio::test]
async fn after_the_credential_is_removed() {
    play(Column::Removed).await;
}

#[tokio::test]
async fn after_rogue_credentials_are_removed_too() {
    play(Column::RogueRemoved).await;
}

#[tokio::test]
async fn after_the_key_is_disabled() {
    play(Column::KeyDisabled).await;
}

#[tokio::test]
async fn after_the_role_is_removed() {
    play(Column::RoleRemoved).await;
}

#[tokio::test]
async fn after_the_network_is_severed() {
    play(Column::NetworkSevered).await;
}

#[tokio::test]
async fn after_the_app_is_disabled() {
    play(Column::AppDisabled).await;
}

#[tokio::test]
async fn after_the_breach_cut() {
    play(Column::Cut).await;
}

/// Tokens that live for a day: the thief asks for them, or the app did.
#[tokio::test]
async fn with_long_lived_tokens() {
    let theft = theft().await;
    let azure = Azure::start(Some(theft.world.clone())).await;
    let responses = Responses::eviction().and(Response::CredentialRemoved);
    answer(&azure, theft, &responses, &Parameters::default(), theft.at).await;
    for loot in [Loot::ClientSecret, Loot::PremadeAssertion, Loot::AccessToken] {
        let row = ROWS.iter().find(|row| row.loot == loot).unwrap();
        let (mut setup, now) = setup_of(row, theft);
        setup.long_lived_tokens = LongLivedTokens::Requested;
        let expected = modelled(row, &setup, &responses, now);
        let thief = Thief { azure: &azure, theft, loot, asking: Asking::LongLived, from: theft.at };
        let measured = thief.measure().await;
        assert!(measured.abs_diff(expected) <= TOLERANCE_SECS, "{loot}: model {expected} s, lab {measured} s");
    }
}

/// A vault may hear of a removed role at once, or after the half hour of older documentation.
#[tokio::test]
async fn however_long_a_removed_role_goes_on_counting() {
    let theft = theft().await;
    let row = ROWS.iter().find(|row| row.loot == Loot::VaultToken).unwrap();
    let responses = Column::RoleRemoved.responses();
    for minutes in [0, 30] {
        let azure = Azure::start(Some(theft.world.clone())).await;
        let (mut setup, now) = setup_of(row, theft);
        setup.parameters.role_removal = Duration::from_secs(60 * minutes);
        let expected = modelled(row, &setup, &responses, now);
        assert_eq!(expected, 60 * minutes + TOKEN_LIFE.as_secs());
        answer(&azure, theft, &responses, &setup.parameters, theft.at).await;
        let thief = Thief { azure: &azure, theft, loot: row.loot, asking: Asking::Plain, from: theft.at };
        let measured = thief.measure().await;
        assert!(measured.abs_diff(expected) <= TOLERANCE_SECS, "model {expected} s, lab {measured} s");
    }
}

/// A whole incident: noticed after D, answered some minutes later; counted from the theft.
#[tokio::test]
async fn from_the_theft_to_the_last_loot() {
    let theft = theft().await;
    let azure = Azure::start(Some(theft.world.clone())).await;
    let row = ROWS.iter().find(|row| row.loot == Loot::PremadeAssertion).unwrap();
    let (mut setup, now) = setup_of(row, theft);
    setup.home_principal_enabled = false;
    let responses = Responses::breach_cut();
    let expected = setup.incident(&responses, now).worst.length.known().unwrap().as_secs();
    let delay = (setup.detection + setup.response_time).known().unwrap().as_secs();
    answer(&azure, theft, &responses, &setup.parameters, theft.at + delay).await;
    let thief = Thief { azure: &azure, theft, loot: row.loot, asking: Asking::Plain, from: theft.at };
    let measured = thief.measure().await;
    assert!(measured.abs_diff(expected) <= TOLERANCE_SECS, "model {expected} s, lab {measured} s");
}
