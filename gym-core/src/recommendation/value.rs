//! What recommendations are made of: words, scores, grades, workouts, and what is known of somebody.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fact::Facts;
use crate::id::{MemberId, WorkoutTemplateId};
use crate::text::is_code;

/// A text that is no word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("word: {0:?} is not accepted; expected 1 to 40 lower-case letters, digits and hyphens")]
pub struct InvalidWord(pub String);

/// A word by which people and workouts are compared: a muscle, a thing to train with, a goal, a limit. One that is
/// written in another way would be another word, and what must not be strained would be; so there is one way only.
///
/// ```
/// use gym_core::recommendation::Word;
///
/// assert_eq!(Word::new("lower-back")?.as_str(), "lower-back");
/// assert!(Word::new("Knee").is_err() && Word::new("knee ").is_err());
/// # Ok::<(), gym_core::recommendation::InvalidWord>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Word(String);

impl Word {
    /// Makes a word.
    ///
    /// # Errors
    /// If it is not 1 to 40 lower-case letters, digits and hyphens.
    pub fn new(word: &str) -> Result<Self, InvalidWord> {
        if is_code(word) {
            Ok(Self(word.to_owned()))
        } else {
            Err(InvalidWord(word.chars().take(60).collect()))
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Word {
    type Error = InvalidWord;

    fn try_from(word: String) -> Result<Self, InvalidWord> {
        Self::new(&word)
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0
    }
}

/// A number that is no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("score: {0} is not accepted; expected 0 to 10000 basis points")]
pub struct InvalidScore(pub i64);

/// How well something suits, or how likely it is: 0 to 10 000 basis points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Score(u16);

impl Score {
    /// Makes a score.
    ///
    /// # Errors
    /// If it is not 0 to 10 000.
    pub fn new(points: i64) -> Result<Self, InvalidScore> {
        let fits = u16::try_from(points).ok().filter(|points| *points <= 10_000);
        fits.map(Self).ok_or(InvalidScore(points))
    }

    /// Makes the score that is nearest to a number.
    pub fn nearest(points: i64) -> Self {
        Self(u16::try_from(points.clamp(0, 10_000)).unwrap_or(10_000))
    }

    /// Returns the basis points.
    pub fn points(self) -> i64 {
        i64::from(self.0)
    }
}

impl TryFrom<i64> for Score {
    type Error = InvalidScore;

    fn try_from(points: i64) -> Result<Self, InvalidScore> {
        Self::new(points)
    }
}

impl From<Score> for i64 {
    fn from(score: Score) -> Self {
        score.points()
    }
}

/// A number that is no grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("grade: {0} is not accepted; expected 1 to 10")]
pub struct InvalidGrade(pub u8);

/// How hard something is, or how far somebody is: 1 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Grade(u8);

impl Grade {
    /// The lowest.
    pub const LOWEST: Self = Self(1);

    /// Makes a grade.
    ///
    /// # Errors
    /// If it is not 1 to 10.
    pub fn new(grade: u8) -> Result<Self, InvalidGrade> {
        if (1..=10).contains(&grade) {
            Ok(Self(grade))
        } else {
            Err(InvalidGrade(grade))
        }
    }

    /// Returns the number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Grade {
    type Error = InvalidGrade;

    fn try_from(grade: u8) -> Result<Self, InvalidGrade> {
        Self::new(grade)
    }
}

impl From<Grade> for u8 {
    fn from(grade: Grade) -> Self {
        grade.get()
    }
}

/// A workout that may be recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workout {
    /// Its id.
    pub id: WorkoutTemplateId,
    /// What it is called.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// How hard it is.
    pub intensity: Grade,
    /// What it trains.
    pub muscle_groups: BTreeSet<Word>,
    /// What it needs.
    pub equipment: BTreeSet<Word>,
    /// With which limits of a person it must not be done.
    pub contraindications: BTreeSet<Word>,
    /// How well it suits as far as the gym knows.
    pub base: Score,
    /// What else is known of it, such as `rehab`: the limits that it heals.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// A workout that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Which.
    pub workout: WorkoutTemplateId,
    /// When.
    pub on: NaiveDate,
    /// How much of it.
    pub completed: Score,
    /// How hard it felt.
    pub effort: Option<Grade>,
}

/// What is known of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Who.
    pub member: MemberId,
    /// What they are after.
    pub goals: BTreeSet<Word>,
    /// How far they are.
    pub level: Grade,
    /// What they must not strain: facts of their health.
    pub limits: BTreeSet<Word>,
    /// How likely they are to leave, if a model says so.
    pub churn_risk: Option<Score>,
    /// What they did lately, the latest first.
    pub recent: Vec<Done>,
    /// What else is known of them. Facts of health do not belong here: every recommender is told.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

impl Profile {
    /// Makes the profile of somebody of whom nothing is known.
    pub fn of(member: MemberId) -> Self {
        Self {
            member,
            goals: BTreeSet::new(),
            level: Grade::LOWEST,
            limits: BTreeSet::new(),
            churn_risk: None,
            recent: Vec::new(),
            facts: Facts::default(),
        }
    }
}
