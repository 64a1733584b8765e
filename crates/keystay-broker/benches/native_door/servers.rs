//! The two servers.

use std::{io::Read, sync::Arc};

use axum::{Router, routing::get};
use keystay::Transport;
use keystay_broker::{BearerHash, Broker, Config, Surroundings};
use serde_json::json;

use crate::entra::{Entra, HostIdentity, TOKEN_BYTES};

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The broker, with an Entra that answers at once. Its audit log goes to a file, as in a real setup.
pub(crate) fn broker() {
    let folder = std::env::temp_dir().join(format!("keystay-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = Config::read(&json!({
        "listen": { "loopback": "127.0.0.1:0" },
        "audit": { "file": folder.join("audit.jsonl") },
        "identities": { "graph": {
            "client_id": "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa",
            "home_tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "key": { "federated_identity": "managed-identity" },
        } },
        "limits": { "requests_per_second": 10_000_000 },
        "callers": { "load": { "bearer_sha256": BearerHash::of(SECRET).to_hex() } },
        "rules": [{ "callers": "load", "identities": "graph", "tenants": "*", "scopes": "*" }],
    }))
    .unwrap();
    runtime().block_on(async {
        let surroundings = Surroundings {
            transport: Transport::new(Arc::new(Entra::default())),
            credential: Some(Arc::new(HostIdentity)),
            ..Surroundings::default()
        };
        let broker = Broker::start(&config, surroundings).await.unwrap();
        println!("{}", broker.loopback().unwrap());
        until_parent_ends().await;
        broker.stop().await;
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

/// As many bytes, and nothing else.
pub(crate) fn floor() {
    runtime().block_on(async {
        let body = json!({ "access_token": "x".repeat(TOKEN_BYTES), "rest": "x".repeat(300) }).to_string();
        let router = Router::new().route("/v1/token", get(move || std::future::ready(body.clone())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        tokio::select! {
            outcome = axum::serve(listener, router) => outcome.unwrap(),
            () = until_parent_ends() => {}
        }
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

async fn until_parent_ends() {
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
}
