//! What goes wrong on a day, and when.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};

/// A time during which something is wrong. Events have no length.
#[derive(Clone, Copy, Debug)]
pub struct Spell {
    pub from: Duration,
    pub until: Duration,
    pub what: Trouble,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Trouble {
    /// Nothing listens where Entra was.
    EntraDown,
    /// 503.
    EntraBusy,
    /// 429 with Retry-After.
    EntraThrottles,
    /// An answer after twelve seconds.
    EntraSlow,
    /// A login page of a hotel, half a body, a token that is dead already.
    EntraLies,
    /// Nothing listens where the vault was.
    VaultDown,
    /// 429.
    VaultThrottles,
    /// 403: the firewall was changed.
    VaultForbids,
    /// A signature after eight seconds.
    VaultSlow,
    /// Somebody sets the computer's clock.
    ClockSet(i64),
    /// `kill -9`, and started again.
    Restart,
    /// A configuration with mistakes is to be read.
    BrokenReload,
    /// A configuration without one of the callers is read, or the whole one again.
    Reload,
    /// The disk of the audit log is full.
    DiskFull,
}

/// The plan of a day.
#[derive(Debug)]
pub struct Weather {
    spells: Vec<Spell>,
}

impl Weather {
    /// Draws the plan: something new every 2 to 30 minutes, for seconds to half an hour. Spells overlap.
    pub fn of(seed: u64, length: Duration) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut spells = Vec::new();
        let mut from = Duration::from_secs(600);
        while from < length {
            let what = draw(&mut dice);
            let lasts = match what {
                Trouble::ClockSet(_) | Trouble::Restart | Trouble::BrokenReload | Trouble::Reload => Duration::ZERO,
                _ if dice.random_bool(0.2) => Duration::from_secs(dice.random_range(600..1800)),
                _ => Duration::from_secs(dice.random_range(5..240)),
            };
            spells.push(Spell { from, until: from + lasts, what });
            from += Duration::from_secs(dice.random_range(120..1800));
        }
        Self { spells }
    }

    /// All spells in order of their beginning.
    pub fn spells(&self) -> &[Spell] {
        &self.spells
    }

    /// Whether this trouble is on now.
    pub fn is(&self, what: Trouble, now: Duration) -> bool {
        self.spells.iter().any(|spell| spell.what == what && spell.from <= now && now < spell.until)
    }

    /// Whether Entra and the vault were well all the time between.
    pub fn was_fine(&self, from: Duration, until: Duration) -> bool {
        !self.spells.iter().any(|spell| spell.what.is_upstream() && spell.from <= until && from <= spell.until)
    }
}

impl Trouble {
    fn is_upstream(self) -> bool {
        !matches!(self, Self::ClockSet(_) | Self::Restart | Self::BrokenReload | Self::Reload | Self::DiskFull)
    }
}

fn draw(dice: &mut StdRng) -> Trouble {
    match dice.random_range(0..14) {
        0 => Trouble::EntraDown,
        1 => Trouble::EntraBusy,
        2 => Trouble::EntraThrottles,
        3 => Trouble::EntraSlow,
        4 => Trouble::EntraLies,
        5 => Trouble::VaultDown,
        6 => Trouble::VaultThrottles,
        7 => Trouble::VaultForbids,
        8 => Trouble::VaultSlow,
        // right again every other time
        9 => Trouble::ClockSet(if dice.random_bool(0.5) { 0 } else { dice.random_range(-7200..7200) }),
        10 => Trouble::Restart,
        11 => Trouble::BrokenReload,
        12 => Trouble::Reload,
        _ => Trouble::DiskFull,
    }
}
