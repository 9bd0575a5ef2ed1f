//! What a guest could try, and what is meant to stop it.

use gym_plugins::{CallError, Limit, Limits};

/// What stops an attack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stop {
    At(&'static [Limit]),
    Crash,
}

pub struct Attack {
    pub name: &'static str,
    /// Of the module.
    pub more: &'static str,
    /// Of a function.
    pub body: &'static str,
    pub stop: Stop,
}

const fn attack(name: &'static str, more: &'static str, body: &'static str, stop: Stop) -> Attack {
    Attack {
        name,
        more,
        body,
        stop,
    }
}

pub const ATTACKS: &[Attack] = &[
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
pub fn limits() -> Limits {
    Limits {
        call_ms: 1_000,
        faults: 0,
        ..Limits::default()
    }
}

pub fn check(name: &str, stop: Stop, error: &CallError) {
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
