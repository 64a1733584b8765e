//! A process that has ended, and whoever goes on with its connection.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    process::Command,
    time::Duration,
};

use crate::{
    raw::{assert_nothing_left, reasons, target},
    support::House,
};

/// Connects as a process of its own and hands the connection over: its id may belong to anybody from then on.
const HAND_OVER: &str = r"
import socket, sys
broker = socket.socket(socket.AF_UNIX); broker.connect(sys.argv[1])
if len(sys.argv) > 3: broker.sendall(sys.argv[3].encode()); broker.recv(100000)
heir = socket.socket(socket.AF_UNIX); heir.connect(sys.argv[2])
socket.send_fds(heir, [b'x'], [broker.fileno()])
";

/// The connection of a process that has ended since.
fn inherited(house: &House, first: Option<&str>) -> UnixStream {
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
    let will = house.folder.join("will.sock");
    let listener = std::os::unix::net::UnixListener::bind(&will).unwrap();
    let mut command = Command::new("python3");
    command.args(["-c", HAND_OVER]).arg(house.socket()).arg(&will).args(first);
    let mut child = command.spawn().expect("python3 cannot be run");
    let (heir, _) = listener.accept().unwrap();
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(&heir, &mut [std::io::IoSliceMut::new(&mut byte)], &mut control, RecvFlags::empty()).unwrap();
    let mut handed = None;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(mut connections) = message {
            handed = connections.next();
        }
    }
    assert!(child.wait().unwrap().success());
    UnixStream::from(handed.expect("no connection was handed over"))
}

fn ask(house: &House, mut connection: UnixStream) -> String {
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(connection, "GET {} HTTP/1.1\r\nHost: keystay\r\nConnection: close\r\n\r\n", target(house)).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_of_a_process_that_ended_is_nobodys() {
    let house = House::start().await;
    let answer = tokio::task::block_in_place(|| ask(&house, inherited(&house, None)));
    // by the first request the broker may not even have taken the connection: then it is closed without a word
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_nothing_left(&house);
}

/// While it lived it was a caller; what comes after is somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_good_is_not_when_its_process_has_ended() {
    let house = House::start().await;
    let first = format!("GET {} HTTP/1.1\r\nHost: keystay\r\n\r\n", target(&house));
    let answer = tokio::task::block_in_place(|| ask(&house, inherited(&house, Some(&first))));
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("peer-gone"), "{answer}");
    assert_eq!(house.events("granted").len(), 1);
    assert_eq!(reasons(&house), ["peer-gone"]);
}
