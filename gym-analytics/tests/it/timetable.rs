//! Timetables against every timetable there is.

use std::time::Duration;

use gym_analytics::demand::ClassDemand;
use gym_analytics::timetable::{
    Kind, Limits, Placed, Proof, Question, Room, Slot, Solver, TimetableError, Trainer, Week,
};
use gym_core::history::History;
use gym_core::sim::teacher::{Profile, Teacher};
use gym_core::time::civil;
use proptest::prelude::*;

const EXACT: Limits = Limits {
    nodes: 100_000,
    time: Duration::from_secs(600),
    gap: 0.0,
};

const SOLVERS: &[Solver] = &[
    Solver::Microlp,
    #[cfg(feature = "highs")]
    Solver::Highs,
];

/// The worth of the best of all timetables, if there is one.
fn by_enumeration(question: &Question) -> Option<f64> {
    let mut best = None;
    let cells = question.kinds.len() * question.slots.len();
    extend(question, 0, cells, &mut Vec::new(), &mut best);
    best
}

fn extend(question: &Question, cell: usize, cells: usize, classes: &mut Vec<Placed>, best: &mut Option<f64>) {
    if cell == cells {
        if let Some(worth) = question.worth(classes) {
            *best = Some(best.map_or(worth, |best: f64| best.max(worth)));
        }
        return;
    }
    extend(question, cell + 1, cells, classes, best);
    let (kind, slot) = (cell / question.slots.len(), cell % question.slots.len());
    for room in 0..question.rooms.len() {
        for trainer in 0..question.trainers.len() {
            let people = question.demand[kind][slot].min(f64::from(question.rooms[room].seats));
            classes.push(Placed {
                kind,
                slot,
                room,
                trainer,
                people,
            });
            extend(question, cell + 1, cells, classes, best);
            classes.pop();
        }
    }
}

fn questions() -> impl Strategy<Value = Question> {
    let slots = (0u32..4, prop_oneof![Just(60u32), Just(90), Just(120)]).prop_map(|(hour, minutes)| Slot {
        starts: 1_000 + 60 * hour,
        minutes,
    });
    let kinds = (0.0..3.0f64, 0u32..2, 1u32..4).prop_map(|(worth, least, more)| Kind {
        worth,
        least,
        most: least + more,
    });
    let trainer = (
        proptest::sample::subsequence(vec![0usize, 1], 1..=2),
        proptest::sample::subsequence(vec![0usize, 1, 2], 1..=3),
        0u32..4,
        0.0..12.0f64,
    );
    let trainers = trainer.prop_map(|(teaches, free, most, cost)| Trainer {
        teaches,
        free,
        most,
        cost,
    });
    let (slots, rooms) = (
        proptest::collection::vec(slots, 3),
        proptest::collection::vec(1u32..25, 1..=2),
    );
    let (kinds, trainers) = (
        proptest::collection::vec(kinds, 2),
        proptest::collection::vec(trainers, 1..=2),
    );
    let demand = proptest::collection::vec(proptest::collection::vec(0.0..30.0f64, 3), 2);
    (slots, rooms, kinds, trainers, demand).prop_map(|(slots, rooms, kinds, trainers, demand)| Question {
        slots,
        rooms: rooms.into_iter().map(|seats| Room { seats }).collect(),
        kinds,
        trainers,
        demand,
    })
}

proptest! {
    #![proptest_config(crate::soak::cases(96))]

    #[test]
    fn no_timetable_is_worth_more(question in questions()) {
        let best = by_enumeration(&question);
        for solver in SOLVERS {
            match (question.answer_by(*solver, EXACT), best) {
                (Ok(answer), Some(best)) => {
                    prop_assert!((answer.worth - best).abs() < 1e-6, "{} of {best}", answer.worth);
                    prop_assert_eq!(answer.proof, Proof::Optimal);
                    prop_assert_eq!(question.worth(&answer.classes), Some(answer.worth));
                }
                (Err(why), None) => prop_assert_eq!(why, TimetableError::Impossible),
                (answer, best) => prop_assert!(false, "{solver:?}: {answer:?} where the best is {best:?}"),
            }
        }
    }

    #[test]
    fn what_is_said_of_the_gap_is_true(question in questions(), nodes in 0u32..3, gap in 0.0..0.5f64) {
        let limits = Limits { nodes, gap, ..EXACT };
        let best = by_enumeration(&question);
        for solver in SOLVERS {
            if let (Ok(answer), Some(best)) = (question.answer_by(*solver, limits), best) {
                let most = match answer.proof {
                    Proof::Optimal => answer.worth,
                    Proof::Within(share) | Proof::Greedy(share) => answer.worth + share * answer.worth.abs().max(1e-9),
                };
                prop_assert!(best <= most + 1e-6, "{best} above {most}, {:?} by {solver:?}", answer.proof);
                prop_assert!(question.worth(&answer.classes).is_some());
            }
        }
    }
}

