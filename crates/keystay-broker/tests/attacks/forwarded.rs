//! Requests made by a server on somebody's behalf: a proxy, or a service that fetches any URL it is given (SSRF).

use serde_json::json;

use crate::{
    raw::{answers, assert_nothing_left, exchange, good_request, impatient_house, reasons},
    support::{House, SECRET},
};

#[tokio::test]
async fn a_request_worded_for_a_proxy_is_turned_away() {
    let house = impatient_house().await;
    let address = house.broker.loopback().unwrap();
    let good = good_request(&house, "");
    for (name, from, to) in [
        ("this broker's own URL", "GET /".to_owned(), format!("GET http://{address}/")),
        ("another URL", "GET /".to_owned(), "GET http://169.254.169.254/".to_owned()),
        ("another scheme", "GET /".to_owned(), "GET gopher://127.0.0.1/".to_owned()),
        ("a user in the URL", "GET /".to_owned(), format!("GET http://graph@{address}/")),
    ] {
        let answer = exchange(address, good.replacen(&from, &to, 1).as_bytes()).await;
        assert_eq!(answers(&answer), 1, "{name}: {answer}");
        assert!(answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400"), "{name}: {answer}");
    }
    let connect = format!("CONNECT vault.azure.net:443 HTTP/1.1\r\nHost: {address}\r\n\r\n{good}");
    let answer = exchange(address, connect.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answers(&answer) == 1, "{answer}");
    assert_nothing_left(&house);
    assert!(reasons(&house).contains(&"wrong-target".to_owned()));
}

#[tokio::test]
async fn marks_of_a_proxy_and_a_second_host_or_secret_are_turned_away() {
    let house = House::start().await;
    let address = house.broker.loopback().unwrap();
    let own = format!("Host: {address}\r\n");
    let secret = format!("Authorization: Bearer {SECRET}\r\n");
    for (reason, header) in [
        ("forwarded", "X-Forwarded-For: 127.0.0.1\r\n"),
        ("forwarded", "x-forwarded-host: localhost\r\n"),
        ("forwarded", "X-FORWARDED-ANYTHING: 1\r\n"),
        ("forwarded", "Forwarded: for=127.0.0.1\r\n"),
        ("forwarded", "Via: 1.1 proxy\r\n"),
        ("forwarded", "X-Real-IP: 127.0.0.1\r\n"),
        ("header-twice", &own),
        ("header-twice", "Host: evil.example\r\n"),
        ("header-twice", &secret),
        ("header-twice", "Authorization: Bearer another\r\n"),
        ("cross-site", "Origin: null\r\n"),
        ("cross-site", "Sec-Fetch-Site: same-site\r\n"),
        ("cross-site", "Sec-Fetch-Site: same-origin\r\n"),
    ] {
        let before = reasons(&house).len();
        let answer = exchange(address, good_request(&house, header).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{header}: {answer}");
        assert!(answer.contains(&format!("\"code\":\"{reason}\"")), "{header}: {answer}");
        // ten lines per reason and second: fewer are tried here
        assert_eq!(reasons(&house)[before..], [reason], "{header}");
    }
    assert_nothing_left(&house);
}

#[tokio::test]
async fn the_marks_of_a_proxy_count_on_the_unix_socket_too() {
    let house = House::start().await;
    let asked = json!({ "identity": "graph", "tenant": house.customer() });
    for header in ["x-forwarded-for", "via", "forwarded", "origin"] {
        let request = house.over_socket().get("http://keystay/v1/token").query(&asked).header(header, "evil.example");
        assert_eq!(request.send().await.unwrap().status(), 403, "{header}");
    }
    assert_nothing_left(&house);
    assert_eq!(reasons(&house).len(), 4);
}

/// Which names lead here: the address it listens on and `localhost`, with the port, and no other spelling.
#[tokio::test]
async fn other_names_of_this_computer_are_other_hosts() {
    let house = House::start().await;
    let address = house.broker.loopback().unwrap();
    let good = good_request(&house, "Connection: close\r\n");
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{}", address.port()),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        format!("127.0.0.1.evil.example:{}", address.port()),
        format!("127.1:{}", address.port()),
        format!("2130706433:{}", address.port()),
        format!("0.0.0.0:{}", address.port()),
        format!("[::1]:{}", address.port()),
        format!("localhost.:{}", address.port()),
        format!("evil@{address}"),
        format!("{address}@evil.example"),
        format!("{address}, evil.example"),
        String::new(),
    ] {
        let request = good.replace(&format!("Host: {address}"), &format!("Host: {host}"));
        let answer = exchange(address, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400"), "{host}: {answer}");
    }
    let without = good.replace(&format!("Host: {address}\r\n"), "");
    let old = without.replace("HTTP/1.1", "HTTP/1.0");
    for request in [without, old] {
        assert!(exchange(address, request.as_bytes()).await.contains(" 403 "), "{request}");
    }
    assert_nothing_left(&house);
    assert!(reasons(&house).iter().all(|reason| reason == "wrong-host" || reason == "no-http"));
}
