//! `keystay doctor`, on folders of documents and in the lab.

#![expect(clippy::panic, clippy::unwrap_used, reason = "what is not as built here should stop the test")]

mod collecting;
mod exits;
mod forms;
mod probing;
mod published;
#[path = "../running/mod.rs"]
mod running;
#[path = "../../../keystay-posture/tests/postures/variants.rs"]
#[allow(dead_code, reason = "the posture crate's tests use all of it")]
mod variants;
#[path = "../../../keystay-posture/tests/postures/world.rs"]
#[allow(dead_code, reason = "the posture crate's tests use all of it")]
mod world;

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use world::World;

/// The moment of all postures.
const AT: &str = "2026-11-24T12:00:00Z";

/// A posture on disk, gone with the test.
struct Exported(tempfile::TempDir);

impl Exported {
    fn of(world: &World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        world.write(folder.path());
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = running::keystay(&["doctor", "--at", AT]);
        command.arg("--from").arg(self.path()).args(arguments);
        command
    }

    fn doctor(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}
