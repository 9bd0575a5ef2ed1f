//! [`Report`]: what the numbers say, on one page that needs nothing else.
//!
//! One HTML file without scripts, fonts or pictures from elsewhere: it opens offline, follows the reader's light or dark
//! theme, fits a phone and prints. Every drawing has a title, a text of what it shows, and its numbers in a table. All
//! text is escaped. A section without data is left out, or says why it is empty ([`Report::notes`]).
//!
//! ```
//! use gym_analytics::report::{AtRisk, Report, Source};
//!
//! let mut report = Report::new("Iron & Oak", "2027-03-01".parse()?);
//! report.source = Some(Source { model: "churn 3f2a".into(), cutoff: "2027-02-28".parse()? });
//! let reasons = vec!["31 days since the last visit: +1.4".into()];
//! report.at_risk.push(AtRisk { who: "Ada <L.>".into(), risk: 0.42, reasons, gain: None });
//!
//! let page = report.html()?;
//! assert!(page.contains("Iron &amp; Oak") && page.contains("Ada &lt;L.&gt;") && page.contains("42\u{a0}%"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chart;
mod drawing;
mod page;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::evaluate::Bin;
use crate::model::Card;

/// Why there is no page.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A number that cannot be shown.
    #[error("{section} has {value} for {what}, expected {expected}")]
    Number {
        /// The section.
        section: &'static str,
        /// Which figure.
        what: String,
        /// The value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// The bounds of a forecast are not in order.
    #[error("the revenue of {month} has bounds that are not in order")]
    Order {
        /// The month.
        month: NaiveDate,
    },
    /// The template refuses.
    #[error(transparent)]
    Template(#[from] minijinja::Error),
    /// The file cannot be written.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        why: std::io::Error,
    },
}

/// Which model says so, and what it had seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The model's name and version.
    pub model: String,
    /// The last day of its data.
    pub cutoff: NaiveDate,
}

/// A member who may leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtRisk {
    /// Who.
    pub who: String,
    /// The probability that they leave, 0 to 1.
    pub risk: f64,
    /// Why, in plain words, the strongest reason first.
    pub reasons: Vec<String>,
    /// What an offer is expected to gain, in the currency of the club, where that is known.
    pub gain: Option<f64>,
}

/// Whether predictions came true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Of what.
    pub name: String,
    /// The curve.
    pub bins: Vec<Bin>,
    /// The expected calibration error, 0 to 1.
    pub ece: f64,
}

/// How many of those who joined together are still there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Who.
    pub name: String,
    /// The share after 0, 1, 2, … months; 0 to 1.
    pub survival: Vec<f64>,
}

/// How many people are inside, by weekday (Monday first) and hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Week {
    /// Where.
    pub place: String,
    /// The expected count; nothing where it is closed or not known.
    pub people: [[Option<f64>; 24]; 7],
}

/// A class that is proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed {
    /// The weekday and time, as "Monday 18:00".
    pub when: String,
    /// What.
    pub what: String,
    /// Where.
    pub room: String,
    /// By whom.
    pub trainer: String,
    /// How many would come, 0 or more.
    pub people: f64,
    /// How many fit in.
    pub seats: u32,
}

/// A timetable that is proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Where.
    pub place: String,
    /// Its classes, in the order of the week.
    pub classes: Vec<Proposed>,
    /// How good it is known to be, in words.
    pub proof: String,
}

/// A month's revenue to come, between bounds that hold 80 % and 95 % of such months.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Month {
    /// Its first day.
    pub month: NaiveDate,
    /// What is expected.
    pub expected: f64,
    /// 80 %: from, to.
    pub likely: (f64, f64),
    /// 95 %: from, to.
    pub widest: (f64, f64),
}

/// Revenue: what came in, and what is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fan {
    /// Where.
    pub place: String,
    /// The currency's code.
    pub currency: String,
    /// Months that are over: their first day and revenue.
    pub past: Vec<(NaiveDate, f64)>,
    /// Months to come.
    pub ahead: Vec<Month>,
}

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Members at risk.
    AtRisk,
    /// Whether predictions came true.
    Calibration,
    /// Survival by cohort.
    Survival,
    /// Occupancy by hour of the week.
    Occupancy,
    /// Timetables.
    Timetable,
    /// Revenue.
    Revenue,
    /// The models' cards.
    Models,
}

