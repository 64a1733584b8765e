//! What the customer's administrator reads. Plain pages that work without scripts; every text is escaped by `maud`.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Onboarding, callback::Lost};
use crate::{
    onboard::PublicUrl,
    tenants::{Attempt, TenantRecord, TenantState},
};

pub(super) const STYLE: &str = include_str!("style.css");

/// How often a waiting page looks again, in seconds.
const LOOKS_AGAIN: u32 = 3;

/// How a page feels: the colour and the word above its heading.
#[derive(Clone, Copy, Debug)]
enum Mark {
    Good(&'static str),
    Soon(&'static str),
    Bad(&'static str),
}

struct Page<'a> {
    status: StatusCode,
    mark: Option<Mark>,
    title: &'a str,
    body: Markup,
    /// Whether it looks again by itself.
    waits: bool,
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let Page { status, mark, title, body, waits } = self;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if waits { meta http-equiv="refresh" content=(LOOKS_AGAIN); }
                    title { (title) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href="/style.css";
                }
                body {
                    main {
                        @match mark {
                            Some(Mark::Good(word)) => p.mark.good { (word) },
                            Some(Mark::Soon(word)) => p.mark.soon { (word) },
                            Some(Mark::Bad(word)) => p.mark.bad { (word) },
                            None => {}
                        }
                        h1 { (title) }
                        (body)
                    }
                }
            }
        };
        (status, Html(page.into_string())).into_response()
    }
}

fn page(status: StatusCode, mark: impl Into<Option<Mark>>, title: &str, body: Markup) -> Response {
    Page { status, mark: mark.into(), title, body, waits: false }.into_response()
}

/// Where an administrator begins.
pub(super) fn ask(onboarding: &Onboarding, record: &TenantRecord) -> Response {
    let settings = onboarding.settings();
    let app = &settings.app_name;
    let customer = &record.customer;
    let host = onboarding.client().cloud().login_host();
    let title = format!("Connect {customer} to {app}");
    let body = html! {
        @if record.state == TenantState::Verified {
            p { "This organisation is connected already. You need this page again only if somebody at " (app) " asked you to accept new permissions." }
        } @else {
            p { (app) " asks for access to your organisation's Microsoft 365. Microsoft will show you what exactly before you decide." }
        }
        dl.facts {
            dt { "Connected as" } dd { strong { (customer) } }
            @if let Some(tenant) = record.tenant.map(|id| id.to_string()).as_ref().or(record.expected.as_ref()) {
                dt { "Organisation" } dd { (tenant) }
            }
            dt { "App" } dd { (app) " " span.quiet { code { (onboarding.client().app()) } } }
        }
        h2 { "What " (app) " will be able to do, without anybody signed in" }
        (roles(settings.required.iter().map(ToString::to_string)))
        p.care {
            "Go on only if you administer " strong { (customer) } ". Whoever is called " strong { (customer) } " at " (app)
            " will work with your organisation's data."
        }
        form method="post" { button type="submit" { "Continue to Microsoft" } }
        p.quiet {
            "The next page is Microsoft's, at " code { (host) } ". Sign in there as a Global Administrator or Privileged Role Administrator. "
            (app) " never sees your password."
        }
    };
    page(StatusCode::OK, None, &title, body)
}

