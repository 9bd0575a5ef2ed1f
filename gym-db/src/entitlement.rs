//! Lots, who may use them, what expired of them, and their uses, as rows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::entitlement::{
    Breakage, EntitlementEvent, Lot, Placement, Source, Target, Terms, Use, UseState, Uses,
};
use gym_core::id::Id;
use gym_core::money::Money;

use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{bad, count, from_json, id, number, stamp, to_json};
use crate::schema::{lot_breakages, lot_members, lot_uses, lots};
use crate::stamp::Stamp;
use crate::word::Word;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = lots, treat_none_as_default_value = false)]
pub(crate) struct LotRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) owner_id: i64,
    pub(crate) location_id: i64,
    uses: Option<i32>,
    terms: String,
    price_minor: i64,
    price_currency: String,
    source: String,
    pub(crate) membership_id: Option<i64>,
    restores_id: Option<i64>,
    granted_at: Stamp,
    withdrawn: bool,
    due_on: Option<NaiveDate>,
    is_over: bool,
}

impl LotRow {
    fn new(lot: &Lot) -> Result<Self, StoreError> {
        let (membership_id, restores_id) = match lot.source {
            Source::Plan(membership) => (Some(membership.get()), None),
            Source::Restore(lot) => (None, Some(lot.get())),
            Source::Sale | Source::Gift => (None, None),
        };
        Ok(Self {
            id: lot.id.get(),
            owner_id: lot.owner.get(),
            location_id: lot.location.get(),
            uses: uses_of(lot.terms.uses),
            terms: to_json(&lot.terms)?,
            price_minor: lot.price.minor(),
            price_currency: lot.price.currency().to_string(),
            source: lot.source.as_str().to_owned(),
            membership_id,
            restores_id,
            granted_at: stamp(lot.granted_at),
            withdrawn: lot.withdrawn,
            due_on: lot.due_on,
            is_over: lot.over,
        })
    }

    /// Makes a lot of the row, of who may use it, and of what expired of it.
    fn complete(self, members: &[i64], broken: Vec<Breakage>) -> Result<Lot, StoreError> {
        let currency = self.price_currency.parse();
        let currency = currency.map_err(|_| bad("lots.price_currency", &self.price_currency))?;
        let terms: Terms = from_json("lots.terms", &self.terms)?;
        let shared = members.iter().copied().filter(|member| *member != self.owner_id);
        Ok(Lot {
            id: id(self.id),
            owner: id(self.owner_id),
            shared_with: shared.map(id).collect(),
            location: id(self.location_id),
            terms,
            price: Money::new(self.price_minor, currency),
            source: match (self.source.as_str(), self.membership_id, self.restores_id) {
                ("sale", None, None) => Source::Sale,
                ("gift", None, None) => Source::Gift,
                ("plan", Some(membership), None) => Source::Plan(id(membership)),
                ("restore", None, Some(lot)) => Source::Restore(id(lot)),
                _ => return Err(bad("lots.source", &self.source)),
            },
            granted_at: self.granted_at.at(),
            withdrawn: self.withdrawn,
            due_on: self.due_on,
            over: self.is_over,
            broken,
        })
    }
}

/// Returns how many uses there are, of a cycle or in all.
fn uses_of(uses: Uses) -> Option<i32> {
    match uses {
        Uses::Unlimited => None,
        Uses::Counted(count) | Uses::PerCycle { count, .. } => Some(number(count)),
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = lot_breakages)]
pub(crate) struct BreakageRow {
    lot_id: i64,
    cycle: i32,
    uses: i32,
    expired_on: NaiveDate,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = lot_uses, treat_none_as_default_value = false)]
pub(crate) struct UseRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) lot_id: i64,
    cycle: i32,
    pub(crate) member_id: i64,
    registration_id: Option<i64>,
    session_id: Option<i64>,
    visit_id: Option<i64>,
    seat: i32,
    visit_on: NaiveDate,
    state: Word<UseState>,
    settled_at: Option<Stamp>,
}

impl From<Use> for UseRow {
    fn from(it: Use) -> Self {
        let (registration_id, session_id, visit_id) = match it.target {
            Target::Registration(id) => (Some(id.get()), None, None),
            Target::Session(id) => (None, Some(id.get()), None),
            Target::Visit(id) => (None, None, Some(id.get())),
        };
        Self {
            id: it.id.get(),
            lot_id: it.lot.get(),
            cycle: number(it.cycle),
            member_id: it.member.get(),
            registration_id,
            session_id,
            visit_id,
            seat: number(it.seat),
            visit_on: it.on,
            state: Word(it.state),
            settled_at: it.settled_at.map(stamp),
        }
    }
}

impl TryFrom<UseRow> for Use {
    type Error = StoreError;

    fn try_from(row: UseRow) -> Result<Self, StoreError> {
        let target = match (row.registration_id, row.session_id, row.visit_id) {
            (Some(it), None, None) => Target::Registration(id(it)),
            (None, Some(it), None) => Target::Session(id(it)),
            (None, None, Some(it)) => Target::Visit(id(it)),
            _ => return Err(bad("lot_uses.registration_id", row.id)),
        };
        Ok(Self {
            id: id(row.id),
            lot: id(row.lot_id),
            cycle: count("lot_uses.cycle", row.cycle)?,
            member: id(row.member_id),
            target,
            seat: count("lot_uses.seat", row.seat)?,
            on: row.visit_on,
            state: row.state.0,
            settled_at: row.settled_at.map(Stamp::at),
        })
    }
}

