//! More connections than one user should have.

use std::{
    io::Read,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use crate::{
    raw::{reasons, target},
    support::{House, SECRET},
};

/// One user takes all the connections it can get on the socket; there are some left for others, and none of the
/// others' doors is blocked.
#[tokio::test(flavor = "multi_thread")]
async fn one_user_cannot_have_all_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // both ends of all connections are here
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let house = House::start().await;
    let most = 1024;
    let mut held: Vec<UnixStream> = (0..most).map(|_| UnixStream::connect(house.socket()).unwrap()).collect();
    let refused = tokio::task::spawn_blocking({
        let socket = house.socket();
        move || {
            let mut one_more = UnixStream::connect(socket).unwrap();
            one_more.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            one_more.read(&mut [0; 16]).unwrap_or(0)
        }
    });
    assert_eq!(refused.await.unwrap(), 0, "one connection too many was kept");
    assert_eq!(reasons(&house), ["too-many-connections"]);

    let over_tcp = reqwest::Client::new().get(house.url(&target(&house))).bearer_auth(SECRET);
    assert_eq!(over_tcp.send().await.unwrap().status(), 200);

    held.truncate(most / 2);
    // the broker notices one by one who has gone
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let over_socket = house.over_socket().get(format!("http://keystay{}", target(&house)));
        match over_socket.send().await {
            Ok(answer) => break assert_eq!(answer.status(), 200),
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    }
}
