//! What each fact says: its row, column by column.

use chrono_tz::Tz;

use super::columns::{Ragged, even, facts};
use crate::booking::RegistrationState;
use crate::money::Currency;

/// How a membership ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Ending {
    /// No end is known.
    #[default]
    Running,
    /// The member chose to end it: by notice, early for a fee, or within the cooling-off time.
    Chosen,
    /// It was not the member's choice: a right that the law gives for what happened to them, or payments that failed.
    Involuntary,
    /// Its term was over and nobody renewed it.
    Expired,
    /// Another membership of the same member took its place.
    Switched,
}

impl Ending {
    /// Every ending; the position is the code in a column of numbers.
    pub const ALL: [Self; 5] = [
        Self::Running,
        Self::Chosen,
        Self::Involuntary,
        Self::Expired,
        Self::Switched,
    ];

    /// Returns its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Chosen => "chosen",
            Self::Involuntary => "involuntary",
            Self::Expired => "expired",
            Self::Switched => "switched",
        }
    }
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Outcome {
    /// It is not known yet.
    #[default]
    Open,
    /// The money is there.
    Settled,
    /// It was declined, or the bank took the money back.
    Failed,
    /// All of the money went back.
    Refunded,
}

impl Outcome {
    /// Every outcome; the position is the code in a column of numbers.
    pub const ALL: [Self; 4] = [Self::Open, Self::Settled, Self::Failed, Self::Refunded];

    /// Returns its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Failed => "failed",
            Self::Refunded => "refunded",
        }
    }
}

facts! {
    /// A location.
    Places ("places") of Place, PlaceColumns {
        /// Its id in the club.
        id: i64,
        /// The zone of its clocks, in which its civil days are counted.
        zone: Tz,
        /// What amounts there are in.
        currency: Currency,
    }

    /// A version of a plan.
    Plans ("plans") of Plan, PlanColumns {
        /// Its id in the club.
        id: i64,
        /// The price of a billing period, in minor units.
        price: i64,
        /// The currency of the price.
        currency: Currency,
        /// How long a billing period is, in months; days and weeks are rounded up, 30 days to the month.
        cycle_months: u32,
        /// How long a term is, in months; 0 if it runs until notice.
        term_months: u32,
    }

    /// A member who has not been erased.
    Members ("members") of Member, MemberColumns {
        /// Their id in the club.
        id: i64,
        /// Where they are at home.
        place: u32,
        /// Their first civil day.
        joined_on: i32,
        /// When that day was over at home: by then they were recorded.
        recorded_at: i64,
        /// The year of birth; [`NO_DAY`](super::NO_DAY) if it is not known.
        birth_year: i32,
    }

    /// A membership.
    Memberships ("memberships") of Membership, MembershipColumns {
        /// Its id in the club.
        id: i64,
        /// Whose.
        member: u32,
        /// Where it was sold.
        place: u32,
        /// What was bought.
        plan: u32,
        /// When the day of the sale was over.
        recorded_at: i64,
        /// The first civil day.
        starts_on: i32,
        /// The first day on which it may end, as the contract counts days; [`NO_DAY`](super::NO_DAY) without a
        /// commitment.
        committed_until: i32,
        /// The membership whose place it took; [`NO_ID`](super::NO_ID) if none.
        follows: u32,
        /// How it ended.
        ending: Ending,
        /// The first civil day after its end; [`NO_DAY`](super::NO_DAY) if none is known.
        ends_on: i32,
        /// When it was known to end: the day of the notice was over, or that of the end; [`NO_TIME`](super::NO_TIME) if
        /// none is known.
        end_recorded_at: i64,
    }

    /// A term of a membership. Days are counted by the contract, which freezes may move.
    Terms ("terms") of Term, TermColumns {
        /// Of which membership.
        membership: u32,
        /// The plan that holds in it.
        plan: u32,
        /// When the day on which it was recorded was over.
        recorded_at: i64,
        /// The first day.
        from: i32,
        /// The day after the last; [`NO_DAY`](super::NO_DAY) if it runs until notice.
        until: i32,
    }

    /// Days on which a member was kept away: a freeze, or the closure of a place.
    Freezes ("freezes") of Freeze, FreezeColumns {
        /// Which membership; [`NO_ID`](super::NO_ID) if all of a place.
        membership: u32,
        /// Where.
        place: u32,
        /// When the day on which it was recorded was over.
        recorded_at: i64,
        /// The first civil day.
        from: i32,
        /// The civil day after the last, as it was planned; [`NO_DAY`](super::NO_DAY) if until it is ended.
        until: i32,
        /// The first civil day that it does not cover any more, if it was ended before; else
        /// [`NO_DAY`](super::NO_DAY).
        ended_on: i32,
        /// When the day on which that was recorded was over; [`NO_TIME`](super::NO_TIME) if it was not ended.
        end_recorded_at: i64,
    }

    /// One coming in of a member by the door of a place. Doors of areas in it do not count.
    CheckIns ("check_ins") of CheckIn, CheckInColumns {
        /// Who.
        member: u32,
        /// Where.
        place: u32,
        /// When.
        at: i64,
        /// When it was recorded.
        recorded_at: i64,
        /// When they left; [`NO_TIME`](super::NO_TIME) if nobody saw that.
        left_at: i64,
    }

    /// A dated class, as it stands. When it was put on the timetable is not kept: it is known from its first booking on.
    Classes ("classes") of Class, ClassColumns {
        /// Its id in the club.
        id: i64,
        /// The id of its series in the club; [`NO_KEY`](super::NO_KEY) if it happens once.
        series: i64,
        /// Where.
        place: u32,
        /// What is done: a position in [`Facts::programmes`](super::Facts::programmes).
        programme: u32,
        /// The id of the trainer in the club; [`NO_KEY`](super::NO_KEY) if none.
        trainer: i64,
        /// The id of the room in the club; [`NO_KEY`](super::NO_KEY) if none.
        room: i64,
        /// How many people may come.
        capacity: u32,
        /// When it starts.
        starts_at: i64,
        /// When it is over.
        ends_at: i64,
        /// Whether it takes place.
        is_on: bool,
    }

    /// A booking of a class.
    Bookings ("bookings") of Booking, BookingColumns {
        /// Whose.
        member: u32,
        /// Of which class; [`NO_ID`](super::NO_ID) if the class was over before the period.
        class: u32,
        /// How many seats.
        seats: u32,
        /// When it was made.
        booked_at: i64,
        /// When that was recorded.
        recorded_at: i64,
        /// What became of it.
        state: RegistrationState,
        /// When that was recorded; [`NO_TIME`](super::NO_TIME) while it is booked.
        settled_at: i64,
    }

    /// A payment.
    Payments ("payments") of Payment, PaymentColumns {
        /// Who pays.
        member: u32,
        /// Where.
        place: u32,
        /// How much, in minor units of the place's currency.
        amount: i64,
        /// When it was made.
        made_at: i64,
        /// When that was recorded.
        recorded_at: i64,
        /// What became of it.
        outcome: Outcome,
        /// When that was known; [`NO_TIME`](super::NO_TIME) while it is open.
        outcome_at: i64,
    }
}
