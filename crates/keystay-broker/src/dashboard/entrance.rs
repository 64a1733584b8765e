//! Who may look: links that are good once and soon, and the sessions they open.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::{Clock, Secret};
use parking_lot::Mutex;

use crate::caller::BearerHash;

/// The sessions of one broker. They are in its memory alone, so they end with it.
#[derive(Debug)]
pub(crate) struct Entrance {
    clock: Arc<dyn Clock>,
    passes: Mutex<Passes>,
}

#[derive(Debug, Default)]
struct Passes {
    links: Vec<Pass>,
    sessions: Vec<Pass>,
}

/// A secret, known by its hash, good for one user of this computer until a moment.
///
/// The user is compared because a browser sends a cookie to every port of a host (RFC 6265, section 8.5): what another
/// user's program on another port is sent, that user cannot use here.
#[derive(Debug)]
struct Pass {
    hash: BearerHash,
    user: u32,
    // by `Clock::elapsed`: setting the clock back gives nobody more time
    ends: Duration,
}

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Useless {
    /// It was used, is too old, or never was.
    Spent,
    /// It was made for another user; it is still good for that one.
    OtherUser {
        /// Whom it was made for.
        user: u32,
    },
}

/// How long a link is good.
pub(crate) const LINK_LIFE: Duration = Duration::from_secs(60);
/// How long a session lasts.
pub(crate) const SESSION_LIFE: Duration = Duration::from_secs(8 * 3600);
/// Links and sessions at once; the oldest makes room.
const ROOM: usize = 32;

impl Entrance {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, passes: Mutex::default() }
    }

    /// The secret of a new link for `user`.
    pub(crate) fn link(&self, user: u32) -> Result<Secret, Unspecified> {
        let (secret, pass) = self.pass(user, LINK_LIFE)?;
        add(&mut self.passes.lock().links, pass, self.clock.elapsed());
        Ok(secret)
    }

    /// The secret of a new session, for the secret of a link, which is spent by it. `user` is who asks, where the
    /// system tells.
    pub(crate) fn enter(&self, link: &str, user: Option<u32>) -> Result<Secret, Useless> {
        let hash = BearerHash::of(link);
        let now = self.clock.elapsed();
        let mut passes = self.passes.lock();
        let place = passes.links.iter().position(|pass| pass.hash == hash && pass.ends > now).ok_or(Useless::Spent)?;
        let made_for = passes.links[place].user;
        if user != Some(made_for) {
            return Err(Useless::OtherUser { user: made_for });
        }
        passes.links.remove(place);
        let (secret, pass) = self.pass(made_for, SESSION_LIFE).map_err(|_| Useless::Spent)?;
        add(&mut passes.sessions, pass, now);
        Ok(secret)
    }

    /// Whether this is the secret of a session that lasts, in the hands of the user it was opened by.
    pub(crate) fn admits(&self, session: &str, user: Option<u32>) -> bool {
        let hash = BearerHash::of(session);
        let now = self.clock.elapsed();
        let passes = self.passes.lock();
        passes.sessions.iter().any(|pass| pass.hash == hash && pass.ends > now && user == Some(pass.user))
    }

    /// Ends a session.
    pub(crate) fn leave(&self, session: &str) {
        let hash = BearerHash::of(session);
        self.passes.lock().sessions.retain(|pass| pass.hash != hash);
    }

    /// When a link ends that is made now, by the clock on the wall.
    pub(crate) fn link_ends(&self) -> SystemTime {
        self.clock.now() + LINK_LIFE
    }

    fn pass(&self, user: u32, life: Duration) -> Result<(Secret, Pass), Unspecified> {
        let mut random = [0; 32];
        rand::fill(&mut random)?;
        let secret = Secret::new(BASE64_URL_SAFE_NO_PAD.encode(random));
        let hash = BearerHash::of(secret.expose());
        Ok((secret, Pass { hash, user, ends: self.clock.elapsed() + life }))
    }
}

fn add(passes: &mut Vec<Pass>, pass: Pass, now: Duration) {
    passes.retain(|pass| pass.ends > now);
    if passes.len() == ROOM {
        passes.remove(0);
    }
    passes.push(pass);
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use keystay::ManualClock;

    use super::*;

    fn entrance() -> (Entrance, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new(UNIX_EPOCH));
        (Entrance::new(clock.clone()), clock)
    }

    #[test]
    fn a_link_opens_one_session_and_then_nothing() {
        let (entrance, _) = entrance();
        let link = entrance.link(7).unwrap();
        let session = entrance.enter(link.expose(), Some(7)).unwrap();
        assert!(entrance.admits(session.expose(), Some(7)));
        assert_eq!(entrance.enter(link.expose(), Some(7)).unwrap_err(), Useless::Spent);
        assert!(!entrance.admits(link.expose(), Some(7)), "a link is no session");
        entrance.leave(session.expose());
        assert!(!entrance.admits(session.expose(), Some(7)));
    }

    #[test]
    fn a_link_is_good_for_a_minute_and_a_session_for_eight_hours() {
        let (entrance, clock) = entrance();
        let (link, late) = (entrance.link(7).unwrap(), entrance.link(7).unwrap());
        clock.advance(Duration::from_secs(59));
        let session = entrance.enter(link.expose(), Some(7)).unwrap();
        clock.advance(Duration::from_secs(1));
        assert_eq!(entrance.enter(late.expose(), Some(7)).unwrap_err(), Useless::Spent);
        clock.advance(Duration::from_secs(8 * 3600 - 2));
        assert!(entrance.admits(session.expose(), Some(7)));
        clock.advance(Duration::from_secs(1));
        assert!(!entrance.admits(session.expose(), Some(7)));
    }

    #[test]
    fn another_user_can_use_neither_link_nor_session_and_spends_nothing() {
        let (entrance, _) = entrance();
        let link = entrance.link(7).unwrap();
        for user in [None, Some(0), Some(8)] {
            assert_eq!(entrance.enter(link.expose(), user).unwrap_err(), Useless::OtherUser { user: 7 });
        }
        let session = entrance.enter(link.expose(), Some(7)).unwrap();
        assert!(!entrance.admits(session.expose(), Some(8)) && !entrance.admits(session.expose(), None));
    }

    #[test]
    fn the_oldest_link_makes_room() {
        let (entrance, _) = entrance();
        let links: Vec<_> = (0..=ROOM).map(|_| entrance.link(7).unwrap()).collect();
        assert_eq!(entrance.enter(links[0].expose(), Some(7)).unwrap_err(), Useless::Spent);
        assert!(entrance.enter(links[1].expose(), Some(7)).is_ok());
    }
}
