//! Who gets a seat that becomes free.

use crate::support::Gym;
use gym_core::booking::policy::{Bound, Cancelling, Limits, Mode, Order, Policy, WaitlistRules};
use gym_core::booking::refusal::Code;
use gym_core::command::{Command, Context, IfFull};
use gym_core::id::{ClaimId, ClassId, MemberId, SessionId};
use gym_core::schedule::claim::{Buffers, Claim, Owner, Resource};

fn rules(mode: Mode, order: Order) -> Policy {
    Policy {
        waitlist: WaitlistRules {
            mode,
            order,
            ..WaitlistRules::default()
        },
        ..Policy::default()
    }
}

/// A class of which Ada holds some seats and Max the rest, if there is one; the others wait in parties.
fn queue<const N: usize>(
    policy: Policy,
    capacity: u32,
    parties: [u32; N],
) -> (Gym, ClassId, MemberId, [MemberId; N]) {
    let mut gym = Gym::with(policy);
    gym.at("2026-02-01T10:00:00Z");
    let most = parties.into_iter().max().unwrap_or(0).max(capacity);
    let class = gym.class("2026-02-03T11:00", most);
    let [ada, max] = gym.members(["Ada", "Max"]);
    if most > capacity {
        gym.party(max, class, most - capacity, IfFull::Refuse);
    }
    assert!(
        gym.party(ada, class, capacity, IfFull::Refuse)
            .starts_with("+Ada")
    );
    let names = ["Bob", "Cyd", "Dan", "Eve", "Fay"];
    let mut next = names.iter().zip(parties);
    let others = parties.map(|_| {
        let (name, seats) = next.next().unwrap_or((&"?", 0));
        let member = gym.member(name);
        assert!(gym.party(member, class, seats, IfFull::Wait).ends_with("waits"));
        member
    });
    (gym, class, ada, others)
}

#[test]
fn free_seats_go_to_those_who_wait_in_order() {
    let check = |order, capacity, parties: [u32; 3], expected: &str| {
        let (mut gym, class, ada, _) = queue(rules(Mode::Auto, order), capacity, parties);
        assert_eq!(gym.cancel(ada, class), expected, "{order:?} {parties:?}");
    };
    check(
        Order::Fifo,
        2,
        [1, 1, 1],
        "Ada cancelled, +Bob, Bob promoted, +Cyd, Cyd promoted",
    );
    check(Order::Fifo, 2, [1, 2, 1], "Ada cancelled, +Bob, Bob promoted");
    check(
        Order::FitFirst,
        2,
        [1, 2, 1],
        "Ada cancelled, +Bob, Bob promoted, +Dan, Dan promoted",
    );
    check(Order::Fifo, 1, [2, 1, 1], "Ada cancelled");
    check(Order::FitFirst, 1, [2, 1, 1], "Ada cancelled, +Cyd, Cyd promoted");
}

#[test]
fn seats_that_a_party_waits_for_are_kept_until_the_list_closes() {
    let (mut gym, class, ada, [_, cyd]) = queue(rules(Mode::Auto, Order::Fifo), 2, [3, 1]);
    let zoe = gym.member("Zoe");
    assert_eq!(gym.cancel(ada, class), "Ada cancelled");
    assert_eq!(gym.book(zoe, class), "no: seats_kept | wait 3");
    assert_eq!(gym.book(cyd, class), "no: already_waiting");
    assert_eq!(gym.at("2026-02-03T09:00:00Z").book(zoe, class), "+Zoe");
    assert_eq!(gym.join(ada, class), "+Ada");
    let dan = gym.member("Dan");
    assert_eq!(gym.join(dan, class), "no: waitlist_closed full");
}

