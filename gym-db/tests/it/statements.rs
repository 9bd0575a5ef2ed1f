//! The statements that this thread sends to a database, as diesel tells them.

use std::cell::RefCell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

struct Watch {
    seen: Vec<String>,
    abort_at: Option<usize>,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

fn watching() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        let InstrumentationEvent::StartQuery { query, .. } = event else {
            return;
        };
        WATCH.with_borrow_mut(|watch| {
            let Some(watch) = watch else { return };
            let said = query.to_string();
            let text = said.strip_suffix(" -- binds: []").unwrap_or(&said);
            // What prepares a connection comes before the transaction.
            if watch.seen.is_empty() && !text.starts_with("BEGIN") {
                return;
            }
            if watch.abort_at == Some(watch.seen.len()) {
                std::process::abort();
            }
            watch.seen.push(text.to_owned());
        });
    }))
}

/// Has connections that are made from now on tell their statements.
pub fn watch() {
    set_default_instrumentation(watching).unwrap();
}

/// Runs something and returns the statements of its transactions, their begin and end included.
pub fn during<T>(body: impl FnOnce() -> T) -> (T, Vec<String>) {
    with(None, body)
}

/// Runs something and aborts the process before the statement with an index; after the last one if there is none.
pub fn abort_at<T>(index: usize, body: impl FnOnce() -> T) -> ! {
    with(Some(index), body);
    std::process::abort()
}

fn with<T>(abort_at: Option<usize>, body: impl FnOnce() -> T) -> (T, Vec<String>) {
    let seen = Vec::new();
    WATCH.set(Some(Watch { seen, abort_at }));
    let value = body();
    let watch = WATCH.take();
    (value, watch.map(|watch| watch.seen).unwrap_or_default())
}
