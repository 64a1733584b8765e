//! A program that is killed at one of its requests: before it was sent, or after it had its effect and before anybody heard.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use keystay::Transport;
use tokio::sync::Notify;

/// Counts requests, and at one of them lets the program end.
pub struct Crash {
    http: reqwest::Client,
    at: usize,
    seen: AtomicUsize,
    now: Notify,
}

impl Crash {
    /// Ends the program at its `at`-th request, counted from 1.
    pub fn at(http: reqwest::Client, at: usize) -> Arc<Self> {
        Arc::new(Self { http, at, seen: AtomicUsize::new(0), now: Notify::new() })
    }

    pub fn transport(self: &Arc<Self>) -> Transport {
        Transport::new(self.clone())
    }

    /// What the program comes to, unless it is killed first: then nothing, and everything it had is dropped.
    pub async fn survive<T>(&self, program: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.now.notified() => None,
            outcome = program => Some(outcome),
        }
    }
}

impl fmt::Debug for Crash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Crash(at {})", self.at)
    }
}

#[async_trait]
impl HttpClient for Crash {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        if number < self.at {
            return self.http.execute_request(request).await;
        }
        // every second death comes after the service has done what it was asked
        if number == self.at && self.at.is_multiple_of(2) {
            let _ = self.http.execute_request(request).await;
        }
        self.now.notify_one();
        std::future::pending().await
    }
}
