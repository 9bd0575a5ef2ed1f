//! [`Settings`] of an installation: a JSON object, read by name.

mod json;

use crate::line::is_line;
use crate::text::number;
use crate::{Failure, Percent, text};

/// The settings of an installation.
///
/// When a plugin is installed they are checked from their text, when it is asked they are read from the host, by the
/// same code.
///
/// ```
/// use gym_plugin_sdk::{Failure, Percent, Settings};
///
/// let settings = Settings::parse(r#"{"label":"Rabatt","percent":7.5,"steps":{"3":5}}"#)?;
/// assert_eq!(settings.text("label").as_deref(), Some("Rabatt"));
/// assert_eq!(settings.share("percent", Percent::whole(10))?, Percent::basis_points(750));
/// assert_eq!(settings.whole("most", 100)?, 100);
/// assert_eq!(settings.table("steps")?, Some(vec![("3".to_owned(), "5".to_owned())]));
///
/// let unknown = settings.only(&["label", "percent"]).unwrap_err();
/// assert_eq!(unknown.message, "setting steps: unknown; expected label, percent");
/// # Ok::<(), Failure>(())
/// ```
#[derive(Debug, Clone)]
pub struct Settings(Source);

#[derive(Debug, Clone)]
enum Source {
    Given(Vec<(String, String)>),
    #[cfg(target_arch = "wasm32")]
    Host,
}

impl Settings {
    /// Reads a JSON object.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] if it is not one JSON object.
    pub fn parse(object: &str) -> Result<Self, Failure> {
        let wrong = |at| text!["settings: byte ", at, " is not accepted; expected a JSON object"];
        json::members(object)
            .map(|members| Self(Source::Given(members)))
            .map_err(|at: usize| Failure::invalid_config(wrong(at)))
    }

    /// The settings of this installation; native code has none.
    pub(crate) fn installed() -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self(Source::Host);
        #[cfg(not(target_arch = "wasm32"))]
        Self(Source::Given(Vec::new()))
    }

    /// Returns a setting: a string as its text, everything else as JSON.
    pub fn text(&self, key: &str) -> Option<String> {
        match &self.0 {
            Source::Given(members) => {
                let mut known = members.iter();
                known
                    .find(|(name, _)| name == key)
                    .map(|(_, value)| value.clone())
            }
            #[cfg(target_arch = "wasm32")]
            Source::Host => crate::bindings::base::gym::plugins::settings::get(key),
        }
    }

    /// Returns a percentage with at most two decimals, such as `12.5`, from 0 to 100.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] if it is there and is none.
    pub fn share(&self, key: &str, default: Percent) -> Result<Percent, Failure> {
        let Some(text) = self.text(key) else {
            return Ok(default);
        };
        let share = text.parse().ok();
        let share = share.filter(|it| (Percent::whole(0)..=Percent::whole(100)).contains(it));
        let expected = "a percentage from 0 to 100 with at most two decimals, such as 12.5";
        share.ok_or_else(|| wrong(key, &text, expected))
    }

    /// Returns a whole number from 0.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] if it is there and is none.
    pub fn whole(&self, key: &str, default: u32) -> Result<u32, Failure> {
        let Some(text) = self.text(key) else {
            return Ok(default);
        };
        let expected = "a whole number from 0 to 4294967295";
        number(text.as_bytes()).ok_or_else(|| wrong(key, &text, expected))
    }

    /// Returns yes or no.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] if it is there and is neither `true` nor `false`.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, Failure> {
        match self.text(key).as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(text) => Err(wrong(key, text, "true or false")),
        }
    }

    /// Returns the members of a JSON object by name, in its order: strings as text, everything else as JSON.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] if it is there and is none.
    pub fn table(&self, key: &str) -> Result<Option<Vec<(String, String)>>, Failure> {
        let members = |text: String| json::members(&text).map_err(|_| wrong(key, &text, "a JSON object"));
        self.text(key).map(members).transpose()
    }

    /// Returns one line for an invoice: 1 to 200 bytes that are not blank, and none of it invisible but the joiners U+200C
    /// and U+200D.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] if it is there and is none.
    pub fn label(&self, key: &str, default: &str) -> Result<String, Failure> {
        let label = self.text(key).unwrap_or_else(|| default.to_owned());
        if label.len() <= 200 && is_line(&label) {
            Ok(label)
        } else {
            Err(wrong(key, &label, "1 to 200 bytes without control characters"))
        }
    }

    /// Refuses settings with other names, so that a misspelt one is found when the plugin is installed.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] with the first other name.
    pub fn only(&self, known: &[&str]) -> Result<(), Failure> {
        let other = match &self.0 {
            Source::Given(members) => members.iter().find(|(name, _)| !known.contains(&name.as_str())),
            #[cfg(target_arch = "wasm32")]
            Source::Host => None,
        };
        let refuse = |name: &str| {
            let mut why = text!["setting ", name, ": unknown; expected "];
            for (place, name) in known.iter().enumerate() {
                why.push_str(if place > 0 { ", " } else { "" });
                why.push_str(name);
            }
            Err(Failure::invalid_config(why))
        };
        other.map_or(Ok(()), |(name, _)| refuse(name))
    }
}

#[inline(never)]
fn wrong(key: &str, value: &str, expected: &str) -> Failure {
    let why = text![
        "setting ",
        key,
        ": ",
        value,
        " is not accepted; expected ",
        expected
    ];
    Failure::invalid_config(why)
}

/// No settings.
impl Default for Settings {
    fn default() -> Self {
        Self(Source::Given(Vec::new()))
    }
}
