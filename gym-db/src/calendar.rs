//! Calendars to subscribe to: of a location, a trainer or a member, written by [`crate::feed`].

use std::collections::BTreeMap;

use chrono_tz::Tz;
use diesel::prelude::*;
use gym_core::id::{LocationId, MemberId, TrainerId};
use gym_core::schedule::class::Class;
use gym_core::schedule::session::Session;
use gym_core::time::{Instant, Period};

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::feed::{self, Item};
use crate::row::stamp;
use crate::schedule::class::ClassRow;
use crate::schedule::session::SessionRow;
use crate::schema::{class_registrations, classes, members, rooms, sessions};
use crate::{Gym, location, trainer};

/// Whose calendar it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Every class at a location.
    Location(LocationId),
    /// What a trainer gives.
    Trainer(TrainerId),
    /// What a member has booked.
    Member(MemberId),
}

impl Gym {
    /// Writes the calendar of a location, a trainer or a member: what starts in a period, as iCalendar.
    ///
    /// `host` is the club's domain, which makes the identities of the entries the club's own; `as_of` is when the
    /// calendar is written, by the caller's clock. Cancelled classes are in it, marked so, as are in a member's the
    /// classes from which the club took that member; of other members it says nothing.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] that [`is_not_found`](StoreError::is_not_found) if there is no such location, trainer or
    /// member, or if the database cannot be read.
    pub fn calendar(
        &self,
        whose: Whose,
        during: Period,
        host: &str,
        as_of: Instant,
    ) -> Result<String, StoreError> {
        self.store.read(|c| {
            let names = Names::load(c)?;
            let (title, zone) = names.of(c, whose)?;
            let classes = classes_of(c, whose, during)?;
            let sessions = sessions_of(c, whose, during)?;
            let mut items: Vec<Item> = classes
                .iter()
                .map(|(class, is_on)| names.class(class, *is_on, host, as_of))
                .collect();
            items.extend(sessions.iter().map(|session| names.session(session, host, as_of)));
            items.sort_by(|a, b| (a.period.start(), &a.uid).cmp(&(b.period.start(), &b.uid)));
            Ok(feed::write(&title, zone, &items))
        })
    }
}

/// What things are called.
struct Names {
    places: BTreeMap<i64, (String, Tz)>,
    rooms: BTreeMap<i64, String>,
    trainers: BTreeMap<i64, (String, i64)>,
}

impl Names {
    fn load(c: &mut AnyConnection) -> Result<Self, StoreError> {
        let places = location::load(c, None)?
            .into_iter()
            .map(|it| (it.id.get(), (it.name, it.zone)));
        let trainers = trainer::load(c, None)?
            .into_iter()
            .map(|it| (it.id.get(), (it.person.name, it.home.get())));
        let rooms: Vec<(i64, String)> = rooms::table.select((rooms::id, rooms::name)).load(c)?;
        Ok(Self {
            places: places.collect(),
            rooms: rooms.into_iter().collect(),
            trainers: trainers.collect(),
        })
    }

    fn of(&self, c: &mut AnyConnection, whose: Whose) -> Result<(String, Tz), StoreError> {
        let missing = || StoreError::from(diesel::result::Error::NotFound);
        let (name, home) = match whose {
            Whose::Location(place) => return self.places.get(&place.get()).cloned().ok_or_else(missing),
            Whose::Trainer(trainer) => self.trainers.get(&trainer.get()).cloned().ok_or_else(missing)?,
            Whose::Member(member) => members::table
                .find(member.get())
                .select((members::name, members::home_id))
                .first(c)?,
        };
        let (_, zone) = self.places.get(&home).ok_or_else(missing)?;
        Ok((name, *zone))
    }

    fn place(&self, location: LocationId, room: Option<i64>) -> Option<String> {
        let (place, _) = self.places.get(&location.get())?;
        let room = room.and_then(|room| self.rooms.get(&room));
        Some(room.map_or_else(|| place.clone(), |room| format!("{place}, {room}")))
    }

    fn with(&self, trainer: Option<TrainerId>) -> Option<String> {
        let (name, _) = self.trainers.get(&trainer?.get())?;
        Some(format!("with {name}"))
    }

    fn class(&self, class: &Class, is_on: bool, host: &str, as_of: Instant) -> Item {
        let item = Item::of(class, host, as_of);
        Item {
            location: self.place(class.offering.location, class.offering.room.map(|it| it.get())),
            description: self.with(class.offering.trainer),
            is_cancelled: item.is_cancelled || !is_on,
            ..item
        }
    }

    fn session(&self, session: &Session, host: &str, as_of: Instant) -> Item {
        Item {
            uid: format!("session-{}@{host}", session.id),
            title: "Training session".to_owned(),
            description: self.with(Some(session.trainer)),
            location: self.place(session.location, session.room.map(|it| it.get())),
            programme: None,
            period: session.period,
            is_cancelled: !session.state.is_live(),
            sequence: 0,
            stamp: as_of,
        }
    }
}

/// The classes, each with whether it is on for whom the calendar is.
fn classes_of(c: &mut AnyConnection, whose: Whose, during: Period) -> Result<Vec<(Class, bool)>, StoreError> {
    let (first, last) = (stamp(during.start()), stamp(during.end()));
    let starts = classes::table
        .filter(classes::starts_at.ge(first))
        .filter(classes::starts_at.lt(last));
    let rows: Vec<ClassRow> = match whose {
        Whose::Location(place) => starts
            .filter(classes::location_id.eq(place.get()))
            .select(ClassRow::as_select())
            .load(c)?,
        Whose::Trainer(trainer) => starts
            .filter(classes::trainer_id.eq(trainer.get()))
            .select(ClassRow::as_select())
            .load(c)?,
        Whose::Member(member) => {
            let booked = starts
                .inner_join(class_registrations::table)
                .filter(class_registrations::member_id.eq(member.get()))
                .filter(class_registrations::state.eq_any(["booked", "attended", "club_cancelled"]))
                .select((ClassRow::as_select(), class_registrations::state))
                .load(c)?;
            return one_of_each(booked);
        }
    };
    let on = |row: ClassRow| Class::try_from(row).map(|class| (class, true));
    rows.into_iter().map(on).collect()
}

/// A member may have booked again where the club cancelled before: the class is on if any booking of it is.
fn one_of_each(booked: Vec<(ClassRow, String)>) -> Result<Vec<(Class, bool)>, StoreError> {
    let mut classes: BTreeMap<i64, (Class, bool)> = BTreeMap::new();
    for (row, state) in booked {
        let class = Class::try_from(row)?;
        classes.entry(class.id.get()).or_insert((class, false)).1 |= state != "club_cancelled";
    }
    Ok(classes.into_values().collect())
}

fn sessions_of(c: &mut AnyConnection, whose: Whose, during: Period) -> Result<Vec<Session>, StoreError> {
    let (first, last) = (stamp(during.start()), stamp(during.end()));
    let starts = sessions::table
        .filter(sessions::starts_at.ge(first))
        .filter(sessions::starts_at.lt(last));
    let rows: Vec<SessionRow> = match whose {
        // A session is between two people; the calendar on the wall does not show it.
        Whose::Location(_) => Vec::new(),
        Whose::Trainer(trainer) => starts
            .filter(sessions::trainer_id.eq(trainer.get()))
            .select(SessionRow::as_select())
            .load(c)?,
        Whose::Member(member) => starts
            .filter(sessions::member_id.eq(member.get()))
            .select(SessionRow::as_select())
            .load(c)?,
    };
    rows.into_iter().map(TryInto::try_into).collect()
}
