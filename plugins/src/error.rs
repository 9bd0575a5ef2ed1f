//! What can go wrong: [`CallError`] when a plugin is asked, [`LoadError`] when it is loaded.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::breaker::Went;
use crate::contract::FailureCode;
use crate::limits::Limit;
use crate::world::World;

/// Why a plugin gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CallError {
    /// It reached a limit.
    #[error("{plugin}: {limit}: {used} is not accepted; expected at most {allowed}")]
    Limit {
        /// Which plugin.
        plugin: String,
        /// Which limit.
        limit: Limit,
        /// What was used, or would have been.
        used: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// It trapped.
    #[error("{plugin}: it crashed: {trap}{}", .said.as_deref().map(|it| format!(" ({it})")).unwrap_or_default())]
    Crashed {
        /// Which plugin.
        plugin: String,
        /// The trap.
        trap: String,
        /// The last line that it logged as an error: its panic message, if it has a hook.
        said: Option<String>,
    },
    /// It says that it has no answer.
    #[error("{plugin}: it has no answer: {message}")]
    Declined {
        /// Which plugin.
        plugin: String,
        /// The kind of failure.
        code: FailureCode,
        /// In its words.
        message: String,
    },
    /// Its answer is not one of those that it may give.
    #[error("{plugin}: its answer is not accepted: {}", .why.join("; "))]
    BadAnswer {
        /// Which plugin.
        plugin: String,
        /// Everything that is wrong with it, up to 20 sentences.
        why: Vec<String>,
    },
    /// It failed too often, and rests.
    #[error("{plugin}: it failed too often and is off for {seconds} seconds more")]
    Off {
        /// Which plugin.
        plugin: String,
        /// For how long.
        seconds: u64,
    },
    /// No plugin can run: the process is a fork of the one that loaded them.
    #[error(
        "{plugin}: it was loaded in process {loaded}, and this is process {here}; load plugins after a fork"
    )]
    Forked {
        /// Which plugin.
        plugin: String,
        /// Where it was loaded.
        loaded: u32,
        /// Where it was asked.
        here: u32,
    },
    /// The host could not run it.
    #[error("{plugin}: the host could not run it: {why}")]
    Host {
        /// Which plugin.
        plugin: String,
        /// Why not.
        why: String,
    },
}

impl CallError {
    /// Says whether it is the plugin's doing: such failures count towards switching it off.
    pub fn is_fault(&self) -> bool {
        self.went() == Went::Badly
    }

    pub(crate) fn went(&self) -> Went {
        match self {
            Self::Limit {
                limit: Limit::QueueTime | Limit::Input | Limit::Items,
                ..
            } => Went::NotTried,
            Self::Off { .. } | Self::Forked { .. } | Self::Host { .. } => Went::NotTried,
            Self::Declined { code, .. } if *code != FailureCode::Internal => Went::Well,
            Self::Limit { .. } | Self::Crashed { .. } | Self::BadAnswer { .. } | Self::Declined { .. } => {
                Went::Badly
            }
        }
    }

    /// Says whether it came of the time or of what else the machine was doing, so that asking again proves nothing.
    pub(crate) fn is_of_the_moment(&self) -> bool {
        match self {
            // What it read was not kept, where that was too much.
            Self::Limit { limit, .. } => matches!(limit, Limit::QueueTime | Limit::CallTime | Limit::Record),
            Self::Off { .. } | Self::Forked { .. } | Self::Host { .. } => true,
            Self::Crashed { .. } | Self::BadAnswer { .. } | Self::Declined { .. } => false,
        }
    }
}

impl LoadError {
    /// Says of which file a failure of the system was.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// A file that was not loaded, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct Fault {
    /// Which file.
    pub file: PathBuf,
    /// Why it was not loaded.
    pub why: LoadError,
}

