//! Many requests at a time: as many as there are cores.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Fewer requests than these are not worth a thread.
const FEW: usize = 8;

/// Answers every request, and returns the answers in the order of the requests.
pub(crate) fn each<Q: Sync, A: Send>(requests: &[Q], answer: impl Fn(&Q) -> A + Sync) -> Vec<A> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if threads < 2 || requests.len() < FEW {
        return requests.iter().map(answer).collect();
    }
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let take = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        requests.get(at).map(|request| (at, request))
    };
    let work = || {
        while let Some((at, request)) = take() {
            let answer = answer(request);
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((at, answer));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_requests() {
        for many in [0, 1, FEW - 1, FEW, 1_000] {
            let requests: Vec<usize> = (0..many).collect();
            assert_eq!(
                each(&requests, |number| number * 2),
                requests.iter().map(|it| it * 2).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn two_are_under_way_at_a_time_where_there_are_two_cores() {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        // Each waits for another: one after the other they would wait for ever.
        let both = Barrier::new(cores.min(2));
        let met = each(&[(); FEW], |()| both.wait().is_leader());
        assert_eq!(met.iter().filter(|leads| **leads).count() * cores.min(2), FEW);
    }
}
