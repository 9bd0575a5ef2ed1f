//! Numbers of a fitness club: features, models, evaluation and reports. It knows no database.
//!
//! # The first five minutes
//!
//! A club's past is a [`History`](gym_core::history::History): of a database by `gym_db::Gym::history`, of data frames, CSV
//! or Parquet by [`frame::Frames`], or made up with its truth by `gym_core::sim::teacher`. From it to names with reasons:
//!
//! ```
//! use gym_analytics::explain::Words;
//! use gym_analytics::fold::Backtest;
//! use gym_analytics::hazard::HazardParams;
//! use gym_analytics::landmark::Landmarks;
//! use gym_analytics::model::{Model, Params, Training};
//! use gym_core::sim::teacher::{Profile, Teacher};
//!
//! let lesson = Teacher::new(Profile::Uk, 7, 400, "2024-01-01".parse()?, 14).teach();
//! let (history, now) = (&lesson.history, lesson.months[14]);
//!
//! // Members on the first of some months, what was known of them then, and whether they left in the month after.
//! let past = Landmarks::at(history, &lesson.months[3..13], 1, now)?.only(&["days_since_visit", "trend", "tenure_days"])?;
//! let params = Params::Hazard(HazardParams { months: 1, ..HazardParams::linear(10.0) });
//! let backtest = Backtest { folds: 2, embargo_days: 31 };
//! let model = Training::of("retention", &past)?.backtest(backtest).learn(&params)?;
//! assert!(model.card().report.as_ref().is_some_and(|tested| tested.roc_auc.value > 0.5));
//!
//! // Whoever is there now, how likely they leave, and why.
//! let today = Landmarks::at_risk(history, now)?.only(&["days_since_visit", "trend", "tenure_days"])?;
//! let risks = model.probabilities(today.columns())?;
//! let reasons = model.explain(today.columns(), 0)?.reasons(&Words::for_features());
//! assert!(risks.len() == today.rows().len() && reasons.len() <= 3);
//!
//! // The file is checked when it is read, and its card says what it learned from and how good it was.
//! let again = Model::from_bytes(&model.to_bytes()?)?;
//! assert!(again == model && again.card().to_markdown().contains("retention"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! | you want to know | look at |
//! |---|---|
//! | what is odd about the data | [`check`] |
//! | what is known of a member at an instant | [`feature::Features`], which nothing later can change |
//! | who was there, and what became of them | [`landmark::Landmarks`] |
//! | who leaves, when, and why | [`hazard`] on landmarks; [`gam`] and [`boost`] on any rows; [`explain`] for reasons |
//! | how good that is | [`fold`] (over time, unless asked otherwise), [`evaluate`], [`model::Training`] with its card |
//! | which model serves, and what became of what it said | [`registry`], [`prediction`] |
//! | what kinds of members there are | [`segment`] |
//! | whom an offer keeps | [`uplift`], with [`control`] for who is never offered anything; [`offer`] recommends by it |
//! | how many stay of those who joined together, what they are worth | [`cohort`], [`packs`], [`lifetime`] |
//! | how full it will be | [`demand`], [`no_show`], [`overbook`] |
//! | what to hold when, and what wears out | [`timetable`], [`load`] |
//! | what comes in | [`revenue`], [`forecast`]; [`spend`] at the counter |
//! | all of it on one page | [`report`] |
//!
//! Whatever is learned from is checked, and what cannot be learned from is a typed error with its facts: columns that are not
//! there, NaN, one class only, too few rows, an instant outside of the data, features of another model.

pub mod boost;
pub mod check;
pub mod cohort;
pub mod columns;
pub mod control;
pub mod demand;
pub mod design;
mod draw;
pub mod evaluate;
pub mod explain;
pub mod feature;
pub mod fold;
pub mod forecast;
pub mod frame;
pub mod gam;
pub mod hazard;
pub mod landmark;
pub mod lifetime;
mod likelihood;
pub mod load;
pub mod model;
pub mod no_show;
pub mod offer;
pub mod overbook;
pub mod packs;
pub mod prediction;
pub mod registry;
pub mod report;
pub mod revenue;
pub mod sample;
pub mod segment;
#[cfg(test)]
#[path = "../../gym-core/tests/it/support/soak.rs"]
mod soak;
pub mod spend;
pub mod spline;
mod standard;
pub mod timetable;
pub mod uplift;
