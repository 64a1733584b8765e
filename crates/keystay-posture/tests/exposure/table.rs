//! Every cell of the exposure table.

use std::time::Duration;

use keystay_posture::exposure::{CredentialKind, Figure, Length, Loot, Parameters};
use time::OffsetDateTime;

use crate::cells::{ASSERTION_CAP, CREDENTIAL_LEFT, Column, OWN_CERTIFICATE_LEFT, ROWS, Row, setup};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn worst(row: &Row, column: Column) -> Figure {
    let exposures = setup(row.kind, NOW).exposure_by_loot(&column.responses(), NOW);
    let found = exposures.into_iter().find(|one| one.credential == row.kind && one.loot == row.loot);
    found.unwrap_or_else(|| panic!("{:?} holds no {:?}", row.kind, row.loot)).bound.worst
}

/// The sum of a formula's symbols, from the defaults by hand.
fn value(formula: &str) -> Duration {
    let minutes = |count: u64| Duration::from_secs(count * 60);
    let of = |symbol| match symbol {
        "0" => Duration::ZERO,
        "A" => minutes(90),
        "C" => CREDENTIAL_LEFT,
        "O" => OWN_CERTIFICATE_LEFT,
        "S" => ASSERTION_CAP,
        "K" | "P" => minutes(5),
        "V" | "I" => minutes(24 * 60),
        "R" => minutes(10),
        other => panic!("{other} is no symbol"),
    };
    formula.split(" + ").map(of).sum()
}

#[test]
fn every_cell_says_what_the_table_by_hand_says() {
    for row in &ROWS {
        for (column, formula) in Column::ALL.into_iter().zip(row.formulas) {
            let figure = worst(row, column);
            let cell = format!("{} / {} / {column:?}: {}", row.kind, row.loot, figure.why);
            assert_eq!(figure.formula, formula, "{cell}");
            assert_eq!(figure.length, Length::Known(value(formula)), "{cell}");
        }
    }
}

#[test]
fn every_kind_and_every_loot_has_its_row_and_no_kind_holds_more() {
    for kind in CredentialKind::ALL {
        let rows: Vec<Loot> = ROWS.iter().filter(|row| row.kind == kind).map(|row| row.loot).collect();
        assert_eq!(rows, kind.loot(), "{kind:?}");
        let exposures = setup(kind, NOW).exposure_by_loot(&Column::Evicted.responses(), NOW);
        let mut held: Vec<Loot> = exposures.iter().filter(|one| one.credential == kind).map(|one| one.loot).collect();
        held.sort_unstable();
        let mut expected = rows.clone();
        expected.sort_unstable();
        assert_eq!(held, expected, "{kind:?}");
    }
    for loot in Loot::ALL {
        assert!(ROWS.iter().any(|row| row.loot == loot), "{loot:?}");
    }
}

#[test]
fn a_whole_setup_lasts_as_long_as_its_longest_loot() {
    for kind in CredentialKind::ALL {
        for (index, column) in Column::ALL.into_iter().enumerate() {
            let longest =
                ROWS.iter().filter(|row| row.kind == kind).map(|row| value(row.formulas[index])).max().unwrap();
            // whoever was inside also has the last access token, unless it is bound
            let token = if kind == CredentialKind::BoundToken { Duration::ZERO } else { value("A") };
            let exposure = setup(kind, NOW).exposure(&column.responses(), NOW);
            assert_eq!(exposure.worst.length, Length::Known(longest.max(token)), "{kind:?} / {column:?}");
            assert!(exposure.expected.length <= exposure.worst.length, "{kind:?} / {column:?}: {exposure:?}");
        }
    }
}

#[test]
fn the_default_numbers_are_those_of_the_facts() {
    let parameters = Parameters::default();
    assert_eq!(parameters.token_life, Duration::from_secs(5_400));
    assert_eq!(parameters.token_life_mean, Duration::from_secs(4_500));
    assert_eq!(parameters.long_lived_token_life, Duration::from_secs(86_700));
    assert_eq!(parameters.identity_token_life, Duration::from_secs(86_400));
    assert_eq!(parameters.foreign_token_life, Duration::from_secs(90_000));
    assert_eq!(parameters.spread, Duration::from_secs(300));
    assert_eq!(parameters.role_removal, Duration::from_secs(600));
    assert_eq!(parameters.clock_tolerance, Duration::from_secs(300));
}
