//! Plugins as recommenders: only what was offered comes back, within the gym's bounds.

use std::collections::BTreeSet;
use std::sync::Arc;

use gym_core::billing::pricing::Detail;
use gym_core::fact::{Fact, Facts};
use gym_core::id::{MemberId, WorkoutTemplateId};
use gym_core::recommendation::{
    Bounds, Grade, Profile, Ranking, Recommender, Retention, Score, Word, Workout, choose, rank,
};
use gym_plugins::contract::{self, Choice, Date, OfferRequest, RankRequest, Ranked};
use gym_plugins::{CallError, Grants, Limits, Record, Terms};

use crate::guest::Guest;

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 22,
};

fn somebody() -> contract::Profile {
    contract::Profile {
        subject: "s".to_owned(),
        goals: Vec::new(),
        level: 1,
        limits: Vec::new(),
        churn_risk: None,
        recent: Vec::new(),
        facts: Vec::new(),
    }
}

/// A request with nothing to rank.
pub fn empty() -> RankRequest {
    RankRequest {
        profile: somebody(),
        candidates: Vec::new(),
        limit: 5,
        today: TODAY,
        seed: 1,
    }
}

/// A request for one offer of two.
pub fn offers() -> OfferRequest {
    OfferRequest {
        profile: somebody(),
        offer_codes: ["free-week", "tenner"].map(str::to_owned).into(),
        limit: 1,
        today: TODAY,
        seed: 1,
    }
}

fn words(words: &[&str]) -> BTreeSet<Word> {
    words.iter().map(|word| Word::new(word).unwrap()).collect()
}