#[test]
fn an_entry_that_a_rule_speaks_against_is_skipped_and_the_next_has_its_turn() {
    let (mut gym, class, ada, [bob, cyd]) = queue(rules(Mode::Auto, Order::Fifo), 1, [1, 1]);
    let other = gym.class("2026-02-03T11:30", 5);
    // Bob books something at the same time: he stays in the queue, and comes back when he is free.
    assert_eq!(gym.book(bob, other), "+Bob, Bob left");
    assert_eq!(gym.join(bob, class), "no: overlaps full");
    assert_eq!(gym.cancel(bob, other), "Bob cancelled");
    assert_eq!(gym.join(bob, class), "Bob waits");
    assert_eq!(gym.waiting(class), "Cyd Bob", "who leaves loses the place");
    let policy = Policy {
        limits: Limits {
            per_day: Some(1),
            ..Limits::default()
        },
        ..Policy::default()
    };
    gym.set_policy(policy);
    let evening = gym.class("2026-02-03T18:00", 5);
    assert_eq!(gym.book(cyd, evening), "+Cyd");
    assert_eq!(
        gym.cancel(ada, class),
        "Ada cancelled, Cyd skipped (day_limit), +Bob, Bob promoted"
    );
    assert_eq!(gym.waiting(class), "Cyd");
    assert_eq!(gym.cancel(cyd, evening), "Cyd cancelled, promotion due");
    assert_eq!(gym.cancel(bob, class), "Bob cancelled, +Cyd, Cyd promoted");
}

/// A database may hold what somebody claimed around the library.
#[test]
fn a_claim_that_no_booking_explains_is_in_the_way_of_a_promotion() {
    let (mut gym, class, ada, [bob, _]) = queue(rules(Mode::Auto, Order::Fifo), 1, [1, 1]);
    let period = gym.club.classes.get(class).map(|class| class.period);
    let claim = |period| {
        let (resource, owner) = (Resource::Member(bob), Owner::Session(SessionId::local(9)));
        Claim::new(ClaimId::local(9), resource, owner, period, Buffers::default())
    };
    period
        .into_iter()
        .for_each(|period| gym.club.claims.insert(claim(period)));
    let context = Context {
        now: gym.now,
        actor: gym.actor,
    };
    let cancel = Command::Cancel { class, member: ada };
    let events = gym.club.decide(&cancel, &context).unwrap_or_default();
    let told: Vec<String> = events.iter().filter_map(|event| gym.told(event)).collect();
    assert_eq!(
        told,
        ["Ada cancelled", "Bob skipped (overlaps)", "+Cyd", "Cyd promoted"]
    );
}

#[test]
fn a_promotion_leaves_the_lists_of_the_same_time() {
    let (mut gym, class, ada, [bob]) = queue(rules(Mode::Auto, Order::Fifo), 1, [1]);
    let other = gym.class("2026-02-03T11:30", 1);
    let zoe = gym.member("Zoe");
    gym.book(zoe, other);
    assert_eq!(
        gym.join(bob, other),
        "Bob waits",
        "one may wait for two classes at one time"
    );
    assert_eq!(
        gym.cancel(ada, class),
        "Ada cancelled, +Bob, Bob left, Bob promoted"
    );
    assert_eq!(gym.waiting(other), "");
    assert_eq!(gym.cancel(zoe, other), "Zoe cancelled");
}

#[test]
fn an_offer_stands_for_some_minutes() {
    let (mut gym, class, ada, [bob, cyd]) = queue(rules(Mode::Offer { minutes: 30 }, Order::Fifo), 1, [1, 1]);
    let zoe = gym.member("Zoe");
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, Bob offered");
    assert_eq!(gym.waiting(class), "(Bob) Cyd");
    assert_eq!(gym.book(zoe, class), "no: full | wait 3");
    assert_eq!(gym.book(cyd, class), "no: already_waiting");
    let mut taken = gym.clone();
    assert_eq!(
        taken.at("2026-02-01T10:29:59Z").book(bob, class),
        "+Bob, Bob promoted"
    );
    gym.at("2026-02-01T10:30:00Z");
    assert_eq!(gym.clone().promote(class), "Bob lapsed, Cyd offered");
    assert_eq!(
        gym.clone().book(zoe, class),
        "no: full | wait 2",
        "the offer passes on first"
    );
    assert_eq!(gym.join(zoe, class), "Bob lapsed, Cyd offered, Zoe waits");
    assert_eq!(
        gym.cancel(cyd, class),
        "Cyd left, Zoe offered",
        "an offer is turned down"
    );
    assert_eq!(
        gym.at("2026-02-01T09:00:00Z").join(bob, class),
        "Bob waits",
        "a clock that goes back"
    );
}

