//! Renewal: ahead of its day, on its day before the sweep, and notice in between.

use gym_core::id::MembershipId;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::contract::DayState;
use gym_core::membership::plan::{AtEnd, EndsOn, Reach, Terms};

use super::{Hall, day, monthly, months};

fn yearly() -> Terms {
    Terms {
        term: Some(months(12)),
        notice: Some(months(1)),
        ends: EndsOn::AnyDay,
        at_end: AtEnd::Renew(months(12)),
        ..monthly(50_00)
    }
}

fn notice(membership: MembershipId) -> C {
    C::GiveNotice {
        membership,
        early: false,
    }
}

#[test]
fn a_term_that_was_renewed_ahead_binds_nobody_who_gives_notice_before_it() {
    for (ahead, given, ends, fees) in [
        (false, "2027-11-15", "2028-01-01", 12),
        (true, "2027-11-15", "2028-01-01", 12),
        (false, "2027-12-20", "2028-01-21", 13),
        (true, "2027-12-20", "2028-01-21", 13),
    ] {
        let (mut hall, id) = Hall::with("2027-01-01", yearly());
        hall.on("2027-11-01");
        if ahead {
            let location = hall.gym.place;
            let through = day("2028-01-01");
            let begun = hall.ok(C::Renew { location, through });
            assert_eq!(begun.len(), 1);
        }
        hall.on(given).ok(notice(id));
        assert_eq!(hall.ends_on(id).as_deref(), Some(ends), "{ahead} {given}");
        let bill = hall.bill(id, "2029-12-31");
        assert_eq!(bill.len(), fees, "{ahead} {given} {bill:?}");
        assert!(hall.on("2028-01-20").renew().len() <= 1);
        assert_eq!(hall.ends_on(id).as_deref(), Some(ends));
    }
}

#[test]
fn who_is_due_to_renew_runs_until_the_sweep_and_is_as_bound_before_it_as_after() {
    for (at_end, state) in [
        (AtEnd::Renew(months(12)), DayState::Running),
        (AtEnd::MonthToMonth, DayState::Running),
        (AtEnd::Expire, DayState::Over),
    ] {
        let (mut hall, id) = Hall::with("2027-01-01", Terms { at_end, ..yearly() });
        hall.on("2028-01-01");
        let contract = hall.gym.club.contract(id).unwrap();
        assert_eq!(contract.on(day("2028-01-01")), state, "{at_end:?}");
        let mut swept = hall.clone();
        swept.renew();
        assert_eq!(hall.run(notice(id)).is_ok(), state == DayState::Running);
        assert_eq!(swept.run(notice(id)).is_ok(), state == DayState::Running);
        assert_eq!(hall.ends_on(id), swept.ends_on(id), "{at_end:?}");
        assert_eq!(hall.bill(id, "2029-12-31"), swept.bill(id, "2029-12-31"));
    }
}

#[test]
fn a_price_for_all_locations_reaches_no_period_that_has_begun_where_it_is_latest() {
    let mut hall = Hall::new();
    let gold = hall.add_type("Gold", monthly(50_00));
    hall.gym.location("Far", "Pacific/Auckland");
    // At noon in Berlin it is the next day in Auckland.
    hall.on("2027-01-10");
    let revise = |from, reach| C::Revise {
        of: gold,
        from: day(from),
        reach,
        terms: Box::new(monthly(60_00)),
    };
    for (from, reach, accepted) in [
        ("2027-01-11", Reach::Running, false),
        ("2027-01-11", Reach::Renewals, false),
        ("2027-01-12", Reach::Running, true),
        ("2027-01-11", Reach::Sales, true),
    ] {
        let told = hall.clone().run(revise(from, reach));
        assert_eq!(told.is_ok(), accepted, "{from} {reach:?} {told:?}");
    }
    let why = hall.no(revise("2027-01-10", Reach::Running));
    assert!(why.contains("2027-01-12 or later"), "{why}");
}
