//! [`Truth`]: what nobody at the club can know, kept apart from what happened.

/// How many kinds of classes there are.
pub const KINDS: usize = 6;

/// What is true of a member for good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nature {
    /// How often they would come in a week, before motivation and season.
    pub weekly: f64,
    /// How easily they leave: added to the logit.
    pub frailty: f64,
    /// With which probability they choose each kind of class.
    pub tastes: [f64; KINDS],
    /// How many of their visits are to classes.
    pub classes: f64,
    /// With which probability they come to a class that they booked on the day before.
    pub shows: f64,
    /// With which probability a payment of theirs fails.
    pub fails: f64,
    /// How much an offer lowers the logit of leaving; below zero it drives them away.
    pub moved: f64,
}

/// What is true of a member in a month, of those who are there at its beginning and are not frozen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Month {
    /// The member: a position in the history.
    pub member: u32,
    /// The month, from 0.
    pub month: u32,
    /// How motivated they are; 0 is as usual.
    pub motivation: f64,
    /// The probability that they choose to leave in it, given that they stay in it otherwise.
    pub chosen: f64,
    /// The probability that they have to leave in it.
    pub involuntary: f64,
    /// The probability of choosing to leave if an offer is made to them now.
    pub if_offered: f64,
    /// The same if none is made.
    pub if_not: f64,
}

impl Month {
    /// Returns the probability that they are gone after the month.
    pub fn leaves(&self) -> f64 {
        1.0 - (1.0 - self.chosen) * (1.0 - self.involuntary)
    }
}

/// What a booking was, before anybody knew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Showing {
    /// The booking: a position in the history.
    pub booking: u32,
    /// The probability that the member comes.
    pub shows: f64,
}

/// What nobody at the club can know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth {
    /// Of each member of the history.
    pub natures: Vec<Nature>,
    /// Of each month of each member, by member and month.
    pub months: Vec<Month>,
    /// Of each booking.
    pub showings: Vec<Showing>,
}
