//! Scoring many rows fast: values become bytes once, and each tree is asked of a block of rows at a time, all its
//! questions without branches (after QuickScorer, Lucchese et al. 2015, doi:10.1145/2766462.2767733).

use super::bins::{MISSING, Search, refuse_infinite};
use super::tree::{Next, Tree};
use crate::columns::{Columns, DataError};

/// Rows that are scored together: their bytes and scores stay in the nearest cache while all trees are asked.
const BLOCK: usize = 1_024;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scorer {
    /// Thresholds of each feature that some tree asks for.
    features: Vec<(usize, Search)>,
    plans: Vec<Plan>,
}

#[derive(Debug, Clone, PartialEq)]
enum Plan {
    /// Up to eight leaves: a bit each.
    Byte { asks: Vec<Ask<u8>>, leaves: [f64; 8] },
    /// Up to 64 leaves.
    Word { asks: Vec<Ask<u64>>, leaves: Vec<f64> },
    /// More: the tree is walked, and its values are read again.
    Walk,
}

/// A node's question. A byte of `first` to `first + count` (less one) goes right, which leaves the bits of `kept`.
#[derive(Debug, Clone, PartialEq)]
struct Ask<M> {
    place: usize,
    first: u8,
    count: u8,
    kept: M,
}

impl Scorer {
    pub(super) fn of(features: usize, trees: &[Tree]) -> Self {
        let mut thresholds = vec![Vec::new(); features];
        for node in trees.iter().flat_map(|tree| &tree.nodes) {
            thresholds[node.feature as usize].push(node.threshold);
        }
        let mut used = Vec::new();
        let mut searched = Vec::new();
        for (feature, mut own) in thresholds
            .into_iter()
            .enumerate()
            .filter(|(_, own)| !own.is_empty())
        {
            own.sort_unstable_by(f64::total_cmp);
            own.dedup();
            used.push((feature, Search::new(&own)));
            searched.push((feature, own));
        }
        // A fitted model never has more thresholds than bins, a stored one might.
        let fits = searched
            .iter()
            .all(|(_, own)| own.len() < usize::from(MISSING) + 1);
        let plan = |tree: &Tree| match tree.leaves() {
            _ if !fits => Plan::Walk,
            0..=8 => {
                let mut leaves = [0.0; 8];
                leaves
                    .iter_mut()
                    .zip(&tree.leaves)
                    .for_each(|(value, leaf)| *value = leaf.value);
                Plan::Byte {
                    asks: asks(tree, &searched, |kept| kept as u8),
                    leaves,
                }
            }
            9..=64 => {
                let leaves = tree.leaves.iter().map(|leaf| leaf.value).collect();
                Plan::Word {
                    asks: asks(tree, &searched, |kept| kept),
                    leaves,
                }
            }
            _ => Plan::Walk,
        };
        let plans = trees.iter().map(plan).collect();
        Self {
            features: used,
            plans,
        }
    }

    /// Adds all trees' answers to the scores.
    pub(super) fn add(
        &self,
        trees: &[Tree],
        columns: &Columns<'_>,
        scores: &mut [f64],
    ) -> Result<(), DataError> {
        for feature in 0..columns.features().names().len() {
            refuse_infinite(columns, feature)?;
        }
        let mut codes = vec![[0u8; BLOCK]; self.features.len()];
        let mut values = [0.0; BLOCK];
        for (block, scores) in scores.chunks_mut(BLOCK).enumerate() {
            let start = block * BLOCK;
            for ((feature, search), codes) in self.features.iter().zip(&mut codes) {
                let values = &mut values[..scores.len()];
                columns.column(*feature).read(start, values);
                for (code, value) in codes.iter_mut().zip(values) {
                    *code = search.code(*value);
                }
            }
            for (plan, tree) in self.plans.iter().zip(trees) {
                match plan {
                    Plan::Byte { asks, leaves } => add_byte(asks, leaves, &codes, scores),
                    Plan::Word { asks, leaves } => add_word(asks, leaves, &codes, scores),
                    Plan::Walk => {
                        for (row, score) in scores.iter_mut().enumerate() {
                            let leaf = tree.leaf(|feature| columns.column(feature).at(start + row));
                            *score += tree.leaves[leaf].value;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn add_byte(asks: &[Ask<u8>], leaves: &[f64; 8], codes: &[[u8; BLOCK]], scores: &mut [f64]) {
    let mut open = [u8::MAX; BLOCK];
    for ask in asks {
        // Without a branch, so that many rows are answered at once.
        let (first, count, kept) = (ask.first, ask.count, ask.kept);
        for (open, code) in open.iter_mut().zip(&codes[ask.place]) {
            let right = u8::from(code.wrapping_sub(first) < count);
            *open &= kept | right.wrapping_sub(1);
        }
    }
    for (score, open) in scores.iter_mut().zip(open) {
        *score += leaves[open.trailing_zeros() as usize & 7];
    }
}

fn add_word(asks: &[Ask<u64>], leaves: &[f64], codes: &[[u8; BLOCK]], scores: &mut [f64]) {
    let mut open = [u64::MAX; BLOCK];
    for ask in asks {
        // Without a branch, so that many rows are answered at once.
        let (first, count, kept) = (ask.first, ask.count, ask.kept);
        for (open, code) in open.iter_mut().zip(&codes[ask.place]) {
            let right = u64::from(code.wrapping_sub(first) < count);
            *open &= kept | right.wrapping_sub(1);
        }
    }
    for (score, open) in scores.iter_mut().zip(open) {
        *score += leaves.get(open.trailing_zeros() as usize).copied().unwrap_or(0.0);
    }
}

/// Returns a tree's questions: the leaf is the first bit that all of them keep.
fn asks<M>(tree: &Tree, searched: &[(usize, Vec<f64>)], narrow: impl Fn(u64) -> M) -> Vec<Ask<M>> {
    // Leaves behind a node, from and to, since they stand from left to right.
    let mut spans = vec![(0, 0); tree.nodes.len()];
    let span = |next: Next, spans: &[(u32, u32)]| match next {
        Next::Leaf(leaf) => (leaf, leaf + 1),
        Next::Node(node) => spans[node as usize],
    };
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        spans[at] = (span(node.left, &spans).0, span(node.right, &spans).1);
    }
    let ask = |node: &super::tree::Node| {
        let place = searched
            .iter()
            .position(|(feature, _)| *feature == node.feature as usize)?;
        let bin = searched[place]
            .1
            .partition_point(|threshold| *threshold < node.threshold);
        let (from, to) = span(node.left, &spans);
        let left_bits = (u64::MAX >> (64 - (to - from))) << from;
        let first = bin as u8 + 1;
        let count = MISSING - first + u8::from(!node.missing_left);
        Some(Ask {
            place,
            first,
            count,
            kept: narrow(!left_bits),
        })
    };
    tree.nodes.iter().filter_map(ask).collect()
}
