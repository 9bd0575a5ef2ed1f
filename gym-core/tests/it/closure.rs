//! Closures, maintenance and smaller rooms, and what they do to bookings.

use crate::support::{Gym, civil, instant, overriding};
use gym_core::booking::refusal::Code;
use gym_core::command::{Command, IfFull, Scope};
use gym_core::event::Event;
use gym_core::schedule::claim::{Buffers, Owner, Resource};
use gym_core::time::Period;

#[test]
fn a_closure_is_a_layer_that_can_be_lifted() {
    let mut gym = Gym::new();
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let tom = gym.trainer("Tom");
    let offering = gym.offering(1);
    let classes = gym.series(
        "2026-02-02T10:00",
        "FREQ=WEEKLY;COUNT=8",
        "2026-02-12T00:00:00Z",
        offering,
    );
    let class = classes[1];
    gym.book(ada, class);
    gym.join(bob, class);
    gym.join(cyd, class);
    let session = gym.session(tom, bob, "2026-02-09T15:00");
    gym.ok(&session);
    let before = gym.club.clone();
    let closure = gym.close("2026-02-09", "2026-02-15");
    assert_eq!(gym.booked(class), "");
    assert_eq!(gym.book(ada, class), "no: location_closed");
    assert!(gym.refused(&session).has(Code::LocationClosed));
    let series = gym.club.classes.get(class).unwrap().series.unwrap();
    let until = instant("2026-02-20T00:00:00Z");
    assert_eq!(gym.tell(&Command::Materialise { series, until }), "class added");
    let lift = Command::LiftClosure { closure };
    assert_eq!(
        gym.tell(&lift),
        "closure lifted, class on, Ada back, Bob waits again, Cyd waits again, session stated"
    );
    assert!(gym.club.registrations == before.registrations);
    assert!(gym.club.waitlist == before.waitlist);
    assert!(gym.club.sessions == before.sessions);
    assert_eq!(gym.tell(&lift), "no: nothing_to_do");
    let mut busy = gym.clone();
    let closure = busy.close("2026-02-09", "2026-02-15");
    // While it is closed, Ada takes something else.
    let london = busy.location("Soho", "Europe/London");
    busy.access(ada, london);
    let mut offering = busy.offering(1);
    offering.location = london;
    let there = busy.class_of("2026-02-09T09:00", offering);
    busy.book(ada, there);
    assert_eq!(
        busy.tell(&Command::LiftClosure { closure }),
        "closure lifted, class on, Bob waits again, Cyd waits again, session stated, +Bob, Bob promoted"
    );
}

#[test]
fn closures_that_overlap_are_lifted_in_any_order() {
    for first in [0, 1] {
        let mut gym = Gym::new();
        let ada = gym.member("Ada");
        let tom = gym.trainer("Tom");
        let offering = gym.offering(1);
        let class = gym.class_of("2026-02-10T10:00", offering);
        gym.book(ada, class);
        let session = gym.session(tom, ada, "2026-02-10T15:00");
        gym.ok(&session);
        let before = gym.club.clone();
        let closures = [
            gym.close("2026-02-09", "2026-02-10"),
            gym.close("2026-02-10", "2026-02-11"),
        ];
        gym.ok(&Command::LiftClosure {
            closure: closures[first],
        });
        assert_eq!(gym.book(ada, class), "no: location_closed");
        assert!(gym.club.sessions.iter().all(|session| !session.state.is_live()));
        gym.ok(&Command::LiftClosure {
            closure: closures[1 - first],
        });
        assert!(gym.club.registrations == before.registrations && gym.club.sessions == before.sessions);
        assert!(gym.club.classes == before.classes);
    }
}