fn codes(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn workout(id: i64, base: i64, harms: &[&str]) -> Workout {
    Workout {
        id: WorkoutTemplateId::new(id).unwrap(),
        title: format!("Workout {id}"),
        minutes: 45,
        intensity: Grade::new(5).unwrap(),
        muscle_groups: words(&["legs"]),
        equipment: BTreeSet::new(),
        contraindications: words(harms),
        base: Score::new(base).unwrap(),
        facts: Facts::default(),
    }
}

fn ranking() -> Ranking {
    Ranking {
        profile: Profile {
            limits: words(&["knee"]),
            churn_risk: Some(Score::new(4_000).unwrap()),
            ..Profile::of(MemberId::new(7).unwrap())
        },
        candidates: vec![
            workout(1, 5_000, &["knee"]),
            workout(2, 6_000, &[]),
            workout(3, 4_000, &["back"]),
        ],
        wanted: 2,
        today: "2026-11-22".parse().unwrap(),
    }
}

fn ranked(items: &[(&str, i32, &str)]) -> (Vec<(i64, i64)>, Vec<String>, Option<String>) {
    let plugin = Guest::recommending("coach", items).load(Limits::default());
    let all = rank(
        ranking(),
        &[plugin.as_ref() as &dyn Recommender],
        &Bounds::default(),
    );
    let items = all
        .items
        .iter()
        .map(|it| (it.workout.get(), it.score.points()))
        .collect();
    let unused = all
        .unused
        .iter()
        .flat_map(|it| &it.why)
        .map(ToString::to_string)
        .collect();
    (items, unused, all.source)
}

#[test]
fn scores_are_moved_within_the_influence_of_plugins() {
    let (items, unused, source) = ranked(&[("2", 0, "tired"), ("3", 10_000, "fresh")]);
    assert_eq!(items, [(3, 7_000), (2, 3_000)]);
    assert_eq!((unused.len(), source.as_deref()), (0, Some("coach")));
}

#[test]
fn what_was_not_offered_never_comes_back() {
    for (items, expected) in [
        (&[("1", 9_000, "wants")][..], "answer 0: \"1\" was not offered"),
        (&[("99", 9_000, "wants")], "answer 0: \"99\" was not offered"),
        (&[("2", 1, "a"), ("2", 1, "a")], "answer 1: \"2\" is named twice"),
        (
            &[("2", 10_001, "a")],
            "answer 0: score 10001 is not accepted; expected 0 to 10000",
        ),
        (
            &[("2", -1, "a")],
            "answer 0: score -1 is not accepted; expected 0 to 10000",
        ),
        (&[("2", 1, "Not a code")], "reason code 0: \"Not a code\""),
    ] {
        let (ranked, unused, source) = ranked(items);
        assert_eq!(ranked, [(2, 6_000), (3, 4_000)], "the gym's own scores decide");
        assert!(unused[0].contains(expected), "{unused:?}");
        assert_eq!(source, None);
    }
}

#[test]
fn health_is_told_only_where_it_was_granted() {
    for health in [false, true] {
        let terms = Terms {
            health,
            ..Terms::default()
        };
        let plugins = Guest::recommending("coach", &[]).plugins(&Grants::anyone(terms), Limits::default());
        let plugin = Arc::clone(plugins.get("coach").unwrap());
        let record = Recommender::rank(plugin.as_ref(), &ranking()).record.unwrap();
        assert_eq!(record.contains("knee"), health, "{record}");
    }
}

#[test]
fn details_are_told_only_where_they_were_granted() {
    let mut asked = ranking();
    let known = Facts::default().with("age.from", Fact::Whole(30)).unwrap();
    asked.profile.facts = known.with("likes", Fact::Text("rowing".to_owned())).unwrap();
    for (details, told) in [(BTreeSet::new(), false), (BTreeSet::from([Detail::Age]), true)] {
        let terms = Terms {
            details,
            ..Terms::default()
        };
        let plugins = Guest::recommending("coach", &[]).plugins(&Grants::anyone(terms), Limits::default());
        let record = Recommender::rank(plugins.get("coach").unwrap().as_ref(), &asked)
            .record
            .unwrap();
        assert_eq!(
            (record.contains("age.from"), record.contains("rowing")),
            (told, true),
            "{record}"
        );
    }
}

#[test]
fn offers_are_chosen_of_what_is_allowed() {
    let request = Retention {
        profile: ranking().profile,
        codes: codes(&["free-week", "tenner"]),
        wanted: 1,
        today: "2026-11-22".parse().unwrap(),
    };
    let chosen = |items: &[(&str, i32, &str)]| {
        let plugin = Guest::recommending("coach", items).load(Limits::default());
        let all = choose(&request, &[plugin.as_ref() as &dyn Recommender]);
        (
            all.items.into_iter().map(|it| it.code).collect::<Vec<_>>(),
            all.unused.len(),
        )
    };
    assert_eq!(
        chosen(&[("tenner", 3_000, "why"), ("free-week", 4_000, "why")]),
        (vec!["free-week".to_owned()], 0)
    );
    assert_eq!(chosen(&[("free-year", 9_000, "why")]), (Vec::new(), 1));
}

#[test]
fn what_was_not_offered_is_no_choice() {
    for (items, expected) in [
        (
            &[("free-year", 9_000, "why")][..],
            "answer 0: \"free-year\" was not offered",
        ),
        (
            &[("tenner", 1, "a"), ("tenner", 1, "a")],
            "answer 1: \"tenner\" is named twice",
        ),
        (
            &[("tenner", 10_001, "a")],
            "answer 0: score 10001 is not accepted",
        ),
        (
            &[("tenner", i32::MIN, "a")],
            "answer 0: score -2147483648 is not accepted",
        ),
        (
            &[("ten\u{1b}ner\r\n", 1, "a")],
            "answer 0: \"ten ner  \" was not offered",
        ),
        (&[("tenner", 1, "LOUD")], "reason code 0: \"LOUD\""),
        (
            &[("tenner", 1, "a"); 65],
            "65 offers are not accepted; expected at most 2",
        ),
    ] {
        let plugin = Guest::recommending("coach", items).load(Limits::default());
        let error = plugin.choose_offers(&offers()).answer.unwrap_err();
        assert!(matches!(error, CallError::BadAnswer { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn rankings_and_offers_are_proved_by_their_records() {
    let guest = |score| Guest::recommending("coach", &[("2", score, "fresh")]);
    let (then, now) = (
        guest(7_000).load(Limits::default()),
        guest(7_001).load(Limits::default()),
    );
    let line = Recommender::rank(then.as_ref(), &ranking()).record.unwrap();
    let record: Record<RankRequest, Vec<Ranked>> = Record::read(&line).unwrap();
    assert_eq!(record.line(), line);
    let replay = then
        .limited(Limits {
            log_lines: 3,
            ..Limits::default()
        })
        .replay_ranking(&record);
    assert!(replay.proves() && replay.fuel.is_some(), "{replay:?}");
    let replay = now.replay_ranking(&record);
    assert!(
        !replay.proves() && !replay.same_answer && replay.differs.len() == 1,
        "{replay:?}"
    );

    let request = Retention {
        profile: ranking().profile,
        codes: codes(&["2", "3"]),
        wanted: 1,
        today: ranking().today,
    };
    let line = Recommender::choose(then.as_ref(), &request).record.unwrap();
    let record: Record<OfferRequest, Vec<Choice>> = Record::read(&line).unwrap();
    assert!(then.replay_offers(&record).proves());
    assert!(!now.replay_offers(&record).same_answer);
    assert!(<Record>::read(&line).is_err(), "it is no record of prices");
}

#[test]
fn all_that_was_offered_may_be_ranked() {
    let ids: Vec<String> = (1..=100).map(|id| id.to_string()).collect();
    let items: Vec<_> = ids.iter().map(|id| (id.as_str(), 5_000, "why")).collect();
    let plugin = Guest::recommending("coach", &items).load(Limits::default());
    let request = Ranking {
        candidates: (1..=100).map(|id| workout(id, 5_000, &[])).collect(),
        ..ranking()
    };
    let all = rank(
        request,
        &[plugin.as_ref() as &dyn Recommender],
        &Bounds::default(),
    );
    assert_eq!(
        (all.source.as_deref(), all.items.len()),
        (Some("coach"), 2),
        "{:?}",
        all.unused
    );
}

#[test]
fn chance_does_not_tell_what_was_not_granted() {
    let plugin = Guest::recommending("coach", &[]).load(Limits::default());
    let seed = |limits: &[&str]| {
        let mut request = ranking();
        request.profile.limits = words(limits);
        let record = Recommender::rank(plugin.as_ref(), &request).record.unwrap();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        record["request"]["seed"].clone()
    };
    assert!(seed(&["knee"]).is_u64());
    assert_eq!(seed(&["knee"]), seed(&["back", "heart"]));
}
