//! The `keystay` command.
fn main() {}
