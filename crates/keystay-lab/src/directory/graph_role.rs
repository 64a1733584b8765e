//! Application permissions of Microsoft Graph, by the ids that are the same in every tenant.

use uuid::{Uuid, uuid};

/// `User.ReadBasic.All`: names and mail addresses of all users.
pub const USER_READ_BASIC_ALL: Uuid = uuid!("97235f07-e226-4f63-ace3-39588e11d3a1");
/// `User.Read.All`: full profiles of all users.
pub const USER_READ_ALL: Uuid = uuid!("df021288-bdef-4463-88db-98f22de89214");
/// `User.ReadWrite.All`: full profiles of all users, to change.
pub const USER_READ_WRITE_ALL: Uuid = uuid!("741f803b-c850-494e-b5df-cde7c675a1ca");
/// `Group.Read.All`: all groups with their members.
pub const GROUP_READ_ALL: Uuid = uuid!("5b567255-7703-4780-807c-7be8301ae99b");
/// `Group.ReadWrite.All`: all groups with their members, to change.
pub const GROUP_READ_WRITE_ALL: Uuid = uuid!("62a82d76-70ea-41e2-9197-370581804d09");
/// `GroupMember.Read.All`: who is in which group.
pub const GROUP_MEMBER_READ_ALL: Uuid = uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6");
/// `GroupMember.ReadWrite.All`: who is in which group, to change.
pub const GROUP_MEMBER_READ_WRITE_ALL: Uuid = uuid!("dbaae8cf-10b5-4b86-a4a1-f871c94c6695");
/// `Application.Read.All`: all applications and service principals, to read.
pub const APPLICATION_READ_ALL: Uuid = uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30");
/// `Application.ReadWrite.All`: all applications and service principals, to change.
pub const APPLICATION_READ_WRITE_ALL: Uuid = uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9");
/// `Application.ReadWrite.OwnedBy`: applications the bearer owns, to change.
pub const APPLICATION_READ_WRITE_OWNED_BY: Uuid = uuid!("18a4783c-866b-4cc7-a460-3d5e5662c884");
/// `AppRoleAssignment.ReadWrite.All`: application permissions, to grant any.
pub const APP_ROLE_ASSIGNMENT_READ_WRITE_ALL: Uuid = uuid!("06b708a9-e830-4db3-a914-8e69da51d44f");
/// `DelegatedPermissionGrant.Read.All`: delegated permissions that were granted.
pub const DELEGATED_PERMISSION_GRANT_READ_ALL: Uuid = uuid!("81b4724a-58aa-41c1-8a55-84ef97466587");
/// `DelegatedPermissionGrant.ReadWrite.All`: delegated permissions, to grant any.
pub const DELEGATED_PERMISSION_GRANT_READ_WRITE_ALL: Uuid = uuid!("8e8e4742-1d95-4f68-9d56-6ee75648c72a");
/// `Directory.Read.All`: everything in the directory, to read.
pub const DIRECTORY_READ_ALL: Uuid = uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61");
/// `Directory.ReadWrite.All`: the directory, to change.
pub const DIRECTORY_READ_WRITE_ALL: Uuid = uuid!("19dbc75e-c2e2-444c-a770-ec69d8559fc7");
/// `AuditLog.Read.All`: the audit log.
pub const AUDIT_LOG_READ_ALL: Uuid = uuid!("b0afded3-3588-46d8-8b3d-9842eff778da");
/// `Policy.Read.All`: policies of the tenant.
pub const POLICY_READ_ALL: Uuid = uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68");
/// `Policy.ReadWrite.ApplicationConfiguration`: policies for applications, to change.
pub const POLICY_READ_WRITE_APPLICATION_CONFIGURATION: Uuid = uuid!("be74164b-cff1-491c-8741-e671cb536e13");
/// `Policy.ReadWrite.Authorization`: what ordinary users may do, to change.
pub const POLICY_READ_WRITE_AUTHORIZATION: Uuid = uuid!("fb221be6-99f2-473f-bd32-01c6a0e9ca3b");
/// `Organization.Read.All`: the organisation.
pub const ORGANIZATION_READ_ALL: Uuid = uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6");
/// `Domain.Read.All`: domains of the tenant.
pub const DOMAIN_READ_ALL: Uuid = uuid!("dbb9058a-0e50-45d7-ae91-66909b5d4664");
/// `RoleManagement.Read.Directory`: admin roles, and who has them.
pub const ROLE_MANAGEMENT_READ_DIRECTORY: Uuid = uuid!("483bed4a-2ad3-4361-a73b-c83ccdbdc53c");
/// `RoleManagement.ReadWrite.Directory`: admin roles, to give.
pub const ROLE_MANAGEMENT_READ_WRITE_DIRECTORY: Uuid = uuid!("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8");
