//! [`verdict`]: whether a door opens for a member, a pure function of what is known at that moment.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::objection::{Objection, Shut};
use super::rules::{Debt, DoorRules, Unpaid};
use super::waiver::WaiverFacts;
use super::{Opened, Visit};
use crate::entitlement::{DoorRight, Holdings, Kind, Lot, Misfit, Uses, Validity, VisitLimit, Visited, Wish};
use crate::id::{LocationId, LotId, MemberId};
use crate::schedule::availability::Hours;
use crate::time::{Instant, Period, civil};

/// How a member stands with the club on a day, whatever opens the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether a membership that should run does not; who has none but passes is active.
    pub inactive: bool,
    /// Whether the membership is frozen on that day.
    pub frozen: bool,
    /// The day on which the freeze ends, if one is set.
    pub frozen_until: Option<NaiveDate>,
    /// Whether the freeze ends when the member comes back.
    pub ends_on_return: bool,
    /// What they owe themselves, if something is due.
    pub debt: Option<Debt>,
}

impl Standing {
    /// Nothing is owed and nothing is frozen.
    pub const GOOD: Self = Self {
        inactive: false,
        frozen: false,
        frozen_until: None,
        ends_on_return: false,
        debt: None,
    };
}

/// A booking that opens the door around its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Which.
    pub by: Opened,
    /// When.
    pub period: Period,
}

/// What a verdict needs to know.
#[derive(Debug, Clone, Copy)]
pub struct DoorFacts<'a> {
    /// Who.
    pub member: MemberId,
    /// Where.
    pub location: LocationId,
    /// The zone of the clocks there.
    pub zone: Tz,
    /// The door of which area; the way in if none.
    pub area: Option<&'a str>,
    /// The lots, and what was taken from them.
    pub holdings: &'a Holdings<'a>,
    /// The member's visits, and those of others by lots that they share, at least those in the windows of the limits.
    pub visits: &'a [&'a Visit],
    /// What the member has booked there around now.
    pub bookings: &'a [Opening],
    /// How the member stands.
    pub standing: Standing,
    /// The memberships that the member uses and another has not paid.
    pub unpaid: &'a [Unpaid],
    /// The waivers and what was signed.
    pub waivers: WaiverFacts<'a>,
    /// Whether the club admits anyone, with a lot or without.
    pub open_to_all: bool,
}

/// Whether a door opens, and every reason why it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What opens it; none if nothing does.
    pub opened: Option<Opened>,
    /// Whether coming in takes a use of the lot that opens it.
    pub takes_use: bool,
    /// Whether coming in ends a freeze.
    pub ends_freeze: bool,
    /// Every reason why the door stays shut.
    pub objections: Vec<Objection>,
}

impl Verdict {
    /// Whether the door opens.
    pub fn is_yes(&self) -> bool {
        self.opened.is_some() && self.objections.is_empty()
    }
}

/// Says whether a door opens for a member at `now`, what opens it, and every reason why it stays shut.
pub fn verdict(facts: &DoorFacts<'_>, rules: &DoorRules, now: Instant) -> Verdict {
    let clock = civil(facts.zone, now);
    let today = clock.date();
    let mut objections = Vec::new();
    let found = facts.open(rules, now, clock);
    let (opened, takes_use) = match found {
        Ok((opened, takes_use)) => (Some(opened), takes_use),
        Err(objection) => {
            objections.push(objection);
            (None, false)
        }
    };
    let standing = facts.standing;
    // Who has booked was let in then, and who is admitted as anyone needs no membership.
    let by_membership = !matches!(
        opened,
        Some(Opened::Booking(_) | Opened::Session(_) | Opened::Open)
    );
    if standing.inactive && by_membership {
        objections.push(Objection::Inactive);
    }
    let returns = standing.frozen && standing.ends_on_return;
    if standing.frozen && !returns && by_membership {
        objections.push(Objection::Frozen {
            until: standing.frozen_until,
        });
    }
    objections.extend(standing.debt.and_then(|debt| rules.against_debt(debt, today)));
    let unpaid = facts.unpaid.iter();
    objections.extend(unpaid.filter_map(|it| rules.against_unpaid(it, today)));
    objections.extend(facts.waivers.missing(facts.location, today, rules.adult_age));
    let ends_freeze = returns && objections.is_empty();
    Verdict {
        opened,
        takes_use,
        ends_freeze,
        objections,
    }
}

/// What opens a door, and whether it takes a use.
type Way = (Opened, bool);

