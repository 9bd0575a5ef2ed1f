//! The rules that every booking passes, whoever makes it: [`admission`].
//!
//! Staff, members, third parties, promotion from the waitlist and imports all go through here.

use chrono::{Datelike, Days, Duration, NaiveDate};

use super::RegistrationState;
use super::facts::{ClassFacts, MemberFacts};
use super::policy::{Admits, Channel, Limits, Policy};
use super::refusal::Reason;
use crate::entitlement::{Target, Wish};
use crate::id::{MemberId, RegistrationId};
use crate::location::Closure;
use crate::schedule::class::ClassState;
use crate::time::Instant;

/// What is asked of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// How many seats.
    pub seats: u32,
    /// Through which channel.
    pub channel: Channel,
}

/// Lists every rule, but for free seats, that speaks against a member's booking at `now`.
pub fn admission(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    ask: Ask,
    now: Instant,
    policy: &Policy,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    takes_place(class, &mut reasons);
    window(class, now, policy, &mut reasons);
    person(class, member, now, &mut reasons);
    share(class, member.member.id, ask, now, policy, &mut reasons);
    overlap(class, member, &mut reasons);
    limits(class, member, now, policy, &mut reasons);
    entitled(class, member, ask.seats, policy, &mut reasons);
    reasons
}

/// Adds why no lot covers a visit, if none does: beside all that is booked, and all that the decision at hand booked.
pub(super) fn entitled(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    seats: u32,
    policy: &Policy,
    reasons: &mut Vec<Reason>,
) {
    if policy.admits == Admits::Anyone {
        return;
    }
    let id = member.member.id;
    let targets =
        |ids: &[RegistrationId]| -> Vec<Target> { ids.iter().copied().map(Target::Registration).collect() };
    let lighter = (!class.gone.is_empty()).then(|| {
        let less = member.holdings.without(&targets(&class.freed));
        less.spending(&targets(&class.gone))
    });
    let holdings = lighter.as_ref().unwrap_or(&member.holdings);
    let others = class
        .covered
        .iter()
        .filter(|(other, _)| *other != id && holdings.concerns(*other));
    let mut wishes: Vec<Wish<'_>> = others.map(|(other, seats)| class.wish(*other, *seats)).collect();
    // Each seat is matched on its own: of more than class and policy allow, which are refused for that, one more is enough.
    let matched = seats.min(class.capacity().max(policy.party_max).saturating_add(1));
    wishes.push(class.wish(id, matched));
    if holdings.plan(&wishes).is_some() {
        return;
    }
    wishes.pop();
    let (why, would) = holdings.against(&class.wish(id, seats), &wishes);
    reasons.push(Reason::Uncovered { why, would });
}

/// Adds the reason why a class does not take place, if it does not.
pub(crate) fn takes_place(facts: &ClassFacts<'_>, reasons: &mut Vec<Reason>) {
    called_off(facts, reasons);
    let date = facts.date();
    if facts.class.is_scheduled()
        && let Some(closure) = facts.closures.iter().find(|closure| closure.covers_day(date))
    {
        reasons.push(closed_by(closure));
    }
}

/// Adds the reason why a class was called off, if it was. One that had begun when its day was closed takes place.
pub(super) fn called_off(facts: &ClassFacts<'_>, reasons: &mut Vec<Reason>) {
    let class = facts.class.id;
    let by = match facts.class.state {
        ClassState::Scheduled => return,
        ClassState::Cancelled => None,
        ClassState::Closed(id) => facts.closures.iter().find(|closure| closure.id == id),
    };
    reasons.push(by.copied().map_or(Reason::ClassCancelled { class }, closed_by));
}

fn closed_by(closure: &Closure) -> Reason {
    Reason::LocationClosed {
        location: closure.location,
        from: closure.from,
        until: closure.until,
        why: closure.reason.clone(),
    }
}

fn window(facts: &ClassFacts<'_>, now: Instant, policy: &Policy, reasons: &mut Vec<Reason>) {
    let (start, zone) = (facts.class.period.start(), facts.zone());
    if now >= start {
        reasons.push(Reason::Started { starts_at: start });
        return;
    }
    if let Some(opens_at) = policy
        .opens
        .map(|opens| opens.before(start, zone))
        .filter(|opens| now < *opens)
    {
        reasons.push(Reason::NotYetOpen { opens_at });
    }
    let closed_at = policy.closes.before(start, zone);
    if now >= closed_at {
        reasons.push(Reason::Closed { closed_at });
    }
    let empty = facts.taken() == 0;
    let minutes = if empty {
        policy.notice_to_open_minutes
    } else {
        policy.notice_to_join_minutes
    };
    let until = start - Duration::minutes(i64::from(minutes));
    if minutes > 0 && now > until {
        reasons.push(match empty {
            true => Reason::NoticeToOpen { minutes, until },
            false => Reason::NoticeToJoin { minutes, until },
        });
    }
}