#[test]
fn a_unit_is_taken_with_the_buffers_of_its_class() {
    let mut gym = Gym::new();
    let mut offering = gym.offering(1);
    offering.equipment = Some(gym.equipment("reformer", 2));
    offering.buffers = Buffers {
        before_minutes: 0,
        after_minutes: 15,
    };
    let add = |start, offering: &gym_core::schedule::class::Offering| Command::AddClass {
        offering: offering.clone(),
        start: civil(start),
    };
    assert_eq!(offering.minutes, 60);
    let first = gym.class_of("2026-02-03T11:00", offering.clone());
    gym.class_of("2026-02-03T12:00", offering.clone());
    assert_eq!(gym.tell(&add("2026-02-03T12:00", &offering)), "no: no_units");
    assert_eq!(gym.tell(&add("2026-02-03T13:00", &offering)), "class added");
    // The first class cannot have the unit that the class at twelve has, though that begins when it has ended.
    let claim = gym.club.claims.of(Owner::Class(first)).next().unwrap();
    let Resource::Unit(unit) = claim.resource else {
        panic!("{claim:?}")
    };
    let ada = gym.member("Ada");
    gym.book(ada, first);
    let period = Period::new(instant("2026-02-03T11:00:00Z"), instant("2026-02-03T11:10:00Z")).unwrap();
    let work = "springs".to_owned();
    assert_eq!(
        gym.tell(&Command::StartMaintenance { unit, period, work }),
        "maintenance started, Ada club_cancelled, Ada waits",
        "it is needed for the quarter of an hour after the class"
    );
    let maintenance = gym.club.maintenance.iter().next().unwrap().id;
    assert_eq!(
        gym.tell(&Command::EndMaintenance { maintenance }),
        "maintenance done, +Ada, Ada promoted"
    );
}

#[test]
fn maintenance_takes_seats_from_the_last_in_and_gives_them_back() {
    let mut gym = Gym::new();
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let mut offering = gym.offering(3);
    offering.equipment = Some(gym.equipment("bike", 3));
    let class = gym.class_of("2026-02-03T11:00", offering.clone());
    for (minute, member) in [ada, bob, cyd].into_iter().enumerate() {
        gym.at(&format!("2026-02-01T10:{minute:02}:00Z"))
            .book(member, class);
    }
    let units: Vec<_> = gym.club.units.iter().map(|unit| unit.id).collect();
    let start = |unit| Command::StartMaintenance {
        unit,
        period: Period::new(instant("2026-02-03T00:00:00Z"), instant("2026-02-04T00:00:00Z")).unwrap(),
        work: "pedals".to_owned(),
    };
    assert_eq!(
        gym.tell(&start(units[1])),
        "maintenance started, Cyd club_cancelled, Cyd waits"
    );
    assert_eq!(gym.tell(&start(units[1])), "no: taken");
    assert_eq!(
        gym.tell(&start(units[0])),
        "maintenance started, Bob club_cancelled, Bob waits"
    );
    assert_eq!(
        (gym.booked(class).as_str(), gym.waiting(class).as_str()),
        ("Ada", "Cyd Bob")
    );
    let jobs: Vec<_> = gym.club.maintenance.iter().map(|job| job.id).collect();
    let end = |maintenance| Command::EndMaintenance { maintenance };
    assert_eq!(gym.tell(&end(jobs[0])), "maintenance done, +Cyd, Cyd promoted");
    assert_eq!(gym.tell(&end(jobs[1])), "maintenance done, +Bob, Bob promoted");
    assert_eq!(gym.tell(&end(jobs[1])), "no: nothing_to_do");
    // A spare unit steps in.
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    offering.equipment = Some(gym.equipment("bike", 2));
    offering.capacity = 1;
    let class = gym.class_of("2026-02-03T11:00", offering);
    gym.book(ada, class);
    let unit = gym.club.units.iter().next().unwrap().id;
    assert_eq!(gym.tell(&start(unit)), "maintenance started");
    assert_eq!(gym.booked(class), "Ada");
}

