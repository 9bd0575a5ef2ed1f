//! When a session can be booked: the free time of trainers, less what is taken of place, room and member.

use chrono::{Datelike, Duration};

use super::against::Wanted;
use super::checks::Checks;
use super::placing::Placing;
use super::turns::Turns;
use super::{Club, unknown};
use crate::booking::refusal::{Alternative, Reason, Refusal};
use crate::id::TrainerId;
use crate::location::Location;
use crate::schedule::claim::Resource;
use crate::schedule::session::Session;
use crate::schedule::slots::{Candidate, SlotRequest, SlotSearch, TeamSlot, free_slots, rotation};
use crate::time::{Instant, Period, civil, day, resolve};
use crate::trainer::Trainer;

const ACTION: &str = "look for free slots";

/// The longest time that is searched, in days.
const MOST_DAYS: i64 = 366;

/// The most starts, over all trainers, that one search looks at: 100 trainers each half hour of a year.
const MOST_STARTS: i64 = 2_000_000;

/// Refuses a search of more than 366 days, or outside the years 3 to 9997. Nothing needs to be known for that: who loads
/// facts asks this first.
///
/// # Errors
/// [`Reason::BadValue`] for what is out of bounds.
pub fn searchable(search: &SlotSearch) -> Result<(), Refusal> {
    let (mut checks, during) = (Checks::default(), search.during);
    for at in [during.start(), during.end()] {
        let known = (3..=9997).contains(&at.year());
        checks.value(known, "during", at, "a time of the years 3 to 9997");
    }
    let longest = Duration::days(MOST_DAYS);
    checks.value(during.duration() <= longest, "during", during, "at most 366 days");
    checks.into_result(ACTION, chrono_tz::UTC)
}

impl Club {
    /// Lists when a training session can be booked, by start, each time with the trainers who are free in the order of
    /// their turns.
    ///
    /// It is what [`BookSession`](crate::command::Command::BookSession) decides, asked beforehand: each time with each of
    /// its trainers is accepted at `now` from staff or the member, and any other start on the grid is refused. Asked
    /// for anyone, that command takes the first trainer. Without a member, what only a member can lack (access, time) is
    /// not looked at; a member who is banned has no free time.
    ///
    /// Of an hour that the clocks show twice, the first is listed: a command cannot name the second.
    ///
    /// ```
    /// use gym_core::club::Club;
    /// use gym_core::command::{Command, Context};
    /// use gym_core::schedule::availability::{Availability, Span};
    /// use gym_core::schedule::claim::Buffers;
    /// use gym_core::schedule::slots::{SlotRequest, SlotSearch};
    /// use gym_core::time::day;
    /// use gym_core::user::{Actor, Person};
    ///
    /// let (zone, monday) = ("Europe/Berlin".parse()?, "2026-03-02".parse()?);
    /// let hours = Span::new("09:00:00".parse()?, "11:00:00".parse()?)?;
    /// let availability = Availability { overrides: [(monday, vec![hours])].into(), ..Availability::default() };
    /// let mut club = Club::default();
    /// let now = "2026-03-01T08:00:00Z".parse()?;
    /// for command in [
    ///     serde_json::from_str(r#"{"add_location":{"name":"Mitte","zone":"Europe/Berlin","currency":"EUR","hours":{"hours":[]}}}"#)?,
    ///     Command::AddTrainer {
    ///         person: Person::new("Tom", None)?,
    ///         user: None,
    ///         home: gym_core::id::LocationId::new(1)?,
    ///         also_at: Default::default(),
    ///         availability,
    ///     },
    /// ] {
    ///     let events = club.decide(&command, &Context { now, actor: Actor::System })?;
    ///     let ids = club.allot(&events);
    ///     club.apply(&events, &ids);
    /// }
    /// let hour = SlotRequest::new(60, 30, Buffers::default(), now)?;
    /// let place = club.locations.iter().next().unwrap().id;
    /// let free = club.free_slots(&SlotSearch::new(place, day(zone, monday).unwrap(), hour), now)?;
    /// let starts: Vec<String> = free.iter().map(|free| free.slot.to_string()).collect();
    /// assert_eq!(starts, ["2026-03-02 08:00–09:00 UTC", "2026-03-02 08:30–09:30 UTC", "2026-03-02 09:00–10:00 UTC"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`Refusal`] for a location, trainer, room or member that is not there, or not at that place; for a time longer
    /// than 366 days or outside the years 3 to 9997; and for more than 2,000,000 starts of all trainers together.
    pub fn free_slots(&self, search: &SlotSearch, now: Instant) -> Result<Vec<TeamSlot>, Refusal> {
        let place = self
            .locations
            .get(search.location)
            .ok_or_else(|| unknown("location", search.location.get()))?;
        self.check_search(place, search)?;
        let banned = search.member.and_then(|member| self.banned(member, now));
        if banned.is_some() {
            return Ok(Vec::new());
        }
        Ok(self.open_slots(place, search, &Placing::new(self), now))
    }

