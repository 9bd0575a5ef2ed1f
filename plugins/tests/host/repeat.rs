//! The same request is the same answer for the same fuel, nothing is remembered, and places are shared.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use gym_core::billing::pricing::{Answer, Pricing, Request};
use gym_plugins::contract::Change;
use gym_plugins::{CallError, Grants, Limit, Limits, PLACES, Plugins};

use crate::guest::{Guest, adjustment, request};
use crate::price::asked;

fn soak(small: usize, large: usize) -> usize {
    if std::env::var_os("GYM_SOAK").is_some() {
        large
    } else {
        small
    }
}

/// Says whether this process is for one test alone; if not, runs the test in one that is.
fn alone(test: &str) -> bool {
    if std::env::var_os("GYM_TEST_CHILD").is_some() {
        return true;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([&format!("repeat::{test}"), "--exact", "--nocapture"])
        .env("GYM_TEST_CHILD", "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
    println!("{said}");
    false
}

/// Writes to its memory, its table and a global, and answers with what it finds there.
fn scribbler() -> Guest {
    let mut guest = Guest::answering("scribbler", &[adjustment(Some(0), Change::PercentOff(500))]);
    // The priority is the last word of the adjustment, which begins 64 bytes before the answer.
    let priority = guest.answer - 4;
    guest.more = "(global $seen (mut i32) (i32.const 0)) (table $t 1 funcref)".to_owned();
    guest.call = format!(
        "(global.set $seen (i32.add (global.get $seen) (i32.const 1)))
         (i32.store (i32.const {priority}) (i32.add (global.get $seen) (i32.load (i32.const {priority}))))
         (i32.store (i32.const {priority}) (i32.add (i32.load (i32.const {priority}))
           (table.grow $t (ref.null func) (i32.const 5))))
         (memory.fill (i32.const 70000) (i32.const 1) (i32.const 50000))"
    );
    guest
}

#[test]
fn a_thousand_repeats_are_one_answer_for_one_fuel() {
    let plugin = scribbler().load(Limits::default());
    let first = plugin.quote_price(&request(&[1_000]));
    let quote = first.answer.as_ref().unwrap();
    assert_eq!(
        quote.adjustments[0].priority, 2,
        "one of the global, one of the table's size"
    );
    for _ in 0..soak(1_000, 100_000) {
        let run = plugin.quote_price(&request(&[1_000]));
        assert_eq!(
            (&run.answer, run.usage.call_fuel),
            (&first.answer, first.usage.call_fuel)
        );
    }
}

/// Runs this test again in processes of its own, each of which says what it saw.
#[test]
fn fresh_processes_agree() {
    let seen = || {
        let plugin = scribbler().load(Limits::default());
        plugin.propose(&asked(&[1_000, 2_000])).record.unwrap()
    };
    if std::env::var_os("GYM_TEST_CHILD").is_some() {
        println!("seen {}", seen());
        return;
    }
    let here = seen();
    for _ in 0..soak(3, 50) {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["repeat::fresh_processes_agree", "--exact", "--nocapture"])
            .env("GYM_TEST_CHILD", "1")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let at = text.find("seen ").unwrap();
        assert_eq!(text[at + 5..].lines().next().unwrap(), here);
    }
}

/// Resident bytes of this process: now, and the most that there ever were.
#[cfg(target_os = "linux")]
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    };
    (bytes("VmRSS:"), bytes("VmHWM:"))
}

/// A process of its own asks again and again; after it has warmed up it needs no more memory, not even for a moment.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat() {
    if !alone("memory_stays_flat") {
        return;
    }
    let plugin = scribbler().load(Limits::default());
    let (request, calls) = (asked(&[1_000, 2_000]), soak(10_000, 1_000_000));
    let ask = |calls: usize| (0..calls).for_each(|_| assert!(plugin.propose(&request).proposed.is_ok()));
    ask(calls / 5);
    let before = resident();
    ask(calls);
    let after = resident();
    let text = format!("{calls} calls: resident {before:?} bytes before, {after:?} after, now and at most");
    println!("{text}");
    assert!(after.0 <= before.0 + before.0 / 100, "{text}");
    assert!(after.1 <= before.1 + before.1 / 100, "{text}");
}

/// Asks again, ten times at most, where the answer is that the queue took too long: on a machine that is busy with much else,
/// or was halted meanwhile, ten seconds of the clock pass in which no thread of this process ran. Nothing else is forgiven.
fn asked_patiently(pricing: &dyn Pricing, request: &Request) -> Answer {
    let too_long = Limit::QueueTime.to_string();
    let waited = |answer: &Answer| {
        let why = answer.proposed.as_ref().err();
        why.is_some_and(|why| why.contains(&too_long))
    };
    let mut answers = (0..10).map(|_| pricing.propose(request));
    answers.find(|it| !waited(it)).unwrap()
}

