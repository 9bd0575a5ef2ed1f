//! A [`Clocks`] tells the civil day and hour of an instant at each place, without asking the time zone every time.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

const DAY: i64 = 86_400;
const MICROS: i64 = 1_000_000;

/// How many days back from the last one the table goes; what is older asks the time zone.
const DAYS: i64 = 1_200;

/// The offsets of a zone on one day of UTC: until a second of the day, and from it on.
#[derive(Debug, Clone, Copy, Default)]
struct Offsets {
    before: i32,
    from: i32,
    after: i32,
}

/// The clocks of places: for each zone, the offset from UTC on each day up to an instant.
#[derive(Debug)]
pub(super) struct Clocks {
    first: i64,
    zones: Vec<Tz>,
    tables: Vec<Vec<Offsets>>,
    of_place: Vec<u32>,
}

impl Clocks {
    /// Sets the clocks of places for instants up to `last`, in microseconds.
    pub(super) fn new(places: &[Tz], last: i64) -> Self {
        let first = last.div_euclid(DAY * MICROS) - DAYS + 1;
        let (mut zones, mut of_place) = (Vec::<Tz>::new(), Vec::new());
        for zone in places {
            let known = zones.iter().position(|it| it == zone).unwrap_or_else(|| {
                zones.push(*zone);
                zones.len() - 1
            });
            of_place.push(known as u32);
        }
        let day = |zone: Tz, day: i64| offsets(zone, (first + day) * DAY);
        let table = |zone: &Tz| (0..=DAYS).map(|n| day(*zone, n)).collect();
        let tables = zones.iter().map(table).collect();
        Self {
            first,
            zones,
            tables,
            of_place,
        }
    }

    /// Returns the civil day (since 1970-01-01) and the hour of an instant in microseconds at a place.
    #[inline]
    pub(super) fn civil(&self, place: u32, at: i64) -> (i32, u8) {
        let seconds = at.div_euclid(MICROS);
        let day = seconds.div_euclid(DAY);
        let second = seconds.rem_euclid(DAY) as i32;
        let zone = self.of_place.get(place as usize).copied().unwrap_or(0) as usize;
        let near = usize::try_from(day - self.first)
            .ok()
            .and_then(|n| self.tables.get(zone)?.get(n));
        let offset = match near {
            Some(offsets) if second < offsets.from => offsets.before,
            Some(offsets) => offsets.after,
            None => self.zones.get(zone).map_or(0, |zone| offset(*zone, seconds)),
        };
        let local = second + offset;
        let ahead = local.div_euclid(DAY as i32);
        (
            (day as i32).saturating_add(ahead),
            (local.rem_euclid(DAY as i32) / 3_600) as u8,
        )
    }
}

fn offset(zone: Tz, seconds: i64) -> i32 {
    DateTime::from_timestamp(seconds, 0).map_or(0, |at| {
        zone.offset_from_utc_datetime(&at.naive_utc())
            .fix()
            .local_minus_utc()
    })
}

/// Finds the second of a day of UTC, from its first, at which the offset changes; the day's end if it does not.
fn offsets(zone: Tz, midnight: i64) -> Offsets {
    let (before, after) = (offset(zone, midnight), offset(zone, midnight + DAY - 1));
    let (mut low, mut high) = (0, DAY);
    if before != after {
        high = DAY - 1;
        while high - low > 1 {
            let middle = (low + high) / 2;
            if offset(zone, midnight + middle) == before {
                low = middle;
            } else {
                high = middle;
            }
        }
    }
    Offsets {
        before,
        from: high as i32,
        after,
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
        fn it_shows_what_the_time_zone_says(place in 0..5_u32, back in 0..2_000_i64, second in 0..DAY, edge in any::<bool>()) {
            let last = 1_790_000_000_000_000;
            let clocks = Clocks::new(&ZONES, last);
            // The hours around a change of the clocks are the ones that go wrong.
            let changes = 1_774_746_000_i64;
            let seconds = if edge { changes - 5_400 + second / 8 } else { last / MICROS - back * DAY - second };
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let there = at.with_timezone(&ZONES[place as usize]).naive_local();
            let day = (there.date() - NaiveDate::default()).num_days() as i32;
            prop_assert_eq!(clocks.civil(place, seconds * MICROS), (day, there.hour() as u8));
        }
    }
}
