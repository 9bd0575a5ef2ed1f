//! The ledger as rows: entries, their moves, and what is deferred.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::ledger::{Account, Cause, Deferral, Entry, LedgerEvent, Move, Recognised};
use gym_core::event::{Event, Ids};
use gym_core::id::{EntryId, LocationId};
use gym_core::time::Days;

use super::invoice::{ROWS, insert_all, reserve};
use crate::Gym;
use crate::billing::payment::{kind, money};
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{bad, count, id, number};
use crate::schema::{deferrals, ledger_entries, ledger_moves};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger_entries, treat_none_as_default_value = false)]
pub(crate) struct EntryRow {
    id: i64,
    location_id: i64,
    posted_on: NaiveDate,
    currency: String,
    cause: String,
    cause_id: i64,
    part: i32,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger_moves, treat_none_as_default_value = false)]
pub(crate) struct MoveRow {
    entry_id: i64,
    debit: String,
    credit: String,
    amount: i64,
}

impl EntryRow {
    fn new(entry: &Entry) -> Self {
        let (cause, cause_id) = entry.cause().parts();
        let currency = entry.moves().first().map_or("", |step| currency_code(step));
        Self {
            id: entry.id().get(),
            location_id: entry.location().get(),
            posted_on: entry.on(),
            currency: currency.to_owned(),
            cause: cause.to_owned(),
            cause_id,
            part: number(entry.part()),
        }
    }
}

/// Adds the entries, and what is deferred, with which the events begin, many with one statement; notes the ids that
/// the entries get, and says how many events that were.
pub(crate) fn insert(c: &mut AnyConnection, events: &[Event], ids: &mut Ids) -> Result<usize, StoreError> {
    let written = |event: &&Event| {
        matches!(
            event,
            Event::Ledger(LedgerEvent::Posted(_) | LedgerEvent::Deferred(_))
        )
    };
    let events: Vec<&Event> = events.iter().take_while(written).collect();
    let posted = events.iter().filter_map(|event| match event {
        Event::Ledger(LedgerEvent::Posted(new)) => Some(new.id()),
        _ => None,
    });
    let posted: Vec<EntryId> = posted.collect();
    if !posted.is_empty() {
        let new = reserve(c, "ledger_entries", posted.len())?;
        posted
            .into_iter()
            .zip(new)
            .for_each(|(local, new)| ids.note(local, new));
    }
    let (mut entries, mut moves, mut deferred) = (Vec::new(), Vec::new(), Vec::new());
    for event in &events {
        match event.resolved(ids) {
            Event::Ledger(LedgerEvent::Posted(entry)) => {
                entries.push(EntryRow::new(&entry));
                moves.extend(entry.moves().iter().map(|step| MoveRow::new(entry.id(), step)));
            }
            Event::Ledger(LedgerEvent::Deferred(new)) => deferred.push(DeferralRow::from(new)),
            _ => {}
        }
    }
    insert_all!(c, ledger_entries, entries);
    insert_all!(c, ledger_moves, moves);
    insert_all!(c, deferrals, deferred);
    Ok(events.len())
}

impl MoveRow {
    fn new(entry: EntryId, step: &Move) -> Self {
        Self {
            entry_id: entry.get(),
            debit: step.debit().to_string(),
            credit: step.credit().to_string(),
            amount: step.amount().minor(),
        }
    }
}

fn currency_code(step: &Move) -> &'static str {
    let currency = step.amount().currency();
    gym_core::money::Currency::all()
        .iter()
        .find(|it| **it == currency)
        .map_or("", |it| it.code())
}

/// Loads entries by id, all of them or those of one cause.
pub(crate) fn load(connection: &mut AnyConnection, of: Option<Cause>) -> Result<Vec<Entry>, StoreError> {
    let query = ledger_entries::table
        .inner_join(ledger_moves::table)
        .order((ledger_entries::id, ledger_moves::id))
        .select((EntryRow::as_select(), MoveRow::as_select()));
    let rows: Vec<(EntryRow, MoveRow)> = match of.map(Cause::parts) {
        Some((cause, cause_id)) => query
            .filter(ledger_entries::cause.eq(cause))
            .filter(ledger_entries::cause_id.eq(cause_id))
            .load(connection)?,
        None => query.load(connection)?,
    };
    let mut entries: Vec<(EntryRow, Vec<Move>)> = Vec::new();
    for (entry, step) in rows {
        let step = moved(&entry.currency, step)?;
        match entries.last_mut() {
            Some((last, moves)) if last.id == entry.id => moves.push(step),
            _ => entries.push((entry, vec![step])),
        }
    }
    entries
        .into_iter()
        .map(|(row, moves)| value(row, moves))
        .collect()
}

