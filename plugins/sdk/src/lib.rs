//! A plugin for gym, in Rust: a type that proposes prices or recommends workouts, and [`plugin!`].
//!
//! A plugin is a WebAssembly component of the contract in `plugins/wit`. It has no clock, no randomness, no files and
//! no network: an answer depends on the request and the [`Settings`] alone. Each call meets a fresh instance, so that
//! nothing is remembered; in an instance that a host keeps the plugin is made of its settings once, and asked again.
//! Amounts are whole minor units, shares are hundredths of a percent ([`Percent`]).
//!
//! ```
//! use gym_plugin_sdk::pricing::{Pricing, Quote, QuoteRequest};
//! use gym_plugin_sdk::{Failure, Percent, Settings};
//!
//! struct Students {
//!     percent: Percent,
//! }
//!
//! impl Pricing for Students {
//!     fn new(settings: &Settings) -> Result<Self, Failure> {
//!         let percent = settings.share("percent", Percent::whole(10))?;
//!         Ok(Self { percent })
//!     }
//!
//!     fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure> {
//!         if !request.has_tag("student") {
//!             return Ok(Quote::default());
//!         }
//!         let lower = |line: &gym_plugin_sdk::pricing::Line| {
//!             line.adjust("student", "Student discount", self.percent.off())
//!         };
//!         Ok(request.lines.iter().map(lower).collect())
//!     }
//! }
//!
//! gym_plugin_sdk::plugin!(pricing: Students);
//!
//! // The same type runs natively, so that a rule is tested as any other code.
//! assert!(Students::new(&Settings::parse(r#"{"percent":12.5}"#)?).is_ok());
//! assert!(Students::new(&Settings::parse(r#"{"percent":"much"}"#)?).is_err());
//! # Ok::<(), Failure>(())
//! ```

#[doc(hidden)]
pub mod abi;
#[doc(hidden)]
pub mod bindings;
mod date;
#[doc(hidden)]
pub mod export;
mod fact;
mod failure;
mod line;
pub mod log;
pub mod lookup;
#[cfg(all(target_arch = "wasm32", feature = "arena"))]
mod memory;
/// Rust's own memory: what a call leaves to nobody ends with its instance.
#[cfg(not(all(target_arch = "wasm32", feature = "arena")))]
mod memory {
    pub(crate) fn blocks() -> usize {
        0
    }

    pub(crate) fn part(_: usize) {}
}
mod money;
mod panic;
mod percent;
pub mod pricing;
pub mod recommendation;
mod settings;
pub mod text;

pub use bindings::base::gym::plugins::types::{Date, Fact, FactValue, Failure, FailureCode, Money};
pub use percent::{Percent, PercentError};
pub use settings::Settings;

/// Makes a component of a type: `plugin!(pricing: T)` of a [`pricing::Pricing`], `plugin!(recommendation: T)` of a
/// [`recommendation::Recommender`].
///
/// Once per crate, at its top. The id of the plugin is the name of the crate that calls it, its version that crate's,
/// its vendor that crate's `authors`.
#[macro_export]
macro_rules! plugin {
    (pricing: $plugin:ty) => {
        $crate::plugin!(@lifecycle $plugin, $crate::export::check_pricing::<$plugin>, {
            "gym:plugins/pricing@1.0.0#quote-price": quote
        });
        $crate::bindings::price::export_price!(GymPluginComponent with_types_in $crate::bindings::price);
    };
    (recommendation: $plugin:ty) => {
        $crate::plugin!(@lifecycle $plugin, $crate::export::check_recommender::<$plugin>, {
            "gym:plugins/recommendation@1.0.0#rank": rank,
            "gym:plugins/recommendation@1.0.0#choose-offers": choose_offers
        });
        $crate::bindings::advice::export_advice!(GymPluginComponent with_types_in $crate::bindings::advice);
    };
    (@lifecycle $plugin:ty, $check:expr, { $($name:literal: $function:ident),* }) => {
        const _: () = {
            ::std::thread_local! {
                static KEPT: $crate::export::Kept<$plugin> = const { $crate::export::Kept::new(::core::option::Option::None) };
            }

            static INFO: $crate::export::Info = $crate::export::Info::new([
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                ::core::env!("CARGO_PKG_AUTHORS"),
            ]);

            #[unsafe(export_name = "gym:plugins/lifecycle@1.0.0#describe")]
            extern "C" fn describe() -> *const $crate::export::Info {
                &raw const INFO
            }

            #[unsafe(export_name = "gym:plugins/lifecycle@1.0.0#check-config")]
            unsafe extern "C" fn check_config(start: *mut u8, length: usize) -> *const u8 {
                unsafe { $crate::export::check($check, start, length) }
            }

            $(
                #[unsafe(export_name = $name)]
                unsafe extern "C" fn $function(request: *const u8) -> *const u8 {
                    KEPT.with(|kept| unsafe { $crate::export::$function(kept, request) })
                }
            )*
        };

        $crate::bindings::base::export_base!(GymPluginComponent with_types_in $crate::bindings::base);
    };
}
