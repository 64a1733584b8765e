//! `[telemetry]` of the configuration.

use std::{path::Path, time::Duration};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use crate::{config::Section, limits::within};

/// Where traces and numbers go. Changes take effect at the next start.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TelemetrySettings {
    /// The collector's address, to which `/v1/traces` and `/v1/metrics` are added (OTLP/HTTP).
    pub otlp: Url,
    /// What every request to it carries; marked as sensitive, so that nothing prints their values.
    pub headers: HeaderMap,
    /// What this broker is called there (`service.name`).
    pub service_name: String,
    /// How many of a million traces that no caller began are sent.
    pub sampling_ratio: SamplingRatio,
    /// How often numbers are sent.
    pub metrics_every: Duration,
}

/// From 0 to 1, kept in millionths so that two can be compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SamplingRatio(u32);

const MILLION: f64 = 1_000_000.0;

impl SamplingRatio {
    /// Everything.
    pub const ALL: Self = Self(1_000_000);

    /// As a number from 0 to 1.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / MILLION
    }
}

impl std::str::FromStr for SamplingRatio {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to a million")]
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(Self((ratio * MILLION).round() as u32)),
            _ => Err(format!("`{text}` is no number from 0 to 1")),
        }
    }
}

/// The Protocol's default, and what may be read of a file of headers.
const METRICS_EVERY: u32 = 60;
const LARGEST_FILE: usize = 16 * 1024;

impl TelemetrySettings {
    /// For the collector at this address, with everything else as it is by default.
    pub fn to(otlp: Url) -> Result<Self, String> {
        let settings = Self {
            otlp,
            headers: HeaderMap::new(),
            service_name: "keystay".to_owned(),
            sampling_ratio: SamplingRatio::ALL,
            metrics_every: Duration::from_secs(METRICS_EVERY.into()),
        };
        settings.may_go_there().map(|()| settings)
    }

    pub(crate) fn read(mut section: Section<'_>) -> Option<Self> {
        let otlp: Option<Url> = section.required("otlp", "the collector's address, such as `http://127.0.0.1:4318`");
        section.one_of("protocol", &[("http/protobuf", ())]);
        let headers = section.file("headers_file").map(|file| {
            headers(&file).unwrap_or_else(|why| {
                let name = section.name("headers_file");
                section.mistake(format!("`{name}`: `{}` cannot be used: {why}", file.display()));
                HeaderMap::new()
            })
        });
        let service_name = section.text("service_name");
        let sampling_ratio = section.parsed("sampling_ratio");
        let metrics_every = within(&mut section, "metrics_seconds", 1..=3600);
        let settings = otlp.and_then(|otlp| {
            let settings = Self {
                otlp,
                headers: headers.unwrap_or_default(),
                service_name: service_name.unwrap_or_else(|| "keystay".to_owned()),
                sampling_ratio: sampling_ratio.unwrap_or(SamplingRatio::ALL),
                metrics_every: Duration::from_secs(metrics_every.unwrap_or(METRICS_EVERY).into()),
            };
            match settings.may_go_there() {
                Ok(()) => Some(settings),
                Err(why) => {
                    let name = section.name("otlp");
                    section.mistake(format!("`{name}` {why}"));
                    None
                }
            }
        });
        section.end();
        settings
    }

    /// Whether the collector is on this computer: no proxy is asked then.
    pub(super) fn is_here(&self) -> bool {
        match self.otlp.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// A header is a secret: it does not go over a network in the clear.
    fn may_go_there(&self) -> Result<(), String> {
        let url = &self.otlp;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("must begin with `http://` or `https://`".into());
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("must be a plain address; secrets go into `headers_file`".into());
        }
        if url.scheme() == "http" && !self.headers.is_empty() && !self.is_here() {
            return Err("must begin with `https://` where `headers_file` is sent to another computer".into());
        }
        Ok(())
    }
}

/// One header in each line, `name: value`. What is wrong is said without a word of the file.
fn headers(file: &Path) -> Result<HeaderMap, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    if text.len() > LARGEST_FILE {
        return Err("it is too large".into());
    }
    let mut headers = HeaderMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let header = line.split_once(':').and_then(|(name, value)| {
            let name: HeaderName = name.trim().parse().ok()?;
            let mut value: HeaderValue = value.trim().parse().ok()?;
            value.set_sensitive(true);
            Some((name, value))
        });
        let Some((name, value)) = header else { return Err(format!("line {} is no `name: value`", number + 1)) };
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Config, ConfigError};

    fn read(telemetry: &serde_json::Value) -> Result<Option<TelemetrySettings>, Vec<String>> {
        let document = json!({ "listen": { "socket": "keystay.sock" }, "telemetry": telemetry });
        match Config::read(&document) {
            Ok(config) => Ok(config.telemetry),
            Err(ConfigError::Mistakes { mistakes }) => Err(mistakes),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn an_address_is_enough_and_the_rest_is_as_others_have_it() {
        let settings = read(&json!({ "otlp": "http://127.0.0.1:4318", "protocol": "http/protobuf" })).unwrap().unwrap();
        assert_eq!(settings, TelemetrySettings::to("http://127.0.0.1:4318".parse().unwrap()).unwrap());
        assert_eq!((settings.service_name.as_str(), settings.sampling_ratio.as_f64()), ("keystay", 1.0));
        assert!(settings.is_here());
        let settings = json!({ "otlp": "https://otel.example", "service_name": "tokens", "sampling_ratio": 0.01, "metrics_seconds": 15 });
        let settings = read(&settings).unwrap().unwrap();
        assert!((settings.sampling_ratio.as_f64() - 0.01).abs() < 1e-9);
        assert!(!settings.is_here());
    }

    #[test]
    fn headers_are_read_from_a_file_shown_to_nobody_and_sent_in_the_clear_to_this_computer_only() {
        let file = std::env::temp_dir().join(format!("keystay-{}-otlp-headers", std::process::id()));
        std::fs::write(&file, "authorization: Bearer planted-key\n\nx-tenant: planted-team\n").unwrap();
        let with = |otlp: &str| read(&json!({ "otlp": otlp, "headers_file": file }));
        for good in ["http://127.0.0.1:4318", "http://[::1]:4318", "http://localhost:4318", "https://otel.example/otlp"]
        {
            let settings = with(good).unwrap().unwrap();
            assert_eq!(settings.headers["authorization"], "Bearer planted-key");
            assert!(!format!("{settings:?}").contains("planted"), "{settings:?}");
        }
        assert!(with("http://otel.example:4318").unwrap_err()[0].contains("`https://`"));
        std::fs::write(&file, "authorization: Bearer one\nplanted-key\n").unwrap();
        let mistakes = with("http://127.0.0.1:4318").unwrap_err();
        assert!(mistakes[0].contains("line 2") && !mistakes[0].contains("planted"), "{mistakes:?}");
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn what_cannot_work_is_told_at_once() {
        let mistakes = read(&json!({
            "otlp": "https://user:planted@otel.example", "protocol": "grpc", "sampling_ratio": 1.5,
            "metrics_seconds": 0, "endpoint": "x", "headers_file": "/nowhere/at/all",
        }));
        let mistakes = mistakes.unwrap_err();
        assert_eq!(mistakes.len(), 6, "{mistakes:#?}");
        assert!(!mistakes.concat().contains("planted"), "{mistakes:#?}");
        assert!(read(&json!({ "otlp": "ftp://127.0.0.1" })).is_err());
        assert!(read(&json!({ "sampling_ratio": 1 })).unwrap_err()[0].contains("`telemetry.otlp` is missing"));
    }
}
