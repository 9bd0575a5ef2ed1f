//! What a membership lets its member do: book and come in, but not while it is frozen, and never more than it allows.

use chrono::Days;
use gym_core::booking::policy::Policy;
use gym_core::booking::refusal::{Code, Reason};
use gym_core::command::{Book, Command};
use gym_core::entitlement::{Misfit, Remedy, Target};
use gym_core::id::*;
use gym_core::membership::freeze::{Compensation, FreezeRules};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{Allowance, AtEnd, Shared, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};
use gym_core::time::{Cycle, Unit};
use proptest::prelude::*;

use super::{Hall, day, freeze, monthly};
use crate::support::door::{enter, told};
use crate::support::skipped_for;

pub(super) fn plan() -> Terms {
    Terms {
        freeze: Some(FreezeRules::free(Compensation::Extend)),
        ..monthly(50_00)
    }
}

pub(super) fn weekly(uses: u32) -> Terms {
    let per = Cycle::new(1, Unit::Week).unwrap();
    Terms {
        allowance: Some(Allowance {
            uses,
            per,
            carry: None,
        }),
        ..plan()
    }
}

/// A club in which a booking needs a lot, and Ada, who buys a membership there on 1 March 2027, a Monday.
pub(super) fn hall(terms: Terms) -> (Hall, MembershipId, MemberId) {
    let mut hall = Hall::new();
    hall.gym.ok(&Command::SetPolicy {
        location: None,
        policy: Policy::default(),
    });
    hall.on("2027-03-01");
    let ada = hall.gym.member("Ada");
    let gold = hall.add_type("Gold", terms);
    let id = hall.sell(ada, gold, "2027-03-01");
    (hall, id, ada)
}

impl Hall {
    /// Why nothing covers a booking, and what would.
    fn uncovered(&mut self, member: MemberId, class: ClassId) -> (Vec<Misfit>, Vec<Remedy>) {
        let refusal = self.gym.refused(&Command::Book(Book::one(member, class)));
        let found = refusal.reasons.into_iter().find_map(|reason| match reason {
            Reason::Uncovered { why, would } => Some((why.into_iter().map(|it| it.why).collect(), would)),
            _ => None,
        });
        found.unwrap()
    }

    pub(super) fn come(&mut self, member: MemberId) -> String {
        let place = self.gym.place;
        told(&mut self.gym, enter(member, place))
    }
}

#[test]
fn a_membership_lets_its_member_book_and_come_in() {
    let (mut hall, _, ada) = hall(plan());
    let bea = hall.gym.member("Bea");
    let class = hall.gym.on("2027-03-02");
    assert_eq!(hall.gym.book(ada, class), "+Ada");
    assert_eq!(hall.gym.book(bea, class), "no: uncovered");
    assert_eq!(hall.come(ada), "Lot(LotId(1))");
    assert!(hall.come(bea).contains("nothing"), "{}", hall.come(bea));
    assert_eq!(hall.gym.uses(), "03-02 lot 1");
}

#[test]
fn a_booking_on_a_frozen_day_is_refused_and_told_when_it_is_possible_again() {
    let (mut hall, id, ada) = hall(plan());
    hall.freeze(id, "2027-03-10", "2027-03-20");
    let classes = ["2027-03-09", "2027-03-10", "2027-03-19", "2027-03-20"].map(|day| hall.gym.on(day));
    assert_eq!(hall.gym.book(ada, classes[0]), "+Ada");
    for frozen in &classes[1..3] {
        let again = Some(day("2027-03-20"));
        let (why, would) = hall.uncovered(ada, *frozen);
        assert_eq!(why, [Misfit::Frozen { again }]);
        let (lot, on) = (LotId::new(1).unwrap(), day("2027-03-20"));
        assert_eq!(would, [Remedy::Resumes { lot, on }]);
    }
    assert_eq!(
        hall.gym.why_not(ada, classes[1]),
        "no: lot 1: the membership is frozen until before 2027-03-20; what would is from 2027-03-20, when the \
         membership runs again"
    );
    assert_eq!(hall.gym.book(ada, classes[3]), "+Ada");
    // The club rests right after: it is possible again when both are over.
    hall.ok(C::FreezeAll {
        location: hall.gym.place,
        from: day("2027-03-18"),
        until: Some(day("2027-03-25")),
        compensation: Compensation::Extend,
    });
    let (why, _) = hall.uncovered(ada, classes[2]);
    let again = Some(day("2027-03-25"));
    assert_eq!(why, [Misfit::Frozen { again }]);
}

