//! Whether a guest may come in with a member: both are counted.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::objection::Objection;
use super::rules::DoorRules;
use super::verdict::exceeded;
use super::waiver::WaiverFacts;
use super::{GuestVisit, Visit};
use crate::entitlement::VisitLimit;
use crate::id::{LocationId, MemberId};

/// What a verdict on a guest needs to know.
#[derive(Debug, Clone, Copy)]
pub struct GuestFacts<'a> {
    /// Whose guest.
    pub host: MemberId,
    /// Who.
    pub guest: MemberId,
    /// Where.
    pub location: LocationId,
    /// The civil day there.
    pub today: NaiveDate,
    /// The host's own visits of the day.
    pub host_visits: &'a [&'a Visit],
    /// The guests whom the host has brought, and the visits of the guest with whomever, in any order.
    pub guests: &'a [&'a GuestVisit],
    /// The waivers and what was signed for the guest.
    pub waivers: WaiverFacts<'a>,
}

/// Lists every reason why a guest may not come in.
pub fn guest_verdict(facts: &GuestFacts<'_>, rules: &DoorRules) -> Vec<Objection> {
    let (today, limits) = (facts.today, rules.guests);
    let mut objections = Vec::new();
    if facts.host == facts.guest {
        objections.push(Objection::OwnGuest);
    }
    let there = |visit: &&&Visit| {
        visit.member == facts.host
            && visit.location == facts.location
            && visit.on == today
            && visit.left_at.is_none()
    };
    if !facts.host_visits.iter().any(|visit| there(&visit)) {
        objections.push(Objection::HostAbsent);
    }
    let brought = facts
        .guests
        .iter()
        .filter(|it| it.host == facts.host)
        .map(|it| it.on);
    if let Some(limit) = limits.per_host
        && let Some((came, again)) = too_many(limit, brought, today)
    {
        objections.push(Objection::HostLimit { limit, came, again });
    }
    // Who came already today does not come once more.
    let came = || {
        facts
            .guests
            .iter()
            .filter(|it| it.guest == facts.guest)
            .map(|it| it.on)
    };
    if let Some(limit) = limits.per_guest.filter(|_| !came().any(|on| on == today))
        && let Some((came, again)) = exceeded(limit, came().collect::<BTreeSet<_>>().into_iter(), today)
    {
        objections.push(Objection::GuestLimit { limit, came, again });
    }
    objections.extend(facts.waivers.missing(facts.location, today, rules.adult_age));
    objections
}

/// Says how many came, and from when on one may again, if one more is too many; here each visit counts.
fn too_many(
    limit: VisitLimit,
    days: impl Iterator<Item = NaiveDate>,
    today: NaiveDate,
) -> Option<(u32, Option<NaiveDate>)> {
    let since = limit.per.since(today);
    let mut days: Vec<NaiveDate> = days.filter(|day| since <= *day && *day <= today).collect();
    days.sort_unstable();
    let came = u32::try_from(days.len()).unwrap_or(u32::MAX);
    let over = usize::try_from(came.checked_sub(limit.most)?).ok()?;
    Some((came, days.get(over).and_then(|day| limit.per.forgets(*day))))
}
