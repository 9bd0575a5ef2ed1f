//! Loading: the slice of the club that a command is decided on, locked where the database needs that.
//!
//! On PostgreSQL a command locks first and loads after, in one order: classes, then trainers, rooms and units, then
//! members, each ascending by id. SQLite has one writer, so there is nothing to lock.

mod maintenance;
mod membership;
mod people;
mod places;
mod revise;
mod schedule;
mod session;
pub(crate) mod whole;

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use gym_core::booking::{WaitlistEntry, WaitlistState};
use gym_core::club::{Club, Key, diary_from};
use gym_core::command::{Command, Context};
use gym_core::id::{ClassId, Id, MemberId};
use gym_core::schedule::claim::Owner;
use gym_core::schedule::class::Class;
use gym_core::time::Instant;
use gym_core::user::Actor;

use crate::booking::{BanRow, HoldRow, PenaltyRow, RegistrationRow, WaitlistRow};
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::member::{AccessRow, MemberRow};
use crate::row::{id, stamp};
use crate::schedule::claim;
use crate::schedule::class::ClassRow;
use crate::schedule::session::SessionRow;
use crate::schema::*;
use crate::user;

/// Loads what a command is decided on, locked where the database needs that.
pub(crate) fn facts(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
) -> Result<Club, StoreError> {
    gather(Load::new(connection, context.now), command, context)
}

/// Loads what a command would be decided on, without locks.
pub(crate) fn facts_unlocked(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
) -> Result<Club, StoreError> {
    let load = Load::unlocked(connection, Club::default(), context.now);
    gather(load, command, context)
}

fn gather(mut load: Load<'_>, command: &Command, context: &Context) -> Result<Club, StoreError> {
    load.actor(context.actor)?;
    match command {
        Command::Book(gym_core::command::Book { class, member, .. })
        | Command::Hold { class, member, .. }
        | Command::CheckIn { class, member, .. } => {
            load.booking(*class, Some(*member), Reach::WaitingIfFree)?;
        }
        Command::Cancel { class, member } | Command::ReleaseHold { class, member } => {
            load.booking(*class, Some(*member), Reach::Waiting)?;
        }
        Command::Promote { class } => load.booking(*class, None, Reach::WaitingIfFree)?,
        Command::MarkNoShow { class, member, .. } => load.booking(*class, *member, Reach::Booked)?,
        command => load.others(command)?,
    }
    Ok(load.club)
}

/// Loads rows by a query that both databases run as it is, each on its own connection: the statement is then found by
/// its type, where the enum would write its text out each time. Without LIMIT, which SQLite plans anew for each value.
macro_rules! fetch {
    ($load:expr, $query:expr) => {
        $crate::connection::on_backend!(&mut *$load.connection, |c| $query.load(c)?)
    };
}
pub(crate) use fetch;

/// Whose facts a decision about a class needs besides those of the member that it names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those who wait.
    Waiting,
    /// Those who wait, unless no seat can come to them.
    WaitingIfFree,
    /// Those who have booked.
    Booked,
    /// Both.
    All,
}

/// A slice of the club in the making.
pub(crate) struct Load<'c> {
    pub(crate) connection: &'c mut AnyConnection,
    pub(crate) club: Club,
    now: Instant,
    locked: bool,
}

impl<'c> Load<'c> {
    pub(crate) fn new(connection: &'c mut AnyConnection, now: Instant) -> Self {
        Self {
            connection,
            club: Club::default(),
            now,
            locked: true,
        }
    }

    /// Loads without locks, for advice.
    pub(crate) fn unlocked(connection: &'c mut AnyConnection, club: Club, now: Instant) -> Self {
        Self {
            connection,
            club,
            now,
            locked: false,
        }
    }

    fn actor(&mut self, actor: Actor) -> Result<(), StoreError> {
        let Actor::User(user) = actor else { return Ok(()) };
        for row in user::grants_of(self.connection, user.get())? {
            self.club.grants.insert(row.try_into()?);
        }
        let member = members::table.filter(members::user_id.eq(user.get()));
        let rows: Vec<MemberRow> = member.select(MemberRow::as_select()).load(self.connection)?;
        rows.into_iter()
            .for_each(|row| self.club.members.insert(row.into()));
        Ok(())
    }

