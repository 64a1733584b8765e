//! The permissions of Microsoft Graph that the lab knows. Ids and names are Microsoft's, titles as the portal shows them;
//! what a permission allows is said in the lab's words.

use uuid::uuid;

use super::{graph_role, resource::Permission};

/// For applications on their own behalf.
pub(super) const ROLES: &[Permission] = &[
    permission(
        graph_role::USER_READ_BASIC_ALL,
        "User.ReadBasic.All",
        "Read all users' basic profiles",
        "The app can read names and mail addresses of all users, without a signed-in user.",
    ),
    permission(
        graph_role::USER_READ_ALL,
        "User.Read.All",
        "Read all users' full profiles",
        "The app can read the full profiles of all users, without a signed-in user.",
    ),
    permission(
        graph_role::USER_READ_WRITE_ALL,
        "User.ReadWrite.All",
        "Read and write all users' full profiles",
        "The app can read and change the full profiles of all users, without a signed-in user.",
    ),
    permission(
        graph_role::GROUP_READ_ALL,
        "Group.Read.All",
        "Read all groups",
        "The app can read all groups and who is in them, without a signed-in user.",
    ),
    permission(
        graph_role::GROUP_READ_WRITE_ALL,
        "Group.ReadWrite.All",
        "Read and write all groups",
        "The app can create, change and delete groups and their members, without a signed-in user.",
    ),
    permission(
        graph_role::GROUP_MEMBER_READ_ALL,
        "GroupMember.Read.All",
        "Read all group memberships",
        "The app can read which groups there are and who is in them, without a signed-in user.",
    ),
    permission(
        graph_role::GROUP_MEMBER_READ_WRITE_ALL,
        "GroupMember.ReadWrite.All",
        "Read and write all group memberships",
        "The app can read groups and change who is in them, without a signed-in user.",
    ),
    permission(
        graph_role::APPLICATION_READ_ALL,
        "Application.Read.All",
        "Read all applications",
        "The app can read all applications and service principals, without a signed-in user.",
    ),
    permission(
        graph_role::APPLICATION_READ_WRITE_ALL,
        "Application.ReadWrite.All",
        "Read and write all applications",
        "The app can create, change and delete applications and service principals, without a signed-in user.",
    ),
    permission(
        graph_role::APPLICATION_READ_WRITE_OWNED_BY,
        "Application.ReadWrite.OwnedBy",
        "Manage apps that this app creates or owns",
        "The app can create applications, and change those it owns, without a signed-in user.",
    ),
    permission(
        graph_role::APP_ROLE_ASSIGNMENT_READ_WRITE_ALL,
        "AppRoleAssignment.ReadWrite.All",
        "Manage app permission grants and app role assignments",
        "The app can grant any application permission to any application, without a signed-in user.",
    ),
    permission(
        graph_role::DELEGATED_PERMISSION_GRANT_READ_ALL,
        "DelegatedPermissionGrant.Read.All",
        "Read all delegated permission grants",
        "The app can read which delegated permissions were granted, without a signed-in user.",
    ),
    permission(
        graph_role::DELEGATED_PERMISSION_GRANT_READ_WRITE_ALL,
        "DelegatedPermissionGrant.ReadWrite.All",
        "Manage all delegated permission grants",
        "The app can grant any delegated permission to any application, without a signed-in user.",
    ),
    permission(
        graph_role::DIRECTORY_READ_ALL,
        "Directory.Read.All",
        "Read directory data",
        "The app can read users, groups and applications of the directory, without a signed-in user.",
    ),
    permission(
        graph_role::DIRECTORY_READ_WRITE_ALL,
        "Directory.ReadWrite.All",
        "Read and write directory data",
        "The app can read and change users, groups and applications of the directory, without a signed-in user.",
    ),
    permission(
        graph_role::AUDIT_LOG_READ_ALL,
        "AuditLog.Read.All",
        "Read all audit log data",
        "The app can read who changed what in the directory, without a signed-in user.",
    ),
    permission(
        graph_role::POLICY_READ_ALL,
        "Policy.Read.All",
        "Read your organization's policies",
        "The app can read all policies of the organisation, without a signed-in user.",
    ),
    permission(
        graph_role::POLICY_READ_WRITE_APPLICATION_CONFIGURATION,
        "Policy.ReadWrite.ApplicationConfiguration",
        "Read and write your organization's application configuration policies",
        "The app can change the policies for applications, without a signed-in user.",
    ),
    permission(
        graph_role::POLICY_READ_WRITE_AUTHORIZATION,
        "Policy.ReadWrite.Authorization",
        "Read and write your organization's authorization policy",
        "The app can change what ordinary users may do, without a signed-in user.",
    ),
    permission(
        graph_role::ORGANIZATION_READ_ALL,
        "Organization.Read.All",
        "Read organization information",
        "The app can read the organisation's name and domains, without a signed-in user.",
    ),
    permission(
        graph_role::DOMAIN_READ_ALL,
        "Domain.Read.All",
        "Read domains",
        "The app can read the domains of the tenant, without a signed-in user.",
    ),
    permission(
        graph_role::ROLE_MANAGEMENT_READ_DIRECTORY,
        "RoleManagement.Read.Directory",
        "Read all directory RBAC settings",
        "The app can read admin roles and who has them, without a signed-in user.",
    ),
    permission(
        graph_role::ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
        "RoleManagement.ReadWrite.Directory",
        "Read and write all directory RBAC settings",
        "The app can give and take admin roles, without a signed-in user.",
    ),
];

