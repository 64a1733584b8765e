//! `/users`, and `/me` for the person behind a token.

use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Call, Graph, access,
    address::Key,
    audit::{Event, USERS, activity},
    body::Body,
    error::GraphError,
    odata::EntityType,
    reply,
    view::object,
};
use crate::directory::{AuditTarget, Tenant, User, World};

const TYPE: EntityType = EntityType {
    name: "user",
    shown: &[
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    ],
    filters: &[
        "id",
        "displayName",
        "givenName",
        "surname",
        "mail",
        "jobTitle",
        "userPrincipalName",
        "accountEnabled",
        "userType",
    ],
    in_directory: true,
};
/// What `User.ReadBasic.All` shows.
const BASIC: [&str; 5] = ["displayName", "givenName", "surname", "mail", "userPrincipalName"];

/// `GET /users`
pub(super) fn list(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let basic = permission(&world, call)?;
    let users = call.access.tenant(&world)?.users.iter().map(|user| view(user, basic)).collect();
    Ok(reply::ok(call.page(&TYPE, "users", users)?))
}

/// `GET /users/{id or name}`
pub(super) fn read(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let world = graph.entra.directory.read();
    let tenant = call.access.tenant(&world)?;
    let own = call.access.has(&world, access::READ_ME)
        && call.access.person(&world).is_some_and(|person| find(tenant, key).is_ok_and(|user| user.id == person.id));
    let basic = if own { false } else { permission(&world, call)? };
    Ok(reply::ok(call.object(&TYPE, "users/$entity", view(find(tenant, key)?, basic))?))
}

/// The person `/me` is about.
pub(super) fn me(graph: &Graph, call: &Call) -> Result<Uuid, GraphError> {
    let world = graph.entra.directory.read();
    call.access
        .person(&world)
        .map(|person| person.id)
        .ok_or_else(|| GraphError::bad_request("/me request is only valid with delegated authentication flow."))
}

/// `POST /users`
pub(super) fn create(graph: &Graph, call: &Call) -> Result<Response, GraphError> {
    let body = Body::of("User", &call.body)?;
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_USERS)?;
    for name in ["accountEnabled", "passwordProfile"] {
        body.get(name).ok_or_else(|| body.invalid(name))?;
    }
    body.required("mailNickname")?;
    let mut user = User {
        id: graph.entra.directory.ids().fresh(),
        user_principal_name: body.required("userPrincipalName")?.to_owned(),
        display_name: body.required("displayName")?.to_owned(),
        given_name: String::new(),
        surname: String::new(),
        mail: String::new(),
        job_title: String::new(),
        password: String::new(),
        disabled: false,
        roles: Vec::new(),
    };
    let tenant = call.access.tenant(&world)?;
    apply(&mut user, body, tenant)?;
    let (shown, location) = (shown(&user), format!("{}/{}", call.path, user.id));
    let target = audited(&user);
    call.access.tenant_mut(&mut world)?.users.push(user);
    graph.record(&mut world, call, Event::new(activity(USERS, "Add", "Add user"), vec![target]));
    Ok(reply::created(&location, call.in_context("users/$entity", shown)))
}

/// `PATCH /users/{id or name}`
pub(super) fn update(graph: &Graph, call: &Call, key: &str) -> Result<Response, GraphError> {
    let body = Body::of("User", &call.body)?;
    let mut world = graph.entra.directory.write();
    call.access.require(&world, access::WRITE_USERS)?;
    let tenant = call.access.tenant(&world)?;
    let mut user = find(tenant, key)?.clone();
    apply(&mut user, body, tenant)?;
    let target = audited(&user);
    let users = &mut call.access.tenant_mut(&mut world)?.users;
    let place = users.iter_mut().find(|one| one.id == user.id).ok_or_else(|| GraphError::not_found(key))?;
    *place = user;
    graph.record(&mut world, call, Event::new(activity(USERS, "Update", "Update user"), vec![target]));
    Ok(reply::no_content())
}

