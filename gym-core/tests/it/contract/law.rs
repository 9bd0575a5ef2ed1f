//! What the law of the day of the sale gave stays, and what it asks for holds: a consent to renewals.

use gym_core::booking::refusal::Code;
use gym_core::id::MembershipId;
use gym_core::membership::contract::DayState;
use gym_core::membership::jurisdiction::{CoolingOff, DayCount, ExitRight, Ground, Jurisdiction};
use gym_core::membership::plan::{AtEnd, EndsOn, Terms};
use gym_core::membership::{Consent, MembershipCommand as C, Objection};

use super::{Hall, cover, day, monthly, months};

fn law(change: impl FnOnce(&mut Jurisdiction)) -> C {
    let mut law = Jurisdiction::named("Example");
    change(&mut law);
    C::SetJurisdiction {
        location: None,
        law: Box::new(law),
    }
}

fn cooling(days: u32) -> C {
    let count = DayCount::Calendar;
    law(|law| law.cooling_off = Some(CoolingOff { days, count }))
}

#[test]
fn a_shorter_time_to_cool_off_is_for_who_buys_after_it() {
    let mut hall = Hall::new();
    hall.on("2027-03-01").ok(cooling(14));
    let gold = hall.add_type("Gold", monthly(50_00));
    let [ada, bob] = hall.gym.members(["Ada", "Bob"]);
    let before = hall.sell(ada, gold, "2027-03-01");
    hall.on("2027-03-06").ok(cooling(5));
    let after = hall.sell(bob, gold, "2027-03-06");
    hall.on("2027-03-12");
    hall.clone().ok(C::TakeBack { membership: before });
    let last_day = Some(day("2027-03-11"));
    assert_eq!(
        hall.objections(C::TakeBack { membership: after }),
        [Objection::CoolingOffOver { last_day }]
    );
    hall.on("2027-03-16");
    let last_day = Some(day("2027-03-15"));
    assert_eq!(
        hall.objections(C::TakeBack { membership: before }),
        [Objection::CoolingOffOver { last_day }]
    );
}

#[test]
fn a_longer_time_to_cool_off_does_not_open_old_contracts() {
    let mut hall = Hall::new();
    hall.on("2027-03-01").ok(cooling(5));
    let gold = hall.add_type("Gold", monthly(50_00));
    let ada = hall.gym.member("Ada");
    let id = hall.sell(ada, gold, "2027-03-01");
    hall.ok(cooling(60));
    let last_day = Some(day("2027-03-06"));
    hall.on("2027-04-01");
    assert_eq!(
        hall.objections(C::TakeBack { membership: id }),
        [Objection::CoolingOffOver { last_day }]
    );
}

#[test]
fn rights_to_leave_are_those_of_the_sale_and_those_of_today_whichever_is_better() {
    let exits = |moved: &[u32]| {
        let right = |notice_days: &u32| ExitRight {
            proof: true,
            ground: Ground::Moved,
            beyond_km: None,
            notice_days: *notice_days,
        };
        let exits = moved.iter().map(right).collect();
        law(|law| law.exits = exits)
    };
    for (sold, now, ends) in [
        (&[14][..], &[][..], Some("2027-03-24")),
        (&[], &[14], Some("2027-03-24")),
        (&[14], &[7], Some("2027-03-17")),
        (&[7], &[14], Some("2027-03-17")),
        (&[], &[], None),
    ] {
        let mut hall = Hall::new();
        hall.on("2027-03-01").ok(exits(sold));
        let ada = hall.gym.member("Ada");
        let yearly = Terms {
            term: Some(months(12)),
            ..monthly(50_00)
        };
        let gold = hall.add_type("Gold", yearly);
        let membership = hall.sell(ada, gold, "2027-03-01");
        hall.ok(exits(now));
        hall.on("2027-03-10");
        let (ground, km) = (Ground::Moved, None);
        let leave = C::Exit {
            membership,
            ground,
            km,
        };
        assert_eq!(hall.run(leave).is_ok(), ends.is_some(), "{sold:?} {now:?}");
        assert_eq!(
            hall.ends_on(membership).as_deref(),
            ends.or(Some("2028-03-01")),
            "{sold:?} {now:?}"
        );
    }
}

#[test]
fn a_notice_is_as_short_as_either_law_asks() {
    for (sold, now) in [(Some(months(1)), None), (None, Some(months(1)))] {
        let mut hall = Hall::new();
        hall.on("2027-03-01");
        let ada = hall.gym.member("Ada");
        let terms = Terms {
            notice: Some(months(1)),
            ends: EndsOn::AnyDay,
            ..monthly(50_00)
        };
        let gold = hall.add_type("Gold", terms.clone());
        hall.ok(law(|law| law.longest_notice = sold));
        let membership = hall.sell(ada, gold, "2027-03-01");
        hall.ok(law(|law| law.longest_notice = now));
        let week = gym_core::time::Cycle::new(1, gym_core::time::Unit::Week).unwrap();
        if now.is_some() {
            hall.ok(law(|law| law.longest_notice = Some(week)));
        }
        let early = false;
        hall.on("2027-03-10").ok(C::GiveNotice { membership, early });
        let ends = if now.is_some() { "2027-03-18" } else { "2027-04-11" };
        assert_eq!(hall.ends_on(membership).as_deref(), Some(ends));
    }
}

/// Ada buys three months that go on as the plan says, where the law asks for her consent to that.
fn asked(at_end: AtEnd) -> (Hall, MembershipId) {
    let (mut hall, _, _) = cover::hall(cover::plan());
    hall.ok(law(|law| law.renewal_consent = true));
    let bea = hall.gym.member("Bea");
    let terms = Terms {
        term: Some(months(3)),
        at_end,
        ..cover::plan()
    };
    let silver = hall.add_type("Silver", terms);
    let id = hall.sell(bea, silver, "2027-03-01");
    (hall, id)
}

