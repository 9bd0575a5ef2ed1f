//! Every attack in every part of a guest's life: it is stopped by the limit that is meant for it, and nothing else
//! happens.

use std::time::{Duration, Instant};

use gym_plugins::{CallError, Grants, Limit, Limits, LoadError, Plugins};

use crate::guest::{Guest, request};
use crate::recommend;

/// What stops an attack.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stop {
    At(&'static [Limit]),
    Crash,
}

struct Attack {
    name: &'static str,
    /// Of the module.
    more: &'static str,
    /// Of a function.
    body: &'static str,
    stop: Stop,
}

const fn attack(name: &'static str, more: &'static str, body: &'static str, stop: Stop) -> Attack {
    Attack {
        name,
        more,
        body,
        stop,
    }
}

const ATTACKS: &[Attack] = &[
    attack(
        "loop",
        "",
        "(loop $spin (br $spin))",
        Stop::At(&[Limit::CallFuel, Limit::InstantiateFuel]),
    ),
    attack(
        "recursion",
        "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))",
        "(drop (call $deep (i32.const 0)))",
        Stop::At(&[Limit::Stack]),
    ),
    attack(
        "allocation",
        "",
        "(loop $more (br_if $more (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))) unreachable",
        Stop::At(&[Limit::Memory]),
    ),
    attack(
        "table growth",
        "(table $t 1 funcref)",
        "(loop $more (br_if $more (i32.ge_s (table.grow $t (ref.null func) (i32.const 1000)) (i32.const 0)))) unreachable",
        Stop::At(&[Limit::Table]),
    ),
    attack(
        "log of many lines",
        "",
        "(loop $more (call $log (i32.const 1) (i32.const 1024) (i32.const 0)) (br $more))",
        Stop::At(&[Limit::LogLines]),
    ),
    attack(
        "log of many bytes",
        "",
        "(loop $more (call $log (i32.const 1) (i32.const 0) (i32.const 60000)) (br $more))",
        Stop::At(&[Limit::LogBytes]),
    ),
    attack(
        "log of one huge line",
        "",
        "(call $log (i32.const 1) (i32.const 0) (i32.const 131072))",
        Stop::At(&[Limit::Output]),
    ),
    attack(
        "bulk copies",
        "",
        "(loop $more (memory.copy (i32.const 0) (i32.const 1) (i32.const 100000)) (br $more))",
        Stop::At(&[Limit::CallFuel, Limit::InstantiateFuel]),
    ),
    attack("unreachable", "", "unreachable", Stop::Crash),
    attack(
        "division by zero",
        "",
        "(drop (i32.div_s (i32.const 1) (local.get $i)))",
        Stop::Crash,
    ),
    attack(
        "out of memory bounds",
        "",
        "(drop (i32.load (i32.const -8)))",
        Stop::Crash,
    ),
    attack(
        "no such function",
        "(table $t 1 funcref) (type $none (func))",
        "(call_indirect $t (type $none) (i32.const 0))",
        Stop::Crash,
    ),
    attack(
        "log of what is not text",
        "(data (i32.const 900) \"\\ff\\fe\")",
        "(call $log (i32.const 1) (i32.const 900) (i32.const 2))",
        Stop::Crash,
    ),
    attack(
        "log outside of memory",
        "",
        "(call $log (i32.const 1) (i32.const -16) (i32.const 64))",
        Stop::Crash,
    ),
    attack(
        "a level that is none",
        "",
        "(call $log (i32.const 77) (i32.const 0) (i32.const 0))",
        Stop::Crash,
    ),
];

/// A call may take so long, whatever happens; it would be stopped by the clock before that.
fn limits() -> Limits {
    Limits {
        call_ms: 1_000,
        faults: 0,
        ..Limits::default()
    }
}

