//! When a training session can be booked.

use gym_core::club::searchable;
use gym_core::schedule::slots::{SlotSearch, TeamSlot};

use crate::error::Failure;
use crate::{Desk, Gym, load};

impl Gym {
    /// Lists when a training session can be booked now. See [`Desk::free_slots`].
    ///
    /// # Errors
    ///
    /// As [`Desk::free_slots`].
    pub fn free_slots(&self, search: &SlotSearch) -> Result<Vec<TeamSlot>, Failure> {
        self.desk().free_slots(search)
    }
}

impl Desk<'_> {
    /// Lists when a training session can be booked, by start, each time with the trainers who are free in the order of
    /// their turns: what [`Club::free_slots`](gym_core::club::Club::free_slots) says of the facts that it needs. It takes
    /// no locks, so that somebody may be faster; what is listed is what
    /// [`BookSession`](gym_core::command::Command::BookSession) accepts if nothing was booked meanwhile.
    ///
    /// ```
    /// use gym_core::command::Command;
    /// use gym_core::schedule::availability::{Availability, Span};
    /// use gym_core::schedule::claim::Buffers;
    /// use gym_core::schedule::slots::{SlotRequest, SlotSearch};
    /// use gym_core::time::day;
    /// use gym_core::user::Person;
    /// use gym_db::Gym;
    ///
    /// let gym = Gym::open("sqlite::memory:")?;
    /// let now = "2026-03-01T08:00:00Z".parse()?;
    /// let (desk, zone, monday) = (gym.at(now), "Europe/Berlin".parse()?, "2026-03-02".parse()?);
    /// let mitte = desk.add_location("Mitte", zone, "EUR".parse()?)?;
    /// let hours = Span::new("09:00:00".parse()?, "11:00:00".parse()?)?;
    /// desk.run(&Command::AddTrainer {
    ///     person: Person::new("Tom", None)?,
    ///     user: None,
    ///     home: mitte,
    ///     also_at: Default::default(),
    ///     availability: Availability { overrides: [(monday, vec![hours])].into(), ..Availability::default() },
    /// })?;
    /// let hour = SlotRequest::new(60, 30, Buffers::default(), now)?;
    /// let free = desk.free_slots(&SlotSearch::new(mitte, day(zone, monday).unwrap(), hour))?;
    /// assert_eq!(free.len(), 3);
    /// assert_eq!(free[0].slot.to_string(), "2026-03-02 08:00–09:00 UTC");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] if the search names what is not there, or is too wide; [`Failure::Store`].
    pub fn free_slots(&self, search: &SlotSearch) -> Result<Vec<TeamSlot>, Failure> {
        let now = self.context().now;
        let refused = |refusal| Failure::Refused(Box::new(refusal));
        searchable(search).map_err(refused)?;
        let club = self.gym().store.read(|c| load::for_slots(c, search, now))?;
        club.free_slots(search, now).map_err(refused)
    }
}
