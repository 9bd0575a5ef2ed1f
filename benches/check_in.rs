//! A verdict at the door over 44 facts, beside a plain loop over the same rows that answers yes or no.
//!
//! The member has a membership with off-peak hours and a limit of days in a month, a pass of ten of which some are
//! booked, thirty visits, two waivers with signatures, a debt within its grace, and a booking later that day.

use std::hint::black_box;

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use criterion::{Criterion, criterion_group, criterion_main};
use gym_core::check_in::{
    Debt, DoorFacts, DoorRules, Opened, Opening, Signature, Signer, Standing, Visit, WaiverFacts,
    WaiverVersion, verdict,
};
use gym_core::entitlement::{
    DoorRight, Holdings, Lot, Scope, Source, Target, Terms, Use, UseState, Uses, Validity, VisitLimit, Window,
};
use gym_core::id::Id;
use gym_core::money::{Currency, Money};
use gym_core::schedule::availability::Hours;
use gym_core::time::{Instant, Period, Unit, civil};

const ZONE: chrono_tz::Tz = chrono_tz::Tz::Europe__Berlin;

fn id<I: Id>(raw: i64) -> I {
    I::from_raw(raw)
}

fn lot(n: i64, uses: Uses, scope: Scope, from: NaiveDate) -> Lot {
    Lot {
        id: id(n),
        owner: id(1),
        shared_with: Default::default(),
        location: id(1),
        terms: Terms {
            uses,
            scope,
            validity: Validity::Days {
                from,
                until: from.with_year(from.year() + 1),
            },
        },
        price: Money::new(1_000, Currency::EUR),
        source: Source::Sale,
        granted_at: Instant::default(),
        withdrawn: false,
        due_on: None,
        over: false,
        broken: Vec::new(),
    }
}

fn off_peak() -> DoorRight {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
    let windows = (0..7).flat_map(|day| {
        let day = Weekday::try_from(day).unwrap_or(Weekday::Mon);
        [(6, 11), (14, 17)].map(|(from, until)| Hours::new(day, time(from), time(until)))
    });
    let per = Window::Calendar(Unit::Month);
    DoorRight {
        areas: None,
        windows: windows.flatten().collect(),
        limit: Some(VisitLimit { most: 20, per }),
    }
}

fn visit(n: i64, now: Instant) -> Visit {
    let at = now - chrono::Duration::days(2 * n);
    Visit {
        id: id(n),
        member: id(1),
        location: id(1),
        area: None,
        at,
        on: civil(ZONE, at).date(),
        opened: Opened::Lot(id(1)),
        left_at: None,
    }
}

fn used(n: i64, on: NaiveDate) -> Use {
    Use {
        id: id(n),
        lot: id(2),
        cycle: 0,
        member: id(1),
        target: Target::Registration(id(n)),
        seat: 1,
        on,
        state: UseState::Consumed,
        settled_at: None,
    }
}

/// The same question, asked of the same rows by a plain loop: no reasons, no explanation, one bit.
fn plain(facts: &DoorFacts<'_>, rules: &DoorRules, now: Instant) -> bool {
    let clock = civil(facts.zone, now);
    let (today, time) = (clock.date(), clock.time());
    let early = chrono::Duration::minutes(i64::from(rules.booking_minutes));
    let mut opens = false;
    for booking in facts.bookings {
        opens |= booking.period.start() - early <= now && now < booking.period.end();
    }
    for lot in &facts.holdings.lots {
        let Some(right) = &lot.terms.scope.door else {
            continue;
        };
        let mut open = right.windows.is_empty();
        for hours in &right.windows {
            open |=
                hours.weekday == today.weekday() && hours.span.opens() <= time && time < hours.span.closes();
        }
        let month = (today.year(), today.month());
        let mut days: Vec<NaiveDate> = Vec::new();
        for visit in facts.visits {
            if visit.opened == Opened::Lot(lot.id) && (visit.on.year(), visit.on.month()) == month {
                days.push(visit.on);
            }
        }
        days.sort_unstable();
        days.dedup();
        let free = right.limit.is_none_or(|limit| days.len() < limit.most as usize);
        let validity = lot.terms.validity;
        opens |=
            open && free && validity.from() <= today && validity.until().is_none_or(|until| today < until);
    }
    let newest = facts
        .waivers
        .versions
        .iter()
        .filter(|it| it.required_from <= today)
        .max_by_key(|it| it.required_from);
    let signed = newest.is_none_or(|newest| facts.waivers.signed.iter().any(|it| it.waiver == newest.id));
    let paid = facts
        .standing
        .debt
        .is_none_or(|debt| (today - debt.since).num_days() <= 7);
    opens && signed && paid && !facts.standing.frozen && !facts.standing.inactive
}

fn check_in(c: &mut Criterion) {
    let Ok(now) = "2027-03-02T09:00:00Z".parse::<Instant>() else {
        return;
    };
    let today = civil(ZONE, now).date();
    let from = today - chrono::Days::new(100);
    let scope = Scope {
        door: Some(off_peak()),
        ..Scope::default()
    };
    let lots = [
        lot(1, Uses::Unlimited, scope, from),
        lot(2, Uses::Counted(10), Scope::classes(), from),
    ];
    let uses: Vec<Use> = (1..=6).map(|n| used(n, today)).collect();
    let holdings = Holdings {
        lots: lots.iter().collect(),
        uses: uses.iter().collect(),
        ..Holdings::default()
    };
    let visits: Vec<Visit> = (1..=30).map(|n| visit(n, now)).collect();
    let visits: Vec<&Visit> = visits.iter().collect();
    let version = |n, required_from| WaiverVersion {
        id: id(n),
        location: None,
        title: "Rules".to_owned(),
        required_from,
    };
    let versions = [version(1, from), version(2, today)];
    let sign = |n| Signature {
        id: id(n),
        waiver: id(n),
        member: id(1),
        by: Signer::Member,
        on: from,
    };
    let signed = [sign(1), sign(2)];
    let booking = Opening {
        by: Opened::Booking(id(9)),
        period: Period::lasting(now + chrono::Duration::hours(5), 60),
    };
    let facts = DoorFacts {
        member: id(1),
        location: id(1),
        zone: ZONE,
        area: None,
        holdings: &holdings,
        visits: &visits,
        bookings: &[booking],
        standing: Standing {
            debt: Some(Debt {
                open: Money::new(2_990, Currency::EUR),
                since: today - chrono::Days::new(3),
            }),
            ..Standing::GOOD
        },
        unpaid: &[],
        waivers: WaiverFacts {
            versions: &versions.iter().collect::<Vec<_>>(),
            signed: &signed.iter().collect::<Vec<_>>(),
            born_on: today.with_year(1990),
        },
        open_to_all: false,
    };
    let rules = DoorRules::default();
    assert!(verdict(&facts, &rules, now).is_yes() && plain(&facts, &rules, now));
    let night = now + chrono::Duration::hours(3);
    assert!(!verdict(&facts, &rules, night).is_yes() && !plain(&facts, &rules, night));
    c.bench_function("check in over 44 facts: a verdict, yes", |b| {
        b.iter(|| black_box(verdict(black_box(&facts), &rules, now)));
    });
    c.bench_function("check in over 44 facts: a verdict, no, with reasons", |b| {
        b.iter(|| black_box(verdict(black_box(&facts), &rules, night)));
    });
    c.bench_function("check in over 44 facts: a plain loop, yes or no", |b| {
        b.iter(|| black_box(plain(black_box(&facts), &rules, now)));
    });
}

criterion_group!(benches, check_in);
criterion_main!(benches);