fn check(name: &str, stop: Stop, error: &CallError) {
    match (stop, error) {
        (
            Stop::At(expected),
            CallError::Limit {
                limit, used, allowed, ..
            },
        ) => {
            assert!(expected.contains(limit), "{name}: {error}");
            assert!(used > allowed, "{name}: {error}");
            assert!(error.to_string().contains(&limit.to_string()), "{name}: {error}");
        }
        (Stop::Crash, CallError::Crashed { trap, .. }) => assert!(!trap.is_empty(), "{name}"),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn every_attack_on_a_call_is_stopped_by_its_limit() {
    for attack in ATTACKS {
        for function in ["quote-price", "rank", "choose-offers"] {
            let guest = match function {
                "quote-price" => Guest::new("hostile"),
                _ => Guest::recommending("hostile", &[]),
            };
            let guest = Guest {
                more: attack.more.to_owned(),
                call: attack.body.to_owned(),
                ..guest
            };
            let (plugin, started) = (guest.load(limits()), Instant::now());
            let error = match function {
                "quote-price" => plugin.quote_price(&request(&[1_000])).answer.unwrap_err(),
                "rank" => plugin.rank_workouts(&recommend::empty()).answer.unwrap_err(),
                _ => plugin.choose_offers(&recommend::offers()).answer.unwrap_err(),
            };
            let name = format!("{} in {function}", attack.name);
            check(&name, attack.stop, &error);
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "{name}: {:?}",
                started.elapsed()
            );
        }
    }
}

#[test]
fn every_attack_while_loading_is_stopped_by_its_limit() {
    for attack in ATTACKS {
        for stage in ["start", "describe", "check-config"] {
            let mut guest = Guest {
                more: attack.more.to_owned(),
                ..Guest::new("hostile")
            };
            match stage {
                "start" => guest.start = attack.body.to_owned(),
                "describe" => guest.describe = attack.body.to_owned(),
                _ => guest.check = attack.body.to_owned(),
            }
            let plugins = guest.plugins(&Grants::development(), limits());
            let fault = &plugins.faults()[0];
            let name = format!("{} in {stage}", attack.name);
            assert!(fault.to_string().contains("hostile.wasm"), "{name}: {fault}");
            // Imports are wired up after start functions have run, so that these cannot log at all.
            let early = stage == "start" && attack.body.contains("$log");
            let stop = if early { Stop::Crash } else { attack.stop };
            match &fault.why {
                LoadError::Lifecycle { why, .. } => check(&name, stop, why),
                other => panic!("{name}: {other}"),
            }
        }
    }
}

#[test]
fn huge_answers_are_not_read() {
    for (name, image) in [
        ("a list of 200 000", [0, 0, 200_000, 0, 0, 0, 0, 0]),
        ("a text of ten megabytes", [0, 0, 0, 1, 0, 10 << 20, 0, 0]),
        ("facts without end", [0, 0, 0, 0, 0, 0, 0, 400_000]),
    ] {
        let mut guest = Guest::new("huge");
        guest.pages = 200;
        guest.answer = guest.image.words(&image);
        let error = guest
            .load(limits())
            .quote_price(&request(&[1_000]))
            .answer
            .unwrap_err();
        check(name, Stop::At(&[Limit::Output]), &error);
    }
    let mut guest = Guest::new("outside");
    guest.answer = guest.image.words(&[0, 1 << 30, 5, 0, 0, 0, 0, 0]);
    let error = guest
        .load(limits())
        .quote_price(&request(&[1_000]))
        .answer
        .unwrap_err();
    check("a list outside of memory", Stop::Crash, &error);
    let guest = Guest {
        answer: u32::MAX - 7,
        ..Guest::new("nowhere")
    };
    let error = guest
        .load(limits())
        .quote_price(&request(&[1_000]))
        .answer
        .unwrap_err();
    check("an answer outside of memory", Stop::Crash, &error);
    for (name, image, stop) in [
        (
            "a list of 200 000",
            [0, 0, 200_000, 0],
            Stop::At(&[Limit::Output]),
        ),
        (
            "a failure of ten megabytes",
            [1, 0, 0, 10 << 20],
            Stop::At(&[Limit::Output]),
        ),
        ("a list outside of memory", [0, 1 << 30, 5, 0], Stop::Crash),
    ] {
        let mut guest = Guest::recommending("huge", &[]);
        guest.pages = 200;
        guest.answer = guest.image.words(&image);
        guest.chosen = guest.answer;
        let plugin = guest.load(limits());
        check(
            name,
            stop,
            &plugin.rank_workouts(&recommend::empty()).answer.unwrap_err(),
        );
        check(
            name,
            stop,
            &plugin.choose_offers(&recommend::offers()).answer.unwrap_err(),
        );
    }
}

#[test]
fn the_clock_stops_what_has_fuel_left() {
    let guest = Guest {
        call: "(loop $spin (br $spin))".to_owned(),
        ..Guest::new("slow")
    };
    let tight = Limits {
        call_fuel: 100_000_000,
        item_fuel: 1_000_000,
        call_ms: 10,
        faults: 0,
        items: 2_000,
        input_bytes: 512 << 10,
        ..Limits::default()
    };
    let plugin = guest.load(tight);
    let run = plugin.quote_price(&request(&[1_000; 1_500]));
    let error = run.answer.unwrap_err();
    check("the clock", Stop::At(&[Limit::CallTime]), &error);
    assert!(run.usage.call_fuel < 1_500_000_000, "{:?}", run.usage);
}

#[test]
fn the_memory_of_all_is_counted_together_and_start_functions_have_their_own_fuel() {
    let guest = Guest {
        pages: 600,
        ..Guest::new("large")
    };
    let plugins = guest.plugins(&Grants::development(), limits());
    let why = plugins.faults()[0].why.to_string();
    assert!(why.contains("memory"), "{why}");
    let guest = Guest {
        start: "(local.set $i (i32.const 1000)) (loop $more (br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))".to_owned(),
        ..Guest::new("busy")
    };
    let usage = guest.load(limits()).quote_price(&request(&[1_000])).usage;
    assert!(
        usage.instantiate_fuel > 1_000 && usage.call_fuel < 1_000,
        "{usage:?}"
    );
}

#[test]
fn a_panic_hook_is_heard() {
    let message = "panic: no such weekday at src/lib.rs:7";
    let mut guest = Guest::new("hooked");
    let [at, length] = guest.image.text(message);
    guest.call = format!("(call $log (i32.const 3) (i32.const {at}) (i32.const {length})) unreachable");
    let run = guest.load(limits()).quote_price(&request(&[1_000]));
    let error = run.answer.unwrap_err();
    assert!(
        matches!(&error, CallError::Crashed { said: Some(said), .. } if said == message),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        format!("hooked: it crashed: wasm trap: wasm `unreachable` instruction executed ({message})")
    );
    assert_eq!(run.log.len(), 1);
}

#[test]
fn a_chatty_plugin_is_cut_short_and_still_answers() {
    let guest = Guest {
        call: "(local.set $i (i32.const 100)) (loop $more
            (call $log (i32.const 1) (i32.const 1024) (i32.const 8))
            (br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))"
            .to_owned(),
        ..Guest::new("chatty")
    };
    let run = guest.load(limits()).quote_price(&request(&[1_000]));
    assert!(run.answer.is_ok());
    assert_eq!((run.usage.log_lines, run.log.len()), (100, 32));
}

