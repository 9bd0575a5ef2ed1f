//! [`Spells`]: when each member has left for good, by what was recorded until an instant.

use gym_core::history::{Ending, History, NO_DAY, NO_TIME};

use super::Cause;

/// Within how many days another membership goes on with one that has ended.
const GRACE: i32 = 30;

/// From how many days on a freeze censors.
const LONG: i32 = 14;

/// That somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaving {
    /// The first day after it.
    pub(super) on: i32,
    pub(super) cause: Cause,
}

/// The memberships and long freezes of each member.
pub(super) struct Spells {
    /// For each member, the days and the ending of each membership, by the first day.
    held: Vec<Vec<(i32, i32, Ending)>>,
    frozen: Vec<Vec<i32>>,
    closed: Vec<Vec<i32>>,
    homes: Vec<u32>,
    /// The first day of each membership.
    starts: Vec<i32>,
}

impl Spells {
    pub(super) fn of(history: &History, until: i64) -> Self {
        let mut held = vec![Vec::new(); history.members.len()];
        for row in history.memberships.rows().filter(|row| row.recorded_at <= until) {
            let known = row.ending != Ending::Running && row.end_recorded_at <= until;
            let (on, ending) = if known {
                (row.ends_on, row.ending)
            } else {
                (i32::MAX, Ending::Running)
            };
            if let Some(member) = held.get_mut(row.member as usize) {
                member.push((row.starts_on, on, ending));
            }
        }
        held.iter_mut()
            .for_each(|member: &mut Vec<_>| member.sort_unstable());
        let mut frozen = vec![Vec::new(); history.members.len()];
        let mut closed = vec![Vec::new(); history.places.len()];
        for row in history.freezes.rows().filter(|row| row.recorded_at <= until) {
            let mut last = if row.until == NO_DAY { i32::MAX } else { row.until };
            if row.end_recorded_at != NO_TIME && row.end_recorded_at <= until {
                last = last.min(row.ended_on);
            }
            if last.saturating_sub(row.from) < LONG {
                continue;
            }
            let member = history.memberships.member.get(row.membership as usize);
            let days = match member {
                Some(member) => frozen.get_mut(*member as usize),
                None => closed.get_mut(row.place as usize),
            };
            days.into_iter()
                .for_each(|days: &mut Vec<i32>| days.push(row.from));
        }
        Self {
            held,
            frozen,
            closed,
            homes: history.members.place.clone(),
            starts: history.memberships.starts_on.clone(),
        }
    }

    /// Returns when a member left who had a membership on a day; none if they are not known to have.
    pub(super) fn end(&self, member: u32, membership: u32, today: i32) -> Option<Leaving> {
        let all = self.held.get(member as usize)?;
        let start = self.starts.get(membership as usize)?;
        let mut last = all.iter().find(|(from, on, _)| from == start && *on > today)?;
        loop {
            let (from, on, ending) = *last;
            if on == i32::MAX {
                return None;
            }
            let next = all.iter().filter(|(later, until, _)| {
                (*later, *until) > (from, on) && *later <= on.saturating_add(GRACE) && *until > on
            });
            match next.max_by_key(|(_, until, _)| *until) {
                Some(next) => last = next,
                None => return cause(ending).map(|cause| Leaving { on, cause }),
            }
        }
    }

    /// Returns the first day after one from which on a member is kept away for long.
    pub(super) fn censored(&self, member: u32, today: i32) -> i32 {
        let own = self.frozen.get(member as usize);
        let home = self
            .homes
            .get(member as usize)
            .and_then(|home| self.closed.get(*home as usize));
        let days = own.into_iter().chain(home).flatten();
        days.copied()
            .filter(|from| *from > today)
            .min()
            .unwrap_or(i32::MAX)
    }
}

const fn cause(ending: Ending) -> Option<Cause> {
    match ending {
        Ending::Chosen | Ending::Expired => Some(Cause::Chosen),
        Ending::Involuntary => Some(Cause::Involuntary),
        // Switched without a successor that is known: nothing can be said.
        Ending::Switched | Ending::Running => None,
    }
}
