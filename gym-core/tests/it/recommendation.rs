//! Recommenders may say what they like: only what was offered comes back, bounded, and nothing that could do harm.

use std::collections::BTreeSet;

use gym_core::answer::Answer;
use gym_core::fact::Facts;
use gym_core::id::{MemberId, WorkoutTemplateId};
use gym_core::recommendation::{
    Bounds, Chosen, Done, Grade, Profile, Ranked, Ranking, Recommender, Retention, Rotation, Score, Unfit,
    Word, Workout, choose, rank,
};
use proptest::prelude::*;

const TODAY: &str = "2026-11-22";

fn words(words: &[&str]) -> BTreeSet<Word> {
    words.iter().map(|word| Word::new(word).unwrap()).collect()
}

fn codes(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn workout(id: i64, base: i64, groups: &[&str], harms: &[&str]) -> Workout {
    Workout {
        id: WorkoutTemplateId::new(id).unwrap(),
        title: format!("Workout {id}"),
        minutes: 45,
        intensity: Grade::new(5).unwrap(),
        muscle_groups: words(groups),
        equipment: BTreeSet::new(),
        contraindications: words(harms),
        base: Score::new(base).unwrap(),
        facts: Facts::default(),
    }
}

fn ranking(candidates: Vec<Workout>) -> Ranking {
    Ranking {
        profile: Profile {
            limits: words(&["knee"]),
            ..Profile::of(MemberId::new(1).unwrap())
        },
        candidates,
        wanted: 3,
        today: TODAY.parse().unwrap(),
    }
}

/// Says whatever it was made with.
struct Liar {
    ranked: Result<Vec<Ranked>, String>,
    chosen: Vec<Chosen>,
}

impl Recommender for Liar {
    fn name(&self) -> &'static str {
        "liar"
    }

    fn rank(&self, _: &Ranking) -> Answer<Ranked> {
        let said = Answer {
            proposed: self.ranked.clone(),
            record: None,
        };
        said.recorded("how")
    }

    fn choose(&self, _: &Retention) -> Answer<Chosen> {
        Answer::of(self.chosen.clone())
    }
}

fn ranked(workout: i64, score: i64, reason: &str) -> Ranked {
    Ranked {
        workout: WorkoutTemplateId::new(workout).unwrap(),
        score: Score::new(score).unwrap(),
        reason: reason.to_owned(),
        scale: None,
    }
}

fn liar(ranked: Vec<Ranked>) -> Liar {
    Liar {
        ranked: Ok(ranked),
        chosen: Vec::new(),
    }
}

#[test]
fn rotation_lets_what_was_trained_rest() {
    let candidates = vec![
        workout(1, 6_000, &["legs"], &[]),
        workout(2, 5_000, &["back"], &[]),
        workout(3, 5_500, &["arms", "legs"], &[]),
    ];
    let mut request = ranking(candidates);
    for (days, expected) in [(0, [2, 1, 3]), (2, [2, 1, 3]), (3, [1, 3, 2]), (-1, [1, 3, 2])] {
        request.profile.recent = vec![Done {
            workout: WorkoutTemplateId::new(1).unwrap(),
            on: TODAY.parse::<chrono::NaiveDate>().unwrap() - chrono::Duration::days(days),
            completed: Score::new(10_000).unwrap(),
            effort: None,
        }];
        let all = rank(request.clone(), &[&Rotation], &Bounds::default());
        let order: Vec<i64> = all.items.iter().map(|it| it.workout.get()).collect();
        assert_eq!(order, expected, "{days} days ago");
        assert_eq!(all.source.as_deref(), Some("rotation"));
    }
}

#[test]
fn offers_go_to_those_who_may_leave() {
    let mut request = Retention {
        profile: Profile::of(MemberId::new(1).unwrap()),
        codes: codes(&["free-week", "tenner"]),
        wanted: 1,
        today: TODAY.parse().unwrap(),
    };
    assert!(choose(&request, &[&Rotation]).items.is_empty());
    request.profile.churn_risk = Some(Score::new(3_000).unwrap());
    let all = choose(&request, &[&Rotation]);
    assert_eq!(all.items.len(), 1);
}

#[test]
fn each_week_another_offer_comes_first() {
    let offered = |today: &str, wanted| {
        let request = Retention {
            profile: Profile {
                churn_risk: Some(Score::new(3_000).unwrap()),
                ..Profile::of(MemberId::new(1).unwrap())
            },
            codes: codes(&["coach", "free-week", "tenner"]),
            wanted,
            today: today.parse().unwrap(),
        };
        let items = choose(&request, &[&Rotation]).items;
        let brief = |it: Chosen| (it.code, it.score.points());
        items.into_iter().map(brief).collect::<Vec<_>>()
    };
    let first = |today| offered(today, 1).remove(0).0;
    assert_eq!(first("2026-11-16"), first("2026-11-22"), "Monday to Sunday");
    let weeks = ["2026-11-16", "2026-11-23", "2026-11-30"].map(first);
    assert_eq!(weeks.iter().collect::<BTreeSet<_>>().len(), 3, "{weeks:?}");
    assert_eq!(first("2026-12-07"), weeks[0]);
    let scores: Vec<i64> = offered("2026-11-16", 3)
        .into_iter()
        .map(|(_, score)| score)
        .collect();
    assert_eq!(scores, [3_000, 2_999, 2_998]);
}

