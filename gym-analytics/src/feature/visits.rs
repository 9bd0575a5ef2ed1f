//! [`Visits`]: what one pass over the rows of who came leaves of each member, in integers alone.
//!
//! Integers are added, joined and compared, so neither the order of the rows nor the number of threads changes a bit.
//! Each row meets another member. So rows wait, in four bytes each, until many of one group of members can be counted
//! at once: what is kept of a group stays near the processor, what is kept of all members would not.

mod group;
mod told;

use std::ops::Range;
use std::thread;

use gym_core::booking::RegistrationState;
use gym_core::history::{History, NO_TIME};

use self::group::{Counts, Group};
use self::told::{GROUP, Stretch, Told, tell};
use super::clock::Clocks;
use super::days::{Days, YEAR};

/// What is known of a member's visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visits {
    /// On which days of the last year they came.
    pub(super) days: Days,
    /// The civil day of the as-of at home.
    pub(super) today: i32,
    /// How many days ago the last visit was, if there was one.
    pub(super) last: Option<u32>,
    /// What was counted.
    pub(super) counts: Counts,
}

/// How many words of a group wait until they are counted.
const CROWD: usize = 1 << 13;

/// The visits of all members.
#[derive(Debug, Clone)]
pub(super) struct Tally<'a> {
    history: &'a History,
    /// The civil day of the as-of at each place, and the latest of them, from which days are counted back.
    todays: Vec<i32>,
    latest: i32,
    groups: Vec<Group>,
    /// Who waits of each group: [`CROWD`] words each, of which so many are taken.
    waiting: Vec<Told>,
    queues: Vec<Queue>,
}

/// Who waits of a group: how many words, and the day of the last of them.
#[derive(Debug, Clone, Copy, Default)]
struct Queue {
    len: u32,
    back: u32,
}

impl<'a> Tally<'a> {
    /// Takes what happened and was recorded up to an instant, in microseconds, on some threads.
    pub(super) fn of(history: &'a History, clocks: &Clocks, as_of: i64, threads: usize) -> Self {
        let places = 0..history.places.len() as u32;
        let todays: Vec<i32> = places.map(|place| clocks.part(place, as_of).day).collect();
        let latest = todays.iter().copied().max().unwrap_or(0);
        let year = |home: &u32| {
            let today = todays.get(*home as usize).copied().unwrap_or(latest);
            // Nowhere is it another day by more than two.
            (YEAR + latest.abs_diff(today).min(2)) as u16
        };
        let homes = history.members.place.chunks(GROUP as usize);
        let groups: Vec<Group> = homes
            .map(|homes| Group::new(homes.iter().map(year).collect()))
            .collect();
        let empty = Self {
            history,
            latest,
            waiting: vec![Told::NONE; groups.len().saturating_mul(CROWD)],
            queues: vec![Queue::default(); groups.len()],
            groups,
            todays,
        };
        let mut tally = empty.of_doors(clocks, as_of, threads.max(1));
        tally.classes(clocks, as_of);
        tally.waiting = Vec::new();
        tally
    }

    /// Returns the civil day of the as-of at a member's home.
    #[inline]
    pub(super) fn today(&self, member: usize) -> i32 {
        let home = self.history.members.place.get(member);
        let today = home.and_then(|home| self.todays.get(*home as usize));
        today.copied().unwrap_or(self.latest)
    }

    /// Returns the visits of a member.
    pub(super) fn visits(&self, member: usize) -> Option<Visits> {
        let group = self.groups.get(member / GROUP as usize)?;
        let (counts, words) = group.of(member % GROUP as usize)?;
        let today = self.today(member);
        let later = self.latest.abs_diff(today);
        Some(Visits {
            days: Days::since(words, later),
            today,
            last: (counts.total > 0).then(|| counts.back.saturating_sub(later)),
            counts,
        })
    }

