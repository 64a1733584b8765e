//! Headlines, incidents and pictures.

use keystay_posture::exposure::{CredentialKind, Length, Loot, Mark, Response, Responses, Setup, Signing, Symbol};
use time::OffsetDateTime;

use crate::cells::{CREDENTIAL_LEFT, setup};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const A: Length = Length::minutes(90);

#[test]
fn the_headline_is_now_and_after_the_cut_and_with_all_fixes() {
    let today = Setup { home_principal_enabled: false, ..setup(CredentialKind::AppSigns, NOW) };
    let fixed = Setup { signing: Signing::Broker, ..today.clone() };
    let outlook = today.outlook(&fixed, NOW);
    assert_eq!(outlook.now.worst.length, Length::from(CREDENTIAL_LEFT) + A);
    assert_eq!(outlook.now.worst.loot, Loot::PremadeAssertion);
    assert_eq!(outlook.after_cut.worst.length, Length::minutes(5) + A);
    assert_eq!(outlook.with_fixes.worst.length, A);
    assert_eq!(outlook.incident.worst.length, Length::minutes(10 + 15 + 5) + A);
    assert_eq!(outlook.incident_with_fixes.worst.length, Length::minutes(10 + 15) + A);
    assert_eq!(outlook.incident.worst.formula, "D + response + P + A");
    assert_eq!(
        outlook.incident.worst.why,
        "Noticed after 10 min. Answered after 15 min more. An assertion signed in advance makes new tokens until Entra has \
         heard that it was removed: 5 min. The last token works 1 h 30 min more."
    );
}

#[test]
fn without_an_alert_an_incident_has_no_end_and_without_a_drill_no_known_one() {
    let mut brokered = setup(CredentialKind::Broker, NOW);
    brokered.response_time = Length::UNKNOWN;
    let incident = |setup: &Setup| setup.incident(&Responses::breach_cut(), NOW).worst;
    assert_eq!(incident(&brokered).length, Length::Unknown { at_least: (Length::minutes(10) + A).known().unwrap() });
    brokered.detection = Length::Unbounded;
    assert_eq!(incident(&brokered).length, Length::Unbounded);
    assert!(incident(&brokered).why.starts_with("No alert would tell of it."), "{}", incident(&brokered).why);
}

#[test]
fn a_picture_has_a_bar_for_each_loot_and_a_line_for_each_response() {
    let signing = setup(CredentialKind::AppSigns, NOW);
    let timeline = signing.timeline(&Responses::breach_cut(), NOW);
    assert_eq!(timeline.before, Length::minutes(25));
    let bars: Vec<_> =
        timeline.segments.iter().map(|one| (one.loot, one.makes_tokens_until, one.works_until)).collect();
    let (none, spread) = (Length::NONE, Length::minutes(5));
    assert_eq!(
        bars,
        [
            (Loot::PremadeAssertion, spread, spread + A),
            (Loot::OwnCertificate, spread, spread + A),
            (Loot::VaultToken, none, A),
            (Loot::AccessToken, none, A),
        ]
    );
    assert!(timeline.marks.is_sorted_by_key(|mark| mark.at));
    assert_eq!(timeline.marks[0], Mark { at: none, response: Response::Evicted });
    assert_eq!(timeline.marks.last(), Some(&Mark { at: Length::minutes(10), response: Response::RoleRemoved }));
    assert_eq!(timeline.marks.len(), 7);
    let json = serde_json::to_value(&timeline).unwrap();
    assert_eq!(json["before"], serde_json::json!({ "state": "known", "seconds": 1_500 }));
    assert_eq!(json["segments"][0]["loot"], "premade_assertion");
    assert_eq!(json["responses"][0], "evicted");
}

#[test]
fn every_symbol_is_explained() {
    for symbol in Symbol::ALL {
        assert!(!symbol.meaning().is_empty() && !symbol.source().is_empty(), "{symbol}");
        assert!(!symbol.evidence().to_string().is_empty(), "{symbol}");
    }
}
