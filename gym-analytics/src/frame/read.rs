//! How frames become the columns of a history: every column is checked, and every id is looked up.

use gym_core::booking::RegistrationState;
use gym_core::history::{
    BookingColumns, CheckInColumns, ClassColumns, Dense, Ending, Facts, FreezeColumns, History,
    MemberColumns, MembershipColumns, NO_ID, NO_KEY, NO_TIME, Outcome, PaymentColumns, PlaceColumns,
    PlanColumns, Ragged, TermColumns,
};
use gym_core::time::Period;

use super::column::Frame;
use super::schema;
use super::{FrameError, Frames};

/// The rows of a frame by their ids.
struct Known {
    of: &'static str,
    rows: Dense,
}

impl Known {
    /// Takes the ids of a frame, each once.
    fn of(frame: &Frame<'_>, column: &'static str, ids: &[i64]) -> Result<Self, FrameError> {
        let mut rows = Dense::default();
        for (row, id) in ids.iter().enumerate() {
            if rows.add(*id) as usize != row {
                return Err(FrameError::Duplicate {
                    frame: frame.name(),
                    column,
                    row,
                    id: *id,
                });
            }
        }
        Ok(Self {
            of: frame.name(),
            rows,
        })
    }

    /// Looks up a column of ids; what is null is nothing's.
    fn find(&self, frame: &Frame<'_>, column: &'static str) -> Result<Vec<u32>, FrameError> {
        let ids = frame.integers(column, NO_TIME)?;
        let find = |(row, id): (usize, i64)| match self.rows.position(id) {
            NO_ID if id != NO_TIME => Err(FrameError::UnknownId {
                frame: frame.name(),
                column,
                row,
                id,
                of: self.of,
            }),
            position => Ok(position),
        };
        ids.into_iter().enumerate().map(find).collect()
    }
}

fn ragged(error: Ragged) -> FrameError {
    FrameError::Ragged(error)
}

fn word<T: Copy>(all: &'static [T], name: fn(T) -> &'static str) -> impl Fn(&str) -> Option<T> {
    move |text| all.iter().copied().find(|it| name(*it) == text)
}

/// Checks frames and makes a history of them.
pub(super) fn history(frames: &Frames, during: Period) -> Result<History, FrameError> {
    let places = Frame::of(&schema::PLACES, &frames.places)?;
    let plans = Frame::of(&schema::PLANS, &frames.plans)?;
    let members = Frame::of(&schema::MEMBERS, &frames.members)?;
    let held = Frame::of(&schema::MEMBERSHIPS, &frames.memberships)?;
    let classes = Frame::of(&schema::CLASSES, &frames.classes)?;

    let (place_ids, plan_ids) = (
        places.integers("place_id", NO_KEY)?,
        plans.integers("plan_id", NO_KEY)?,
    );
    let (member_ids, held_ids) = (
        members.integers("member_id", NO_KEY)?,
        held.integers("membership_id", NO_KEY)?,
    );
    let class_ids = classes.integers("class_id", NO_KEY)?;
    let at = Known::of(&places, "place_id", &place_ids)?;
    let bought = Known::of(&plans, "plan_id", &plan_ids)?;
    let who = Known::of(&members, "member_id", &member_ids)?;
    let contract = Known::of(&held, "membership_id", &held_ids)?;
    let class = Known::of(&classes, "class_id", &class_ids)?;

    let mut facts = Facts {
        places: PlaceColumns {
            id: place_ids,
            zone: places.words("zone", "an IANA time zone", |text| text.parse().ok())?,
            currency: places.words("currency", "an ISO 4217 code", |text| text.parse().ok())?,
        }
        .try_into()
        .map_err(ragged)?,
        plans: PlanColumns {
            id: plan_ids,
            price: plans.integers("price", 0)?,
            currency: plans.words("currency", "an ISO 4217 code", |text| text.parse().ok())?,
            cycle_months: plans.counts("cycle_months")?,
            term_months: plans.counts("term_months")?,
        }
        .try_into()
        .map_err(ragged)?,
        members: MemberColumns {
            id: member_ids,
            place: at.find(&members, "place_id")?,
            joined_on: members.days("joined_on")?,
            recorded_at: members.times("recorded_at")?,
            birth_year: members.years("birth_year")?,
        }
        .try_into()
        .map_err(ragged)?,
        memberships: MembershipColumns {
            id: held_ids,
            member: who.find(&held, "member_id")?,
            place: at.find(&held, "place_id")?,
            plan: bought.find(&held, "plan_id")?,
            recorded_at: held.times("recorded_at")?,
            starts_on: held.days("starts_on")?,
            committed_until: held.days("committed_until")?,
            follows: contract.find(&held, "follows_id")?,
            ending: held.words("ending", "an ending", word(&Ending::ALL, Ending::as_str))?,
            ends_on: held.days("ends_on")?,
            end_recorded_at: held.times("end_recorded_at")?,
        }
        .try_into()
        .map_err(ragged)?,
        ..Facts::default()
    };
    contracts(frames, &mut facts, &at, &bought, &contract)?;
    doors(frames, &mut facts, &who, &at)?;
    let (programme, programmes) = classes.dictionary("programme")?;
    facts.programmes = programmes;
    facts.classes = ClassColumns {
        id: class_ids,
        series: classes.integers("series_id", NO_KEY)?,
        place: at.find(&classes, "place_id")?,
        programme,
        trainer: classes.integers("trainer_id", NO_KEY)?,
        room: classes.integers("room_id", NO_KEY)?,
        capacity: classes.counts("capacity")?,
        starts_at: classes.times("starts_at")?,
        ends_at: classes.times("ends_at")?,
        is_on: classes.flags("is_on")?,
    }
    .try_into()
    .map_err(ragged)?;
    bookings(frames, &mut facts, &who, &class)?;
    History::new(during, facts).map_err(FrameError::Lost)
}

