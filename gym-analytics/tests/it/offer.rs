//! Offers go to whom they change, for less than that is worth, and to nobody else.

use std::collections::{BTreeMap, BTreeSet};

use gym_analytics::control::ControlGroup;
use gym_analytics::gam::GamParams;
use gym_analytics::landmark::Landmarks;
use gym_analytics::offer::{OfferError, Offers};
use gym_analytics::uplift::{Prospect, Trial, Uplift};
use gym_core::id::MemberId;
use gym_core::insight::Origin;
use gym_core::recommendation::{
    Bounds, Chosen, Profile, Ranking, Recommended, Recommender, Retention, Rotation, Score, Unfit, Word,
    choose, rank,
};
use gym_core::sim::teacher::{self, Lesson, Teacher};
use proptest::prelude::*;

fn origin() -> Origin {
    let word = |word| Word::new(word).unwrap();
    Origin::new(
        word("uplift"),
        word("3f9c01"),
        "2026-11-23T00:00:00Z".parse().unwrap(),
    )
}

fn control() -> ControlGroup {
    ControlGroup::new("offers", 200, "2026-01-01".parse().unwrap()).unwrap()
}

/// Members by their number among those to whom something may be offered.
fn member(number: usize) -> MemberId {
    let free = (1..).filter(|id| !control().holds(*id)).nth(number);
    MemberId::new(free.unwrap()).unwrap()
}

fn held_back() -> MemberId {
    MemberId::new((1..).find(|id| control().holds(*id)).unwrap()).unwrap()
}

fn prospect(risk: f64, uplift: f64, expected_value: f64) -> Prospect {
    Prospect {
        risk,
        uplift,
        expected_value,
    }
}

fn asked(offers: &Offers, member: MemberId, codes: &[&str]) -> Recommended<Chosen> {
    choose(&request(member, codes), &[offers, &Rotation])
}

fn request(member: MemberId, codes: &[&str]) -> Retention {
    Retention {
        profile: Profile {
            churn_risk: Some(Score::nearest(9_000)),
            ..Profile::of(member)
        },
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        wanted: 10,
        today: "2026-11-23".parse().unwrap(),
    }
}

fn codes(of: &Recommended<Chosen>) -> Vec<&str> {
    of.items.iter().map(|item| item.code.as_str()).collect()
}

#[test]
fn the_offer_that_is_worth_most_comes_first_and_what_costs_more_than_it_brings_does_not() {
    let (one, two) = (member(0), member(1));
    let offers = Offers::new(origin(), control())
        .with(
            "freeze",
            &[one, two],
            &[prospect(0.2, 0.004, 5.0), prospect(0.9, 0.1, -2.0)],
        )
        .unwrap()
        .with(
            "month-free",
            &[one, two],
            &[prospect(0.2, 0.12, 40.0), prospect(0.9, -0.1, -90.0)],
        )
        .unwrap()
        .with("coach", &[one], &[prospect(0.2, 0.3, 0.0)])
        .unwrap();
    let all = ["coach", "freeze", "month-free", "unheard-of"];
    let found = asked(&offers, one, &all);
    assert_eq!(codes(&found), ["month-free", "freeze"]);
    assert_eq!(
        found
            .items
            .iter()
            .map(|item| item.score.points())
            .collect::<Vec<_>>(),
        [10_000, 1_250]
    );
    assert_eq!(found.items[0].reason, "keeps-12-of-100");
    assert_eq!(found.items[1].reason, "keeps-fewer-than-1-of-100");
    assert_eq!((found.source.as_deref(), found.unused.len()), (Some("uplift"), 0));
    assert_eq!(codes(&asked(&offers, one, &["freeze"])), ["freeze"]);
    assert_eq!(
        codes(&asked(&offers, two, &all)),
        [""; 0],
        "most at risk, and not worth it"
    );
    assert_eq!(offers.prospect("coach", one).map(|it| it.uplift), Some(0.3));
    assert_eq!(offers.prospect("coach", two), None);
}

#[test]
fn nobody_is_asked_after_it_about_whom_it_offers_nothing() {
    let (known, held) = (member(0), held_back());
    let offers = Offers::new(origin(), control())
        .with("freeze", &[known, held], &[prospect(0.5, 0.2, 30.0); 2])
        .unwrap();
    assert_eq!(codes(&asked(&offers, known, &["freeze"])), ["freeze"]);
    for (who, said) in [(held, "the control group"), (member(7), "a stranger")] {
        let found = asked(&offers, who, &["freeze"]);
        assert_eq!(
            (found.items, found.source.as_deref()),
            (vec![], Some("uplift")),
            "{said}"
        );
        let alone = choose(&request(who, &["freeze"]), &[&Rotation]);
        assert_eq!(alone.items.len(), 1, "by risk alone {said} would be offered it");
    }
    let record = asked(&offers, held, &["freeze"]).record.unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(
        record,
        serde_json::json!({
            "version": "3f9c01",
            "as_of": "2026-11-23T00:00:00Z",
            "is_control": true,
            "weighed": [{"code": "freeze", "risk": 0.5, "uplift": 0.2, "expected_value": 30.0}],
        })
    );
}

