//! Every caller's turnstile.

use std::{collections::HashMap, sync::Arc};

use keystay::Clock;

use super::{Limits, turnstile::Turnstile};
use crate::name::CallerName;

/// A turnstile per caller of the configuration, and one for all others together.
#[derive(Debug)]
pub(crate) struct Turnstiles {
    limits: Limits,
    each: HashMap<CallerName, Arc<Turnstile>>,
    others: Arc<Turnstile>,
}

impl Turnstiles {
    /// Those of these callers. With the same limits as before, a caller's counts go on: a reload gives nobody more.
    pub(crate) fn new<'a>(
        callers: impl Iterator<Item = &'a CallerName>,
        limits: Limits,
        clock: &Arc<dyn Clock>,
        old: Option<&Self>,
    ) -> Self {
        let old = old.filter(|old| old.limits == limits);
        let new = || Arc::new(Turnstile::new(&limits, clock.clone()));
        let each = callers.map(|name| {
            let kept = old.and_then(|old| old.each.get(name)).cloned();
            (name.clone(), kept.unwrap_or_else(new))
        });
        Self { limits, each: each.collect(), others: old.map_or_else(new, |old| old.others.clone()) }
    }

    /// The one of this caller.
    pub(crate) fn of(&self, caller: &CallerName) -> &Turnstile {
        self.each.get(caller).unwrap_or(&self.others)
    }
}
