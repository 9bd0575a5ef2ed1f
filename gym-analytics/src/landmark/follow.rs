//! Landmarks of a history: its members at some instants, followed month by month.

use chrono::Months;
use gym_core::history::{History, NO_ID, day_number, day_of, micros};
use gym_core::time::Instant;

use super::spell::{Leaving, Spells};
use super::{End, Landmark, LandmarkError, Landmarks};
use crate::columns::Columns;
use crate::feature::standing::{self, Standing};
use crate::feature::{Features, NAMES, OutOfHistory};

impl Landmarks<'static> {
    /// Follows whoever was there at instants for so many months, by what was recorded until another.
    ///
    /// Nothing after `until` is looked at, so that a model that is trained with it could have been trained then. Days are
    /// those at the member's home.
    ///
    /// # Errors
    ///
    /// [`LandmarkError::History`], and [`LandmarkError::Twice`] where two instants are on one day.
    pub fn at(
        history: &History,
        instants: &[Instant],
        months: u8,
        until: Instant,
    ) -> Result<Self, LandmarkError> {
        let during = history.during();
        if until < during.start() || until > during.end() {
            return Err(OutOfHistory { as_of: until, during }.into());
        }
        let mut all = Following {
            history,
            spells: Spells::of(history, micros(until)),
            until,
            months,
            rows: Vec::new(),
            features: NAMES.iter().map(|_| Vec::new()).collect(),
        };
        for as_of in instants {
            all.add(*as_of)?;
        }
        all.done()
    }

    /// Returns who is there at an instant, with nothing known of what comes after: whom a model is asked about.
    ///
    /// # Errors
    ///
    /// [`LandmarkError::History`].
    pub fn at_risk(history: &History, as_of: Instant) -> Result<Self, LandmarkError> {
        Self::at(history, &[as_of], 0, as_of)
    }
}

struct Following<'a> {
    history: &'a History,
    spells: Spells,
    until: Instant,
    months: u8,
    rows: Vec<Landmark>,
    features: Vec<Vec<f64>>,
}

impl Following<'_> {
    fn add(&mut self, as_of: Instant) -> Result<(), OutOfHistory> {
        let history = self.history;
        let features = Features::at(history, as_of)?;
        let zones = history.places.zone.iter();
        let zones: Vec<_> = zones.map(|zone| Civil::at(*zone, as_of, self.until)).collect();
        let home = |member: u32| {
            let place = history.members.place.get(member as usize)?;
            zones.get(*place as usize)
        };
        let todays: Vec<i32> = (0..history.members.len() as u32)
            .map(|member| home(member).map_or(0, |it| it.today))
            .collect();
        let standings = standing::of(history, micros(as_of), &todays);
        let frozen = standing::frozen(history, micros(as_of), &todays);
        for (position, member) in features.members().iter().enumerate() {
            let who = *member as usize;
            let (Some(standing), Some(civil)) = (standings.get(who), home(*member)) else {
                continue;
            };
            if !is_at_risk(standing) || frozen.get(who).is_some_and(|days| days.has(0)) {
                continue;
            }
            let leaving = self.spells.end(*member, standing.membership, civil.today);
            let censored = self.spells.censored(*member, civil.today).min(civil.last);
            let end = self.end(civil, leaving, censored);
            let Some(as_of) = day_of(civil.today) else {
                continue;
            };
            if self.months > 0 && end == (End::Censored { months: 0 }) {
                continue;
            }
            self.rows.push(Landmark {
                member: *member,
                as_of,
                end,
            });
            for (column, (_, values)) in self.features.iter_mut().zip(features.columns()) {
                column.extend(values.get(position));
            }
        }
        Ok(())
    }

    /// Returns how a landmark ended, up to the last month that was seen in full.
    fn end(&self, civil: &Civil, leaving: Option<Leaving>, censored: i32) -> End {
        for month in 1..=self.months {
            let Some(last) = civil.months_on(month).filter(|day| *day <= censored) else {
                return End::Censored { months: month - 1 };
            };
            if let Some(Leaving { cause, .. }) = leaving.filter(|it| it.on <= last) {
                return End::Left { month, cause };
            }
        }
        End::Censored { months: self.months }
    }

    fn done(self) -> Result<Landmarks<'static>, LandmarkError> {
        Landmarks::new(Columns::new(NAMES.into_iter().zip(self.features))?, self.rows)
    }
}

const fn is_at_risk(standing: &Standing) -> bool {
    standing.membership != NO_ID && !standing.ends
}

/// The civil days of a landmark at a place.
struct Civil {
    today: i32,
    /// The last day on which a month may be over: that of what is known.
    last: i32,
}

impl Civil {
    fn at(zone: chrono_tz::Tz, as_of: Instant, until: Instant) -> Self {
        let day = |at: Instant| day_number(gym_core::time::civil(zone, at).date());
        Self {
            today: day(as_of),
            last: day(until),
        }
    }

    /// Returns the day that is so many months later.
    fn months_on(&self, months: u8) -> Option<i32> {
        let day = day_of(self.today)?.checked_add_months(Months::new(months.into()))?;
        Some(day_number(day))
    }
}
