//! A file that only this user can read.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Writes the file aside and moves it to its place: whoever waits for it finds a whole one.
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&aside)?.write_all(content)?;
    fs::rename(&aside, path)
}
