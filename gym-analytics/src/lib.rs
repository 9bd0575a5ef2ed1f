//! Numbers of a fitness club: features, models, evaluation and reports. It knows no database.

pub mod check;
pub mod feature;
pub mod frame;
pub mod landmark;
