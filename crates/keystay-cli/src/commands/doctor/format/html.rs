//! One page in one file: no script, nothing loaded from anywhere.

use keystay_posture::{Finding, Report, State, exposure::Responses};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::timeline::{Axis, picture};

const STYLE: &str = include_str!("report.css");

pub(super) fn write(report: &Report) -> String {
    let title = super::title(report);
    let (unwell, well): (Vec<_>, Vec<_>) = report.findings.iter().partition(|finding| !super::is_well(finding));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "keystay " span { "doctor" } }
                    p { (title) }
                }
                main {
                    (headline(report))
                    (pictures(report))
                    section {
                        h2 { "What to change" }
                        p.quiet { (super::counted(report)) }
                        @if unwell.is_empty() { p { "Nothing." } }
                        @for finding in unwell { (card(finding)) }
                        @for stale in &report.stale_acceptances {
                            article.fail {
                                h3 { span.state { "ACCEPT FILE" } " " (stale.id) ": " (stale.problem) }
                                p { (stale.resource) }
                            }
                        }
                    }
                    section {
                        h2 { "Without a fault" }
                        table { tbody {
                            @for finding in well {
                                tr { td.id { (finding.id) } td { (finding.title) } td.quiet { (super::state(finding.state)) } }
                            }
                        } }
                    }
                    (reading())
                }
            }
        }
    }
    .into_string()
}

fn headline(report: &Report) -> Markup {
    html! {
        section.headline aria-label="How long a theft lasts" {
            @for (index, (words, bound)) in super::headline(&report.outlook).into_iter().enumerate() {
                div.figure.{ "figure-" (index) } {
                    p.words { (words) }
                    p.length { (bound.worst.length) }
                    p.quiet { (bound.worst.why) }
                    p.quiet { "On average: " (bound.expected.length) }
                }
            }
        }
    }
}

/// What a thief carries away today and how long each of it works, under three answers, to one scale.
fn pictures(report: &Report) -> Markup {
    let (evicted, cut) = (Responses::eviction(), Responses::breach_cut());
    let pictures = [
        ("Today, if only the code is redeployed", report.setup.timeline(&evicted, report.at)),
        ("Today, answered with the breach cut", report.setup.timeline(&cut, report.at)),
        ("With all fixes, if only the code is redeployed", report.repaired.timeline(&evicted, report.at)),
    ];
    let axis = Axis::of(pictures.iter().map(|(_, timeline)| timeline));
    html! {
        section {
            h2 { "What a thief carries away, and how long it works" }
            p.legend {
                span.makes {} " makes new tokens "
                span.last {} " only the last token works "
                span.mark {} " an answer has taken effect. Counted from the answer; the scale grows by factors."
            }
            @for (title, timeline) in &pictures {
                figure {
                    figcaption { (title) }
                    div.picture { (picture(timeline, &axis, title)) }
                }
            }
        }
    }
}

fn card(finding: &Finding) -> Markup {
    let state = match finding.state {
        State::Fail => "fail",
        State::Accepted => "accepted",
        _ => "unknown",
    };
    html! {
        article.(state).(super::severity(finding.severity)) id=(finding.id) {
            h3 {
                span.state { (super::state(finding.state)) } " "
                span.severity { (super::severity(finding.severity)) } " "
                (finding.id) ": " (finding.title)
            }
            dl {
                @for seen in &finding.seen {
                    dt { "seen" } dd { code { (seen.document) " " (seen.path) } " " (seen.value) }
                }
                @for missing in &finding.missing { dt { "missing" } dd { (missing) } }
                @if finding.state != State::Unknown { dt { "why" } dd { (finding.why) } }
                @if let Some(effect) = finding.effect.as_ref().filter(|effect| effect.changes_anything()) {
                    dt { "effect" } dd.effect { (super::effect(effect)) }
                }
                @if !finding.fix.is_empty() { dt { "fix" } dd { pre { code { (finding.fix.join("\n")) } } } }
                @if !finding.may_break.is_empty() { dt { "may break" } dd { (finding.may_break) } }
                @if let Some(acceptance) = &finding.acceptance { dt { "accepted" } dd { (super::accepted(acceptance)) } }
                @if !finding.sources.is_empty() {
                    dt { "also" }
                    dd.quiet { (finding.sources.iter().map(super::source).collect::<Vec<_>>().join(" · ")) }
                }
            }
        }
    }
}

fn reading() -> Markup {
    html! {
        section.reading {
            h2 { "How to read this" }
            p { "Lengths are worst cases unless they say otherwise. They count from the moment of the answer: a thief who is not \
                 noticed is not answered, and a whole incident is that time as well." }
            p { "They rest on documented behaviour of Entra and Key Vault, and on assumptions where nothing is documented: that a \
                 removed credential is refused within five minutes, and that Entra does not limit how far ahead an assertion may be \
                 dated. " code { "docs/exposure.md" } " names each of them and what was measured in the lab." }
            p { "UNKNOWN means that a document was not there or could not be read. It is not a pass, and the numbers take it for \
                 the worse." }
        }
    }
}
