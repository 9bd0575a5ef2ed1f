//! One tree: nodes that ask, leaves that answer.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What comes after a node: another, behind it, or a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Next {
    Node(u32),
    Leaf(u32),
}

/// Is the feature at most the threshold? Then left, else right; what is missing goes as told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) feature: u32,
    pub(super) threshold: f64,
    pub(super) missing_left: bool,
    pub(super) left: Next,
    pub(super) right: Next,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Leaf {
    pub(super) value: f64,
    /// How many training rows came here.
    pub(super) rows: f64,
}

/// Nodes from the root on, each before those after it; leaves from left to right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) leaves: Vec<Leaf>,
}

/// Why a stored tree is none.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BadTree {
    /// One leaf more than nodes is needed.
    #[error("it has {nodes} nodes and {leaves} leaves, expected 1 to 255 nodes and one leaf more")]
    Size {
        /// Nodes there are.
        nodes: usize,
        /// Leaves there are.
        leaves: usize,
    },
    /// A node that points backwards, outside, or where another does.
    #[error("node {node} does not lead to a later node or leaf of its own")]
    Link {
        /// Which node, from 0.
        node: usize,
    },
    /// A number that is not finite, or a feature that is not there.
    #[error("node or leaf {at} has a number out of its range")]
    Number {
        /// Which one, from 0.
        at: usize,
    },
}

impl Tree {
    pub(super) fn leaves(&self) -> usize {
        self.leaves.len()
    }

    /// Checks that every walk from the root ends in a leaf, and that leaves stand from left to right.
    pub(super) fn check(&self, features: usize) -> Result<(), BadTree> {
        let (nodes, leaves) = (self.nodes.len(), self.leaves.len());
        if !(1..=255).contains(&nodes) || leaves != nodes + 1 {
            return Err(BadTree::Size { nodes, leaves });
        }
        let wrong = |node: &Node| !node.threshold.is_finite() || node.feature as usize >= features;
        let empty = |leaf: &Leaf| !(leaf.value.is_finite() && leaf.rows.is_finite() && leaf.rows > 0.0);
        let node = self.nodes.iter().position(wrong);
        if let Some(at) = node.or_else(|| self.leaves.iter().position(empty)) {
            return Err(BadTree::Number { at });
        }
        let mut seen = vec![false; nodes];
        let (mut waiting, mut next_leaf) = (vec![(0, Next::Node(0))], 0);
        while let Some((from, next)) = waiting.pop() {
            match next {
                Next::Leaf(leaf) if leaf as usize == next_leaf => next_leaf += 1,
                Next::Leaf(_) => return Err(BadTree::Link { node: from }),
                Next::Node(node) => {
                    let at = node as usize;
                    if at >= nodes || seen[at] || (at <= from && at != 0) {
                        return Err(BadTree::Link { node: from });
                    }
                    seen[at] = true;
                    waiting.extend([(at, self.nodes[at].right), (at, self.nodes[at].left)]);
                }
            }
        }
        match next_leaf == leaves {
            true => Ok(()),
            false => Err(BadTree::Link { node: 0 }),
        }
    }

    /// Returns the leaf of a row: its feature's values, by position.
    pub(super) fn leaf(&self, value: impl Fn(usize) -> f64) -> usize {
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            match node.next(value(node.feature as usize)) {
                Next::Leaf(leaf) => return leaf as usize,
                Next::Node(next) => at = next as usize,
            }
        }
    }

    /// Returns the training rows behind every node.
    pub(super) fn rows(&self) -> Vec<f64> {
        let mut rows = vec![0.0; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            rows[at] = [node.left, node.right]
                .into_iter()
                .map(|next| self.behind(next, &rows))
                .sum();
        }
        rows
    }

    pub(super) fn behind(&self, next: Next, rows: &[f64]) -> f64 {
        match next {
            Next::Leaf(leaf) => self.leaves[leaf as usize].rows,
            Next::Node(node) => rows[node as usize],
        }
    }

    /// Returns the mean of the leaves over the training rows.
    pub(super) fn mean(&self) -> f64 {
        let rows: f64 = self.leaves.iter().map(|leaf| leaf.rows).sum();
        self.leaves.iter().map(|leaf| leaf.rows * leaf.value).sum::<f64>() / rows
    }
}

impl Node {
    pub(super) fn next(&self, value: f64) -> Next {
        let left = if value.is_nan() {
            self.missing_left
        } else {
            value <= self.threshold
        };
        if left { self.left } else { self.right }
    }
}
