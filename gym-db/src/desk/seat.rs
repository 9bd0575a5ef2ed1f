//! Seats of classes, as the desk books and cancels them.

use gym_core::booking::{Registration, RegistrationState, WaitlistEntry};
use gym_core::command::{Book, Command, IfFull};
use gym_core::event::Event;
use gym_core::id::{ClassId, MemberId};

use super::{Desk, Done};
use crate::error::Failure;

impl Desk<'_> {
    /// Books a seat of a class for a member.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn book(&self, member: MemberId, class: ClassId) -> Result<Registration, Failure> {
        self.expect(&Command::Book(Book::one(member, class)), |event| match event {
            Event::Booked(booked) if booked.member == member => Some(booked.clone()),
            _ => None,
        })
    }

    /// Books a seat of a class for a member, or puts them on its waitlist.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn book_or_wait(&self, member: MemberId, class: ClassId) -> Result<Place, Failure> {
        let order = Book {
            if_full: IfFull::Wait,
            ..Book::one(member, class)
        };
        self.expect(&Command::Book(order), |event| match event {
            Event::Booked(booked) if booked.member == member => Some(Place::Seat(booked.clone())),
            Event::Waitlisted(entry) if entry.member == member => Some(Place::Waiting(entry.clone())),
            _ => None,
        })
    }

    /// Cancels a booking, and says whether it was late, or leaves a waitlist.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn cancel(&self, member: MemberId, class: ClassId) -> Result<RegistrationState, Failure> {
        let done = self.run(&Command::Cancel { class, member })?;
        let state = done.find(|event| match event {
            Event::BookingSettled { state, .. } => Some(*state),
            _ => None,
        });
        Ok(state.unwrap_or(RegistrationState::Cancelled))
    }

    /// Checks a member in.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn check_in(&self, member: MemberId, class: ClassId) -> Result<Done, Failure> {
        self.run(&Command::CheckIn {
            class,
            member,
            overriding: None,
        })
    }
}

/// What [`Desk::book_or_wait`] led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A seat.
    Seat(Registration),
    /// A place on the waitlist.
    Waiting(WaitlistEntry),
}
