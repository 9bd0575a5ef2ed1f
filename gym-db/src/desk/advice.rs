//! Advice after a refusal: other classes of the kind that would be booked.

use chrono::Days;
use diesel::prelude::*;
use gym_core::booking::refusal::{Alternative, Code, Refusal};
use gym_core::club::Club;
use gym_core::command::{Book, Command, Context, IfFull};
use gym_core::id::ClassId;

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::load::Load;
use crate::row::{id, stamp};
use crate::schema::classes;

/// How many other classes are looked at, and how many are proposed.
const LOOKED_AT: i64 = 8;
const PROPOSED: usize = 3;

/// Proposes other classes of the kind that would be booked, nearest first. Computed without locks.
pub(super) fn advice(
    connection: &mut AnyConnection,
    club: Club,
    command: &Command,
    context: &Context,
    refusal: &Refusal,
) -> Result<Vec<Alternative>, StoreError> {
    let Command::Book(order) = command else {
        return Ok(Vec::new());
    };
    let hopeless = [
        Code::Unknown,
        Code::NotPermitted,
        Code::Banned,
        Code::AlreadyBooked,
        Code::PartySize,
    ];
    let Some(class) = club
        .classes
        .get(order.class)
        .cloned()
        .filter(|_| !hopeless.iter().any(|code| refusal.has(*code)))
    else {
        return Ok(Vec::new());
    };
    let around = Days::new(7);
    let start = class.period.start();
    let (first, last) = (start.checked_sub_days(around), start.checked_add_days(around));
    let others = classes::table
        .filter(classes::location_id.eq(class.offering.location.get()))
        .filter(classes::starts_at.gt(stamp(first.unwrap_or(start).max(context.now))))
        .filter(classes::starts_at.lt(stamp(last.unwrap_or(start))))
        .filter(classes::programme.eq(&class.offering.programme))
        .filter(classes::state.eq("scheduled"))
        .filter(classes::id.ne(class.id.get()))
        .order(classes::starts_at)
        .limit(LOOKED_AT)
        .select(classes::id);
    let others: Vec<i64> = others.load(connection)?;
    let mut load = Load::unlocked(connection, club, context.now);
    let mut found = Vec::new();
    for other in others.into_iter().map(id::<ClassId>) {
        load.class(other)?;
        load.members_for(&[order.member].into(), other)?;
        let asked = Book {
            class: other,
            if_full: IfFull::Refuse,
            overriding: None,
            ..order.clone()
        };
        let accepted = load.club.decide(&Command::Book(asked), context).is_ok();
        if let Some(facts) = load.club.class_facts(other).filter(|_| accepted) {
            let (title, starts_at) = (facts.class.offering.title.clone(), facts.class.period.start());
            found.push(Alternative::Class {
                class: other,
                title,
                starts_at,
                free: facts.free(context.now),
            });
        }
    }
    found.sort_by_key(|alternative| match alternative {
        Alternative::Class { starts_at, .. } => (*starts_at - start).abs(),
        _ => chrono::Duration::MAX,
    });
    found.truncate(PROPOSED);
    Ok(found)
}