/// How an attempt goes or ended.
pub(super) fn outcome(onboarding: &Onboarding, attempt: &Attempt, record: &TenantRecord) -> Response {
    let app = onboarding.settings().app_name.as_str();
    let customer = record.customer.as_str();
    let Some(outcome) = attempt.outcome.as_deref() else { return waiting(app, customer, attempt) };
    let tenant = attempt.claimed.map(|id| id.to_string()).unwrap_or_default();
    let again = html! { p { "To try again, open the link you were given." } };
    let close = html! { p { "You can close this window." } };
    let ok = StatusCode::OK;
    match outcome {
        "verified" => page(
            ok,
            Mark::Good("Done"),
            &format!("{customer} is connected to {app}"),
            html! {
                p { (app) " has what it needs. " strong { "You can close this window." } }
                (tenant_fact(&tenant))
                @if !record.extra.is_empty() {
                    h2 { "It also has permissions it does not need" }
                    (roles(record.extra.iter().cloned()))
                    p.quiet { "You can take them back in the Entra admin center, under Enterprise applications." }
                }
            },
        ),
        "consented" => page(
            ok,
            Mark::Good("Accepted"),
            &format!("Thank you: {app} has your consent"),
            html! {
                p { "One thing is left, and not for you: " (app) " makes sure that this organisation is " strong { (customer) } ", and then begins." }
                (tenant_fact(&tenant))
                (close)
            },
        ),
        "declined" => page(
            ok,
            Mark::Soon("Declined"),
            &format!("You did not connect {customer}"),
            html! {
                p { "Nothing was changed in your organisation, and " (app) " has no access." }
                (again)
            },
        ),
        "missing-roles" => page(
            ok,
            Mark::Bad("Not complete"),
            &format!("{app} is missing permissions"),
            html! {
                p { "Your organisation accepted " (app) ", but Microsoft does not give it everything it needs:" }
                (roles(missing(record).into_iter()))
                p { "Open the link you were given and accept once more. If that does not help, tell " (app) " what you read here." }
                (tenant_fact(&tenant))
            },
        ),
        "wrong-tenant" => page(
            ok,
            Mark::Bad("Another organisation"),
            "That was another organisation",
            html! {
                p { "This link is for " strong { (record.expected.as_deref().unwrap_or(customer)) } ". You signed in with an account of another organisation, so nothing was connected." }
                p { "Open the link again and sign in with an account of the right one; a private window makes sure of it." }
                p.quiet { "If you accepted there, " (app) " is now listed in that organisation, under Enterprise applications in the Entra admin center. You can delete it there." }
                @if !tenant.is_empty() { p.quiet { "You came back from " code { (tenant) } } }
            },
        ),
        "taken" => page(
            ok,
            Mark::Bad("Not connected"),
            "This organisation cannot be connected by this link",
            html! {
                p { "It is connected to " (app) " in another way already, or " strong { (customer) } " is another organisation. Please ask whoever gave you the link." }
                (tenant_fact(&tenant))
            },
        ),
        "not-consented" => page(
            ok,
            Mark::Bad("Not confirmed"),
            "Microsoft does not know of your consent",
            html! {
                p { (app) " asked for some minutes, and Microsoft says that it has no access to your organisation." }
                (again)
                (tenant_fact(&tenant))
            },
        ),
        "disabled" => page(
            ok,
            Mark::Bad("Switched off"),
            &format!("{app} is switched off"),
            html! {
                p { "Microsoft says that the app is disabled, in your organisation or everywhere. In the Entra admin center, look under Enterprise applications whether sign-in is enabled for it." }
                (tenant_fact(&tenant))
            },
        ),
        "policy-blocked" => page(
            ok,
            Mark::Bad("Blocked"),
            &format!("A policy of your organisation blocks {app}"),
            html! {
                p { "You accepted, and a Conditional Access policy for workload identities keeps the app out. The sign-in log of your Entra admin center says which." }
                (tenant_fact(&tenant))
            },
        ),
        "failed" => page(
            ok,
            Mark::Bad("Not connected"),
            "Microsoft could not finish this",
            html! {
                p { "Microsoft sent you back with the code " code { (attempt.words.as_deref().unwrap_or("unknown_error")) } ". Nothing was connected." }
                (again)
            },
        ),
        _ => page(
            ok,
            Mark::Soon("Not yet"),
            "We could not make sure of it yet",
            html! {
                p { "You accepted, and " (app) " could not reach what it needs to check that. There is nothing for you to do: it will be looked at." }
                (tenant_fact(&tenant))
                (close)
            },
        ),
    }
}

