//! The page at `/`, as far as it can be told without a browser.

use keystay_lab::LabOptions;
use reqwest::StatusCode;

use crate::support::{Answer, Bench};

#[tokio::test]
async fn a_browser_gets_a_page_and_a_terminal_gets_words() {
    let bench = Bench::start(LabOptions::new()).await;
    let ask = async |accept: &str| {
        let request = bench.http.get(bench.lab.control_url()).header("accept", accept);
        Answer::read(request.send().await.unwrap()).await
    };
    let page = ask("text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert!(page.body.as_str().unwrap().starts_with("<!doctype html>"), "{}", page.body);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    let words = ask("*/*").await;
    assert!(words.body.as_str().unwrap().starts_with("keystay lab"), "{}", words.body);
}

#[tokio::test]
async fn the_page_is_made_of_the_labs_own_files_and_allows_nothing_else() {
    let bench = Bench::start(LabOptions::new()).await;
    let address = bench.lab.control_url();
    let get = async |path: &str| {
        let request = bench.http.get(format!("{address}{path}")).header("accept", "text/html");
        Answer::read(request.send().await.unwrap()).await
    };
    let page = get("/").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    let text = page.body.as_str().unwrap();
    let links: Vec<_> = text.split('"').filter(|part| part.starts_with("/portal/")).collect();
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        assert_eq!(get(link).await.status, StatusCode::OK, "{link}");
    }
    for forbidden in ["http://", "https://", "style=", "onclick", "<style", "javascript:"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
}
