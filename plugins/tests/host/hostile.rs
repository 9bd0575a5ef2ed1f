//! Every attack in every part of a guest's life: it is stopped by the limit that is meant for it, and nothing else
//! happens.

use std::time::{Duration, Instant};

use gym_plugins::{CallError, Grants, Limit, Limits, LoadError, Plugins};

use crate::attack::{ATTACKS, Stop, check, limits};
use crate::guest::{Guest, request};
use crate::recommend;

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
        for (stage, recommends) in [
            ("start", false),
            ("describe", false),
            ("check-config", false),
            ("check-config", true),
        ] {
            let guest = match recommends {
                true => Guest::recommending("hostile", &[]),
                false => Guest::new("hostile"),
            };
            let mut guest = Guest {
                more: attack.more.to_owned(),
                ..guest
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

/// Code of a guest runs before its function, where it hands out memory, and after it, where it takes it back. It cannot call
/// the host from there at all.
#[test]
fn every_attack_around_a_call_is_stopped_by_its_limit() {
    for attack in ATTACKS {
        for around in ["before", "after"] {
            let (realloc, post) = match around {
                "before" => (attack.body, ""),
                _ => ("", attack.body),
            };
            let guest = Guest {
                more: attack.more.to_owned(),
                realloc: realloc.to_owned(),
                post: post.to_owned(),
                ..Guest::answering("hostile", &[])
            };
            let plugins = guest.plugins(&Grants::development(), limits());
            let name = format!("{} {around} a call", attack.name);
            let stop = if attack.body.contains("$log") {
                Stop::Crash
            } else {
                attack.stop
            };
            // Settings are handed over when it is loaded.
            let error = match (plugins.iter().next(), plugins.faults().first()) {
                (Some(plugin), _) => plugin.quote_price(&request(&[1_000])).answer.unwrap_err(),
                (None, Some(fault)) => match &fault.why {
                    LoadError::Lifecycle { why, .. } => why.clone(),
                    other => panic!("{name}: {other}"),
                },
                (None, None) => panic!("{name}: nothing was loaded"),
            };
            check(&name, stop, &error);
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
