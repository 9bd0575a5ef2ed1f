//! What a forked process finds: locks that nobody will let go of, and no thread but its own.

#![allow(unsafe_code)]

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, PoisonError, mpsc};
use std::time::Duration;

use gym_core::billing::pricing::Pricing;

use super::{HOST, Host, Ticker};
use crate::contract::QuoteRequest;
use crate::error::CallError;
use crate::{Grants, Limits, Plugin, Plugins};

const REQUEST: &str = r#"{"lines":[],"member":null,"context":{"today":{"year":2026,"month":11,"day":22},"location":"1","currency":"EUR","seed":7,"facts":[]}}"#;

/// Forks, does something in the child, and returns what it says.
fn forked(work: impl FnMut() -> String + Send + Sync + 'static) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (said, mut work) = (folder.path().join("said"), work);
    let path = said.clone();
    let mut command = Command::new("true");
    // SAFETY: the child allocates, which the allocator allows after a fork, and takes no lock but those that the test is
    // about; it becomes another program at the end.
    unsafe { command.pre_exec(move || std::fs::write(&path, work())) };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(command.status()));
    let ended = receiver
        .recv_timeout(Duration::from_secs(120))
        .expect("the child hangs");
    assert!(ended.expect("it is started").success());
    std::fs::read_to_string(said).expect("the child said something")
}

fn sample() -> Arc<Plugin> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/built/student-discount.wasm");
    let plugins = Plugins::load(vec![file], &Grants::development(), Limits::default()).expect("an engine");
    Arc::clone(plugins.iter().next().expect("it loads"))
}

fn request() -> QuoteRequest {
    crate::json::quote_request(REQUEST).expect("a request")
}

#[test]
fn whatever_is_locked_in_the_parent_a_child_is_told_its_name() {
    let plugin = sample();
    assert!(plugin.quote_price(&request()).answer.is_ok());
    let its = Arc::clone(&plugin);
    let child = move || {
        let refused = |error: &CallError| matches!(error, CallError::Forked { .. });
        let asked = its.quote_price(&request()).answer;
        let set = its.with_settings(&serde_json::Map::new());
        // The places and the ticker are dropped with it, if this is the last of it.
        let name = its.name().to_owned();
        format!(
            "{name}: {} {}",
            asked.as_ref().is_err_and(refused),
            set.is_err_and(|error| error.to_string().contains("load plugins after a fork"))
        )
    };
    let said = {
        let _breaker = plugin.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        let _gate = plugin.guest.host.gate.locked();
        let _ticker = plugin.guest.host.ticker.locked();
        forked(child)
    };
    assert_eq!(said, "student-discount: true true");
    assert!(
        plugin.quote_price(&request()).answer.is_ok(),
        "the parent goes on"
    );
}

#[test]
fn a_child_makes_a_host_of_its_own_though_the_slot_is_locked() {
    let parent = Host::shared().expect("an engine");
    let held = HOST.lock().unwrap_or_else(PoisonError::into_inner);
    let said = forked(|| {
        let own = Host::shared().map(|own| own.foreign().is_none());
        format!("{}", own.is_ok_and(|own| own))
    });
    drop(held);
    assert_eq!(said, "true");
    let again = Host::shared().expect("an engine");
    assert!(Arc::ptr_eq(&parent, &again), "the parent keeps its own");
}

#[test]
fn a_child_lets_go_of_the_ticker_of_its_parent() {
    let engine = super::engine().expect("an engine");
    let ticker = Ticker::start(&engine).expect("a thread");
    let mut copy = Some(ticker.again());
    let said = {
        let _locked = ticker.locked();
        forked(move || {
            drop(copy.take());
            "dropped".to_owned()
        })
    };
    assert_eq!(said, "dropped");
}
