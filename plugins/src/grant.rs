//! [`Grants`]: which plugins may be loaded, and on what [`Terms`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use gym_core::billing::pricing::{Detail, OnFailure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::compile::Compiler;
use crate::contract::Fact;
use crate::error::LoadError;
use crate::home::Home;
use crate::json;
use crate::limits::Limits;
use crate::lock::Lock;

/// Something of the host that a plugin can import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Bounded lines for the operator.
    Log,
    /// Its own settings.
    Settings,
    /// Tables of the gym.
    Lookup,
}

impl Capability {
    /// Returns its interface.
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Log => "gym:plugins/log@1.0.0",
            Self::Settings => "gym:plugins/settings@1.0.0",
            Self::Lookup => "gym:plugins/lookup@1.0.0",
        }
    }

    /// Lists capabilities for a message.
    pub(crate) fn list(capabilities: &BTreeSet<Self>) -> String {
        let names: Vec<String> = capabilities.iter().map(Self::to_string).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }

    /// Returns the capability of an interface's name without its version.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "gym:plugins/log" => Some(Self::Log),
            "gym:plugins/settings" => Some(Self::Settings),
            "gym:plugins/lookup" => Some(Self::Lookup),
            _ => None,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "log",
            Self::Settings => "settings",
            Self::Lookup => "lookup",
        })
    }
}

/// On what terms one plugin runs: what its operator decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Terms {
    /// What it may import.
    pub imports: BTreeSet<Capability>,
    /// The tables that it may look into.
    #[serde(default)]
    pub tables: BTreeSet<String>,
    /// Whether it is told what people must not strain.
    #[serde(default)]
    pub health: bool,
    /// What it is told of payers and things beside what every request has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub details: BTreeSet<Detail>,
    /// What it may use, where that is not what is given to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Its settings.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// What becomes of a quote without its answer.
    #[serde(default)]
    pub on_failure: Policy,
    /// Lower is asked first; equals by id.
    #[serde(default)]
    pub order: i32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            imports: BTreeSet::from([Capability::Log, Capability::Settings]),
            tables: BTreeSet::new(),
            health: false,
            details: BTreeSet::new(),
            limits: None,
            settings: Map::new(),
            on_failure: Policy::Skip,
            order: 0,
        }
    }
}

/// What becomes of a quote for which a plugin has no usable answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// The list price, flagged on the quote.
    #[default]
    Skip,
    /// No quote.
    FailQuote,
}

impl From<Policy> for OnFailure {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Skip => Self::ListPrice,
            Policy::FailQuote => Self::Refuse,
        }
    }
}

/// Whose plugins are loaded.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Everything in the folder, signed or not, on the same terms: for development only.
    Anyone(Terms),
    /// What was installed: pinned by digest, and by signature where it has a key.
    Installed(Lock),
}

/// Rows of facts by table and key.
pub type Tables = BTreeMap<String, BTreeMap<String, Vec<Fact>>>;

/// What is loaded, on whose word, and where compiled code comes from.
#[derive(Debug, Clone)]
pub struct Grants {
    /// Whose plugins.
    pub trust: Trust,
    /// The tables that plugins can be let into.
    pub tables: Tables,
    /// Where compiled code and the secret are kept. Without it everything is compiled each time, and pseudonyms can
    /// be guessed.
    pub home: Option<Home>,
    /// Who compiles what is not in the cache.
    pub compiler: Compiler,
}

impl Grants {
    /// Loads everything there is in a folder, signed or not: for development only.
    pub fn development() -> Self {
        Self::anyone(Terms::default())
    }

    /// As [`development`](Self::development), on other terms.
    pub fn anyone(terms: Terms) -> Self {
        Self {
            trust: Trust::Anyone(terms),
            tables: Tables::new(),
            home: None,
            compiler: Compiler::InProcess,
        }
    }

    /// Loads what is installed at home, from its cache.
    ///
    /// # Errors
    /// If the lock file is not there or not one.
    pub fn installed(home: Home) -> Result<Self, LoadError> {
        Ok(Self {
            trust: Trust::Installed(Lock::read(&home.lock_file())?),
            tables: Tables::new(),
            home: Some(home),
            compiler: Compiler::CacheOnly,
        })
    }
}

/// The settings of one installation, as the plugin reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) json: String,
    texts: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn of(object: &Map<String, Value>) -> Self {
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| json::canonical(value), str::to_owned)
        };
        Self {
            json: json::canonical(&Value::Object(object.clone())),
            texts: object
                .iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect(),
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }
}