#[test]
fn a_smaller_room_sends_the_last_in_back_to_the_queue() {
    let mut gym = Gym::new();
    let [ada, bob, cyd, dan] = gym.members(["Ada", "Bob", "Cyd", "Dan"]);
    let room = gym.room("Studio", 6);
    let mut offering = gym.offering(6);
    offering.room = Some(room);
    let class = gym.class_of("2026-02-03T11:00", offering);
    for (minute, (member, seats)) in [(ada, 1), (bob, 1), (cyd, 3), (dan, 1)].into_iter().enumerate() {
        gym.at(&format!("2026-02-01T10:{minute:02}:00Z"));
        gym.party(member, class, seats, IfFull::Refuse);
    }
    let resize = |capacity| Command::ResizeRoom { room, capacity };
    // Two too many: Dan and Cyd's party go; of the seats that leaves, Dan has one after all.
    assert_eq!(
        gym.tell(&resize(4)),
        "room resized, Cyd club_cancelled, Cyd×3 waits"
    );
    assert_eq!(
        (gym.booked(class).as_str(), gym.waiting(class).as_str()),
        ("Ada Bob Dan", "Cyd")
    );
    assert_eq!(gym.tell(&resize(6)), "room resized, +Cyd×3, Cyd promoted");
    let smaller = Command::SetCapacity { class, capacity: 1 };
    assert_eq!(
        gym.tell(&smaller),
        "class moved, Bob club_cancelled, Dan club_cancelled, Cyd club_cancelled, Bob waits, Dan waits, Cyd×3 waits"
    );
    assert_eq!(gym.tell(&resize(0)), "no: bad_value");
}

#[test]
fn who_has_checked_in_stays_when_the_class_changes() {
    let mut gym = Gym::new();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let class = gym.class("2026-02-03T11:00", 2);
    gym.at("2026-02-03T09:10:00Z").book(ada, class);
    gym.at("2026-02-03T09:11:00Z").book(bob, class);
    gym.check_in(bob, class);
    gym.move_class(class, Scope::This, "2026-02-03T11:30");
    assert_eq!(
        gym.tell(&Command::SetCapacity { class, capacity: 1 }),
        "class moved, Ada club_cancelled, Ada waits"
    );
    assert_eq!(gym.booked(class), "Bob");
}

#[test]
fn a_class_that_cannot_come_back_is_cancelled_with_the_reasons() {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let mut offering = gym.offering(1);
    offering.equipment = Some(gym.equipment("bike", 1));
    let class = gym.class_of("2026-02-10T10:00", offering);
    gym.book(ada, class);
    let closure = gym.close("2026-02-09", "2026-02-15");
    // While it is closed, the bike is taken to the workshop.
    let unit = gym.club.units.iter().next().unwrap().id;
    gym.ok(&Command::StartMaintenance {
        unit,
        period: Period::new(instant("2026-02-09T00:00:00Z"), instant("2026-02-12T00:00:00Z")).unwrap(),
        work: "pedals".to_owned(),
    });
    let events = gym.ok(&Command::LiftClosure { closure });
    let told: Vec<String> = events.iter().filter_map(|event| gym.told(event)).collect();
    assert_eq!(told.join(", "), "closure lifted, class off, class not reopened");
    let why = events.iter().find_map(|event| match event {
        Event::ClassNotReopened { class, reasons } => Some((*class, reasons[0].code())),
        _ => None,
    });
    assert_eq!(why, Some((class, Code::NoUnits)));
    assert_eq!(gym.book(ada, class), "no: class_cancelled full");
}

#[test]
fn what_took_place_before_its_day_was_closed_is_recorded() {
    let mut gym = Gym::new();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    gym.at("2026-02-01T10:00:00Z");
    let class = gym.class("2026-02-03T09:00", 2);
    gym.book(ada, class);
    gym.book(bob, class);
    gym.at("2026-02-03T10:30:00Z").close("2026-02-03", "2026-02-03");
    let late = Command::CheckIn {
        class,
        member: ada,
        overriding: Some(overriding(&[Code::TooLate])),
    };
    assert_eq!(gym.tell(&late), "despite too_late, Ada attended");
    assert_eq!(gym.no_show(bob, class), "Bob no_show, Bob no_show waived");
}

