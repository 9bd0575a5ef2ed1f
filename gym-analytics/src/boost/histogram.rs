//! Sums of gradient and curvature by bin. They are whole numbers, so that they do not depend on the order of rows,
//! and a part and the rest always make the whole.

use super::bins::Binned;

/// Gradient and curvature of a row, or of many: multiples of 2⁻³⁰.
pub(super) type Pair = [i64; 2];
pub(super) const UNIT: f64 = 1_073_741_824.0;
/// Rows from which on threads are worth their start.
const MANY: usize = 32_768;

/// One sum per bin, for each feature that the tree sees.
#[derive(Clone)]
pub(super) struct Histogram(pub(super) Vec<[Pair; 256]>);

impl Histogram {
    pub(super) fn new(features: usize) -> Self {
        Self(vec![[[0, 0]; 256]; features])
    }

    /// Sums over rows.
    pub(super) fn fill(
        &mut self,
        binned: &Binned,
        active: &[usize],
        rows: &[u32],
        pairs: &[[i32; 2]],
        threads: usize,
    ) {
        self.0.iter_mut().for_each(|bins| bins.fill([0, 0]));
        let parts = threads.min(rows.len() / MANY).max(1);
        if parts == 1 {
            return self.add_rows(binned, active, rows, pairs);
        }
        let size = rows.len().div_ceil(parts);
        let (own, others) = rows.split_at(size);
        std::thread::scope(|scope| {
            let work = |rows| {
                let mut part = Self::new(active.len());
                part.add_rows(binned, active, rows, pairs);
                part
            };
            let handles: Vec<_> = others
                .chunks(size)
                .map(|rows| scope.spawn(move || work(rows)))
                .collect();
            self.add_rows(binned, active, own, pairs);
            for handle in handles {
                match handle.join() {
                    Ok(part) => self.merge(&part, |sum, other| sum + other),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
    }

    fn add_rows(&mut self, binned: &Binned, active: &[usize], rows: &[u32], pairs: &[[i32; 2]]) {
        let width = binned.features;
        for &row in rows {
            let [g, h] = pairs[row as usize];
            let codes = &binned.codes[row as usize * width..][..width];
            for (bins, &feature) in self.0.iter_mut().zip(active) {
                let bin = &mut bins[usize::from(codes[feature])];
                bin[0] += i64::from(g);
                bin[1] += i64::from(h);
            }
        }
    }

    /// Takes a part away: what is left is the sum over the other rows.
    pub(super) fn subtract(&mut self, part: &Self) {
        self.merge(part, |sum, other| sum - other);
    }

    fn merge(&mut self, other: &Self, with: impl Fn(i64, i64) -> i64) {
        for (bins, others) in self.0.iter_mut().zip(&other.0) {
            for (bin, other) in bins.iter_mut().zip(others) {
                *bin = [with(bin[0], other[0]), with(bin[1], other[1])];
            }
        }
    }

    /// Returns the sum over all rows.
    pub(super) fn total(&self) -> Pair {
        let bins = self.0.first().map_or([].as_slice(), |bins| bins.as_slice());
        bins.iter()
            .fold([0, 0], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]])
    }
}
