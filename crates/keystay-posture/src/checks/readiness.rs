//! Whether a breach could be ended.

use super::{
    Notes, Posture,
    check::{Check, Subject, sources, told},
};
use crate::{
    exposure::Length,
    facts::{Document as D, Place},
    finding::Severity,
};

pub(super) static DRILLED: Check = Check {
    id: "KS036",
    slug: "breach-drilled",
    title: "Somebody who is still there can remove the app's credentials, and did so in a drill in the last 90 days",
    severity: Severity::High,
    about: Subject::App,
    why: "Removing the registered certificate is the one act that ends what was signed in advance. In a breach it has to \
          work at the first try, by somebody who has the right without the stolen app's help.",
    may_break: "Nothing: the drill runs in the lab or on an app of its own.",
    sources: sources![Mcsb "PA-4"],
    needs: &[D::BreachDrill, D::Owners],
    also_reads: &[],
    look: drilled,
    repair: Some(|_, setup| setup.response_time = REHEARSED),
};

/// What a rehearsed team needs, from being told until the credential is removed: an assumption, to be replaced by the
/// measurement of the drill.
const REHEARSED: Length = Length::minutes(15);

fn drilled(posture: &Posture<'_>, notes: &mut Notes) {
    let owners = notes.know(posture.facts.owners());
    notes.fix("# on an app made for it: time `keystay breach cut --yes` until a token is refused, and record that");
    let Some(drill) = notes.know(posture.facts.breach_drill()) else { return };
    let at = |field: &str| Place { document: D::BreachDrill, path: format!("$.{field}") };
    let record = &drill.value;
    notes.judge(
        record.succeeded,
        &at("succeeded"),
        format!("succeeded: {}, in {} s", record.succeeded, record.seconds),
    );
    let recent = record.at <= posture.now && record.at >= posture.now - posture.limits.review_age;
    notes.judge(recent, &at("at"), told(record.at));
    let owner = owners.unwrap_or_default().iter().find(|owner| owner.id.eq_ignore_ascii_case(&record.principal));
    match (owner, &record.directory_role) {
        (Some(owner), _) => notes.saw(&owner.place, "who did it still owns the app"),
        (None, Some(role)) => notes.saw(&at("directory_role"), format!("who did it has the directory role {role}")),
        (None, None) if owners.is_some() => notes.fault(&at("principal"), "who did it owns the app no more"),
        (None, None) => {}
    }
}
