//! Errors: a [`StoreError`] is a failure of the store; a [`Failure`] is that, or a refusal of the domain.
//!
//! A failure is opaque, and answers questions:
//!
//! ```
//! # fn show(error: gym_db::StoreError) {
//! if error.is_busy() {
//!     println!("somebody else is writing; try again");
//! } else if error.is_full() {
//!     println!("the disk is full");
//! }
//! # }
//! ```

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use gym_core::booking::refusal::{Code, Refusal};
use gym_core::time::Instant;

use crate::guard::Guard;

/// The most characters that an idempotency key may have.
pub(crate) const MAX_KEY: usize = 255;

/// Why a command did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The domain refused, with every reason. The refusal is journaled.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The idempotency key was used before, for a command with another body.
    #[error("key: {key:?} was already used for another command; expected a new key, or the same body")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The idempotency key cannot be one; nothing was stored.
    #[error(
        "key: {key:?} of {length} characters is not accepted; expected 1 to {MAX_KEY} characters on one line"
    )]
    BadKey {
        /// The key, or its beginning.
        key: String,
        /// How many characters the key has.
        length: usize,
    },
    /// The clock is behind the last command by more than the club tolerates; nothing was stored.
    #[error("now: {now} is before the last command, at {last}; expected a clock that does not go back")]
    ClockWentBack {
        /// The time of this command.
        now: Instant,
        /// The time of the last one.
        last: Instant,
    },
    /// The store failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure {
    /// Returns why a text cannot be an idempotency key, if it cannot.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        let length = key.chars().count();
        let fits = (1..=MAX_KEY).contains(&length) && !key.chars().any(char::is_control);
        (!fits).then(|| Self::BadKey {
            key: key.chars().take(40).collect(),
            length,
        })
    }

    /// Returns the same if part of a command may be in the transaction, which then must not be committed.
    pub(crate) fn breaks(&self) -> Option<Self> {
        match self {
            Self::Store(StoreError { kind, source }) => Some(Self::Store(StoreError {
                kind: *kind,
                source: source.to_string().into(),
            })),
            &Self::ClockWentBack { now, last } => Some(Self::ClockWentBack { now, last }),
            _ => None,
        }
    }

    /// Returns the refusal, if that is what it is.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the command names something that does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.has(Code::Unknown),
            Self::Store(error) => error.is_not_found(),
            _ => false,
        }
    }

    /// Whether others held what was needed for too long; the same command with the same key may succeed later.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_busy())
    }

    /// Whether concurrent commands met and this one lost, also after its retries.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// A failure of the store. Nothing of the transaction was stored, unless [`is_lost`](Self::is_lost).
#[derive(Debug, thiserror::Error)]
#[error("store: {kind}: {source}")]
pub struct StoreError {
    kind: Kind,
    source: Box<dyn std::error::Error + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Busy,
    Conflict,
    Corrupt,
    Full,
    Guarded(Guard),
    Lost,
    Missing,
    ReadOnly,
    Violated,
    Other,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Busy => "another writer held the lock for too long",
            Self::Conflict => "the transaction met another one",
            Self::Corrupt => "the database is damaged",
            Self::Full => "no space is left",
            Self::Guarded(guard) => guard.name(),
            Self::Lost => "the connection was lost",
            Self::Missing => "not found",
            Self::ReadOnly => "the database is read-only",
            Self::Violated => "the database refused the row",
            Self::Other => "failed",
        })
    }
}

impl StoreError {
    /// Whether another writer held the lock, or others all the connections, for too long. Try again later.
    pub fn is_busy(&self) -> bool {
        self.kind == Kind::Busy
    }

    /// Whether concurrent transactions met and this one lost, also after its retries.
    pub fn is_conflict(&self) -> bool {
        self.kind == Kind::Conflict
    }

    /// Whether the database is damaged. Restore a backup.
    pub fn is_corrupt(&self) -> bool {
        self.kind == Kind::Corrupt
    }

    /// Whether no space is left on the disk, or the database's own limit is reached.
    pub fn is_full(&self) -> bool {
        self.kind == Kind::Full
    }

    /// Whether the server could not be reached. If this came at the commit, it is unknown whether it happened:
    /// the same command with the same key tells.
    pub fn is_lost(&self) -> bool {
        self.kind == Kind::Lost
    }

