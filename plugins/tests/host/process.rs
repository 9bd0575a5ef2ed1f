//! What a host process must bear: threads with small stacks, and compilations that do not end.

use std::process::Command;

use gym_plugins::{CallError, Grants, Limit, Limits, LoadError, Plugins};

use crate::guest::{Guest, request};

/// Says whether this process is for one test alone; if not, runs the test in one that is.
fn alone(test: &str) -> bool {
    if std::env::var_os("GYM_TEST_CHILD").is_some() {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([&format!("process::{test}"), "--exact", "--nocapture"])
        .env("GYM_TEST_CHILD", "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&said)
    );
    false
}

const DEEP: &str = "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))";

fn with_stack<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

#[test]
fn a_small_stack_is_not_run_over() {
    if !alone("a_small_stack_is_not_run_over") {
        return;
    }
    let unlimited = Limits {
        faults: 0,
        ..Limits::default()
    };
    let calls = Guest {
        more: DEEP.to_owned(),
        call: "(drop (call $deep (i32.const 0)))".to_owned(),
        ..Guest::new("deep")
    };
    let starts = Guest {
        more: DEEP.to_owned(),
        start: "(drop (call $deep (i32.const 0)))".to_owned(),
        ..Guest::new("deep")
    };
    let plugin = calls.load(unlimited);
    for kibibytes in [128, 256, 512, 600, 700, 800, 2_048] {
        let error = with_stack(kibibytes << 10, || {
            plugin.quote_price(&request(&[1_000])).answer.unwrap_err()
        });
        assert!(
            matches!(
                error,
                CallError::Limit {
                    limit: Limit::Stack,
                    ..
                }
            ),
            "{kibibytes} KiB: {error}"
        );
        let honest = Guest::new("honest").load(unlimited);
        let answer = with_stack(kibibytes << 10, || honest.quote_price(&request(&[1_000])).answer);
        assert!(answer.is_ok(), "{answer:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    starts.drop_into(folder.path());
    let load = || Plugins::load(folder.path(), &Grants::development(), unlimited).unwrap();
    let plugins = with_stack(512 << 10, load);
    let fault = plugins.faults()[0].why.to_string();
    assert!(fault.contains("bytes of stack"), "{fault}");
}

/// Threads of this process that compile.
#[cfg(target_os = "linux")]
fn compiling() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("gym-plugins-com"))
        .count()
}

#[cfg(target_os = "linux")]
#[test]
fn what_takes_too_long_to_compile_is_not_begun_again_and_again() {
    if !alone("what_takes_too_long_to_compile_is_not_begun_again_and_again") {
        return;
    }
    let functions = (0..3_000).map(|at| {
        let body = "local.get 0 drop ".repeat(200);
        format!("(func $f{at} (param i32) (result i32) {body} local.get 0)")
    });
    let endless = Guest {
        more: functions.collect(),
        ..Guest::new("endless")
    };
    let endless = endless.build();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("endless.wasm"), &endless).unwrap();
    let limits = Limits {
        compile_ms: 1,
        ..Limits::default()
    };
    for _ in 0..5 {
        let plugins = Plugins::load(folder.path(), &Grants::development(), limits).unwrap();
        let why = &plugins.faults()[0].why;
        assert!(matches!(why, LoadError::CompileTime { allowed_ms: 1 }), "{why}");
        assert!(compiling() <= 1, "{} threads", compiling());
    }
    let other = tempfile::tempdir().unwrap();
    for at in 0..12 {
        // A section of its own makes it another component.
        let another = [&endless[..], &[0, 2, 1, b'a' + at]].concat();
        std::fs::write(other.path().join(format!("endless-{at}.wasm")), another).unwrap();
    }
    let plugins = Plugins::load(other.path(), &Grants::development(), limits).unwrap();
    let refused = |fault: &gym_plugins::Fault| fault.to_string().contains("that took too long");
    assert!(plugins.faults().iter().any(refused), "{:?}", plugins.faults());
    assert!(compiling() <= 8, "{} threads", compiling());
    // Nobody waits for them.
    std::process::exit(0);
}
