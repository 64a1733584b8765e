//! People who sign in with a name and a password.

use crate::directory::{Tenant, User, World};

/// Why somebody could not sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrongPerson {
    /// Nobody has this name.
    Unknown,
    /// Somebody has, and another password.
    Password,
    /// An administrator has shut the account.
    Disabled,
}

/// The person whose name and password these are, with the tenant they belong to.
pub(super) fn find<'a>(
    world: &'a World,
    username: &str,
    password: &str,
) -> Result<(&'a Tenant, &'a User), WrongPerson> {
    let domain = username.rsplit_once('@').map_or("", |(_, domain)| domain);
    let tenant = world.find_tenant(domain).ok_or(WrongPerson::Unknown)?;
    let user = tenant.user_by_name(username).ok_or(WrongPerson::Unknown)?;
    match user.password == password {
        true if user.disabled => Err(WrongPerson::Disabled),
        true => Ok((tenant, user)),
        false => Err(WrongPerson::Password),
    }
}
