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

/// How many other classes are looked at, before and after the one that would be booked, and how many are proposed.
const LOOKED_AT: i64 = 4;
const PROPOSED: usize = 3;

/// Proposes other classes of the kind that would be booked, nearest first. Computed without locks.
pub(super) fn advice(
    connection: &mut AnyConnection,
    club: Club,
    command: &Command,
    context: &Context,
    refusal: &Refusal,
) -> Result<Vec<Alternative>, StoreError> {
    let order = match command {
        Command::Book(order) => order.clone(),
        Command::Hold {
            class,
            member,
            seats,
            channel,
        } => Book {
            seats: *seats,
            channel: *channel,
            ..Book::one(*member, *class)
        },
        _ => return Ok(Vec::new()),
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
    let near = |from, until| {
        classes::table
            .filter(classes::location_id.eq(class.offering.location.get()))
            .filter(classes::starts_at.gt(stamp(from)))
            .filter(classes::starts_at.le(stamp(until)))
            .filter(classes::programme.eq(&class.offering.programme))
            .filter(classes::state.eq("scheduled"))
            .filter(classes::id.ne(class.id.get()))
            .limit(LOOKED_AT)
            .select(classes::id)
    };
    let before = near(first.unwrap_or(start).max(context.now), start).order(classes::starts_at.desc());
    let after = near(start.max(context.now), last.unwrap_or(start)).order(classes::starts_at);
    let mut others: Vec<i64> = before.load(connection)?;
    others.extend(after.load::<i64>(connection)?);
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
