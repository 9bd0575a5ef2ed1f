//! Reading: the timetable, who booked and waits, blocks of trainers, and the journal.

use diesel::prelude::*;
use gym_core::billing::pricing::Priced;
use gym_core::booking::policy::Policy;
use gym_core::booking::{Registration, WaitlistEntry};
use gym_core::club::Club;
use gym_core::entitlement::LastDay;
use gym_core::id::{ClassId, InvoiceId, LocationId, LotId, TrainerId};
use gym_core::location::Location;
use gym_core::member::Member;
use gym_core::replay::{Outlook, what_if};
use gym_core::schedule::class::Class;
use gym_core::time::{Instant, Period};
use gym_core::trainer::Trainer;

use crate::billing::invoice;
use crate::booking::{RegistrationRow, WaitlistRow};
use crate::error::StoreError;
use crate::journal::{self, Entry};
use crate::member::MemberRow;
use crate::row::{bad, id, period, stamp};
use crate::schedule::class::ClassRow;
use crate::schema::{class_registrations, class_waitlist, classes, members, scheduled_blocks};
use crate::stamp::Stamp;
use crate::{Gym, load, location, trainer};

/// A dated class with how full it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The class.
    pub class: Class,
    /// The seats that are booked.
    pub booked: u32,
    /// How many entries wait.
    pub waiting: u32,
}

/// One row of the seed's `Scheduled_Blocks`: when a trainer is taken, without buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The trainer.
    pub trainer: TrainerId,
    /// When.
    pub period: Period,
    /// The class, if it is one; else it is a session.
    pub is_class: bool,
    /// The number of the class or session.
    pub id: i64,
}

impl Gym {
    /// Lists the classes that start in a period, at one location or at all, by start.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] if the database cannot be read; so for every reading function.
    pub fn classes(&self, location: Option<LocationId>, during: Period) -> Result<Vec<Listing>, StoreError> {
        self.store.read(|c| {
            let query = classes::table
                .filter(classes::starts_at.ge(stamp(during.start())))
                .filter(classes::starts_at.lt(stamp(during.end())));
            let order = (classes::starts_at, classes::id);
            let rows: Vec<ClassRow> = match location {
                Some(location) => {
                    let there = query.filter(classes::location_id.eq(location.get()));
                    there.order(order).select(ClassRow::as_select()).load(c)?
                }
                None => query.order(order).select(ClassRow::as_select()).load(c)?,
            };
            let mut listings = Vec::with_capacity(rows.len());
            for row in rows {
                let live = class_registrations::table
                    .filter(class_registrations::class_id.eq(row.id))
                    .filter(class_registrations::state.eq_any(["booked", "attended"]));
                let seats: Vec<i32> = live.select(class_registrations::seats).load(c)?;
                let waits = class_waitlist::table
                    .filter(class_waitlist::class_id.eq(row.id))
                    .filter(class_waitlist::state.eq_any(["waiting", "offered"]));
                let waiting: i64 = waits.count().get_result(c)?;
                let booked = seats.into_iter().map(i32::unsigned_abs).sum();
                let waiting = waiting.try_into().unwrap_or(u32::MAX);
                listings.push(Listing {
                    class: row.try_into()?,
                    booked,
                    waiting,
                });
            }
            Ok(listings)
        })
    }

    /// Returns a dated class.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] that [`is_not_found`](StoreError::is_not_found) if there is none.
    pub fn class(&self, class: ClassId) -> Result<Class, StoreError> {
        let row = classes::table.find(class.get()).select(ClassRow::as_select());
        self.store.read(|c| row.first::<ClassRow>(c)?.try_into())
    }

    /// Says until when a pass, or what a membership grants, can be used.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] that [`is_not_found`](StoreError::is_not_found) if there is no such lot.
    pub fn last_day(&self, lot: LotId) -> Result<LastDay, StoreError> {
        self.store.read(|c| load::last_day(c, lot))
    }

