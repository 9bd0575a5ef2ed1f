//! Seeded draws: the same everywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// Streams of one seed are independent of each other.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Returns a number below `bound`; 0 where that is 0. Multiply and shift: off by less than 2⁻³² for bounds of
    /// a 32-bit number.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// Says yes with this chance (to 1 in 65,536) for each place.
    pub(crate) fn coins(&mut self, chance: f64, places: &mut [bool]) {
        let limit = (chance * 65_536.0).round() as u64;
        for four in places.chunks_mut(4) {
            let mut word = self.0.next_u64();
            for place in four {
                *place = word & 0xffff < limit;
                word >>= 16;
            }
        }
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Returns how often each of `n` rows is drawn in `n` draws with replacement.
    pub(crate) fn counts(&mut self, n: usize) -> Vec<u32> {
        let mut counts = vec![0; n];
        for _ in 0..n {
            counts[self.below(n)] += 1;
        }
        counts
    }
}
