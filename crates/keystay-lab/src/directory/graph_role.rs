//! Application permissions of Microsoft Graph, by the ids that are the same in every tenant.

use uuid::{Uuid, uuid};

/// `User.ReadBasic.All`: names and mail addresses of all users.
pub const USER_READ_BASIC_ALL: Uuid = uuid!("97235f07-e226-4f63-ace3-39588e11d3a1");
/// `User.Read.All`: full profiles of all users.
pub const USER_READ_ALL: Uuid = uuid!("df021288-bdef-4463-88db-98f22de89214");
/// `Application.Read.All`: all applications and service principals, to read.
pub const APPLICATION_READ_ALL: Uuid = uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30");
/// `Application.ReadWrite.All`: all applications and service principals, to change.
pub const APPLICATION_READ_WRITE_ALL: Uuid = uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9");
/// `Application.ReadWrite.OwnedBy`: applications the bearer owns, to change.
pub const APPLICATION_READ_WRITE_OWNED_BY: Uuid = uuid!("18a4783c-866b-4cc7-a460-3d5e5662c884");