fn waiting(app: &str, customer: &str, attempt: &Attempt) -> Response {
    let body = html! {
        ol.steps role="status" {
            li.done { "You accepted" }
            li.now {
                span {
                    "Microsoft puts the permissions in place"
                    @if attempt.tries > 0 { " – looked " (times(attempt.tries)) }
                }
            }
            li { (customer) " is connected to " (app) }
        }
        p { "This can take some minutes. The page looks again by itself, and you may close it: the outcome is the same." }
        p { a.button href="" { "Look again" } }
    };
    Page { status: StatusCode::OK, mark: Some(Mark::Soon("Almost there")), title: "One moment", body, waits: true }
        .into_response()
}

fn times(tries: u32) -> String {
    if tries == 1 { "once so far".to_owned() } else { format!("{tries} times so far") }
}

/// A way back that is not believed. Nothing that came with it is shown.
pub(super) fn lost(lost: Lost) -> Response {
    let (title, why) = match lost {
        Lost::Malformed => (
            "This is not an answer from Microsoft",
            "What your browser brought here is not what Microsoft sends, so it was not used.",
        ),
        Lost::Forged => (
            "This answer does not belong here",
            "It was not begun on this page, or this service was restarted meanwhile.",
        ),
        Lost::Expired => ("That took too long", "For safety, an answer from Microsoft is good for some minutes only."),
        Lost::OtherBrowser => (
            "This was begun in another browser",
            "An answer from Microsoft is good only in the browser that asked for it, with cookies switched on. If somebody sent you this address, do not use it.",
        ),
        Lost::Replayed => (
            "This answer was used before",
            "Each answer from Microsoft is good once. If you went back in your browser, or reloaded the page, all is well.",
        ),
        Lost::Forgotten => ("This is not known here any more", "What this answer belongs to was removed meanwhile."),
    };
    page(
        StatusCode::BAD_REQUEST,
        Mark::Bad("Not used"),
        title,
        html! {
            p { (why) }
            p { "Nothing was changed here. To begin again, open the link you were given." }
        },
    )
}

/// A link that is unknown or too old.
pub(super) fn useless_link() -> Response {
    page(
        StatusCode::NOT_FOUND,
        Mark::Bad("Not found"),
        "This link does not work",
        html! {
            p { "It may have been cut off when it was copied, have reached its end, or have been replaced by a newer one." }
            p { "Please ask whoever gave it to you for a new one." }
        },
    )
}

pub(super) fn too_many() -> Response {
    page(
        StatusCode::TOO_MANY_REQUESTS,
        Mark::Soon("Wait"),
        "That was too often",
        html! {
            p { "This link was begun with very often within an hour. Please try again later." }
        },
    )
}

/// Ours to repair.
pub(super) fn failed() -> Response {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        Mark::Bad("Our fault"),
        "This did not work, and it is our fault",
        html! {
            p { "Nothing is wrong on your side. Please try again in a while; if it happens again, tell whoever gave you the link." }
        },
    )
}

pub(super) fn nothing_here() -> Response {
    page(
        StatusCode::NOT_FOUND,
        None,
        "There is nothing here",
        html! {
            p { "To connect your organisation, open the link you were given." }
        },
    )
}

/// For a browser that came by another name, or from a page that has no business here.
pub(super) fn refused(status: StatusCode, url: &PublicUrl) -> Response {
    page(
        status,
        Mark::Bad("Refused"),
        "This was refused",
        html! {
            p { "Your browser was led here in a way that is not safe. Open the link you were given yourself; it begins with " code { (url) } "." }
        },
    )
}

fn roles(names: impl Iterator<Item = String>) -> Markup {
    html! { ul.roles { @for name in names { li { code { (name) } } } } }
}

fn missing(record: &TenantRecord) -> Vec<String> {
    if record.missing.is_empty() { vec!["the permissions you were shown".to_owned()] } else { record.missing.clone() }
}

fn tenant_fact(tenant: &str) -> Markup {
    if tenant.is_empty() {
        return PreEscaped(String::new());
    }
    html! { p.quiet { "Organisation " code { (tenant) } } }
}