impl DoorFacts<'_> {
    /// Finds what opens the door: a booking at its time, a right that takes no use, or one that takes one.
    fn open(&self, rules: &DoorRules, now: Instant, clock: NaiveDateTime) -> Result<Way, Objection> {
        let early = chrono::Duration::minutes(i64::from(rules.booking_minutes));
        let opens = |at: &&Opening| at.period.start() - early <= now && now < at.period.end();
        if let Some(booking) = self.bookings.iter().find(opens) {
            return Ok((booking.by, false));
        }
        let (mut shut, mut counted) = (Vec::new(), Vec::new());
        let own = self.holdings.lots.iter().filter(|lot| lot.serves(self.member));
        for lot in own {
            match self.right(lot, now, clock) {
                Ok(true) => return Ok((Opened::Lot(lot.id), false)),
                Ok(false) => counted.push(lot.id),
                Err(why) => shut.push((lot.id, why)),
            }
        }
        if !counted.is_empty() {
            match self.take(counted, now, clock.date()) {
                Ok(way) => return Ok(way),
                Err(more) => shut.extend(more),
            }
        }
        if self.open_to_all {
            return Ok((Opened::Open, false));
        }
        shut.sort_by_key(|(lot, _)| *lot);
        let later = self.bookings.iter().map(|booking| booking.period.start() - early);
        let booked_from = later.filter(|from| *from > now).min();
        Err(Objection::NoRight {
            lots: shut,
            booked_from,
        })
    }

    /// Says whether a lot opens the door without taking a use, or with one; or why it does not.
    fn right(&self, lot: &Lot, now: Instant, clock: NaiveDateTime) -> Result<bool, Shut> {
        let today = clock.date();
        let misfit = |why| Err(Shut::Misfit(why));
        let wish = self.wish(now, today, None);
        if let Some(why) = self.holdings.never(lot, &wish) {
            return misfit(why);
        }
        let Some(right) = &lot.terms.scope.door else {
            return misfit(Misfit::Kind);
        };
        let validity = lot.terms.validity;
        if let (Some(areas), Some(area)) = (&right.areas, self.area)
            && !areas.contains(area)
        {
            return Err(Shut::Area {
                area: area.to_owned(),
            });
        }
        if !right.is_open(self.zone, now, today) {
            return Err(Shut::Hours {
                opens: right.next_opening(clock),
            });
        }
        // Of all who share the lot, each day on which one came counts once.
        let came: BTreeSet<(NaiveDate, MemberId)> = self
            .visits
            .iter()
            .filter(|it| it.opened == Opened::Lot(lot.id))
            .map(|it| (it.on, it.member))
            .collect();
        let came_today = came.contains(&(today, self.member));
        if let Some(limit) = right.limit.filter(|_| !came_today) {
            let days = came.iter().map(|(on, _)| *on);
            if let Some((came, again)) = exceeded(limit, days, today) {
                return Err(Shut::Limit { limit, came, again });
            }
        }
        let free = lot.terms.uses == Uses::Unlimited && matches!(validity, Validity::Days { .. });
        Ok(came_today || free)
    }

    /// Returns the visit that is wished for.
    const fn wish(&self, now: Instant, on: NaiveDate, only: Option<Vec<LotId>>) -> Wish<'static> {
        let visited = Visited {
            location: self.location,
            kind: Kind::Door,
            on,
        };
        Wish {
            member: self.member,
            seats: 1,
            start: now,
            visited,
            only,
        }
    }

    /// Takes a use of one of some lots for today.
    fn take(&self, counted: Vec<LotId>, now: Instant, today: NaiveDate) -> Result<Way, Vec<(LotId, Shut)>> {
        let wish = self.wish(now, today, Some(counted));
        let plan = self.holdings.plan(std::slice::from_ref(&wish));
        let visit = self.holdings.booked.len();
        let found = plan.and_then(|plan| plan.of(visit).next().map(|covered| covered.lot));
        if let Some(lot) = found {
            return Ok((Opened::Lot(lot), true));
        }
        let (why, _) = self.holdings.against(&wish, &[]);
        let asked = why
            .into_iter()
            .filter(|it| wish.only.as_ref().is_some_and(|only| only.contains(&it.lot)));
        Err(asked.map(|it| (it.lot, Shut::Misfit(it.why))).collect())
    }
}

/// Says how often somebody came, and from when on they may again, if one more day is too many. A day counts as often as
/// it is told.
pub(super) fn exceeded(
    limit: VisitLimit,
    days: impl Iterator<Item = NaiveDate>,
    today: NaiveDate,
) -> Option<(u32, Option<NaiveDate>)> {
    let since = limit.per.since(today);
    let mut days: Vec<NaiveDate> = days.filter(|day| since <= *day && *day <= today).collect();
    days.sort_unstable();
    let came = u32::try_from(days.len()).unwrap_or(u32::MAX);
    if came < limit.most {
        return None;
    }
    // As many days must be forgotten as are too many.
    let last = usize::try_from(came - limit.most).unwrap_or(usize::MAX);
    Some((came, days.get(last).and_then(|day| limit.per.forgets(*day))))
}

impl DoorRight {
    /// Whether one of its windows is open.
    fn is_open(&self, zone: Tz, now: Instant, today: NaiveDate) -> bool {
        use chrono::Datelike;
        let opens = |hours: &Hours, day: NaiveDate| {
            let period = (hours.weekday == day.weekday())
                .then(|| hours.span.on(zone, day))
                .flatten();
            period.is_some_and(|period| period.start() <= now && now < period.end())
        };
        // Hours belong to the day on which they open, also where they run past midnight.
        let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        self.windows.is_empty()
            || self
                .windows
                .iter()
                .any(|hours| opens(hours, today) || opens(hours, yesterday))
    }

    /// Returns the next civil time at which a window opens, within a week.
    fn next_opening(&self, clock: NaiveDateTime) -> Option<NaiveDateTime> {
        use chrono::Datelike;
        let days = (0..=7).filter_map(|ahead| clock.date().checked_add_days(Days::new(ahead)));
        let opens = days.flat_map(|day| {
            let that_day = self
                .windows
                .iter()
                .filter(move |hours| hours.weekday == day.weekday());
            that_day.map(move |hours| day.and_time(hours.span.opens()))
        });
        opens.filter(|opens| *opens > clock).min()
    }
}