#[test]
fn who_keeps_crashing_is_off_for_a_while() {
    let guest = Guest {
        call: "unreachable".to_owned(),
        ..Guest::new("broken")
    };
    let plugin = guest.load(Limits::default());
    for _ in 0..5 {
        let error = plugin.quote_price(&request(&[1_000])).answer.unwrap_err();
        assert!(matches!(error, CallError::Crashed { .. }), "{error}");
    }
    let error = plugin.quote_price(&request(&[1_000])).answer.unwrap_err();
    assert!(matches!(error, CallError::Off { seconds: 1..=60, .. }), "{error}");
}

#[test]
fn one_hostile_file_does_not_keep_the_others_from_loading() {
    let folder = tempfile::tempdir().unwrap();
    for (at, attack) in ATTACKS.iter().enumerate() {
        let guest = Guest {
            more: attack.more.to_owned(),
            start: attack.body.to_owned(),
            ..Guest::new(&format!("hostile-{at}"))
        };
        guest.drop_into(folder.path());
    }
    Guest::new("honest").drop_into(folder.path());
    let plugins = Plugins::load(folder.path(), &Grants::development(), limits()).unwrap();
    assert_eq!(plugins.iter().map(|it| it.id()).collect::<Vec<_>>(), ["honest"]);
    assert_eq!(plugins.faults().len(), ATTACKS.len());
}
