//! A [`Run`] is what a model said at an instant: [`Figure`]s, and an [`Insight`] with its reasons for each member.
//!
//! Every number says by which version of which model it was found and what was known to it, so that what became of the
//! members can be held against it later.
//!
//! ```
//! use gym_core::id::MemberId;
//! use gym_core::insight::{About, Figure, Insight, Origin, Reason, Run};
//! use gym_core::recommendation::Word;
//!
//! let of = Origin::new(Word::new("retention")?, Word::new("3f9c01b2aa10")?, "2026-11-23T00:00:00Z".parse()?);
//! let reason = Reason::new("31 days since the last visit", 1.4)?;
//! let risk = Insight::new(MemberId::new(7)?, Word::new("leaves-in-3-months")?, 0.42, vec![reason])?;
//! let expected = Figure::new(About::Club, Word::new("expected-to-leave")?, 17.5)?;
//! let run = Run::new(of, vec![expected], vec![risk.clone()])?;
//! assert_eq!(run.insights(), [risk.clone()]);
//!
//! assert_eq!(
//!     Run::new(run.of().clone(), Vec::new(), vec![risk.clone(), risk]).unwrap_err().to_string(),
//!     "insights: leaves-in-3-months of member 7 is there twice; expected each once",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;

use crate::id::{ClassId, MemberId, TrainerId};
use crate::recommendation::Word;
use crate::text::is_line;
use crate::time::Instant;

/// The most reasons that an insight has.
pub const MOST_REASONS: usize = 40;

/// Why something is no run, or no part of one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidRun {
    /// A number that nothing can be held against.
    #[error("{field}: {value} is not accepted; expected a finite number")]
    NotFinite {
        /// The field.
        field: &'static str,
        /// What it was.
        value: f64,
    },
    /// Words that nobody could read.
    #[error("words: {0:?} is not accepted; expected a line of 1 to 200 characters")]
    Words(String),
    /// More reasons than anybody reads.
    #[error("reasons: there are {0}; expected at most 40")]
    TooManyReasons(usize),
    /// The same twice.
    #[error("{field}: {what} is there twice; expected each once")]
    Twice {
        /// The field.
        field: &'static str,
        /// What is there twice.
        what: String,
    },
}

fn finite(field: &'static str, value: f64) -> Result<f64, InvalidRun> {
    match value.is_finite() {
        true => Ok(value),
        false => Err(InvalidRun::NotFinite { field, value }),
    }
}

/// By which version of which model, and at which instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What the model is called, as `retention`.
    pub model: Word,
    /// Which one of that name: the beginning of its checksum.
    pub version: Word,
    /// When: nothing that was recorded later was looked at.
    pub as_of: Instant,
}

impl Origin {
    /// Joins a model, its version and an instant.
    pub const fn new(model: Word, version: Word, as_of: Instant) -> Self {
        Self {
            model,
            version,
            as_of,
        }
    }
}

/// What a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// All of the club.
    Club,
    /// A member.
    Member(MemberId),
    /// A dated class.
    Class(ClassId),
    /// A trainer.
    Trainer(TrainerId),
}

/// A number with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    about: About,
    name: Word,
    value: f64,
}

impl Figure {
    /// Makes a figure.
    ///
    /// # Errors
    /// If the value is not finite.
    pub fn new(about: About, name: Word, value: f64) -> Result<Self, InvalidRun> {
        Ok(Self {
            about,
            name,
            value: finite("figure", value)?,
        })
    }

    /// Returns what it is about.
    pub const fn about(&self) -> About {
        self.about
    }

    /// Returns its name.
    pub const fn name(&self) -> &Word {
        &self.name
    }

    /// Returns the number.
    pub const fn value(&self) -> f64 {
        self.value
    }
}

/// Why a score is what it is: a line that people read, and by how much it raised (or lowered) the score's log-odds.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    words: String,
    adds: f64,
}

impl Reason {
    /// Makes a reason.
    ///
    /// # Errors
    /// If the words are no line of 1 to 200 characters, or the number is not finite.
    pub fn new(words: impl Into<String>, adds: f64) -> Result<Self, InvalidRun> {
        let words = words.into();
        if !is_line(&words, 200) {
            return Err(InvalidRun::Words(words.chars().take(60).collect()));
        }
        let adds = finite("reason", adds)?;
        Ok(Self { words, adds })
    }

    /// Returns what is so, as "31 days since the last visit".
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Returns by how much it raised the log-odds.
    pub const fn adds(&self) -> f64 {
        self.adds
    }
}

/// What a model says of a member.
#[derive(Debug, Clone, PartialEq)]
pub struct Insight {
    member: MemberId,
    kind: Word,
    score: f64,
    reasons: Vec<Reason>,
}

impl Insight {
    /// Makes an insight: of a kind, as `leaves-in-3-months`, with a score and the reasons for it, the weightiest first.
    ///
    /// # Errors
    /// If the score is not finite, or there are more than 40 reasons.
    pub fn new(member: MemberId, kind: Word, score: f64, reasons: Vec<Reason>) -> Result<Self, InvalidRun> {
        if reasons.len() > MOST_REASONS {
            return Err(InvalidRun::TooManyReasons(reasons.len()));
        }
        Ok(Self {
            member,
            kind,
            score: finite("score", score)?,
            reasons,
        })
    }

    /// Returns of whom.
    pub const fn member(&self) -> MemberId {
        self.member
    }

    /// Returns the kind.
    pub const fn kind(&self) -> &Word {
        &self.kind
    }

    /// Returns the score: of a risk, its probability.
    pub const fn score(&self) -> f64 {
        self.score
    }

    /// Returns why, the weightiest first.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

/// What a model said at an instant; see the [module](self).
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    of: Origin,
    figures: Vec<Figure>,
    insights: Vec<Insight>,
}

impl Run {
    /// Joins what a model said.
    ///
    /// # Errors
    /// If a figure of one thing, or a kind of insight of one member, is there twice.
    pub fn new(of: Origin, figures: Vec<Figure>, insights: Vec<Insight>) -> Result<Self, InvalidRun> {
        let twice = |field, what: String| InvalidRun::Twice { field, what };
        let mut seen = BTreeSet::new();
        if let Some(it) = figures.iter().find(|it| !seen.insert((it.about, &it.name))) {
            return Err(twice("figures", it.name.as_str().to_owned()));
        }
        let mut seen = BTreeSet::new();
        if let Some(it) = insights.iter().find(|it| !seen.insert((it.member, &it.kind))) {
            let what = format!("{} of member {}", it.kind.as_str(), it.member);
            return Err(twice("insights", what));
        }
        Ok(Self {
            of,
            figures,
            insights,
        })
    }

    /// Returns by which model it was, and when.
    pub const fn of(&self) -> &Origin {
        &self.of
    }

    /// Returns the figures.
    pub fn figures(&self) -> &[Figure] {
        &self.figures
    }

    /// Returns what it said of members.
    pub fn insights(&self) -> &[Insight] {
        &self.insights
    }
}
