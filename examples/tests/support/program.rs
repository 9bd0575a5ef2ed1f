//! Running an example as whoever reads it does.

use std::path::Path;
use std::process::Command;

/// The program of an example, which is built beside the tests.
pub fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap().join("examples");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{}: not built; expected `cargo build --examples`",
        program.display()
    );
    Command::new(program)
}

/// Runs it to its end in a folder, and returns what it printed.
#[track_caller]
pub fn printed(command: &mut Command, folder: &Path) -> String {
    let done = command.current_dir(folder).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {error}\n{text}");
    text
}

#[track_caller]
pub fn check(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
}
