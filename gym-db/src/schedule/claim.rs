//! Claims as rows.

use diesel::prelude::*;
use gym_core::schedule::claim::{Claim, Owner, Resource};
use gym_core::time::Period;

use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{bad, id, period, stamp};
use crate::schema::claims;
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = claims, treat_none_as_default_value = false)]
pub(crate) struct ClaimRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    resource_kind: String,
    resource_id: i64,
    owner_kind: String,
    owner_id: i64,
    block_start: Stamp,
    block_end: Stamp,
    starts_at: Stamp,
    ends_at: Stamp,
    state: String,
}

impl From<Claim> for ClaimRow {
    fn from(claim: Claim) -> Self {
        Self {
            id: claim.id.get(),
            resource_kind: claim.resource.kind().to_owned(),
            resource_id: claim.resource.raw(),
            owner_kind: claim.owner.kind().to_owned(),
            owner_id: claim.owner.raw(),
            block_start: stamp(claim.block().start()),
            block_end: stamp(claim.block().end()),
            starts_at: stamp(claim.occupied().start()),
            ends_at: stamp(claim.occupied().end()),
            state: "live".to_owned(),
        }
    }
}

impl TryFrom<ClaimRow> for Claim {
    type Error = StoreError;

    fn try_from(row: ClaimRow) -> Result<Self, StoreError> {
        let resource = Resource::from_parts(&row.resource_kind, row.resource_id);
        let owner = Owner::from_parts(&row.owner_kind, row.owner_id);
        let block = period("claims.block_start", row.block_start, row.block_end)?;
        let occupied = period("claims.starts_at", row.starts_at, row.ends_at)?;
        let resource = resource.map_err(|error| bad("claims.resource_kind", error))?;
        let owner = owner.map_err(|error| bad("claims.owner_kind", error))?;
        Self::from_stored(id(row.id), resource, owner, block, occupied)
            .map_err(|error| bad("claims.starts_at", error))
    }
}

/// Releases what an owner claims, of one resource or of all.
pub(crate) fn release(
    connection: &mut AnyConnection,
    owner: Owner,
    resource: Option<Resource>,
) -> Result<(), StoreError> {
    let owned = claims::table
        .filter(claims::owner_kind.eq(owner.kind()))
        .filter(claims::owner_id.eq(owner.raw()))
        .filter(claims::state.eq("live"));
    let gone = claims::state.eq("released");
    match resource {
        None => diesel::update(owned).set(gone).execute(connection)?,
        Some(resource) => {
            let one = owned.filter(claims::resource_kind.eq(resource.kind()));
            let one = one.filter(claims::resource_id.eq(resource.raw()));
            diesel::update(one).set(gone).execute(connection)?
        }
    };
    Ok(())
}

/// Loads what an owner claims.
pub(crate) fn of(connection: &mut AnyConnection, owner: Owner) -> Result<Vec<ClaimRow>, StoreError> {
    let owned = claims::table
        .filter(claims::owner_kind.eq(owner.kind()))
        .filter(claims::owner_id.eq(owner.raw()))
        .filter(claims::state.eq("live"));
    Ok(owned.select(ClaimRow::as_select()).load(connection)?)
}

/// The longest that one claim can last with its buffers, in days; what starts earlier is over.
const LONGEST_DAYS: i64 = 4;

/// The most resources that one statement names; SQLite takes at most 32,766 values.
const AT_ONCE: usize = 10_000;

/// Loads the claims of resources that overlap a period, in as many statements as there are kinds of them.
pub(crate) fn during(
    connection: &mut AnyConnection,
    resources: &[Resource],
    period: Period,
) -> Result<Vec<ClaimRow>, StoreError> {
    let mut resources = resources.to_vec();
    resources.sort_unstable();
    let mut rows = Vec::new();
    for of_kind in resources.chunk_by(|one, next| one.kind() == next.kind()) {
        for some in of_kind.chunks(AT_ONCE) {
            rows.extend(of_one_kind(connection, some, period)?);
        }
    }
    Ok(rows)
}

/// Maintenance may last for long and is looked for by its end.
fn of_one_kind(
    connection: &mut AnyConnection,
    resources: &[Resource],
    period: Period,
) -> Result<Vec<ClaimRow>, StoreError> {
    let Some(first) = resources.first() else {
        return Ok(Vec::new());
    };
    let ids: Vec<i64> = resources.iter().map(|it| it.raw()).collect();
    let of = claims::table
        .filter(claims::resource_kind.eq(first.kind()))
        .filter(claims::resource_id.eq_any(ids))
        .filter(claims::state.eq("live"))
        .filter(claims::starts_at.lt(stamp(period.end())))
        .filter(claims::ends_at.gt(stamp(period.start())));
    let since = stamp(period.start() - chrono::Duration::days(LONGEST_DAYS));
    Ok(match first {
        Resource::Unit(_) => on_backend!(connection, |c| of.select(ClaimRow::as_select()).load(c)?),
        _ => {
            let of = of.filter(claims::starts_at.gt(since));
            on_backend!(connection, |c| of.select(ClaimRow::as_select()).load(c)?)
        }
    })
}
