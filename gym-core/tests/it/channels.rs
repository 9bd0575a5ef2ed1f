//! What a hold or an offer keeps is kept of its channel's share too, so that who has it can book it.

use crate::support::{Gym, overriding};
use gym_core::booking::policy::{Channel, Mode, Policy, WaitlistRules};
use gym_core::booking::refusal::Code;
use gym_core::command::{Book, Command, IfFull};
use gym_core::id::{ClassId, MemberId};

/// A club that sells a single seat of a class online.
fn one_online(mode: Mode) -> Gym {
    let mut gym = Gym::with(Policy {
        channels: [(Channel::Online, 1)].into(),
        waitlist: WaitlistRules {
            mode,
            ..WaitlistRules::default()
        },
        ..Policy::default()
    });
    gym.at("2026-02-01T10:00:00Z");
    gym
}

fn hold(gym: &mut Gym, member: MemberId, class: ClassId, channel: Channel) -> String {
    gym.tell(&Command::Hold {
        class,
        member,
        seats: 1,
        channel,
    })
}

fn wait(gym: &mut Gym, member: MemberId, class: ClassId, channel: Channel) -> String {
    gym.tell(&Command::Book(Book {
        channel,
        if_full: IfFull::Wait,
        ..Book::one(member, class)
    }))
}

#[test]
fn a_hold_keeps_the_share_of_its_channel() {
    let mut gym = one_online(Mode::Auto);
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let class = gym.class("2026-02-03T11:00", 5);
    assert_eq!(hold(&mut gym, ada, class, Channel::Online), "Ada held");
    assert_eq!(
        gym.through(bob, class, Channel::Online),
        "no: channel_full | wait 1"
    );
    assert_eq!(
        hold(&mut gym, bob, class, Channel::Online),
        "no: channel_full | wait 1"
    );
    assert_eq!(
        hold(&mut gym, ada, class, Channel::Online),
        "Ada let go, Ada held"
    );
    assert_eq!(
        gym.clone().through(ada, class, Channel::Online),
        "Ada let go, +Ada"
    );
    gym.at("2026-02-01T10:10:00Z");
    assert_eq!(gym.through(bob, class, Channel::Online), "Ada let go, +Bob");
}

#[test]
fn an_offer_keeps_the_share_of_its_channel() {
    let mut gym = one_online(Mode::Offer { minutes: 30 });
    let [ada, bob, cyd, dan] = gym.members(["Ada", "Bob", "Cyd", "Dan"]);
    let class = gym.class("2026-02-03T11:00", 2);
    assert_eq!(gym.book(ada, class), "+Ada");
    assert_eq!(gym.book(dan, class), "+Dan");
    assert_eq!(wait(&mut gym, bob, class, Channel::Online), "Bob waits");
    assert_eq!(wait(&mut gym, cyd, class, Channel::Online), "Cyd waits");
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, Bob offered");
    assert_eq!(
        gym.cancel(dan, class),
        "Dan cancelled, Cyd skipped (channel_full)",
        "what is offered is not offered twice, whichever command comes between"
    );
    assert_eq!(
        gym.through(bob, class, Channel::Online),
        "Cyd skipped (channel_full), +Bob, Bob promoted"
    );
}

#[test]
fn a_share_that_was_kept_and_is_not_used_goes_to_who_waits_for_it() {
    let mut gym = one_online(Mode::Offer { minutes: 30 });
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let class = gym.class("2026-02-03T11:00", 1);
    assert_eq!(gym.book(ada, class), "+Ada");
    assert_eq!(wait(&mut gym, bob, class, Channel::Online), "Bob waits");
    assert_eq!(wait(&mut gym, cyd, class, Channel::Online), "Cyd waits");
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, Bob offered");
    let capacity = 2;
    assert_eq!(
        gym.tell(&Command::SetCapacity { class, capacity }),
        "class moved, Cyd skipped (channel_full)"
    );
    assert_eq!(
        gym.through(bob, class, Channel::Club),
        "Cyd skipped (channel_full), +Bob, Bob promoted, Cyd offered"
    );
}