    /// Whether a row was asked for that is not there.
    pub fn is_not_found(&self) -> bool {
        self.kind == Kind::Missing
    }

    /// Whether the database may only be read.
    pub fn is_read_only(&self) -> bool {
        self.kind == Kind::ReadOnly
    }

    /// Returns the guard in the database that refused the write, if one did.
    pub fn guard(&self) -> Option<Guard> {
        match self.kind {
            Kind::Guarded(guard) => Some(guard),
            _ => None,
        }
    }

    pub(crate) fn from_pool(error: diesel::r2d2::PoolError) -> Self {
        // r2d2 appends the text of the last failed connection, if there was one.
        let text = error.to_string();
        let kind = match of_sentence(&text) {
            Kind::Other if text == "timed out waiting for connection" => Kind::Busy,
            Kind::Other => Kind::Lost,
            kind => kind,
        };
        Self {
            kind,
            source: error.into(),
        }
    }

    /// Others had all the connections for too long.
    pub(crate) fn crowded() -> Self {
        Self {
            kind: Kind::Busy,
            source: "timed out waiting for connection".into(),
        }
    }

    /// What a command needs changed while it took its locks, so that it has to begin again.
    pub(crate) fn overtaken() -> Self {
        Self {
            kind: Kind::Conflict,
            source: "what the command reaches has changed while it was locked".into(),
        }
    }

    /// A migration's error hides diesel's behind its text.
    pub(crate) fn from_migration(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        match error.downcast::<DieselError>() {
            Ok(error) => (*error).into(),
            Err(source) => Self {
                kind: of_sentence(&source.to_string()),
                source,
            },
        }
    }

    pub(crate) fn other(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            kind: Kind::Other,
            source: source.into(),
        }
    }
}

impl From<std::convert::Infallible> for StoreError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let kind = match &error {
            DieselError::NotFound => Kind::Missing,
            DieselError::DatabaseError(kind, info) => {
                match Guard::of(info.constraint_name(), info.message()) {
                    Some(guard) => Kind::Guarded(guard),
                    None => of_database(kind, info.message()),
                }
            }
            DieselError::RollbackErrorOnCommit { commit_error, .. } => of_nested(commit_error),
            DieselError::BrokenTransactionManager => Kind::Lost,
            DieselError::DeserializationError(wrong) => return Self::other(with_causes(&**wrong)),
            _ => Kind::Other,
        };
        Self {
            kind,
            source: Box::new(error),
        }
    }
}

/// Says what is wrong and why: diesel names the field, and its cause the value.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn of_nested(error: &DieselError) -> Kind {
    match error {
        DieselError::DatabaseError(kind, info) => of_database(kind, info.message()),
        _ => Kind::Other,
    }
}

/// Tells the kind from diesel's, or where that is `Unknown` from SQLite's and PostgreSQL's fixed sentences.
fn of_database(kind: &DatabaseErrorKind, message: &str) -> Kind {
    match kind {
        DatabaseErrorKind::SerializationFailure => Kind::Conflict,
        DatabaseErrorKind::ClosedConnection => Kind::Lost,
        DatabaseErrorKind::ReadOnlyTransaction => Kind::ReadOnly,
        DatabaseErrorKind::Unknown => of_sentence(message),
        DatabaseErrorKind::UnableToSendCommand => Kind::Lost,
        _ => Kind::Violated,
    }
}

fn of_sentence(message: &str) -> Kind {
    SENTENCES
        .iter()
        .find(|(part, _)| message.contains(part))
        .map_or(Kind::Other, |(_, kind)| *kind)
}

const SENTENCES: [(&str, Kind); 13] = [
    ("database is locked", Kind::Busy),
    ("database table is locked", Kind::Busy),
    ("canceling statement due to lock timeout", Kind::Busy),
    ("deadlock detected", Kind::Conflict),
    ("database or disk is full", Kind::Full),
    ("No space left on device", Kind::Full),
    ("attempt to write a readonly database", Kind::ReadOnly),
    (
        "cannot set transaction read-write mode during recovery",
        Kind::ReadOnly,
    ),
    ("database disk image is malformed", Kind::Corrupt),
    ("file is not a database", Kind::Corrupt),
    ("server closed the connection", Kind::Lost),
    ("terminating connection due to", Kind::Lost),
    ("no connection to the server", Kind::Lost),
];