#[test]
fn a_freeze_without_an_end_keeps_out_until_it_is_ended() {
    let (mut hall, id, ada) = hall(plan());
    hall.ok(freeze(id, "2027-03-10", None));
    let class = hall.gym.on("2027-05-10");
    assert_eq!(hall.uncovered(ada, class).0, [Misfit::Frozen { again: None }]);
    let edit = hall.gym.club.edits.iter().next_back().unwrap().id;
    let on = day("2027-04-01");
    hall.ok(C::EndFreeze { edit, on });
    assert_eq!(hall.gym.book(ada, class), "+Ada");
}

#[test]
fn a_freeze_over_accepted_bookings_is_refused_and_names_them() {
    let (mut hall, id, ada) = hall(plan());
    let classes = ["2027-03-11", "2027-03-12", "2027-03-22"].map(|day| hall.gym.on(day));
    for class in classes {
        assert_eq!(hall.gym.book(ada, class), "+Ada");
    }
    let ask = freeze(id, "2027-03-10", Some("2027-03-20"));
    let booked = |n, on| (Target::Registration(RegistrationId::new(n).unwrap()), day(on));
    let bookings = vec![booked(1, "2027-03-11"), booked(2, "2027-03-12")];
    assert_eq!(
        hall.objections(ask.clone()),
        [Objection::WouldUncover { bookings }]
    );
    assert_eq!(
        hall.no(ask.clone()),
        "booking 1 on 2027-03-11 and booking 2 on 2027-03-12 would be left without a membership that covers it; cancel \
         it first, or freeze other days"
    );
    hall.gym.cancel(ada, classes[0]);
    hall.gym.cancel(ada, classes[1]);
    hall.ok(ask.clone());
    assert_eq!(hall.gym.uses(), "03-22 lot 1");
}

#[test]
fn a_pass_covers_what_a_freeze_leaves() {
    let (mut hall, id, ada) = hall(plan());
    let class = hall.gym.on("2027-03-11");
    assert_eq!(hall.gym.book(ada, class), "+Ada");
    let terms = gym_core::entitlement::Terms {
        validity: gym_core::entitlement::Validity::Days {
            from: day("2027-01-01"),
            until: None,
        },
        ..crate::support::lots::year(1)
    };
    hall.gym.sell(ada, terms);
    assert_eq!(hall.gym.uses(), "03-11 lot 1");
    hall.freeze(id, "2027-03-10", "2027-03-20");
    assert_eq!(hall.gym.uses(), "03-11 lot 2");
    let edit = EditId::new(1).unwrap();
    let on = day("2027-03-10");
    hall.ok(C::EndFreeze { edit, on });
    assert_eq!(hall.gym.uses(), "03-11 lot 1");
}