#[test]
fn an_offer_ends_when_the_list_closes() {
    let (mut gym, class, ada, [bob]) = queue(rules(Mode::Offer { minutes: 300 }, Order::Fifo), 1, [1]);
    gym.at("2026-02-03T08:30:00Z");
    assert_eq!(
        gym.cancel(ada, class),
        "Ada late_cancelled, Ada late waived, Bob offered"
    );
    assert_eq!(gym.at("2026-02-03T09:00:00Z").promote(class), "Bob lapsed");
    assert_eq!(gym.book(bob, class), "+Bob", "the seat is free for all");
}

#[test]
fn an_offer_does_not_open_more_seats_than_it_keeps() {
    let (mut gym, class, ada, [bob, _]) = queue(rules(Mode::Offer { minutes: 30 }, Order::Fifo), 3, [1, 3]);
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, Bob offered");
    assert_eq!(gym.party(bob, class, 2, IfFull::Refuse), "no: seats_kept");
    assert_eq!(gym.book(bob, class), "+Bob, Bob promoted");
}

#[test]
fn a_free_seat_is_announced_to_all_and_the_first_has_it() {
    let (mut gym, class, ada, [bob, cyd]) = queue(rules(Mode::Broadcast, Order::Fifo), 1, [1, 1]);
    let zoe = gym.member("Zoe");
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, 1 announced");
    assert_eq!(gym.book(zoe, class), "no: seats_kept | wait 3");
    assert_eq!(gym.book(cyd, class), "1 announced, +Cyd, Cyd promoted");
    assert_eq!(gym.book(bob, class), "no: full");
    assert_eq!(gym.waiting(class), "Bob");
}

#[test]
fn a_late_promotion_comes_with_a_grace_however_it_comes() {
    for mode in [Mode::Auto, Mode::Offer { minutes: 30 }, Mode::Broadcast] {
        let policy = Policy {
            cancelling: Cancelling {
                free_until_minutes: 720,
                promoted_grace_minutes: 30,
            },
            ..rules(mode, Order::Fifo)
        };
        let (mut gym, class, ada, [bob]) = queue(policy, 1, [1]);
        gym.at("2026-02-03T08:00:00Z").cancel(ada, class);
        if mode != Mode::Auto {
            assert!(gym.book(bob, class).ends_with("+Bob, Bob promoted"), "{mode:?}");
        }
        let mut late = gym.clone();
        assert_eq!(gym.at("2026-02-03T08:30:00Z").cancel(bob, class), "Bob cancelled");
        assert_eq!(
            late.at("2026-02-03T08:30:01Z").cancel(bob, class),
            "Bob late_cancelled, Bob late waived"
        );
    }
}

#[test]
fn the_decision_that_meets_an_expired_hold_gives_its_seat_away() {
    let mut gym = Gym::new();
    let [ada, bob, cyd, dan] = gym.members(["Ada", "Bob", "Cyd", "Dan"]);
    let class = gym.class("2026-02-03T11:00", 1);
    gym.at("2026-02-01T10:00:00Z");
    gym.hold(ada, class, 1);
    gym.join(bob, class);
    gym.join(cyd, class);
    gym.at("2026-02-01T10:20:00Z");
    assert_eq!(
        gym.clone().book(bob, class),
        "Ada let go, +Bob, Bob promoted",
        "it is Bob's turn"
    );
    assert_eq!(
        gym.clone().book(cyd, class),
        "no: already_waiting",
        "it is not Cyd's"
    );
    assert_eq!(gym.clone().book(dan, class), "no: full | wait 2");
    assert_eq!(gym.join(dan, class), "Ada let go, +Bob, Bob promoted, Dan waits");
    let release = Command::ReleaseHold { class, member: ada };
    assert_eq!(gym.tell(&release), "no: nothing_to_do");
}

