//! The [`Compiler`]: who turns a component into native code, and with what bounds.
//!
//! Compiling is no part of a request: it is done when plugins are installed, and what it made is kept by
//! [`Home`](crate::Home). An engine promises nothing about the time and memory that hostile input costs it here, so that there
//! are a size cap and a time limit, and the best place for it is a process of its own.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::native::{self, Code};
use crate::cache::{CODE_BYTES, Cache};
use crate::digest::Digest;
use crate::engine::{Host, engine};
use crate::error::LoadError;
use crate::limits::Limits;

/// The hidden subcommand that [`Compiler::Program`] is called with: component on standard input, code on standard
/// output.
pub const SUBCOMMAND: &str = "compile-component";

/// How many compilations may be running that nobody waits for any more.
const LEFT_BEHIND: usize = 8;

/// How often a program that has said all is looked at until it ends.
const LOOK: Duration = Duration::from_millis(5);

/// Who compiles what is not in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// Nobody: what was not compiled when it was installed does not load.
    CacheOnly,
    /// A program that is started as `program compile-component`, such as `gym-plugin`: killed when its time is up.
    Program(PathBuf),
    /// A thread of this process. When its time is up it is left behind, and ends when it ends.
    InProcess,
}

/// Compilations in threads that took too long. These cannot be stopped, so that none is begun a second time.
#[derive(Debug, Default)]
pub(crate) struct Slow {
    given_up: Mutex<BTreeMap<Digest, u64>>,
    running: AtomicUsize,
}

impl Slow {
    fn may_try(&self, digest: &Digest, limits: &Limits) -> Result<(), LoadError> {
        let tried = self.given_up().get(digest).copied();
        if tried.is_some_and(|tried| tried >= limits.compile_ms) {
            return Err(too_long(limits));
        }
        let running = self.running.load(Ordering::Relaxed);
        if running >= LEFT_BEHIND {
            let why = format!("{running} others that took too long are still being compiled in this process");
            return Err(LoadError::Compile { why });
        }
        Ok(())
    }

