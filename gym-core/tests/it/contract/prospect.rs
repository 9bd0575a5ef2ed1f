//! What is said to be due today is what the run of the day then charges.

use gym_core::command::{Command, Context};
use gym_core::id::MemberId;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::intro::{Identity, Intro, Newcomer};
use gym_core::membership::plan::{FirstDue, Periods, Terms};
use gym_core::user::Actor;

use super::paid::run;
use super::{Hall, day, eur, monthly};

/// What each payer would pay today by a command, and what they then are charged.
fn told_and_charged(hall: &mut Hall, command: C) -> [Vec<(i64, i64)>; 2] {
    let command = Command::Membership(command);
    let (now, actor) = (hall.gym.now, Actor::System);
    let today = hall.today();
    let prospect = hall.gym.club.prospect(&command, &Context { now, actor }, today);
    let quotes = prospect.unwrap().quotes(&[]).unwrap();
    let told = quotes.iter().map(|it| (it.payer.get(), it.total.minor()));
    let told = told.collect();
    hall.gym.ok(&command);
    [told, run(hall, 100)]
}

fn sale(hall: &Hall, member: MemberId, start: &str, intro: bool) -> C {
    let of = hall.gym.club.membership_types.iter().next_back().unwrap().id;
    C::Sell {
        member,
        of,
        location: hall.gym.place,
        start: day(start),
        payer: None,
        intro,
    }
}

#[test]
fn what_is_due_today_is_said_to_be_nothing_and_then_charged() {
    let free = Intro {
        who: Newcomer::New,
        price: eur(0),
        periods: 1,
        identity: Identity::Email,
    };
    for (first_due, start, periods, intro, due) in [
        (
            FirstDue::AtStart,
            "2027-01-31",
            Periods::Anniversary,
            false,
            vec![70_00],
        ),
        (
            FirstDue::AtStart,
            "2027-02-10",
            Periods::Anniversary,
            false,
            vec![],
        ),
        (
            FirstDue::AtSale,
            "2027-02-10",
            Periods::Anniversary,
            false,
            vec![70_00],
        ),
        (
            FirstDue::AtSale,
            "2027-01-31",
            Periods::Calendar,
            false,
            vec![21_61],
        ),
        (
            FirstDue::AtSale,
            "2027-01-31",
            Periods::Anniversary,
            true,
            vec![20_00],
        ),
    ] {
        let mut hall = Hall::new();
        hall.on("2027-01-31");
        let ada = hall.gym.member("Ada");
        hall.add_type(
            "Gold",
            Terms {
                joining: Some(eur(20_00)),
                intro: Some(free),
                first_due,
                periods,
                ..monthly(50_00)
            },
        );
        let sale = sale(&hall, ada, start, intro);
        let [told, charged] = told_and_charged(&mut hall, sale);
        assert_eq!(told, charged, "{first_due:?} {start} {periods:?} {intro}");
        let due: Vec<_> = due.into_iter().map(|minor| (ada.get(), minor)).collect();
        assert_eq!(told, due, "{first_due:?} {start} {periods:?} {intro}");
    }
}

#[test]
fn a_switch_says_what_it_gives_back_and_what_it_charges() {
    let mut hall = Hall::new();
    hall.on("2027-03-01");
    let [ada, bob] = hall.gym.members(["Ada", "Bob"]);
    let silver = hall.add_type("Silver", monthly(62_00));
    hall.add_type("Gold", monthly(31_00));
    let first = sale(&hall, ada, "2027-03-01", false);
    let [told, charged] = told_and_charged(&mut hall, first);
    assert_eq!(
        (told, charged),
        (vec![(ada.get(), 31_00)], vec![(ada.get(), 31_00)])
    );
    let membership = hall.gym.club.memberships.iter().next_back().unwrap().id;
    // What others owe is not told.
    let other = sale(&hall, bob, "2027-03-01", false);
    hall.ok(other);
    hall.on("2027-03-11");
    let (to, on) = (silver, day("2027-03-11"));
    let switch = C::Switch { membership, to, on };
    let [told, charged] = told_and_charged(&mut hall, switch);
    assert_eq!(told, [(ada.get(), 62_00 - 21_00)]);
    assert_eq!(charged, [(ada.get(), 62_00 - 21_00), (bob.get(), 31_00)]);
}

#[test]
fn what_is_refused_costs_nothing() {
    let (hall, id) = Hall::with("2027-03-01", monthly(31_00));
    let (now, actor) = (hall.gym.now, Actor::System);
    let freeze = Command::Membership(super::freeze(id, "2027-03-10", None));
    let context = Context { now, actor };
    let refusal = hall
        .gym
        .club
        .prospect(&freeze, &context, hall.today())
        .unwrap_err();
    assert!(
        refusal.to_string().contains("the plan cannot be frozen"),
        "{refusal}"
    );
}
