//! The memory that plugins have in a component: blocks of it never overlap.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use self::memory::Arena;

#[path = "../src/memory.rs"]
mod memory;
#[path = "../../../gym-core/tests/it/support/soak.rs"]
mod soak;

/// What is done: a block is taken, the latest but so many is given back, or resized, or a call ends, which leaves so many of
/// its blocks to nobody.
#[derive(Debug, Clone)]
enum Step {
    Take(usize, u32),
    Back(usize),
    Resize(usize, usize),
    Part(usize),
}

/// A block that is somebody's.
#[derive(Debug, Clone, Copy)]
struct Block {
    start: usize,
    size: usize,
    /// Whether it was kept at the end of a call.
    kept: bool,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_usize..300, 0_u32..5).prop_map(|(size, align)| Step::Take(size, align)),
        (0_usize..4).prop_map(Step::Back),
        (0_usize..4, 1_usize..300).prop_map(|(which, size)| Step::Resize(which, size)),
        (0_usize..4).prop_map(Step::Part),
    ]
}

proptest! {
    #![proptest_config(soak::cases(256))]

    #[test]
    fn blocks_are_aligned_and_do_not_overlap(steps in prop::collection::vec(step(), 0..60)) {
        let (mut arena, mut end) = (Arena::new(1_003, 2_000), 2_000);
        let mut blocks: Vec<Block> = Vec::new();
        for step in steps {
            // There are 8,000 bytes, and no more.
            let mut more = |bytes: usize| {
                let wanted = end + bytes.next_multiple_of(1_000);
                (wanted <= 8_000).then(|| { end = wanted; end })
            };
            let latest = |which: usize, blocks: &[Block]| blocks.len().checked_sub(which + 1);
            match step {
                Step::Take(size, align) => {
                    if let Some(start) = arena.take(size, 1 << align, &mut more) {
                        prop_assert!(start.is_multiple_of(1 << align));
                        blocks.push(Block { start, size, kept: false });
                    }
                }
                Step::Back(which) => if let Some(at) = latest(which, &blocks) {
                    let block = blocks.remove(at);
                    arena.back(block.start, block.size);
                }
                Step::Resize(which, wanted) => if let Some(at) = latest(which, &blocks)
                    && arena.resize((blocks[at].start, blocks[at].size), wanted, &mut more)
                {
                    blocks[at].size = wanted;
                }
                Step::Part(some) => {
                    let mut left = some;
                    blocks.retain(|block| {
                        let stays = block.kept || left == 0;
                        left -= usize::from(!stays);
                        stays
                    });
                    arena.part(some - left);
                    blocks.iter_mut().for_each(|block| block.kept = true);
                }
            }
            let of_call = blocks.iter().filter(|block| !block.kept).count();
            prop_assert_eq!(arena.blocks(), of_call);
            let mut sorted: Vec<_> = blocks.iter().map(|it| (it.start, it.size)).collect();
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
fn a_call_leaves_its_memory_to_the_next_but_what_is_kept() {
    let mut arena = Arena::new(0, 64);
    let none = |_| None;
    let sent = arena.take(8, 8, none).unwrap();
    arena.part(1);
    assert_eq!(arena.take(8, 8, none), Some(sent), "nothing is kept");
    let kept = arena.take(8, 8, none).unwrap();
    arena.part(1);
    for _ in 0..3 {
        assert_eq!(arena.take(32, 8, none), Some(kept + 8));
        assert!(!arena.resize((kept, 8), 9, none));
        arena.part(1);
    }
    arena.back(kept, 8);
    assert_eq!(
        arena.take(8, 8, none),
        Some(kept + 8),
        "it is not handed out anew"
    );
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
