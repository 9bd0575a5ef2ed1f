//! The memory that plugins have in a component: blocks of it never overlap.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use self::memory::Arena;

#[path = "../src/memory.rs"]
mod memory;
#[path = "../../../gym-core/tests/it/support/soak.rs"]
mod soak;

/// What is done: a block is taken, the latest but so many is given back, or resized.
#[derive(Debug, Clone)]
enum Step {
    Take(usize, u32),
    Back(usize),
    Resize(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_usize..300, 0_u32..5).prop_map(|(size, align)| Step::Take(size, align)),
        (0_usize..4).prop_map(Step::Back),
        (0_usize..4, 1_usize..300).prop_map(|(which, size)| Step::Resize(which, size)),
    ]
}

proptest! {
    #![proptest_config(soak::cases(256))]

    #[test]
    fn blocks_are_aligned_and_do_not_overlap(steps in prop::collection::vec(step(), 0..60)) {
        let (mut arena, mut end) = (Arena::new(1_003, 2_000), 2_000);
        let mut blocks: Vec<(usize, usize)> = Vec::new();
        for step in steps {
            // There are 8,000 bytes, and no more.
            let mut more = |bytes: usize| {
                let wanted = end + bytes.next_multiple_of(1_000);
                (wanted <= 8_000).then(|| { end = wanted; end })
            };
            let latest = |which: usize, blocks: &[(usize, usize)]| blocks.len().checked_sub(which + 1);
            match step {
                Step::Take(size, align) => {
                    if let Some(start) = arena.take(size, 1 << align, &mut more) {
                        prop_assert!(start.is_multiple_of(1 << align));
                        blocks.push((start, size));
                    }
                }
                Step::Back(which) => if let Some(at) = latest(which, &blocks) {
                    let (start, size) = blocks.remove(at);
                    arena.back(start, size);
                }
                Step::Resize(which, wanted) => if let Some(at) = latest(which, &blocks)
                    && arena.resize(blocks[at], wanted, &mut more)
                {
                    blocks[at].1 = wanted;
                }
            }
            let mut sorted = blocks.clone();
            sorted.sort_unstable();
            for pair in sorted.windows(2) {
                prop_assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{sorted:?}");
            }
            for (start, size) in sorted {
                prop_assert!(start >= 1_003 && start + size <= end);
            }
        }
    }
}

#[test]
fn the_last_block_grows_where_it_is_and_is_taken_back() {
    let mut arena = Arena::new(8, 64);
    let none = |_| None;
    let first = arena.take(8, 8, none).unwrap();
    let last = arena.take(8, 8, none).unwrap();
    assert!(arena.resize((last, 8), 40, none));
    assert!(!arena.resize((first, 8), 9, none), "another is in its way");
    assert!(!arena.resize((last, 40), 49, none), "there is no more");
    arena.back(first, 8);
    assert_eq!(arena.take(8, 8, none), Some(last + 40));
    arena.back(last + 40, 8);
    arena.back(last, 40);
    let again = arena.take(48, 8, none);
    assert_eq!(again, Some(first), "nothing was out any more");
    assert_eq!(arena.take(usize::MAX, 8, none), None);
}
