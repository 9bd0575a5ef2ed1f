//! From a question to its answer: a first guess, a solver, and what is known of how good that is.
//!
//! Over microlp's relaxations we branch and bound ourselves, the node with the highest bound first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Instant;

use microlp::{ComparisonOp, OptimizationDirection, Problem};

use super::program::{Choice, Program};
use super::{Answer, Limits, Placed, Proof, Question, Solver, TimetableError, greedy};

/// Values nearer to 0 or 1 are whole.
const WHOLE: f64 = 1e-6;

/// What is decided already, and what it can be worth at most.
struct Node {
    bound: f64,
    decided: Vec<(usize, bool)>,
    values: Vec<f64>,
    at: u32,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Node {
    /// Of equal bounds the newest, which is the deepest.
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then(self.at.cmp(&other.at))
    }
}

/// The best timetable so far.
struct Best {
    classes: Vec<Placed>,
    worth: f64,
    is_greedy: bool,
}

pub(super) fn search(question: &Question, solver: Solver, limits: Limits) -> Result<Answer, TimetableError> {
    let begun = Instant::now();
    let program = Program::of(question);
    let guess = greedy::place(question, &program, |_| 0.0);
    let best = guess.and_then(|classes| {
        let worth = question.worth(&classes)?;
        let is_greedy = true;
        Some(Best {
            classes,
            worth,
            is_greedy,
        })
    });
    match solver {
        Solver::Microlp => branch(question, &program, best, begun, limits),
        #[cfg(feature = "highs")]
        Solver::Highs => at_once(question, &program, best, begun, limits),
    }
}

/// Asks HiGHS for all of it.
#[cfg(feature = "highs")]
fn at_once(
    question: &Question,
    program: &Program,
    mut best: Option<Best>,
    begun: Instant,
    limits: Limits,
) -> Result<Answer, TimetableError> {
    use super::highs::{Solved, solve};

    if limits.nodes == 0 {
        return limited(best, f64::INFINITY, 0, limits.gap);
    }
    let time = limits.time.saturating_sub(begun.elapsed());
    match solve(program, Limits { time, ..limits }) {
        Solved::Infeasible => Err(TimetableError::Impossible),
        Solved::Searched { values, bound } => {
            if let Some(values) = values {
                improve(question, program, &values, &mut best);
            }
            match best {
                None => Err(TimetableError::NotFound { nodes: limits.nodes }),
                Some(best) if enough(best.worth, bound, 0.0) => Ok(done(best, Proof::Optimal, 0)),
                best => limited(best, bound, 0, limits.gap),
            }
        }
    }
}

fn branch(
    question: &Question,
    program: &Program,
    mut best: Option<Best>,
    begun: Instant,
    limits: Limits,
) -> Result<Answer, TimetableError> {
    let (mut open, mut nodes, mut bound) = (BinaryHeap::new(), 0, f64::INFINITY);
    // The bound of what the solver could not answer.
    let mut lost = f64::NEG_INFINITY;
    let mut next = vec![Vec::new()];
    loop {
        for decided in next.drain(..) {
            if nodes >= limits.nodes || (nodes > 0 && begun.elapsed() >= limits.time) {
                return limited(best, bound, nodes, limits.gap);
            }
            nodes += 1;
            match relaxed(program, &decided) {
                Ok((worth, values)) => {
                    let node = Node {
                        bound: worth.min(bound),
                        decided,
                        values,
                        at: nodes,
                    };
                    improve(question, program, &node.values, &mut best);
                    open.push(node);
                }
                Err(microlp::Error::Infeasible) => {}
                Err(_) => lost = lost.max(bound),
            }
        }
        let Some(node) = open.pop() else {
            return match best {
                Some(best) if lost <= best.worth => Ok(done(best, Proof::Optimal, nodes)),
                None if lost == f64::NEG_INFINITY => Err(TimetableError::Impossible),
                best => limited(best, lost, nodes, limits.gap),
            };
        };
        bound = node.bound.max(lost);
        if let Some(found) = best.take_if(|found| enough(found.worth, bound, limits.gap)) {
            let proof = match enough(found.worth, bound, 0.0) {
                true => Proof::Optimal,
                false => Proof::Within(gap(found.worth, bound)),
            };
            return Ok(done(found, proof, nodes));
        }
        match split(&node.values) {
            // Whole, but what it rounds to breaks a rule.
            None => lost = lost.max(node.bound),
            Some(at) => {
                for chosen in [false, true] {
                    let mut decided = node.decided.clone();
                    decided.push((at, chosen));
                    next.push(decided);
                }
            }
        }
    }
}

