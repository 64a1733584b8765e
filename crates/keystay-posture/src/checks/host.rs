//! Who can put code where it signs.

use super::{
    Notes, Posture,
    check::{Check, Subject, sources},
};
use crate::{
    access::Powers,
    facts::{Document as D, Missing, PrincipalKind, quote},
    finding::Severity,
};

pub(super) static DEPLOY_PATH: Check = Check {
    id: "KS037",
    slug: "deploy-path-closed",
    title: "Code reaches the signing host by the pipeline alone: no password, no slot with the identity, no standing person",
    severity: Severity::High,
    about: Subject::Host,
    why: "Whoever deploys to the host is the signer. A publishing password is a right to sign that is in no list of roles; \
          a slot with the identity is a second, less watched host.",
    may_break: "Deployments by FTP or with a publishing profile; people who deploy by hand.",
    sources: sources![Mcsb "IM-3", Mcsb "PA-7"],
    needs: &[D::SignerSettings, D::Hosts, D::HostRoleAssignments, D::GroupMembers, D::PublishingPolicies],
    also_reads: &[D::RoleDefinitions],
    look: deploy_path,
    repair: None,
};

fn deploy_path(posture: &Posture<'_>, notes: &mut Notes) {
    let hosts = notes.know(posture.signing_hosts()).unwrap_or_default();
    for host in hosts.iter().filter(|host| host.slot) {
        notes.fault(&host.place, format!("slot {} holds the signing identity", host.id));
        notes.fix(format!("az resource update --ids {} --set identity.type=None", quote(&host.id)));
    }
    if let Some(policies) = notes.know(posture.facts.publishing_policies()) {
        for host in &hosts {
            // other kinds of hosts take no code for a password
            if !host.id.contains("/providers/microsoft.web/sites/") {
                continue;
            }
            let of_host = |id: &str| id.to_ascii_lowercase().starts_with(&format!("{}/basicpublishing", host.id));
            let mut found = false;
            for policy in policies.iter().filter(|policy| of_host(&policy.id)) {
                found = true;
                let protocol = policy.id.rsplit('/').next().unwrap_or_default();
                let said = if policy.allowed { "allowed" } else { "not allowed" };
                notes.judge(
                    !policy.allowed,
                    &policy.place,
                    format!("publishing with a password by {protocol}: {said}"),
                );
                if policy.allowed {
                    notes.fix(format!("az resource update --ids {} --set properties.allow=false", quote(&policy.id)));
                }
            }
            if !found {
                let path = format!("$[?@.id=='{}/basicPublishingCredentialsPolicies/scm']", host.id);
                notes.lack(Missing::Absent { document: D::PublishingPolicies, path });
            }
        }
    }
    people(posture, notes);
}

fn people(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(missing) = &posture.groups_missing {
        notes.lack(missing.clone());
    }
    let Some(reach) = notes.know(posture.deploying.as_ref().map_err(Clone::clone)) else { return };
    notes.lack_all(reach.missing());
    let mut missing = Vec::new();
    for holder in reach.holders(Powers::DEPLOY, &posture.groups, &mut missing) {
        let name = holder.name.unwrap_or(holder.id);
        let way = format!("{} at {}", holder.grant.role, holder.grant.scope);
        match holder.kind {
            PrincipalKind::User => {
                notes.fault(holder.grant.place, format!("person {name} can deploy at any time, by {way}"));
                notes.fix(format!(
                    "az role assignment delete --assignee {} --role {} --scope {}",
                    quote(holder.grant.principal),
                    quote(holder.grant.role),
                    quote(holder.grant.scope)
                ));
            }
            PrincipalKind::Workload => notes.saw(holder.grant.place, format!("workload {name} deploys, by {way}")),
            PrincipalKind::Group | PrincipalKind::Unknown => notes.lack(Missing::Absent {
                document: holder.grant.place.document,
                path: format!("{}.principalType", holder.grant.place.path),
            }),
        }
    }
    notes.lack_all(&missing);
}
