//! Seeded postures: folders of documents, built from the recommended one.

#![expect(clippy::unwrap_used, reason = "a document that is not as built here should stop the test")]

mod az;
mod gaps;
mod scale;
mod variants;
mod verdicts;
mod world;
