//! Trainers and their members, what they are granted and when it ends, and who may manage whom.

use crate::support::Gym;
use gym_core::command::Command;
use gym_core::trainer::Care;
use gym_core::user::{Person, Role};

#[test]
fn one_trainer_is_primary_for_a_member_a_kind_and_a_day() {
    let mut gym = Gym::new();
    let [tom, una] = ["Tom", "Una"].map(|name| gym.trainer(name));
    let ada = gym.member("Ada");
    let assign = |trainer, care, primary, from: &str, until: Option<&str>| Command::AssignTrainer {
        trainer,
        member: ada,
        care,
        primary,
        from: from.parse().unwrap(),
        until: until.map(|day| day.parse().unwrap()),
    };
    let table = [
        (
            assign(tom, Care::Training, true, "2026-02-01", Some("2026-02-10")),
            "trainer assigned",
        ),
        (
            assign(una, Care::Training, true, "2026-02-10", None),
            "no: primary_taken",
        ),
        (
            assign(una, Care::Training, false, "2026-02-10", None),
            "trainer assigned",
        ),
        (
            assign(una, Care::Nutrition, true, "2026-02-10", None),
            "trainer assigned",
        ),
        (
            assign(una, Care::Training, true, "2026-02-11", None),
            "trainer assigned",
        ),
        (
            assign(tom, Care::Training, true, "2026-03-02", Some("2026-03-01")),
            "no: bad_value primary_taken",
        ),
    ];
    for (command, expected) in table {
        assert_eq!(gym.tell(&command), expected, "{command:?}");
    }
}

#[test]
fn a_user_is_one_member_and_one_trainer() {
    let mut gym = Gym::new();
    let user = gym.user("Ada");
    let home = gym.place;
    let person = || Person::new("Ada", None).unwrap();
    let member = Command::AddMember {
        person: person(),
        user: Some(user),
        home,
        joined_on: "2026-01-01".parse().unwrap(),
    };
    let trainer = Command::AddTrainer {
        person: person(),
        user: Some(user),
        home,
        also_at: Default::default(),
        availability: Default::default(),
    };
    let table = [
        (&member, "member added"),
        (&member, "no: user_taken"),
        (&trainer, "trainer added"),
        (&trainer, "no: user_taken"),
    ];
    for (command, expected) in table {
        assert_eq!(gym.tell(command), expected);
    }
}

#[test]
fn roles_end_with_their_last_day() {
    let mut gym = Gym::new();
    let desk = gym.staff("Dora", Role::FrontDesk);
    let ada = gym.member("Ada");
    let (soho, place) = (gym.location("Soho", "Europe/London"), gym.place);
    let grant = gym.club.grants.iter().next_back().unwrap().id;
    let access = Command::GrantAccess {
        member: ada,
        location: place,
        from: "2026-01-01".parse().unwrap(),
        until: None,
    };
    gym.by(desk);
    assert_eq!(gym.tell(&access), "access granted");
    let id = gym.club.access.iter().next().unwrap().id;
    let end = Command::EndAccess {
        access: id,
        until: "2026-03-01".parse().unwrap(),
    };
    assert_eq!(gym.tell(&end), "access ended");
    let name = || "Cellar".to_owned();
    let room = Command::AddRoom {
        location: place,
        name: name(),
        capacity: 5,
    };
    assert_eq!(gym.tell(&room), "no: not_permitted", "rooms are for admins");
    let mut elsewhere = access.clone();
    if let Command::GrantAccess { location, .. } = &mut elsewhere {
        *location = soho;
    }
    assert_eq!(gym.tell(&elsewhere), "no: not_permitted");
    gym.by(None).ok(&Command::EndRole {
        grant,
        until: "2026-01-31".parse().unwrap(),
    });
    gym.by(desk).at("2026-02-01T10:00:00Z");
    assert_eq!(gym.tell(&access), "no: not_permitted");
    assert_eq!(gym.tell(&end), "no: not_permitted");
}

