//! `docs/exposure.md`: its tables are made from the model.

use std::{fmt::Write, fs, path::Path, time::Duration};

use keystay_posture::exposure::{CredentialKind, Length, Loot, LootExposure, Responses, Setup, Symbol};
use time::OffsetDateTime;

use crate::cells::{Column, ROWS, Row, setup};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const BEGIN: &str =
    "<!-- from the model: `KEYSTAY_WRITE_DOCS=1 cargo test -p keystay-posture --test exposure page` writes ";
const END: &str = "<!-- end -->\n";

#[test]
fn the_page_of_the_documentation_says_what_the_model_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exposure.md");
    let mut text = fs::read_to_string(&page).unwrap();
    let old = text.clone();
    for (name, table) in [("the table", formulas()), ("the lengths", lengths()), ("the symbols", symbols())] {
        let begin = format!("{BEGIN}{name} -->\n");
        let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no place for {name}"));
        let (_, after) = rest.split_once(END).unwrap();
        text = format!("{before}{begin}\n{table}\n{END}{after}");
    }
    if std::env::var_os("KEYSTAY_WRITE_DOCS").is_some() {
        fs::write(&page, &text).unwrap();
        return;
    }
    assert!(text == old, "docs/exposure.md is stale; KEYSTAY_WRITE_DOCS=1 writes it");
}

fn formulas() -> String {
    let mut table = String::from(
        "| credential | what the thief holds | evicted, nothing more | + credential removed | + rogue ones too | + key disabled \
         | + role removed | + network severed | + app disabled | breach cut |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in &ROWS {
        write!(table, "| {} | {} |", row.kind, row.loot).unwrap();
        for column in Column::ALL {
            write!(table, " {} |", worst(row, column).bound.worst.formula).unwrap();
        }
        table.push('\n');
    }
    table
}

fn worst(row: &Row, column: Column) -> LootExposure {
    let exposures = setup(row.kind, NOW).exposure_by_loot(&column.responses(), NOW);
    exposures.into_iter().find(|one| one.credential == row.kind && one.loot == row.loot).unwrap()
}

/// One credential with 243 days left, replaced every 360, of an app of which nothing else is known to be good.
fn lengths() -> String {
    let mut table = String::from(
        "| credential | level | evicted, nothing more | on average | after the breach cut | on average |\n|---|---|---|---|---|---|\n",
    );
    let told = |length: Length| length.to_string();
    for kind in CredentialKind::ALL {
        let mut setup = Setup { own_certificate_life: Length::Unbounded, ..setup(kind, NOW) };
        for certificate in &mut setup.certificates {
            certificate.rotated_every = Some(Duration::from_secs(360 * 86_400));
        }
        let mut rows = vec![(kind.to_string(), setup.clone())];
        if kind.loot().contains(&Loot::OwnCertificate) {
            rows.push((format!("{kind}; home principal disabled"), Setup { home_principal_enabled: false, ..setup }));
        }
        for (name, setup) in rows {
            let (evicted, cut) =
                (setup.exposure(&Responses::eviction(), NOW), setup.exposure(&Responses::breach_cut(), NOW));
            writeln!(
                table,
                "| {name} | {} | {} | {} | {} | {} |",
                level(kind),
                told(evicted.worst.length),
                told(evicted.expected.length),
                told(cut.worst.length),
                told(cut.expected.length),
            )
            .unwrap();
        }
    }
    table
}

fn level(kind: CredentialKind) -> &'static str {
    ["1", "2", "3", "beyond 3"][usize::from(kind.level().number()) - 1]
}

fn symbols() -> String {
    let mut table = String::from("| | what it is | how well it is known | from |\n|---|---|---|---|\n");
    for symbol in Symbol::ALL {
        writeln!(table, "| **{symbol}** | {} | {} | {} |", symbol.meaning(), symbol.evidence(), symbol.source())
            .unwrap();
    }
    table
}
