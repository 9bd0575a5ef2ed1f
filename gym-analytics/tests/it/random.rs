//! Random histories: late rows, changes of the clocks, contracts that end, freezes, payments that fail.

use chrono::{DateTime, Utc};
use chrono_tz::{America, Europe, Pacific, Tz};
use gym_core::booking::RegistrationState;
use gym_core::history::*;
use gym_core::money::Currency;
use gym_core::time::Period;

pub const DAY: i64 = 86_400_000_000;
/// 2025-01-01 00:00 UTC.
pub const FIRST: i64 = 1_735_689_600_000_000;
/// The history is complete for 900 days.
pub const LENGTH: i64 = 900 * DAY;

const ZONES: [Tz; 3] = [Europe::Berlin, America::Sao_Paulo, Pacific::Chatham];

/// Draws from a seed (SplitMix64).
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as i64
    }

    pub fn one_of(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    /// An instant in the history: often near the as-of or a change of the clocks, where things go wrong.
    fn at(&mut self, as_of: i64) -> i64 {
        match self.below(4) {
            0 => as_of - DAY + self.below(2 * DAY),
            // 2025-10-26 01:00 UTC, when the clocks go back in Berlin.
            1 => 1_761_440_400_000_000 - DAY / 8 + self.below(DAY / 4),
            _ => FIRST + self.below(LENGTH),
        }
        .clamp(FIRST, FIRST + LENGTH)
    }
}

pub fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap()
}

pub fn during() -> Period {
    Period::new(instant(FIRST), instant(FIRST + LENGTH)).unwrap()
}

fn day(at: i64) -> i32 {
    (at / DAY) as i32
}

/// Returns a history of some members, of which many rows were recorded late.
pub fn facts(seed: u64, members: u32, as_of: i64) -> Facts {
    let mut draw = Draw(seed);
    let mut facts = Facts::default();
    for (id, zone) in (11..).zip(ZONES) {
        let currency = Currency::EUR;
        facts.places.push(Place { id, zone, currency });
    }
    for (id, term_months) in [(21, 0), (22, 6), (23, 12)] {
        facts.plans.push(Plan {
            id,
            price: 3_000 + id,
            currency: Currency::EUR,
            cycle_months: 1 + (id % 2) as u32,
            term_months,
        });
    }
    facts.programmes = ["yoga", "spin", "box"].map(str::to_owned).to_vec();
    for id in 1..=40 {
        let starts_at = draw.at(as_of);
        facts.classes.push(Class {
            id,
            series: draw.below(3),
            place: draw.below(3) as u32,
            programme: draw.below(3) as u32,
            trainer: draw.below(4),
            room: 0,
            capacity: 20,
            starts_at,
            ends_at: starts_at + DAY / 24,
            is_on: !draw.one_of(9),
        });
    }
    for member in 0..members {
        let joined = draw.at(as_of);
        facts.members.push(Member {
            id: 100 + i64::from(member) * 7,
            place: draw.below(3) as u32,
            joined_on: day(joined),
            recorded_at: joined,
            birth_year: if draw.one_of(3) {
                NO_DAY
            } else {
                1960 + draw.below(45) as i32
            },
        });
    }
    add(&mut facts, &mut draw, members, as_of, |_, at, late| {
        (at, at + late)
    });
    facts
}

/// Adds what happened after an instant, or was recorded after it, to a history.
pub fn later(facts: &Facts, seed: u64, as_of: i64) -> Facts {
    let mut draw = Draw(seed ^ 0xABCD);
    let mut facts = facts.clone();
    let members = facts.members.len() as u32;
    add(&mut facts, &mut draw, members, as_of, |draw, at, late| {
        if draw.one_of(2) {
            let after = at.max(as_of + 1 + draw.below(40 * DAY));
            (after, after + late)
        } else {
            (at, at.max(as_of) + 1 + late)
        }
    });
    let newcomer = Member {
        id: 99_999,
        place: 0,
        joined_on: day(as_of) - 30,
        recorded_at: as_of + 1,
        birth_year: NO_DAY,
    };
    facts.members.push(newcomer);
    facts
}

