//! Why a club could not be opened. Nothing was written.

use std::path::PathBuf;

use crate::error::StoreError;

/// Why [`Gym::open`](crate::Gym::open) failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL has no scheme.
    #[error("url: no scheme; expected \"sqlite://path\", \"sqlite::memory:\" or \"postgres://host/name\"")]
    NoScheme,
    /// The URL's scheme is of no database that we know.
    #[error("url: unknown scheme {scheme:?}; expected \"sqlite\", \"postgres\" or \"postgresql\"")]
    UnknownScheme {
        /// The scheme.
        scheme: String,
    },
    /// The path of a SQLite file cannot be one.
    #[error(
        "url: {path:?} is not a path of a SQLite file; expected \"sqlite://path\" without \"?\" and \"#\""
    )]
    BadPath {
        /// What followed `sqlite://`.
        path: String,
    },
    /// The URL asks for TLS, which this build cannot do.
    #[error(
        "url: sslmode={sslmode} needs TLS; expected a build with the feature \"postgres-tls\" or \"postgres-system\""
    )]
    TlsNotBuiltIn {
        /// The mode that was asked for.
        sslmode: String,
    },
    /// The server does not answer, or does not let us in.
    #[error("{address}: cannot connect: {reason}")]
    Unreachable {
        /// The address, without secrets.
        address: String,
        /// What the client says.
        reason: String,
    },
    /// The path leads to something that is not a file.
    #[error("{}: not a file; expected a SQLite database, or a name that is free", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The folder of the file is not there.
    #[error("{}: the folder does not exist; expected to find or make the database there", path.display())]
    NoFolder {
        /// The path of the file.
        path: PathBuf,
    },
    /// The file, its folder or the server may only be read.
    #[error("{address}: read-only; expected a database that can be written")]
    ReadOnly {
        /// The address.
        address: String,
    },
    /// The database holds something else.
    #[error("{address}: not a club's database: it holds {found}; expected an empty one, or one made by gym")]
    Foreign {
        /// The address.
        address: String,
        /// What it holds.
        found: String,
    },
    /// The search path of the connection names no schema that exists.
    #[error("{address}: the search path names no schema that exists")]
    NoSchema {
        /// The address.
        address: String,
    },
    /// The database was written by a newer release.
    #[error("{address}: has the migration {found}, which this release does not know; expected a newer gym")]
    Newer {
        /// The address.
        address: String,
        /// The unknown migration.
        found: String,
    },
    /// The database was written by an older release.
    #[error("{address}: lacks {pending} migration(s); expected `Migrate::Always` to bring it up to date")]
    Older {
        /// The address.
        address: String,
        /// How many migrations are missing.
        pending: usize,
    },
    /// The database is empty and was not to be set up.
    #[error("{address}: empty; expected `Migrate::WhenEmpty` to set it up")]
    Empty {
        /// The address.
        address: String,
    },
    /// The SQLite library is one that can corrupt a write-ahead log.
    #[error(
        "sqlite: the library is {found}; expected 3.51.3 or newer, which do not corrupt a write-ahead log"
    )]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for OpenError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}
