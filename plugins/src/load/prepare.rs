//! From a compiled component to a [`Plugin`]: what it is, whether that was granted, whether its functions are those of the
//! contract, and what it says of itself.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use gym_core::text::is_line;
use wasmtime::component::{Component, ComponentExportIndex, ComponentNamedList, Lift, Lower};

use super::Loader;
use crate::breaker::Breaker;
use crate::call::{Function, Guest};
use crate::contract::{
    Choice, Discount, EarlyLine, Failure, Info, OfferRequest, Quote, QuoteRequest, RankRequest, Ranked,
};
use crate::digest::Digest;
use crate::engine::{Gate, PLACES};
use crate::error::LoadError;
use crate::grant::{Capability, Settings, Tables, Terms};
use crate::home::Secret;
use crate::limits::Limits;
use crate::lock::Found;
use crate::plugin::{Functions, Plugin};
use crate::state::{Phase, linker, one_line};
use crate::world::{Shape, World, function};

const DESCRIBE: &str = "lifecycle.describe";

/// What a plugin is made of.
pub(super) struct Plan<'p> {
    pub(super) file: &'p Path,
    pub(super) bytes: &'p [u8],
    pub(super) component: &'p Component,
    pub(super) terms: Terms,
    pub(super) limits: Limits,
    /// Whether its settings are those that it will run with.
    pub(super) configured: bool,
}

impl Loader<'_> {
    pub(super) fn finish(&self, plan: Plan<'_>) -> Result<Plugin, LoadError> {
        let shape = Shape::of(&self.host.engine, plan.component)?;
        granted(&shape, &plan.terms)?;
        let guest = self.guest(&plan)?;
        let functions = functions(&guest, plan.component, &shape)?;
        let lifecycle = Lifecycle::of(plan.component, &shape)?;
        let info = lifecycle.describe(&guest)?;
        if plan.configured {
            lifecycle.check(&guest)?;
        }
        let tables: Tables = self
            .grants
            .tables
            .iter()
            .filter(|(name, _)| plan.terms.tables.contains(*name))
            .map(clone)
            .collect();
        let home = self.grants.home.as_ref();
        Ok(Plugin {
            found: Found {
                world: shape.world,
                imports: shape.imports,
                digest: Digest::of(plan.bytes),
                bytes: plan.bytes.len() as u64,
                id: info.id.clone(),
                version: info.version,
                vendor: info.vendor,
            },
            file: plan.file.to_owned(),
            breaker: Mutex::new(Breaker::new(plan.limits.faults)),
            clock: Arc::new(Instant::now),
            guest: Guest {
                name: info.id,
                ..guest
            },
            terms: plan.terms,
            functions,
            lifecycle,
            tables: Arc::new(tables),
            key: home.map_or_else(Secret::default, |home| home.secret.for_pseudonyms()),
        })
    }

    fn guest(&self, plan: &Plan<'_>) -> Result<Guest, LoadError> {
        let wrong = |error: wasmtime::Error| LoadError::Shape {
            function: "what it imports".to_owned(),
            why: one_line(&format!("{error:#}"), 600),
        };
        let linker = linker(&self.host.engine, &plan.terms.imports).map_err(wrong)?;
        let name = plan.file.file_name().unwrap_or_default();
        Ok(Guest {
            name: name.to_string_lossy().into_owned(),
            host: Arc::clone(&self.host),
            pre: linker.instantiate_pre(plan.component).map_err(wrong)?,
            limits: plan.limits,
            settings: Arc::new(Settings::of(&plan.terms.settings)),
            gate: Arc::new(Gate::new(PLACES / 4)),
        })
    }
}

fn clone<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

fn granted(shape: &Shape, terms: &Terms) -> Result<(), LoadError> {
    match shape.imports.difference(&terms.imports).next() {
        None => Ok(()),
        Some(import) => Err(LoadError::NotGranted {
            import: import.to_string(),
            granted: Capability::list(&terms.imports),
        }),
    }
}

/// Makes an instance, and compares a function with the contract.
fn compare<P, R>(guest: &Guest, name: &str, index: &ComponentExportIndex) -> Result<(), LoadError>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let has = guest.has::<P, R>(index).map_err(|why| LoadError::Lifecycle {
        function: "making an instance",
        why,
    })?;
    has.map_err(|why| LoadError::Shape {
        function: name.to_owned(),
        why: one_line(&why, 600),
    })
}

