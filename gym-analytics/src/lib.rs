//! Numbers of a fitness club: features, models, evaluation and reports. It knows no database.

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
pub mod overbook;
pub mod packs;
pub mod prediction;
pub mod registry;
pub mod report;
pub mod revenue;
pub mod sample;
#[cfg(test)]
#[path = "../../gym-core/tests/it/support/soak.rs"]
mod soak;
pub mod spline;
pub mod timetable;
pub mod uplift;
