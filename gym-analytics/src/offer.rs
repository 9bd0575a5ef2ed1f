//! [`Offers`]: what is worth offering to whom, for whoever asks a [`Recommender`].
//!
//! It is made of what an [`Uplift`](crate::uplift::Uplift) says of each offer, and answers with the codes that are allowed
//! and are worth more than they cost with this member, the one that is worth most first. Risk alone decides nothing:
//! who is most at risk is often not whom an offer changes (Ascarza 2018, doi:10.1509/jmr.16.0163), and some it drives away.
//! Where no offer is worth its cost, and to the [`ControlGroup`], nothing is offered.
//!
//! ```
//! use gym_analytics::control::ControlGroup;
//! use gym_analytics::offer::Offers;
//! use gym_analytics::uplift::Prospect;
//! use gym_core::id::MemberId;
//! use gym_core::insight::Origin;
//! use gym_core::recommendation::{Profile, Retention, Word, choose};
//!
//! let now = "2026-11-23T00:00:00Z".parse()?;
//! let of = Origin::new(Word::new("uplift")?, Word::new("3f9c01b2aa10")?, now);
//! let control = ControlGroup::new("offers of 2026", 100, "2026-01-01".parse()?)?;
//! // A month for free costs 40.00; whoever stays is worth 300.00.
//! let prospect = |risk, uplift: f64| Prospect { risk, uplift, expected_value: uplift * 30_000.0 - 4_000.0 };
//! let (asleep, moved) = (MemberId::new(1)?, MemberId::new(2)?);
//! let offers = Offers::new(of, control)
//!     .with("month-free", &[asleep, moved], &[prospect(0.6, -0.05), prospect(0.3, 0.2)])?;
//!
//! let ask = |member| {
//!     let codes = ["month-free".to_owned()].into();
//!     choose(&Retention { profile: Profile::of(member), codes, wanted: 1, today: now.date_naive() }, &[&offers])
//! };
//! assert!(ask(asleep).items.is_empty(), "at risk, and woken by an offer");
//! assert_eq!(ask(moved).items[0].reason, "keeps-20-of-100");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use gym_core::answer::Answer;
use gym_core::id::MemberId;
use gym_core::insight::Origin;
use gym_core::recommendation::{Chosen, Ranked, Ranking, Recommender, Retention, Score};
use gym_core::time::Instant;
use serde::Serialize;
use thiserror::Error;

use crate::control::ControlGroup;
use crate::uplift::Prospect;

/// Why nothing can be offered by what was given.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OfferError {
    /// Members and prospects are not as many.
    #[error("offer {code:?} has {found} prospects, expected {expected}, one of each member")]
    Length {
        /// The offer.
        code: String,
        /// How many prospects there are.
        found: usize,
        /// How many members.
        expected: usize,
    },
    /// An offer is there twice.
    #[error("offer {code:?} is there twice, expected each once")]
    CodeTwice {
        /// The offer.
        code: String,
    },
    /// A member is there twice.
    #[error("offer {code:?} has member {member} twice, expected each once")]
    MemberTwice {
        /// The offer.
        code: String,
        /// The member.
        member: MemberId,
    },
    /// A number is out of its range.
    #[error("offer {code:?} of member {member} has {field} {value}, expected {expected}")]
    Number {
        /// The offer.
        code: String,
        /// The member.
        member: MemberId,
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
}

/// What is known of making each member each offer; see the [module](self).
///
/// As a recommender it bears the model's name. Ask it before others: where it offers nothing, that is an answer, so that
/// nobody after it is asked. Its scores are shares of the greatest expected value that is known of anybody, so that those of
/// several members can be compared; a reason says how many of a hundred such members the offer keeps; its record holds the
/// prospects that were weighed, with the version of the model and what it knew.
#[derive(Debug, Clone, PartialEq)]
pub struct Offers {
    of: Origin,
    control: ControlGroup,
    known: BTreeMap<String, BTreeMap<MemberId, Prospect>>,
    greatest: f64,
}

impl Offers {
    /// Begins with no offer. The control group is asked for, because without one nobody learns what offers do.
    pub const fn new(of: Origin, control: ControlGroup) -> Self {
        Self {
            of,
            control,
            known: BTreeMap::new(),
            greatest: 0.0,
        }
    }

