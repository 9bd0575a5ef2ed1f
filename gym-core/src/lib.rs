//! The domain of a fitness club: values that are always valid, and decisions that are pure functions.

pub mod id;
pub mod series;
pub mod time;
