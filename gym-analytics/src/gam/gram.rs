//! One pass over the rows: loss, gradient and curvature at given coefficients, by blocks that know which basis
//! functions are zero. Rows are summed in fixed chunks, so that the sums do not depend on threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::columns::BLOCK;
use crate::design::{Design, Term};
use crate::sample::{Family, Sample};
use crate::spline::{ACTIVE, Spline};

/// Rows that one partial sum covers.
const CHUNK: usize = 16_384;

/// Where the terms' columns stand in a pass: lines first, then every spline's whole basis.
pub(super) struct Layout<'a> {
    lines: Vec<Line>,
    curves: Vec<(usize, usize, &'a Spline)>,
    /// For every coefficient of the design: its place in the pass, its mean and its deviation.
    pub(super) places: Vec<Place>,
    pub(super) width: usize,
}

struct Line {
    position: usize,
    mean: f64,
    scale: f64,
}

/// Lines are standardised while they are read (mean 0, deviation 1 here), basis functions after the sums.
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) mean: f64,
    /// 0 for a column that does not vary.
    pub(super) sd: f64,
}

impl<'a> Layout<'a> {
    pub(super) fn new(design: &'a Design) -> Self {
        let count = design
            .terms()
            .iter()
            .filter(|term| matches!(term, Term::Linear { .. }))
            .count();
        let (mut lines, mut curves, mut places, mut width) = (vec![], vec![], vec![], count);
        for (position, term) in design.terms().iter().enumerate() {
            match term {
                Term::Linear { mean, sd } => {
                    let scale = if *sd > 0.0 { 1.0 / sd } else { 0.0 };
                    places.push(Place {
                        at: lines.len(),
                        mean: 0.0,
                        sd: if *sd > 0.0 { 1.0 } else { 0.0 },
                    });
                    lines.push(Line {
                        position,
                        mean: *mean,
                        scale,
                    });
                }
                Term::Spline { spline, means, sds } => {
                    let columns = means.iter().zip(sds).enumerate();
                    places.extend(columns.map(|(at, (&mean, &sd))| Place {
                        at: width + at,
                        mean,
                        sd,
                    }));
                    curves.push((position, width, spline));
                    width += spline.len();
                }
            }
        }
        Self {
            lines,
            curves,
            places,
            width,
        }
    }
}

/// What a pass sums: `v` is a row's curvature, `r` its residual, `b` its columns.
#[derive(Clone)]
pub(super) struct Sums {
    pub(super) loss: f64,
    pub(super) v: f64,
    pub(super) r: f64,
    pub(super) vb: Vec<f64>,
    pub(super) rb: Vec<f64>,
    /// The upper half of Σ v b bᵀ, row by row.
    pub(super) vbb: Vec<f64>,
}

impl Sums {
    fn new(width: usize) -> Self {
        let (vb, rb, vbb) = (vec![0.0; width], vec![0.0; width], vec![0.0; width * width]);
        Self {
            loss: 0.0,
            v: 0.0,
            r: 0.0,
            vb,
            rb,
            vbb,
        }
    }

    fn add(&mut self, other: &Self) {
        self.loss += other.loss;
        self.v += other.v;
        self.r += other.r;
        let pairs = [
            (&mut self.vb, &other.vb),
            (&mut self.rb, &other.rb),
            (&mut self.vbb, &other.vbb),
        ];
        for (sums, others) in pairs {
            sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        }
    }
}

