//! The timetable: who and what is taken when, where it clashes, and what is still free.
//!
//! A [`claim`] takes one resource for a time; [`conflict`] finds every overlap of a timetable;
//! [`availability`] makes weekly hours into open time; [`slots`] are what can still be booked.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use gym_core::id::{ClaimId, SessionId, TrainerId};
//! use gym_core::schedule::claim::{Buffers, Claim, Owner, Resource};
//! use gym_core::time::Period;
//!
//! let start: DateTime<Utc> = "2026-03-02T09:00:00Z".parse()?;
//! let claim = Claim::new(
//!     ClaimId::new(1)?,
//!     Resource::Trainer(TrainerId::new(7)?),
//!     Owner::Session(SessionId::new(3)?),
//!     Period::lasting(start, 60),
//!     Buffers { before_minutes: 0, after_minutes: 15 },
//! );
//! assert_eq!(claim.occupied().to_string(), "2026-03-02 09:00–10:15 UTC");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod availability;
pub mod claim;
pub mod class;
pub mod conflict;
pub mod session;
pub mod slots;
