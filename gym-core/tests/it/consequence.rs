//! What a late cancellation costs, what the club's own doing does not, and lots that are refused.

use std::collections::BTreeSet;

use crate::support::lots::*;
use crate::support::{Gym, instant, overriding};
use gym_core::booking::policy::{PenaltyRules, Policy};
use gym_core::booking::refusal::{Code, Reason};
use gym_core::booking::{Consequence, Waiver};
use gym_core::command::{Command, Scope as Reach};
use gym_core::entitlement::*;
use gym_core::id::*;
use gym_core::money::{Currency, Money};

#[test]
fn a_late_cancellation_costs_the_fee_or_the_use_but_not_both() {
    for (cost, consumed, fee) in [
        (Consequence::Use, 1, None),
        (Consequence::Fee(eur(500)), 0, Some(eur(500))),
        (Consequence::Nothing, 0, None),
    ] {
        let penalties = PenaltyRules {
            waivers: 0,
            late_cancel: cost,
            no_show: cost,
            ..PenaltyRules::default()
        };
        let mut gym = Gym::entitled(Policy {
            penalties,
            ..Policy::default()
        });
        let [ada, bob] = gym.members(["Ada", "Bob"]);
        let lots = [ada, bob].map(|member| gym.sell(member, year(1)));
        gym.at("2026-03-01T08:00:00Z");
        let class = gym.on("2026-03-02");
        for member in [ada, bob] {
            gym.book(member, class);
        }
        gym.at("2026-03-02T08:00:00Z").cancel(ada, class);
        gym.at("2026-03-02T11:00:00Z").no_show(None, class);
        for (lot, at) in lots
            .into_iter()
            .zip(["2026-03-03T08:00:00Z", "2026-03-03T11:00:00Z"])
        {
            assert_eq!(
                gym.balance(lot),
                (1 - consumed, 0, consumed as usize, 0),
                "{cost:?}"
            );
            let owner = gym.club.lots.get(lot).unwrap().owner;
            let location = gym.club.locations.get(gym.place).unwrap();
            let penalty = gym.club.penalties.iter().find(|it| it.member == owner).unwrap();
            let owed = |at: &str| penalty.obligation(location, instant(at)).map(|it| it.amount);
            assert_eq!((owed("2026-03-03T07:59:59Z"), owed(at)), (None, fee), "{cost:?}");
        }
        // The desk forgives both within the day: what they cost is given back.
        let told: Vec<PenaltyId> = gym.club.penalties.iter().map(|it| it.id).collect();
        for penalty in told {
            let why = "the tram did not run".to_owned();
            gym.entitle(EntitlementCommand::WaivePenalty { penalty, why });
            let penalty = gym.club.penalties.get(penalty).unwrap();
            assert_eq!(penalty.waiver, Some(Waiver::Desk));
            let location = gym.club.locations.get(gym.place).unwrap();
            assert_eq!(
                penalty.obligation(location, instant("2026-05-01T08:00:00Z")),
                None
            );
        }
        assert!(lots.iter().all(|lot| gym.balance(*lot) == (1, 0, 0, 0)));
    }
}

#[test]
fn who_came_after_all_takes_the_use_again_that_the_fee_had_given_back() {
    let penalties = PenaltyRules {
        waivers: 0,
        no_show: Consequence::Fee(eur(500)),
        ..PenaltyRules::default()
    };
    let mut gym = Gym::entitled(Policy {
        penalties,
        ..Policy::default()
    });
    let ada = gym.member("Ada");
    let lot = gym.sell(ada, year(1));
    gym.at("2026-03-01T08:00:00Z");
    let (class, next) = (gym.on("2026-03-02"), gym.on("2026-03-03"));
    gym.book(ada, class);
    gym.at("2026-03-02T11:00:00Z").no_show(None, class);
    assert_eq!(gym.balance(lot), (1, 0, 0, 0));
    let mut spent = gym.clone();
    let late = |member| Command::CheckIn {
        class,
        member,
        overriding: Some(overriding(&[Code::TooLate])),
    };
    gym.tell(&late(ada));
    assert_eq!(gym.balance(lot), (0, 0, 1, 0));
    assert_eq!(
        gym.club.penalties.iter().next().unwrap().waiver,
        Some(Waiver::Attended)
    );
    assert_eq!(spent.book(ada, next), "+Ada");
    assert_eq!(spent.tell(&late(ada)), "no: uncovered");
}

