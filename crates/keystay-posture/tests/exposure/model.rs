//! One fact changed at a time.

use std::time::Duration;

use keystay_posture::exposure::{
    Certificate, CredentialKind, Ends, FederatedIdentity, KeyPlace, Length, Level, LongLivedTokens, Loot, Response,
    Responses, Setup, Signing, TokenBinding, VaultNetwork,
};
use time::OffsetDateTime;

use crate::cells::{CREDENTIAL_LEFT, setup};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const A: Length = Length::minutes(90);

fn worst(setup: &Setup, loot: Loot, responses: &Responses) -> Length {
    let exposures = setup.exposure_by_loot(responses, NOW);
    exposures.iter().find(|one| one.loot == loot).unwrap_or_else(|| panic!("no {loot:?}")).bound.worst.length
}

fn evicted(setup: &Setup) -> Length {
    setup.exposure(&Responses::eviction(), NOW).worst.length
}

#[test]
fn without_an_end_that_is_known_the_answer_is_a_state_and_no_number() {
    let mut signing = setup(CredentialKind::AppSigns, NOW);
    signing.home_principal_enabled = false;
    assert_eq!(evicted(&signing), Length::from(CREDENTIAL_LEFT) + A);
    signing.certificates[0].ends = Ends::Unknown;
    let exposure = signing.exposure(&Responses::eviction(), NOW);
    assert_eq!(
        exposure.worst.length,
        Length::Unknown { at_least: Duration::from_secs(86_400 + 5_400) },
        "the vault token is sure"
    );
    assert!(exposure.worst.why.contains("not known"), "{}", exposure.worst.why);
    signing.certificates[0].ends = Ends::Never;
    assert_eq!(evicted(&signing), Length::Unbounded);
    let mut secret = setup(CredentialKind::ClientSecret, NOW);
    secret.client_secrets = vec![Ends::Unknown];
    assert_eq!(evicted(&secret), Length::Unknown { at_least: Duration::from_secs(5_400) });
}

#[test]
fn a_thief_who_can_register_a_certificate_stays_until_it_is_found() {
    let mut signing = setup(CredentialKind::AppSigns, NOW);
    signing.own_certificate_life = Length::Unbounded;
    let exposure = signing.exposure(&Responses::eviction(), NOW);
    assert_eq!((exposure.worst.length, exposure.worst.loot), (Length::Unbounded, Loot::OwnCertificate));
    let own_removed = Responses::eviction().and(Response::CredentialRemoved);
    assert_eq!(signing.exposure(&own_removed, NOW).worst.length, Length::Unbounded, "the rogue one is still there");
    assert_eq!(signing.exposure(&Responses::breach_cut(), NOW).worst.length, Length::minutes(5) + A);
    signing.home_principal_enabled = false;
    assert_eq!(evicted(&signing), Length::from(CREDENTIAL_LEFT) + A);
    let mut behind_a_signer = setup(CredentialKind::SeparateSigner, NOW);
    behind_a_signer.own_certificate_life = Length::Unbounded;
    assert_eq!(evicted(&behind_a_signer), Length::minutes(10) + A, "a signer signs no proof for addKey");
}

#[test]
fn a_signer_without_a_cap_bounds_nothing() {
    let mut signer = setup(CredentialKind::SeparateSigner, NOW);
    signer.assertion_cap = Length::Unbounded;
    assert_eq!(evicted(&signer), Length::from(CREDENTIAL_LEFT) + A);
    signer.assertion_cap = Length::UNKNOWN;
    assert_eq!(evicted(&signer), Length::from(CREDENTIAL_LEFT) + A, "the certificate's end is sure");
}

#[test]
fn a_restricted_network_and_a_narrow_role_are_what_a_stolen_vault_token_meets() {
    let mut signing = setup(CredentialKind::AppSigns, NOW);
    let key_disabled = Responses::eviction().and(Response::KeyDisabled);
    assert_eq!(worst(&signing, Loot::VaultToken, &key_disabled), A);
    signing.signer_may_update_keys = true;
    assert_eq!(worst(&signing, Loot::VaultToken, &key_disabled), Length::days(1) + A, "the thief enables it again");
    signing.vault_network = VaultNetwork::Restricted;
    assert_eq!(worst(&signing, Loot::VaultToken, &Responses::eviction()), A);
}

#[test]
fn the_thief_chooses_whether_to_ask_for_a_long_lived_token() {
    let day = Length::seconds(86_700);
    let mut secret = setup(CredentialKind::ClientSecret, NOW);
    let removed = Responses::eviction().and(Response::CredentialRemoved);
    secret.long_lived_tokens = LongLivedTokens::OnRequest;
    assert_eq!(worst(&secret, Loot::ClientSecret, &removed), Length::minutes(5) + day);
    assert_eq!(worst(&secret, Loot::AccessToken, &removed), A, "the app asked for an ordinary one");
    let mut brokered = setup(CredentialKind::Broker, NOW);
    brokered.long_lived_tokens = LongLivedTokens::OnRequest;
    assert_eq!(evicted(&brokered), A, "a caller of the broker cannot ask for one");
    brokered.long_lived_tokens = LongLivedTokens::Requested;
    assert_eq!(evicted(&brokered), day);
    let disabled = Responses::eviction().and(Response::AppDisabled);
    assert_eq!(worst(&brokered, Loot::AccessToken, &disabled), day);
    brokered.continuous_access_evaluation = true;
    let ended = brokered.exposure(&disabled, NOW).worst;
    assert_eq!((ended.length, ended.formula.as_str()), (Length::minutes(5), "P"), "resources end it");
    assert!(ended.why.contains("heard that the app is disabled"), "{}", ended.why);
    assert_eq!(evicted(&brokered), day, "a removed credential or an eviction is no event");
    secret.long_lived_tokens = LongLivedTokens::Requested;
    secret.continuous_access_evaluation = true;
    assert_eq!(
        worst(&secret, Loot::ClientSecret, &disabled),
        Length::minutes(5) + A,
        "an ordinary token hears no event"
    );
    brokered.long_lived_tokens = LongLivedTokens::NotGiven;
    assert_eq!(worst(&brokered, Loot::AccessToken, &disabled), A, "nor does an ordinary one of the app");
}