fn contracts(
    frames: &Frames,
    facts: &mut Facts,
    at: &Known,
    bought: &Known,
    contract: &Known,
) -> Result<(), FrameError> {
    let terms = Frame::of(&schema::TERMS, &frames.terms)?;
    facts.terms = TermColumns {
        membership: contract.find(&terms, "membership_id")?,
        plan: bought.find(&terms, "plan_id")?,
        recorded_at: terms.times("recorded_at")?,
        from: terms.days("from")?,
        until: terms.days("until")?,
    }
    .try_into()
    .map_err(ragged)?;
    let freezes = Frame::of(&schema::FREEZES, &frames.freezes)?;
    facts.freezes = FreezeColumns {
        membership: contract.find(&freezes, "membership_id")?,
        place: at.find(&freezes, "place_id")?,
        recorded_at: freezes.times("recorded_at")?,
        from: freezes.days("from")?,
        until: freezes.days("until")?,
        ended_on: freezes.days("ended_on")?,
        end_recorded_at: freezes.times("end_recorded_at")?,
    }
    .try_into()
    .map_err(ragged)?;
    Ok(())
}

fn doors(frames: &Frames, facts: &mut Facts, who: &Known, at: &Known) -> Result<(), FrameError> {
    let doors = Frame::of(&schema::CHECK_INS, &frames.check_ins)?;
    facts.check_ins = CheckInColumns {
        member: who.find(&doors, "member_id")?,
        place: at.find(&doors, "place_id")?,
        at: doors.times("at")?,
        recorded_at: doors.times("recorded_at")?,
        left_at: doors.times("left_at")?,
    }
    .try_into()
    .map_err(ragged)?;
    let payments = Frame::of(&schema::PAYMENTS, &frames.payments)?;
    facts.payments = PaymentColumns {
        member: who.find(&payments, "member_id")?,
        place: at.find(&payments, "place_id")?,
        amount: payments.integers("amount", 0)?,
        made_at: payments.times("made_at")?,
        recorded_at: payments.times("recorded_at")?,
        outcome: payments.words("outcome", "an outcome", word(&Outcome::ALL, Outcome::as_str))?,
        outcome_at: payments.times("outcome_at")?,
    }
    .try_into()
    .map_err(ragged)?;
    Ok(())
}

fn bookings(frames: &Frames, facts: &mut Facts, who: &Known, class: &Known) -> Result<(), FrameError> {
    let bookings = Frame::of(&schema::BOOKINGS, &frames.bookings)?;
    let state = word(&RegistrationState::ALL, RegistrationState::as_str);
    facts.bookings = BookingColumns {
        member: who.find(&bookings, "member_id")?,
        class: class.find(&bookings, "class_id")?,
        seats: bookings.counts("seats")?,
        booked_at: bookings.times("booked_at")?,
        recorded_at: bookings.times("recorded_at")?,
        state: bookings.words("state", "the state of a booking", state)?,
        settled_at: bookings.times("settled_at")?,
    }
    .try_into()
    .map_err(ragged)?;
    Ok(())
}
