//! Class by class: the best that still fits.

use super::program::{Choice, Program};
use super::{Placed, Question};

/// Places classes in the order of what each would add, those of kinds that have to be there first. `lean` is added to
/// what a choice is worth: 0 for a first guess, a multiple of a relaxation's answer for one near it. Nothing where the
/// least numbers are not reached.
pub(super) fn place(
    question: &Question,
    program: &Program,
    lean: impl Fn(usize) -> f64,
) -> Option<Vec<Placed>> {
    let mut ways = ways(question, program, lean);
    ways.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut classes: Vec<Placed> = Vec::new();
    for needed in [true, false] {
        for (class, _) in &ways {
            let kind = question.kinds[class.kind];
            let of_kind = classes.iter().filter(|other| other.kind == class.kind).count();
            let limit = if needed { kind.least } else { kind.most };
            let by_trainer = classes
                .iter()
                .filter(|other| other.trainer == class.trainer)
                .count();
            let trainer = &question.trainers[class.trainer];
            let gains = needed || class.people * kind.worth > trainer.cost;
            let fits = of_kind < limit as usize && by_trainer < trainer.most as usize;
            if gains && fits && classes.iter().all(|other| !question.clash(class, other)) {
                classes.push(*class);
            }
        }
    }
    classes.sort_by_key(|class| (class.slot, class.room));
    question.worth(&classes).map(|_| classes)
}

/// Every way to hold a class, and how much speaks for it.
fn ways(question: &Question, program: &Program, lean: impl Fn(usize) -> f64) -> Vec<(Placed, f64)> {
    let mut ways = Vec::new();
    for (at, choice) in program.choices.iter().enumerate() {
        let Choice::Room { kind, slot, room } = *choice else {
            continue;
        };
        for (with, other) in program.choices.iter().enumerate().skip(at) {
            match *other {
                Choice::Trainer {
                    kind: same,
                    slot: then,
                    trainer,
                } if same == kind && then == slot => {
                    let people = question.people(kind, slot, room).unwrap_or(0.0);
                    // A room that is larger than it needs to be is kept for others.
                    let spare = f64::from(question.rooms[room].seats) - people;
                    let score =
                        program.worth[at] + program.worth[with] + lean(at) + lean(with) - 1e-6 * spare;
                    let class = Placed {
                        kind,
                        slot,
                        room,
                        trainer,
                        people,
                    };
                    ways.push((class, score));
                }
                // The trainers of a class stand right behind its rooms.
                Choice::Room {
                    kind: other,
                    slot: then,
                    ..
                } if (other, then) != (kind, slot) => break,
                _ => {}
            }
        }
    }
    ways
}
