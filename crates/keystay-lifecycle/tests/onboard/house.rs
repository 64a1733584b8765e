//! A lab, an app in it, and the server that brings its customers in.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use futures::future::BoxFuture;
use keystay::{Client, Clock, LocalKey, Tenant, Transport};
use keystay_lab::{Lab, LabClock, LabOptions, NewApp, graph_role};
use keystay_lifecycle::{
    onboard::{OnboardSettings, Onboarding, StateKey},
    tenants::{TenantRecord, TenantState, Tenants},
};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use uuid::Uuid;

use crate::browser::{Answer, Browser};

pub(crate) const ROLE: &str = "User.ReadBasic.All";
pub(crate) const CUSTOMER: &str = "Juniper & <Söhne>";
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// The lab's clock. Pauses are over at once, and move it; what a request may take passes in real time.
#[derive(Debug)]
pub(crate) struct LabTime(LabClock);

impl Clock for LabTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        const LONGEST_PAUSE: Duration = Duration::from_secs(16);
        if duration > LONGEST_PAUSE {
            return Box::pin(tokio::time::sleep(duration));
        }
        let clock = self.0.clone();
        Box::pin(async move {
            clock.advance(duration);
            tokio::task::yield_now().await;
        })
    }
}

pub(crate) struct House {
    pub(crate) lab: Lab,
    pub(crate) app: Uuid,
    pub(crate) client: Client,
    pub(crate) tenants: Tenants,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) onboarding: Onboarding,
    pub(crate) url: String,
    pub(crate) folder: tempfile::TempDir,
}

impl House {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings that were changed by `change`.
    pub(crate) async fn with(change: impl FnOnce(&mut OnboardSettings)) -> Self {
        Self::around(|settings, _| change(settings)).await
    }

    /// With settings that were changed by `change`, which may use the connections to the lab.
    pub(crate) async fn around(change: impl FnOnce(&mut OnboardSettings, (Transport, Arc<dyn Clock>))) -> Self {
        let lab = Lab::start(LabOptions::new()).await.unwrap();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let new = NewApp {
            display_name: "Harbor Reports".to_owned(),
            multi_tenant: true,
            graph_roles: vec![graph_role::USER_READ_BASIC_ALL],
            redirect_uris: vec![format!("{url}/consented")],
            public_redirect_uris: Vec::new(),
        };
        let app = lab.directory().create_app(new).unwrap().app_id;
        let clock: Arc<dyn Clock> = Arc::new(LabTime(lab.clock().clone()));
        let client = client(&lab, app, &clock).await;
        let folder = tempfile::tempdir().unwrap();
        let tenants = Tenants::open(&folder.path().join("tenants.db"), clock.clone()).unwrap();
        let required = [ROLE.parse().unwrap()].into();
        let mut settings = OnboardSettings::new(&client, "Harbor Reports", url.parse().unwrap(), required);
        change(&mut settings, (transport(&lab), clock.clone()));
        let key = StateKey::random().unwrap();
        let onboarding = Onboarding::new(settings, tenants.clone(), client.clone(), clock.clone(), key);
        let serving = onboarding.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        Self { lab, app, client, tenants, clock, onboarding, url, folder }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.lab)
    }

    /// A link for a customer, who is the tenant that is named, if one is.
    pub(crate) fn link(&self, customer: &str, expected: Option<&Tenant>) -> String {
        let invitation = self.tenants.invite(customer, expected, WEEK).unwrap();
        format!("{}/join/{}", self.url, invitation.secret.expose())
    }

    /// Opens a link and presses its button: the consent page at Entra.
    pub(crate) async fn begin(&self, browser: &Browser, link: &str) -> String {
        assert_eq!(browser.get(link).await.status, 200);
        let answer = browser.press(link, &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.location()
    }

    /// A whole visit of an administrator of Juniper who presses `decision` at Entra: where Entra sends the browser.
    pub(crate) async fn visit(&self, browser: &Browser, link: &str, decision: &str) -> String {
        let page = self.begin(browser, link).await;
        let juniper = &self.lab.seed().juniper;
        let form = [("decision", decision), ("username", &juniper.admin), ("password", juniper.password)];
        let answer = browser.press(&page, &form).await;
        assert_eq!(answer.status, 302, "{}", answer.text);
        answer.location()
    }

    /// Follows the way back until the page no longer waits.
    pub(crate) async fn outcome(&self, browser: &Browser, callback: &str) -> Answer {
        let answer = browser.get(callback).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        self.finished(browser, &format!("{}{}", self.url, answer.location())).await
    }

    /// The page of an attempt, once it no longer waits.
    pub(crate) async fn finished(&self, browser: &Browser, done: &str) -> Answer {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = browser.get(done).await;
            if !answer.text.contains("http-equiv") {
                return answer;
            }
            assert!(Instant::now() < deadline, "still waiting: {}", answer.text);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn record(&self, customer: &str) -> TenantRecord {
        self.tenants.find(customer).unwrap()
    }

    pub(crate) fn state(&self, customer: &str) -> TenantState {
        self.record(customer).state
    }

    pub(crate) fn juniper(&self) -> Uuid {
        self.lab.seed().juniper.id
    }

    /// What a browser would bring back that speaks the truth about everything but, perhaps, the tenant.
    pub(crate) fn accepted(&self, page: &str, tenant: Uuid) -> String {
        let state = parameter(page, "state");
        format!("{}/consented?admin_consent=True&tenant={tenant}&state={state}", self.url)
    }
}

/// A parameter of an address.
pub(crate) fn parameter(address: &str, name: &str) -> String {
    let url = url::Url::parse(address).unwrap();
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

async fn client(lab: &Lab, app: Uuid, clock: &Arc<dyn Clock>) -> Client {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    lab.directory().add_certificate(app, certificate.der(), "test").unwrap();
    let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
    let key = LocalKey::from_pem("test", &pem.into()).await.unwrap();
    let builder = Client::builder(app.into()).key(Arc::new(key)).transport(transport(lab));
    builder.clock(clock.clone()).jitter_seed(7).build().unwrap()
}

/// Connections that go through the lab.
fn transport(lab: &Lab) -> Transport {
    let http = reqwest::Client::builder()
        .proxy(reqwest::Proxy::https(lab.proxy_url()).unwrap())
        .tls_certs_only([reqwest::Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    Transport::new(Arc::new(http))
}
