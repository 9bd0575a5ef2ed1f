//! The domain of a fitness club: values that are always valid, and decisions that are pure functions.

pub mod billing;
pub mod booking;
pub mod check_in;
pub mod club;
pub mod command;
pub mod decision;
pub mod entitlement;
pub mod equipment;
pub mod event;
pub mod history;
pub mod id;
pub mod location;
pub mod member;
pub mod membership;
pub mod money;
pub mod payroll;
pub mod recommendation;
pub mod replay;
pub mod schedule;
pub mod series;
pub mod shop;
#[cfg(feature = "sim")]
pub mod sim;
pub mod time;
pub mod trainer;
pub mod user;
