//! A theft as a picture: one bar for each thing carried away, as SVG inside the HTML report. Every shape has an end of its own
//! (`{}`): SVG has no elements that end by themselves.

use std::time::Duration;

use keystay_posture::exposure::{Length, Response, Segment, Timeline};
use maud::{Markup, html};

const WIDTH: f64 = 1010.0;
const LEFT: f64 = 350.0;
const RIGHT: f64 = 112.0;
const BAR: f64 = 18.0;
const ROW: f64 = 34.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 8.0;

/// Where the axis begins to grow by factors instead of by steps: what matters lies between minutes and a year.
const BEND: f64 = 15.0 * 60.0;

const TICKS: [(u64, &str); 8] = [
    (0, "0"),
    (3_600, "1 h"),
    (6 * 3_600, "6 h"),
    (86_400, "1 day"),
    (7 * 86_400, "1 week"),
    (30 * 86_400, "30 days"),
    (90 * 86_400, "90 days"),
    (365 * 86_400, "1 year"),
];

/// The axis that several pictures share, so that they can be compared by looking.
pub(super) struct Axis {
    longest: f64,
}

impl Axis {
    /// Long enough for everything in these pictures that has an end.
    pub(super) fn of<'a>(timelines: impl Iterator<Item = &'a Timeline>) -> Self {
        let ends = timelines.flat_map(|timeline| &timeline.segments).map(|segment| known(segment.works_until));
        let longest = ends.max().unwrap_or_default().max(Duration::from_secs(6 * 3_600));
        Self { longest: longest.as_secs_f64() * 1.1 }
    }

    fn at(&self, span: Duration) -> f64 {
        let part = (span.as_secs_f64() / BEND).ln_1p() / (self.longest / BEND).ln_1p();
        LEFT + part.min(1.0) * (WIDTH - LEFT - RIGHT)
    }

    /// Where a length ends in the picture: without end, at its right edge.
    fn end(&self, length: Length) -> f64 {
        match length {
            Length::Unbounded => WIDTH - RIGHT,
            other => self.at(known(other)),
        }
    }
}

/// What is sure of a length.
fn known(length: Length) -> Duration {
    match length {
        Length::Known(span) => span,
        Length::Unknown { at_least } => at_least,
        Length::Unbounded => Duration::ZERO,
    }
}

/// Draws one answer to a theft. The words beside it say the same for whoever cannot see it.
pub(super) fn picture(timeline: &Timeline, axis: &Axis, title: &str) -> Markup {
    let rows = timeline.segments.len();
    let height = TOP + ROW * count(rows) + BOTTOM;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(spoken(timeline, title)) {
            @for (seconds, words) in TICKS.iter().filter(|tick| Duration::from_secs(tick.0).as_secs_f64() <= axis.longest) {
                @let x = axis.at(Duration::from_secs(*seconds));
                line.tick x1=(x) x2=(x) y1=(TOP - 4.0) y2=(height - BOTTOM) {}
                text.tick x=(x) y=(TOP - 12.0) text-anchor="middle" { (words) }
            }
            @for (index, segment) in timeline.segments.iter().enumerate() {
                (bar(segment, axis, TOP + ROW * count(index) + (ROW - BAR) / 2.0))
            }
            @for (x, words) in marks(timeline, axis) {
                line.mark x1=(x) x2=(x) y1=(TOP - 4.0) y2=(height - BOTTOM) { title { (words) } }
            }
        }
    }
}

fn bar(segment: &Segment, axis: &Axis, y: f64) -> Markup {
    let start = axis.at(Duration::ZERO);
    let makes = axis.end(segment.makes_tokens_until);
    let works = axis.end(segment.works_until);
    let sure = !matches!(segment.works_until, Length::Unknown { .. });
    let middle = y + BAR / 2.0;
    html! {
        g {
            title { (segment.why) }
            text.loot x=(LEFT - 12.0) y=(middle - 1.0) text-anchor="end" { (segment.loot) }
            text.credential x=(LEFT - 12.0) y=(middle + 11.0) text-anchor="end" { "of: " (segment.credential) }
            @if works > start {
                rect.last x=(start) y=(y) width=(works - start) height=(BAR) rx="3" {}
            }
            @if makes > start {
                rect.makes x=(start) y=(y) width=(makes - start) height=(BAR) rx="3" {}
            }
            @if !sure {
                rect.unsure x=(works) y=(y) width=(WIDTH - RIGHT - works) height=(BAR) rx="3" {}
            }
            @let after = if sure { works } else { WIDTH - RIGHT };
            @if segment.works_until == Length::Unbounded {
                path.arrow d={ "M" (after) " " (y - 3.0) " l12 " (BAR / 2.0 + 3.0) " l-12 " (BAR / 2.0 + 3.0) " z" } {}
            }
            @let length = if sure { segment.works_until.to_string() } else { "not known".to_owned() };
            text.length x=(after + if segment.works_until == Length::Unbounded { 16.0 } else { 6.0 }) y=(middle + 4.0) { (length) }
        }
    }
}

/// One line for all responses that take effect at the same moment.
fn marks(timeline: &Timeline, axis: &Axis) -> Vec<(f64, String)> {
    let mut marks: Vec<(f64, String)> = Vec::new();
    for mark in timeline.marks.iter().filter(|mark| mark.response != Response::Evicted) {
        let x = axis.end(mark.at);
        let words = format!("{} (after {})", mark.response.words(), mark.at);
        match marks.iter_mut().find(|known| (known.0 - x).abs() < 0.5) {
            Some((_, others)) => *others = format!("{others}; {words}"),
            None => marks.push((x, words)),
        }
    }
    marks
}

fn spoken(timeline: &Timeline, title: &str) -> String {
    let bars = timeline.segments.iter().map(|segment| format!("{}: {}", segment.loot, segment.works_until));
    format!("{title}. {}", bars.collect::<Vec<_>>().join("; "))
}

/// Pictures have few rows: the number is exact.
fn count(rows: usize) -> f64 {
    f64::from(u32::try_from(rows).unwrap_or(u32::MAX))
}
