//! The last words of a plugin that panics: the host puts them into its error, beside the trap.

use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::Once;

static HOOK: Once = Once::new();

/// Makes a panic log its message and place, in a component; native tests keep the usual hook.
pub(crate) fn install() {
    if cfg!(target_arch = "wasm32") {
        HOOK.call_once(|| std::panic::set_hook(Box::new(|info| crate::log::error(&last_words(info)))));
    }
}

fn last_words(info: &PanicHookInfo<'_>) -> String {
    let message = message(info.payload());
    match info.location() {
        Some(place) => format!(
            "panic: {message} at {}:{}:{}",
            place.file(),
            place.line(),
            place.column()
        ),
        None => format!("panic: {message}"),
    }
}

fn message(payload: &dyn Any) -> &str {
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    let text = payload.downcast_ref::<&str>().copied().or_else(owned);
    text.unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn messages_of_both_kinds_are_found() {
        assert_eq!(message(&"odd"), "odd");
        assert_eq!(message(&"odd".to_owned()), "odd");
        assert_eq!(message(&7), "without a message");
    }
}
