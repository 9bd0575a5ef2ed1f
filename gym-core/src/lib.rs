//! The domain of a fitness club: values that are always valid, and decisions that are pure functions.

pub mod booking;
pub mod club;
pub mod command;
pub mod decision;
pub mod equipment;
pub mod event;
pub mod id;
pub mod location;
pub mod member;
pub mod money;
pub mod schedule;
pub mod series;
pub mod time;
pub mod trainer;
pub mod user;
