//! Every overlap of a timetable, in O(n log n + k) for n [`Block`]s and k [`Conflict`]s.
//!
//! A block is a claim made small: 24 bytes, so that a million fit in a cache-friendly array. Sorted
//! by resource and start, the blocks are swept once. Those still running are kept in a list; each new
//! block drops the ones that have ended and conflicts with all that remain, so every visit of the
//! list either ends a block or finds a conflict.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use gym_core::id::RoomId;
//! use gym_core::schedule::claim::Resource;
//! use gym_core::schedule::conflict::{Block, Conflict, Timetable, conflicts};
//! use gym_core::time::Period;
//!
//! let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
//! let room = Resource::Room(RoomId::new(4)?);
//! let yoga = Block::new(room, Period::lasting(at("2026-03-02T09:00:00Z"), 60));
//! let spin = Block::new(room, Period::lasting(at("2026-03-02T09:30:00Z"), 60));
//! let pump = Block::new(room, Period::lasting(at("2026-03-02T10:30:00Z"), 60)); // touches spin
//! assert_eq!(conflicts(&[pump, yoga, spin]), [Conflict { earlier: 1, later: 2 }]);
//!
//! let booked = Timetable::new(vec![yoga, pump]);
//! assert_eq!(booked.first_conflict(&spin), Some(&yoga));
//! # Ok::<(), gym_core::id::InvalidId>(())
//! ```

use std::ops::ControlFlow;

use crate::schedule::claim::{Claim, Resource};
use crate::time::Period;

/// The time that one resource is taken, in 24 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    resource: u64,
    start: i64,
    end: i64,
}

impl Block {
    /// Makes the block of a resource and a time. Ids are told apart up to 2⁶¹ in size.
    pub const fn new(resource: Resource, period: Period) -> Self {
        let kind: u64 = match resource {
            Resource::Trainer(_) => 0,
            Resource::Room(_) => 1,
            Resource::Unit(_) => 2,
            Resource::Member(_) => 3,
        };
        Self {
            // Two bits for the kind; the rest keeps the id and its sign.
            resource: (kind << 62) | (resource.raw() as u64 & (u64::MAX >> 2)),
            start: period.start().timestamp_micros(),
            end: period.end().timestamp_micros(),
        }
    }

    /// Whether the two take one resource at one time; touching is not overlap.
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.resource == other.resource && self.start < other.end && other.start < self.end
    }
}

impl From<&Claim> for Block {
    /// Makes the block of the occupied time, buffers included.
    fn from(claim: &Claim) -> Self {
        Self::new(claim.resource, claim.occupied())
    }
}

/// Two blocks that overlap, as positions in the slice that was searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conflict {
    /// The one that starts first; of equal starts, that which ends first, then the lower position.
    pub earlier: usize,
    /// The other one.
    pub later: usize,
}

/// Returns every pair of overlapping blocks exactly once, in the order of [`visit_conflicts`].
pub fn conflicts(blocks: &[Block]) -> Vec<Conflict> {
    let mut found = Vec::new();
    let _: ControlFlow<()> = visit_conflicts(blocks, |conflict| {
        found.push(conflict);
        ControlFlow::Continue(())
    });
    found
}

/// Visits every pair of overlapping blocks exactly once, until `visit` breaks.
///
/// The order is by resource (trainers, rooms, units, members; then id), the start of the later block,
/// and the start of the earlier; it depends on nothing but the blocks. Time O(n log n + k), memory 32
/// bytes per block beside what `visit` keeps, so that a timetable with too many conflicts to hold can
/// still be counted or cut short.
pub fn visit_conflicts<B>(
    blocks: &[Block],
    mut visit: impl FnMut(Conflict) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut sorted: Vec<(Block, usize)> = blocks.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    let mut running: Vec<(Block, usize)> = Vec::new();
    for (block, later) in sorted {
        if running
            .last()
            .is_some_and(|(last, _)| last.resource != block.resource)
        {
            running.clear();
        }
        running.retain(|(other, _)| block.start < other.end);
        for (_, earlier) in &running {
            visit(Conflict {
                earlier: *earlier,
                later,
            })?;
        }
        running.push((block, later));
    }
    ControlFlow::Continue(())
}

/// Blocks in order, ready to be asked what a new one would run into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timetable {
    blocks: Vec<Block>,
    /// For each block, the latest end of all blocks of its resource up to it.
    reach: Vec<i64>,
}

impl Timetable {
    /// Sorts the blocks; they may overlap each other.
    pub fn new(mut blocks: Vec<Block>) -> Self {
        blocks.sort_unstable();
        let mut reach: Vec<i64> = Vec::with_capacity(blocks.len());
        for (i, block) in blocks.iter().enumerate() {
            let before = match i.checked_sub(1) {
                Some(last) if blocks[last].resource == block.resource => reach[last],
                _ => block.end,
            };
            reach.push(before.max(block.end));
        }
        Self { blocks, reach }
    }

    /// Returns the blocks, by resource, start and end.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns the first block, by start, that overlaps `new`, in O(log n).
    pub fn first_conflict(&self, new: &Block) -> Option<&Block> {
        let first = self.blocks.partition_point(|b| b.resource < new.resource);
        let beyond = self
            .blocks
            .partition_point(|b| (b.resource, b.start) < (new.resource, new.end));
        // The reach only grows within a resource, and the block that first raises it above the start overlaps.
        let at = first + self.reach[first..beyond].partition_point(|reach| *reach <= new.start);
        self.blocks[..beyond].get(at)
    }
}
