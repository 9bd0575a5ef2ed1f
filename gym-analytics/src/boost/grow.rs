//! Growing one tree: the leaf that gains most is split, until there are enough.

use super::bins::{Binned, MISSING};
use super::histogram::{Histogram, Pair, UNIT};
use super::split::{Asked, Candidate, Split};
use super::tree::{Leaf, Next, Node, Tree};
use super::{BoostParams, Direction};
use crate::draw::Draw;
use crate::sample::sigmoid;

pub(super) struct Grower<'a> {
    params: &'a BoostParams,
    binned: &'a Binned,
    monotone: &'a [Option<Direction>],
    pairs: Vec<[i32; 2]>,
    bagged: Vec<bool>,
    /// The rows of the bag, leaf by leaf, rising within each.
    rows: Vec<u32>,
    aside: Vec<u32>,
    spare: Vec<Histogram>,
}

/// A leaf while the tree grows.
struct Open {
    start: usize,
    end: usize,
    total: Pair,
    bounds: (f64, f64),
    histogram: Option<Histogram>,
    best: Option<Split>,
    value: f64,
    /// The node above, and whether this is its left.
    above: Option<(usize, bool)>,
}

/// A tree while it grows: nodes that know their bin.
#[derive(Default)]
struct Sketch {
    nodes: Vec<(Node, u8)>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        params: &'a BoostParams,
        binned: &'a Binned,
        monotone: &'a [Option<Direction>],
    ) -> Self {
        let rows = binned.rows();
        Self {
            params,
            binned,
            monotone,
            pairs: vec![[0, 0]; rows],
            bagged: vec![true; rows],
            rows: Vec::with_capacity(rows),
            aside: Vec::with_capacity(rows),
            spare: Vec::new(),
        }
    }

    /// Finds gradient and curvature of every row.
    pub(super) fn weigh(&mut self, scores: &[f64], outcomes: &[f64], shares: &Option<Vec<f64>>) {
        for (row, (pair, (score, outcome))) in
            self.pairs.iter_mut().zip(scores.iter().zip(outcomes)).enumerate()
        {
            let p = sigmoid(*score);
            let unit = UNIT * shares.as_ref().map_or(1.0, |shares| shares[row]);
            *pair = [((outcome - p) * unit) as i32, (p * (1.0 - p) * unit) as i32];
        }
    }

    /// Grows a tree on rows and features that are drawn, and adds its answers to the scores of all rows.
    pub(super) fn grow(&mut self, draw: &mut Draw, scores: &mut [f64]) -> Tree {
        self.draw_rows(draw);
        let active = self.draw_features(draw);
        let mut sketch = Sketch::default();
        let mut leaves = vec![self.root(&active)];
        while leaves.len() < self.params.leaves as usize {
            let gain = |leaf: &Open| leaf.best.map_or(0.0, |best| best.gain);
            // The first of equal ones, so that nothing depends on how maxima are found.
            let most = leaves.iter().map(gain).fold(0.0, f64::max);
            let Some(at) = leaves
                .iter()
                .position(|leaf| leaf.best.is_some() && gain(leaf) == most)
            else {
                break;
            };
            let Some(split) = leaves[at].best else { break };
            let last = leaves.len() + 1 == self.params.leaves as usize;
            let right = self.split(&mut leaves[at], split, &active, &mut sketch, last);
            leaves.push(right);
        }
        self.spare
            .extend(leaves.iter_mut().filter_map(|leaf| leaf.histogram.take()));
        self.answer(&leaves, &sketch, scores);
        finished(&leaves, sketch, self.params.rate)
    }

    fn draw_rows(&mut self, draw: &mut Draw) {
        if self.params.rows < 1.0 {
            draw.coins(self.params.rows, &mut self.bagged);
        }
        self.rows.clear();
        let rows = self.bagged.iter().enumerate().filter(|(_, bagged)| **bagged);
        self.rows.extend(rows.map(|(row, _)| row as u32));
    }

    fn draw_features(&self, draw: &mut Draw) -> Vec<usize> {
        let mut active: Vec<usize> = (0..self.binned.features).collect();
        let count = (self.params.columns * self.binned.features as f64)
            .round()
            .max(1.0) as usize;
        if count < active.len() {
            draw.shuffle(&mut active);
            active.truncate(count);
            active.sort_unstable();
        }
        active
    }

    fn histogram(&mut self, features: usize) -> Histogram {
        self.spare.pop().unwrap_or_else(|| Histogram::new(features))
    }

    fn root(&mut self, active: &[usize]) -> Open {
        let mut histogram = self.histogram(active.len());
        histogram.fill(self.binned, active, &self.rows, &self.pairs, self.params.threads);
        let mut root = Open {
            start: 0,
            end: self.rows.len(),
            total: histogram.total(),
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
            histogram: Some(histogram),
            best: None,
            value: 0.0,
            above: None,
        };
        self.search(&mut root, active);
        root
    }

    /// Finds a leaf's best split; the first of equal ones.
    fn search(&self, leaf: &mut Open, active: &[usize]) {
        let rows = leaf.end - leaf.start;
        let Some(histogram) = leaf.histogram.as_ref().filter(|_| rows > 1) else {
            return;
        };
        let asked = Asked {
            params: self.params,
            total: leaf.total,
            rows,
            bounds: leaf.bounds,
        };
        for (bins, &feature) in histogram.0.iter().zip(active) {
            let candidate = Candidate {
                feature,
                bins,
                edges: self.binned.edges[feature].len(),
                missing: self.binned.missing[feature],
                direction: self.monotone[feature],
            };
            if let Some(split) = asked.best(&candidate)
                && leaf.best.is_none_or(|best| split.gain > best.gain)
            {
                leaf.best = Some(split);
            }
        }
    }

    /// Makes a node of a leaf, which becomes its left side, and returns the right side. After the last split nobody
    /// asks the new leaves.
    fn split(
        &mut self,
        leaf: &mut Open,
        split: Split,
        active: &[usize],
        sketch: &mut Sketch,
        last: bool,
    ) -> Open {
        let middle = self.partition(leaf.start, leaf.end, split);
        sketch.add(
            leaf.above,
            self.node(split, middle * 2 >= leaf.start + leaf.end),
            split.bin,
        );
        let node = sketch.nodes.len() - 1;
        let (left_bounds, right_bounds) = self.bounds(leaf.bounds, split);
        let mut right = Open {
            start: middle,
            end: leaf.end,
            total: [0, 0],
            bounds: right_bounds,
            histogram: None,
            best: None,
            value: split.right,
            above: Some((node, false)),
        };
        (leaf.end, leaf.bounds, leaf.best, leaf.value) = (middle, left_bounds, None, split.left);
        leaf.above = Some((node, true));
        if !last {
            self.share(leaf, &mut right, active);
            self.search(leaf, active);
            self.search(&mut right, active);
        }
        right
    }

    /// Gives both sides their histogram: the smaller is counted, the larger is the rest.
    fn share(&mut self, left: &mut Open, right: &mut Open, active: &[usize]) {
        let Some(mut rest) = left.histogram.take() else {
            return;
        };
        let left_smaller = left.end - left.start <= right.end - right.start;
        let (small, large) = if left_smaller {
            (left, right)
        } else {
            (right, left)
        };
        let mut counted = self.histogram(active.len());
        counted.fill(
            self.binned,
            active,
            &self.rows[small.start..small.end],
            &self.pairs,
            self.params.threads,
        );
        rest.subtract(&counted);
        (small.total, large.total) = (counted.total(), rest.total());
        (small.histogram, large.histogram) = (Some(counted), Some(rest));
    }

    /// Moves the rows that go left to the front, in order, and returns where the others begin.
    fn partition(&mut self, start: usize, end: usize, split: Split) -> usize {
        self.aside.clear();
        let mut middle = start;
        for at in start..end {
            let row = self.rows[at];
            if goes_left(
                self.binned.code(row, split.feature),
                split.bin,
                split.missing_left,
            ) {
                self.rows[middle] = row;
                middle += 1;
            } else {
                self.aside.push(row);
            }
        }
        self.rows[middle..end].copy_from_slice(&self.aside);
        middle
    }

    fn node(&self, split: Split, left_larger: bool) -> Node {
        let edges = &self.binned.edges[split.feature];
        // What was never missing goes with the larger side.
        let missing_left = if self.binned.missing[split.feature] {
            split.missing_left
        } else {
            left_larger
        };
        Node {
            feature: split.feature as u32,
            threshold: edges.get(usize::from(split.bin)).copied().unwrap_or(f64::MAX),
            missing_left,
            left: Next::Leaf(0),
            right: Next::Leaf(0),
        }
    }

    /// Keeps later splits of both sides on their side of the middle, where the feature may only go one way.
    fn bounds(&self, (low, high): (f64, f64), split: Split) -> ((f64, f64), (f64, f64)) {
        let middle = (split.left + split.right) / 2.0;
        match self.monotone[split.feature] {
            None => ((low, high), (low, high)),
            Some(Direction::Rising) => ((low, middle), (middle, high)),
            Some(Direction::Falling) => ((middle, high), (low, middle)),
        }
    }

    fn answer(&self, leaves: &[Open], sketch: &Sketch, scores: &mut [f64]) {
        if sketch.nodes.is_empty() {
            return;
        }
        for leaf in leaves {
            for &row in &self.rows[leaf.start..leaf.end] {
                scores[row as usize] += leaf.value * self.params.rate;
            }
        }
        let values = sketch.values(leaves);
        for (row, score) in scores
            .iter_mut()
            .enumerate()
            .filter(|(row, _)| !self.bagged[*row])
        {
            let mut at = 0;
            *score += loop {
                let (node, bin) = &sketch.nodes[at];
                let code = self.binned.code(row as u32, node.feature as usize);
                let left = goes_left(code, *bin, node.missing_left);
                match (if left { node.left } else { node.right }, values[at]) {
                    (Next::Node(next), _) => at = next as usize,
                    (Next::Leaf(_), (of_left, of_right)) => {
                        break if left { of_left } else { of_right } * self.params.rate;
                    }
                }
            };
        }
    }
}