    fn of_doors(self, clocks: &Clocks, as_of: i64, threads: usize) -> Self {
        let rows = self.history.check_ins.len();
        let share = rows.div_ceil(threads).max(1);
        let part = |mut part: Self, range: Range<usize>| {
            part.doors(clocks, as_of, range);
            part
        };
        if rows <= share {
            return part(self, 0..rows);
        }
        let parts: Vec<Self> = thread::scope(|scope| {
            let ranges = (0..rows).step_by(share).map(|low| low..(low + share).min(rows));
            let (empty, part) = (&self, &part);
            let handles: Vec<_> = ranges
                .map(|range| scope.spawn(move || part(empty.clone(), range)))
                .collect();
            let panicked = |panic| std::panic::resume_unwind(panic);
            let joined = |handle: thread::ScopedJoinHandle<'_, Self>| handle.join().unwrap_or_else(panicked);
            handles.into_iter().map(joined).collect()
        });
        let mut all = self;
        for part in &parts {
            all.groups
                .iter_mut()
                .zip(&part.groups)
                .for_each(|(all, more)| all.merge(more));
        }
        all
    }

    /// Adds the check-ins at doors.
    fn doors(&mut self, clocks: &Clocks, as_of: i64, range: Range<usize>) {
        let doors = &self.history.check_ins;
        let times = |column: &'a [i64]| column.get(range.clone()).unwrap_or_default().iter();
        let ids = |column: &'a [u32]| column.get(range.clone()).unwrap_or_default().iter();
        let when = times(&doors.at)
            .zip(times(&doors.recorded_at))
            .zip(times(&doors.left_at));
        let who = ids(&doors.member).zip(ids(&doors.place));
        let mut stretch = Stretch::new(clocks, self.todays.len(), self.latest);
        for (row, ((member, place), ((at, recorded), left))) in who.zip(when).enumerate() {
            if *at > as_of || *recorded > as_of {
                continue;
            }
            let (told, back) = stretch.told(row, *place, *at);
            self.add(*member, told.of(*member, Told::stay(*at, *left, as_of)), back);
        }
        (0..self.groups.len()).for_each(|group| self.count(group));
    }

    #[inline]
    fn add(&mut self, member: u32, told: Told, back: u32) {
        let group = (member / GROUP) as usize;
        let Some(queue) = self.queues.get_mut(group) else {
            return;
        };
        let mut wait = |told: Told| {
            if let Some(place) = self.waiting.get_mut(group * CROWD + queue.len as usize) {
                *place = told;
                queue.len += 1;
            }
        };
        if queue.back != back {
            queue.back = back;
            wait(Told::day(back));
        }
        wait(told);
        if queue.len as usize >= CROWD - 1 {
            self.count(group);
        }
    }

    #[cold]
    fn count(&mut self, group: usize) {
        let low = group * CROWD;
        if let (Some(queue), Some(group)) = (self.queues.get_mut(group), self.groups.get_mut(group)) {
            let waited = self.waiting.get(low..low + queue.len as usize);
            group.count(waited.unwrap_or_default());
            queue.len = 0;
        }
    }

    /// Adds the classes that were attended: at their start, or when that was noted if it was before.
    fn classes(&mut self, clocks: &Clocks, as_of: i64) {
        let history = self.history;
        for booking in history.bookings.rows() {
            let known = booking.recorded_at <= as_of && (NO_TIME + 1..=as_of).contains(&booking.settled_at);
            if !known || booking.state != RegistrationState::Attended {
                continue;
            }
            let class = history.classes.get(booking.class as usize);
            let home = history.members.place.get(booking.member as usize);
            let place = class.map_or(home.copied().unwrap_or(0), |class| class.place);
            let at = class.map_or(booking.settled_at, |class| {
                class.starts_at.min(booking.settled_at)
            });
            let (told, back) = tell(place, clocks.part(place, at), self.latest);
            self.add(booking.member, told.of(booking.member, 0), back);
        }
        (0..self.groups.len()).for_each(|group| self.count(group));
    }
}
