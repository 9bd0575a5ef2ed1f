//! Predictions that are kept: joined to what became of the members, and gone with who is erased.

use gym_analytics::hazard::HazardParams;
use gym_analytics::landmark::Landmarks;
use gym_analytics::prediction::{Prediction, PredictionError, PredictionLog};
use gym_core::history::{Facts, History};
use gym_core::sim::teacher::{Lesson, Profile, Teacher};

fn lesson() -> Lesson {
    Teacher::new(Profile::Uk, 11, 1_500, "2023-01-01".parse().unwrap(), 20).teach()
}

/// What a model that is learned at month 12 says then of whoever is there.
fn log(lesson: &Lesson) -> PredictionLog {
    let history = &lesson.history;
    let at = lesson.months[12];
    let past = Landmarks::at(history, &lesson.months[3..11], 2, at).unwrap();
    let hazard = HazardParams {
        months: 2,
        ..HazardParams::linear(10.0)
    };
    let today = Landmarks::at_risk(history, at).unwrap();
    let survival = hazard.learn(&past).unwrap().survival(today.columns()).unwrap();
    let mut log = PredictionLog::default();
    for (row, landmark) in today.rows().iter().enumerate() {
        let prediction = Prediction {
            member: history.members.id[landmark.member as usize],
            as_of: at,
            months: 2,
            probability: survival.risk(row, 2),
            model: "3f9c01b2aa10".to_owned(),
        };
        log.add(prediction).unwrap();
    }
    log
}

#[test]
fn what_was_predicted_is_held_against_what_became_of_them() {
    let lesson = lesson();
    let log = log(&lesson);
    let early = log.outcomes(&lesson.history, lesson.months[13]).unwrap();
    assert!(
        early.rows.iter().all(|(_, gone)| *gone != Some(false)),
        "two months are not over"
    );
    let known = log.outcomes(&lesson.history, lesson.months[15]).unwrap();
    assert_eq!(known.rows.len(), log.all().len());
    let scored = known.scored().unwrap();
    let expected: f64 = scored.probabilities().iter().sum();
    assert!(scored.events() > 20, "{}", scored.events());
    assert!(
        (scored.events() as f64 - expected).abs() < 4.0 * expected.sqrt(),
        "{expected}"
    );
    assert!(scored.roc_auc().unwrap() > 0.6);
}

#[test]
fn who_is_erased_is_in_it_no_more() {
    let lesson = lesson();
    let mut log = log(&lesson);
    let member = log.all()[3].member;
    log.forget(member);
    assert!(log.all().iter().all(|it| it.member != member));
    // A history without the first of them, as the database gives it once they are erased.
    let gone = log.all()[0].member;
    let mut facts = Facts::default();
    let all = lesson.history.clone().into_facts();
    (facts.places, facts.plans, facts.classes) = (all.places, all.plans, all.classes);
    facts.members = all.members.rows().filter(|it| it.id != gone).collect();
    let rest = History::new(lesson.history.during(), facts).unwrap();
    let known = log.outcomes(&rest, lesson.months[15]).unwrap();
    assert!(known.rows.iter().all(|(it, _)| it.member != gone));
    assert_eq!(known.rows.len(), log.all().len() - 1);
}

#[test]
fn predictions_come_back_from_their_file_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("predictions.jsonl");
    let lesson = lesson();
    let log = log(&lesson);
    log.save(&path).unwrap();
    assert_eq!(PredictionLog::load(&path).unwrap(), log);
    let text = std::fs::read_to_string(&path).unwrap();
    let first = text.lines().next().unwrap();
    for (wrong, line) in [
        (format!("{first}\n{first}\n"), 2),
        (format!("{first}\nnone\n"), 2),
        (first.replace("\"months\":2", "\"months\":0"), 1),
    ] {
        std::fs::write(&path, wrong).unwrap();
        let found = PredictionLog::load(&path).unwrap_err();
        assert!(
            matches!(found, PredictionError::Line { line: at, .. } if at == line),
            "{found}"
        );
    }
    let mut twice = PredictionLog::default();
    let one = log.all()[0].clone();
    twice.add(one.clone()).unwrap();
    assert!(matches!(
        twice.add(one.clone()),
        Err(PredictionError::Twice { .. })
    ));
    for probability in [-0.1, 1.1, f64::NAN] {
        let wrong = Prediction {
            probability,
            ..one.clone()
        };
        assert!(matches!(
            twice.add(wrong),
            Err(PredictionError::NotProbability(_))
        ));
    }
    assert_eq!(twice.all().len(), 1);
}