/// Sums over all rows at `intercept` and `factors` (one per place of the layout).
pub(super) fn pass(
    layout: &Layout<'_>,
    sample: &Sample<'_>,
    family: Family,
    (intercept, factors): (f64, &[f64]),
    threads: usize,
) -> Sums {
    let rows = sample.columns.rows();
    let chunks = rows.div_ceil(CHUNK);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        let mut block = Block::new(layout);
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= chunks {
                return done;
            }
            let mut sums = Sums::new(layout.width);
            let end = rows.min((chunk + 1) * CHUNK);
            for start in (chunk * CHUNK..end).step_by(BLOCK) {
                block.read(layout, sample, start, BLOCK.min(end - start));
                block.weigh(layout, sample, family, (intercept, factors), &mut sums);
                block.add_lines(layout, &mut sums);
                block.add_curves(layout, &mut sums);
            }
            done.push((chunk, sums));
        }
    };
    let mut parts = match threads.min(chunks) {
        0 | 1 => work(),
        threads => std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut parts = work();
            for thread in others {
                match thread.join() {
                    Ok(done) => parts.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parts
        }),
    };
    parts.sort_unstable_by_key(|(chunk, _)| *chunk);
    let mut total = Sums::new(layout.width);
    parts.iter().for_each(|(_, sums)| total.add(sums));
    total
}

/// What is known of up to [`BLOCK`] rows.
struct Block {
    start: usize,
    rows: usize,
    values: [f64; BLOCK],
    v: [f64; BLOCK],
    r: [f64; BLOCK],
    /// Standardised lines, row by row.
    z: Vec<f64>,
    /// For each curve and row: the place of the first active basis function, the four, and the four times `v`.
    at: Vec<usize>,
    basis: Vec<[f64; ACTIVE]>,
    weighted: Vec<[f64; ACTIVE]>,
}

impl Block {
    fn new(layout: &Layout<'_>) -> Self {
        let curves = layout.curves.len() * BLOCK;
        Self {
            start: 0,
            rows: 0,
            values: [0.0; BLOCK],
            v: [0.0; BLOCK],
            r: [0.0; BLOCK],
            z: vec![0.0; layout.lines.len() * BLOCK],
            at: vec![0; curves],
            basis: vec![[0.0; ACTIVE]; curves],
            weighted: vec![[0.0; ACTIVE]; curves],
        }
    }

    fn read(&mut self, layout: &Layout<'_>, sample: &Sample<'_>, start: usize, rows: usize) {
        (self.start, self.rows) = (start, rows);
        let width = layout.lines.len();
        for (index, line) in layout.lines.iter().enumerate() {
            sample
                .columns
                .column(line.position)
                .read(start, &mut self.values[..rows]);
            for (row, value) in self.values[..rows].iter().enumerate() {
                self.z[row * width + index] = (value - line.mean) * line.scale;
            }
        }
        for (index, (position, offset, spline)) in layout.curves.iter().enumerate() {
            sample
                .columns
                .column(*position)
                .read(start, &mut self.values[..rows]);
            for (row, &value) in self.values[..rows].iter().enumerate() {
                let (first, active) = spline.active(value);
                self.at[index * BLOCK + row] = offset + first;
                self.basis[index * BLOCK + row] = active;
            }
        }
    }

    /// Finds each row's residual and curvature, and their plain sums.
    fn weigh(
        &mut self,
        layout: &Layout<'_>,
        sample: &Sample<'_>,
        family: Family,
        (intercept, factors): (f64, &[f64]),
        sums: &mut Sums,
    ) {
        let width = layout.lines.len();
        for row in 0..self.rows {
            let mut eta = intercept + sample.offset.map_or(0.0, |offset| offset[self.start + row]);
            let z = &self.z[row * width..(row + 1) * width];
            eta += z.iter().zip(factors).map(|(z, factor)| z * factor).sum::<f64>();
            for index in 0..layout.curves.len() {
                let place = index * BLOCK + row;
                let at = self.at[place];
                let own = &factors[at..at + ACTIVE];
                eta += self.basis[place]
                    .iter()
                    .zip(own)
                    .map(|(basis, factor)| basis * factor)
                    .sum::<f64>();
            }
            let weight = sample.weight(self.start + row);
            let (loss, mean, curvature) = at_eta(family, eta, sample.outcomes[self.start + row]);
            let (v, r) = (
                weight * curvature,
                weight * (sample.outcomes[self.start + row] - mean),
            );
            (self.v[row], self.r[row]) = (v, r);
            sums.loss += weight * loss;
            sums.v += v;
            sums.r += r;
        }
    }

