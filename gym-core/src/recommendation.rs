//! A [`Recommender`] ranks workouts and chooses offers; the core takes out beforehand what must not be offered, and
//! checks afterwards that nothing else came back.
//!
//! ```
//! use std::collections::BTreeSet;
//! use gym_core::id::{MemberId, WorkoutTemplateId};
//! use gym_core::fact::Facts;
//! use gym_core::recommendation::{Bounds, Grade, Profile, Ranking, Rotation, Score, Word, Workout, rank};
//!
//! let words = |words: &[&str]| words.iter().map(|word| Word::new(word).unwrap()).collect::<BTreeSet<_>>();
//! let workout = |id, title: &str, harms: &[&str]| Workout {
//!     id: WorkoutTemplateId::local(id),
//!     title: title.to_owned(),
//!     minutes: 40,
//!     intensity: Grade::new(6).unwrap(),
//!     muscle_groups: words(&["legs"]),
//!     equipment: BTreeSet::new(),
//!     contraindications: words(harms),
//!     base: Score::new(6_000).unwrap(),
//!     facts: Facts::default(),
//! };
//! let profile = Profile { limits: words(&["knee"]), ..Profile::of(MemberId::new(7)?) };
//! let request = Ranking {
//!     profile,
//!     candidates: vec![workout(1, "Squats", &["knee"]), workout(2, "Rowing", &[])],
//!     wanted: 5,
//!     today: "2026-11-22".parse()?,
//! };
//! let recommended = rank(request, &[&Rotation], &Bounds::default());
//! assert_eq!(recommended.items.len(), 1);
//! assert_eq!(recommended.items[0].workout, WorkoutTemplateId::local(2));
//! assert_eq!(recommended.excluded[0].because, [Word::new("knee")?]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod rotation;
mod value;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use std::collections::BTreeSet;

pub use self::check::{Bounds, Excluded, Recommended, Unfit, Unused, choose, rank};
pub use self::rotation::Rotation;
pub use self::value::{Done, Grade, InvalidGrade, InvalidScore, InvalidWord, Profile, Score, Word, Workout};
use crate::answer::Answer;
use crate::id::WorkoutTemplateId;

/// What is to be ranked: everything that an answer may depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// For whom.
    pub profile: Profile,
    /// What may be recommended.
    pub candidates: Vec<Workout>,
    /// How many are wanted.
    pub wanted: u32,
    /// The civil day on which it is asked.
    pub today: NaiveDate,
}

/// What is to be chosen from to keep somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Whom.
    pub profile: Profile,
    /// The codes that may be offered.
    pub codes: BTreeSet<String>,
    /// How many are wanted.
    pub wanted: u32,
    /// The civil day on which it is asked.
    pub today: NaiveDate,
}

/// A workout that is recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// Which.
    pub workout: WorkoutTemplateId,
    /// How well it suits.
    pub score: Score,
    /// Why: 1 to 40 lower-case letters, digits and hyphens.
    pub reason: String,
    /// A shorter or longer form of it, in thousandths of its minutes, 250 to 2000; the whole if there is none.
    pub scale: Option<u16>,
}

/// An offer that is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Which.
    pub code: String,
    /// How well it suits.
    pub score: Score,
    /// Why: 1 to 40 lower-case letters, digits and hyphens.
    pub reason: String,
}

/// Something that ranks and chooses. What it says depends on the request alone, and it is never asked while a lock is
/// held.
pub trait Recommender: Send + Sync {
    /// Its name in the records.
    fn name(&self) -> &str;

    /// Ranks workouts; what it leaves out is not recommended.
    fn rank(&self, request: &Ranking) -> Answer<Ranked>;

    /// Chooses offers; none is an answer.
    fn choose(&self, request: &Retention) -> Answer<Chosen>;
}