#[test]
fn a_class_is_not_on_over_a_closed_day_in_its_midst() {
    let mut gym = Gym::new();
    gym.close("2026-03-29", "2026-03-29");
    // The clocks go forward on that Sunday, so that a day of minutes reaches from Saturday into Monday.
    let offering = gym_core::schedule::class::Offering {
        minutes: 1440,
        ..gym.offering(5)
    };
    let start = civil("2026-03-28T23:30");
    let refusal = gym.refused(&Command::AddClass { offering, start });
    assert!(refusal.has(Code::LocationClosed), "{refusal}");
}

#[test]
fn a_long_series_is_made_in_several_goes() {
    let mut gym = Gym::new();
    let offering = gym.offering(5);
    let classes = gym.series("2026-02-02T10:00", "FREQ=DAILY", "2026-02-03T00:00:00Z", offering);
    let series = gym.club.classes.get(classes[0]).unwrap().series.unwrap();
    let until = instant("2056-02-02T12:00:00Z");
    let added = |gym: &mut Gym| gym.ok(&Command::Materialise { series, until }).len();
    let all = [0; 4].map(|_| added(&mut gym));
    assert_eq!(all, [5_000, 5_000, 957, 0]);
}

#[test]
fn a_class_whose_trainer_is_away_waits_for_a_substitute_and_is_changed_meanwhile() {
    let mut gym = Gym::new();
    let (ada, tom, una) = (gym.member("Ada"), gym.trainer("Tom"), gym.trainer("Una"));
    let mut offering = gym.offering(3);
    offering.trainer = Some(tom);
    let class = gym.class_of("2026-02-10T10:00", offering);
    gym.book(ada, class);
    let mut availability = gym.club.trainers.get(tom).unwrap().availability.clone();
    let day = Period::new(instant("2026-02-10T00:00:00Z"), instant("2026-02-11T00:00:00Z")).unwrap();
    availability.time_off.push(day);
    gym.ok(&Command::SetAvailability {
        trainer: tom,
        availability,
    });
    gym.ok(&Command::SetCapacity { class, capacity: 2 });
    let closure = gym.close("2026-02-10", "2026-02-10");
    gym.ok(&Command::LiftClosure { closure });
    assert_eq!(gym.booked(class), "Ada");
    assert_eq!(
        gym.move_class(class, Scope::This, "2026-02-10T12:00"),
        "no: trainer_away"
    );
    let scope = Scope::This;
    gym.ok(&Command::Substitute {
        class,
        scope,
        trainer: una,
    });
    assert_eq!(gym.booked(class), "Ada");
}

#[test]
fn all_of_a_series_is_also_what_no_class_was_made_of() {
    let mut gym = Gym::new();
    gym.at("2026-02-01T10:00:00Z");
    let closure = gym.close("2026-02-02", "2026-02-02");
    let offering = gym.offering(3);
    let until = "2026-02-20T00:00:00Z";
    let made = gym.series("2026-02-02T10:00", "FREQ=WEEKLY;COUNT=3", until, offering);
    assert_eq!(made.len(), 2, "the first day is closed");
    let mut moved = gym.clone();
    gym.call_off(made[0], Scope::All);
    moved.move_class(made[0], Scope::All, "2026-02-09T12:00");
    for (gym, starts) in [(&mut gym, vec![]), (&mut moved, vec!["2026-02-02T12:00"])] {
        gym.ok(&Command::LiftClosure { closure });
        let until = instant(until);
        let series: Vec<_> = gym.club.series.iter().map(|series| series.id).collect();
        for series in series {
            gym.ok(&Command::Materialise { series, until });
        }
        let made: Vec<_> = gym.club.classes.iter().skip(2).map(|class| class.id).collect();
        let made: Vec<String> = made.into_iter().map(|class| gym.start(class)).collect();
        assert_eq!(made, starts);
    }
}