#[test]
fn who_holds_what_they_are_offered_keeps_it_once() {
    let mut gym = one_online(Mode::Offer { minutes: 30 });
    let [ada, bob, dan, zoe] = gym.members(["Ada", "Bob", "Dan", "Zoe"]);
    let class = gym.class("2026-02-03T11:00", 2);
    assert_eq!(gym.book(ada, class), "+Ada");
    assert_eq!(gym.book(dan, class), "+Dan");
    assert_eq!(gym.join(bob, class), "Bob waits");
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, Bob offered");
    assert_eq!(gym.hold(bob, class, 1), "Bob held");
    assert_eq!(gym.cancel(dan, class), "Dan cancelled");
    assert_eq!(gym.book(zoe, class), "+Zoe");
    assert_eq!(gym.book(bob, class), "Bob let go, +Bob, Bob promoted");
}

#[test]
fn a_party_that_the_share_leaves_too_little_keeps_no_seats() {
    let mut gym = Gym::with(Policy {
        channels: [(Channel::Online, 3)].into(),
        party_max: 3,
        ..Policy::default()
    });
    gym.at("2026-02-01T10:00:00Z");
    let [ada, bob, cyd, zoe] = gym.members(["Ada", "Bob", "Cyd", "Zoe"]);
    let class = gym.class("2026-02-03T11:00", 4);
    assert_eq!(gym.party(ada, class, 2, IfFull::Refuse), "+Ada×2");
    let three = Book {
        seats: 3,
        channel: Channel::Online,
        if_full: IfFull::Wait,
        ..Book::one(bob, class)
    };
    assert_eq!(gym.tell(&Command::Book(three)), "Bob×3 waits");
    assert_eq!(gym.join(cyd, class), "Cyd waits");
    let first = Book {
        channel: Channel::Online,
        overriding: Some(overriding(&[Code::SeatsKept])),
        ..Book::one(zoe, class)
    };
    assert_eq!(
        gym.tell(&Command::Book(first)),
        "despite seats_kept, +Zoe, Bob skipped (channel_full), +Cyd, Cyd promoted"
    );
}

#[test]
fn who_finds_the_share_of_a_channel_used_up_waits_for_it() {
    let mut gym = one_online(Mode::Auto);
    let [ada, bob, cyd, dan] = gym.members(["Ada", "Bob", "Cyd", "Dan"]);
    let class = gym.class("2026-02-03T11:00", 3);
    assert_eq!(gym.through(ada, class, Channel::Online), "+Ada");
    assert_eq!(wait(&mut gym, bob, class, Channel::Online), "Bob waits");
    let party = Command::Book(Book {
        seats: 2,
        channel: Channel::Online,
        if_full: IfFull::Wait,
        ..Book::one(dan, class)
    });
    let told = gym.tell(&party);
    assert_eq!(
        told, "no: channel_full",
        "there is no share of two seats to wait for"
    );
    assert_eq!(
        gym.book(cyd, class),
        "Bob skipped (channel_full), +Cyd",
        "seats of other channels are not kept for who waits for this one"
    );
    assert_eq!(gym.cancel(ada, class), "Ada cancelled, +Bob, Bob promoted");
}

#[test]
fn who_waits_for_the_share_of_a_channel_may_have_what_is_free_through_another() {
    let mut gym = one_online(Mode::Auto);
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let class = gym.class("2026-02-03T11:00", 3);
    assert_eq!(gym.through(ada, class, Channel::Online), "+Ada");
    assert_eq!(wait(&mut gym, bob, class, Channel::Online), "Bob waits");
    assert_eq!(
        gym.through(bob, class, Channel::Online),
        "no: channel_full already_waiting"
    );
    assert_eq!(
        gym.through(bob, class, Channel::Club),
        "Bob skipped (channel_full), +Bob, Bob promoted"
    );
    assert_eq!(gym.book(cyd, class), "+Cyd");
    let full = gym.class("2026-02-04T11:00", 1);
    assert_eq!(gym.through(ada, full, Channel::Club), "+Ada");
    assert_eq!(wait(&mut gym, bob, full, Channel::Online), "Bob waits");
    assert_eq!(gym.through(bob, full, Channel::Club), "no: already_waiting");
}
