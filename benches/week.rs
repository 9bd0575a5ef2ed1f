//! How good a timetable of a week is after ten seconds, and after how long it is within one per cent, for three clubs.
//!
//! `cargo bench -p gym-analytics --bench week`, with `--features highs` by HiGHS too. Each line: the solver, classes, what they
//! are worth, the share by which any other could be better at most, relaxations (HiGHS does not say), and seconds.

use std::time::{Duration, Instant as Watch};

use gym_analytics::timetable::{Kind, Limits, Proof, Question, Room, Slot, Solver, TimetableError, Trainer};

/// A club: days, hours of the day in which classes begin, seats of its rooms, kinds of classes and trainers.
struct Club {
    name: &'static str,
    days: u32,
    hours: &'static [u32],
    rooms: &'static [u32],
    kinds: usize,
    trainers: usize,
}

const CLUBS: [Club; 3] = [
    Club {
        name: "36 slots, 3 rooms, 8 kinds, 6 trainers",
        days: 6,
        hours: &[7, 9, 12, 17, 18, 19],
        rooms: &[14, 22, 30],
        kinds: 8,
        trainers: 6,
    },
    Club {
        name: "63 slots, 3 rooms, 12 kinds, 10 trainers",
        days: 7,
        hours: &[7, 8, 9, 10, 12, 17, 18, 19, 20],
        rooms: &[14, 22, 30],
        kinds: 12,
        trainers: 10,
    },
    Club {
        name: "98 slots, 4 rooms, 16 kinds, 14 trainers",
        days: 7,
        hours: &[7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
        rooms: &[12, 16, 24, 40],
        kinds: 16,
        trainers: 14,
    },
];

const SOLVERS: &[Solver] = &[
    Solver::Microlp,
    #[cfg(feature = "highs")]
    Solver::Highs,
];

fn main() -> Result<(), TimetableError> {
    for club in CLUBS {
        let question = question(&club);
        for (solver, gap) in SOLVERS
            .iter()
            .flat_map(|solver| [(solver, 0.01), (solver, 0.001)])
        {
            let limits = Limits {
                time: Duration::from_secs(10),
                gap,
                ..Limits::default()
            };
            let watch = Watch::now();
            let answer = question.answer_by(*solver, limits)?;
            let seconds = watch.elapsed().as_secs_f64();
            let (how, share) = match answer.proof {
                Proof::Optimal => ("optimal", 0.0),
                Proof::Within(share) => ("within", share),
                Proof::Greedy(share) => ("greedy, within", share),
            };
            println!(
                "{}: {solver:?}: {} classes worth {:.1}, {how} {:.3} %, {} relaxations, {seconds:.2} s",
                club.name,
                answer.classes.len(),
                answer.worth,
                100.0 * share,
                answer.nodes,
            );
        }
    }
    Ok(())
}

/// Two in three trainers teach a kind, and are there on three of four slots; evenings are wanted most.
fn question(club: &Club) -> Question {
    let hours = club.hours.iter();
    let slots: Vec<Slot> = (0..club.days)
        .flat_map(|day| hours.clone().map(move |hour| (day * 24 + hour) * 60))
        .map(|starts| Slot { starts, minutes: 60 })
        .collect();
    let trainers = (0..club.trainers).map(|at| Trainer {
        teaches: (0..club.kinds).filter(|kind| (kind + at) % 3 != 0).collect(),
        free: (0..slots.len())
            .filter(|slot| !(slot / club.hours.len() + at + slot % 5).is_multiple_of(4))
            .collect(),
        most: 12,
        cost: 5.0 + at as f64 * 0.5,
    });
    let wanted = |kind: usize, slot: usize| {
        let evening = slots.get(slot).is_some_and(|slot| slot.starts % 1_440 >= 17 * 60);
        ((kind * 37 + slot * 17) % 23) as f64 + if evening { 8.0 } else { 0.0 }
    };
    let kind = Kind {
        worth: 1.0,
        least: 2,
        most: 8,
    };
    Question {
        rooms: club.rooms.iter().map(|seats| Room { seats: *seats }).collect(),
        kinds: vec![kind; club.kinds],
        trainers: trainers.collect(),
        demand: (0..club.kinds)
            .map(|kind| (0..slots.len()).map(|slot| wanted(kind, slot)).collect())
            .collect(),
        slots,
    }
}