#[test]
fn it_leaves_workouts_to_others() {
    let offers = Offers::new(origin(), control());
    let ranking = Ranking {
        profile: Profile::of(member(0)),
        candidates: vec![],
        wanted: 3,
        today: "2026-11-23".parse().unwrap(),
    };
    let found = rank(ranking, &[&offers, &Rotation], &Bounds::default());
    assert_eq!(found.source.as_deref(), Some("rotation"));
    let why = "it chooses offers and ranks no workouts".to_owned();
    assert_eq!(found.unused[0].why, [Unfit::Failed { why }]);
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let (one, two) = (member(0), member(1));
    let offers = Offers::new(origin(), control()).with("freeze", &[], &[]).unwrap();
    let check = |code: &str, members: &[MemberId], prospects: &[Prospect], says: String| {
        let found: OfferError = offers.clone().with(code, members, prospects).unwrap_err();
        assert_eq!(found.to_string(), says);
    };
    let right = prospect(0.2, 0.1, 5.0);
    check(
        "coach",
        &[one, two],
        &[right],
        "offer \"coach\" has 1 prospects, expected 2, one of each member".into(),
    );
    check(
        "freeze",
        &[one],
        &[right],
        "offer \"freeze\" is there twice, expected each once".into(),
    );
    check(
        "coach",
        &[one, one],
        &[right; 2],
        format!("offer \"coach\" has member {one} twice, expected each once"),
    );
    for (wrong, field) in [
        (prospect(1.5, 0.1, 5.0), "risk 1.5, expected 0 to 1"),
        (prospect(f64::NAN, 0.1, 5.0), "risk NaN, expected 0 to 1"),
        (prospect(0.5, -1.5, 5.0), "uplift -1.5, expected -1 to 1"),
        (
            prospect(0.5, 0.1, f64::INFINITY),
            "expected value inf, expected -1e15 to 1e15",
        ),
    ] {
        check(
            "coach",
            &[two],
            &[wrong],
            format!("offer \"coach\" of member {two} has {field}"),
        );
    }
}

const CODES: [&str; 5] = ["coach", "freeze", "month-free", "guest", "class"];

/// What is known of making some of eight members, of whom some are in the control group, one offer. Nothing holds the
/// numbers together: prospects may lie.
fn known() -> impl Strategy<Value = BTreeMap<i64, Prospect>> {
    let values = prop_oneof![-1e15..1e15f64, -50.0..50.0f64, Just(0.0), Just(f64::MIN_POSITIVE)];
    let one =
        (0.0..=1.0f64, -1.0..=1.0f64, values).prop_map(|(risk, uplift, value)| prospect(risk, uplift, value));
    proptest::collection::btree_map(1i64..9, one, 0..8)
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn what_is_offered_is_allowed_worth_it_and_in_order_whatever_the_risk(
        known in proptest::collection::vec(known(), 5),
        allowed in proptest::sample::subsequence(CODES.to_vec(), 0..=5),
        who in 1i64..10,
        wanted in 0u32..6,
        other_risk in 0.0..=1.0f64,
    ) {
        let offers = |risk: Option<f64>| {
            CODES.iter().zip(&known).fold(Offers::new(origin(), control()), |offers, (code, known)| {
                let members: Vec<MemberId> = known.keys().map(|id| MemberId::new(*id).unwrap()).collect();
                let with = |it: &Prospect| Prospect { risk: risk.unwrap_or(it.risk), ..*it };
                let prospects: Vec<Prospect> = known.values().map(with).collect();
                offers.with(*code, &members, &prospects).unwrap()
            })
        };
        let member = MemberId::new(who).unwrap();
        let request = Retention { wanted, ..request(member, &allowed) };
        let book = offers(None);
        let found = choose(&request, &[&book]);
        prop_assert_eq!(&found.unused, &[]);

        let value = |code: &str| book.prospect(code, member).unwrap();
        let worth: BTreeSet<&str> = allowed
            .iter()
            .copied()
            .filter(|code| book.prospect(code, member).is_some_and(|it| it.uplift > 0.0 && it.expected_value > 0.0))
            .collect();
        if control().holds(who) {
            prop_assert_eq!(&found.items, &[]);
        } else {
            prop_assert_eq!(found.items.len(), worth.len().min(wanted as usize));
        }
        for item in &found.items {
            prop_assert!(worth.contains(item.code.as_str()) && item.score.points() > 0);
            // Nothing that was left out is worth more.
            let least = found.items.last().map(|last| value(&last.code).expected_value);
            let is_in = |code: &str| found.items.iter().any(|it| it.code == code);
            prop_assert!(worth.iter().all(|code| is_in(code) || Some(value(code).expected_value) <= least));
        }
        let values = |items: &[Chosen]| items.iter().map(|it| -value(&it.code).expected_value).collect::<Vec<_>>();
        prop_assert!(values(&found.items).is_sorted());
        prop_assert!(found.items.iter().map(|it| -it.score.points()).is_sorted());
        // Of itself it is in order too.
        prop_assert!(values(&book.choose(&request).proposed.unwrap()).is_sorted());
        prop_assert_eq!(choose(&request, &[&offers(Some(other_risk))]).items, found.items);
    }
}

