//! A [`Queue`] gives out a limited number of turns in the order of asking: whoever has just given a turn back
//! does not get it again before those who wait.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Gives out turns.
#[derive(Debug)]
pub(crate) struct Queue(Mutex<State>);

#[derive(Debug)]
struct State {
    free: u32,
    /// Those who wait, each with a number of its own.
    waiting: VecDeque<(u64, Thread)>,
    asked: u64,
}

/// A turn, which passes to the next when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'q>(&'q Queue);

impl Queue {
    pub(crate) fn new(turns: u32) -> Self {
        Self(Mutex::new(State {
            free: turns.max(1),
            waiting: VecDeque::new(),
            asked: 0,
        }))
    }

    /// Waits for a turn, but no longer than patience allows.
    pub(crate) fn wait(&self, patience: Duration) -> Option<Turn<'_>> {
        let since = Instant::now();
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return Some(Turn(self));
        }
        state.asked += 1;
        let own = state.asked;
        state.waiting.push_back((own, std::thread::current()));
        drop(state);
        loop {
            let left = patience.saturating_sub(since.elapsed());
            std::thread::park_timeout(left);
            let mut state = self.state();
            let Some(place) = state.waiting.iter().position(|(number, _)| *number == own) else {
                return Some(Turn(self));
            };
            if since.elapsed() >= patience {
                state.waiting.remove(place);
                return None;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        match state.waiting.pop_front() {
            Some((_, next)) => next.unpark(),
            None => state.free += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn waiting(queue: &Queue) -> usize {
        queue.state().waiting.len()
    }

    #[test]
    fn turns_are_given_in_the_order_of_asking() {
        let queue = Queue::new(1);
        let (said, heard) = channel();
        let first = queue.wait(LONG).unwrap();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (queue, said) = (&queue, said.clone());
                scope.spawn(move || {
                    let _turn = queue.wait(LONG).unwrap();
                    said.send(n).unwrap();
                });
                while waiting(queue) <= n {
                    std::thread::yield_now();
                }
            }
            drop(first);
            // This thread asks last, and gets the turn last.
            let last = queue.wait(LONG).unwrap();
            assert!(heard.try_iter().eq(0..8));
            drop(last);
        });
        assert_eq!(queue.state().free, 1);
    }

    #[test]
    fn who_has_no_patience_goes_without() {
        let queue = Queue::new(2);
        let (one, two) = (queue.wait(LONG).unwrap(), queue.wait(LONG).unwrap());
        assert!(queue.wait(Duration::from_millis(1)).is_none());
        assert_eq!(waiting(&queue), 0);
        drop(one);
        assert!(queue.wait(Duration::ZERO).is_some());
        drop(two);
        assert_eq!(queue.state().free, 2);
    }
}