#[test]
fn a_thief_who_is_still_inside_takes_every_token_until_the_app_is_disabled() {
    let brokered = setup(CredentialKind::Broker, NOW);
    let exposure = brokered.exposure(&Responses::default(), NOW);
    assert_eq!((exposure.worst.length, exposure.worst.loot), (Length::Unbounded, Loot::Foothold));
    assert_eq!(exposure.worst.formula, "∞");
    let disabled = Responses::from([Response::AppDisabled]);
    assert_eq!(brokered.exposure(&disabled, NOW).worst.length, Length::minutes(5) + A);
}

#[test]
fn found_at_a_random_moment_a_thing_has_half_its_life_left() {
    let mut key = setup(CredentialKind::ExportableKey, NOW);
    key.home_principal_enabled = false;
    let mean = Length::seconds(4_500);
    let on_average = |setup: &Setup| setup.exposure(&Responses::eviction(), NOW).expected;
    assert_eq!(on_average(&key).length, Length::from(CREDENTIAL_LEFT) + mean, "the period is not known");
    key.certificates[0].rotated_every = Some(Duration::from_secs(360 * 86_400));
    assert_eq!(on_average(&key).length, Length::days(180) + mean);
    assert!(on_average(&key).why.contains("on average"), "{}", on_average(&key).why);
    key.certificates[0].rotated_every = Some(Duration::from_secs(3_600 * 86_400));
    assert_eq!(on_average(&key).length, Length::from(CREDENTIAL_LEFT) + mean, "never longer than the worst case");
    let passive = setup(CredentialKind::AccessTokenOnly, NOW);
    assert_eq!(on_average(&passive).length, Length::seconds(2_250));
    assert_eq!(on_average(&passive).why, "A stolen access token works until it expires on average: 38 min.");
    let brokered = setup(CredentialKind::Broker, NOW);
    assert_eq!(on_average(&brokered).length, mean, "the thief asks for a fresh one");
    let federated = setup(CredentialKind::FederatedIdentity, NOW);
    assert_eq!(on_average(&federated).length, Length::minutes(12 * 60) + mean);
}

#[test]
fn the_token_of_an_outside_issuer_lives_as_long_as_it_says_and_25_hours_at_most() {
    let mut federated = setup(CredentialKind::FederatedIdentity, NOW);
    for (token_life, expected) in
        [(Length::minutes(10), Length::minutes(10)), (Length::Unbounded, Length::minutes(25 * 60))]
    {
        federated.federated_identities = vec![FederatedIdentity::Issuer { token_life }];
        assert_eq!(evicted(&federated), expected + A);
    }
}

#[test]
fn a_setup_is_as_strong_as_its_weakest_credential() {
    let levels = |setup: &Setup| (setup.level(), setup.level().number());
    let expected = [
        (CredentialKind::ClientSecret, Level::Key, 1),
        (CredentialKind::ExportableKey, Level::Key, 1),
        (CredentialKind::UnrecognisedCertificate, Level::Key, 1),
        (CredentialKind::AppSigns, Level::Signing, 2),
        (CredentialKind::FederatedIdentity, Level::Signing, 2),
        (CredentialKind::SeparateSigner, Level::Tokens, 3),
        (CredentialKind::Broker, Level::Tokens, 3),
        (CredentialKind::AccessTokenOnly, Level::Tokens, 3),
        (CredentialKind::BoundToken, Level::Bound, 4),
    ];
    for (kind, level, number) in expected {
        let setup = setup(kind, NOW);
        assert!(setup.kinds().contains(&kind), "{kind:?}");
        assert_eq!(levels(&setup), (level, number), "{kind:?}");
    }
    let mut brokered = setup(CredentialKind::Broker, NOW);
    brokered.client_secrets.push(Ends::Never);
    assert_eq!(levels(&brokered), (Level::Key, 1));
    assert_eq!(brokered.kinds(), [CredentialKind::ClientSecret, CredentialKind::Broker]);
    let mixed = Setup {
        certificates: vec![
            Certificate { ends: Ends::Never, key: KeyPlace::Vault, rotated_every: None },
            Certificate { ends: Ends::Never, key: KeyPlace::Exportable, rotated_every: None },
        ],
        signing: Signing::Broker,
        tokens: TokenBinding::Bound,
        ..Setup::default()
    };
    assert_eq!(levels(&mixed), (Level::Key, 1));
}