fn goes_left(code: u8, bin: u8, missing_left: bool) -> bool {
    if code == MISSING {
        missing_left
    } else {
        code <= bin
    }
}

impl Sketch {
    fn add(&mut self, above: Option<(usize, bool)>, node: Node, bin: u8) {
        let next = Next::Node(self.nodes.len() as u32);
        if let Some((parent, left)) = above {
            let parent = &mut self.nodes[parent].0;
            if left {
                parent.left = next;
            } else {
                parent.right = next;
            }
        }
        self.nodes.push((node, bin));
    }

    /// Returns, by node, the values of the leaves on its left and right; 0 where there is a node.
    fn values(&self, leaves: &[Open]) -> Vec<(f64, f64)> {
        let mut values = vec![(0.0, 0.0); self.nodes.len()];
        for leaf in leaves {
            match leaf.above {
                Some((node, true)) => values[node].0 = leaf.value,
                Some((node, false)) => values[node].1 = leaf.value,
                None => {}
            }
        }
        values
    }
}

/// Numbers leaves from left to right.
fn finished(leaves: &[Open], sketch: Sketch, rate: f64) -> Tree {
    let mut nodes: Vec<Node> = sketch.nodes.into_iter().map(|(node, _)| node).collect();
    let mut ordered = Vec::with_capacity(leaves.len());
    let mut waiting = match nodes.is_empty() {
        true => Vec::new(),
        false => vec![(0, false), (0, true)],
    };
    while let Some((at, left)) = waiting.pop() {
        let next = if left { nodes[at].left } else { nodes[at].right };
        match next {
            Next::Node(node) => waiting.extend([(node as usize, false), (node as usize, true)]),
            Next::Leaf(_) => {
                let own = leaves.iter().find(|leaf| leaf.above == Some((at, left)));
                let number = Next::Leaf(ordered.len() as u32);
                ordered.extend(own.map(|leaf| Leaf {
                    value: leaf.value * rate,
                    rows: (leaf.end - leaf.start) as f64,
                }));
                if left {
                    nodes[at].left = number;
                } else {
                    nodes[at].right = number;
                }
            }
        }
    }
    if nodes.is_empty() {
        ordered.extend(leaves.iter().map(|leaf| Leaf {
            value: 0.0,
            rows: (leaf.end - leaf.start) as f64,
        }));
    }
    Tree {
        nodes,
        leaves: ordered,
    }
}
