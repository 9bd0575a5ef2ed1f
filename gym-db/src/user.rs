//! Users and their roles as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::user::{Person, Role, RoleGrant, User};

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::id;
use crate::schema::{role_grants, users};
use crate::word::Word;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct UserRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    name: String,
    email: Option<String>,
    born_on: Option<NaiveDate>,
}

impl From<User> for UserRow {
    fn from(user: User) -> Self {
        let Person { name, email, born_on } = user.person;
        Self {
            id: user.id.get(),
            name,
            email,
            born_on,
        }
    }
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: id(row.id),
            person: person(row.name, row.email, row.born_on),
        }
    }
}

pub(crate) fn person(name: String, email: Option<String>, born_on: Option<NaiveDate>) -> Person {
    Person { name, email, born_on }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = role_grants, treat_none_as_default_value = false)]
pub(crate) struct GrantRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    user_id: i64,
    role: Word<Role>,
    location_id: Option<i64>,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
}

impl From<RoleGrant> for GrantRow {
    fn from(grant: RoleGrant) -> Self {
        Self {
            id: grant.id.get(),
            user_id: grant.user.get(),
            role: Word(grant.role),
            location_id: grant.location.map(|it| it.get()),
            valid_from: grant.from,
            valid_until: grant.until,
        }
    }
}

impl From<GrantRow> for RoleGrant {
    fn from(row: GrantRow) -> Self {
        Self {
            id: id(row.id),
            user: id(row.user_id),
            role: row.role.0,
            location: row.location_id.map(id),
            from: row.valid_from,
            until: row.valid_until,
        }
    }
}

/// Loads the roles of a user.
pub(crate) fn grants_of(connection: &mut AnyConnection, user: i64) -> Result<Vec<GrantRow>, StoreError> {
    let rows = role_grants::table
        .filter(role_grants::user_id.eq(user))
        .order(role_grants::id);
    Ok(rows.select(GrantRow::as_select()).load(connection)?)
}
