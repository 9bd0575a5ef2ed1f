//! The last words of a plugin that panics: the host puts them into its error, beside the trap.

use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::text;

static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Makes a panic log its message and place, in a component; native tests keep the usual hook.
pub(crate) fn install() {
    if cfg!(target_arch = "wasm32") && !INSTALLED.swap(true, Ordering::Relaxed) {
        std::panic::set_hook(Box::new(|info| crate::log::error(&last_words(info))));
    }
}

fn last_words(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("without a message");
    match info.location() {
        Some(at) => text![
            "panic: ",
            message,
            " at ",
            at.file(),
            ":",
            at.line(),
            ":",
            at.column()
        ],
        None => text!["panic: ", message],
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, panic_any, set_hook, take_hook};
    use std::sync::mpsc;

    use super::last_words;

    #[test]
    fn messages_of_both_kinds_are_found_with_their_place() {
        let (says, said) = mpsc::channel();
        let before = take_hook();
        set_hook(Box::new(move |info| drop(says.send(last_words(info)))));
        let mut panics = [
            catch_unwind(|| panic!("odd")),
            catch_unwind(|| panic!("{}", "odder")),
            catch_unwind(|| panic_any(7)),
        ]
        .into_iter();
        assert!(panics.all(|it| it.is_err()));
        set_hook(before);
        let words: Vec<_> = said.try_iter().collect();
        for (words, message) in words.iter().zip(["odd", "odder", "without a message"]) {
            let place = words.strip_prefix(&format!("panic: {message} at "));
            assert!(place.is_some_and(|it| it.contains("panic.rs:")), "{words}");
        }
        assert_eq!(words.len(), 3);
    }
}