#[test]
fn what_ends_may_end_earlier_and_never_later() {
    let mut gym = Gym::new();
    let [tom, una] = ["Tom", "Una"].map(|name| gym.trainer(name));
    let ada = gym.member("Ada");
    let day = |text: &str| text.parse().unwrap();
    gym.ok(&Command::GrantAccess {
        member: ada,
        location: gym.place,
        from: day("2026-02-01"),
        until: Some(day("2026-02-28")),
    });
    gym.staff("Dora", Role::FrontDesk);
    for (trainer, from, until) in [(tom, "2026-02-01", Some("2026-02-10")), (una, "2026-02-11", None)] {
        gym.ok(&Command::AssignTrainer {
            trainer,
            member: ada,
            care: Care::Training,
            primary: true,
            from: day(from),
            until: until.map(day),
        });
    }
    let access = gym.club.access.iter().next_back().unwrap().id;
    let grant = gym.club.grants.iter().next_back().unwrap().id;
    let assignments: Vec<_> = gym.club.assignments.iter().map(|it| it.id).collect();
    let end_access = |until| Command::EndAccess {
        access,
        until: day(until),
    };
    let end_role = |until| Command::EndRole {
        grant,
        until: day(until),
    };
    let end = |n: usize, until| Command::EndAssignment {
        assignment: assignments[n],
        until: day(until),
    };
    let table = [
        (end_access("2099-01-01"), "no: bad_value"),
        (end_access("2026-01-31"), "no: bad_value"),
        (end_access("2026-02-28"), "access ended"),
        (end_access("2026-02-14"), "access ended"),
        (end_access("2026-02-28"), "no: bad_value"),
        (end_role("2026-06-30"), "role ended"),
        (end_role("2026-07-01"), "no: bad_value"),
        (end(0, "2026-02-11"), "no: bad_value"),
        (end(0, "2026-02-09"), "assignment ended"),
        (end(1, "2026-03-31"), "assignment ended"),
    ];
    for (command, expected) in table {
        assert_eq!(gym.tell(&command), expected, "{command:?}");
    }
}

#[test]
fn staff_acts_for_the_people_of_its_own_location() {
    let mut gym = Gym::new();
    let tom = gym.trainer("Tom");
    let ada = gym.member("Ada");
    let here = gym.staff("Dora", Role::FrontDesk);
    let mitte = std::mem::replace(&mut gym.place, gym_core::id::LocationId::local(1));
    gym.place = gym.location("Soho", "Europe/London");
    let there = gym.staff("Sid", Role::FrontDesk);
    gym.place = mitte;
    let day = |text: &str| text.parse().unwrap();
    let assign = |until: Option<&str>| Command::AssignTrainer {
        trainer: tom,
        member: ada,
        care: Care::Training,
        primary: false,
        from: day("2026-02-01"),
        until: until.map(day),
    };
    gym.access(ada, mitte);
    gym.ok(&assign(None));
    let access = gym.club.access.iter().next().unwrap().id;
    let assignment = gym.club.assignments.iter().next().unwrap().id;
    let commands = [
        Command::EndAccess {
            access,
            until: day("2026-03-01"),
        },
        Command::SetAvailability {
            trainer: tom,
            availability: Default::default(),
        },
        assign(Some("2026-02-02")),
        Command::EndAssignment {
            assignment,
            until: day("2026-03-01"),
        },
    ];
    for command in commands {
        assert_eq!(gym.by(there).tell(&command), "no: not_permitted", "{command:?}");
        assert!(gym.by(here).run(&command).is_ok(), "{command:?}");
    }
}

#[test]
fn hours_are_at_places_that_are_there() {
    let mut gym = Gym::new();
    let tom = gym.trainer("Tom");
    let mut availability = gym.club.trainers.get(tom).unwrap().availability.clone();
    availability.weekly[0].location = Some(gym_core::id::LocationId::new(9).unwrap());
    let told = gym.tell(&Command::SetAvailability {
        trainer: tom,
        availability: availability.clone(),
    });
    assert_eq!(told, "no: unknown");
    availability.weekly[0].location = Some(gym.place);
    gym.ok(&Command::SetAvailability {
        trainer: tom,
        availability,
    });
}
