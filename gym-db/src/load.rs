//! Loading: the slice of the club that a command is decided on, locked where the database needs that.
//!
//! On PostgreSQL a command locks first and loads after; see [`lock`].

mod billing;
mod chance;
mod check_in;
mod closure;
mod earning;
mod entitlement;
pub(crate) mod lock;
mod maintenance;
mod member;
mod membership;
mod payment;
mod payroll;
mod people;
mod places;
mod revise;
mod schedule;
mod session;
mod shop;
pub(crate) mod whole;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::booking::refusal::Refusal;
use gym_core::booking::{WaitlistEntry, WaitlistState};
use gym_core::club::{Club, Key, Prospect};
use gym_core::command::{Command, Context};
use gym_core::entitlement::LastDay;
use gym_core::id::{ClassId, ClosureId, LotId, MemberId};
use gym_core::schedule::claim::Owner;
use gym_core::schedule::class::Class;
use gym_core::schedule::slots::SlotSearch;
use gym_core::time::Instant;
use gym_core::user::Actor;

pub(crate) use self::chance::decided;
use self::lock::Locks;
use crate::booking::{HoldRow, RegistrationRow, WaitlistRow};
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::member::MemberRow;
use crate::schedule::claim;
use crate::schedule::class::ClassRow;
use crate::schema::*;
use crate::user;

/// Loads what a command is decided on. If that needs locks that cannot be had in their order any more, `known` gets
/// them, and the transaction has to begin again.
pub(crate) fn facts(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
    known: &mut Locks,
) -> Result<Club, StoreError> {
    let mut load = Load::new(connection, context.now);
    load.lock(known.iter().copied())?;
    gather(load, command, context, known)
}

/// Loads what a command would be decided on, without locks.
pub(crate) fn facts_unlocked(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
) -> Result<Club, StoreError> {
    let load = Load::unlocked(connection, Club::default(), context.now);
    gather(load, command, context, &mut Locks::new())
}

/// Loads what a command about a membership is decided on and what it would cost, and says that.
pub(crate) fn prospect(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
    through: NaiveDate,
) -> Result<Result<Prospect, Refusal>, StoreError> {
    let club = facts_unlocked(connection, command, context)?;
    let mut load = Load::unlocked(connection, club, context.now);
    load.costs(command)?;
    Ok(load.club.prospect(command, context, through))
}

/// Loads a lot with its uses and the membership that grants it, and says until when it can be used.
pub(crate) fn last_day(connection: &mut AnyConnection, lot: LotId) -> Result<LastDay, StoreError> {
    let mut load = Load::unlocked(connection, Club::default(), Instant::default());
    load.lot(lot)?;
    load.club
        .last_day(lot)
        .ok_or(StoreError::from(diesel::result::Error::NotFound))
}

/// Loads what a search for free slots looks at, without locks.
pub(crate) fn for_slots(
    connection: &mut AnyConnection,
    search: &SlotSearch,
    now: Instant,
) -> Result<Club, StoreError> {
    let mut load = Load::unlocked(connection, Club::default(), now);
    load.slots(search)?;
    Ok(load.club)
}

fn gather(
    mut load: Load<'_>,
    command: &Command,
    context: &Context,
    known: &mut Locks,
) -> Result<Club, StoreError> {
    load.actor(context.actor)?;
    match command {
        Command::Book(gym_core::command::Book { class, member, .. })
        | Command::Hold { class, member, .. }
        | Command::CheckIn { class, member, .. } => {
            let comes = matches!(command, Command::CheckIn { .. });
            let reach = if comes {
                Reach::Coming
            } else {
                Reach::WaitingIfFree
            };
            load.booking(*class, Some(*member), reach)?;
            if comes {
                load.fees(|fee| fee.class == *class && fee.member == *member)?;
            }
        }
        Command::Cancel { class, member } | Command::ReleaseHold { class, member } => {
            load.booking(*class, Some(*member), Reach::Waiting)?;
        }
        Command::Promote { class } => load.booking(*class, None, Reach::WaitingIfFree)?,
        Command::MarkNoShow { class, member, .. } => load.booking(*class, *member, Reach::Booked)?,
        command => load.others(command)?,
    }
    if !matches!(
        command,
        Command::Book(_) | Command::Hold { .. } | Command::ReleaseHold { .. } | Command::Promote { .. }
    ) {
        load.earnings(command)?;
    }
    load.settled(known)
}

/// Loads rows by a query that both databases run as it is, each on its own connection: the statement is then found by
/// its type, where the enum would write its text out each time. Without LIMIT, which SQLite plans anew for each value.
/// What is on the way of every booking tells its values as well.
macro_rules! fetch {
    ($load:expr, $query:expr $(, [$($value:expr),+])?) => {
        $crate::connection::on_backend!(&mut *$load.connection, |c| $crate::statement::fixed($query)
            $(.bound([$($value.into()),+]))?
            .load(c)?)
    };
}
pub(crate) use fetch;