/// Everything that a page may show; see the [module](self).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The club.
    pub club: String,
    /// The day that the page is about.
    pub as_of: NaiveDate,
    /// What the risks come from.
    pub source: Option<Source>,
    /// Members who may leave, those with the highest risk first.
    pub at_risk: Vec<AtRisk>,
    /// Whether predictions came true.
    pub reliability: Vec<Reliability>,
    /// Survival by cohort.
    pub cohorts: Vec<Curve>,
    /// Occupancy by hour of the week.
    pub weeks: Vec<Week>,
    /// Timetables.
    pub timetables: Vec<Proposal>,
    /// Revenue, each place in its currency.
    pub revenue: Vec<Fan>,
    /// The models' cards.
    pub cards: Vec<Card>,
    /// What to know of a section, or why it is empty, in a sentence or two.
    pub notes: BTreeMap<Section, String>,
}

impl Report {
    /// Makes an empty page of a club.
    pub fn new(club: &str, as_of: NaiveDate) -> Self {
        Self {
            club: club.to_owned(),
            as_of,
            source: None,
            at_risk: Vec::new(),
            reliability: Vec::new(),
            cohorts: Vec::new(),
            weeks: Vec::new(),
            timetables: Vec::new(),
            revenue: Vec::new(),
            cards: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    /// Returns the page. The same report is the same page.
    ///
    /// # Errors
    ///
    /// [`ReportError::Number`], [`ReportError::Order`] and [`ReportError::Template`].
    pub fn html(&self) -> Result<String, ReportError> {
        self.check()?;
        page::render(self)
    }

    /// Writes the page to a file.
    ///
    /// # Errors
    ///
    /// As [`Report::html`]; [`ReportError::File`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), ReportError> {
        let path = path.as_ref();
        std::fs::write(path, self.html()?).map_err(|why| ReportError::File {
            path: path.display().to_string(),
            why,
        })
    }

    fn check(&self) -> Result<(), ReportError> {
        for member in &self.at_risk {
            share("members at risk", &member.who, member.risk)?;
            if let Some(gain) = member.gain {
                amount("members at risk", &member.who, gain)?;
            }
        }
        for curve in &self.reliability {
            share("calibration", &curve.name, curve.ece)?;
            for bin in &curve.bins {
                share("calibration", &curve.name, bin.predicted)?;
                share("calibration", &curve.name, bin.observed)?;
            }
        }
        for curve in &self.cohorts {
            let mut shares = curve.survival.iter();
            shares.try_for_each(|value| share("survival", &curve.name, *value))?;
        }
        for week in &self.weeks {
            for people in week.people.iter().flatten().flatten() {
                count("occupancy", &week.place, *people)?;
            }
        }
        for class in self.timetables.iter().flat_map(|timetable| &timetable.classes) {
            count("timetable", &class.what, class.people)?;
        }
        self.revenue.iter().try_for_each(check_fan)
    }
}

fn check_fan(fan: &Fan) -> Result<(), ReportError> {
    for (month, value) in &fan.past {
        amount("revenue", &month.to_string(), *value)?;
    }
    for ahead in &fan.ahead {
        let (low, high) = ahead.likely;
        let (least, most) = ahead.widest;
        let bounds = [least, low, ahead.expected, high, most];
        for value in bounds {
            amount("revenue", &ahead.month.to_string(), value)?;
        }
        if !bounds.is_sorted() {
            return Err(ReportError::Order { month: ahead.month });
        }
    }
    Ok(())
}

fn share(section: &'static str, what: &str, value: f64) -> Result<(), ReportError> {
    number(
        section,
        what,
        value,
        (0.0..=1.0).contains(&value),
        "a number from 0 to 1",
    )
}

fn count(section: &'static str, what: &str, value: f64) -> Result<(), ReportError> {
    number(
        section,
        what,
        value,
        (0.0..=1e9).contains(&value),
        "a number from 0 to 1e9",
    )
}

fn amount(section: &'static str, what: &str, value: f64) -> Result<(), ReportError> {
    number(
        section,
        what,
        value,
        value.abs() <= 1e15,
        "a number from -1e15 to 1e15",
    )
}

fn number(
    section: &'static str,
    what: &str,
    value: f64,
    is_right: bool,
    expected: &'static str,
) -> Result<(), ReportError> {
    match is_right {
        true => Ok(()),
        false => Err(ReportError::Number {
            section,
            what: what.to_owned(),
            value,
            expected,
        }),
    }
}
