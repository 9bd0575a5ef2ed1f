//! The rules of freezing that a plan has: what limits a freeze, and what it costs.

use std::collections::BTreeSet;

use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{FreezeFee, FreezeReason, Year};
use gym_core::membership::plan::Terms;

use super::freeze::ruled;
use super::{Hall, day, eur, freeze, monthly};

#[test]
fn a_freeze_has_limits() {
    let why = |terms: Terms, command: &dyn Fn(gym_core::id::MembershipId) -> C| {
        let (mut hall, id) = Hall::with("2027-03-01", terms);
        hall.no(command(id))
    };
    let ask = |from: &'static str, until: Option<&'static str>| move |id| freeze(id, from, until);
    assert_eq!(
        why(monthly(1), &ask("2027-03-10", None)),
        "the plan cannot be frozen"
    );
    let short = ruled(|rules| (rules.shortest, rules.longest) = (14, Some(60)));
    assert_eq!(
        why(short.clone(), &ask("2027-03-10", Some("2027-03-23"))),
        "a freeze of 13 days is not accepted; expected 14 to 60"
    );
    assert_eq!(
        why(short, &ask("2027-03-10", None)),
        "a freeze without an end is not accepted; expected at most 60 days"
    );
    assert_eq!(
        why(ruled(|rules| rules.notice = 14), &ask("2027-03-14", None)),
        "a freeze from 2027-03-14 is too soon; the first possible day is 2027-03-15"
    );
    assert_eq!(
        why(
            ruled(|rules| rules.reasons = BTreeSet::from([FreezeReason::Medical])),
            &ask("2027-03-14", None)
        ),
        "a freeze for travel is not accepted; expected medical"
    );
    assert_eq!(
        why(ruled(|rules| rules.backdated = 5), &ask("2027-02-27", None)),
        "from: 2027-02-27 is not a day of the membership, which runs from 2027-03-01 without an end"
    );
    assert_eq!(
        why(ruled(|_| ()), &ask("2027-03-10", Some("2027-03-10"))),
        "until: 2027-03-10 is not accepted; expected a day after 2027-03-10"
    );
}

#[test]
fn freezes_are_counted_by_the_year_that_is_said() {
    for (year, second) in [(Year::Calendar, true), (Year::Contract, false)] {
        let terms = ruled(|rules| (rules.per_year, rules.year) = (Some(1), year));
        let (mut hall, id) = Hall::with("2027-03-01", terms);
        hall.freeze(id, "2027-12-01", "2027-12-11");
        let next = hall.run(freeze(id, "2028-01-10", Some("2028-01-20")));
        assert_eq!(next.is_ok(), second, "{year:?}");
    }
    let terms = ruled(|rules| rules.days_per_year = Some(30));
    let (mut hall, id) = Hall::with("2027-03-01", terms);
    hall.freeze(id, "2027-04-01", "2027-04-21");
    assert_eq!(
        hall.no(freeze(id, "2027-06-01", Some("2027-06-12"))),
        "20 of 30 days of freezing are used in the year from 2027-03-01; 11 were asked for"
    );
    hall.freeze(id, "2027-06-01", "2027-06-11");
    let (mut hall, id) = Hall::with("2027-03-01", ruled(|rules| rules.per_contract = Some(1)));
    let edit = hall.freeze(id, "2027-04-01", "2027-04-21");
    let why = hall.no(freeze(id, "2030-04-01", Some("2030-04-21")));
    assert_eq!(why, "1 of 1 freezes of the membership are used");
    hall.ok(C::EndFreeze {
        edit,
        on: day("2027-03-01"),
    });
    hall.freeze(id, "2027-06-01", "2027-06-11");
}

#[test]
fn a_fee_for_freezing_is_once_or_for_each_period() {
    for (fee, until, bill) in [
        (
            FreezeFee::Once(eur(5_00)),
            Some("2027-06-01"),
            vec!["2027-03-15 freeze 500"],
        ),
        (
            FreezeFee::PerPeriod(eur(5_00)),
            Some("2027-05-15"),
            vec!["2027-03-15 freeze 500", "2027-04-15 freeze 500"],
        ),
        (
            FreezeFee::PerPeriod(eur(5_00)),
            None,
            vec![
                "2027-03-15 freeze 500",
                "2027-04-15 freeze 500",
                "2027-05-15 freeze 500",
            ],
        ),
    ] {
        let (mut hall, id) = Hall::with("2027-03-01", ruled(|rules| rules.fee = fee));
        hall.ok(freeze(id, "2027-03-15", until));
        let bill_now = hall.bill(id, "2027-05-20");
        let fees: Vec<&String> = bill_now.iter().filter(|line| line.contains("freeze")).collect();
        assert_eq!(fees, bill.iter().collect::<Vec<_>>());
    }
}

#[test]
fn days_count_in_the_year_in_which_they_are() {
    let ruled = |year| ruled(|rules| (rules.days_per_year, rules.year) = (Some(30), year));
    // 12 days of 2027 and 18 of 2028, then 30 more of 2028: 48 of that year.
    let (mut hall, id) = Hall::with("2027-03-01", ruled(Year::Calendar));
    hall.freeze(id, "2027-12-20", "2028-01-19");
    assert_eq!(
        hall.no(freeze(id, "2028-01-19", Some("2028-02-18"))),
        "18 of 30 days of freezing are used in the year from 2028-01-01; 30 were asked for"
    );
    hall.freeze(id, "2028-01-19", "2028-01-31");
    hall.freeze(id, "2027-12-02", "2027-12-20");
    assert_eq!(
        hall.no(freeze(id, "2027-11-30", Some("2027-12-01"))),
        "30 of 30 days of freezing are used in the year from 2027-01-01; 1 were asked for"
    );
    // Years of the contract begin on its first day: 20 days are of the one, 10 of the next.
    let (mut hall, id) = Hall::with("2027-03-01", ruled(Year::Contract));
    hall.freeze(id, "2028-02-10", "2028-03-11");
    assert_eq!(
        hall.no(freeze(id, "2028-03-11", Some("2028-04-01"))),
        "10 of 30 days of freezing are used in the year from 2028-03-01; 21 were asked for"
    );
    hall.freeze(id, "2028-03-11", "2028-03-31");
}

#[test]
fn one_freeze_over_two_years_is_asked_of_both() {
    let terms = ruled(|rules| (rules.days_per_year, rules.year) = (Some(30), Year::Calendar));
    let (mut hall, id) = Hall::with("2027-03-01", terms);
    hall.freeze(id, "2027-06-01", "2027-06-26");
    assert_eq!(
        hall.no(freeze(id, "2027-12-25", Some("2028-02-05"))),
        "25 of 30 days of freezing are used in the year from 2027-01-01; 7 were asked for; 0 of 30 days of freezing are \
         used in the year from 2028-01-01; 35 were asked for"
    );
}
