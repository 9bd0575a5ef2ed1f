//! [`NoShow`]: how likely somebody who booked a class comes, stays away, or cancels too late.
//!
//! Few bookings say little, so each rate is drawn towards a wider one: a member's to that of the classes that they book,
//! a class's to the club's. How strongly is learned by empirical Bayes: the events of a group are beta-binomial around
//! what its surroundings lead to expect, with a strength (in bookings) that makes the data most likely. The late
//! cancellations are learned among all bookings that were not cancelled in time, staying away among those of them that
//! were not cancelled late, so that the three chances sum to 1.
//!
//! ```
//! use gym_analytics::no_show::{Fate, NoShow, Outcome};
//!
//! // Member 0 came once in two times, member 1 every time, and 40 others stay away once in ten.
//! let mut seen = vec![Outcome { member: 0, class: 0, fate: Fate::StayedAway }, Outcome { member: 0, class: 0, fate: Fate::Came }];
//! seen.extend([Outcome { member: 1, class: 0, fate: Fate::Came }; 30]);
//! for member in 2..42 {
//!     seen.extend((0..10).map(|at| Outcome { member, class: 0, fate: if at == 0 { Fate::StayedAway } else { Fate::Came } }));
//! }
//! let model = NoShow::learn(&seen)?;
//! let (new, once, never) = (model.chances(99, 0), model.chances(0, 0), model.chances(1, 0));
//! assert!(once.stays_away > new.stays_away && new.stays_away > never.stays_away);
//! assert!(once.stays_away < 0.5, "two bookings are not believed");
//! # Ok::<(), gym_analytics::no_show::NoShowError>(())
//! ```

use std::collections::BTreeMap;

use gym_core::booking::RegistrationState;
use gym_core::history::{History, NO_ID, NO_TIME, micros};
use gym_core::time::Instant;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why nothing could be learned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoShowError {
    /// There is no booking that is over.
    #[error("there are no bookings that are over, expected at least 1")]
    Empty,
}

/// What became of a booking that was not cancelled in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The member came.
    Came,
    /// The member did not come and did not say so.
    StayedAway,
    /// The member cancelled, too late for the seat to be given away in time.
    CancelledLate,
}

/// A booking that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whose.
    pub member: u32,
    /// Of which class, as far as classes are told apart: a programme, or a place on the timetable.
    pub class: u32,
    /// What became of it.
    pub fate: Fate,
}

impl Outcome {
    /// Reads what was known at an instant; classes are told apart by programme. Bookings that were cancelled in time or
    /// by the club say nothing and are left out.
    pub fn of(history: &History, as_of: Instant) -> Vec<Self> {
        let until = micros(as_of);
        let known = history.bookings.rows().filter(|booking| {
            let at = booking.settled_at;
            booking.class != NO_ID && booking.recorded_at <= until && at != NO_TIME && at <= until
        });
        let outcome = |booking: gym_core::history::Booking| {
            let fate = match booking.state {
                RegistrationState::Attended => Fate::Came,
                RegistrationState::NoShow => Fate::StayedAway,
                RegistrationState::LateCancelled => Fate::CancelledLate,
                RegistrationState::Booked
                | RegistrationState::Cancelled
                | RegistrationState::ClubCancelled => {
                    return None;
                }
            };
            let class = *history.classes.programme.get(booking.class as usize)?;
            Some(Self {
                member: booking.member,
                class,
                fate,
            })
        };
        known.filter_map(outcome).collect()
    }
}

/// What may become of a booking; the three sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chances {
    /// The member comes.
    pub comes: f64,
    /// The member stays away without a word.
    pub stays_away: f64,
    /// The member cancels too late.
    pub cancels_late: f64,
}

/// What was learned of bookings; see the [module](self).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoShow {
    late: Rates,
    away: Rates,
}

impl NoShow {
    /// Learns from bookings that are over, in any order.
    ///
    /// # Errors
    ///
    /// [`NoShowError::Empty`].
    pub fn learn(outcomes: &[Outcome]) -> Result<Self, NoShowError> {
        if outcomes.is_empty() {
            return Err(NoShowError::Empty);
        }
        let kept = outcomes
            .iter()
            .filter(|outcome| outcome.fate != Fate::CancelledLate);
        Ok(Self {
            late: Rates::learn(outcomes.iter(), Fate::CancelledLate),
            away: Rates::learn(kept, Fate::StayedAway),
        })
    }

    /// Returns the chances of a booking. A member or class that was not seen has those of what is around it.
    pub fn chances(&self, member: u32, class: u32) -> Chances {
        let (late, away) = (self.late.of(member, class), self.away.of(member, class));
        let kept = 1.0 - late;
        Chances {
            comes: kept * (1.0 - away),
            stays_away: kept * away,
            cancels_late: late,
        }
    }

    /// Returns the rates of late cancellations.
    pub fn late(&self) -> &Rates {
        &self.late
    }

    /// Returns the rates of staying away, among bookings that were not cancelled late.
    pub fn away(&self) -> &Rates {
        &self.away
    }
}

/// Bookings and how often something became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Count {
    bookings: f64,
    events: f64,
}

impl Count {
    fn add(&mut self, is_event: bool) {
        self.bookings += 1.0;
        self.events += f64::from(is_event);
    }

    /// The mean of a beta distribution with this mean and strength after these bookings.
    fn drawn_to(self, mean: f64, strength: f64) -> f64 {
        (self.events + strength * mean) / (self.bookings + strength)
    }
}

/// Rates of one event, of members in classes in a club.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    club: f64,
    class_strength: f64,
    member_strength: f64,
    classes: BTreeMap<u32, f64>,
    /// How much each member's log-odds differ from those of the classes that they book.
    members: BTreeMap<u32, f64>,
}