/// Delegated by people.
pub(super) const SCOPES: &[Permission] = &[
    permission(
        uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d"),
        "User.Read",
        "Sign in and read user profile",
        "The app can sign you in and read your profile.",
    ),
    permission(
        uuid!("b340eb25-3456-403f-be2f-af7a0d370277"),
        "User.ReadBasic.All",
        "Read all users' basic profiles",
        "The app can read names and mail addresses of all users.",
    ),
    permission(
        uuid!("a154be20-db9c-4678-8ab7-66f6cc099a59"),
        "User.Read.All",
        "Read all users' full profiles",
        "The app can read the full profiles of all users.",
    ),
    permission(
        uuid!("204e0828-b5ca-4ad8-b9f3-f32a958e7cc4"),
        "User.ReadWrite.All",
        "Read and write all users' full profiles",
        "The app can read and change the full profiles of all users.",
    ),
    permission(
        uuid!("5f8c59db-677d-491f-a6b8-5f174b11ec1d"),
        "Group.Read.All",
        "Read all groups",
        "The app can read groups and who is in them.",
    ),
    permission(
        uuid!("4e46008b-f24c-477d-8fff-7bb4ec7aafe0"),
        "Group.ReadWrite.All",
        "Read and write all groups",
        "The app can create, change and delete groups.",
    ),
    permission(
        uuid!("bc024368-1153-4739-b217-4326f2e966d0"),
        "GroupMember.Read.All",
        "Read group memberships",
        "The app can read groups and who is in them.",
    ),
    permission(
        uuid!("f81125ac-d3b7-4573-a3b2-7099cc39df9e"),
        "GroupMember.ReadWrite.All",
        "Read and write group memberships",
        "The app can change who is in which group.",
    ),
    permission(
        uuid!("c79f8feb-a9db-4090-85f9-90d820caa0eb"),
        "Application.Read.All",
        "Read applications",
        "The app can read applications and service principals.",
    ),
    permission(
        uuid!("bdfbf15f-ee85-4955-8675-146e8e5296b5"),
        "Application.ReadWrite.All",
        "Read and write all applications",
        "The app can create, change and delete applications and service principals.",
    ),
    permission(
        uuid!("84bccea3-f856-4a8a-967b-dbe0a3d53a64"),
        "AppRoleAssignment.ReadWrite.All",
        "Manage app permission grants and app role assignments",
        "The app can grant application permissions.",
    ),
    permission(
        uuid!("a197cdc4-a8e8-4d49-9d35-4ca7c83887b4"),
        "DelegatedPermissionGrant.Read.All",
        "Read all delegated permission grants",
        "The app can read which delegated permissions were granted.",
    ),
    permission(
        uuid!("41ce6ca6-6826-4807-84f1-1c82854f7ee5"),
        "DelegatedPermissionGrant.ReadWrite.All",
        "Manage all delegated permission grants",
        "The app can grant delegated permissions.",
    ),
    permission(
        uuid!("06da0dbc-49e2-44d2-8312-53f166ab848a"),
        "Directory.Read.All",
        "Read directory data",
        "The app can read users, groups and applications of the directory.",
    ),
    permission(
        uuid!("c5366453-9fb0-48a5-a156-24f0c49a4b84"),
        "Directory.ReadWrite.All",
        "Read and write directory data",
        "The app can read and change users, groups and applications of the directory.",
    ),
    permission(
        uuid!("0e263e50-5827-48a4-b97c-d940288653c7"),
        "Directory.AccessAsUser.All",
        "Access the directory as you",
        "The app can do in the directory whatever you may do.",
    ),
    permission(
        uuid!("e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"),
        "AuditLog.Read.All",
        "Read audit log data",
        "The app can read who changed what in the directory.",
    ),
    permission(
        uuid!("572fea84-0151-49b2-9301-11cb16974376"),
        "Policy.Read.All",
        "Read your organization's policies",
        "The app can read all policies of the organisation.",
    ),
    permission(
        uuid!("b27add92-efb2-4f16-84f5-8108ba77985c"),
        "Policy.ReadWrite.ApplicationConfiguration",
        "Read and write your organization's application configuration policies",
        "The app can change the policies for applications.",
    ),
    permission(
        uuid!("edd3c878-b384-41fd-95ad-e7407dd775be"),
        "Policy.ReadWrite.Authorization",
        "Read and write your organization's authorization policy",
        "The app can change what ordinary users may do.",
    ),
    permission(
        uuid!("4908d5b9-3fb2-4b1e-9336-1888b7937185"),
        "Organization.Read.All",
        "Read organization information",
        "The app can read the organisation's name and domains.",
    ),
    permission(
        uuid!("2f9ee017-59c1-4f1d-9472-bd5529a7b311"),
        "Domain.Read.All",
        "Read domains",
        "The app can read the domains of the tenant.",
    ),
    permission(
        uuid!("741c54c3-0c1e-44a1-818b-3f97ab4e8c83"),
        "RoleManagement.Read.Directory",
        "Read directory RBAC settings",
        "The app can read admin roles and who has them.",
    ),
    permission(
        uuid!("37f7f235-527c-4136-accd-4a02d197296e"),
        "openid",
        "Sign users in",
        "The app can let you sign in with your work account.",
    ),
    permission(
        uuid!("14dad69e-099b-42c9-810b-d002981feec1"),
        "profile",
        "View users' basic profile",
        "The app can see your name and picture.",
    ),
    permission(
        uuid!("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"),
        "email",
        "View users' email address",
        "The app can read your mail address.",
    ),
    permission(
        uuid!("7427e0e9-2fba-42fe-b0c0-848c9e6a8182"),
        "offline_access",
        "Maintain access to data you have given it access to",
        "The app can keep working for you while you are away.",
    ),
];

const fn permission(id: uuid::Uuid, value: &'static str, title: &'static str, description: &'static str) -> Permission {
    Permission { id, value, title, description }
}
