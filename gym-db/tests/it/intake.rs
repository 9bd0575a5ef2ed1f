//! Files become a club, whole or in part, once; and a club becomes calendars.

use gym_core::club::Key;
use gym_core::command::Command;
use gym_core::id::LocationId;
use gym_core::time::{Instant, Period};
use gym_db::import::timetable::Defaults;
use gym_db::import::{Assumed, IntakeError, OnBad, members, timetable};
use gym_db::{Failure, Gym, Whose};

use crate::support::both;

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) const NOW: &str = "2026-01-05T08:00:00Z";

pub(crate) fn mitte(gym: &Gym) -> LocationId {
    let (zone, currency) = ("Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap());
    let desk = gym.at(at(NOW));
    let policy = gym_core::booking::policy::Policy::open();
    desk.run(&Command::SetPolicy {
        location: None,
        policy,
    })
    .unwrap();
    desk.add_location("Mitte", zone, currency).unwrap()
}

pub(crate) fn assumed() -> Assumed {
    Assumed {
        capacity: 10,
        room_capacity: 20,
        until: at("2026-03-01T00:00:00Z"),
    }
}

pub(crate) const GOOD: &[u8] = b"ID,Name,E-Mail,Home\n1,Ada Adler,ada@example.org,Mitte\n2,Ben Blau,,Mitte\n";
const ODD: &[u8] =
    b"ID,Name,E-Mail,Home\n1,Ada Adler,ada@example.org,Mitte\n2,Ben Blau,,Atlantis\n3,,x,Mitte\n";

pub(crate) fn members_of(file: &[u8]) -> members::Members {
    members::read(file, &members::Mapping::default()).unwrap()
}

#[test]
fn members_are_taken_in_once_and_whole_or_in_part() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let mitte = mitte(&gym);
        let joined = "2026-01-05".parse().unwrap();
        let take = |key: &str, file, on_bad| {
            gym.at(at(NOW))
                .key(key)
                .import_members(members_of(file), mitte, joined, on_bad)
        };

        let refused = take("odd", ODD, OnBad::RefuseAll).unwrap_err();
        let IntakeError::Members(rejected) = refused else {
            panic!("{refused}")
        };
        assert_eq!(rejected.bad.len(), 3, "{rejected}");
        assert!(
            rejected
                .to_string()
                .contains("\"Atlantis\" is not accepted; expected a location: Mitte"),
            "{rejected}"
        );
        assert!(gym.members().unwrap().is_empty());

        assert_eq!(take("odd", ODD, OnBad::Skip).unwrap().members.len(), 1);
        let first = take("good", GOOD, OnBad::RefuseAll).unwrap();
        let again = take("good", GOOD, OnBad::RefuseAll).unwrap();
        assert_eq!(first, again);
        assert_eq!(gym.members().unwrap().len(), 3);
    });
}

fn calendar_file(second_start: &str) -> timetable::Timetable {
    let event = |uid: &str, title: &str, start: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:{start}\r\n\
             DURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY:{title}\r\nLOCATION:Mitte\\, Studio 1\r\nEND:VEVENT\r\n"
        )
    };
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{}{}END:VCALENDAR\r\n",
        event("a", "Spin", "20260106T180000"),
        event("b", "Yoga", second_start)
    );
    timetable::read(text.as_bytes(), &Defaults { zone: chrono_tz::UTC }).unwrap()
}

