//! Tables of equally long vectors: a row, its columns, and the table that holds them together.

/// A column that is longer or shorter than the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}: column {column} has {rows} rows; expected the {expected} of {first}")]
pub struct Ragged {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// How many rows it has.
    pub rows: usize,
    /// The first column.
    pub first: &'static str,
    /// How many rows that has.
    pub expected: usize,
}

/// Checks that columns, each with its name, are equally long.
pub(super) fn even(table: &'static str, columns: &[(&'static str, usize)]) -> Result<(), Ragged> {
    let Some((first, expected)) = columns.first().copied() else {
        return Ok(());
    };
    match columns.iter().find(|(_, rows)| *rows != expected) {
        None => Ok(()),
        Some((column, rows)) => Err(Ragged {
            table,
            column,
            rows: *rows,
            first,
            expected,
        }),
    }
}

/// Makes a row, its columns and its table for each fact.
macro_rules! facts {
    ($(
        $(#[$doc:meta])*
        $table:ident ($name:literal) of $row:ident, $columns:ident {
            $( $(#[$says:meta])* $field:ident: $type:ty, )*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $row {
            $( $(#[$says])* pub $field: $type, )*
        }

        #[doc = concat!("The columns of [`", stringify!($table), "`].")]
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $columns {
            $( $(#[$says])* pub $field: Vec<$type>, )*
        }

        #[doc = concat!("Every [`", stringify!($row), "`], as columns of one length; read them by their names.")]
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $table($columns);

        impl std::ops::Deref for $table {
            type Target = $columns;

            fn deref(&self) -> &$columns {
                &self.0
            }
        }

        impl TryFrom<$columns> for $table {
            type Error = Ragged;

            fn try_from(columns: $columns) -> Result<Self, Ragged> {
                even($name, &[$( (stringify!($field), columns.$field.len()), )*])?;
                Ok(Self(columns))
            }
        }

        impl FromIterator<$row> for $table {
            fn from_iter<I: IntoIterator<Item = $row>>(rows: I) -> Self {
                let mut table = Self::default();
                table.extend(rows);
                table
            }
        }

        impl Extend<$row> for $table {
            fn extend<I: IntoIterator<Item = $row>>(&mut self, rows: I) {
                let rows = rows.into_iter();
                self.reserve(rows.size_hint().0);
                for row in rows {
                    self.push(row);
                }
            }
        }

        impl $table {
            /// The name of the table.
            pub const NAME: &'static str = $name;

            /// Adds a row.
            pub fn push(&mut self, row: $row) {
                $( self.0.$field.push(row.$field); )*
            }

            /// Makes room for more rows.
            pub fn reserve(&mut self, rows: usize) {
                $( self.0.$field.reserve(rows); )*
            }

            /// Returns how many rows there are.
            pub fn len(&self) -> usize {
                [$( self.0.$field.len(), )*].first().copied().unwrap_or(0)
            }

            /// Whether there are no rows.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Returns a row.
            pub fn get(&self, position: usize) -> Option<$row> {
                Some($row { $( $field: *self.0.$field.get(position)?, )* })
            }

            /// Returns the rows in order.
            pub fn rows(&self) -> impl Iterator<Item = $row> + '_ {
                (0..self.len()).filter_map(|position| self.get(position))
            }

            /// Returns the columns.
            pub fn into_columns(self) -> $columns {
                self.0
            }
        }
    )*};
}
pub(super) use facts;
