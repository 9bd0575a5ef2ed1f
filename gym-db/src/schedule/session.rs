//! Training sessions as rows.

use diesel::prelude::*;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::session::{Session, SessionState};

use crate::error::StoreError;
use crate::row::{count, id, number, period, stamp};
use crate::schema::sessions;
use crate::stamp::Stamp;
use crate::word::Word;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(crate) struct SessionRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    trainer_id: i64,
    member_id: i64,
    location_id: i64,
    room_id: Option<i64>,
    starts_at: Stamp,
    ends_at: Stamp,
    before_minutes: i32,
    after_minutes: i32,
    state: Word<SessionState>,
    booked_at: Stamp,
    closure_id: Option<i64>,
}

impl From<Session> for SessionRow {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.get(),
            trainer_id: session.trainer.get(),
            member_id: session.member.get(),
            location_id: session.location.get(),
            room_id: session.room.map(|it| it.get()),
            starts_at: stamp(session.period.start()),
            ends_at: stamp(session.period.end()),
            before_minutes: number(session.buffers.before_minutes),
            after_minutes: number(session.buffers.after_minutes),
            state: Word(session.state),
            booked_at: stamp(session.booked_at),
            closure_id: session.closure.map(|it| it.get()),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            trainer: id(row.trainer_id),
            member: id(row.member_id),
            location: id(row.location_id),
            room: row.room_id.map(id),
            period: period("sessions.starts_at", row.starts_at, row.ends_at)?,
            buffers: Buffers {
                before_minutes: count("sessions.before_minutes", row.before_minutes)?,
                after_minutes: count("sessions.after_minutes", row.after_minutes)?,
            },
            state: row.state.0,
            booked_at: row.booked_at.at(),
            closure: row.closure_id.map(id),
        })
    }
}