#[test]
fn what_the_club_moves_or_cancels_costs_nobody_a_use() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let march = Terms {
        validity: Validity::Days {
            from: day("2026-03-01"),
            until: Some(day("2026-04-01")),
        },
        ..year(2)
    };
    let lot = gym.sell(ada, march);
    let (moved, cancelled) = (gym.on("2026-03-30"), gym.on("2026-03-20"));
    gym.book(ada, moved);
    gym.book(ada, cancelled);
    gym.move_class(moved, Reach::This, "2026-04-02T10:00");
    assert_eq!(
        gym.uses(),
        "03-20 lot 1, 04-02 lot 1",
        "no lot reaches April, so it keeps what it has"
    );
    gym.call_off(cancelled, Reach::This);
    assert_eq!(gym.balance(lot), (1, 1, 0, 0));
    let again = gym.on("2026-03-21");
    let closure = {
        gym.book(ada, again);
        gym.close("2026-03-21", "2026-03-21")
    };
    assert_eq!(gym.balance(lot), (1, 1, 0, 0));
    gym.ok(&Command::LiftClosure { closure });
    assert_eq!(gym.balance(lot), (0, 2, 0, 0));
}

#[test]
fn the_desk_may_book_without_a_lot_and_an_open_club_needs_none() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let class = gym.on("2026-03-02");
    assert_eq!(
        gym.despite(ada, class, &[Code::Uncovered]),
        "despite uncovered, +Ada"
    );
    assert_eq!(gym.uses(), "");
    let mut open = Gym::new();
    let ada = open.member("Ada");
    open.sell(ada, year(1));
    let class = open.on("2026-03-02");
    assert_eq!(open.book(ada, class), "+Ada");
    assert_eq!(open.uses(), "");
}

#[test]
fn a_lot_is_taken_back_only_if_no_booking_needs_it() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let first = gym.sell(ada, year(1));
    let class = gym.on("2026-03-02");
    gym.book(ada, class);
    let back = Command::Entitlement(EntitlementCommand::Withdraw { lot: first });
    let refusal = gym.refused(&back);
    let by = vec![Target::Registration(RegistrationId::new(1).unwrap())];
    assert_eq!(refusal.reasons, [Reason::LotNeeded { lot: first, by }]);
    let second = gym.sell(ada, year(1));
    let looked_at = |gym: &Gym| gym.club.lots.get(first).unwrap().due_on;
    assert!(looked_at(&gym).is_some());
    gym.ok(&back);
    assert_eq!(looked_at(&gym), None, "nothing of it can expire");
    assert_eq!(gym.uses(), format!("03-02 lot {second}"));
    assert!(gym.refused(&back).has(Code::NothingToDo));
}

