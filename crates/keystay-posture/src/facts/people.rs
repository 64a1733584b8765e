//! Principals: members of groups, owners, federated identities, reviews, and who changed what.

use time::OffsetDateTime;

use super::{Known, Missing, Node, Place};

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A group: whoever is in it.
    Group,
    /// A service principal, managed identities included.
    Workload,
    /// The document does not say.
    Unknown,
}

impl PrincipalKind {
    pub(crate) fn of_assignment(text: &str) -> Self {
        match text {
            "User" => Self::User,
            "Group" | "ForeignGroup" => Self::Group,
            "ServicePrincipal" => Self::Workload,
            _ => Self::Unknown,
        }
    }

    fn of_graph(text: Option<&str>) -> Self {
        match text.map(|text| text.trim_start_matches("#microsoft.graph.")) {
            Some("user") => Self::User,
            Some("group") => Self::Group,
            Some("servicePrincipal") => Self::Workload,
            _ => Self::Unknown,
        }
    }
}

/// The members of a group.
#[derive(Clone, Debug)]
pub struct GroupMembers {
    /// The group's object id, in lower case.
    pub group: String,
    /// Its members; groups among them count with their own members.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// Object id, in lower case.
    pub id: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Its name for people.
    pub name: Option<String>,
}

impl GroupMembers {
    /// Reads an object of lists by group id, or one group with its `members`.
    pub(crate) fn read_all(node: &Node<'_>) -> Result<Vec<Self>, Missing> {
        let members = |node: &Node<'_>| node.items()?.iter().map(Member::read).collect::<Result<Vec<_>, _>>();
        if let (Some(id), Some(list)) = (node.find(&["id", "groupId"]), node.find(&["members"])) {
            return Ok(vec![Self { group: id.text()?.to_ascii_lowercase(), members: members(&list)? }]);
        }
        let mut groups = Vec::new();
        for (group, list) in node.entries()? {
            if let Some(next) = list.find(&["@odata.nextLink", "nextLink"]) {
                let Place { document, path } = next.place();
                return Err(Missing::Incomplete { document, path });
            }
            groups.push(Self { group: group.to_ascii_lowercase(), members: members(&list)? });
        }
        Ok(groups)
    }
}

impl Member {
    fn read(node: &Node<'_>) -> Result<Self, Missing> {
        Ok(Self {
            id: node.field(&["id"])?.text()?.to_ascii_lowercase(),
            kind: PrincipalKind::of_graph(node.maybe_text(&["@odata.type"])?.as_deref()),
            name: node.maybe_text(&["userPrincipalName", "displayName"])?,
        })
    }
}

/// An owner of the app registration: may add credentials to it.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Where it was read.
    pub place: Place,
    /// Object id, in lower case.
    pub id: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Its name for people.
    pub name: Option<String>,
    /// Whether it is a guest, from another directory.
    pub guest: bool,
}

impl Owner {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let name = node.maybe_text(&["userPrincipalName"])?;
        let kind = PrincipalKind::of_graph(node.maybe_text(&["@odata.type"])?.as_deref());
        let guest = node.maybe_text(&["userType"])?.as_deref() == Some("Guest")
            || name.as_deref().is_some_and(|name| name.to_ascii_uppercase().contains("#EXT#"));
        Ok(Self {
            place: node.place(),
            id: node.field(&["id"])?.text()?.to_ascii_lowercase(),
            // only people have such a name
            kind: if kind == PrincipalKind::Unknown && name.is_some() { PrincipalKind::User } else { kind },
            guest,
            name: name.or(node.maybe_text(&["displayName"])?),
        })
    }
}

/// A federated credential: tokens of that issuer for that subject are proof of being the app.
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    /// Where it was read.
    pub place: Place,
    /// Its name, by which it is deleted.
    pub name: String,
    /// Whose tokens are believed.
    pub issuer: String,
    /// Of whom.
    pub subject: String,
}

impl FederatedCredential {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        Ok(Self {
            place: node.place(),
            name: node.field(&["name"])?.text()?.to_owned(),
            issuer: node.field(&["issuer"])?.text()?.to_owned(),
            // flexible federated credentials have an expression in its place, which may match many
            subject: match node.maybe_text(&["subject"])? {
                Some(subject) => subject,
                None => node.field(&["claimsMatchingExpression"])?.field(&["value"])?.text()?.to_owned(),
            },
        })
    }
}

/// A review of who has access that was finished.
#[derive(Clone, Debug)]
pub struct AccessReview {
    /// Where it was read.
    pub place: Place,
    /// When it ended.
    pub finished: OffsetDateTime,
}

impl AccessReview {
    /// The finished reviews of a series, or of one occurrence.
    pub(crate) fn read_all(node: &Node<'_>) -> Result<Vec<Self>, Missing> {
        let mut finished: Vec<Self> = Self::read(node)?.into_iter().collect();
        for occurrence in node.list(&["instances"], Self::read)? {
            finished.extend(occurrence);
        }
        Ok(finished)
    }

    fn read(node: &Node<'_>) -> Result<Option<Self>, Missing> {
        let done = ["Completed", "Applying", "Applied", "AutoReviewed"];
        let status = node.maybe_text(&["status"])?;
        let end = node.maybe_moment(&["endDateTime"])?;
        let finished = end.filter(|_| status.is_some_and(|status| done.contains(&status.as_str())));
        Ok(finished.map(|finished| Self { place: node.place(), finished }))
    }
}

/// A change in the directory.
#[derive(Clone, Debug)]
pub struct DirectoryAudit {
    /// Where it was read.
    pub place: Place,
    /// When.
    pub at: OffsetDateTime,
    /// By whom, as far as the record says.
    pub by: Option<String>,
    /// Which properties it touched, as `KeyDescription`.
    pub properties: Vec<String>,
}

impl DirectoryAudit {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let by = node.find(&["initiatedBy"]).and_then(|by| {
            let (user, app) = (by.find(&["user"]), by.find(&["app"]));
            user.map(|user| user.maybe_text(&["userPrincipalName", "id"]))
                .or_else(|| app.map(|app| app.maybe_text(&["displayName", "servicePrincipalId"])))
        });
        let of_target = |target: &Node<'_>| {
            target.list(&["modifiedProperties"], |one| Ok(one.maybe_text(&["displayName"])?.unwrap_or_default()))
        };
        let at: Known<OffsetDateTime> = node.moment_of(&["activityDateTime"]);
        Ok(Self {
            place: node.place(),
            at: at?.value,
            by: by.transpose()?.flatten(),
            properties: node.list(&["targetResources"], of_target)?.into_iter().flatten().collect(),
        })
    }
}
