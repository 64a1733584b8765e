//! The powers that matter for one key. A flat table.

/// Which plane an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plane {
    /// In Resource Manager.
    Control,
    /// In the vault.
    Data,
}

/// Where a power is exercised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Key,
    Secret,
    Certificate,
    Vault,
    /// Any host that holds the signing identity.
    Host,
    /// The signing identity, where it exists without a host.
    Identity,
}

macro_rules! powers {
    ($($(#[doc = $doc:literal])* $name:ident = $plane:ident, $at:ident, $action:literal, $policy:expr;)*) => {
        /// One thing somebody can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Power { $($(#[doc = $doc])* $name,)* }

        impl Power {
            pub(super) const ALL: &[Self] = &[$(Self::$name,)*];

            pub(super) const fn plane(self) -> Plane {
                match self { $(Self::$name => Plane::$plane,)* }
            }

            pub(super) const fn at(self) -> At {
                match self { $(Self::$name => At::$at,)* }
            }

            /// The action in Azure's words.
            pub(crate) const fn action(self) -> &'static str {
                match self { $(Self::$name => $action,)* }
            }

            /// The permission of an access policy that gives it: the kind of object and the name.
            pub(super) const fn in_access_policies(self) -> Option<(&'static str, &'static str)> {
                match self { $(Self::$name => $policy,)* }
            }
        }
    };
}

powers! {
    /// Have the vault sign.
    Sign = Data, Key, "Microsoft.KeyVault/vaults/keys/sign/action", Some(("keys", "sign"));
    /// Read the public half.
    ReadKey = Data, Key, "Microsoft.KeyVault/vaults/keys/read", Some(("keys", "get"));
    Encrypt = Data, Key, "Microsoft.KeyVault/vaults/keys/encrypt/action", Some(("keys", "encrypt"));
    Decrypt = Data, Key, "Microsoft.KeyVault/vaults/keys/decrypt/action", Some(("keys", "decrypt"));
    Wrap = Data, Key, "Microsoft.KeyVault/vaults/keys/wrap/action", Some(("keys", "wrapkey"));
    Unwrap = Data, Key, "Microsoft.KeyVault/vaults/keys/unwrap/action", Some(("keys", "unwrapkey"));
    /// Enable a disabled version again, among others.
    UpdateKey = Data, Key, "Microsoft.KeyVault/vaults/keys/update/action", Some(("keys", "update"));
    /// Take a copy that any vault of the region and subscription restores.
    BackupKey = Data, Key, "Microsoft.KeyVault/vaults/keys/backup/action", Some(("keys", "backup"));
    CreateKey = Data, Key, "Microsoft.KeyVault/vaults/keys/create/action", Some(("keys", "create"));
    ImportKey = Data, Key, "Microsoft.KeyVault/vaults/keys/import/action", Some(("keys", "import"));
    RotateKey = Data, Key, "Microsoft.KeyVault/vaults/keys/rotate/action", Some(("keys", "rotate"));
    ReleaseKey = Data, Key, "Microsoft.KeyVault/vaults/keys/release/action", Some(("keys", "release"));
    DeleteKey = Data, Key, "Microsoft.KeyVault/vaults/keys/delete", Some(("keys", "delete"));
    /// Read the secret of the certificate: the private key, where it is exportable.
    GetSecret = Data, Secret, "Microsoft.KeyVault/vaults/secrets/getSecret/action", Some(("secrets", "get"));
    SetSecret = Data, Secret, "Microsoft.KeyVault/vaults/secrets/setSecret/action", Some(("secrets", "set"));
    BackupSecret = Data, Secret, "Microsoft.KeyVault/vaults/secrets/backup/action", Some(("secrets", "backup"));
    /// Make a new version, exportable if they like.
    CreateCertificate = Data, Certificate, "Microsoft.KeyVault/vaults/certificates/create/action",
        Some(("certificates", "create"));
    ImportCertificate = Data, Certificate, "Microsoft.KeyVault/vaults/certificates/import/action",
        Some(("certificates", "import"));
    UpdateCertificate = Data, Certificate, "Microsoft.KeyVault/vaults/certificates/update/action",
        Some(("certificates", "update"));
    BackupCertificate = Data, Certificate, "Microsoft.KeyVault/vaults/certificates/backup/action",
        Some(("certificates", "backup"));
    DeleteCertificate = Data, Certificate, "Microsoft.KeyVault/vaults/certificates/delete",
        Some(("certificates", "delete"));
    /// Give oneself, or anybody, a role.
    AssignRoles = Control, Key, "Microsoft.Authorization/roleAssignments/write", None;
    /// Write the vault's access policies, as part of the vault.
    WriteVault = Control, Vault, "Microsoft.KeyVault/vaults/write", None;
    /// Write the vault's access policies alone.
    WritePolicies = Control, Vault, "Microsoft.KeyVault/vaults/accessPolicies/write", None;
    WriteSite = Control, Host, "Microsoft.Web/sites/write", None;
    ConfigureSite = Control, Host, "Microsoft.Web/sites/config/write", None;
    PublishSite = Control, Host, "Microsoft.Web/sites/publish/action", None;
    ReadPublishingProfile = Control, Host, "Microsoft.Web/sites/publishxml/action", None;
    ExtendSite = Control, Host, "Microsoft.Web/sites/extensions/write", None;
    WriteSlot = Control, Host, "Microsoft.Web/sites/slots/write", None;
    PublishSlot = Control, Host, "Microsoft.Web/sites/slots/publish/action", None;
    WriteContainerApp = Control, Host, "Microsoft.App/containerApps/write", None;
    WriteMachine = Control, Host, "Microsoft.Compute/virtualMachines/write", None;
    RunOnMachine = Control, Host, "Microsoft.Compute/virtualMachines/runCommand/action", None;
    ExtendMachine = Control, Host, "Microsoft.Compute/virtualMachines/extensions/write", None;
    WriteCluster = Control, Host, "Microsoft.ContainerService/managedClusters/write", None;
    RunOnCluster = Control, Host, "Microsoft.ContainerService/managedClusters/runCommand/action", None;
    /// Give oneself, or anybody, a role at the host, and with it the right to deploy.
    AssignHostRoles = Control, Host, "Microsoft.Authorization/roleAssignments/write", None;
    /// Put the signing identity on a machine of one's own.
    AttachIdentity = Control, Identity, "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", None;
    /// Have tokens of another issuer taken for the signing identity's.
    FederateIdentity = Control, Identity,
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write", None;
}

/// A set of powers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Powers(u64);

// one bit each
const _: () = assert!(Power::ALL.len() <= 64);

impl Powers {
    pub(crate) const NONE: Self = Self(0);

    /// A key that signs what it is told.
    pub(crate) const SIGN: Self = Self::of(&[Power::Sign]);

    /// What a signer has use for.
    pub(crate) const SIGN_AND_READ: Self = Self::of(&[Power::Sign, Power::ReadKey]);

    /// What a signer has no use for, without being dangerous.
    pub(crate) const SUPERFLUOUS: Self = Self::of(&[Power::Encrypt, Power::Decrypt, Power::Wrap, Power::Unwrap]);

    /// What lets a signer take the key away, bring a disabled one back, or replace it.
    pub(crate) const DANGEROUS: Self = Self::of(&[
        Power::UpdateKey,
        Power::BackupKey,
        Power::CreateKey,
        Power::ImportKey,
        Power::RotateKey,
        Power::ReleaseKey,
        Power::DeleteKey,
        Power::GetSecret,
        Power::SetSecret,
        Power::BackupSecret,
        Power::CreateCertificate,
        Power::ImportCertificate,
        Power::UpdateCertificate,
        Power::BackupCertificate,
        Power::DeleteCertificate,
    ]);

    /// What lets somebody take the key to a vault of their own.
    pub(crate) const COPY: Self = Self::of(&[Power::BackupKey, Power::BackupCertificate]);

    /// The same where the key can be taken out of the vault.
    pub(crate) const COPY_EXPORTABLE: Self = Self::COPY.or(Self::of(&[Power::GetSecret, Power::BackupSecret]));

    /// What lets somebody give themselves the right to sign, where roles decide.
    pub(crate) const SELF_GRANT: Self = Self::of(&[Power::AssignRoles]);

    /// The same where access policies decide.
    pub(crate) const SELF_GRANT_BY_POLICY: Self =
        Self::of(&[Power::AssignRoles, Power::WriteVault, Power::WritePolicies]);

    /// What lets somebody run code as the signing identity.
    pub(crate) const DEPLOY: Self = Self::of(&[
        Power::WriteSite,
        Power::ConfigureSite,
        Power::PublishSite,
        Power::ReadPublishingProfile,
        Power::ExtendSite,
        Power::WriteSlot,
        Power::PublishSlot,
        Power::WriteContainerApp,
        Power::WriteMachine,
        Power::RunOnMachine,
        Power::ExtendMachine,
        Power::WriteCluster,
        Power::RunOnCluster,
        Power::AssignHostRoles,
        Power::AttachIdentity,
        Power::FederateIdentity,
    ]);

    pub(crate) const fn of(powers: &[Power]) -> Self {
        let (mut bits, mut next) = (0, 0);
        while next < powers.len() {
            bits |= 1 << powers[next] as u64;
            next += 1;
        }
        Self(bits)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Power> {
        Power::ALL.iter().copied().filter(move |power| !self.and(Self::of(&[*power])).is_empty())
    }

    /// The actions in short, for people: `keys/sign`, `Authorization/roleAssignments/write`.
    pub(crate) fn words(self) -> String {
        let short = |power: Power| {
            let action = power.action();
            let known = match power.plane() {
                Plane::Data => "Microsoft.KeyVault/vaults/",
                Plane::Control => "Microsoft.",
            };
            let action = action.strip_prefix(known).unwrap_or(action);
            action.strip_suffix("/action").unwrap_or(action)
        };
        self.iter().map(short).collect::<Vec<_>>().join(", ")
    }
}