#[test]
fn lots_that_cannot_be_are_refused_and_nothing_happens() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let grant = |terms, price| Grant {
        member: ada,
        shared_with: BTreeSet::new(),
        location: gym.place,
        terms,
        price,
    };
    let backwards = Validity::Days {
        from: day("2026-03-01"),
        until: Some(day("2026-03-01")),
    };
    let nobody = MemberId::new(99).unwrap();
    let wrong = [
        grant(year(0), eur(1)),
        grant(year(10_001), eur(1)),
        grant(monthly(2, 3), eur(1)),
        grant(year(1), eur(-1)),
        grant(year(1), Money::new(1, Currency::USD)),
        grant(
            Terms {
                validity: backwards,
                ..year(1)
            },
            eur(1),
        ),
        grant(
            Terms {
                scope: Scope::default(),
                ..year(1)
            },
            eur(1),
        ),
        Grant {
            member: nobody,
            ..grant(year(1), eur(1))
        },
        Grant {
            shared_with: [ada].into(),
            ..grant(year(1), eur(1))
        },
    ];
    for grant in wrong {
        let refusal = gym.refused(&Command::Entitlement(EntitlementCommand::SellPass { grant }));
        assert!(
            refusal.has(Code::BadValue) || refusal.has(Code::Unknown),
            "{refusal}"
        );
    }
    assert!(gym.club.lots.is_empty());
    let user = gym.user("Eve");
    let fine = EntitlementCommand::SellPass {
        grant: Grant {
            member: ada,
            shared_with: BTreeSet::new(),
            location: gym.place,
            terms: year(1),
            price: eur(1),
        },
    };
    assert!(
        gym.by(user)
            .refused(&Command::Entitlement(fine))
            .has(Code::NotPermitted)
    );
}

#[test]
fn why_a_lot_was_chosen_is_told() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let spring = Terms {
        validity: Validity::Days {
            from: day("2026-01-01"),
            until: Some(day("2026-06-01")),
        },
        ..year(1)
    };
    gym.sell(ada, year(1));
    gym.sell(ada, spring);
    let (one, two) = (gym.on("2026-03-02"), gym.on("2026-07-02"));
    gym.book(ada, one);
    gym.book(ada, two);
    let plan = gym.club.holdings(ada).plan(&[]).unwrap();
    let told: Vec<_> = plan
        .0
        .iter()
        .map(|it| (it.on, it.lot.get(), it.because))
        .collect();
    let expected = [
        (day("2026-03-02"), 2, Because::EndsFirst),
        (day("2026-07-02"), 1, Because::Only),
    ];
    assert_eq!(told, expected);
}

/// A club in which a use is taken of whoever cancels late or does not come.
fn costly() -> Gym {
    let penalties = PenaltyRules {
        waivers: 0,
        ..PenaltyRules::default()
    };
    let mut gym = Gym::entitled(Policy {
        penalties,
        ..Policy::default()
    });
    gym.at("2026-03-01T08:00:00Z");
    gym
}

#[test]
fn a_use_that_a_late_cancellation_costs_covers_nobody_who_waits() {
    let mut gym = costly();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    gym.sell_to(&[ada, bob], between(1, "2026-01-01", "2026-04-01"));
    gym.sell(ada, year(1));
    let class = gym.class("2026-03-02T12:00", 1);
    assert_eq!(gym.book(ada, class), "+Ada");
    assert_eq!(gym.uses(), "03-02 lot 1");
    assert_eq!(
        gym.join(bob, class),
        "Bob waits",
        "as long as Ada's seat may move to the other lot"
    );
    let told = gym.at("2026-03-02T08:00:00Z").cancel(ada, class);
    assert_eq!(told, "Ada late_cancelled, Ada late, Bob skipped (uncovered)");
    assert_eq!(gym.uses(), "03-02 lot 1!");
}

#[test]
fn who_paid_with_the_last_use_for_an_absence_can_come_after_all() {
    let mut gym = costly();
    let ada = gym.member("Ada");
    gym.sell(ada, between(1, "2026-01-01", "2026-03-03"));
    let class = gym.class("2026-03-02T19:00", 1);
    assert_eq!(gym.book(ada, class), "+Ada");
    gym.at("2026-03-02T20:00:00Z").no_show(None, class);
    let location = gym.place;
    gym.at("2026-03-03T08:00:00Z")
        .entitle(EntitlementCommand::Expire { location });
    assert!(gym.club.lots.iter().all(|lot| lot.over));
    let late = Command::CheckIn {
        class,
        member: ada,
        overriding: Some(overriding(&[Code::TooLate])),
    };
    gym.ok(&late);
    assert_eq!(gym.uses(), "03-02 lot 1!");
}
