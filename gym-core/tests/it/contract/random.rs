//! Random terms, and random things to try with memberships.

use gym_core::membership::freeze::{Compensation, FreezeFee, FreezeRules};
use gym_core::membership::plan::{AtEnd, EarlyEnd, EndsOn, FirstDue, Periods, Shared, Terms};
use gym_core::time::{Cycle, Unit};
use proptest::prelude::*;

use super::{eur, monthly};

/// One thing that is tried, so many days after the one before.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) days: u64,
    pub(crate) what: u8,
    /// From today.
    pub(crate) from: i64,
    pub(crate) length: u8,
    pub(crate) pick: u8,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        prop_oneof![4 => 0_u64..20, 1 => 20_u64..90],
        0_u8..32,
        -12_i64..40,
        0_u8..60,
        any::<u8>(),
    );
    let step = step.prop_map(|(days, what, from, length, pick)| Step {
        days,
        what,
        from,
        length,
        pick,
    });
    prop::collection::vec(step, 1..24)
}

pub(crate) fn compensation(n: u8) -> Compensation {
    Compensation::ALL[usize::from(n) % 3]
}

pub(crate) fn terms() -> impl Strategy<Value = Terms> {
    let cycle = prop_oneof![
        6 => Just(Cycle::MONTH),
        1 => Just(Cycle::new(3, Unit::Month).unwrap()),
        1 => Just(Cycle::new(4, Unit::Week).unwrap()),
        1 => Just(Cycle::new(1, Unit::Year).unwrap()),
    ];
    (1_i64..20_000, cycle, any::<[u8; 8]>()).prop_map(|(price, cycle, n)| {
        let month = |n: u8| Cycle::new(u32::from(n % 7) + 1, Unit::Month).unwrap();
        let calendar = n[0].is_multiple_of(4);
        let mut rules = FreezeRules::free(if calendar {
            Compensation::Credit
        } else {
            compensation(n[1])
        });
        rules.backdated = u32::from(n[1] % 16);
        rules.fee = match n[2] % 3 {
            0 => FreezeFee::Free,
            1 => FreezeFee::Once(eur(700)),
            _ => FreezeFee::PerPeriod(eur(300)),
        };
        Terms {
            cycle,
            periods: if calendar {
                Periods::Calendar
            } else {
                Periods::Anniversary
            },
            joining: n[2].is_multiple_of(2).then(|| eur(1_999)),
            first_due: if n[3].is_multiple_of(2) {
                FirstDue::AtSale
            } else {
                FirstDue::AtStart
            },
            term: (n[3] % 3 > 0).then(|| month(n[3])),
            commitment: n[4].is_multiple_of(3).then(|| month(n[4])),
            notice: (n[5] % 3 > 0).then(|| Cycle::new(u32::from(n[5] % 40) + 1, Unit::Day).unwrap()),
            ends: [EndsOn::AnyDay, EndsOn::PeriodEnd, EndsOn::MonthEnd][usize::from(n[6] % 3)],
            at_end: [AtEnd::Expire, AtEnd::Renew(month(n[7])), AtEnd::MonthToMonth][usize::from(n[7] % 3)],
            early: n[5].is_multiple_of(2).then(|| EarlyEnd {
                undiscounted: eur(price + 500),
                at_most: Some(eur(9_999)),
            }),
            shared: Some(Shared {
                included: 1,
                most: 3,
                each_additional: eur(price / 3),
            }),
            freeze: Some(rules),
            ..monthly(price)
        }
    })
}
