//! Renewal: ahead of its day, on its day before the sweep, and notice in between.

use gym_core::id::MembershipId;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::contract::DayState;
use gym_core::membership::plan::{Allowance, AtEnd, EndsOn, Reach, Terms};

use super::{Hall, cover, day, days, monthly, months};

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

#[test]
fn a_version_that_reaches_a_membership_brings_its_allowance_with_its_price() {
    let with = |uses, per| Terms {
        allowance: Some(Allowance {
            uses,
            per,
            carry: None,
        }),
        term: Some(months(1)),
        at_end: AtEnd::Renew(months(1)),
        ..cover::plan()
    };
    for (reach, before, after) in [
        (Reach::Sales, 1, 1),
        (Reach::Renewals, 1, 3),
        (Reach::Running, 1, 3),
    ] {
        let (mut hall, _, ada) = cover::hall(with(1, months(1)));
        let of = hall.gym.club.membership_types.iter().next().unwrap().id;
        let revise = |terms| C::Revise {
            of,
            from: day("2027-04-01"),
            reach,
            terms: Box::new(terms),
        };
        let other = hall.clone().run(revise(with(3, days(28))));
        assert_eq!(other.is_ok(), reach == Reach::Sales, "cycles stay what they are");
        hall.ok(revise(with(3, months(1))));
        for (month, today, most) in [("03", "2027-03-01", before), ("04", "2027-04-01", after)] {
            hall.on(today).renew();
            let classes = [10, 11, 12, 13].map(|n| hall.gym.on(&format!("2027-{month}-{n}")));
            let told = classes.map(|class| hall.gym.book(ada, class));
            let booked = told.iter().filter(|told| *told == "+Ada").count();
            assert_eq!(booked, most, "{reach:?} {month} {told:?}");
        }
    }
}

#[test]
fn somebody_is_a_member_since_the_last_break_that_is_too_long() {
    let term = Terms {
        term: Some(months(1)),
        ..monthly(50_00)
    };
    let (mut hall, first) = Hall::with("2027-01-01", term);
    let membership = hall.gym.club.memberships.get(first).unwrap();
    let (ada, gold) = (membership.member, membership.of);
    hall.sell(ada, gold, "2027-02-11");
    hall.sell(ada, gold, "2027-03-11");
    let since = |gap, on| hall.gym.club.member_since(ada, gap, day(on));
    assert_eq!(since(10, "2027-03-20"), Some(day("2027-01-01")));
    assert_eq!(since(9, "2027-03-20"), Some(day("2027-02-11")));
    assert_eq!(since(9, "2027-05-20"), None);
}