    fn given_up(&self) -> MutexGuard<'_, BTreeMap<Digest, u64>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the component that some bytes are: from the cache, or compiled.
pub(crate) fn component(
    host: &Arc<Host>,
    bytes: &[u8],
    cache: Option<&Cache>,
    compiler: &Compiler,
    limits: &Limits,
) -> Result<Component, LoadError> {
    let digest = Digest::of(bytes);
    let found = cache.map_or(Ok(None), |cache| cache.find(&digest, &host.hash));
    let found = match (found, compiler) {
        (Err(error), Compiler::CacheOnly) => return Err(error),
        (found, _) => found.ok().flatten(),
    };
    if let Some(code) = found
        && let Ok(component) = native::component(&host.engine, &code)
    {
        return Ok(component);
    }
    let code = match compiler {
        Compiler::CacheOnly => return Err(LoadError::NotCompiled),
        Compiler::Program(program) => from_program(program, bytes, limits)?,
        Compiler::InProcess => {
            let component = in_thread(host, &digest, bytes, limits)?;
            if let Some(cache) = cache {
                cache.keep(&digest, &host.hash, &serialized(&component)?)?;
            }
            return Ok(component);
        }
    };
    let component = native::component(&host.engine, &code).map_err(|error| LoadError::Compile {
        why: format!("{error:#}"),
    })?;
    if let Some(cache) = cache {
        cache.keep(&digest, &host.hash, &code)?;
    }
    Ok(component)
}

/// Counts a compilation until its thread ends.
struct Running(Arc<Host>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.slow.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Compiles in this process, unless that has taken too long before. The thread keeps the host, so that this is known
/// for as long as it runs.
fn in_thread(
    host: &Arc<Host>,
    digest: &Digest,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Component, LoadError> {
    host.slow.may_try(digest, limits)?;
    host.slow.running.fetch_add(1, Ordering::Relaxed);
    let made = in_process(&host.engine, bytes, limits, Running(Arc::clone(host)));
    if matches!(made, Err(LoadError::CompileTime { .. })) {
        host.slow.given_up().insert(*digest, limits.compile_ms);
    }
    made
}

/// Compiles what comes on standard input, for [`Compiler::Program`].
///
/// # Errors
/// If it is no component, or cannot be compiled.
pub fn compile_stream(input: &mut dyn Read, output: &mut dyn Write) -> Result<(), LoadError> {
    let io = |source| LoadError::Io {
        path: PathBuf::from("-"),
        source,
    };
    let mut bytes = Vec::new();
    let cap = Limits::CAP;
    input
        .take(cap.component_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(io)?;
    sniff(&bytes, &cap)?;
    let component = in_process(&engine()?, &bytes, &cap, ())?;
    let code = serialized(&component)?;
    output
        .write_all(code.bytes())
        .and_then(|()| output.flush())
        .map_err(io)
}

/// Looks at the size and the first bytes: what else people drop into a folder is told apart by name.
pub(crate) fn sniff(bytes: &[u8], limits: &Limits) -> Result<(), LoadError> {
    if bytes.len() as u64 > limits.component_bytes {
        return Err(LoadError::TooLarge {
            bytes: bytes.len() as u64,
            allowed: limits.component_bytes,
        });
    }
    match bytes {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(LoadError::CoreModule),
        [0x7f, b'E', b'L', b'F', ..] => Err(LoadError::NativeCode),
        [0, b'a', b's', b'm', ..] => Err(LoadError::NotComponent {
            why: "its version of WebAssembly is another one".to_owned(),
        }),
        _ => Err(LoadError::NotComponent {
            why: "it does not begin as WebAssembly does".to_owned(),
        }),
    }
}

fn serialized(component: &Component) -> Result<Code, LoadError> {
    let bytes = component.serialize().map_err(|error| LoadError::Compile {
        why: format!("{error:#}"),
    })?;
    Ok(Code::made(bytes))
}

/// Compiles in a thread of its own, so that neither its time nor its panics are the caller's.
fn in_process(
    engine: &Engine,
    bytes: &[u8],
    limits: &Limits,
    running: impl Send + 'static,
) -> Result<Component, LoadError> {
    let (sender, receiver) = mpsc::channel();
    let (engine, bytes) = (engine.clone(), bytes.to_vec());
    let work = move || {
        let made = std::panic::catch_unwind(AssertUnwindSafe(|| Component::from_binary(&engine, &bytes)));
        let made = match made {
            Ok(made) => made.map_err(|error| format!("{error:#}")),
            Err(_) => Err("the compiler panicked".to_owned()),
        };
        // Nobody may be waiting any more.
        drop(sender.send(made));
        drop(running);
    };
    std::thread::Builder::new()
        .name("gym-plugins-compiler".to_owned())
        .stack_size(16 << 20)
        .spawn(work)
        .map_err(|error| LoadError::Compile {
            why: error.to_string(),
        })?;
    match receiver.recv_timeout(limits.compile_time()) {
        Ok(made) => made.map_err(|why| LoadError::Compile {
            why: crate::state::one_line(&why, 600),
        }),
        Err(RecvTimeoutError::Timeout) => Err(too_long(limits)),
        Err(RecvTimeoutError::Disconnected) => Err(LoadError::Compile {
            why: "the compiler died".to_owned(),
        }),
    }
}

fn too_long(limits: &Limits) -> LoadError {
    LoadError::CompileTime {
        allowed_ms: limits.compile_ms,
    }
}

fn from_program(program: &Path, bytes: &[u8], limits: &Limits) -> Result<Code, LoadError> {
    let failed = |source| LoadError::Io {
        path: program.to_owned(),
        source,
    };
    let mut child = Command::new(program)
        .arg(SUBCOMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let until = Instant::now() + limits.compile_time();
    let answer = talk(&mut child, bytes, limits.compile_time());
    let ended = match &answer {
        Some(_) => ends(&mut child, until).map_err(failed)?,
        None => None,
    };
    let Some((status, (code, said))) = ended.zip(answer) else {
        child.kill().and_then(|()| child.wait()).map_err(failed)?;
        return Err(too_long(limits));
    };
    if !status.success() || code.len() as u64 > CODE_BYTES {
        let said = said.trim().trim_start_matches("it could not be compiled: ");
        return Err(LoadError::Compile {
            why: crate::state::one_line(said, 600),
        });
    }
    Ok(Code::made(code))
}

/// Waits for a child that has closed its output to end, which it need not do.
fn ends(child: &mut Child, until: Instant) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}

/// Writes to a child while reading from it, within a time.
fn talk(child: &mut Child, bytes: &[u8], time: Duration) -> Option<(Vec<u8>, String)> {
    let (stdin, stdout, stderr) = (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
    let (sender, receiver) = mpsc::channel();
    let input = bytes.to_vec();
    // A child that does not read all has an error to tell, so that a broken pipe is not the news.
    std::thread::spawn(move || drop({ stdin }.write_all(&input)));
    std::thread::spawn(move || {
        let (mut code, mut said) = (Vec::new(), String::new());
        let errors = std::thread::spawn(move || {
            let mut said = String::new();
            drop(stderr.take(64 << 10).read_to_string(&mut said));
            said
        });
        drop(stdout.take(CODE_BYTES + 1).read_to_end(&mut code));
        if let Ok(errors) = errors.join() {
            said = errors;
        }
        drop(sender.send((code, said)));
    });
    receiver.recv_timeout(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_component_is_named() {
        let limits = Limits::default();
        assert!(matches!(
            sniff(b"\0asm\x01\0\0\0", &limits),
            Err(LoadError::CoreModule)
        ));
        assert!(matches!(
            sniff(b"\x7fELF....", &limits),
            Err(LoadError::NativeCode)
        ));
        assert!(matches!(
            sniff(b"PK", &limits),
            Err(LoadError::NotComponent { .. })
        ));
        assert!(matches!(sniff(b"", &limits), Err(LoadError::NotComponent { .. })));
        assert!(sniff(b"\0asm\x0d\0\x01\0", &limits).is_ok());
    }
}
