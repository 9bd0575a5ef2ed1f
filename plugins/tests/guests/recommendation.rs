//! What the sample of recommendations ranks and chooses.

use gym_core::fact::Facts;
use gym_core::id::{MemberId, WorkoutTemplateId};
use gym_core::recommendation::{Bounds, Grade, Ranking, Recommender, Score, Word, rank};
use gym_plugins::contract::{Date, Fact, FactValue, OfferRequest, Profile, RankRequest, Session, Workout};
use gym_plugins::{Grants, Limits, Plugins, Terms};
use serde_json::{Value, json};

use crate::load::{both, committed, load};

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 23,
};

fn workout(id: &str, intensity: u8, muscle: &str, base_score: i32, rehab: Option<&str>) -> Workout {
    let fact = |text: &str| Fact {
        key: "rehab".to_owned(),
        value: FactValue::Text(text.to_owned()),
    };
    Workout {
        id: id.to_owned(),
        title: id.to_uppercase(),
        minutes: 40,
        intensity,
        muscle_groups: vec![muscle.to_owned()],
        equipment: Vec::new(),
        base_score,
        facts: rehab.map(fact).into_iter().collect(),
    }
}

fn profile(limits: &[&str], last: Option<(i32, u8)>, churn_risk: Option<i32>) -> Profile {
    let session = |(completed, effort): (i32, u8)| Session {
        workout_id: "run".to_owned(),
        day: TODAY,
        completed,
        perceived_effort: Some(effort),
    };
    Profile {
        subject: "p".to_owned(),
        goals: Vec::new(),
        level: 5,
        limits: limits.iter().map(|&limit| limit.to_owned()).collect(),
        churn_risk,
        recent: last.map(session).into_iter().collect(),
        facts: Vec::new(),
    }
}

#[track_caller]
fn check(settings: Value, profile: &Profile, limit: u32, expected: &[&str]) {
    let request = RankRequest {
        profile: profile.clone(),
        candidates: vec![
            workout("run", 8, "knee", 6_000, None),
            workout("squat", 9, "back", 5_500, None),
            workout("walk", 3, "knee", 4_000, None),
            workout("stretch", 2, "knee", 3_000, Some("shoulder knee")),
        ],
        limit,
        today: TODAY,
        seed: 7,
    };
    for file in both("rehab-first.wasm") {
        let ranked = load(&file, &settings)
            .unwrap()
            .rank_workouts(&request)
            .answer
            .unwrap();
        let brief = |it: &gym_plugins::contract::Ranked| {
            let shorter = it.scale_minutes.map(|share| format!(" at {share}"));
            format!(
                "{} {} {}{}",
                it.workout_id,
                it.score,
                it.reason_code,
                shorter.unwrap_or_default()
            )
        };
        let found: Vec<_> = ranked.iter().map(brief).collect();
        assert_eq!(found, expected, "{}", file.display());
    }
}

#[test]
fn who_is_well_trains_as_before() {
    let before = [
        "run 6000 as-before",
        "squat 5500 as-before",
        "walk 4000 as-before",
        "stretch 3000 as-before",
    ];
    check(json!({}), &profile(&[], None, None), 9, &before);
    check(json!({}), &profile(&[], Some((7_000, 8)), None), 2, &before[..2]);
}

#[test]
fn who_has_a_limit_trains_what_heals_it_first_and_never_what_strains_it() {
    let knee = profile(&["knee"], None, None);
    let gentle = [
        "squat 5500 as-before",
        "stretch 5500 rehab",
        "walk 4000 as-before",
    ];
    check(json!({}), &knee, 9, &gentle);
    let strict = ["squat 5500 as-before", "stretch 5500 rehab"];
    check(json!({"gentle": 2}), &knee, 9, &strict);
}

#[test]
fn who_overdid_it_trains_less() {
    let tired = [
        "run 4000 recover at 7500",
        "walk 4000 recover",
        "squat 3000 recover at 7500",
        "stretch 3000 recover",
    ];
    check(json!({}), &profile(&[], Some((10_000, 9)), None), 9, &tired);
    check(json!({}), &profile(&[], Some((6_999, 1)), None), 9, &tired);
}

#[track_caller]
fn check_offers(settings: Value, churn_risk: Option<i32>, expected: &[(&str, i32)]) {
    let request = OfferRequest {
        profile: profile(&[], None, churn_risk),
        offer_codes: ["month", "towel", "coach"].map(str::to_owned).into(),
        limit: 2,
        today: TODAY,
        seed: 7,
    };
    for file in both("rehab-first.wasm") {
        let chosen = load(&file, &settings)
            .unwrap()
            .choose_offers(&request)
            .answer
            .unwrap();
        let found: Vec<_> = chosen
            .iter()
            .map(|it| (it.offer_code.as_str(), it.score))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn who_is_likely_to_leave_gets_an_offer() {
    check_offers(json!({}), None, &[]);
    check_offers(json!({}), Some(4_999), &[]);
    check_offers(json!({}), Some(5_000), &[("month", 5_000), ("towel", 4_999)]);
    check_offers(json!({"leaving-from": 0}), None, &[("month", 0), ("towel", 0)]);
}

#[test]
fn through_the_gym_who_has_a_limit_trains_what_heals_it_first() {
    let words = |words: &[&str]| words.iter().map(|word| Word::new(word).unwrap()).collect();
    let workout = |id, base, rehab: Option<&str>| gym_core::recommendation::Workout {
        id: WorkoutTemplateId::new(id).unwrap(),
        title: format!("Workout {id}"),
        minutes: 40,
        intensity: Grade::new(2).unwrap(),
        muscle_groups: words(&["knee"]),
        equipment: words(&[]),
        contraindications: words(&[]),
        base: Score::new(base).unwrap(),
        facts: rehab.map_or_else(Facts::default, |limits| {
            let fact = gym_core::fact::Fact::Text(limits.to_owned());
            Facts::default().with("rehab", fact).unwrap()
        }),
    };
    let request = Ranking {
        profile: gym_core::recommendation::Profile {
            limits: words(&["knee"]),
            ..gym_core::recommendation::Profile::of(MemberId::new(7).unwrap())
        },
        candidates: vec![workout(1, 5_000, None), workout(2, 4_000, Some("knee"))],
        wanted: 2,
        today: "2026-11-23".parse().unwrap(),
    };
    let terms = Terms {
        health: true,
        ..Terms::default()
    };
    let file = committed().join("rehab-first.wasm");
    let plugins = Plugins::load(vec![file], &Grants::anyone(terms), Limits::default()).unwrap();
    let plugin = plugins.get("rehab-first").unwrap();
    let all = rank(
        request,
        &[plugin.as_ref() as &dyn Recommender],
        &Bounds::default(),
    );
    let order: Vec<_> = all
        .items
        .iter()
        .map(|it| (it.workout.get(), it.reason.as_str()))
        .collect();
    assert_eq!(order, [(2, "rehab"), (1, "as-before")], "{:?}", all.unused);
}