/// Adds rows; `when` says of each when it happened and when that was recorded.
fn add(
    facts: &mut Facts,
    draw: &mut Draw,
    members: u32,
    as_of: i64,
    when: impl Fn(&mut Draw, i64, i64) -> (i64, i64),
) {
    let next = |draw: &mut Draw| {
        let at = draw.at(as_of);
        let late = if draw.one_of(3) { draw.below(20 * DAY) } else { 0 };
        when(draw, at, late)
    };
    let known = |draw: &mut Draw, recorded: i64| {
        if draw.one_of(3) {
            NO_TIME
        } else {
            recorded + draw.below(90 * DAY)
        }
    };
    let own = facts.memberships.len() as u32;
    for _ in 0..members * 2 {
        let (at, recorded_at) = next(draw);
        let starts_on = day(at) + draw.below(20) as i32 - 5;
        let ending = Ending::ALL[draw.below(5) as usize];
        let runs = ending == Ending::Running;
        facts.memberships.push(Membership {
            id: facts.memberships.len() as i64 + 501,
            member: draw.below(members.into()) as u32,
            place: draw.below(3) as u32,
            plan: draw.below(3) as u32,
            recorded_at,
            starts_on,
            committed_until: if draw.one_of(2) {
                NO_DAY
            } else {
                starts_on + draw.below(400) as i32
            },
            follows: NO_ID,
            ending,
            ends_on: if runs {
                NO_DAY
            } else {
                starts_on + draw.below(500) as i32
            },
            end_recorded_at: if runs {
                NO_TIME
            } else {
                recorded_at + draw.below(200 * DAY)
            },
        });
    }
    let held = facts.memberships.len() as u32;
    for _ in 0..members * 3 {
        let (at, recorded_at) = next(draw);
        let from = day(at);
        let term = Term {
            membership: (own + draw.below((held - own).into()) as u32).min(held - 1),
            plan: draw.below(3) as u32,
            recorded_at,
            from,
            until: if draw.one_of(4) {
                NO_DAY
            } else {
                from + 1 + draw.below(400) as i32
            },
        };
        facts.terms.push(term);
        let end = known(draw, recorded_at);
        facts.freezes.push(Freeze {
            membership: if draw.one_of(6) { NO_ID } else { term.membership },
            place: draw.below(3) as u32,
            recorded_at,
            from,
            until: if draw.one_of(5) {
                NO_DAY
            } else {
                from + draw.below(60) as i32
            },
            ended_on: if end == NO_TIME {
                NO_DAY
            } else {
                from + draw.below(50) as i32
            },
            end_recorded_at: end,
        });
    }
    for _ in 0..members * 14 {
        let (at, recorded_at) = next(draw);
        let member = draw.below(members.into()) as u32;
        facts.check_ins.push(CheckIn {
            member,
            place: draw.below(3) as u32,
            at,
            recorded_at,
            left_at: if draw.one_of(3) {
                NO_TIME
            } else {
                at + draw.below(DAY / 6)
            },
        });
        let (booked_at, recorded_at) = next(draw);
        let state = RegistrationState::ALL[draw.below(6) as usize];
        let settled_at = if state == RegistrationState::Booked {
            NO_TIME
        } else {
            recorded_at + draw.below(9 * DAY)
        };
        let booking = Booking {
            member,
            class: if draw.one_of(9) {
                NO_ID
            } else {
                draw.below(40) as u32
            },
            seats: 1 + draw.below(3) as u32,
            booked_at,
            recorded_at,
            state,
            settled_at,
        };
        facts.bookings.push(booking);
        let (made_at, recorded_at) = next(draw);
        let outcome = Outcome::ALL[draw.below(4) as usize];
        facts.payments.push(Payment {
            member,
            place: 0,
            amount: draw.below(9_000),
            made_at,
            recorded_at,
            outcome,
            outcome_at: if outcome == Outcome::Open {
                NO_TIME
            } else {
                recorded_at + draw.below(9 * DAY)
            },
        });
    }
}