#[test]
fn an_allowance_is_counted_by_the_weeks_of_the_contract() {
    let (mut hall, id, ada) = hall(weekly(2));
    let days = [
        "2027-03-01",
        "2027-03-02",
        "2027-03-03",
        "2027-03-08",
        "2027-03-10",
        "2027-03-15",
    ];
    let classes = days.map(|day| hall.gym.class(&format!("{day}T18:00"), 5));
    assert_eq!(hall.gym.book(ada, classes[0]), "+Ada");
    assert_eq!(hall.gym.book(ada, classes[1]), "+Ada");
    assert_eq!(hall.gym.book(ada, classes[2]), "no: uncovered");
    // Of the first week three days have passed: what is left of it, without uses, comes after the freeze.
    hall.freeze(id, "2027-03-04", "2027-03-11");
    assert_eq!(hall.uncovered(ada, classes[4]).0.len(), 1);
    let after = [
        "2027-03-11",
        "2027-03-14",
        "2027-03-15",
        "2027-03-16",
        "2027-03-17",
    ];
    let after = after.map(|day| hall.gym.class(&format!("{day}T19:00"), 5));
    let told = after.map(|class| hall.gym.book(ada, class));
    assert_eq!(
        told,
        ["no: uncovered", "no: uncovered", "+Ada", "+Ada", "no: uncovered"]
    );
    let (_, would) = hall.uncovered(ada, after[0]);
    let (lot, on) = (LotId::new(1).unwrap(), day("2027-03-15"));
    assert_eq!(would, [Remedy::Renews { lot, on }]);
}

#[test]
fn those_who_share_a_membership_use_it_while_they_are_linked() {
    let shared = Some(Shared {
        included: 2,
        most: 3,
        each_additional: super::eur(15_00),
    });
    let (mut hall, id, _) = hall(Terms { shared, ..plan() });
    let [bea, cy] = hall.gym.members(["Bea", "Cy"]);
    let classes = ["2027-03-09", "2027-03-10", "2027-03-20"].map(|day| hall.gym.on(day));
    assert_eq!(hall.gym.book(bea, classes[1]), "no: uncovered");
    let (person, bond) = (bea, Bond::Beneficiary(id));
    let from = day("2027-03-10");
    hall.ok(C::Link { person, bond, from });
    assert_eq!(hall.uncovered(bea, classes[0]).0, [Misfit::NotYet { from }]);
    assert_eq!(hall.gym.book(bea, classes[1]), "+Bea");
    assert_eq!(hall.gym.book(bea, classes[2]), "+Bea");
    assert_eq!(hall.gym.book(cy, classes[2]), "no: uncovered");
    // The link ends: what she had booked after that is cancelled, for nothing.
    let (link, until) = (LinkId::new(1).unwrap(), day("2027-03-15"));
    hall.ok(C::EndLink { link, until });
    assert_eq!(hall.gym.booked(classes[1]), "Bea");
    assert_eq!(hall.gym.booked(classes[2]), "");
    assert_eq!(hall.uncovered(bea, classes[2]).0, [Misfit::Over { until }]);
    assert!(hall.gym.club.penalties.is_empty());
}

#[test]
fn what_was_booked_after_the_end_is_cancelled_when_notice_is_given_and_goes_to_who_waits() {
    let (mut hall, id, ada) = hall(plan());
    let bea = hall.gym.member("Bea");
    let gold = hall.gym.club.membership_types.iter().next().unwrap().id;
    hall.sell(bea, gold, "2027-03-01");
    let [soon, late] = ["2027-03-05", "2027-08-05"].map(|day| hall.gym.class(&format!("{day}T10:00"), 1));
    assert_eq!(hall.gym.book(ada, soon), "+Ada");
    assert_eq!(hall.gym.book(ada, late), "+Ada");
    assert_eq!(hall.gym.join(bea, late), "Bea waits");
    hall.ok(C::GiveNotice {
        membership: id,
        early: false,
    });
    hall.gym.follow();
    assert_eq!(
        (hall.gym.booked(soon), hall.gym.booked(late)),
        ("Ada".into(), "Bea".into())
    );
    assert!(hall.gym.club.penalties.is_empty());
}

