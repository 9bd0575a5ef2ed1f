//! [`Draws`]: integers from a seed, the same on every machine and with every version of this crate's dependencies.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of draws: the key stream of ChaCha8 whose key is the seed, little-endian, followed by zeros.
///
/// Only whole 64-bit words are taken from it and only integers are made of them, so no version of a
/// sampling library and no floating-point unit can change a draw.
#[derive(Debug, Clone)]
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// Starts the stream with a number, of a seed; streams of one seed are independent.
    pub(super) fn of(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        for (place, byte) in key.iter_mut().zip(seed.to_le_bytes()) {
            *place = byte;
        }
        let mut words = ChaCha8Rng::from_seed(key);
        words.set_stream(stream);
        Self(words)
    }

    /// Draws one of `0..n`, or 0 if there is none.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// Draws one of `low..=high`, or `low` if there is none.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).map_or(1, |span| span.saturating_add(1));
        low.saturating_add_unsigned(self.below(span))
    }

    /// Says yes so many times in a thousand.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < u64::from(per_mille)
    }

    /// Draws one of some, if there are any.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let index = self.below(from.len() as u64);
        from.get(usize::try_from(index).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Draws;

    #[test]
    fn a_seed_draws_the_same_for_ever() {
        // Computed apart from this crate: ChaCha8 with key 7, 0, 0, …, block 0, nonce 1.
        let mut draws = Draws::of(7, 1);
        let drawn: Vec<u64> = (0..6).map(|_| draws.below(1_000_000)).collect();
        assert_eq!(drawn, [934_366, 281_621, 963_023, 796_215, 804_509, 544_781]);
        assert_ne!(Draws::of(7, 2).below(1_000_000), 934_366);
        assert_ne!(Draws::of(8, 1).below(1_000_000), 934_366);
    }

    #[test]
    fn a_draw_stays_in_its_range() {
        let mut draws = Draws::of(3, 0);
        assert!((0..1000).all(|_| (-2..=2).contains(&draws.between(-2, 2))));
        assert_eq!(draws.between(5, 4), 5);
        assert_eq!(draws.below(0), 0);
        assert_eq!(draws.pick::<u8>(&[]), None);
        assert!(!draws.chance(0) && draws.chance(1000));
    }
}
