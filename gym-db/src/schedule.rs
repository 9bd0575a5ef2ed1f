//! The timetable as rows: [`class`], [`session`] and [`claim`]; and what is free in it.

pub(crate) mod claim;
pub(crate) mod class;
pub(crate) mod session;
mod slots;
