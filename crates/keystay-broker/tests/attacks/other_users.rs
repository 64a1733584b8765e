//! Another user of this computer.
//!
//! Becoming another user takes root. Without it, the tests turn the story round: the caller is somebody else, and this
//! user is the stranger.

use std::{
    os::unix::process::CommandExt,
    process::{Command, Output},
};

use keystay_broker::BearerHash;
use serde_json::json;

use crate::{
    raw::{assert_nothing_left, reasons, target},
    support::{House, SECRET},
};

/// The user without rights (`nobody`).
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// curl as another user; as this one without root.
async fn curl(arguments: Vec<String>) -> Output {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "20", "--write-out", " %{http_code}"]).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    tokio::task::spawn_blocking(move || command.output().expect("curl cannot be run")).await.unwrap()
}

/// Who is refused: `nobody` where curl can run as it, else everybody but a user that does not exist.
fn callers_of_somebody_else() -> u32 {
    let own = rustix::process::getuid().as_raw();
    if is_root() { own } else { own + 1 }
}

#[tokio::test]
async fn another_user_on_the_socket_gets_nothing() {
    let house = House::with(|config| config["callers"]["local"] = json!({ "uid": callers_of_somebody_else() })).await;
    let socket = house.socket().display().to_string();
    let url = format!("http://keystay{}", target(&house));
    let said = curl(vec!["--unix-socket".into(), socket, url]).await;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(text.ends_with(" 401") && text.contains("unknown-peer"), "{text}");
    assert_nothing_left(&house);
    let line = &house.events("turned-away")[0];
    let user = if is_root() { NOBODY } else { rustix::process::getuid().as_raw() };
    assert_eq!(line["reason"], "unknown-peer");
    assert!(line["peer"].as_str().unwrap().starts_with(&format!("uid {user} pid ")), "{line}");
}

/// A secret that was copied out of another user's process.
#[tokio::test]
async fn the_right_secret_from_the_wrong_user_gets_nothing() {
    let house = House::with(|config| {
        config["callers"]["reports"] = json!({
            "bearer_sha256": BearerHash::of(SECRET).to_hex(),
            "bearer_user": callers_of_somebody_else().to_string(),
        });
    })
    .await;
    let secret = format!("Authorization: Bearer {SECRET}");
    let over_tcp = curl(vec!["--header".into(), secret.clone(), house.url(&target(&house))]).await;
    let socket = house.socket().display().to_string();
    let url = format!("http://keystay{}", target(&house));
    let over_socket = curl(vec!["--header".into(), secret, "--unix-socket".into(), socket, url]).await;
    for said in [over_tcp, over_socket] {
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(text.ends_with(" 401") && text.contains("wrong-user"), "{text}");
    }
    assert_nothing_left(&house);
    assert_eq!(reasons(&house), ["wrong-user", "wrong-user"]);
}

/// The same pin lets the right user in, so that the refusal above means something.
#[tokio::test]
async fn the_right_secret_from_the_right_user_gets_a_token() {
    let user = if is_root() { NOBODY } else { rustix::process::getuid().as_raw() };
    let house = House::with(|config| {
        config["callers"]["reports"] =
            json!({ "bearer_sha256": BearerHash::of(SECRET).to_hex(), "bearer_user": user.to_string() });
    })
    .await;
    let secret = format!("Authorization: Bearer {SECRET}");
    let said = curl(vec!["--header".into(), secret, house.url(&target(&house))]).await;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(text.ends_with(" 200"), "{text}");
    assert_eq!(house.events("granted")[0]["evidence"], json!({ "by": "bearer", "uid": user }));
}