impl Rates {
    fn learn<'a>(outcomes: impl Iterator<Item = &'a Outcome> + Clone, event: Fate) -> Self {
        let (mut all, mut by_class) = (Count::default(), BTreeMap::<u32, Count>::new());
        let mut by_member = BTreeMap::<u32, BTreeMap<u32, Count>>::new();
        for outcome in outcomes {
            let is_event = outcome.fate == event;
            all.add(is_event);
            by_class.entry(outcome.class).or_default().add(is_event);
            let of = by_member.entry(outcome.member).or_default();
            of.entry(outcome.class).or_default().add(is_event);
        }
        // Half an event of either kind more (Jeffreys), so that no club is sure of anything.
        let club = Count {
            bookings: all.bookings + 1.0,
            events: all.events + 0.5,
        };
        let club = club.events / club.bookings;
        let around_club: Vec<(Count, f64)> = by_class.values().map(|count| (*count, club)).collect();
        let class_strength = strength(&around_club);
        let classes: BTreeMap<u32, f64> = by_class
            .iter()
            .map(|(class, count)| (*class, count.drawn_to(club, class_strength)))
            .collect();
        let sums: Vec<(u32, Count, f64)> = by_member
            .iter()
            .map(|(member, of)| summed(*member, of, &classes))
            .collect();
        let around_classes: Vec<(Count, f64)> = sums.iter().map(|(_, count, mean)| (*count, *mean)).collect();
        let member_strength = strength(&around_classes);
        let differs = |(member, count, mean): (u32, Count, f64)| {
            (
                member,
                log_odds(count.drawn_to(mean, member_strength)) - log_odds(mean),
            )
        };
        Self {
            club,
            class_strength,
            member_strength,
            classes,
            members: sums.into_iter().map(differs).collect(),
        }
    }

    /// Returns the rate of the club.
    pub fn club(&self) -> f64 {
        self.club
    }

    /// Returns the rate of a class, drawn to the club's.
    pub fn class(&self, class: u32) -> f64 {
        self.classes.get(&class).copied().unwrap_or(self.club)
    }

    /// Returns how many bookings of a class weigh as much as what is known of the club: [`STRONGEST`] where classes do
    /// not differ.
    pub fn class_strength(&self) -> f64 {
        self.class_strength
    }

    /// Returns how many bookings of a member weigh as much as what is known of their classes: [`STRONGEST`] where
    /// members do not differ.
    pub fn member_strength(&self) -> f64 {
        self.member_strength
    }

    /// Returns the rate of a member in a class: the class's, moved by how the member differs from what they book.
    pub fn of(&self, member: u32, class: u32) -> f64 {
        let moved = self.members.get(&member).copied().unwrap_or(0.0);
        crate::sample::sigmoid(log_odds(self.class(class)) + moved)
    }
}

/// What a member did in all, and the rate that their classes lead to expect.
fn summed(member: u32, of: &BTreeMap<u32, Count>, classes: &BTreeMap<u32, f64>) -> (u32, Count, f64) {
    let (mut sum, mut expected) = (Count::default(), 0.0);
    for (class, count) in of {
        sum.bookings += count.bookings;
        sum.events += count.events;
        expected += count.bookings * classes.get(class).copied().unwrap_or(0.5);
    }
    (member, sum, expected / sum.bookings)
}

fn log_odds(chance: f64) -> f64 {
    (chance / (1.0 - chance)).ln()
}

/// The weakest pull that is looked for, in bookings.
pub const WEAKEST: f64 = 0.05;
/// The strongest: groups that differ less are taken for alike.
pub const STRONGEST: f64 = 10_000.0;

/// Returns the strength that makes these counts most likely around their means: looked for on a grid of logarithms,
/// then by golden section between the neighbours of the best.
fn strength(counts: &[(Count, f64)]) -> f64 {
    let (low, high) = (WEAKEST.ln(), STRONGEST.ln());
    // Without an event of either kind, nothing was seen of how they spread.
    let events: f64 = counts.iter().map(|(count, _)| count.events).sum();
    let bookings: f64 = counts.iter().map(|(count, _)| count.bookings).sum();
    if events == 0.0 || events == bookings {
        return STRONGEST;
    }
    let likely = |log: f64| -> f64 { counts.iter().map(|count| beta_binomial(*count, log.exp())).sum() };
    let steps = 48;
    let step = (high - low) / f64::from(steps);
    let (mut best, mut most) = (high, f64::NEG_INFINITY);
    for at in 0..=steps {
        let log = low + step * f64::from(at);
        let value = likely(log);
        if value > most {
            (best, most) = (log, value);
        }
    }
    let (mut from, mut to) = ((best - step).max(low), (best + step).min(high));
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..32 {
        let (left, right) = (to - golden * (to - from), from + golden * (to - from));
        if likely(left) < likely(right) {
            from = left;
        } else {
            to = right;
        }
    }
    let found = (from + to) / 2.0;
    // Flat at the far end: nothing tells these groups apart.
    if likely(high) >= likely(found) - 1e-6 {
        STRONGEST
    } else {
        found.exp()
    }
}

/// The log-likelihood of a count around a mean, up to what does not depend on the strength.
fn beta_binomial((count, mean): (Count, f64), strength: f64) -> f64 {
    let (a, b) = (mean * strength, (1.0 - mean) * strength);
    let rest = count.bookings - count.events;
    libm::lgamma(a + count.events) - libm::lgamma(a) + libm::lgamma(b + rest) - libm::lgamma(b)
        + libm::lgamma(strength)
        - libm::lgamma(strength + count.bookings)
}
