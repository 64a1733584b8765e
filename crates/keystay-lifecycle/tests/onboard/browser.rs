//! As much of a browser as the pages need: cookies, and redirects one at a time.

use std::{collections::BTreeMap, sync::Mutex};

use keystay_lab::Lab;
use reqwest::{Method, StatusCode, header};

/// A browser with its own cookies. HTTPS goes through the lab.
pub(crate) struct Browser {
    http: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What a browser was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> String {
        self.headers[header::LOCATION].to_str().unwrap().to_owned()
    }

    pub(crate) fn title(&self) -> &str {
        let (_, rest) = self.text.split_once("<h1>").unwrap_or_else(|| panic!("no heading: {}", self.text));
        rest.split_once("</h1>").unwrap().0
    }
}

impl Browser {
    pub(crate) fn new(lab: &Lab) -> Self {
        let http = reqwest::Client::builder()
            .proxy(reqwest::Proxy::https(lab.proxy_url()).unwrap())
            .tls_certs_only([reqwest::Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { http, cookies: Mutex::default() }
    }

    pub(crate) fn cookie(&self, name: &str) -> String {
        self.cookies.lock().unwrap()[name].clone()
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(Method::GET, url, &[], &[]).await
    }

    /// Presses the button of a page.
    pub(crate) async fn press(&self, page: &str, form: &[(&str, &str)]) -> Answer {
        let origin = url::Url::parse(page).unwrap().origin().ascii_serialization();
        self.send(Method::POST, page, &[("origin", &origin), ("sec-fetch-site", "same-origin")], form).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.http.request(method.clone(), url);
        if method == Method::POST {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        if url.starts_with("http:") {
            let cookies = self.cookies.lock().unwrap();
            let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            if !pairs.is_empty() {
                request = request.header(header::COOKIE, pairs.join("; "));
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.unwrap() }
    }
}