#[test]
fn a_timetable_in_conflict_with_itself_is_refused_whole_or_in_part() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let desk = gym.at(at(NOW));
        let (mitte, assumed) = (mitte(&gym), assumed());
        let clash = calendar_file("20260106T183000");
        let refused = desk
            .import_timetable(&clash, mitte, assumed, OnBad::RefuseAll)
            .unwrap_err();
        assert!(
            matches!(&refused, IntakeError::Timetable(it) if it.bad.len() == 1),
            "{refused}"
        );
        assert!(gym.club().unwrap().classes.is_empty());
        assert_eq!(
            gym.journal(0, 100).unwrap().len(),
            2,
            "only the policy and the location were ever set"
        );

        let taken = desk
            .clone()
            .key("spring")
            .import_timetable(&clash, mitte, assumed, OnBad::Skip)
            .unwrap();
        assert_eq!((taken.series.len(), taken.classes, taken.bad.len()), (1, 4, 1));
        let again = desk
            .clone()
            .key("spring")
            .import_timetable(&clash, mitte, assumed, OnBad::Skip)
            .unwrap();
        assert_eq!(again.series, taken.series);
        let club = gym.club().unwrap();
        assert_eq!(club.classes.len(), 4);
        assert_eq!(club.rooms.of(Key::Location(mitte)).count(), 1);
    });
}

#[test]
fn calendars_hold_what_is_theirs_and_read_back() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let desk = gym.at(at(NOW));
        let (mitte, assumed) = (mitte(&gym), assumed());
        desk.import_timetable(
            &calendar_file("20260107T183000"),
            mitte,
            assumed,
            OnBad::RefuseAll,
        )
        .unwrap();
        let people = desk.import_members(
            members_of(GOOD),
            mitte,
            "2026-01-01".parse().unwrap(),
            OnBad::RefuseAll,
        );
        let [ada, ben] = people.unwrap().members[..] else {
            panic!()
        };
        let weeks = Period::new(at(NOW), at("2026-03-01T00:00:00Z")).unwrap();
        let classes = gym.classes(Some(mitte), weeks).unwrap();
        desk.book(ada, classes[0].class.id).unwrap();
        desk.run(&Command::CancelClass {
            class: classes[2].class.id,
            scope: Default::default(),
        })
        .unwrap();

        let read = |whose| {
            let text = gym.calendar(whose, weeks, "club.example", at(NOW)).unwrap();
            assert!(whose == Whose::Member(ben) || !text.contains("Blau"), "{text}");
            timetable::read(text.as_bytes(), &Defaults { zone: chrono_tz::UTC }).unwrap()
        };
        let wall = read(Whose::Location(mitte));
        assert_eq!((wall.series.len(), wall.skipped.len(), wall.bad.len()), (7, 1, 0));
        let hers = read(Whose::Member(ada));
        assert_eq!(
            hers.series.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(),
            ["Spin"]
        );
        let start = hers.series[0]
            .recurrence
            .occurrences(weeks)
            .next()
            .unwrap()
            .instant;
        assert_eq!(start, classes[0].class.period.start());
        assert_eq!(hers.series[0].location.as_deref(), Some("Mitte, Studio 1"));
        assert!(read(Whose::Member(ben)).series.is_empty());
        let nobody = gym_core::id::MemberId::new(99).unwrap();
        assert!(
            gym.calendar(Whose::Member(nobody), weeks, "x", at(NOW))
                .unwrap_err()
                .is_not_found()
        );
    });
}

#[test]
fn commands_together_are_stored_together_or_not_at_all() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let (location, desk) = (mitte(&gym), gym.at(at(NOW)).key("two rooms"));
        let add = |name: &str| Command::AddRoom {
            location,
            name: name.to_owned(),
            capacity: 5,
        };
        let failed = desk.together(|together| {
            together.run(&add("one"))?;
            together.run(&add(""))
        });
        assert!(matches!(failed, Err(Failure::Refused(_))), "{failed:?}");
        assert_eq!(gym.club().unwrap().rooms.len(), 0);
        let both = |desk: &gym_db::Desk<'_>| {
            desk.together(|together| {
                Ok([
                    together.run(&add("one"))?.before,
                    together.run(&add("two"))?.before,
                ])
            })
        };
        assert_eq!(both(&desk).unwrap(), [false, false]);
        assert_eq!(both(&desk).unwrap(), [true, true]);
        assert_eq!(gym.club().unwrap().rooms.len(), 2);
    });
}