fn person(facts: &ClassFacts<'_>, member: &MemberFacts<'_>, now: Instant, reasons: &mut Vec<Reason>) {
    let (location, date) = (facts.location.id, facts.date());
    let at_home = member.member.home == location && member.member.joined_on <= date;
    if !at_home && !member.access.iter().any(|access| access.allows(location, date)) {
        reasons.push(Reason::NoAccess { location, date });
    }
    let bans = member.bans.iter().filter(|ban| ban.binds(now));
    if let Some(until) = bans.map(|ban| ban.until).max() {
        reasons.push(Reason::Banned { until });
    }
    if let Some(booked) = facts.seated().find(|booked| booked.member == member.member.id) {
        reasons.push(Reason::AlreadyBooked {
            registration: booked.id,
        });
    }
}

fn share(
    facts: &ClassFacts<'_>,
    member: MemberId,
    ask: Ask,
    now: Instant,
    policy: &Policy,
    reasons: &mut Vec<Reason>,
) {
    if ask.seats == 0 {
        reasons.push(Reason::BadValue {
            field: "seats".to_owned(),
            value: "0".to_owned(),
            expected: "at least 1".to_owned(),
        });
    }
    if ask.seats > policy.party_max {
        reasons.push(Reason::PartySize {
            most: policy.party_max,
            asked: ask.seats,
        });
    }
    if let Some(&most) = policy.channels.get(&ask.channel) {
        let taken = facts.taken_through(ask.channel);
        let kept = facts.kept_through(ask.channel, now, Some(member));
        if taken.saturating_add(kept).saturating_add(ask.seats) > most {
            reasons.push(Reason::ChannelFull {
                channel: ask.channel,
                most,
                taken,
                kept,
                asked: ask.seats,
            });
        }
    }
}

pub(super) fn overlap(facts: &ClassFacts<'_>, member: &MemberFacts<'_>, reasons: &mut Vec<Reason>) {
    let period = &facts.class.period;
    let clashes = member
        .diary
        .iter()
        .filter(|booked| booked.live && booked.period.overlaps(period));
    let own = |owner| matches!(owner, crate::schedule::claim::Owner::Class(id) if id == facts.class.id);
    reasons.extend(
        clashes
            .filter(|booked| !own(booked.owner))
            .map(|booked| Reason::Overlaps {
                owner: booked.owner,
                title: booked.title.to_owned(),
                period: booked.period,
            }),
    );
}

/// Returns the first day of the week that a civil day is in.
pub fn week_of(date: NaiveDate, starts: chrono::Weekday) -> NaiveDate {
    let back = date.weekday().days_since(starts);
    date.checked_sub_days(Days::new(u64::from(back))).unwrap_or(date)
}

fn limits(
    facts: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    now: Instant,
    policy: &Policy,
    reasons: &mut Vec<Reason>,
) {
    let limits = &policy.limits;
    let (date, programme) = (facts.date(), facts.class.offering.programme.as_str());
    let per_programme = limits.per_programme_week.get(programme);
    if limits.per_day.is_none()
        && limits.per_week.is_none()
        && per_programme.is_none()
        && limits.concurrent.is_none()
    {
        return;
    }
    let week = week_of(date, limits.week_starts);
    let [day, in_week, in_programme, open] = counted(facts, member, now, limits);
    if let Some(limit) = limits.per_day.filter(|limit| day >= *limit) {
        reasons.push(Reason::DayLimit {
            limit,
            booked: day,
            date,
        });
    }
    if let Some(limit) = limits.per_week.filter(|limit| in_week >= *limit) {
        reasons.push(Reason::WeekLimit {
            limit,
            booked: in_week,
            week,
        });
    }
    if let Some(&limit) = per_programme.filter(|limit| in_programme >= **limit) {
        let programme = programme.to_owned();
        reasons.push(Reason::ProgrammeLimit {
            programme,
            limit,
            booked: in_programme,
            week,
        });
    }
    if let Some(limit) = limits.concurrent.filter(|limit| open >= *limit) {
        reasons.push(Reason::ConcurrentLimit { limit, booked: open });
    }
}

/// Counts what a member has on the day of a class, in its week, in its week and programme, and ahead.
fn counted(facts: &ClassFacts<'_>, member: &MemberFacts<'_>, now: Instant, limits: &Limits) -> [u32; 4] {
    let (date, programme) = (facts.date(), facts.class.offering.programme.as_str());
    let week = week_of(date, limits.week_starts);
    let mut counts = [0; 4];
    let mut add = |on: NaiveDate, of: Option<&str>, takes: bool, ahead: bool| {
        let same_week = takes && week_of(on, limits.week_starts) == week;
        let is = [
            takes && on == date,
            same_week,
            same_week && of == Some(programme),
            ahead,
        ];
        for (count, is) in counts.iter_mut().zip(is) {
            *count += u32::from(is);
        }
    };
    for booked in member.diary.iter().filter(|booked| booked.programme.is_some()) {
        let takes = booked.live || (booked.forfeited && limits.late_cancels_count);
        let ahead = booked.live && booked.period.end() > now;
        add(booked.date, booked.programme, takes, ahead);
    }
    for waiting in member.waiting.iter().filter(|_| limits.waiting_counts) {
        if waiting.entry.class != facts.class.id && waiting.entry.waits(now) {
            add(waiting.date, Some(waiting.programme), true, true);
        }
    }
    counts
}

/// Whether a booking in this state was forfeited: cancelled late, or missed.
pub(crate) const fn is_forfeited(state: RegistrationState) -> bool {
    matches!(
        state,
        RegistrationState::LateCancelled | RegistrationState::NoShow
    )
}