/// Finds a person by object id or sign-in name.
pub(super) fn find<'a>(tenant: &'a Tenant, key: &str) -> Result<&'a User, GraphError> {
    let key = Key::parse(key)?;
    let found = match &key {
        Key::Object(id) => tenant.user(*id),
        Key::Name(name) => tenant.user_by_name(name),
        Key::AppId(_) => None,
    };
    found.ok_or_else(|| key.missing())
}

/// What is shown of a person who was not asked for in detail.
pub(super) fn shown(user: &User) -> Map<String, Value> {
    let mut shown = view(user, false);
    shown.retain(|name, _| TYPE.shown.contains(&name.as_str()));
    shown
}

/// Whether the token shows basic profiles only; refused when it shows none.
fn permission(world: &World, call: &Call) -> Result<bool, GraphError> {
    if call.access.has(world, access::READ_USERS) {
        return Ok(false);
    }
    call.access.require(world, access::READ_BASIC_USERS).map(|()| true)
}

fn apply(user: &mut User, body: Body<'_>, tenant: &Tenant) -> Result<(), GraphError> {
    for (name, value) in body.properties() {
        let text = || body.as_note(name, value).map(Option::unwrap_or_default);
        match name {
            "displayName" => body.required(name)?.clone_into(&mut user.display_name),
            "givenName" => user.given_name = text()?,
            "surname" => user.surname = text()?,
            "mail" => user.mail = text()?,
            "jobTitle" => user.job_title = text()?,
            "accountEnabled" => user.disabled = !body.as_switch(name, value)?,
            "userPrincipalName" => user.user_principal_name = sign_in_name(user.id, body, tenant)?,
            "passwordProfile" => {
                let password = value.get("password").and_then(Value::as_str).filter(|text| text.len() >= 8);
                let password = password.ok_or_else(|| {
                    GraphError::bad_request("The specified password does not comply with password complexity requirements. Please provide a different password.")
                })?;
                password.clone_into(&mut user.password);
            }
            "mailNickname" => {}
            _ if value.is_null() => {}
            _ => return Err(body.not_played(name)),
        }
    }
    Ok(())
}

fn sign_in_name(id: Uuid, body: Body<'_>, tenant: &Tenant) -> Result<String, GraphError> {
    let name = body.required("userPrincipalName")?;
    let (local, domain) = name.rsplit_once('@').ok_or_else(|| body.invalid("userPrincipalName"))?;
    if local.is_empty() {
        return Err(body.invalid("userPrincipalName"));
    }
    if !tenant.domains.iter().any(|own| own.eq_ignore_ascii_case(domain)) {
        return Err(GraphError::bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain \
                names in your organization.",
        ));
    }
    if tenant.user_by_name(name).is_some_and(|other| other.id != id) {
        return Err(GraphError::bad_request(
            "Another object with the same value for property userPrincipalName already exists.",
        ));
    }
    Ok(name.to_owned())
}

fn audited(user: &User) -> AuditTarget {
    AuditTarget { id: user.id, display_name: user.display_name.clone(), kind: "User".to_owned(), changes: Vec::new() }
}

/// A person as Graph shows it. With `basic`, what `User.ReadBasic.All` does not show is null.
fn view(user: &User, basic: bool) -> Map<String, Value> {
    let text = |value: &str| if value.is_empty() { Value::Null } else { value.into() };
    let mut view = object(json!({
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": text(&user.given_name),
        "jobTitle": text(&user.job_title),
        "mail": text(&user.mail),
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": text(&user.surname),
        "userPrincipalName": user.user_principal_name,
        "id": user.id,
        "accountEnabled": !user.disabled,
        "userType": "Member",
        "onPremisesSyncEnabled": null,
    }));
    if basic {
        for (name, value) in &mut view {
            if !BASIC.contains(&name.as_str()) && !["id", "businessPhones"].contains(&name.as_str()) {
                *value = Value::Null;
            }
        }
    }
    view
}
