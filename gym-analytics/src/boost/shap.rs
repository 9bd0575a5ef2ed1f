//! Shapley values of one tree: algorithm 2 of Lundberg, Erion and Lee (arXiv:1802.03888), path by path.

use super::tree::{Next, Tree};

/// A feature met on the way: the share of training rows that follow the path when it is unknown, whether the row
/// itself does, and the weight of subsets of this size.
#[derive(Clone, Copy)]
struct Step {
    feature: Option<u32>,
    unknown: f64,
    known: f64,
    weight: f64,
}

/// Adds what each feature adds to the tree's answer, against the tree's mean.
pub(super) fn add(tree: &Tree, values: &[f64], adds: &mut [f64]) {
    let walk = Walk {
        tree,
        values,
        rows: tree.rows(),
    };
    walk.follow(
        Next::Node(0),
        Vec::new(),
        Step {
            feature: None,
            unknown: 1.0,
            known: 1.0,
            weight: 1.0,
        },
        adds,
    );
}

struct Walk<'a> {
    tree: &'a Tree,
    values: &'a [f64],
    rows: Vec<f64>,
}

impl Walk<'_> {
    fn follow(&self, next: Next, mut path: Vec<Step>, step: Step, adds: &mut [f64]) {
        extend(&mut path, step);
        let node = match next {
            Next::Node(at) => &self.tree.nodes[at as usize],
            Next::Leaf(leaf) => {
                let value = self.tree.leaves[leaf as usize].value;
                for (at, step) in path.iter().enumerate().skip(1) {
                    let weight = unwound(&path, at);
                    if let Some(feature) = step.feature {
                        adds[feature as usize] += weight * (step.known - step.unknown) * value;
                    }
                }
                return;
            }
        };
        let hot = node.next(self.values[node.feature as usize]);
        let cold = if hot == node.left { node.right } else { node.left };
        let before = path.iter().position(|step| step.feature == Some(node.feature));
        let (unknown, known) = before.map_or((1.0, 1.0), |at| (path[at].unknown, path[at].known));
        if let Some(at) = before {
            unwind(&mut path, at);
        }
        let all = self.tree.behind(next, &self.rows);
        let share = |next| self.tree.behind(next, &self.rows) / all;
        let step = |next, known| Step {
            feature: Some(node.feature),
            unknown: unknown * share(next),
            known,
            weight: 0.0,
        };
        self.follow(hot, path.clone(), step(hot, known), adds);
        self.follow(cold, path, step(cold, 0.0), adds);
    }
}

fn extend(path: &mut Vec<Step>, step: Step) {
    let length = path.len();
    path.push(Step {
        weight: if length == 0 { 1.0 } else { 0.0 },
        ..step
    });
    let size = (length + 1) as f64;
    for at in (0..length).rev() {
        path[at + 1].weight += step.known * path[at].weight * (at + 1) as f64 / size;
        path[at].weight = step.unknown * path[at].weight * (length - at) as f64 / size;
    }
}

fn unwind(path: &mut Vec<Step>, at: usize) {
    let last = path.len() - 1;
    let (known, unknown, size) = (path[at].known, path[at].unknown, path.len() as f64);
    let mut carried = path[last].weight;
    for place in (0..last).rev() {
        if known != 0.0 {
            let before = path[place].weight;
            path[place].weight = carried * size / ((place + 1) as f64 * known);
            carried = before - path[place].weight * unknown * (last - place) as f64 / size;
        } else {
            path[place].weight = path[place].weight * size / (unknown * (last - place) as f64);
        }
    }
    for place in at..last {
        let Step {
            feature,
            unknown,
            known,
            ..
        } = path[place + 1];
        path[place] = Step {
            feature,
            unknown,
            known,
            weight: path[place].weight,
        };
    }
    path.pop();
}

/// Returns the sum of weights with one step taken out.
fn unwound(path: &[Step], at: usize) -> f64 {
    let last = path.len() - 1;
    let (known, unknown, size) = (path[at].known, path[at].unknown, path.len() as f64);
    let (mut carried, mut total) = (path[last].weight, 0.0);
    for place in (0..last).rev() {
        if known != 0.0 {
            let weight = carried * size / ((place + 1) as f64 * known);
            total += weight;
            carried = path[place].weight - weight * unknown * (last - place) as f64 / size;
        } else {
            total += path[place].weight * size / (unknown * (last - place) as f64);
        }
    }
    total
}
