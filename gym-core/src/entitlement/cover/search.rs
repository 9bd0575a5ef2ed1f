//! A [`Search`] is the way to a slot with room, by moving demands from slot to slot.

use std::collections::VecDeque;

use super::Board;

/// A search for a slot with room, over demands that can move.
pub(super) struct Search {
    pub(super) by: Vec<Option<(usize, usize)>>,
    queue: VecDeque<usize>,
}

impl Search {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            by: vec![None; slots],
            queue: VecDeque::new(),
        }
    }

    /// Notes that a slot is reached by moving a demand there from another slot.
    pub(super) fn reach(&mut self, slot: usize, demand: usize, from: usize) {
        if self.by[slot].is_none() {
            self.by[slot] = Some((demand, from));
            self.queue.push_back(slot);
        }
    }

    pub(super) fn run(
        &mut self,
        board: &Board<'_>,
        settled: usize,
        usable: impl Fn(usize) -> bool,
        room: impl Fn(&Board<'_>, usize) -> bool,
    ) -> Option<usize> {
        while let Some(slot) = self.queue.pop_front() {
            if room(board, slot) {
                return Some(slot);
            }
            for &demand in board.held[slot].iter().filter(|demand| **demand >= settled) {
                for &to in &board.demands[demand].fits {
                    if usable(to) && board.is_open(demand, to) {
                        self.reach(to, demand, slot);
                    }
                }
            }
        }
        None
    }

    /// Moves every demand on the way to a slot one step towards it.
    pub(super) fn apply(&self, board: &mut Board<'_>, end: usize) {
        let mut slot = end;
        while let Some((demand, from)) = self.by.get(slot).copied().flatten() {
            board.place(demand, slot);
            slot = from;
        }
    }
}
