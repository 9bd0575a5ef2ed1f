//! [`limit`]: how many bookings to take for the seats of a class, when some of those who book do not come.
//!
//! Everyone's chance to come may be another. The number that comes is then Poisson-binomial, and its distribution is
//! found exactly, by convolution. One booking more pays while the chance that all seats are taken without it stays below
//! `empty / (empty + turned_away)` (the newsvendor's critical ratio), which can be crossed only once.
//!
//! ```
//! use gym_analytics::overbook::{Costs, limit};
//!
//! // 20 seats; turning somebody away is four times as bad as an empty seat; 7 of 10 come.
//! let limit = limit(20, &[0.7; 40], Costs::new(1.0, 4.0)?)?;
//! assert_eq!(limit.bookings, 26);
//! assert_eq!(format!("{:.2} instead of {:.2}", limit.cost, limit.cost_at_seats), "3.15 instead of 6.00");
//! # Ok::<(), gym_analytics::overbook::OverbookError>(())
//! ```

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most people whose chances are put together.
pub const MOST: usize = 10_000;

/// Why there is no limit.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OverbookError {
    /// Not a chance.
    #[error("the chance of person {person} to come is {value}, expected a number from 0 to 1")]
    NotChance {
        /// Who, from 0.
        person: usize,
        /// The value.
        value: f64,
    },
    /// Not a cost.
    #[error("the cost {name} is {value}, expected a number above 0 and up to 1e12")]
    NotCost {
        /// Which cost.
        name: &'static str,
        /// The value.
        value: f64,
    },
    /// Too many people.
    #[error("there are {people} people, expected at most 10000")]
    TooMany {
        /// How many there are.
        people: usize,
    },
}

/// What a seat that stays empty costs, and what it costs to turn away somebody who came. Only their ratio matters for
/// the limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawCosts")]
pub struct Costs {
    empty: f64,
    turned_away: f64,
}

#[derive(Deserialize)]
struct RawCosts {
    empty: f64,
    turned_away: f64,
}

impl TryFrom<RawCosts> for Costs {
    type Error = OverbookError;

    fn try_from(raw: RawCosts) -> Result<Self, OverbookError> {
        Self::new(raw.empty, raw.turned_away)
    }
}

impl Costs {
    /// Takes both costs, in the same unit.
    ///
    /// # Errors
    ///
    /// [`OverbookError::NotCost`].
    pub fn new(empty: f64, turned_away: f64) -> Result<Self, OverbookError> {
        for (name, value) in [("empty", empty), ("turned_away", turned_away)] {
            if !(value > 0.0 && value <= 1e12) {
                return Err(OverbookError::NotCost { name, value });
            }
        }
        Ok(Self { empty, turned_away })
    }
}

/// How many people come, as a distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Comers(Vec<f64>);

impl Comers {
    /// Puts together people who come or not, each by their own chance and independently of each other.
    ///
    /// # Errors
    ///
    /// [`OverbookError::NotChance`] and [`OverbookError::TooMany`].
    pub fn new(chances: &[f64]) -> Result<Self, OverbookError> {
        check(chances)?;
        let mut comers = Self(vec![1.0]);
        chances.iter().for_each(|&chance| comers.add(chance));
        Ok(comers)
    }

    fn add(&mut self, chance: f64) {
        self.0.push(0.0);
        for count in (0..self.0.len()).rev() {
            let fewer = if count > 0 { self.0[count - 1] } else { 0.0 };
            self.0[count] = self.0[count] * (1.0 - chance) + fewer * chance;
        }
    }

    /// Returns the chance that exactly so many come.
    pub fn exactly(&self, count: u32) -> f64 {
        self.0.get(count as usize).copied().unwrap_or(0.0)
    }

    /// Returns the chance that so many or more come.
    pub fn at_least(&self, count: u32) -> f64 {
        self.0.iter().skip(count as usize).sum()
    }

    /// Returns how many seats stay empty on average.
    pub fn empty(&self, seats: u32) -> f64 {
        let pairs = self.0.iter().enumerate();
        pairs
            .map(|(count, chance)| (f64::from(seats) - count as f64).max(0.0) * chance)
            .sum()
    }

    /// Returns how many people find no seat on average.
    pub fn turned_away(&self, seats: u32) -> f64 {
        let pairs = self.0.iter().enumerate();
        pairs
            .map(|(count, chance)| (count as f64 - f64::from(seats)).max(0.0) * chance)
            .sum()
    }

    /// Returns what empty seats and people without one cost on average.
    pub fn cost(&self, seats: u32, costs: Costs) -> f64 {
        costs.empty * self.empty(seats) + costs.turned_away * self.turned_away(seats)
    }
}

/// How many bookings to take, and what is expected then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// How many bookings to take; the least number of those that cost the same.
    pub bookings: u32,
    /// What that costs on average.
    pub cost: f64,
    /// What it would cost to take as many as there are seats.
    pub cost_at_seats: f64,
    /// How many seats stay empty on average.
    pub empty: f64,
    /// How many people find no seat on average.
    pub turned_away: f64,
    /// The chance that anybody finds no seat.
    pub anybody_turned_away: f64,
}

/// Returns how many of these people to take, in their order, so that empty seats and people turned away cost least on
/// average. `chances` is everyone's chance to come: those who have booked, and behind them those who may; where nobody is
/// waiting yet, as often the average as the house could hold.
///
/// # Errors
///
/// [`OverbookError::NotChance`] and [`OverbookError::TooMany`].
pub fn limit(seats: u32, chances: &[f64], costs: Costs) -> Result<Limit, OverbookError> {
    check(chances)?;
    let mut comers = Comers(vec![1.0]);
    let mut bookings = 0;
    for &chance in chances {
        let full = comers.at_least(seats);
        if costs.turned_away * full >= costs.empty * (1.0 - full) {
            break;
        }
        comers.add(chance);
        bookings += 1;
    }
    // Who never comes changes nothing, and need not be taken.
    let idle = chances[..bookings]
        .iter()
        .rev()
        .take_while(|chance| **chance == 0.0)
        .count();
    let best = bookings - idle;
    let comers = Comers::new(&chances[..best])?;
    let at_seats = Comers::new(&chances[..chances.len().min(seats as usize)])?;
    Ok(Limit {
        bookings: u32::try_from(best).unwrap_or(u32::MAX),
        cost: comers.cost(seats, costs),
        cost_at_seats: at_seats.cost(seats, costs),
        empty: comers.empty(seats),
        turned_away: comers.turned_away(seats),
        anybody_turned_away: comers.at_least(seats.saturating_add(1)),
    })
}

fn check(chances: &[f64]) -> Result<(), OverbookError> {
    if chances.len() > MOST {
        return Err(OverbookError::TooMany {
            people: chances.len(),
        });
    }
    match chances.iter().position(|chance| !(0.0..=1.0).contains(chance)) {
        Some(person) => Err(OverbookError::NotChance {
            person,
            value: chances[person],
        }),
        None => Ok(()),
    }
}