/// What was true, what was known, and what came of the offers of some months of a made-up club.
struct Months {
    landmarks: Landmarks<'static>,
    offered: Vec<bool>,
    left: Vec<f64>,
    truth: Vec<f64>,
}

fn months(lesson: &Lesson, of: std::ops::Range<usize>) -> Months {
    let (history, until) = (&lesson.history, lesson.months[of.end]);
    let all = Landmarks::at(history, &lesson.months[of.clone()], 1, until).unwrap();
    let zone = history.places.zone[0];
    let day = |month: u32| gym_core::time::civil(zone, lesson.months[month as usize]).date();
    let offers: BTreeMap<_, bool> = lesson
        .offers
        .iter()
        .map(|it| ((it.member, day(it.month)), it.made))
        .collect();
    let truth: BTreeMap<_, f64> = lesson
        .truth
        .months
        .iter()
        .map(|it| ((it.member, day(it.month)), it.if_not - it.if_offered))
        .collect();
    let left = all.left_within(1);
    let drawn = |row: &u32| {
        let it = all.rows()[*row as usize];
        left[*row as usize].is_some() && offers.contains_key(&(it.member, it.as_of))
    };
    let rows: Vec<u32> = (0..all.rows().len() as u32).filter(drawn).collect();
    let of = |row: &u32| {
        let it = all.rows()[*row as usize];
        (it.member, it.as_of)
    };
    Months {
        offered: rows.iter().map(|row| offers[&of(row)]).collect(),
        left: rows
            .iter()
            .map(|row| f64::from(u8::from(left[*row as usize] == Some(true))))
            .collect(),
        truth: rows.iter().map(|row| truth[&of(row)]).collect(),
        landmarks: all
            .pick(&rows)
            .unwrap()
            .only(&["visit_days_91", "days_since_visit", "term_months"])
            .unwrap(),
    }
}

#[test]
fn where_the_effect_is_known_those_who_are_chosen_are_kept_and_those_at_risk_are_not() {
    let lesson = Teacher::new(teacher::Profile::Rio, 5, 6_000, "2022-01-01".parse().unwrap(), 30).teach();
    let (past, fresh) = (months(&lesson, 3..22), months(&lesson, 22..29));
    let trial = Trial::new(past.landmarks.columns(), &past.left, &past.offered).unwrap();
    let uplift = Uplift::learn(&trial, &GamParams::new(vec![]).ridge(10.0)).unwrap();
    let columns = fresh.landmarks.columns();
    let prospects = uplift
        .prospects(columns, &vec![20_000.0; columns.rows()], 1_000.0)
        .unwrap();
    // Each month of a member stands for one whom nobody holds back.
    let members: Vec<MemberId> = (1..)
        .filter(|id| !control().holds(*id))
        .take(columns.rows())
        .map(|id| MemberId::new(id).unwrap())
        .collect();
    let offers = Offers::new(origin(), control())
        .with("month-free", &members, &prospects)
        .unwrap();
    let is_chosen = |row: &usize| !asked(&offers, members[*row], &["month-free"]).items.is_empty();
    let chosen: Vec<usize> = (0..members.len()).filter(is_chosen).collect();
    let mut by_risk: Vec<usize> = (0..members.len()).collect();
    by_risk.sort_by(|a, b| prospects[*b].risk.total_cmp(&prospects[*a].risk));
    by_risk.truncate(chosen.len());
    let gain = |rows: &[usize]| rows.iter().map(|row| fresh.truth[*row]).sum::<f64>() / rows.len() as f64;
    let all: Vec<usize> = (0..members.len()).collect();
    let told = format!(
        "{} of {}: {:.4} by worth, {:.4} by risk, {:.4} of all",
        chosen.len(),
        members.len(),
        gain(&chosen),
        gain(&by_risk),
        gain(&all)
    );
    println!("{told} from {} rows", past.left.len());
    assert!(chosen.len() > 100, "{told}");
    assert!(
        gain(&chosen) > gain(&by_risk) && gain(&chosen) > gain(&all),
        "{told}"
    );
}