/// Takes the answer of a relaxation where it is a timetable, and else one near it.
fn improve(question: &Question, program: &Program, values: &[f64], best: &mut Option<Best>) {
    let most = program.worth.iter().map(|worth| worth.abs()).fold(1.0, f64::max);
    let near = greedy::place(question, program, |at| 10.0 * most * values[at]);
    for classes in [whole(question, program, values), near].into_iter().flatten() {
        let Some(worth) = question.worth(&classes) else {
            continue;
        };
        if best.as_ref().is_none_or(|best| worth > best.worth + 1e-9) {
            *best = Some(Best {
                classes,
                worth,
                is_greedy: false,
            });
        }
    }
}

/// Reads a timetable where every value is whole.
fn whole(question: &Question, program: &Program, values: &[f64]) -> Option<Vec<Placed>> {
    if split(values).is_some() {
        return None;
    }
    let taken = |at: &usize| values[*at] > 0.5;
    let mut classes = Vec::new();
    for at in (0..values.len()).filter(taken) {
        if let Choice::Room { kind, slot, room } = program.choices[at] {
            let trainer = (0..values.len())
                .filter(taken)
                .find_map(|with| match program.choices[with] {
                    Choice::Trainer {
                        kind: same,
                        slot: then,
                        trainer,
                    } if (same, then) == (kind, slot) => Some(trainer),
                    _ => None,
                })?;
            let people = question.people(kind, slot, room)?;
            classes.push(Placed {
                kind,
                slot,
                room,
                trainer,
                people,
            });
        }
    }
    classes.sort_by_key(|class| (class.slot, class.room));
    Some(classes)
}

/// Finds the value that is farthest from whole, rooms before trainers where it makes no difference.
fn split(values: &[f64]) -> Option<usize> {
    let mut farthest = None;
    for (at, value) in values.iter().enumerate() {
        let off = (value - value.round()).abs();
        if off > WHOLE && farthest.is_none_or(|(_, most)| off > most + 1e-9) {
            farthest = Some((at, off));
        }
    }
    farthest.map(|(at, _)| at)
}

/// Solves the program where choices may be made in part, but for those that are decided.
fn relaxed(program: &Program, decided: &[(usize, bool)]) -> Result<(f64, Vec<f64>), microlp::Error> {
    let mut bounds = vec![(0.0, 1.0); program.choices.len()];
    for (at, chosen) in decided {
        let value = f64::from(*chosen);
        bounds[*at] = (value, value);
    }
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let worth = program.worth.iter().zip(&bounds);
    let variables: Vec<_> = worth
        .map(|(worth, bounds)| problem.add_var(*worth, *bounds))
        .collect();
    for row in &program.rows {
        let terms: Vec<_> = row
            .terms
            .iter()
            .map(|(at, factor)| (variables[*at], *factor))
            .collect();
        if row.least == row.most {
            problem.add_constraint(&terms, ComparisonOp::Eq, row.most);
            continue;
        }
        problem.add_constraint(&terms, ComparisonOp::Le, row.most);
        if row.least > 0.0 {
            problem.add_constraint(&terms, ComparisonOp::Ge, row.least);
        }
    }
    let solution = problem.solve()?;
    let values = variables
        .iter()
        .map(|variable| solution[*variable].clamp(0.0, 1.0))
        .collect();
    Ok((solution.objective(), values))
}

/// By which share more the bound is worth.
fn gap(worth: f64, bound: f64) -> f64 {
    ((bound - worth) / worth.abs().max(1e-9)).max(0.0)
}

fn enough(worth: f64, bound: f64, share: f64) -> bool {
    bound <= worth + 1e-9 * worth.abs().max(1.0) || gap(worth, bound) <= share
}

fn limited(best: Option<Best>, bound: f64, nodes: u32, share: f64) -> Result<Answer, TimetableError> {
    let Some(best) = best else {
        return Err(TimetableError::NotFound { nodes });
    };
    let proof = match gap(best.worth, bound) {
        gap if best.is_greedy && gap > share => Proof::Greedy(gap),
        gap => Proof::Within(gap),
    };
    Ok(done(best, proof, nodes))
}

fn done(best: Best, proof: Proof, nodes: u32) -> Answer {
    Answer {
        classes: best.classes,
        worth: best.worth,
        proof,
        nodes,
    }
}
