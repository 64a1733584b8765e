//! Tokens for every customer tenant with a key that never leaves the vault.