    /// Lists who booked a class, in the order of booking.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn roster(&self, class: ClassId) -> Result<Vec<Registration>, StoreError> {
        let rows = class_registrations::table.filter(class_registrations::class_id.eq(class.get()));
        let rows = rows
            .order(class_registrations::id)
            .select(RegistrationRow::as_select());
        self.store.read(|c| {
            rows.load::<RegistrationRow>(c)?
                .into_iter()
                .map(TryInto::try_into)
                .collect()
        })
    }

    /// Lists who waits for a class, or did, in the order of entering.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn waitlist(&self, class: ClassId) -> Result<Vec<WaitlistEntry>, StoreError> {
        let rows = class_waitlist::table.filter(class_waitlist::class_id.eq(class.get()));
        let rows = rows
            .order(class_waitlist::entry_seq)
            .select(WaitlistRow::as_select());
        self.store.read(|c| {
            rows.load::<WaitlistRow>(c)?
                .into_iter()
                .map(TryInto::try_into)
                .collect()
        })
    }

    /// Lists when trainers are taken by blocks that start in a period: the seed's `Scheduled_Blocks`.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn scheduled_blocks(&self, during: Period) -> Result<Vec<Block>, StoreError> {
        type Row = (i64, Stamp, Stamp, String, i64);
        let rows = scheduled_blocks::table
            .filter(scheduled_blocks::date.ge(stamp(during.start())))
            .filter(scheduled_blocks::date.lt(stamp(during.end())))
            .order((scheduled_blocks::trainer_id, scheduled_blocks::date))
            .select((
                scheduled_blocks::trainer_id,
                scheduled_blocks::date,
                scheduled_blocks::end_time,
                scheduled_blocks::owner_kind,
                scheduled_blocks::id,
            ));
        let block = |(trainer, start, end, kind, block): Row| {
            let is_class = match kind.as_str() {
                "class" => true,
                "session" => false,
                _ => return Err(bad("scheduled_blocks.type", kind)),
            };
            let period = period("scheduled_blocks.date", start, end)?;
            Ok(Block {
                trainer: id(trainer),
                period,
                is_class,
                id: block,
            })
        };
        self.store
            .read(|c| rows.load::<Row>(c)?.into_iter().map(block).collect())
    }

    /// Lists the members.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn members(&self) -> Result<Vec<Member>, StoreError> {
        let rows = members::table.order(members::id).select(MemberRow::as_select());
        self.store
            .read(|c| Ok(rows.load::<MemberRow>(c)?.into_iter().map(Into::into).collect()))
    }

    /// Lists the locations.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn locations(&self) -> Result<Vec<Location>, StoreError> {
        self.store.read(|c| location::load(c, None))
    }

    /// Lists the trainers.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn trainers(&self) -> Result<Vec<Trainer>, StoreError> {
        self.store.read(|c| trainer::load(c, None))
    }

    /// Lists the journal's rows after one, at most so many, by number.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn journal(&self, after: i64, most: u32) -> Result<Vec<Entry>, StoreError> {
        self.store.read(|c| journal::after(c, after, most.into()))
    }

    /// Returns why a command was given, by its key, where no other row keeps it: why rules were set aside, a penalty was
    /// forgiven, or an invoice was taken back. The journal itself does not hold it, so that it can be erased.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn reason(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.store.read(|c| journal::reason(c, key))
    }

    /// Lists the journal's last rows, the newest last.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn last_journaled(&self, most: u32) -> Result<Vec<Entry>, StoreError> {
        self.store.read(|c| journal::last(c, most.into()))
    }

    /// Returns when the last command was given, by the clock that it came with.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn last_command_at(&self) -> Result<Option<Instant>, StoreError> {
        self.store.read(journal::last_at)
    }

    /// Reads how the prices of the next invoices after one came about, by id, of those that pricings outside the house
    /// were asked for: each pricing's answer has the record that proves it.
    ///
    /// # Errors
    ///
    /// As [`classes`](Self::classes).
    pub fn priced_invoices(
        &self,
        after: Option<InvoiceId>,
        most: u32,
    ) -> Result<Vec<(InvoiceId, Priced)>, StoreError> {
        let after = after.map_or(0, |it| it.get());
        self.store.read(|c| invoice::priced_after(c, after, most))
    }

    /// Loads the whole club into memory, for what-ifs and checks.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn club(&self) -> Result<Club, StoreError> {
        self.store.read(load::whole::club)
    }

    /// Says what another policy would have changed in a stretch of the journal.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] if the database cannot be read, or if the policy makes no sense.
    pub fn what_if(&self, policy: &Policy, stretch: Period) -> Result<Outlook, StoreError> {
        let journal: Vec<_> = self
            .journal(0, u32::MAX)?
            .into_iter()
            .map(Entry::into_recorded)
            .collect();
        what_if(&journal, policy, stretch).map_err(StoreError::other)
    }
}
