//! Which column holds which [`Field`].

use std::borrow::Cow;

use super::super::ImportError;
use super::table::Record;

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The full name; needed, unless first and last name are there.
    Name,
    /// The first name.
    FirstName,
    /// The last name.
    LastName,
    /// The e-mail address.
    Email,
    /// The day of birth.
    BornOn,
    /// The first day of membership.
    JoinedOn,
    /// The name of the home location.
    Home,
    /// The member's number in the system that the file comes from.
    External,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::BornOn,
        Self::JoinedOn,
        Self::Home,
        Self::External,
    ];

    /// Returns the name that messages use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::BornOn => "born_on",
            Self::JoinedOn => "joined_on",
            Self::Home => "home",
            Self::External => "external",
        }
    }

    /// The headers that are taken for the field, as [`folded`] writes them.
    const fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Name => &[
                "name",
                "fullname",
                "member",
                "membername",
                "mitglied",
                "nom",
                "nombre",
            ],
            Self::FirstName => &["firstname", "givenname", "forename", "vorname", "prénom"],
            Self::LastName => &["lastname", "surname", "familyname", "nachname", "familienname"],
            Self::Email => &[
                "email",
                "mail",
                "emailaddress",
                "mailaddress",
                "emailadresse",
                "correo",
            ],
            Self::BornOn => &[
                "bornon",
                "born",
                "birthday",
                "birthdate",
                "dateofbirth",
                "dob",
                "geburtsdatum",
            ],
            Self::JoinedOn => &[
                "joinedon",
                "joined",
                "joindate",
                "datejoined",
                "membersince",
                "startdate",
                "eintritt",
                "eintrittsdatum",
                "mitgliedseit",
            ],
            Self::Home => &[
                "home",
                "homelocation",
                "homeclub",
                "location",
                "club",
                "branch",
                "studio",
                "standort",
            ],
            Self::External => &[
                "external",
                "externalid",
                "id",
                "memberid",
                "memberno",
                "membernumber",
                "mitgliedsnummer",
                "mitgliedsnr",
            ],
        }
    }
}

/// Leaves only letters and digits, in lower case.
fn folded(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The column of each field that the file has.
pub(super) struct Columns(Vec<(Field, usize)>);

impl Columns {
    pub(super) fn find(
        headers: &[String],
        line: u64,
        named: &[(Field, String)],
    ) -> Result<Self, ImportError> {
        let keys: Vec<String> = headers.iter().map(|header| folded(header)).collect();
        let mut columns = Vec::new();
        for field in Field::ALL {
            let name = named.iter().find(|(of, _)| *of == field).map(|(_, name)| name);
            let found: Vec<usize> = match name {
                Some(name) => matching(&keys, |key| *key == folded(name)),
                None => matching(&keys, |key| field.spellings().contains(&key))
                    .into_iter()
                    .filter(|index| !named.iter().any(|(_, name)| folded(name) == keys[*index]))
                    .collect(),
            };
            match (found.as_slice(), name) {
                ([column], _) => columns.push((field, *column)),
                ([], None) => {}
                ([], Some(name)) => {
                    let expected = format!("one of the headers {}", list(headers));
                    return Err(ImportError::invalid(line, field.name(), name, expected));
                }
                (several, _) => {
                    let both: Vec<&str> = several.iter().map(|index| headers[*index].as_str()).collect();
                    let expected = "one column; name it in the mapping";
                    return Err(ImportError::invalid(
                        line,
                        field.name(),
                        &both.join(", "),
                        expected,
                    ));
                }
            }
        }
        let columns = Self(columns);
        let has = |field| columns.column(field).is_some();
        if has(Field::Name) || has(Field::FirstName) && has(Field::LastName) {
            Ok(columns)
        } else {
            let expected =
                "a column such as name, or first name and last name; else name them in the mapping";
            Err(ImportError::invalid(
                line,
                "headers",
                &headers.join(", "),
                expected,
            ))
        }
    }

    fn column(&self, field: Field) -> Option<usize> {
        self.0
            .iter()
            .find(|(of, _)| *of == field)
            .map(|(_, column)| *column)
    }

    /// Returns what a row has in a field, trimmed; nothing if it is empty.
    pub(super) fn get<'r>(&self, record: &'r Record, field: Field) -> Option<&'r str> {
        let text = record.fields.get(self.column(field)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// Returns the fields that a row has.
    pub(super) fn fields<'r>(&self, record: &'r Record) -> impl Iterator<Item = (Field, &'r str)> {
        Field::ALL
            .into_iter()
            .filter_map(|field| Some((field, self.get(record, field)?)))
    }

    /// Returns the full name, or the first and the last.
    pub(super) fn name<'r>(&self, record: &'r Record) -> Cow<'r, str> {
        if let Some(name) = self.get(record, Field::Name) {
            return Cow::Borrowed(name);
        }
        let parts = [Field::FirstName, Field::LastName].map(|field| self.get(record, field));
        Cow::Owned(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

fn matching(keys: &[String], is: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..keys.len()).filter(|index| is(&keys[*index])).collect()
}

fn list(headers: &[String]) -> String {
    headers
        .iter()
        .map(|header| format!("{header:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}
