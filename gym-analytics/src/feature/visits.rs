//! [`Visits`]: what one pass over the rows of who came leaves of each member, in integers alone.
//!
//! Integers are added, joined and compared, so neither the order of the rows nor the number of threads changes a bit.

use std::thread;

use gym_core::booking::RegistrationState;
use gym_core::history::{History, NO_TIME};

use super::clock::Clocks;
use super::days::Days;

/// What is known of a member's visits, on two lines of the cache: each row of who came meets another member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Visits {
    /// On which days of the last year they came.
    pub(super) days: Days,
    /// Which places they came to; those beyond the 64th share a bit.
    pub(super) places: u64,
    /// The civil day of the as-of at home.
    pub(super) today: i32,
    /// The last civil day of a visit.
    pub(super) last: i32,
    /// How often they came in all.
    pub(super) total: u32,
    /// Minutes of the stays of the last year whose end was seen, and how many those are.
    pub(super) minutes: u32,
    pub(super) stays: u32,
    /// How often in the last year they came before 9, from 9, from 16 and from 20 o'clock.
    pub(super) hours: [u16; 4],
}

/// What is told of one visit.
#[derive(Clone, Copy)]
struct Visit {
    place: u32,
    day: i32,
    hour: u8,
    minutes: Option<u32>,
}

/// How many rows are met at once.
const BLOCK: usize = 128;

/// The longest stay that counts, in minutes.
const LONGEST: i64 = 24 * 60;

impl Visits {
    pub(super) fn none(today: i32) -> Self {
        Self {
            days: Days::default(),
            places: 0,
            today,
            last: i32::MIN,
            total: 0,
            minutes: 0,
            stays: 0,
            hours: [0; 4],
        }
    }

    #[inline]
    fn add(&mut self, visit: Visit) {
        let ago = self.today.saturating_sub(visit.day).max(0).unsigned_abs();
        self.total = self.total.saturating_add(1);
        self.last = self.last.max(visit.day);
        self.places |= 1 << (visit.place & 63);
        if ago >= super::days::YEAR {
            return;
        }
        self.days.mark(ago);
        let part = match visit.hour {
            0..9 => 0,
            9..16 => 1,
            16..20 => 2,
            _ => 3,
        };
        let hour: &mut u16 = &mut self.hours[part];
        *hour = hour.saturating_add(1);
        if let Some(minutes) = visit.minutes {
            self.minutes = self.minutes.saturating_add(minutes);
            self.stays = self.stays.saturating_add(1);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.days.merge(&other.days);
        self.places |= other.places;
        self.last = self.last.max(other.last);
        self.total = self.total.saturating_add(other.total);
        self.minutes = self.minutes.saturating_add(other.minutes);
        self.stays = self.stays.saturating_add(other.stays);
        for (hour, more) in self.hours.iter_mut().zip(other.hours) {
            *hour = hour.saturating_add(more);
        }
    }
}

/// Takes what happened and was recorded up to an instant, in microseconds, on some threads: one [`Visits`] a member.
pub(super) fn of(history: &History, clocks: &Clocks, as_of: i64, threads: usize) -> Vec<Visits> {
    let today = |place: u32| clocks.civil(place, as_of).0;
    let todays: Vec<i32> = (0..history.places.len())
        .map(|place| today(place as u32))
        .collect();
    let none = |place: &u32| Visits::none(todays.get(*place as usize).copied().unwrap_or(0));
    let empty: Vec<Visits> = history.members.place.iter().map(none).collect();

    let rows = history.check_ins.len();
    let share = rows.div_ceil(threads.max(1)).max(1);
    let mut parts: Vec<Vec<Visits>> = if rows <= share {
        let mut visits = empty;
        doors(history, clocks, as_of, 0..rows, &mut visits);
        vec![visits]
    } else {
        thread::scope(|scope| {
            let ranges = (0..rows).step_by(share).map(|low| low..(low + share).min(rows));
            let empty = &empty;
            let handles: Vec<_> = ranges
                .map(|range| {
                    scope.spawn(move || {
                        let mut visits = empty.clone();
                        doors(history, clocks, as_of, range, &mut visits);
                        visits
                    })
                })
                .collect();
            let panicked = |panic| std::panic::resume_unwind(panic);
            handles
                .into_iter()
                .map(|handle| handle.join().unwrap_or_else(panicked))
                .collect()
        })
    };
    let mut visits = parts.swap_remove(0);
    for part in &parts {
        for (all, more) in visits.iter_mut().zip(part) {
            all.merge(more);
        }
    }
    classes(history, clocks, as_of, &mut visits);
    visits
}

/// Adds the check-ins at doors, in blocks: what a block meets is fetched from memory all at once before it is changed,
/// or each row would wait for the one before.
fn doors(
    history: &History,
    clocks: &Clocks,
    as_of: i64,
    range: std::ops::Range<usize>,
    visits: &mut [Visits],
) {
    let doors = &history.check_ins;
    let nobody = Visit {
        place: 0,
        day: 0,
        hour: 0,
        minutes: None,
    };
    let mut block = [(0_u32, nobody); BLOCK];
    let mut row = range.start;
    while row < range.end {
        let rows = row..(row + BLOCK).min(range.end);
        row = rows.end;
        let columns = (doors.member.get(rows.clone()), doors.place.get(rows.clone()));
        let (Some(members), Some(places)) = columns else {
            return;
        };
        let columns = (doors.at.get(rows.clone()), doors.recorded_at.get(rows.clone()));
        let (Some(at), Some(recorded), Some(left)) = (columns.0, columns.1, doors.left_at.get(rows)) else {
            return;
        };
        let mut told = 0;
        let rows = members.iter().zip(places).zip(at).zip(recorded).zip(left);
        for ((((member, place), at), recorded), left) in rows {
            if *at > as_of || *recorded > as_of {
                continue;
            }
            let (day, hour) = clocks.civil(*place, *at);
            let seen = *left != NO_TIME && *left <= as_of;
            let stay = (*left).wrapping_sub(*at) / 60_000_000;
            if let Some(slot) = block.get_mut(told) {
                let (place, minutes) = (*place, seen.then(|| stay.clamp(0, LONGEST) as u32));
                *slot = (
                    *member,
                    Visit {
                        place,
                        day,
                        hour,
                        minutes,
                    },
                );
                told += 1;
            }
        }
        let block = block.get(..told).unwrap_or_default();
        let mut fetched = 0;
        for (member, _) in block {
            if let Some(visits) = visits.get(*member as usize) {
                fetched ^= visits.today ^ visits.total as i32;
            }
        }
        std::hint::black_box(fetched);
        for (member, visit) in block {
            if let Some(visits) = visits.get_mut(*member as usize) {
                visits.add(*visit);
            }
        }
    }
}

/// Adds the classes that were attended: at their start, or when that was noted if it was before.
fn classes(history: &History, clocks: &Clocks, as_of: i64, visits: &mut [Visits]) {
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
        let (day, hour) = clocks.civil(place, at);
        if let Some(visits) = visits.get_mut(booking.member as usize) {
            visits.add(Visit {
                place,
                day,
                hour,
                minutes: None,
            });
        }
    }
}