    fn add_lines(&mut self, layout: &Layout<'_>, sums: &mut Sums) {
        let width = layout.lines.len();
        if width == 0 {
            return;
        }
        for row in 0..self.rows {
            for (at, z) in self.z[row * width..(row + 1) * width].iter().enumerate() {
                sums.vb[at] += self.v[row] * z;
                sums.rb[at] += self.r[row] * z;
            }
        }
        // Four rows at a time: one load and store of a sum serves four products.
        let (z, v) = (&mut self.z, &mut self.v);
        let padded = self.rows.next_multiple_of(4);
        z[self.rows * width..padded * width].fill(0.0);
        v[self.rows..padded].fill(0.0);
        for (four, v) in z[..padded * width].chunks_exact(4 * width).zip(v.chunks_exact(4)) {
            let (a, rest) = four.split_at(width);
            let (b, rest) = rest.split_at(width);
            let (c, d) = rest.split_at(width);
            for i in 0..width {
                let (va, vb, vc, vd) = (v[0] * a[i], v[1] * b[i], v[2] * c[i], v[3] * d[i]);
                let sums = &mut sums.vbb[i * layout.width + i..i * layout.width + width];
                let columns = a[i..].iter().zip(&b[i..]).zip(&c[i..]).zip(&d[i..]);
                for (sum, (((a, b), c), d)) in sums.iter_mut().zip(columns) {
                    *sum += (va * a + vb * b) + (vc * c + vd * d);
                }
            }
        }
    }

    fn add_curves(&mut self, layout: &Layout<'_>, sums: &mut Sums) {
        let (width, lines) = (layout.width, layout.lines.len());
        for index in 0..layout.curves.len() {
            for row in 0..self.rows {
                let place = index * BLOCK + row;
                let (at, basis) = (self.at[place], self.basis[place]);
                let weighted = basis.map(|basis| basis * self.v[row]);
                add(&mut sums.vb, at, &weighted);
                add(&mut sums.rb, at, &basis.map(|basis| basis * self.r[row]));
                for (line, z) in self.z[row * lines..(row + 1) * lines].iter().enumerate() {
                    add(
                        &mut sums.vbb,
                        line * width + at,
                        &weighted.map(|weighted| weighted * z),
                    );
                }
                self.weighted[place] = weighted;
            }
        }
        for first in 0..layout.curves.len() {
            for second in first..layout.curves.len() {
                for row in 0..self.rows {
                    let (a, b) = (first * BLOCK + row, second * BLOCK + row);
                    let (top, left, basis) = (self.at[a], self.at[b], self.basis[b]);
                    for (i, weighted) in self.weighted[a].into_iter().enumerate() {
                        add(
                            &mut sums.vbb,
                            (top + i) * width + left,
                            &basis.map(|basis| basis * weighted),
                        );
                    }
                }
            }
        }
    }
}

fn add(sums: &mut [f64], at: usize, four: &[f64; ACTIVE]) {
    for (sum, value) in sums[at..at + ACTIVE].iter_mut().zip(four) {
        *sum += value;
    }
}

/// Returns loss, mean and curvature of one row.
fn at_eta(family: Family, eta: f64, outcome: f64) -> (f64, f64, f64) {
    match family {
        Family::Logistic => {
            let e = (-eta.abs()).exp();
            let larger = 1.0 / (1.0 + e);
            let mean = if eta >= 0.0 { larger } else { e * larger };
            (
                eta.max(0.0) - outcome * eta + e.ln_1p(),
                mean,
                e * larger * larger,
            )
        }
        Family::Poisson => {
            let mean = eta.min(700.0).exp();
            (mean - outcome * eta, mean, mean)
        }
    }
}
