//! What may happen in a random year, and when.

use chrono::{Days, NaiveDate, Offset, TimeZone};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;

use crate::contract::random;
use crate::pay::laws;

/// How long nothing happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    Minutes(i64),
    /// Until so many minutes after the midnight, in UTC, of the day on which the clocks change next.
    Clocks(i64),
    /// Not at all: the clock goes back by so many seconds, within what is tolerated.
    Back(i64),
}

/// What happens then.
#[derive(Debug, Clone)]
pub(super) enum Turn {
    Contract(random::Step),
    Money(laws::Step),
    /// Invoices for so many payers at once.
    Run(u32),
    Recognise,
    Rates(bool, bool),
    Discount(u32),
    /// What an invoice gives back is kept, or a share of what is kept is paid out.
    Credit(i64),
}

fn waits() -> impl Strategy<Value = Wait> {
    prop_oneof![
        3 => (0_i64..900).prop_map(Wait::Minutes),
        3 => Just(Wait::Minutes(0)),
        2 => (1_i64..=60).prop_map(Wait::Back),
        3 => (0_i64..4_000).prop_map(Wait::Minutes),
        1 => (0_i64..60_000).prop_map(Wait::Minutes),
        2 => (-150_i64..1_600).prop_map(Wait::Clocks),
    ]
}

pub(super) fn turns() -> impl Strategy<Value = Vec<(Wait, Turn)>> {
    let contract = (0_u8..32, -12_i64..40, 0_u8..60, any::<u8>());
    let contract = contract.prop_map(|(what, from, length, pick)| random::Step {
        days: 0,
        what,
        from,
        length,
        pick,
    });
    // What is paid, told, given back, credited and paid out, which needs each other to happen.
    let money = prop::sample::select(vec![0_u8, 1, 3, 5, 6, 9, 12, 18, 19, 19]);
    let turn = prop_oneof![
        6 => contract.prop_map(Turn::Contract),
        5 => (0_u8..20, any::<u8>(), any::<u16>()).prop_map(Turn::Money),
        5 => (money, any::<u8>(), any::<u16>()).prop_map(Turn::Money),
        4 => (1_u32..5).prop_map(Turn::Run),
        1 => Just(Turn::Recognise),
        1 => any::<(bool, bool)>().prop_map(|(one, other)| Turn::Rates(one, other)),
        1 => (1_u32..100_000).prop_map(Turn::Discount),
        2 => (1_i64..4).prop_map(Turn::Credit),
    ];
    prop::collection::vec((waits(), turn), 8..60)
}

/// The next day on which the clocks change in Berlin.
pub(super) fn clocks_change_after(day: NaiveDate) -> NaiveDate {
    let offset = |day: NaiveDate| {
        let midnight = day.and_hms_opt(0, 0, 0).unwrap();
        Berlin.offset_from_utc_datetime(&midnight).fix()
    };
    let changes = |day: &NaiveDate| offset(*day) != offset(*day + Days::new(1));
    day.iter_days().skip(1).find(changes).unwrap()
}