/// The same of a query that lists values, whose text varies with their number.
macro_rules! fetch_listed {
    ($load:expr, $query:expr) => {
        $crate::connection::on_backend!(&mut *$load.connection, |c| $query.load(c)?)
    };
}
pub(crate) use fetch_listed;

/// Whose facts a decision about a class needs besides those of the member that it names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those who wait.
    Waiting,
    /// Those who wait, unless no seat can come to them.
    WaitingIfFree,
    /// The same, and what was taken from lots for the class, also what was given back.
    Coming,
    /// Those who have booked.
    Booked,
    /// Both.
    All,
    /// Those whom a closure had cancelled.
    Closed(ClosureId),
}

/// A slice of the club in the making.
pub(crate) struct Load<'c> {
    pub(crate) connection: &'c mut AnyConnection,
    pub(crate) club: Club,
    now: Instant,
    locked: bool,
    /// Whose locks the command takes, on either database: whom it is about.
    about: BTreeSet<MemberId>,
    /// What is locked.
    held: Locks,
    /// What would have had to be locked before that.
    missing: Locks,
}

impl<'c> Load<'c> {
    pub(crate) fn new(connection: &'c mut AnyConnection, now: Instant) -> Self {
        Self {
            connection,
            club: Club::default(),
            now,
            locked: true,
            about: BTreeSet::new(),
            held: Locks::new(),
            missing: Locks::new(),
        }
    }

    /// Loads without locks, for advice.
    pub(crate) fn unlocked(connection: &'c mut AnyConnection, club: Club, now: Instant) -> Self {
        Self {
            club,
            locked: false,
            ..Self::new(connection, now)
        }
    }

    fn actor(&mut self, actor: Actor) -> Result<(), StoreError> {
        let Actor::User(user) = actor else { return Ok(()) };
        for row in user::grants_of(self.connection, user.get())? {
            self.club.grants.insert(row.into());
        }
        let member = members::table.filter(members::user_id.eq(user.get()));
        let rows: Vec<MemberRow> = member.select(MemberRow::as_select()).load(self.connection)?;
        rows.into_iter()
            .for_each(|row| self.club.members.insert(row.into()));
        Ok(())
    }

    /// Loads a class, the member that a command names, and those whom the decision may reach.
    fn booking(&mut self, class: ClassId, member: Option<MemberId>, reach: Reach) -> Result<(), StoreError> {
        self.lock_classes([&class])?;
        if !self.class(class)? {
            return Ok(());
        }
        let mut people = match reach {
            Reach::WaitingIfFree | Reach::Coming if self.stays_full(class) => BTreeSet::new(),
            reach => self.reached(class, reach),
        };
        people.extend(member);
        self.lock_members(&people)?;
        self.members_for(&people, class)?;
        if reach != Reach::WaitingIfFree {
            self.uses_of_class(class)?;
        }
        self.holdings_for([&class], &people)?;
        if !people.is_disjoint(&self.reached(class, Reach::Waiting)) {
            self.waitlist(class)?;
            let period = self.club.classes.get(class).map(|class| class.period);
            period.map_or(Ok(()), |period| self.claimed_of(&people, period))?;
        }
        Ok(())
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
            Reach::Waiting | Reach::WaitingIfFree | Reach::Coming => waiting.collect(),
            Reach::Booked => booked.collect(),
            Reach::All => waiting.chain(booked).collect(),
            Reach::Closed(closure) => {
                let back = self.club.registrations.of(key);
                let back = back.filter(|it| it.closure == Some(closure)).map(|it| it.member);
                let waited = self.club.waitlist.of(key);
                let waited = waited.filter(|it| it.state == WaitlistState::Ended);
                back.chain(waited.map(|it| it.member)).collect()
            }
        }
    }

    /// Loads a dated class with its place, seats, waitlist and holds. Says whether it is there.
    pub(crate) fn class(&mut self, class: ClassId) -> Result<bool, StoreError> {
        let row = classes::table.find(class.get());
        let row: Option<ClassRow> = fetch!(self, row.select(ClassRow::as_select()), [class.get()]).pop();
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
        let rows: Vec<RegistrationRow> = fetch!(self, rows.select(RegistrationRow::as_select()), [raw]);
        for row in rows {
            self.club.registrations.insert(row.try_into()?);
        }
        self.entries(class)?;
        let rows = holds::table
            .filter(holds::class_id.eq(raw))
            .filter(holds::ended.eq(false));
        let rows: Vec<HoldRow> = fetch!(self, rows.select(HoldRow::as_select()), [raw, false]);
        for row in rows {
            self.club.holds.insert(row.try_into()?);
        }
        Ok(true)
    }

    fn entries(&mut self, class: ClassId) -> Result<(), StoreError> {
        let rows = class_waitlist::table.filter(class_waitlist::class_id.eq(class.get()));
        let rows: Vec<WaitlistRow> = fetch!(self, rows.select(WaitlistRow::as_select()), [class.get()]);
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
}
