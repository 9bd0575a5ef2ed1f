//! Members and the locations that they may use, as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::member::{Access, Member};

use crate::row::id;
use crate::schema::{member_location_access, members};
use crate::user::person;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = members, treat_none_as_default_value = false)]
pub(crate) struct MemberRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    user_id: Option<i64>,
    name: String,
    email: Option<String>,
    born_on: Option<NaiveDate>,
    home_id: i64,
    joined_on: NaiveDate,
}

impl From<Member> for MemberRow {
    fn from(member: Member) -> Self {
        Self {
            id: member.id.get(),
            user_id: member.user.map(|it| it.get()),
            name: member.person.name,
            email: member.person.email,
            born_on: member.person.born_on,
            home_id: member.home.get(),
            joined_on: member.joined_on,
        }
    }
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self {
            id: id(row.id),
            user: row.user_id.map(id),
            person: person(row.name, row.email, row.born_on),
            home: id(row.home_id),
            joined_on: row.joined_on,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = member_location_access, treat_none_as_default_value = false)]
pub(crate) struct AccessRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    member_id: i64,
    location_id: i64,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
}

impl From<Access> for AccessRow {
    fn from(access: Access) -> Self {
        Self {
            id: access.id.get(),
            member_id: access.member.get(),
            location_id: access.location.get(),
            valid_from: access.from,
            valid_until: access.until,
        }
    }
}

impl From<AccessRow> for Access {
    fn from(row: AccessRow) -> Self {
        Self {
            id: id(row.id),
            member: id(row.member_id),
            location: id(row.location_id),
            from: row.valid_from,
            until: row.valid_until,
        }
    }
}
