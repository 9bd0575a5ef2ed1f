//! Who compiles, and what becomes of it when that takes too long or goes wrong.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use gym_plugins::{Compiler, Grants, Limits, Plugins};

use crate::guest::Guest;

/// Lets a program compile a guest, and returns what is wrong with it.
fn fault(program: &Path, compile_ms: u64) -> String {
    let folder = tempfile::tempdir().unwrap();
    Guest::new("packs").drop_into(folder.path());
    let grants = Grants {
        compiler: Compiler::Program(program.to_owned()),
        ..Grants::development()
    };
    let limits = Limits {
        compile_ms,
        ..Limits::default()
    };
    let plugins = Plugins::load(folder.path(), &grants, limits).unwrap();
    plugins.faults()[0].why.to_string()
}

#[test]
fn a_program_that_cannot_compile_is_an_error() {
    let fault = |program: &str| fault(program.as_ref(), 10_000);
    assert!(fault("/no/such/program").starts_with("/no/such/program: "));
    assert!(fault("/bin/false").starts_with("it could not be compiled: "));
    assert!(
        fault("/bin/echo").starts_with("it could not be compiled: "),
        "what it prints is no code"
    );
}

#[cfg(unix)]
#[test]
fn a_program_that_does_not_end_is_killed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for (name, body) in [
        ("says-nothing", "exec sleep 1000"),
        // It has said all, and stays.
        ("stays", "exec 0<&- 1>&- 2>&-; exec sleep 1000"),
    ] {
        let path = folder.path().join(name);
        let pid = folder.path().join(format!("{name}.pid"));
        let script = format!(
            "#!/bin/sh\nPATH=/bin:/usr/bin\necho $$ > {}\n{body}\n",
            pid.display()
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let started = Instant::now();
        assert_eq!(
            fault(&path, 2_000),
            "compiling took more than 2000 milliseconds",
            "{name}"
        );
        assert!(started.elapsed() < Duration::from_secs(60), "{name}");
        let process = Path::new("/proc").join(fs::read_to_string(pid).unwrap().trim());
        assert!(!process.exists(), "{name} is not there any more");
    }
}