/// A week of a middling club.
fn week() -> Question {
    let slots: Vec<Slot> = (0..6)
        .flat_map(|day| {
            [7, 9, 12, 17, 18, 19].map(|hour| Slot {
                starts: day * 1_440 + hour * 60,
                minutes: 60,
            })
        })
        .collect();
    let all: Vec<usize> = (0..slots.len()).collect();
    let trainers = (0..6).map(|at| Trainer {
        teaches: (0..8).filter(|kind| (kind + at) % 3 != 0).collect(),
        free: all
            .iter()
            .copied()
            .filter(|slot| (slot / 6 + at) % 4 != 0)
            .collect(),
        most: 10,
        cost: 5.0 + at as f64 * 0.5,
    });
    let demand = (0..8).map(|kind| {
        let people =
            |slot: &usize| ((kind * 37 + slot * 17) % 23) as f64 + if slot % 6 >= 3 { 8.0 } else { 0.0 };
        all.iter().map(people).collect()
    });
    Question {
        rooms: vec![Room { seats: 14 }, Room { seats: 22 }, Room { seats: 30 }],
        kinds: vec![
            Kind {
                worth: 1.0,
                least: 2,
                most: 8
            };
            8
        ],
        trainers: trainers.collect(),
        demand: demand.collect(),
        slots,
    }
}

#[test]
fn a_week_of_a_club_is_within_its_gap() {
    let question = week();
    let limits = Limits {
        nodes: 60,
        time: Duration::from_secs(120),
        gap: 0.01,
    };
    for solver in SOLVERS {
        let answer = question.answer_by(*solver, limits).unwrap();
        match answer.proof {
            Proof::Optimal => {}
            Proof::Within(share) => assert!(share <= 0.01, "{share} by {solver:?}"),
            Proof::Greedy(share) => panic!("greedy, {share} by {solver:?}"),
        }
        let again = question.answer_by(*solver, limits).unwrap();
        assert_eq!(again, answer, "the same question has the same answer");
        let first = question
            .answer_by(*solver, Limits { nodes: 0, ..limits })
            .unwrap();
        assert_eq!(first.proof, Proof::Greedy(f64::INFINITY));
        let (found, guessed) = (answer.worth, first.worth);
        assert!(
            found >= guessed && guessed > 0.8 * found,
            "{found} {guessed} by {solver:?}"
        );
    }
}

#[cfg(feature = "highs")]
#[test]
fn both_solvers_find_the_same_best_worth() {
    let lesson = Teacher::new(Profile::Uk, 7, 300, "2024-01-01".parse().unwrap(), 12).teach();
    let demand = ClassDemand::learn(&lesson.history, lesson.months[12]).unwrap();
    let held = Week::of(&lesson.history, 0, lesson.months[12], &demand).unwrap();
    for question in [week(), held.question] {
        let found = SOLVERS.iter().map(|solver| {
            let answer = question.answer_by(*solver, EXACT).unwrap();
            assert_eq!(answer.proof, Proof::Optimal, "{solver:?}");
            answer.worth
        });
        let found: Vec<f64> = found.collect();
        assert!((found[0] - found[1]).abs() < 1e-6, "{found:?}");
    }
}

#[test]
fn no_time_is_a_greedy_answer_that_says_so() {
    let question = week();
    let limits = Limits {
        time: Duration::ZERO,
        gap: 0.0,
        ..Limits::default()
    };
    for solver in SOLVERS {
        let answer = question.answer_by(*solver, limits).unwrap();
        assert!(answer.nodes <= 1);
        assert!(matches!(
            answer.proof,
            Proof::Greedy(_) | Proof::Within(_) | Proof::Optimal
        ));
        assert!(question.worth(&answer.classes).is_some());
    }
}