    fn check_search(&self, place: &Location, search: &SlotSearch) -> Result<(), Refusal> {
        searchable(search)?;
        let mut checks = Checks::default();
        if let Some(id) = search.trainer
            && let Some(trainer) = checks.known("trainer", id, self.trainers.get(id))
            && !trainer.works_at(place.id)
        {
            checks.0.push(Reason::TrainerElsewhere {
                trainer: id,
                location: place.id,
            });
        }
        if let Some(id) = search.room
            && let Some(room) = checks.known("room", id, self.rooms.get(id))
            && room.location != place.id
        {
            checks.0.push(Reason::WrongPlace {
                what: "room".to_owned(),
                id: id.get(),
                at: room.location,
                expected: place.id,
            });
        }
        if let Some(id) = search.member {
            checks.known("member", id, self.members.get(id));
        }
        let trainers = i64::try_from(self.asked(place, search).count()).unwrap_or(i64::MAX);
        let starts =
            search.during.duration().num_minutes() / i64::from(search.request.step_minutes()) * trainers;
        let expected = "at most 2000000 starts of all trainers together";
        checks.value(
            starts <= MOST_STARTS,
            "during",
            format!("{starts} starts"),
            expected,
        );
        checks.into_result(ACTION, place.zone)
    }

    /// Returns the trainers of a place whom a search asks.
    fn asked<'c>(&'c self, place: &Location, search: &SlotSearch) -> impl Iterator<Item = &'c Trainer> {
        let (place, one) = (place.id, search.trainer);
        let named = one.and_then(|trainer| self.trainers.get(trainer)).into_iter();
        let all = one.is_none().then(|| self.trainers.iter());
        let asked = named.chain(all.into_iter().flatten());
        asked.filter(move |trainer| trainer.works_at(place))
    }

    /// Lists the slots of a search, whatever the member did.
    fn open_slots(
        &self,
        place: &Location,
        search: &SlotSearch,
        placing: &Placing<'_>,
        now: Instant,
    ) -> Vec<TeamSlot> {
        let none = Default::default();
        // Who is asked for by name is asked whatever their share.
        let weights = match search.trainer {
            Some(_) => &none,
            None => &self.policy(place.id).turn_weights,
        };
        let team: Vec<Turns> = self
            .asked(place, search)
            .map(|it| self.turns(it, weights))
            .collect();
        let mut offers: Vec<(Period, usize)> = Vec::new();
        for (index, trainer) in self.asked(place, search).enumerate() {
            let slots = self.slots_of(place, trainer, search, placing, now).into_iter();
            offers.extend(slots.map(|slot| (slot, index)));
        }
        offers.sort_by_key(|(slot, _)| slot.start());
        let at_once = offers.chunk_by(|one, next| one.0 == next.0);
        let free = at_once.filter_map(|offers| {
            let (slot, _) = *offers.first()?;
            self.can_be(place, search, slot, placing, now).then_some(())?;
            let turns = offers.iter().filter_map(|(_, index)| team.get(*index));
            let candidates: Vec<Candidate> = turns.map(|turns| turns.at(slot.start())).collect();
            let trainers = rotation(&candidates);
            (!trainers.is_empty()).then_some(TeamSlot { slot, trainers })
        });
        free.collect()
    }

    /// Lists when a trainer works and is free.
    fn slots_of(
        &self,
        place: &Location,
        trainer: &Trainer,
        search: &SlotSearch,
        placing: &Placing<'_>,
        now: Instant,
    ) -> Vec<Period> {
        let open = self.working(
            trainer,
            place,
            search.during.padded(0, search.request.length_minutes()),
        );
        let busy = placing.taken(Resource::Trainer(trainer.id), search.reach());
        let soonest = now.checked_add_signed(Duration::microseconds(1)).unwrap_or(now);
        let request = search.request.starting_from(soonest.max(search.during.start()));
        let mut slots = free_slots(&open, &busy, &request, place.zone);
        slots.retain(|slot| slot.start() < search.during.end());
        slots
    }

    /// Whether place, room and member are free for a slot that a command can name.
    fn can_be(
        &self,
        place: &Location,
        search: &SlotSearch,
        slot: Period,
        placing: &Placing<'_>,
        now: Instant,
    ) -> bool {
        let wanted = Wanted {
            room: search.room,
            member: search.member,
            period: slot,
            buffers: search.request.buffers(),
        };
        // Of a time that the clocks show twice, only the first can be asked for.
        resolve(place.zone, civil(place.zone, slot.start())).instant == slot.start()
            && self.against_time(place, &wanted, placing, now).is_empty()
    }

    /// Proposes up to three free times on the same civil day.
    pub(super) fn other_slots(
        &self,
        place: &Location,
        wanted: &Session,
        any: bool,
        placing: &Placing<'_>,
        now: Instant,
    ) -> Vec<Alternative> {
        let Some(during) = day(place.zone, place.date(wanted.period.start())) else {
            return Vec::new();
        };
        let minutes = wanted.period.duration().num_minutes().try_into().unwrap_or(60);
        let Ok(request) = SlotRequest::new(minutes, 30, wanted.buffers, now) else {
            return Vec::new();
        };
        let search = SlotSearch {
            trainer: (!any).then_some(wanted.trainer),
            room: wanted.room,
            member: Some(wanted.member),
            ..SlotSearch::new(place.id, during, request)
        };
        let free = self.open_slots(place, &search, placing, now);
        let each = free.iter().flat_map(|free| {
            let trainers = free.trainers.iter();
            trainers.map(|trainer| (free.slot, *trainer))
        });
        let mut each: Vec<(Period, TrainerId)> = each.collect();
        each.sort_by_key(|(slot, trainer)| {
            let away = (slot.start() - wanted.period.start()).abs();
            (away, slot.start(), *trainer)
        });
        let slot = |(period, trainer)| Alternative::Slot { trainer, period };
        each.into_iter().take(3).map(slot).collect()
    }
}
