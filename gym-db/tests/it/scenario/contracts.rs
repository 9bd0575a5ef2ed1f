//! Memberships of the small club: one of each kind, and a command for each thing that can be done with them.

use gym_core::billing::tax::TaxCode;
use gym_core::command::Command;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeReason, FreezeRules};
use gym_core::membership::intro::{Identity, Intro, Newcomer};
use gym_core::membership::jurisdiction::{CoolingOff, DayCount, ExitRight, Ground, Jurisdiction};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{AtEnd, EarlyEnd, Reach, Shared, Terms};
use gym_core::money::{Currency, Money};
use gym_core::time::Cycle;

use super::id;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn monthly(minor: i64) -> Terms {
    Terms::monthly(eur(minor), TaxCode::new("membership").unwrap())
}

/// Three months that renew, for up to three people, with everything else that a plan can say.
fn gold() -> Terms {
    let months = |count| Cycle::new(count, gym_core::time::Unit::Month).unwrap();
    Terms {
        joining: Some(eur(20_00)),
        term: Some(months(3)),
        at_end: AtEnd::Renew(months(3)),
        freeze: Some(FreezeRules::free(Compensation::Extend)),
        shared: Some(Shared {
            included: 1,
            most: 3,
            each_additional: eur(15_00),
        }),
        early: Some(EarlyEnd {
            undiscounted: eur(60_00),
            at_most: Some(eur(90_00)),
        }),
        intro: Some(Intro {
            who: Newcomer::New,
            price: eur(10_00),
            periods: 1,
            identity: Identity::Email,
        }),
        ..monthly(50_00)
    }
}

fn law() -> Box<Jurisdiction> {
    Box::new(Jurisdiction {
        cooling_off: Some(CoolingOff {
            days: 14,
            count: DayCount::Calendar,
        }),
        exits: vec![ExitRight {
            proof: true,
            ground: Ground::Moved,
            beyond_km: Some(40),
            notice_days: 14,
        }],
        ..Jurisdiction::named("Example")
    })
}

fn add(name: &str, terms: Terms) -> C {
    C::AddType {
        name: name.to_owned(),
        // In the other location bookings are covered by passes alone.
        location: Some(id(1)),
        from: day("2025-12-01"),
        terms: Box::new(terms),
    }
}

fn sell(member: i64, of: i64, start: &str, payer: Option<i64>, intro: bool) -> C {
    C::Sell {
        member: id(member),
        of: id(of),
        location: id(1),
        start: day(start),
        payer: payer.map(id),
        intro,
    }
}

fn link(person: i64, bond: Bond, from: &str) -> C {
    C::Link {
        person: id(person),
        bond,
        from: day(from),
    }
}

fn freeze(membership: i64, from: &str, until: &str) -> C {
    C::Freeze {
        membership: id(membership),
        from: day(from),
        until: Some(day(until)),
        why: FreezeReason::Travel,
    }
}

/// Membership 1 is shared; 2 is over and renews; 3 is paid by another and frozen.
pub(super) fn opening() -> Vec<Command> {
    let one_month = Terms {
        shared: gold().shared,
        term: Some(Cycle::MONTH),
        at_end: AtEnd::MonthToMonth,
        ..monthly(80_00)
    };
    let all = [
        C::SetJurisdiction {
            location: None,
            law: law(),
        },
        add("Gold", gold()),
        add("Platinum", one_month),
        sell(1, 1, "2026-03-02", None, true),
        sell(2, 2, "2026-01-15", None, false),
        sell(3, 1, "2026-03-02", Some(4), false),
        link(4, Bond::Beneficiary(id(1)), "2026-03-02"),
        link(4, Bond::Guardian(id(5)), "2026-03-02"),
        freeze(3, "2026-03-10", "2026-03-20"),
    ];
    all.map(Command::Membership).into()
}

/// Membership 6 is one to come, and renewed only if its member agrees.
pub(super) fn consenting() -> Vec<Command> {
    let law = Jurisdiction {
        renewal_consent: true,
        ..*law()
    };
    let bronze = Terms {
        term: Some(Cycle::MONTH),
        at_end: AtEnd::MonthToMonth,
        ..monthly(20_00)
    };
    let all = [
        C::SetJurisdiction {
            location: Some(id(1)),
            law: Box::new(law),
        },
        add("Bronze", bronze),
        sell(2, 3, "2026-09-01", None, false),
    ];
    all.map(Command::Membership).into()
}

pub(super) fn scenarios() -> Vec<Command> {
    let (membership, location) = (id(1), id(1));
    let (from, until) = (day("2026-03-23"), day("2026-03-30"));
    let compensation = Compensation::Extend;
    let all = [
        add("Silver", monthly(30_00)),
        C::Revise {
            of: id(1),
            from,
            reach: Reach::Renewals,
            terms: Box::new(Terms {
                price: eur(55_00),
                ..gold()
            }),
        },
        C::SetJurisdiction {
            location: Some(location),
            law: law(),
        },
        sell(6, 1, "2026-03-05", Some(5), true),
        link(6, Bond::Payer(membership), "2026-04-01"),
        C::EndLink {
            link: id(1),
            until: day("2026-04-01"),
        },
        freeze(1, "2026-03-10", "2026-03-20"),
        C::Gift {
            membership,
            from,
            until,
            compensation,
        },
        C::FreezeAll {
            location,
            from,
            until: None,
            compensation,
        },
        C::EndFreeze {
            edit: id(1),
            on: day("2026-03-15"),
        },
        C::GiveNotice {
            membership,
            early: true,
        },
        C::TakeBack { membership: id(3) },
        C::Exit {
            membership: id(3),
            ground: Ground::Moved,
            km: Some(41),
        },
        C::Switch {
            membership,
            to: id(2),
            on: day("2026-03-10"),
        },
        C::Consent {
            membership: id(6),
            renews: true,
        },
        C::Renew {
            location,
            through: day("2026-03-02"),
        },
    ];
    all.map(Command::Membership).into()
}