#[test]
fn what_cannot_be_is_said_and_not_bent() {
    let mut question = week();
    question.kinds[0] = Kind {
        worth: 1.0,
        least: 37,
        most: 40,
    };
    for solver in SOLVERS {
        assert_eq!(
            question.answer_by(*solver, EXACT),
            Err(TimetableError::Impossible)
        );
        assert_eq!(
            question.answer_by(*solver, Limits { nodes: 0, ..EXACT }),
            Err(TimetableError::NotFound { nodes: 0 }),
            "not a claim that there is none"
        );
    }
    let nothing = Question {
        slots: vec![],
        rooms: vec![],
        kinds: vec![],
        trainers: vec![],
        demand: vec![],
    };
    for solver in SOLVERS {
        let answer = nothing.answer_by(*solver, EXACT).unwrap();
        assert_eq!((answer.classes, answer.proof), (vec![], Proof::Optimal));
    }
}

#[test]
fn a_question_that_makes_no_sense_is_refused() {
    let check = |change: fn(&mut Question), says: &str| {
        let mut question = week();
        change(&mut question);
        assert_eq!(question.answer(EXACT).unwrap_err().to_string(), says);
    };
    check(
        |it| it.demand[3][5] = f64::NAN,
        "kind 3 has demand NaN, expected 0 to 1e6",
    );
    check(
        |it| it.slots[1].minutes = 0,
        "slot 1 has minutes 0, expected 1 to 1440 minutes",
    );
    check(
        |it| it.slots[1].starts = 10_080,
        "slot 1 has starts 10080, expected 0 to 10079 minutes",
    );
    check(
        |it| it.kinds[1].least = 9,
        "kind 1 has least 9, expected no more than its most",
    );
    check(
        |it| it.kinds[1].worth = -1.0,
        "kind 1 has worth -1, expected 0 to 1e9",
    );
    check(
        |it| it.trainers[2].cost = f64::INFINITY,
        "trainer 2 has cost inf, expected 0 to 1e9",
    );
    check(
        |it| it.trainers[2].free.push(36),
        "trainer 2 refers to slot 36, expected one of 36",
    );
    check(
        |it| it.trainers[2].teaches.push(8),
        "trainer 2 refers to kind 8, expected one of 8",
    );
    check(|it| it.demand.truncate(7), "demand has 7 rows, expected 8");
    check(|it| it.demand[0].push(1.0), "demand has 37 columns, expected 36");
}

#[test]
fn the_week_that_was_held_is_an_answer_to_its_question() {
    let lesson = Teacher::new(Profile::NorthAmerica, 31, 300, "2024-01-01".parse().unwrap(), 8).teach();
    let as_of = lesson.months[8];
    // The simulated club twice has two of its kinds in one room at once; one of each two is called off.
    let mut facts = lesson.history.clone().into_facts();
    let rows = facts.classes.rows().map(|mut class| {
        class.is_on = ![3, 5].contains(&class.programme);
        class
    });
    facts.classes = rows.collect();
    let history = &History::new(lesson.history.during(), facts).unwrap();
    let demand = ClassDemand::learn(history, as_of).unwrap();
    let week = Week::of(history, 0, as_of, &demand).unwrap();
    let (from, until) = (
        gym_core::history::micros(as_of - chrono::TimeDelta::days(7)),
        gym_core::history::micros(as_of),
    );
    let zone = history.places.zone[0];
    let held = history
        .classes
        .rows()
        .filter(|class| class.is_on && class.starts_at >= from && class.ends_at <= until);
    let placed: Vec<Placed> = held
        .map(|class| {
            let at = chrono::DateTime::from_timestamp_micros(class.starts_at).unwrap();
            let again = civil(zone, at) + chrono::TimeDelta::days(7);
            let starts = |start: &gym_core::time::Instant| civil(zone, *start) == again;
            let kind = week
                .programmes
                .iter()
                .position(|it| *it == class.programme)
                .unwrap();
            let slot = week.starts.iter().position(starts).unwrap();
            Placed {
                kind,
                slot,
                room: week.rooms.iter().position(|it| *it == class.room).unwrap(),
                trainer: week.trainers.iter().position(|it| *it == class.trainer).unwrap(),
                people: week.question.demand[kind][slot].min(f64::from(class.capacity)),
            }
        })
        .collect();
    assert!(placed.len() > 5, "{}", placed.len());
    let worth = week
        .question
        .worth(&placed)
        .expect("what was held breaks no rule");
    assert!((worth - week.held).abs() < 1e-6, "{worth} {}", week.held);
    let answer = week.question.answer(Limits { nodes: 50, ..EXACT }).unwrap();
    assert!(answer.worth >= 0.9 * week.held, "{} {}", answer.worth, week.held);
    let nothing = Week::of(history, 0, lesson.months[0], &demand).unwrap();
    assert_eq!((nothing.starts.len(), nothing.held), (0, 0.0));
}