#[test]
fn another_plan_takes_the_bookings_over() {
    let (mut hall, id, ada) = hall(plan());
    let silver = hall.add_type("Silver", monthly(60_00));
    let classes = ["2027-03-05", "2027-03-25"].map(|day| hall.gym.on(day));
    for class in classes {
        assert_eq!(hall.gym.book(ada, class), "+Ada");
    }
    let on = day("2027-03-15");
    hall.ok(C::Switch {
        membership: id,
        to: silver,
        on,
    });
    assert_eq!(hall.gym.uses(), "03-05 lot 1, 03-25 lot 2");
}

#[test]
fn a_contract_that_is_over_covers_nothing_and_its_lot_is_closed() {
    let terms = Terms {
        term: Some(Cycle::MONTH),
        at_end: AtEnd::Expire,
        ..plan()
    };
    let (mut hall, _, ada) = hall(terms);
    let classes = ["2027-03-31", "2027-04-01"].map(|day| hall.gym.on(day));
    assert_eq!(hall.gym.book(ada, classes[0]), "+Ada");
    let until = day("2027-04-01");
    assert_eq!(hall.uncovered(ada, classes[1]).0, [Misfit::Over { until }]);
    hall.on("2027-03-31").gym.check_in(ada, classes[0]);
    hall.on("2027-04-01").renew();
    assert!(hall.gym.club.lots.iter().all(|lot| lot.over));
    assert!(
        hall.come(ada).ends_with("the membership does not run today"),
        "{}",
        hall.come(ada)
    );
}

#[test]
fn who_is_frozen_when_a_seat_comes_free_is_passed_over() {
    let (mut hall, id, ada) = hall(plan());
    let [bea, cy] = hall.gym.members(["Bea", "Cy"]);
    let gold = hall.gym.club.membership_types.iter().next().unwrap().id;
    for member in [bea, cy] {
        hall.sell(member, gold, "2027-03-01");
    }
    let full = hall.gym.class("2027-03-12T10:00", 1);
    assert_eq!(hall.gym.book(bea, full), "+Bea");
    assert_eq!(hall.gym.join(ada, full), "Ada waits");
    assert_eq!(hall.gym.join(cy, full), "Cy waits");
    hall.freeze(id, "2027-03-10", "2027-03-20");
    let (class, member) = (full, bea);
    let events = hall.gym.ok(&Command::Cancel { class, member });
    assert!(skipped_for(&events, Code::Uncovered));
    assert_eq!(hall.gym.booked(full), "Cy");
}

proptest! {
    #![proptest_config(crate::support::soak::cases(24))]

    /// However it is frozen, a membership of some weeks allows as many visits as without.
    #[test]
    fn a_freeze_gives_every_week_back_with_what_it_allowed_and_no_more(
        uses in 1_u32..4,
        weeks in 1_u32..4,
        freezes in prop::collection::vec((0_u64..30, 1_u64..12), 0..4),
        credit in any::<bool>(),
    ) {
        let mut rules = FreezeRules::free(if credit { Compensation::Credit } else { Compensation::Extend });
        rules.shortest = 1;
        let terms = Terms {
            term: Some(Cycle::new(weeks, Unit::Week).unwrap()),
            at_end: AtEnd::Expire,
            freeze: Some(rules),
            ..weekly(uses)
        };
        let (mut hall, id, ada) = hall(terms);
        let first = day("2027-03-01");
        for (from, length) in freezes {
            let from = first + Days::new(from);
            let until = Some(from + Days::new(length));
            let why = gym_core::membership::freeze::FreezeReason::Work;
            let _ = hall.run(C::Freeze { membership: id, from, until, why });
        }
        let mut booked = 0;
        for n in 0..90 {
            let class = hall.gym.class(&format!("{}T20:00", first + Days::new(n)), 3);
            booked += u32::from(hall.gym.book(ada, class) == "+Ada");
        }
        if credit {
            prop_assert!(booked <= uses * weeks, "{booked}");
        } else {
            prop_assert_eq!(booked, uses * weeks);
        }
    }
}
