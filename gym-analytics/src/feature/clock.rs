//! A [`Clocks`] tells the civil day and the part of it at each place, without asking the time zone every time.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

const DAY: i64 = 86_400;
const MICROS: i64 = 1_000_000;
const DAY_MICROS: i64 = DAY * MICROS;

/// A slot of the table is 2^36 microseconds, 19 hours, so that finding it takes no division; no zone has two changes in one.
const SLOT: u32 = 36;

/// How many slots there are, so that the table goes eight years back; what is older asks the time zone.
const SLOTS: usize = 4_096;

/// The hours at which the parts of a day begin, and its end.
const PARTS: [i64; 5] = [0, 9, 16, 20, 24];

/// A part of a civil day: before 9, from 9, from 16, or from 20 o'clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Days since 1970-01-01.
    pub(super) day: i32,
    /// Which part, from 0 to 3.
    pub(super) number: u8,
    /// Instants of it, in microseconds: not all of them where the clocks change.
    pub(super) from: i64,
    pub(super) until: i64,
}

/// The offsets of a zone in one slot, in microseconds: until an instant, counted from the table's first, and from it on.
#[derive(Debug, Clone, Copy)]
struct Offsets {
    edge: i64,
    before: i64,
    after: i64,
}

/// The clocks of places: for each zone, the offset from UTC in each slot up to an instant.
#[derive(Debug)]
pub(super) struct Clocks {
    /// A midnight of UTC.
    first: i64,
    zones: Vec<Tz>,
    /// [`SLOTS`] of each zone after the other.
    table: Vec<Offsets>,
    of_place: Vec<u32>,
}

impl Clocks {
    /// Sets the clocks of places for instants up to `last`, in microseconds.
    pub(super) fn new(places: &[Tz], last: i64) -> Self {
        let first = last.saturating_sub((SLOTS as i64 - 1) << SLOT);
        let first = first.div_euclid(DAY_MICROS).saturating_mul(DAY_MICROS);
        let (mut zones, mut of_place) = (Vec::<Tz>::new(), Vec::new());
        for zone in places {
            let known = zones.iter().position(|it| it == zone).unwrap_or_else(|| {
                zones.push(*zone);
                zones.len() - 1
            });
            of_place.push(known as u32);
        }
        let mut table = Vec::with_capacity(zones.len().saturating_mul(SLOTS));
        for zone in &zones {
            slots(*zone, first, &mut table);
        }
        Self {
            first,
            zones,
            table,
            of_place,
        }
    }

    /// Returns the part of a day that an instant in microseconds is in at a place.
    pub(super) fn part(&self, place: u32, at: i64) -> Part {
        let zone = self.of_place.get(place as usize).copied().unwrap_or(0) as usize;
        // What is before the table is a large number here.
        let since = at.wrapping_sub(self.first);
        let slot = (since as u64 >> SLOT) as usize;
        let Some(offsets) = self.table.get(zone * SLOTS + slot).filter(|_| slot < SLOTS) else {
            return self.ask(zone, at);
        };
        let (start, end) = ((slot as i64) << SLOT, (slot as i64 + 1) << SLOT);
        let (offset, start, end) = match since < offsets.edge {
            true => (offsets.before, start, end.min(offsets.edge)),
            false => (offsets.after, start.max(offsets.edge), end),
        };
        let midnight = (since + offset).div_euclid(DAY_MICROS) * DAY_MICROS - offset;
        let (number, from, until) = part(since - midnight);
        Part {
            day: ((self.first + midnight + offset) / DAY_MICROS) as i32,
            number,
            from: self.first + (midnight + from).max(start),
            until: self.first + (midnight + until).min(end),
        }
    }

    #[cold]
    fn ask(&self, zone: usize, at: i64) -> Part {
        let seconds = at.div_euclid(MICROS);
        let local = seconds + self.zones.get(zone).map_or(0, |zone| offset(*zone, seconds));
        Part {
            day: local.div_euclid(DAY) as i32,
            number: part(local.rem_euclid(DAY) * MICROS).0,
            from: at,
            until: at.saturating_add(1),
        }
    }
}

/// Returns the number of the part of a day, when it begins and when it is over, in microseconds from midnight on.
fn part(rest: i64) -> (u8, i64, i64) {
    let parts = PARTS.map(|hour| hour * 3_600 * MICROS);
    let mut number = 0;
    let (mut from, mut until) = (0, DAY_MICROS);
    for (n, pair) in (0..).zip(parts.windows(2)) {
        if let [low, high] = *pair
            && rest >= low
        {
            (number, from, until) = (n, low, high);
        }
    }
    (number, from, until)
}

fn offset(zone: Tz, seconds: i64) -> i64 {
    DateTime::from_timestamp(seconds, 0).map_or(0, |at| {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc());
        i64::from(offset.fix().local_minus_utc())
    })
}

/// Adds the slots of a zone from an instant on.
fn slots(zone: Tz, first: i64, table: &mut Vec<Offsets>) {
    let second = |slot: i64| (first + (slot << SLOT)).div_euclid(MICROS);
    let mut before = offset(zone, second(0));
    for slot in 0..SLOTS as i64 {
        let (mut low, mut high) = (second(slot), second(slot + 1));
        let after = offset(zone, high);
        let mut edge = i64::MAX;
        if before != after {
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if offset(zone, middle) == before {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            edge = high * MICROS - first;
        }
        table.push(Offsets {
            edge,
            before: before * MICROS,
            after: after * MICROS,
        });
        before = after;
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, Timelike};
    use chrono_tz::{America, Asia, Australia, Europe, Pacific};
    use proptest::prelude::*;

    use super::*;

    const ZONES: [Tz; 5] = [
        Europe::Berlin,
        America::Sao_Paulo,
        Australia::Lord_Howe,
        Pacific::Chatham,
        Asia::Kathmandu,
    ];

    proptest! {
        #![proptest_config(crate::soak::cases(256))]

        #[test]
        fn it_tells_what_the_time_zone_says(place in 0..5_u32, back in 0..4_000_i64, second in 0..DAY, edge in any::<bool>()) {
            let last = 1_790_000_000_000_000;
            let clocks = Clocks::new(&ZONES, last);
            // The hours around a change of the clocks are the ones that go wrong.
            let changes = 1_774_746_000_i64;
            let seconds = if edge { changes - 5_400 + second / 8 } else { last / MICROS - back * DAY - second };
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let there = at.with_timezone(&ZONES[place as usize]).naive_local();
            let day = (there.date() - NaiveDate::default()).num_days() as i32;
            let part = clocks.part(place, seconds * MICROS);
            let number = PARTS.iter().filter(|hour| **hour <= there.hour().into()).count() - 1;
            prop_assert_eq!((part.day, usize::from(part.number)), (day, number));
            prop_assert!(part.from <= seconds * MICROS && seconds * MICROS < part.until);
            for at in [part.from, part.until - 1] {
                let same = clocks.part(place, at);
                prop_assert_eq!((same.day, same.number), (part.day, part.number));
            }
        }
    }
}
