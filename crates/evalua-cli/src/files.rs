//! The files that a command line names.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The files that these paths name: of a folder, those in it whose names end with `ending`, in the order of their names.
/// What cannot be listed is added to `unread`.
pub fn find(paths: &[PathBuf], ending: &str, unread: &mut Vec<String>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            search(path, ending, &mut files, unread);
            if files.len() == before && unread.is_empty() {
                unread.push(format!(
                    "{}: there are no files named *{ending}",
                    path.display()
                ));
            }
        } else {
            files.push(path.clone());
        }
    }
    files
}

/// A path without `.` and without folders that `..` leaves again, as people and reports of coverage write it. Of links to
/// folders it does not know: where a path leads through one and out by `..`, it stays as it is.
pub fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        let is_left = || matches!(tidied.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if is_left() && !tidied.is_symlink() => {
                tidied.pop();
            }
            part => tidied.push(part),
        }
    }
    tidied
}

/// Adds the files in a folder and in those in it. Links to folders are not followed, which might lead round
/// in circles.
fn search(folder: &Path, ending: &str, files: &mut Vec<PathBuf>, unread: &mut Vec<String>) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                unread.push(format!("{}: {error}", folder.display()));
                continue;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        let inner: Vec<_> = entries.iter().filter(|entry| is_folder(entry)).collect();
        folders.extend(inner.iter().rev().map(|entry| entry.path()));
        let is_meant = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.as_encoded_bytes());
            name.is_some_and(|name| name.ends_with(ending.as_bytes()))
        };
        let others = entries.iter().filter(|entry| !is_folder(entry));
        files.extend(others.map(fs::DirEntry::path).filter(is_meant));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tidies_paths() {
        for (path, expected) in [
            ("spec/../limiter.lua", "limiter.lua"),
            ("./spec/./lib/../../limiter.lua", "limiter.lua"),
            ("../spec/../limiter.lua", "../limiter.lua"),
            ("a/../../b", "../b"),
            ("/a/../b", "/b"),
            ("/../b", "/../b"),
            ("a/b", "a/b"),
        ] {
            assert_eq!(tidy(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_left_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("far/away")).unwrap();
        std::os::unix::fs::symlink("far/away", dir.path().join("link")).unwrap();
        let path = dir.path().join("link/../s.lua");
        assert_eq!(tidy(&path), path);
    }
}
