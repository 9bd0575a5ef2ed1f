//! The timetable as rows: [`class`], [`session`] and [`claim`].

pub(crate) mod claim;
pub(crate) mod class;
pub(crate) mod session;