fn consent(membership: MembershipId, renews: bool) -> C {
    C::Consent { membership, renews }
}

#[test]
fn a_membership_is_renewed_only_if_the_member_agreed() {
    for at_end in [AtEnd::Renew(months(3)), AtEnd::MonthToMonth, AtEnd::Expire] {
        for agreed in [false, true] {
            let (mut hall, id) = asked(at_end);
            if agreed {
                hall.on("2027-04-01").ok(consent(id, true));
            }
            let runs = agreed && at_end != AtEnd::Expire;
            let contract = hall.gym.club.contract(id).unwrap();
            let state = if runs { DayState::Running } else { DayState::Over };
            assert_eq!(contract.on(day("2027-06-01")), state, "{at_end:?} {agreed}");
            hall.on("2027-06-01").renew();
            assert_eq!(
                hall.gym.club.memberships.get(id).unwrap().ended_on.is_none(),
                runs
            );
            assert_eq!(hall.bill(id, "2027-08-31").len(), if runs { 6 } else { 3 });
        }
    }
}

#[test]
fn where_the_law_does_not_ask_nobody_has_to_agree() {
    let (mut hall, id, _) = cover::hall(cover::plan());
    hall.ok(law(|law| law.renewal_consent = true));
    let held = hall.gym.club.memberships.get(id).unwrap().consent;
    assert_eq!(held, Consent::NotNeeded, "the law of the sale did not ask");
    let no = hall.no(consent(id, false));
    assert_eq!(
        no,
        "no consent is needed for membership 1 to be renewed; it ends with notice"
    );
}

#[test]
fn consent_is_withdrawn_until_the_term_begins_also_where_terms_begin_ahead() {
    let (mut hall, id) = asked(AtEnd::Renew(months(3)));
    let again = hall
        .gym
        .refused(&gym_core::command::Command::Membership(consent(id, false)));
    assert!(again.has(Code::NothingToDo));
    hall.ok(consent(id, true));
    assert_eq!(
        hall.gym.club.memberships.get(id).unwrap().consent,
        Consent::Given(day("2027-03-01"))
    );
    hall.on("2027-05-20");
    let (location, through) = (hall.gym.place, day("2027-06-30"));
    assert!(hall.ok(C::Renew { location, through }).is_empty());
    // What she has booked beyond the term goes with her consent.
    let bea = hall.gym.club.memberships.get(id).unwrap().member;
    let [within, beyond] = ["2027-05-31", "2027-06-01"].map(|on| hall.gym.on(on));
    for class in [within, beyond] {
        assert_eq!(hall.gym.book(bea, class), "+Bea");
    }
    hall.ok(consent(id, false));
    assert_eq!(hall.gym.booked(within), "Bea");
    assert_eq!(hall.gym.booked(beyond), "");
    hall.on("2027-06-01").renew();
    assert_eq!(
        hall.gym.club.memberships.get(id).unwrap().ended_on,
        Some(day("2027-06-01"))
    );
}

#[test]
fn members_agree_for_themselves() {
    let (mut hall, id) = asked(AtEnd::MonthToMonth);
    let [own, other] = ["Bea", "Cy"].map(|name| hall.gym.user(name));
    let stranger = hall.gym.member_of("Cy", Some(other));
    assert_ne!(stranger, hall.gym.club.memberships.get(id).unwrap().member);
    hall.gym.by(other);
    assert!(hall.no(consent(id, true)).contains("do not allow"));
    let bea = hall.gym.club.memberships.get(id).unwrap().member;
    hall.gym.club.members.change(bea, |it| it.user = Some(own));
    hall.gym.by(own);
    hall.ok(consent(id, true));
}

#[test]
fn members_leave_by_right_themselves_where_nothing_has_to_be_proved() {
    let (mut hall, id) = Hall::with("2027-03-01", monthly(31_00));
    let right = |ground, proof, notice_days| ExitRight {
        ground,
        beyond_km: None,
        notice_days,
        proof,
    };
    hall.ok(law(|law| {
        law.exits = vec![
            right(Ground::Moved, true, 0),
            right(Ground::ClubClosed, true, 0),
            right(Ground::ClubClosed, false, 7),
        ];
    }));
    let [own, other] = ["Ada", "Cy"].map(|name| hall.gym.user(name));
    hall.gym.member_of("Cy", Some(other));
    let ada = hall.gym.club.memberships.get(id).unwrap().member;
    hall.gym.club.members.change(ada, |it| it.user = Some(own));
    let exit = |ground| C::Exit {
        membership: id,
        ground,
        km: None,
    };
    hall.on("2027-03-11").gym.by(other);
    assert!(hall.no(exit(Ground::ClubClosed)).contains("do not allow"));
    hall.gym.by(own);
    assert_eq!(
        hall.no(exit(Ground::Moved)),
        "leaving by right (moved) has to be proved; expected staff, who records it once they see the proof"
    );
    let none = Objection::NoRight {
        ground: Ground::Death,
        beyond_km: None,
        km: None,
    };
    assert_eq!(hall.objections(exit(Ground::Death)), [none]);
    hall.clone().ok(exit(Ground::ClubClosed));
    hall.ok(exit(Ground::ClubClosed));
    assert_eq!(hall.ends_on(id).as_deref(), Some("2027-03-18"));
    hall.gym.by(None);
    hall.ok(exit(Ground::Moved));
    assert_eq!(hall.ends_on(id).as_deref(), Some("2027-03-11"));
}