/// Finds the functions that a plugin is for, and compares them with the contract.
fn functions(guest: &Guest, component: &Component, shape: &Shape) -> Result<Functions, LoadError> {
    let find = |name: &str| function(component, &shape.interface, name);
    let full = |name: &str| format!("{}.{name}", shape.interface);
    match shape.world {
        World::EarlyPricing => {
            let quote = find("quote-price")?;
            type Answer = (Result<Vec<Discount>, String>,);
            compare::<(&str, &[EarlyLine]), Answer>(guest, &full("quote-price"), &quote)?;
            Ok(Functions::EarlyPricing { quote })
        }
        World::Pricing => {
            let quote = find("quote-price")?;
            type Answer = (Result<Quote, Failure>,);
            compare::<(&QuoteRequest,), Answer>(guest, &full("quote-price"), &quote)?;
            Ok(Functions::Pricing { quote })
        }
        World::Recommendation => {
            let (rank, choose) = (find("rank")?, find("choose-offers")?);
            type Ranking = (Result<Vec<Ranked>, Failure>,);
            type Choices = (Result<Vec<Choice>, Failure>,);
            compare::<(&RankRequest,), Ranking>(guest, &full("rank"), &rank)?;
            compare::<(&OfferRequest,), Choices>(guest, &full("choose-offers"), &choose)?;
            Ok(Functions::Recommendation { rank, choose })
        }
    }
}

/// The functions by which a plugin is asked who it is.
#[derive(Debug, Clone)]
pub(crate) enum Lifecycle {
    Early {
        describe: ComponentExportIndex,
    },
    First {
        describe: ComponentExportIndex,
        check: ComponentExportIndex,
    },
}

impl Lifecycle {
    fn of(component: &Component, shape: &Shape) -> Result<Self, LoadError> {
        let interface = shape.lifecycle.as_deref().ok_or_else(|| LoadError::Shape {
            function: "gym:plugins/lifecycle".to_owned(),
            why: "it is not there".to_owned(),
        })?;
        let describe = function(component, interface, "describe")?;
        if shape.world == World::EarlyPricing {
            return Ok(Self::Early { describe });
        }
        let check = function(component, interface, "check-config")?;
        Ok(Self::First { describe, check })
    }

    fn describe(&self, guest: &Guest) -> Result<Info, LoadError> {
        let tables = Arc::default();
        let call = |index| Function {
            index,
            phase: Phase::Lifecycle,
            fuel: guest.limits.instantiate_fuel,
        };
        let answer = match self {
            Self::Early { describe } => {
                compare::<(), (String,)>(guest, DESCRIBE, describe)?;
                let run = guest.run::<(), (String,)>(call(describe), &tables, ());
                run.answer.map(|(id,)| Info {
                    id,
                    version: "0.1".to_owned(),
                    vendor: String::new(),
                })
            }
            Self::First { describe, .. } => {
                compare::<(), (Info,)>(guest, DESCRIBE, describe)?;
                let run = guest.run::<(), (Info,)>(call(describe), &tables, ());
                run.answer.map(|(info,)| info)
            }
        };
        let info = answer.map_err(|why| LoadError::Lifecycle {
            function: "describe",
            why,
        })?;
        accepted(info)
    }

    /// Asks a plugin whether it accepts its settings.
    pub(crate) fn check(&self, guest: &Guest) -> Result<(), LoadError> {
        let Self::First { check, .. } = self else {
            return Ok(());
        };
        type Answer = (Result<(), Failure>,);
        compare::<(&str,), Answer>(guest, "lifecycle.check-config", check)?;
        let function = Function {
            index: check,
            phase: Phase::Lifecycle,
            fuel: guest.limits.instantiate_fuel,
        };
        let settings = guest.settings.json.as_str();
        match guest
            .run::<(&str,), Answer>(function, &Arc::default(), (settings,))
            .answer
        {
            Ok((Ok(()),)) => Ok(()),
            Ok((Err(failure),)) => Err(LoadError::RejectedSettings {
                message: one_line(&failure.message, 400),
            }),
            Err(why) => Err(LoadError::Lifecycle {
                function: "check-config",
                why,
            }),
        }
    }
}

/// Checks what a plugin says of itself: it is shown to people, and its id is on invoices.
fn accepted(info: Info) -> Result<Info, LoadError> {
    let wrong = |field, value: &str, expected| LoadError::Info {
        field,
        value: one_line(value, 80),
        expected,
    };
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if !(1..=64).contains(&info.id.len()) || !info.id.bytes().all(letter) {
        return Err(wrong(
            "id",
            &info.id,
            "1 to 64 lower-case letters, digits and hyphens",
        ));
    }
    let plain = |text: &str| text.is_empty() || is_line(text, 100);
    if info.version.len() > 32 || !plain(&info.version) {
        return Err(wrong("version", &info.version, "one line of at most 32 bytes"));
    }
    if info.vendor.len() > 100 || !plain(&info.vendor) {
        return Err(wrong("vendor", &info.vendor, "one line of at most 100 bytes"));
    }
    Ok(info)
}