/// Why plugins, or one of them, were not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is larger than allowed.
    #[error("the component has {bytes} bytes; expected at most {allowed}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// It is not WebAssembly.
    #[error("it is not a WebAssembly component: {why}")]
    NotComponent {
        /// What it is, or what is wrong with it.
        why: String,
    },
    /// It is a core module.
    #[error(
        "it is a core WebAssembly module, not a component; build it with the component linker, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// It is compiled native code.
    #[error(
        "it is native code of an engine; expected the component itself: native code is never taken from outside"
    )]
    NativeCode,
    /// It needs WASI.
    #[error(
        "it imports {import}, and a plugin has no system; rebuild it for wasm32-unknown-unknown (Rust), or with --stub-wasi (JavaScript, Python)"
    )]
    Wasi {
        /// The import.
        import: String,
    },
    /// It imports something that is not granted.
    #[error("it imports {import}, which is not granted to it; granted are: {granted}")]
    NotGranted {
        /// The import.
        import: String,
        /// What is granted.
        granted: String,
    },
    /// It imports something that the host does not have.
    #[error(
        "it imports {import}, which this host does not have; it has log, settings and lookup of gym:plugins 1.0"
    )]
    UnknownImport {
        /// The import.
        import: String,
    },
    /// It exports more than one world of ours.
    #[error("it exports {exports}; expected one of gym:plugins/pricing and gym:plugins/recommendation")]
    ManyWorlds {
        /// What it exports.
        exports: String,
    },
    /// It exports no world of ours.
    #[error("it exports neither gym:plugins/pricing nor gym:plugins/recommendation; it exports: {exports}")]
    OtherWorld {
        /// What it exports.
        exports: String,
    },
    /// It is of a version that the host does not know.
    #[error("it exports {export}, and this host knows {known}; a newer host is needed")]
    Version {
        /// The export.
        export: String,
        /// What is known.
        known: &'static str,
    },
    /// Its functions are not those of the contract.
    #[error("{function} is not the function of the contract: {why}")]
    Shape {
        /// Which function.
        function: String,
        /// What is different.
        why: String,
    },
    /// It did not survive being started or asked who it is.
    #[error("{function}: {why}")]
    Lifecycle {
        /// Which function.
        function: &'static str,
        /// What went wrong.
        why: CallError,
    },
    /// What it says of itself is not accepted.
    #[error("{field}: {value:?} is not accepted; expected {expected}")]
    Info {
        /// Which field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What is expected.
        expected: &'static str,
    },
    /// It rejects its settings.
    #[error("it rejects its settings: {message}")]
    RejectedSettings {
        /// In its words.
        message: String,
    },
    /// Another plugin of the id is loaded.
    #[error("its id {id:?} is that of {}", other.display())]
    SameId {
        /// The id.
        id: String,
        /// The file that has it.
        other: PathBuf,
    },
    /// It is not listed in the lock file.
    #[error("it is not installed; expected an entry for it in the lock file (gym-plugin install)")]
    Unlisted,
    /// More files than are named are not listed in the lock file.
    #[error("{files} files more are not installed")]
    ManyUnlisted {
        /// How many.
        files: usize,
    },
    /// It is listed and not there.
    #[error("it is installed, and the file is not there")]
    Missing,
    /// It is not what was installed.
    #[error("{what} is {found}, and {pinned} was installed; install it again if that is meant")]
    Changed {
        /// What is different.
        what: &'static str,
        /// What it is.
        found: String,
        /// What was pinned.
        pinned: String,
    },
    /// It has no signature of a key that is trusted.
    #[error("its signature is not accepted: {why}")]
    Signature {
        /// Why not.
        why: String,
    },
    /// It comes from somebody else than what was installed under its id.
    #[error(
        "its key is {found}, and {pinned} was installed; expected the same key, or to replace it (gym-plugin install --replace), which takes back what was granted"
    )]
    OtherKey {
        /// Whose was installed.
        pinned: String,
        /// Whose it is.
        found: String,
    },
    /// It is for something else than what was installed under its id.
    #[error(
        "its world is {found}, and {pinned} was installed; expected the same, or to replace it (gym-plugin install --replace), which takes back what was granted"
    )]
    OtherKind {
        /// The world that was installed.
        pinned: World,
        /// Its world.
        found: World,
    },
    /// It is to have more than any plugin.
    #[error("{limit}: {value} is not accepted; expected at most {cap}")]
    Limits {
        /// Which limit.
        limit: String,
        /// What was asked for.
        value: String,
        /// What there is at most.
        cap: String,
    },
    /// An entry of the lock file is none.
    #[error("the entry of {id} in the lock file is not accepted: {why}")]
    Entry {
        /// The id of the plugin.
        id: String,
        /// Why not.
        why: String,
    },
    /// The lock file is not one.
    #[error("{}: the lock file is not accepted: {why}", path.display())]
    Lock {
        /// Which.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// It was not compiled before.
    #[error(
        "it has not been compiled for this engine; compile what is installed again (gym-plugin recompile)"
    )]
    NotCompiled,
    /// Its compiled code is not what was sealed.
    #[error(
        "its compiled code {} does not bear the seal of this home; compile what is installed again (gym-plugin recompile)",
        path.display()
    )]
    Seal {
        /// The file.
        path: PathBuf,
    },
    /// Compiling took too long.
    #[error("compiling took more than {allowed_ms} milliseconds")]
    CompileTime {
        /// What is allowed.
        allowed_ms: u64,
    },
    /// Compiling failed.
    #[error("it could not be compiled: {why}")]
    Compile {
        /// Why not.
        why: String,
    },
    /// A secret, a cache or a lock file is where it must not be, or can be read by others.
    #[error("{}: {why}", path.display())]
    Place {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The engine could not be made.
    #[error("the engine could not be made: {why}")]
    Engine {
        /// Why not.
        why: String,
    },
}