    /// Loads a class, the member that a command names, and those whom the decision may reach.
    fn booking(&mut self, class: ClassId, member: Option<MemberId>, reach: Reach) -> Result<(), StoreError> {
        self.lock_classes(&[class])?;
        if !self.class(class)? {
            return Ok(());
        }
        let mut people = match reach {
            Reach::WaitingIfFree if self.stays_full(class) => BTreeSet::new(),
            reach => self.reached(class, reach),
        };
        people.extend(member);
        self.lock_members(&people)?;
        if !people.is_disjoint(&self.reached(class, Reach::Waiting)) {
            self.waitlist(class)?;
        }
        people
            .into_iter()
            .try_for_each(|member| self.member_for(member, class))
    }

    /// Whether every seat is booked and none is held or offered, so that no seat can come to who waits.
    fn stays_full(&self, class: ClassId) -> bool {
        self.club.class_facts(class).is_some_and(|facts| {
            let offered = |entry: &&WaitlistEntry| entry.state == WaitlistState::Offered;
            facts.taken() >= facts.capacity()
                && facts.holds.iter().all(|hold| hold.ended)
                && !facts.waitlist.iter().any(offered)
        })
    }

    /// Returns the members whom a decision about a class may reach.
    pub(crate) fn reached(&self, class: ClassId, reach: Reach) -> BTreeSet<MemberId> {
        let key = Key::Class(class);
        let waiting = self
            .club
            .waitlist
            .of(key)
            .filter(|entry| entry.state.is_live())
            .map(|entry| entry.member);
        let booked = self
            .club
            .registrations
            .of(key)
            .filter(|booked| booked.state.is_live())
            .map(|it| it.member);
        match reach {
            Reach::Waiting | Reach::WaitingIfFree => waiting.collect(),
            Reach::Booked => booked.collect(),
            Reach::All => waiting.chain(booked).collect(),
        }
    }

    /// Loads a dated class with its place, seats, waitlist and holds. Says whether it is there.
    pub(crate) fn class(&mut self, class: ClassId) -> Result<bool, StoreError> {
        let row = classes::table.find(class.get());
        let row: Option<ClassRow> = fetch!(self, row.select(ClassRow::as_select())).pop();
        let Some(row) = row else { return Ok(false) };
        let dated: Class = row.try_into()?;
        self.location(dated.offering.location)?;
        if let Some(room) = dated.offering.room {
            self.room(room)?;
        }
        if dated.offering.equipment.is_some() {
            self.claims_of(Owner::Class(class))?;
        }
        let raw = class.get();
        self.club.classes.insert(dated);
        let rows = class_registrations::table.filter(class_registrations::class_id.eq(raw));
        let rows: Vec<RegistrationRow> = fetch!(self, rows.select(RegistrationRow::as_select()));
        for row in rows {
            self.club.registrations.insert(row.try_into()?);
        }
        self.entries(class)?;
        let rows = holds::table
            .filter(holds::class_id.eq(raw))
            .filter(holds::ended.eq(false));
        let rows: Vec<HoldRow> = fetch!(self, rows.select(HoldRow::as_select()));
        for row in rows {
            self.club.holds.insert(row.try_into()?);
        }
        Ok(true)
    }

