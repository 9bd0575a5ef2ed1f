//! A plugin for gym, in Rust: a type that proposes prices or recommends workouts, and [`plugin!`].
//!
//! A plugin is a WebAssembly component of the contract in `plugins/wit`. It has no clock, no randomness, no files and
//! no network: an answer depends on the request and the [`Settings`] alone. Each call meets a fresh instance, so that
//! nothing is remembered. Amounts are whole minor units, shares are hundredths of a percent ([`Percent`]).
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
        $crate::plugin!(@lifecycle $crate::export::check_pricing::<$plugin>);

        impl $crate::bindings::price::exports::gym::plugins::pricing::Guest for GymPluginComponent {
            fn quote_price(
                request: $crate::pricing::QuoteRequest,
            ) -> ::core::result::Result<$crate::pricing::Quote, $crate::Failure> {
                $crate::export::quote::<$plugin>(&request)
            }
        }

        $crate::bindings::price::export_price!(GymPluginComponent with_types_in $crate::bindings::price);
    };
    (recommendation: $plugin:ty) => {
        $crate::plugin!(@lifecycle $crate::export::check_recommender::<$plugin>);

        impl $crate::bindings::advice::exports::gym::plugins::recommendation::Guest for GymPluginComponent {
            fn rank(
                request: $crate::recommendation::RankRequest,
            ) -> ::core::result::Result<::std::vec::Vec<$crate::recommendation::Ranked>, $crate::Failure> {
                $crate::export::rank::<$plugin>(&request)
            }

            fn choose_offers(
                request: $crate::recommendation::OfferRequest,
            ) -> ::core::result::Result<::std::vec::Vec<$crate::recommendation::OfferChoice>, $crate::Failure> {
                $crate::export::choose_offers::<$plugin>(&request)
            }
        }

        $crate::bindings::advice::export_advice!(GymPluginComponent with_types_in $crate::bindings::advice);
    };
    (@lifecycle $check:expr) => {
        struct GymPluginComponent;

        impl $crate::bindings::base::exports::gym::plugins::lifecycle::Guest for GymPluginComponent {
            fn describe() -> $crate::bindings::base::exports::gym::plugins::lifecycle::Info {
                $crate::bindings::base::exports::gym::plugins::lifecycle::Info {
                    id: ::core::env!("CARGO_PKG_NAME").into(),
                    version: ::core::env!("CARGO_PKG_VERSION").into(),
                    vendor: ::core::env!("CARGO_PKG_AUTHORS").into(),
                }
            }

            fn check_config(config: ::std::string::String) -> ::core::result::Result<(), $crate::Failure> {
                $check(&config)
            }
        }

        $crate::bindings::base::export_base!(GymPluginComponent with_types_in $crate::bindings::base);
    };
}