/// Makes lots of rows, with who may use them and what expired of them.
pub(crate) fn complete(
    rows: Vec<LotRow>,
    members: Vec<(i64, i64)>,
    broken: Vec<BreakageRow>,
) -> Result<Vec<Lot>, StoreError> {
    let mut users: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (lot, member) in members {
        users.entry(lot).or_default().push(member);
    }
    let mut expired: BTreeMap<i64, Vec<Breakage>> = BTreeMap::new();
    for row in broken {
        expired.entry(row.lot_id).or_default().push(Breakage {
            cycle: count("lot_breakages.cycle", row.cycle)?,
            uses: count("lot_breakages.uses", row.uses)?,
            on: row.expired_on,
        });
    }
    let lots = rows.into_iter().map(|row| {
        let (members, broken) = (users.remove(&row.id), expired.remove(&row.id));
        row.complete(&members.unwrap_or_default(), broken.unwrap_or_default())
    });
    lots.collect()
}

/// Loads all lots.
pub(crate) fn load(connection: &mut AnyConnection) -> Result<Vec<Lot>, StoreError> {
    let rows = lots::table
        .order(lots::id)
        .select(LotRow::as_select())
        .load(connection)?;
    let members = lot_members::table.order(lot_members::id);
    let members = members
        .select((lot_members::lot_id, lot_members::member_id))
        .load(connection)?;
    let broken = lot_breakages::table.order(lot_breakages::id);
    let broken = broken.select(BreakageRow::as_select()).load(connection)?;
    complete(rows, members, broken)
}

/// Inserts a lot with who may use it, and returns its id.
pub(crate) fn insert(connection: &mut AnyConnection, lot: &Lot) -> Result<i64, StoreError> {
    let insert = diesel::insert_into(lots::table)
        .values(LotRow::new(lot)?)
        .returning(lots::id);
    let new: i64 = on_backend!(&mut *connection, |c| insert.get_result(c)?);
    for member in lot.members() {
        let row = (
            lot_members::lot_id.eq(new),
            lot_members::member_id.eq(member.get()),
            lot_members::is_over.eq(lot.over),
        );
        diesel::insert_into(lot_members::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(new)
}

/// Saves what happened to lots and uses that are there.
pub(crate) fn change(connection: &mut AnyConnection, event: &EntitlementEvent) -> Result<(), StoreError> {
    match event {
        EntitlementEvent::Shared { lot, with } => {
            let row = (
                lot_members::lot_id.eq(lot.get()),
                lot_members::member_id.eq(with.get()),
                lot_members::is_over.eq(false),
            );
            diesel::insert_into(lot_members::table)
                .values(row)
                .execute(connection)?;
        }
        EntitlementEvent::Withdrawn { lot, .. } => {
            diesel::update(lots::table.find(lot.get()))
                .set((lots::withdrawn.eq(true), lots::due_on.eq(None::<NaiveDate>)))
                .execute(connection)?;
        }
        EntitlementEvent::Cut {
            lot, uses, validity, ..
        } => {
            let row = lots::table.find(lot.get());
            let found: (String, Option<NaiveDate>) =
                row.select((lots::terms, lots::due_on)).first(connection)?;
            let terms = Terms {
                uses: *uses,
                validity: *validity,
                ..from_json("lots.terms", &found.0)?
            };
            let cut = (
                lots::uses.eq(uses_of(*uses)),
                lots::terms.eq(to_json(&terms)?),
                lots::due_on.eq(found.1.into_iter().chain(validity.until()).min()),
            );
            diesel::update(row).set(cut).execute(connection)?;
        }
        EntitlementEvent::Swept { lot, broken, next } => {
            for it in broken {
                let row = (
                    lot_breakages::lot_id.eq(lot.get()),
                    lot_breakages::cycle.eq(number(it.cycle)),
                    lot_breakages::uses.eq(number(it.uses)),
                    lot_breakages::expired_on.eq(it.on),
                );
                diesel::insert_into(lot_breakages::table)
                    .values(row)
                    .execute(connection)?;
            }
            if next.is_none() {
                diesel::update(lot_members::table.filter(lot_members::lot_id.eq(lot.get())))
                    .set(lot_members::is_over.eq(true))
                    .execute(connection)?;
            }
            let swept = (lots::due_on.eq(*next), lots::is_over.eq(next.is_none()));
            diesel::update(lots::table.find(lot.get()))
                .set(swept)
                .execute(connection)?;
        }
        EntitlementEvent::Placed { uses } => place(connection, uses)?,
        EntitlementEvent::Consumed { id, at } => {
            settle(connection, id.raw(), UseState::Consumed, stamp(*at))?;
        }
        EntitlementEvent::Released { id, at } => {
            settle(connection, id.raw(), UseState::Released, stamp(*at))?;
        }
        _ => {}
    }
    Ok(())
}

/// Moves uses all at once: first none of them counts, so that two can change places in lots that are full.
fn place(connection: &mut AnyConnection, uses: &[Placement]) -> Result<(), StoreError> {
    if uses.len() > 1 {
        for place in uses {
            let row = diesel::update(lot_uses::table.find(place.id.get()));
            row.set(lot_uses::state.eq("moving")).execute(connection)?;
        }
    }
    for place in uses {
        let moved = (
            lot_uses::lot_id.eq(place.lot.get()),
            lot_uses::cycle.eq(number(place.cycle)),
            lot_uses::visit_on.eq(place.on),
            lot_uses::state.eq(UseState::Held.as_str()),
        );
        diesel::update(lot_uses::table.find(place.id.get()))
            .set(moved)
            .execute(connection)?;
    }
    Ok(())
}

fn settle(connection: &mut AnyConnection, id: i64, state: UseState, at: Stamp) -> Result<(), StoreError> {
    let settled = (lot_uses::state.eq(state.as_str()), lot_uses::settled_at.eq(at));
    diesel::update(lot_uses::table.find(id))
        .set(settled)
        .execute(connection)?;
    Ok(())
}
