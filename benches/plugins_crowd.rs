//! Prices through eight plugins, asked by as many threads as there are cores, and by 32; and how far beyond its time a
//! call that does not end is stopped.

#[path = "plugins/scene.rs"]
mod scene;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gym_core::billing::pricing::{Pricing, Request};
use gym_plugins::{Grants, Home, Limits, Plugins, Terms};

use self::scene::{Failed, request, sample};

const ROUNDS: usize = 4_000;

fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let home = Home::open(folder.path().join("home"))?;
    let pricings = eight(&home)?;
    let request = request()?;
    let cores = std::thread::available_parallelism()?.get();
    crowd(&pricings, &request, 1);
    for threads in [1, cores, 32] {
        let (times, failed) = crowd(&pricings, &request, threads);
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        println!(
            "{threads} threads, {} quotes through {} plugins: median {:?}, 99 % within {:?} ({:.1} × the median), {failed} without an answer",
            times.len(),
            pricings.len(),
            at(50),
            at(99),
            at(99).as_secs_f64() / at(50).as_secs_f64(),
        );
    }
    overshoot(home)
}

/// Loads each of four samples twice: what is loaded apart has instances apart.
fn eight(home: &Home) -> Result<Vec<Arc<dyn Pricing>>, Failed> {
    let mut pricings = Vec::new();
    for _ in 0..2 {
        let files = ["dynamic-packs", "off-peak", "old-percent", "student-discount"].map(sample);
        let grants = Grants {
            home: Some(home.clone()),
            ..Grants::development()
        };
        let plugins = Plugins::load(files.to_vec(), &grants, Limits::default())?;
        pricings.extend(plugins.pricings());
    }
    assert_eq!(pricings.len(), 8);
    Ok(pricings)
}

/// Lets so many threads ask all plugins, and returns the time of each round, sorted, and how often there was no answer.
fn crowd(pricings: &[Arc<dyn Pricing>], request: &Request, threads: usize) -> (Vec<Duration>, usize) {
    let asks = || {
        let (mut times, mut failed) = (Vec::with_capacity(ROUNDS), 0);
        for _ in 0..ROUNDS / threads.min(4) {
            let from = Instant::now();
            failed += pricings
                .iter()
                .filter(|it| it.propose(request).proposed.is_err())
                .count();
            times.push(from.elapsed());
        }
        (times, failed)
    };
    let (mut times, mut failed) = (Vec::new(), 0);
    std::thread::scope(|scope| {
        let askers: Vec<_> = (0..threads).map(|_| scope.spawn(asks)).collect();
        for (its, without) in askers.into_iter().flat_map(|asker| asker.join()) {
            times.extend(its);
            failed += without;
        }
    });
    times.sort_unstable();
    (times, failed)
}

/// Asks a plugin that never ends, with more fuel than time: for so many lines it has more than a thousand million.
fn overshoot(home: Home) -> Result<(), Failed> {
    let terms = Terms {
        settings: [("attack".to_owned(), "loop".into())].into_iter().collect(),
        ..Terms::default()
    };
    let limits = Limits {
        call_ms: 10,
        faults: 0,
        ..Limits::CAP
    };
    let grants = Grants {
        home: Some(home),
        ..Grants::anyone(terms)
    };
    let plugins = Plugins::load(vec![sample("hostile")], &grants, limits)?;
    let hostile = plugins.iter().next().ok_or("the sample was not loaded")?;
    let mut many = request()?;
    many.items = many.items.iter().cycle().take(1_500).cloned().collect();
    let asked = hostile.request(&many);
    assert!(limits.fuel_for(asked.lines.len()) > 1_000_000_000);
    let mut micros: Vec<u64> = (0..100)
        .map(|_| hostile.quote_price(&asked).usage.micros)
        .collect();
    micros.sort_unstable();
    println!(
        "100 calls that do not end, with {} ms each: median {} µs, at most {} µs",
        limits.call_ms, micros[50], micros[99]
    );
    Ok(())
}
