//! What the lab takes from its callers.

use std::time::Duration;

/// How much the lab takes from its callers before it lets go of them. The defaults suit a laptop and patient clients; a test that
/// wants to see a limit at work lowers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are open at once. The next one waits in the system's queue until another ends. Where the system
    /// allows a process fewer files, that number counts.
    pub connections: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a connection may stay silent before a request, or take for the head of one. Long enough for a client's pool.
    pub head: Duration,
    /// How long a caller has to send a body, with the service's own time.
    pub service: Duration,
    /// How long a caller may leave an answer unread.
    pub unread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2048,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(120),
            service: Duration::from_secs(30),
            unread: Duration::from_secs(60),
        }
    }
}
