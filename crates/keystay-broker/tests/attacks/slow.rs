//! Clients that take their time, so that others wait (slowloris).

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::{
    raw::{DEADLINE, answers, assert_nothing_left, good_request, impatient_house, reasons, rest},
    support::SECRET,
};

/// Sends one byte after another for as long as somebody reads them; returns what was answered, and for how long the
/// broker bore it.
async fn trickle(mut stream: TcpStream, bytes: &[u8]) -> (String, Duration) {
    let begun = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let write = async {
        for byte in bytes {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        std::future::pending::<()>().await;
    };
    let read = timeout(DEADLINE, reader.read_to_end(&mut answer));
    tokio::select! {
        () = write => {}
        read = read => drop(read.expect("the broker keeps the connection open")),
    }
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

#[tokio::test]
async fn a_head_that_arrives_byte_by_byte_is_cut_off() {
    let house = impatient_house().await;
    let stream = TcpStream::connect(house.broker.loopback().unwrap()).await.unwrap();
    let (answer, elapsed) = trickle(stream, good_request(&house, "").as_bytes()).await;
    assert!(!answer.contains(" 200 "), "{answer}");
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
    assert_nothing_left(&house);
}

#[tokio::test]
async fn a_body_that_arrives_byte_by_byte_is_cut_off_and_on_record() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    for framing in ["Content-Length: 4000", "Transfer-Encoding: chunked"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /v1/token HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {SECRET}\r\n\
             Content-Type: application/json\r\n{framing}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (answer, elapsed) = trickle(stream, "1\r\nx\r\n".repeat(600).as_bytes()).await;
        assert!(answers(&answer) <= 1 && !answer.contains(" 200 "), "{answer}");
        assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
    }
    assert_nothing_left(&house);
    assert_eq!(reasons(&house), ["slow-body", "slow-body"]);
}

#[tokio::test]
async fn a_connection_on_which_nobody_asks_is_closed() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    assert_eq!(answers(&rest(&mut silent).await), 0);
    // after an answer, too
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(good_request(&house, "").as_bytes()).await.unwrap();
    assert_eq!(answers(&rest(&mut idle).await), 1);
}

/// Answers that nobody takes fill the connection; then the broker gives it up.
#[tokio::test]
async fn a_connection_on_which_nobody_reads_is_closed() {
    let house = impatient_house().await;
    let mut stream = TcpStream::connect(house.broker.loopback().unwrap()).await.unwrap();
    let request = good_request(&house, "");
    let endless = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    timeout(DEADLINE, endless).await.expect("the broker keeps the connection open");
}
