//! What models said: stored once, read as it was said, of members who are there, and gone with who is erased.

use gym_core::id::MemberId;
use gym_core::insight::{About, Figure, Insight, Origin, Reason, Run};
use gym_core::recommendation::Word;
use gym_core::user::Person;
use gym_db::Gym;

use crate::scenario::at;
use crate::support::{Db, both};

fn word(text: &str) -> Word {
    Word::new(text).unwrap()
}

/// A club of two members.
fn club(db: &Db) -> (Gym, MemberId, MemberId) {
    let gym = Gym::open(&db.url).unwrap();
    let desk = gym.at(at("2026-02-01T09:00:00Z"));
    let mitte = desk
        .add_location("Mitte", "Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap())
        .unwrap();
    let joined = "2026-02-01".parse().unwrap();
    let add = |name| {
        desk.add_member(Person::new(name, None).unwrap(), mitte, joined)
            .unwrap()
    };
    let (ada, ben) = (add("Ada"), add("Ben"));
    (gym, ada, ben)
}

fn risk(member: MemberId, score: f64) -> Insight {
    let reasons = vec![
        Reason::new("31 days since the last visit", 1.4).unwrap(),
        Reason::new("0.1 visit days a week", -1.0 / 3.0).unwrap(),
    ];
    Insight::new(member, word("leaves-in-3-months"), score, reasons).unwrap()
}

fn run(as_of: &str, insights: Vec<Insight>) -> Run {
    let figure = |about, value| Figure::new(about, word("expected-to-leave"), value).unwrap();
    let members = insights
        .iter()
        .map(|it| figure(About::Member(it.member()), it.score()));
    let figures = [figure(About::Club, 0.7)].into_iter().chain(members).collect();
    let of = Origin::new(word("retention"), word("3f9c01b2aa10"), at(as_of));
    Run::new(of, figures, insights).unwrap()
}

#[test]
fn a_run_comes_back_as_it_was_said_and_is_stored_once() {
    both(|db| {
        let (gym, ada, ben) = club(db);
        let first = run("2026-03-01T00:00:00Z", vec![risk(ben, 0.1), risk(ada, 1.0 / 3.0)]);
        let later = run("2026-04-01T00:00:00Z", vec![risk(ada, 0.5)]);
        let now = at("2026-04-02T00:00:00Z");
        let number = gym.record_run(&first, now).unwrap();
        let again = gym.record_run(&first, at("2026-04-03T00:00:00Z")).unwrap();
        assert_eq!(again, number);
        let second = gym.record_run(&later, now).unwrap();
        assert_eq!(gym.ran(number).unwrap(), first);
        let ran = gym.runs(&word("retention"), 5).unwrap();
        assert_eq!(ran.iter().map(|it| it.id).collect::<Vec<_>>(), [second, number]);
        assert_eq!((ran[0].of.clone(), ran[1].recorded_at), (later.of().clone(), now));
        assert_eq!(gym.runs(&word("retention"), 1).unwrap().len(), 1);
        assert_eq!(gym.runs(&word("other"), 5).unwrap(), []);
        let of_ada: Vec<f64> = gym
            .insights_of(ada, 5)
            .unwrap()
            .into_iter()
            .map(|(_, it)| it.score())
            .collect();
        assert_eq!(of_ada, [0.5, 1.0 / 3.0]);
        let (of, said) = gym.insights_of(ben, 5).unwrap().remove(0);
        assert_eq!((of.id, said), (number, risk(ben, 0.1)));
    });
}

#[test]
fn nothing_is_said_of_somebody_who_is_not_there() {
    both(|db| {
        let (gym, ada, _) = club(db);
        let nobody = MemberId::new(77).unwrap();
        let found = gym.record_run(
            &run("2026-03-01T00:00:00Z", vec![risk(ada, 0.1), risk(nobody, 0.1)]),
            at("2026-03-02T00:00:00Z"),
        );
        assert!(found.is_err());
        assert_eq!(
            gym.runs(&word("retention"), 5).unwrap(),
            [],
            "nothing of it was stored"
        );
        assert!(
            gym.ran(gym_core::id::RunId::new(1).unwrap())
                .unwrap_err()
                .is_not_found()
        );
    });
}

#[test]
fn who_is_erased_is_in_none_of_it() {
    both(|db| {
        let (gym, ada, ben) = club(db);
        let before = run("2026-03-01T00:00:00Z", vec![risk(ada, 0.2), risk(ben, 0.4)]);
        let number = gym.record_run(&before, at("2026-03-02T00:00:00Z")).unwrap();
        // As the procedure does it.
        let erase =
            format!("UPDATE members SET name = '(erased)', email = NULL, born_on = NULL WHERE id = {ada}");
        db.raw().run(&erase).unwrap();
        let left = |run: &Run| -> Vec<MemberId> { run.insights().iter().map(Insight::member).collect() };
        assert_eq!(left(&gym.ran(number).unwrap()), [ben]);
        assert_eq!(gym.ran(number).unwrap().figures().len(), 2);
        assert_eq!(gym.insights_of(ada, 5).unwrap(), []);
        let after = run("2026-04-01T00:00:00Z", vec![risk(ada, 0.2), risk(ben, 0.4)]);
        let number = gym.record_run(&after, at("2026-04-02T00:00:00Z")).unwrap();
        assert_eq!(left(&gym.ran(number).unwrap()), [ben]);
        for table in ["ai_insights", "analytics_data"] {
            let rows = db.raw().texts(&format!(
                "SELECT CAST(count(*) AS TEXT) FROM {table} WHERE member_id = {ada}"
            ));
            assert_eq!(rows, ["0"], "{table}");
        }
        let reasons = db
            .raw()
            .texts("SELECT CAST(count(*) AS TEXT) FROM ai_insight_reasons");
        assert_eq!(reasons, ["4"], "two runs of one member, two reasons each");
    });
}
