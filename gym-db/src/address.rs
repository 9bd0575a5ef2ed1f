//! The address of a database: what a URL says, decided by its scheme alone.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::open_error::OpenError;

/// Where a club is stored. Shown without user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A PostgreSQL server, by a libpq URL.
    Postgres(String),
    /// A SQLite file.
    File(PathBuf),
    /// A SQLite database in memory, by its name in this process.
    Memory(String),
}

static MEMORIES: AtomicU32 = AtomicU32::new(1);

impl Address {
    /// Parses `sqlite://path`, `sqlite::memory:` (or `sqlite://:memory:`), `postgres://…` or `postgresql://…`.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        if ["sqlite::memory:", "sqlite://:memory:"].contains(&url) {
            return Ok(Self::Memory(format!(
                "gym-{}",
                MEMORIES.fetch_add(1, Ordering::Relaxed)
            )));
        }
        match url.split_once("://") {
            Some(("sqlite", path)) => file(path),
            Some(("postgres" | "postgresql", rest)) => postgres(url, rest),
            // Else it may be anything, a password too, and is not shown.
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Err(OpenError::UnknownScheme {
                    scheme: scheme.to_owned(),
                })
            }
            _ => Err(OpenError::NoScheme),
        }
    }

    /// Returns the file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }

    /// Returns what the database's own client takes.
    pub(crate) fn client_url(&self) -> String {
        match self {
            Self::Postgres(url) => url.clone(),
            Self::File(path) => {
                let path = percent_encode(&path.to_string_lossy());
                // What follows two slashes would be taken for a host.
                let none = if path.starts_with("//") { "//" } else { "" };
                format!("file:{none}{path}")
            }
            Self::Memory(name) => format!("file:/{name}?vfs=memdb"),
        }
    }
}

fn file(path: &str) -> Result<Address, OpenError> {
    if path.is_empty() || path.contains(['?', '#', '\0']) {
        return Err(OpenError::BadPath {
            path: path.to_owned(),
        });
    }
    Ok(Address::File(PathBuf::from(path)))
}

fn postgres(url: &str, rest: &str) -> Result<Address, OpenError> {
    let (_, public) = credentials(rest);
    let parameters = public.split_once('?').map_or("", |(_, parameters)| parameters);
    let tls = parameters
        .split('&')
        .filter_map(|parameter| parameter.strip_prefix("sslmode="))
        .next_back();
    let built_in = cfg!(any(feature = "postgres-tls", feature = "postgres-system"));
    match tls {
        Some(mode @ ("require" | "verify-ca" | "verify-full")) if !built_in => {
            Err(OpenError::TlsNotBuiltIn {
                sslmode: mode.to_owned(),
            })
        }
        _ => Ok(Address::Postgres(url.to_owned())),
    }
}

/// Splits what follows the scheme at the end of user and password, which libpq takes up to the last `@` before a slash,
/// whatever else they hold.
fn credentials(rest: &str) -> (&str, &str) {
    let authority = rest.split('/').next().unwrap_or("");
    authority
        .rfind('@')
        .map_or(("", rest), |at| (&rest[..at], &rest[at + 1..]))
}

/// Keeps what a `file:` URI takes literally, so that any name of a file works.
fn percent_encode(path: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~:\\".contains(&byte);
    path.bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Memory(_) => f.write_str("sqlite::memory:"),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let (_, public) = credentials(rest);
                let public = public.split(['?', '#']).next().unwrap_or("");
                write!(f, "postgres://{}", public.rsplit('@').next().unwrap_or(""))
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_scheme_decides() {
        let parse = |url| Address::parse(url).map_err(|error| error.to_string());
        assert_eq!(parse("sqlite://club.db"), Ok(Address::File("club.db".into())));
        assert_eq!(
            parse("sqlite:///srv/club.db"),
            Ok(Address::File("/srv/club.db".into()))
        );
        assert!(matches!(
            parse("postgresql://localhost/club"),
            Ok(Address::Postgres(_))
        ));
        assert_ne!(parse("sqlite::memory:"), parse("sqlite::memory:"));
        assert!(matches!(parse("sqlite://:memory:"), Ok(Address::Memory(_))));
        for bad in [
            "",
            "club.db",
            "sqlite:club.db",
            "sqlite://",
            "sqlite://a?mode=ro",
            "mysql://x",
            "postgress://x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse("mysql://ada:secret@x").unwrap_err().contains("mysql"));
    }

    #[test]
    fn a_password_is_never_shown() {
        let address = Address::parse("postgres://ada:s3cret@db.example/club?password=s3cret").unwrap();
        assert_eq!(
            format!("{address} {address:?}"),
            "postgres://db.example/club postgres://db.example/club"
        );
        for odd in ["s3?cret", "s3#cret", "s3?cr@et", "s3?sslmode=require"] {
            let address = Address::parse(&format!("postgres://ada:{odd}@db/club?application_name=desk"));
            assert_eq!(address.unwrap().to_string(), "postgres://db/club", "{odd}");
        }
    }

    #[test]
    fn odd_names_of_files_are_taken_literally() {
        let address = Address::parse("sqlite:///tmp/50% off é.db").unwrap();
        assert_eq!(address.client_url(), "file:/tmp/50%25%20off%20%C3%A9.db");
        let address = Address::parse("sqlite:////srv/club.db").unwrap();
        assert_eq!(address.client_url(), "file:////srv/club.db");
    }

    #[cfg(not(any(feature = "postgres-tls", feature = "postgres-system")))]
    #[test]
    fn tls_that_is_not_built_in_is_an_error() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let error = Address::parse(&format!("postgres://x/y?a=b&sslmode={mode}")).unwrap_err();
            assert!(error.to_string().contains("postgres-tls"), "{error}");
        }
        assert!(Address::parse("postgres://x/y?sslmode=prefer").is_ok());
    }

    proptest::proptest! {
        #![proptest_config(crate::support::soak::cases(256))]

        #[test]
        fn any_url_is_an_address_or_an_error_and_tells_no_password(
            scheme in "(sqlite|postgres|postgresql|mysql|Sqlite)?(://|:|/)?",
            user in "[a-z%]{0,4}",
            rest in "[a-zA-Z:/?#@%=&. é-]{0,40}",
            tls in "([?&]sslmode=(require|disable|nonsense|))?",
        ) {
            let url = format!("{scheme}{user}:s3cr3t@{rest}{tls}");
            match Address::parse(&url) {
                Ok(address @ Address::Postgres(_)) => {
                    let told = format!("{address} {address:?}");
                    proptest::prop_assert!(scheme.starts_with("postgres"), "{url}");
                    proptest::prop_assert!(!told.contains("s3cr3t"), "{url}: {told}");
                }
                Ok(address) => {
                    proptest::prop_assert!(url.starts_with("sqlite:"), "{url}: {address}");
                }
                Err(error) => {
                    let told = format!("{error} {error:?}");
                    let of_a_file = scheme == "sqlite://";
                    proptest::prop_assert!(of_a_file || !told.contains("s3cr3t"), "{url}: {told}");
                }
            }
        }
    }
}
