//! Two suites of programs: those for which the lab is Azure, and those whose tokens come from the broker before it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::Language;

/// What the programs meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    /// The lab, which is Azure for them.
    Lab,
    /// The broker, which is the host's identity for them.
    Broker,
}

impl Suite {
    pub(super) const ALL: [Self; 2] = [Self::Lab, Self::Broker];

    /// Those whose option is given, all when none is.
    pub(super) fn chosen(arguments: &[String]) -> Vec<Self> {
        let is_given = |suite: &Self| arguments.iter().any(|argument| argument == suite.option());
        let given: Vec<Self> = Self::ALL.into_iter().filter(is_given).collect();
        if given.is_empty() { Self::ALL.to_vec() } else { given }
    }

    /// The option that chooses it.
    fn option(self) -> &'static str {
        match self {
            Self::Lab => "--lab",
            Self::Broker => "--broker",
        }
    }

    /// Those that have programs of it.
    pub(super) fn languages(self) -> &'static [Language] {
        match self {
            Self::Lab => &Language::ALL,
            Self::Broker => &[Language::Python, Language::JavaScript, Language::Rust],
        }
    }

    /// What `keystay lab exec` runs: the program, or the broker's cases, which run the programs.
    pub(super) fn command(self, root: &Path, language: Language) -> Result<(PathBuf, Vec<OsString>)> {
        Ok(match self {
            Self::Lab => language.program(root),
            Self::Broker => (env::current_exe()?, vec!["behind-broker".into(), language.name().into()]),
        })
    }

    /// Where the results of a language are kept.
    pub(super) fn results(self, root: &Path, language: Language) -> PathBuf {
        let folder = match self {
            Self::Lab => "results",
            Self::Broker => "results-broker",
        };
        root.join("target/clients").join(folder).join(language.name()).with_extension("jsonl")
    }

    /// The document made of the results.
    pub(super) fn document(self) -> &'static str {
        match self {
            Self::Lab => "docs/lab-fidelity.md",
            Self::Broker => "docs/broker-clients.md",
        }
    }

    /// What is true whichever way the cases end, and is put after them.
    pub(super) fn appendix(self) -> &'static str {
        match self {
            Self::Lab => "clients/not-emulated.md",
            Self::Broker => "clients/not-through-broker.md",
        }
    }

    /// How the document begins.
    pub(super) fn introduction(self) -> &'static str {
        match self {
            Self::Lab => {
                "# Which programs believe in the lab\n\n\
                 Written by `cargo xtask fidelity` from a run of the programs in [clients](../clients), and compared by CI with every run.\n\
                 They use the official SDKs alone, unmodified, with every check on, and meet the lab by `keystay lab exec`.\n\n"
            }
            Self::Broker => {
                "# Which programs get their tokens from the broker\n\n\
                 Written by `cargo xtask fidelity` from a run of the programs `ask` in [clients](../clients), and compared by CI with every run.\n\
                 They use the official SDKs alone, unmodified; all they know of the broker is the variables in their environment\n\
                 ([broker.md](broker.md)), and in JavaScript that their authority is not Microsoft's (`disableInstanceDiscovery`). Behind the broker\n\
                 is the lab. A case passes when the program has a token of the right tenant and app, and the broker's audit log says that it came\n\
                 through the right door as the right caller; a refusal, when the program asked once and was told why.\n\n"
            }
        }
    }
}
