//! What a component is: its [`World`], read from what it exports, and what it imports.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex};

use crate::error::LoadError;
use crate::grant::Capability;

/// The worlds that this host runs. Several versions live side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum World {
    /// Prices, before 1.0.
    #[serde(rename = "pricing@0.1")]
    EarlyPricing,
    /// Prices.
    #[serde(rename = "pricing@1")]
    Pricing,
    /// Recommendations.
    #[serde(rename = "recommendation@1")]
    Recommendation,
}

/// What versions are known, for messages.
pub(crate) const KNOWN: &str = "pricing 0.1 and 1, recommendation 1";

impl World {
    /// Returns whether it proposes prices.
    pub const fn prices(self) -> bool {
        matches!(self, Self::EarlyPricing | Self::Pricing)
    }

    fn of(interface: &str, version: (u64, u64)) -> Option<Self> {
        match (interface, version) {
            ("gym:plugins/pricing", (0, 1)) => Some(Self::EarlyPricing),
            ("gym:plugins/pricing", (1, _)) => Some(Self::Pricing),
            ("gym:plugins/recommendation", (1, _)) => Some(Self::Recommendation),
            _ => None,
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EarlyPricing => "pricing@0.1",
            Self::Pricing => "pricing@1",
            Self::Recommendation => "recommendation@1",
        })
    }
}

/// What a component says by its type, before anything of it runs.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) world: World,
    /// The interface that it exports, with its version.
    pub(crate) interface: String,
    pub(crate) lifecycle: Option<String>,
    pub(crate) imports: BTreeSet<Capability>,
}

impl Shape {
    /// Reads what a component exports and imports.
    ///
    /// # Errors
    /// If it is of no world, or needs what no host has.
    pub(crate) fn of(engine: &Engine, component: &Component) -> Result<Self, LoadError> {
        let kind = component.component_type();
        let imports = imports(engine, &kind)?;
        let exports: Vec<String> = kind.exports(engine).map(|(name, _)| name.to_owned()).collect();
        let mut worlds = Vec::new();
        for export in &exports {
            let (interface, version) = split(export);
            if !matches!(interface, "gym:plugins/pricing" | "gym:plugins/recommendation") {
                continue;
            }
            let world = version.and_then(|version| World::of(interface, version));
            let unknown = || LoadError::Version {
                export: export.clone(),
                known: KNOWN,
            };
            worlds.push((world.ok_or_else(unknown)?, export.clone()));
        }
        if worlds.len() > 1 {
            let exports = worlds
                .iter()
                .map(|(_, export)| export.as_str())
                .collect::<Vec<_>>();
            let exports = exports.join(", ");
            return Err(LoadError::ManyWorlds { exports });
        }
        let Some((world, interface)) = worlds.pop() else {
            let exports = if exports.is_empty() {
                "nothing".to_owned()
            } else {
                exports.join(", ")
            };
            return Err(LoadError::OtherWorld { exports });
        };
        let lifecycle = exports
            .into_iter()
            .find(|export| split(export).0 == "gym:plugins/lifecycle");
        Ok(Self {
            world,
            interface,
            lifecycle,
            imports,
        })
    }
}

fn imports(
    engine: &Engine,
    kind: &wasmtime::component::types::Component,
) -> Result<BTreeSet<Capability>, LoadError> {
    let mut capabilities = BTreeSet::new();
    for (import, item) in kind.imports(engine) {
        if only_types(engine, &item.ty) {
            continue;
        }
        let (interface, version) = split(import);
        match (Capability::named(interface), version) {
            (Some(capability), Some((1, _))) => {
                capabilities.insert(capability);
            }
            _ if interface.starts_with("wasi:") || interface.starts_with("wasi_") => {
                return Err(LoadError::Wasi {
                    import: import.to_owned(),
                });
            }
            _ => {
                return Err(LoadError::UnknownImport {
                    import: import.to_owned(),
                });
            }
        }
    }
    Ok(capabilities)
}

/// Says whether an import brings types alone, which need nothing of the host.
fn only_types(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::Type(_) => true,
        ComponentItem::ComponentInstance(instance) => instance
            .exports(engine)
            .all(|(_, item)| matches!(item.ty, ComponentItem::Type(_))),
        _ => false,
    }
}

/// Splits `gym:plugins/log@1.2.3` into its interface and its version, if it has one.
fn split(name: &str) -> (&str, Option<(u64, u64)>) {
    let Some((interface, version)) = name.split_once('@') else {
        return (name, None);
    };
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let version = parts.next().flatten().zip(parts.next().flatten());
    (interface, version)
}

/// Finds a function of an exported interface.
///
/// # Errors
/// If it is not there.
pub(crate) fn function(
    component: &Component,
    interface: &str,
    name: &str,
) -> Result<ComponentExportIndex, LoadError> {
    let missing = || LoadError::Shape {
        function: format!("{interface}.{name}"),
        why: "it is not there".to_owned(),
    };
    let (_, instance) = component.get_export(None, interface).ok_or_else(missing)?;
    let (_, function) = component.get_export(Some(&instance), name).ok_or_else(missing)?;
    Ok(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_into_interface_and_version() {
        assert_eq!(split("gym:plugins/log@1.2.3"), ("gym:plugins/log", Some((1, 2))));
        assert_eq!(split("gym:plugins/log@1"), ("gym:plugins/log", None));
        assert_eq!(split("init"), ("init", None));
    }
}