#[test]
fn more_threads_than_places_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    for at in 0..8 {
        let guest = Guest {
            id: format!("plugin-{at}"),
            ..scribbler()
        };
        guest.drop_into(folder.path());
    }
    let patient = Limits {
        queue_ms: 10_000,
        call_ms: 1_000,
        ..Limits::default()
    };
    let plugins = Plugins::load(folder.path(), &Grants::development(), patient).unwrap();
    let pricings = plugins.pricings();
    assert_eq!(pricings.len(), 8);
    let request = asked(&[1_000]);
    let ask = |it: &Arc<dyn Pricing>| asked_patiently(it.as_ref(), &request);
    let expected: Vec<_> = pricings.iter().map(ask).collect();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..soak(20, 2_000) {
                    let answers: Vec<_> = pricings.iter().map(ask).collect();
                    assert_eq!(answers, expected);
                }
            });
        }
    });
}

#[test]
fn a_queue_has_an_end() {
    if !alone("a_queue_has_an_end") {
        return;
    }
    let guest = Guest {
        call: "(loop $spin (br $spin))".to_owned(),
        ..Guest::new("slow")
    };
    let limits = Limits {
        call_fuel: 100_000_000,
        item_fuel: 1_000_000,
        call_ms: 100,
        queue_ms: 10_000,
        items: 2_000,
        input_bytes: 512 << 10,
        faults: 0,
        ..Limits::default()
    };
    // Each may take a quarter of the places.
    let slow: Vec<_> = (0..4).map(|_| guest.load(limits)).collect();
    let hasty = Guest::new("hasty").load(Limits {
        queue_ms: 1,
        ..Limits::default()
    });
    let (many, done) = (request(&[1_000; 1_500]), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for at in 0..PLACES {
            let (slow, many, done) = (&slow[at as usize % 4], &many, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    slow.quote_price(many).answer.unwrap_err();
                }
            });
        }
        let error = loop {
            if let Err(error) = hasty.quote_price(&request(&[1])).answer {
                break error;
            }
            std::thread::yield_now();
        };
        done.store(true, Ordering::Relaxed);
        assert!(
            matches!(
                error,
                CallError::Limit {
                    limit: Limit::QueueTime,
                    allowed: 1,
                    ..
                }
            ),
            "{error}"
        );
    });
    assert!(
        hasty.quote_price(&request(&[1])).answer.is_ok(),
        "places are given back"
    );
}

#[test]
fn a_slow_plugin_keeps_its_own_waiting_and_nobody_else() {
    if !alone("a_slow_plugin_keeps_its_own_waiting_and_nobody_else") {
        return;
    }
    let guest = Guest {
        call: "(loop $spin (br $spin))".to_owned(),
        ..Guest::new("slow")
    };
    let slow = guest.load(Limits {
        call_fuel: 100_000_000,
        queue_ms: 10_000,
        faults: 0,
        ..Limits::default()
    });
    let hasty = Guest::new("hasty").load(Limits {
        queue_ms: 0,
        ..Limits::default()
    });
    let (begun, done) = (AtomicU32::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..PLACES {
            scope.spawn(|| {
                begun.fetch_add(1, Ordering::Relaxed);
                while !done.load(Ordering::Relaxed) {
                    slow.quote_price(&request(&[1_000])).answer.unwrap_err();
                }
            });
        }
        while begun.load(Ordering::Relaxed) < PLACES {
            std::thread::yield_now();
        }
        let answers: Vec<_> = (0..200)
            .map(|_| hasty.quote_price(&request(&[1])).answer)
            .collect();
        done.store(true, Ordering::Relaxed);
        assert!(
            answers.iter().all(Result::is_ok),
            "{:?}",
            answers.iter().find(|it| it.is_err())
        );
    });
}

#[test]
fn a_plugin_outlives_the_folder_it_came_from() {
    let plugins = scribbler().plugins(&Grants::development(), Limits::default());
    let plugin = Arc::clone(plugins.get("scribbler").unwrap());
    drop(plugins);
    assert!(!plugin.file().exists());
    assert!(plugin.quote_price(&request(&[5])).answer.is_ok());
    assert!(plugin.quote_price(&request(&[5])).usage.micros < Duration::from_secs(5).as_micros() as u64);
}
