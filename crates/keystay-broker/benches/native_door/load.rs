//! Connections that ask as fast as they are answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use crate::servers::SECRET;

/// What came of it.
pub(crate) struct Outcome {
    latencies: Vec<Duration>,
    took: Duration,
    pub(crate) failed: usize,
}

impl Outcome {
    pub(crate) fn per_second(&self) -> f64 {
        let answered = u32::try_from(self.latencies.len()).unwrap();
        f64::from(answered) / self.took.as_secs_f64()
    }

    /// The latency that this share of all answers did not exceed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of at most some million"
    )]
    pub(crate) fn latency(&self, share: f64) -> Duration {
        self.latencies[((self.latencies.len() - 1) as f64 * share) as usize]
    }
}

/// Each tenant once.
pub(crate) fn once_each(address: &str, tenants: u32, connections: usize) -> Outcome {
    let next = Arc::new(AtomicU32::new(0));
    run(address, connections, move |_, _| {
        let tenant = next.fetch_add(1, Ordering::Relaxed);
        (tenant < tenants).then_some(tenant)
    })
}

/// Tenants in random order until the time is over.
pub(crate) fn for_a_while(address: &str, tenants: u32, connections: usize, lasts: Duration) -> Outcome {
    run(address, connections, move |dice, started| {
        *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let tenant = u32::try_from((*dice >> 33) % u64::from(tenants)).unwrap();
        (started.elapsed() < lasts).then_some(tenant)
    })
}

fn run(
    address: &str,
    connections: usize,
    next: impl Fn(&mut u64, Instant) -> Option<u32> + Clone + Send + 'static,
) -> Outcome {
    // one thread: the load must not take the server's core
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let started = Instant::now();
        let clients: Vec<_> = (0..connections as u64)
            .map(|number| tokio::spawn(ask(address.to_owned(), number, started, next.clone())))
            .collect();
        let (mut latencies, mut failed) = (Vec::new(), 0);
        for client in clients {
            let (mut some, wrong) = client.await.unwrap();
            latencies.append(&mut some);
            failed += wrong;
        }
        let took = started.elapsed();
        latencies.sort_unstable();
        Outcome { latencies, took, failed }
    })
}

async fn ask(
    address: String,
    number: u64,
    started: Instant,
    next: impl Fn(&mut u64, Instant) -> Option<u32>,
) -> (Vec<Duration>, usize) {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut latencies, mut failed, mut dice) = (Vec::new(), 0, number + 1);
    let mut answer = vec![0; 16 * 1024];
    while let Some(tenant) = next(&mut dice, started) {
        let tenant = Uuid::from_u128(0x72f9_88bf_86f1_41af_91ab_0000_0000_0000 + u128::from(tenant));
        let request = format!(
            "GET /v1/token?identity=graph&tenant={tenant} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {SECRET}\r\n\r\n"
        );
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        failed += usize::from(!read_answer(&mut stream, &mut answer).await);
        latencies.push(asked.elapsed());
    }
    (latencies, failed)
}

/// Reads one answer; whether it is a 200.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> bool {
    let mut read = 0;
    loop {
        let count = stream.read(&mut buffer[read..]).await.unwrap();
        assert!(count > 0, "the server closed the connection");
        read += count;
        let Some(head) = buffer[..read].windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).unwrap();
        let length = text
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:").map(str::trim).map(str::to_owned)
            })
            .map_or(0, |length| length.parse::<usize>().unwrap());
        if read >= head + 4 + length {
            return text.starts_with("HTTP/1.1 200");
        }
    }
}