    fn entries(&mut self, class: ClassId) -> Result<(), StoreError> {
        let rows = class_waitlist::table.filter(class_waitlist::class_id.eq(class.get()));
        let rows: Vec<WaitlistRow> = fetch!(self, rows.select(WaitlistRow::as_select()));
        for row in rows {
            self.club.waitlist.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Reads a waitlist again under the locks of its members: who got a seat elsewhere meanwhile has left it.
    fn waitlist(&mut self, class: ClassId) -> Result<(), StoreError> {
        match self.connection {
            AnyConnection::Postgres(_) => self.entries(class),
            AnyConnection::Sqlite(_) => Ok(()),
        }
    }

    /// Loads the claims of an owner.
    pub(crate) fn claims_of(&mut self, owner: Owner) -> Result<(), StoreError> {
        for row in claim::of(self.connection, owner)? {
            self.club.claims.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Loads what a decision about a class needs to know of a member.
    pub(crate) fn member_for(&mut self, member: MemberId, class: ClassId) -> Result<(), StoreError> {
        let from = self.club.classes.get(class).and_then(|class| {
            let location = self.club.locations.get(class.offering.location)?;
            Some(diary_from(
                location,
                class.period.start(),
                self.now,
                self.club.policy(location.id),
            ))
        });
        self.member(member, from.unwrap_or(self.now))
    }

    /// Loads a member with their diary from an instant on, where they wait, and what they were penalised for.
    pub(crate) fn member(&mut self, member: MemberId, from: Instant) -> Result<(), StoreError> {
        let (raw, from) = (member.get(), stamp(from));
        let row = members::table.find(raw);
        let row: Option<MemberRow> = fetch!(self, row.select(MemberRow::as_select())).pop();
        let Some(row) = row else { return Ok(()) };
        self.club.members.insert(row.into());
        let rows = member_location_access::table.filter(member_location_access::member_id.eq(raw));
        let rows: Vec<AccessRow> = fetch!(self, rows.select(AccessRow::as_select()));
        rows.into_iter()
            .for_each(|row| self.club.access.insert(row.into()));
        self.diary(raw, from)?;
        self.waiting(raw)?;
        let rows = penalties::table.filter(penalties::member_id.eq(raw));
        let rows: Vec<PenaltyRow> = fetch!(self, rows.select(PenaltyRow::as_select()));
        for row in rows {
            self.club.penalties.insert(row.try_into()?);
        }
        let rows = bans::table.filter(bans::member_id.eq(raw));
        let rows: Vec<BanRow> = fetch!(self, rows.select(BanRow::as_select()));
        for row in rows {
            self.club.bans.insert(row.into());
        }
        Ok(())
    }

    fn diary(&mut self, member: i64, from: NaiveDateTime) -> Result<(), StoreError> {
        let booked = class_registrations::table
            .inner_join(classes::table)
            .filter(class_registrations::member_id.eq(member))
            .filter(class_registrations::ends_at.gt(from));
        let booked: Vec<(RegistrationRow, ClassRow)> = fetch!(
            self,
            booked.select((RegistrationRow::as_select(), ClassRow::as_select()))
        );
        for (registration, class) in booked {
            self.beside(class)?;
            self.club.registrations.insert(registration.try_into()?);
        }
        let rows = sessions::table
            .filter(sessions::member_id.eq(member))
            .filter(sessions::ends_at.gt(from));
        let rows: Vec<SessionRow> = fetch!(self, rows.select(SessionRow::as_select()));
        for row in rows {
            let session: gym_core::schedule::session::Session = row.try_into()?;
            self.location(session.location)?;
            self.club.sessions.insert(session);
        }
        Ok(())
    }

    fn waiting(&mut self, member: i64) -> Result<(), StoreError> {
        // Not `eq_any`, whose statement cannot be kept.
        let live = class_waitlist::state
            .eq("waiting")
            .or(class_waitlist::state.eq("offered"));
        let waits = class_waitlist::table
            .inner_join(classes::table)
            .filter(class_waitlist::member_id.eq(member))
            .filter(live);
        let waits: Vec<(WaitlistRow, ClassRow)> = fetch!(
            self,
            waits.select((WaitlistRow::as_select(), ClassRow::as_select()))
        );
        for (entry, class) in waits {
            self.beside(class)?;
            let entry: WaitlistEntry = entry.try_into()?;
            self.club.waitlist.insert(entry);
        }
        Ok(())
    }

    /// Adds a class that is only looked at from outside: its time and title, not its seats.
    fn beside(&mut self, row: ClassRow) -> Result<(), StoreError> {
        if self.club.classes.get(id(row.id)).is_none() {
            let class: Class = row.try_into()?;
            self.location(class.offering.location)?;
            self.club.classes.insert(class);
        }
        Ok(())
    }

    pub(crate) fn lock_classes(&mut self, ids: &[ClassId]) -> Result<(), StoreError> {
        let ids: BTreeSet<i64> = ids.iter().map(|it| it.raw()).collect();
        self.lock("classes", ids)
    }

    pub(crate) fn lock_members(&mut self, ids: &BTreeSet<MemberId>) -> Result<(), StoreError> {
        self.lock("members", ids.iter().map(|it| it.raw()).collect())
    }

    /// Locks rows of a table, ascending by id.
    pub(crate) fn lock(&mut self, table: &str, ids: BTreeSet<i64>) -> Result<(), StoreError> {
        let AnyConnection::Postgres(connection) = &mut *self.connection else {
            return Ok(());
        };
        if !self.locked || ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = ids.into_iter().collect();
        macro_rules! lock {
            ($table:ident) => {{
                let rows = $table::table
                    .filter($table::id.eq_any(ids))
                    .order($table::id);
                rows.select($table::id)
                    .for_no_key_update()
                    .load::<i64>(connection)?
            }};
        }
        match table {
            "classes" => lock!(classes),
            "trainers" => lock!(trainers),
            "rooms" => lock!(rooms),
            "equipment_units" => lock!(equipment_units),
            "locations" => lock!(locations),
            "class_series" => lock!(class_series),
            _ => lock!(members),
        };
        Ok(())
    }
}