    /// Adds what is known of making members an offer, as
    /// [`Uplift::prospects`](crate::uplift::Uplift::prospects) says it; expected values of all offers in one unit.
    ///
    /// # Errors
    ///
    /// [`OfferError`].
    pub fn with(
        mut self,
        code: impl Into<String>,
        members: &[MemberId],
        prospects: &[Prospect],
    ) -> Result<Self, OfferError> {
        let code = code.into();
        if members.len() != prospects.len() {
            let (found, expected) = (prospects.len(), members.len());
            return Err(OfferError::Length {
                code,
                found,
                expected,
            });
        }
        if self.known.contains_key(&code) {
            return Err(OfferError::CodeTwice { code });
        }
        let mut known = BTreeMap::new();
        for (&member, &prospect) in members.iter().zip(prospects) {
            check(&code, member, &prospect)?;
            if known.insert(member, prospect).is_some() {
                return Err(OfferError::MemberTwice { code, member });
            }
            self.greatest = self.greatest.max(prospect.expected_value);
        }
        self.known.insert(code, known);
        Ok(self)
    }

    /// Returns what is known of making a member an offer.
    pub fn prospect(&self, code: &str, member: MemberId) -> Option<Prospect> {
        self.known.get(code)?.get(&member).copied()
    }

    fn chosen(&self, weighed: &[Weighed<'_>]) -> Vec<Chosen> {
        let worth = |it: &&Weighed<'_>| it.prospect.uplift > 0.0 && it.prospect.expected_value > 0.0;
        let mut worth: Vec<&Weighed<'_>> = weighed.iter().filter(worth).collect();
        // Of equals the first by name.
        worth.sort_by(|a, b| b.prospect.expected_value.total_cmp(&a.prospect.expected_value));
        let chosen = |it: &Weighed<'_>| Chosen {
            code: it.code.to_owned(),
            score: self.score(it.prospect.expected_value),
            reason: reason(it.prospect.uplift),
        };
        worth.into_iter().map(chosen).collect()
    }

    /// At least a point, since it is worth something.
    fn score(&self, value: f64) -> Score {
        Score::nearest(((10_000.0 * (value / self.greatest)) as i64).max(1))
    }
}

impl Recommender for Offers {
    fn name(&self) -> &str {
        self.of.model.as_str()
    }

    /// It knows nothing of workouts, and says so, so that the next is asked.
    fn rank(&self, _: &Ranking) -> Answer<Ranked> {
        Answer::none("it chooses offers and ranks no workouts")
    }

    fn choose(&self, request: &Retention) -> Answer<Chosen> {
        let member = request.profile.member;
        let is_control = self.control.holds(member.get());
        let weigh = |code: &'_ String| {
            let (code, known) = self.known.get_key_value(code)?;
            let prospect = *known.get(&member)?;
            Some(Weighed { code, prospect })
        };
        let weighed: Vec<Weighed<'_>> = request.codes.iter().filter_map(weigh).collect();
        let chosen = match is_control {
            true => Vec::new(),
            false => self.chosen(&weighed),
        };
        let record = Record {
            version: self.of.version.as_str(),
            as_of: self.of.as_of,
            is_control,
            weighed,
        };
        let answer = Answer::of(chosen);
        match serde_json::to_string(&record) {
            Ok(record) => answer.recorded(record),
            Err(_) => answer,
        }
    }
}

/// How it came to an answer.
#[derive(Serialize)]
struct Record<'a> {
    version: &'a str,
    as_of: Instant,
    is_control: bool,
    weighed: Vec<Weighed<'a>>,
}

#[derive(Serialize)]
struct Weighed<'a> {
    code: &'a str,
    #[serde(flatten)]
    prospect: Prospect,
}

/// How many of a hundred such members stay because of it.
fn reason(uplift: f64) -> String {
    match (uplift * 100.0).round() {
        kept if kept < 1.0 => "keeps-fewer-than-1-of-100".to_owned(),
        kept => format!("keeps-{kept:.0}-of-100"),
    }
}

fn check(code: &str, member: MemberId, prospect: &Prospect) -> Result<(), OfferError> {
    let Prospect {
        risk,
        uplift,
        expected_value,
    } = *prospect;
    let numbers = [
        ("risk", risk, (0.0..=1.0).contains(&risk), "0 to 1"),
        ("uplift", uplift, (-1.0..=1.0).contains(&uplift), "-1 to 1"),
        (
            "expected value",
            expected_value,
            expected_value.abs() <= 1e15,
            "-1e15 to 1e15",
        ),
    ];
    match numbers.into_iter().find(|(_, _, is_right, _)| !is_right) {
        None => Ok(()),
        Some((field, value, _, expected)) => Err(OfferError::Number {
            code: code.to_owned(),
            member,
            field,
            value,
            expected,
        }),
    }
}
