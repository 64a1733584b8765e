//! What was used in the last ten seconds.

use std::time::Duration;

/// How far back the limits look.
const LENGTH: Duration = Duration::from_secs(10);
/// The window slides in steps of a tenth of a second: its size is fixed however many calls there are.
const SLOTS: u64 = 100;
const SLOT_MILLIS: u64 = 100;

/// A sliding window.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// Units by slot, made when first used.
    slots: Vec<u32>,
    total: u32,
    /// The slot of the latest call, counted from 1970.
    latest: u64,
}

impl Window {
    /// The units used in the ten seconds before `now`, which is counted from 1970.
    pub(super) fn used(&mut self, now: Duration) -> u32 {
        self.slide(now);
        self.total
    }

    pub(super) fn add(&mut self, now: Duration, units: u32) {
        self.slide(now);
        if self.slots.is_empty() {
            self.slots.resize(usize::try_from(SLOTS).unwrap_or_default(), 0);
        }
        self.slots[index(self.latest)] += units;
        self.total += units;
    }

    /// How long until `units` fit under `limit`, in whole seconds; the whole window when they never do.
    pub(super) fn wait(&mut self, now: Duration, units: u32, limit: u32) -> Duration {
        self.slide(now);
        let mut left = self.total;
        for age in (0..SLOTS).rev() {
            if left + units <= limit {
                let millis = (SLOTS - 1 - age) * SLOT_MILLIS;
                return Duration::from_secs(millis.div_ceil(1000).max(1));
            }
            let slot = self.latest.checked_sub(age).map_or(0, index);
            left -= self.slots.get(slot).copied().unwrap_or_default().min(left);
        }
        LENGTH
    }

    fn slide(&mut self, now: Duration) {
        let slot = u64::try_from(now.as_millis()).unwrap_or(u64::MAX) / SLOT_MILLIS;
        // requests read the clock before they take their turn, so a little back is now; far back, the clock was set
        let slot = if self.latest.saturating_sub(slot) < SLOTS { slot.max(self.latest) } else { slot };
        if slot < self.latest || slot - self.latest >= SLOTS {
            self.slots.fill(0);
            self.total = 0;
        } else if !self.slots.is_empty() {
            for passed in self.latest + 1..=slot {
                self.total -= std::mem::take(&mut self.slots[index(passed)]);
            }
        }
        self.latest = slot;
    }
}

fn index(slot: u64) -> usize {
    usize::try_from(slot % SLOTS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ten_seconds_old_is_forgotten_and_nothing_younger() {
        let mut window = Window::default();
        let at = Duration::from_millis;
        window.add(at(1_000_000), 5);
        window.add(at(1_004_000), 7);
        assert_eq!(window.used(at(1_009_900)), 12);
        assert_eq!(window.used(at(1_010_000)), 7);
        assert_eq!(window.used(at(1_014_000)), 0);
    }

    #[test]
    fn the_wait_is_until_there_is_room() {
        let mut window = Window::default();
        let at = Duration::from_millis;
        window.add(at(1_000_000), 10);
        assert_eq!(window.wait(at(1_003_000), 1, 10), Duration::from_secs(7));
        assert_eq!(window.wait(at(1_003_000), 11, 10), Duration::from_secs(10));
    }

    #[test]
    fn a_clock_set_back_starts_a_new_window() {
        let mut window = Window::default();
        window.add(Duration::from_secs(1000), 10);
        assert_eq!(window.used(Duration::from_secs(500)), 0);
    }

    #[test]
    fn a_request_that_read_the_clock_a_little_earlier_forgets_nothing() {
        let mut window = Window::default();
        let at = Duration::from_millis;
        window.add(at(1_000_100), 5);
        window.add(at(1_000_099), 7);
        assert_eq!(window.used(at(1_000_200)), 12);
        assert_eq!(window.used(at(1_010_100)), 0);
    }
}