fn moved(currency: &str, row: MoveRow) -> Result<Move, StoreError> {
    let account =
        |column, text: String| -> Result<Account, StoreError> { text.parse().map_err(|_| bad(column, text)) };
    let amount = money("ledger_entries.currency", row.amount, currency)?;
    let (debit, credit) = (
        account("ledger_moves.debit", row.debit)?,
        account("ledger_moves.credit", row.credit)?,
    );
    Move::new(debit, credit, amount).map_err(|error| bad("ledger_moves.amount", error))
}

fn value(row: EntryRow, moves: Vec<Move>) -> Result<Entry, StoreError> {
    let cause = Cause::of(&row.cause, row.cause_id).ok_or_else(|| bad("ledger_entries.cause", &row.cause))?;
    let part = count("ledger_entries.part", row.part)?;
    Entry::new(
        id(row.id),
        id(row.location_id),
        row.posted_on,
        (cause, part),
        moves,
    )
    .map_err(|error| bad("ledger_entries.id", error))
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = deferrals, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct DeferralRow {
    id: i64,
    invoice_id: i64,
    location_id: i64,
    kind: String,
    lot_id: Option<i64>,
    currency: String,
    base: i64,
    days_from: Option<NaiveDate>,
    days_until: Option<NaiveDate>,
    first_use: i64,
    lapsed: i64,
    earned: i64,
    earned_until: Option<NaiveDate>,
    turn: i32,
}

impl From<Deferral> for DeferralRow {
    fn from(deferral: Deferral) -> Self {
        let state = deferral.state;
        Self {
            id: deferral.id.get(),
            invoice_id: deferral.invoice.get(),
            location_id: deferral.location.get(),
            kind: deferral.kind.as_str().to_owned(),
            lot_id: deferral.lot.map(|it| it.get()),
            currency: state.base.currency().code().to_owned(),
            base: state.base.minor(),
            days_from: state.days.map(|days| days.from()),
            days_until: state.days.map(|days| days.until()),
            first_use: i64::from(state.first_use),
            lapsed: i64::from(state.lapsed),
            earned: state.earned.minor(),
            earned_until: state.until,
            turn: number(state.turn),
        }
    }
}

impl TryFrom<DeferralRow> for Deferral {
    type Error = StoreError;

    fn try_from(row: DeferralRow) -> Result<Self, StoreError> {
        let money = |minor| money("deferrals.currency", minor, &row.currency);
        let days = row.days_from.zip(row.days_until);
        let days = days.map(|(from, until)| Days::new(from, until)).transpose();
        let uses = |column, uses: i64| u32::try_from(uses).map_err(|_| bad(column, uses));
        Ok(Self {
            id: id(row.id),
            invoice: id(row.invoice_id),
            location: id(row.location_id),
            kind: kind("deferrals.kind", &row.kind)?,
            lot: row.lot_id.map(id),
            state: Recognised {
                base: money(row.base)?,
                days: days.map_err(|error| bad("deferrals.days_from", error))?,
                first_use: uses("deferrals.first_use", row.first_use)?,
                lapsed: uses("deferrals.lapsed", row.lapsed)?,
                earned: money(row.earned)?,
                until: row.earned_until,
                turn: count("deferrals.turn", row.turn)?,
            },
        })
    }
}

impl Gym {
    /// Lists what a location has invoiced in advance and has not earned all of, by id: `most` of them, after one.
    /// [`Unearned`](gym_core::billing::ledger::Unearned) says by when it will be.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn deferrals(
        &self,
        location: LocationId,
        after: Option<&Deferral>,
        most: u32,
    ) -> Result<Vec<Deferral>, StoreError> {
        let rows = deferrals::table
            .filter(deferrals::location_id.eq(location.get()))
            .filter(deferrals::id.gt(after.map_or(0, |it| it.id.get())))
            .filter(deferrals::earned.ne(deferrals::base))
            .order(deferrals::id)
            .limit(i64::from(most))
            .select(DeferralRow::as_select());
        let rows: Vec<DeferralRow> = self.store.read(|c| Ok(rows.load(c)?))?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

/// Sets how much of what is deferred of a line is earned.
pub(crate) fn earn(connection: &mut AnyConnection, line: i64, state: Recognised) -> Result<(), StoreError> {
    let columns = (
        deferrals::base.eq(state.base.minor()),
        deferrals::days_from.eq(state.days.map(|days| days.from())),
        deferrals::days_until.eq(state.days.map(|days| days.until())),
        deferrals::first_use.eq(i64::from(state.first_use)),
        deferrals::lapsed.eq(i64::from(state.lapsed)),
        deferrals::earned.eq(state.earned.minor()),
        deferrals::earned_until.eq(state.until),
        deferrals::turn.eq(number(state.turn)),
    );
    diesel::update(deferrals::table.find(line))
        .set(columns)
        .execute(connection)?;
    Ok(())
}