#[test]
fn what_strains_somebody_cannot_be_written_in_another_way() {
    for bad in ["", "Knee", "knee ", "lower back", "kn\u{e9}e", &"k".repeat(41)] {
        let word = Word::new(bad).unwrap_err().to_string();
        assert!(
            word.ends_with("is not accepted; expected 1 to 40 lower-case letters, digits and hyphens"),
            "{word}"
        );
        assert!(serde_json::from_value::<Word>(bad.into()).is_err(), "{bad}");
    }
    let json = serde_json::to_value(workout(1, 5_000, &[], &["knee"])).unwrap();
    let mut other = json.clone();
    other["contraindications"][0] = "Knee".into();
    assert!(
        serde_json::from_value::<Workout>(json).is_ok() && serde_json::from_value::<Workout>(other).is_err()
    );
}

#[test]
fn an_answer_that_is_no_good_is_told_with_everything_that_is_wrong() {
    let candidates = vec![workout(1, 5_000, &[], &["knee"]), workout(2, 5_000, &[], &[])];
    let mut answer = vec![
        ranked(1, 9_000, "harm"),
        ranked(2, 9_000, "Bad Code"),
        ranked(2, 9_000, "twice"),
    ];
    answer[2].scale = Some(2_001);
    let all = rank(
        ranking(candidates),
        &[&liar(answer), &Rotation],
        &Bounds::default(),
    );
    assert_eq!(all.source.as_deref(), Some("rotation"), "the next one is asked");
    assert_eq!(
        all.items.iter().map(|it| it.workout.get()).collect::<Vec<_>>(),
        [2]
    );
    let why: Vec<String> = all.unused[0].why.iter().map(ToString::to_string).collect();
    assert_eq!(
        why,
        [
            "workout 1: it was not offered",
            "workout 2: reason \"Bad Code\" is not accepted; expected 1 to 40 lower-case letters, digits and hyphens",
            "workout 2: scale 2001 is not accepted; expected 250 to 2000 thousandths",
            "workout 2: it is named twice",
        ]
    );
    assert_eq!(all.unused[0].record.as_deref(), Some("how"));
    assert_eq!(all.excluded[0].because, [Word::new("knee").unwrap()]);
}

#[test]
fn where_nobody_has_an_answer_the_gyms_own_scores_decide_and_nothing_is_offered() {
    let silent = Liar {
        ranked: Err("asleep".to_owned()),
        chosen: vec![Chosen {
            code: "free-year".to_owned(),
            score: Score::default(),
            reason: "a".to_owned(),
        }],
    };
    let candidates = vec![workout(1, 1_000, &[], &[]), workout(2, 2_000, &[], &[])];
    let all = rank(ranking(candidates), &[&silent], &Bounds::default());
    assert_eq!(
        all.items.iter().map(|it| it.workout.get()).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(all.source, None);
    assert_eq!(
        all.unused[0].why,
        [Unfit::Failed {
            why: "asleep".to_owned()
        }]
    );
    let request = Retention {
        profile: Profile::of(MemberId::new(1).unwrap()),
        codes: codes(&["tenner"]),
        wanted: 5,
        today: TODAY.parse().unwrap(),
    };
    assert!(choose(&request, &[&silent]).items.is_empty());
}

#[test]
fn scores_and_grades_are_valid_by_construction() {
    for bad in ["-1", "10001", "99999999999"] {
        assert!(serde_json::from_str::<Score>(bad).is_err(), "{bad}");
    }
    for bad in ["0", "11", "256"] {
        assert!(serde_json::from_str::<Grade>(bad).is_err(), "{bad}");
    }
    assert_eq!(
        Score::new(-5).unwrap_err().to_string(),
        "score: -5 is not accepted; expected 0 to 10000 basis points"
    );
    assert_eq!(Score::nearest(-5).points(), 0);
    assert_eq!(Score::nearest(20_000).points(), 10_000);
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn whatever_is_said_only_what_was_offered_comes_back(
        candidates in prop::collection::vec((1..20_i64, 0..=10_000_i64, any::<bool>()), 0..12),
        said in prop::collection::vec((1..25_i64, 0..=10_000_i64), 0..12),
        influence in 0..=10_000_i64,
        wanted in 0..6_u32,
    ) {
        let offered: Vec<Workout> = candidates
            .iter()
            .map(|(id, base, harms)| workout(*id, *base, &[], if *harms { &["knee"] } else { &[] }))
            .collect();
        let request = Ranking { wanted, ..ranking(offered.clone()) };
        let answer = said.iter().map(|(id, score)| ranked(*id, *score, "said")).collect();
        let bounds = Bounds { influence: Score::new(influence).unwrap() };
        let all = rank(request, &[&liar(answer)], &bounds);
        prop_assert!(all.items.len() <= wanted as usize);
        let mut seen = BTreeSet::new();
        for item in &all.items {
            prop_assert!(seen.insert(item.workout));
            let mut all_of_it = offered.iter().filter(|it| it.id == item.workout);
            let found = all_of_it.next();
            prop_assert!(all_of_it.chain(found).all(|it| it.contraindications.is_empty()));
            let base = found.map(|it| it.base.points());
            prop_assert!(base.is_some_and(|base| (item.score.points() - base).abs() <= influence));
        }
        prop_assert!(all.items.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
}