#[test]
fn lists_have_a_length_and_a_closing_time() {
    let policy = Policy {
        waitlist: WaitlistRules {
            max: Some(1),
            closes: Bound::days_before(1, 20, 0),
            ..WaitlistRules::default()
        },
        ..Policy::default()
    };
    let (mut gym, class, ada, [bob]) = queue(policy, 1, [1]);
    let zoe = gym.member("Zoe");
    assert_eq!(gym.join(zoe, class), "no: waitlist_full full");
    assert_eq!(gym.cancel(bob, class), "Bob left");
    assert_eq!(gym.cancel(bob, class), "no: not_booked");
    assert_eq!(gym.party(zoe, class, 2, IfFull::Wait), "no: full");
    assert_eq!(gym.at("2026-02-02T18:59:59Z").join(zoe, class), "Zoe waits");
    let mut closed = gym.clone();
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, +Zoe, Zoe promoted");
    assert_eq!(
        closed.at("2026-02-02T19:00:00Z").cancel(ada, class),
        "Ada cancelled"
    );
    assert_eq!(closed.booked(class), "");
}

#[test]
fn a_promotion_passes_every_rule_of_a_booking() {
    let (mut gym, class, ada, [bob, cyd]) = queue(rules(Mode::Auto, Order::Fifo), 1, [1, 1]);
    let policy = Policy {
        party_max: 1,
        notice_to_open_minutes: 60 * 24,
        closes: Bound::Minutes(30),
        ..Policy::default()
    };
    gym.set_policy(policy);
    let command = Command::Cancel { class, member: ada };
    gym.at("2026-02-02T10:30:00Z");
    let events = gym.ok(&command);
    assert!(crate::support::skipped_for(&events, Code::NoticeToOpen));
    assert_eq!(
        (gym.booked(class).as_str(), gym.waiting(class).as_str()),
        ("", "Bob Cyd")
    );
    let (_, _) = (bob, cyd);
}

#[test]
fn an_offer_that_is_abandoned_for_another_class_passes_on() {
    let (mut gym, class, ada, [bob, cyd]) = queue(rules(Mode::Offer { minutes: 30 }, Order::Fifo), 1, [1, 1]);
    gym.cancel(ada, class);
    assert_eq!(gym.waiting(class), "(Bob) Cyd");
    let other = gym.class("2026-02-03T11:30", 5);
    assert_eq!(gym.book(bob, other), "+Bob, Bob left, promotion due");
    assert_eq!(gym.follow(), "Cyd offered");
    assert_eq!(gym.book(cyd, class), "+Cyd, Cyd promoted");
}

#[test]
fn a_party_that_goes_elsewhere_lets_the_next_have_the_seat() {
    let (mut gym, class, ada, [bob, cyd]) = queue(rules(Mode::Auto, Order::Fifo), 1, [2, 1]);
    assert_eq!(gym.cancel(ada, class), "Ada cancelled");
    let other = gym.class("2026-02-03T11:30", 5);
    assert_eq!(gym.book(bob, other), "+Bob, Bob left, promotion due");
    assert_eq!(gym.follow(), "+Cyd, Cyd promoted");
    assert_eq!(gym.cancel(cyd, class), "Cyd cancelled");
}

#[test]
fn a_limit_that_is_lifted_elsewhere_lets_the_member_have_the_seat() {
    let (mut gym, class, ada, [bob]) = queue(rules(Mode::Auto, Order::Fifo), 1, [1]);
    let other = gym.class("2026-02-03T15:00", 5);
    gym.book(bob, other);
    gym.set_policy(Policy {
        limits: Limits {
            per_day: Some(1),
            ..Limits::default()
        },
        ..rules(Mode::Auto, Order::Fifo)
    });
    let events = gym.ok(&Command::Cancel { class, member: ada });
    assert!(crate::support::skipped_for(&events, Code::DayLimit));
    assert_eq!(gym.cancel(bob, other), "Bob cancelled, promotion due");
    assert_eq!(gym.follow(), "+Bob, Bob promoted");
}
