//! [`Standing`]: the contract of each member as it was known, and the days on which it stood still.

use gym_core::history::{Ending, History, NO_DAY, NO_ID, NO_TIME};

use super::days::{Days, YEAR};

/// How far ahead the end of a term is told, in days; what is further, or never, counts as this.
pub(crate) const FAR: i32 = 366;

/// The contract of a member as it was known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The membership that runs: of several the one that began last; [`NO_ID`] if none does.
    pub(crate) membership: u32,
    /// Its first civil day.
    pub(crate) started_on: i32,
    /// How many memberships have begun.
    pub(crate) begun: u32,
    /// The first day on which it may end, or the day after its term: the next of them; [`NO_DAY`] if none.
    pub(crate) cliff: i32,
    /// Whether it is known to end.
    pub(crate) ends: bool,
    /// How many of its terms followed another.
    pub(crate) renewed: u32,
}

impl Standing {
    const NONE: Self = Self {
        membership: NO_ID,
        started_on: NO_DAY,
        begun: 0,
        cliff: NO_DAY,
        ends: false,
        renewed: 0,
    };

    fn meet(&mut self, day: i32, today: i32) {
        if day != NO_DAY && day > today && (self.cliff == NO_DAY || day < self.cliff) {
            self.cliff = day;
        }
    }
}

/// Returns how each member stood at an instant, in microseconds, that was on these civil days at home.
pub(crate) fn of(history: &History, as_of: i64, todays: &[i32]) -> Vec<Standing> {
    let mut standings = vec![Standing::NONE; history.members.len()];
    let held = &history.memberships;
    for (position, row) in (0_u32..).zip(held.rows()) {
        let member = row.member as usize;
        let (Some(standing), Some(today)) = (standings.get_mut(member), todays.get(member)) else {
            continue;
        };
        if row.recorded_at > as_of || row.starts_on > *today {
            continue;
        }
        standing.begun += 1;
        let end_known = row.ending != Ending::Running && row.end_recorded_at <= as_of;
        if end_known && row.ends_on <= *today || row.starts_on < standing.started_on {
            continue;
        }
        standing.membership = position;
        standing.started_on = row.starts_on;
        standing.ends = end_known;
        standing.cliff = NO_DAY;
        standing.meet(row.committed_until, *today);
    }
    for term in history.terms.rows() {
        let member = held.member.get(term.membership as usize).map(|it| *it as usize);
        let found = member.and_then(|it| Some((standings.get_mut(it)?, *todays.get(it)?)));
        if let Some((standing, today)) = found
            && standing.membership == term.membership
            && term.recorded_at <= as_of
            && term.from <= today
        {
            standing.meet(term.until, today);
            standing.renewed += u32::from(term.from > standing.started_on);
        }
    }
    standings
}

/// Returns on which days each member was kept away, as it was known; nobody if nothing was frozen.
pub(crate) fn frozen(history: &History, as_of: i64, todays: &[i32]) -> Vec<Days> {
    if history.freezes.is_empty() {
        return Vec::new();
    }
    let mut frozen = vec![Days::default(); history.members.len()];
    let mut closed = vec![Vec::new(); history.places.len()];
    for row in history.freezes.rows().filter(|row| row.recorded_at <= as_of) {
        let mut until = if row.until == NO_DAY { i32::MAX } else { row.until };
        if row.end_recorded_at != NO_TIME && row.end_recorded_at <= as_of {
            until = until.min(row.ended_on);
        }
        let member = history.memberships.member.get(row.membership as usize);
        match member.map(|it| *it as usize) {
            Some(member) => {
                if let (Some(days), Some(today)) = (frozen.get_mut(member), todays.get(member)) {
                    mark(days, row.from, until, *today);
                }
            }
            None => {
                if let Some(place) = closed.get_mut(row.place as usize) {
                    place.push((row.from, until));
                }
            }
        }
    }
    if closed.iter().all(Vec::is_empty) {
        return frozen;
    }
    let homes = history.members.place.iter().zip(todays);
    for (days, (place, today)) in frozen.iter_mut().zip(homes) {
        for (from, until) in closed.get(*place as usize).into_iter().flatten() {
            mark(days, *from, *until, *today);
        }
    }
    frozen
}

/// Marks the days `[from, until)` of the year that ends today.
fn mark(days: &mut Days, from: i32, until: i32, today: i32) {
    let first = from.max(today.saturating_sub(YEAR as i32 - 1));
    let last = until.saturating_sub(1).min(today);
    for day in first..=last {
        days.mark(today.abs_diff(day));
    }
}
