//! What members have a right to and what they owe, decided on what the databases load as on the whole club.

use gym_core::billing::quote::Quote;
use gym_core::booking::policy::Policy;
use gym_core::check_in::DoorCommand;
use gym_core::command::{Book, Command, Context};
use gym_core::id::{ClassId, MembershipId};
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeReason, FreezeRules};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{Shared, Terms};
use gym_core::user::Actor;
use gym_db::Gym;

use crate::scenario::billing::eur;
use crate::scenario::lots::class;
use crate::scenario::{at, id, stage};
use crate::support::both;

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

/// Gives a command that is previewed first, and decided on the whole club: all three must say the same. Returns the
/// refusal, or nothing if it is accepted.
fn told(gym: &Gym, now: &str, command: Command) -> String {
    let now = at(now);
    let actor = Actor::System;
    let whole = gym.club().unwrap().decide(&command, &Context { now, actor });
    assert_eq!(gym.at(now).preview(&command).unwrap(), whole, "{command:?}");
    match gym.at(now).run(&command) {
        Ok(_) => String::new(),
        Err(error) => error.refusal().unwrap_or_else(|| panic!("{error}")).to_string(),
    }
}

fn ok(gym: &Gym, now: &str, command: Command) {
    let refusal = told(gym, now, command.clone());
    assert_eq!(refusal, "", "{command:?}");
}

fn monthly(minor: i64) -> Terms {
    let tax = gym_core::billing::tax::TaxCode::new("membership").unwrap();
    Terms::monthly(eur(minor), tax)
}

/// Sells a membership with these terms to a member, paid by another if one is named.
fn sell(gym: &Gym, now: &str, terms: Terms, member: i64, payer: Option<i64>) -> MembershipId {
    let add = C::AddType {
        name: format!("Plan of {member} at {now}"),
        location: Some(id(1)),
        from: day(&now[..10]),
        terms: Box::new(terms),
    };
    ok(gym, now, Command::Membership(add));
    let types = gym.club().unwrap().membership_types;
    let sale = C::Sell {
        member: id(member),
        of: types.iter().next_back().unwrap().id,
        location: id(1),
        start: day(&now[..10]),
        payer: payer.map(id),
        intro: false,
    };
    ok(gym, now, Command::Membership(sale));
    gym.club().unwrap().memberships.iter().next_back().unwrap().id
}

fn enter(member: i64) -> Command {
    Command::Door(DoorCommand::Enter {
        member: id(member),
        location: id(1),
        area: None,
        overriding: None,
    })
}

fn freeze(membership: MembershipId, from: &str, until: &str) -> Command {
    Command::Membership(C::Freeze {
        membership,
        from: day(from),
        until: Some(day(until)),
        why: FreezeReason::Travel,
    })
}

#[test]
fn days_on_which_somebody_came_are_not_frozen() {
    both(|db| {
        let gym = stage(db);
        let now = "2026-03-02T08:10:00Z";
        let policy = Policy::default();
        let location = Some(id(1));
        ok(&gym, now, Command::SetPolicy { location, policy });
        let freezes = FreezeRules {
            backdated: 30,
            ..FreezeRules::free(Compensation::Extend)
        };
        let shared = Shared {
            included: 2,
            most: 2,
            each_additional: eur(0),
        };
        let terms = Terms {
            freeze: Some(freezes),
            shared: Some(shared),
            ..monthly(31_00)
        };
        let membership = sell(&gym, now, terms, 5, None);
        let (person, bond, from) = (id(6), Bond::Beneficiary(membership), day("2026-03-02"));
        ok(&gym, now, Command::Membership(C::Link { person, bond, from }));
        let on = |start: &str| -> ClassId {
            ok(&gym, now, class("Pilates", 1, start));
            gym.club().unwrap().classes.iter().next_back().unwrap().id
        };
        let (came, missed) = (on("2026-03-04T20:00:00"), on("2026-03-06T20:00:00"));
        for class in [came, missed] {
            ok(&gym, now, Command::Book(Book::one(id(5), class)));
        }
        let (member, overriding) = (id(5), None);
        let attend = Command::CheckIn {
            class: came,
            member,
            overriding: overriding.clone(),
        };
        ok(&gym, "2026-03-04T18:55:00Z", attend);
        let absent = Command::MarkNoShow {
            class: missed,
            member: None,
            overriding,
        };
        ok(&gym, "2026-03-06T20:30:00Z", absent);
        ok(&gym, "2026-03-08T09:00:00Z", enter(6));
        let late = "2026-03-10T09:00:00Z";
        let refusal = told(&gym, late, freeze(membership, "2026-03-03", "2026-03-10"));
        let used = "the membership was used on 2026-03-04 and 2026-03-08";
        assert!(refusal.contains(used), "{refusal}");
        ok(&gym, late, freeze(membership, "2026-03-05", "2026-03-08"));
        let today = freeze(membership, "2026-03-10", "2026-03-12");
        ok(&gym, late, enter(6));
        let refusal = told(&gym, late, today);
        assert!(refusal.contains("was used on 2026-03-10"), "{refusal:?}");
    });
}

/// Member 6 pays for member 5, and uses nothing.
#[test]
fn who_uses_a_membership_that_another_has_not_paid_stays_out() {
    both(|db| {
        let gym = stage(db);
        let now = "2026-03-02T08:10:00Z";
        let membership = sell(&gym, now, monthly(31_00), 5, Some(6));
        let to = sell(&gym, now, monthly(62_00), 4, None);
        let to = gym.club().unwrap().memberships.get(to).unwrap().of;
        gym.at(at(now)).run_invoices(id(1), day("2026-03-02")).unwrap();
        ok(&gym, now, enter(5));
        let late = "2026-04-20T08:10:00Z";
        let refusal = told(&gym, late, enter(5));
        let unpaid = format!("member 6, who pays for membership {membership}, has not paid");
        assert!(refusal.contains(&unpaid), "{refusal}");
        assert!(!refusal.contains("31.00"), "{refusal}");
        let refusal = told(&gym, late, enter(6));
        assert!(refusal.contains("have been open since 2026-03-16"), "{refusal}");
        // A larger plan does not let them in.
        let on = day("2026-04-20");
        ok(&gym, late, Command::Membership(C::Switch { membership, to, on }));
        let next = gym.club().unwrap().memberships.iter().next_back().unwrap().id;
        let refusal = told(&gym, late, enter(5));
        let unpaid = format!("member 6, who pays for membership {next}, has not paid");
        assert!(refusal.contains(&unpaid), "{refusal}");
    });
}

#[test]
fn what_a_sale_or_a_switch_costs_today_is_what_the_run_charges() {
    both(|db| {
        let gym = stage(db);
        let now = "2026-03-02T08:10:00Z";
        let desk = || gym.at(at(now));
        let charged = || {
            let before = gym.club().unwrap().invoices.len();
            desk().run_invoices(id(1), day("2026-03-02")).unwrap();
            let made = gym.club().unwrap().invoices;
            let made = made
                .iter()
                .skip(before)
                .map(|it| (it.payer.get(), it.total.minor()));
            made.collect::<Vec<_>>()
        };
        charged();
        let types = [31_00, 62_00].map(|minor| {
            let add = C::AddType {
                name: format!("Plan of {minor}"),
                location: Some(id(1)),
                from: day("2026-03-02"),
                terms: Box::new(monthly(minor)),
            };
            ok(&gym, now, Command::Membership(add));
            let types = gym.club().unwrap().membership_types;
            types.iter().next_back().unwrap().id
        });
        let sale = C::Sell {
            member: id(5),
            of: types[0],
            location: id(1),
            start: day("2026-03-02"),
            payer: Some(id(6)),
            intro: false,
        };
        let told = |command: &Command| {
            let quotes = desk().would_cost(command, day("2026-03-02")).unwrap();
            let told = quotes.iter().map(|it| (it.payer.get(), it.total.minor()));
            let whole = gym.club().unwrap();
            let (now, actor) = (at(now), Actor::System);
            let context = Context { now, actor };
            let whole = whole.prospect(command, &context, day("2026-03-02")).unwrap();
            // The ids of what is not there yet are made up.
            let sums = |all: &[Quote]| -> Vec<_> {
                let lines = |it: &Quote| -> Vec<_> {
                    let lines = it.lines.iter();
                    let lines = lines.map(|line| (line.obligation.amount, line.obligation.days, line.gross));
                    lines.collect()
                };
                all.iter()
                    .map(|it| (it.payer, it.total, it.on, lines(it)))
                    .collect()
            };
            assert_eq!(sums(&whole.quotes(&[]).unwrap()), sums(&quotes));
            told.collect::<Vec<_>>()
        };
        let sale = Command::Membership(sale);
        let cost = told(&sale);
        assert_eq!(cost.len(), 1);
        ok(&gym, now, sale);
        assert_eq!(charged(), cost);
        let membership = gym.club().unwrap().memberships.iter().next_back().unwrap().id;
        let (to, on) = (types[1], day("2026-03-02"));
        let switch = Command::Membership(C::Switch { membership, to, on });
        let more = told(&switch);
        assert_eq!(more, cost, "as much again, as the first is given back");
        ok(&gym, now, switch);
        assert_eq!(charged(), more);
    });
}

#[test]
fn a_law_that_gives_less_takes_nothing_from_what_was_sold() {
    use gym_core::membership::jurisdiction::{CoolingOff, DayCount, Jurisdiction};
    both(|db| {
        let gym = stage(db);
        let now = "2026-03-02T08:10:00Z";
        let cooling = |days| {
            let count = DayCount::Calendar;
            let law = Jurisdiction {
                cooling_off: Some(CoolingOff { days, count }),
                ..Jurisdiction::named("Example")
            };
            Command::Membership(C::SetJurisdiction {
                location: None,
                law: Box::new(law),
            })
        };
        ok(&gym, now, cooling(14));
        let [one, other] = [5, 6].map(|member| sell(&gym, now, monthly(31_00), member, None));
        ok(&gym, "2026-03-07T08:00:00Z", cooling(5));
        let back = |membership| Command::Membership(C::TakeBack { membership });
        ok(&gym, "2026-03-16T08:00:00Z", back(one));
        let refusal = told(&gym, "2026-03-17T08:00:00Z", back(other));
        assert!(refusal.contains("until 2026-03-16"), "{refusal}");
    });
}

#[test]
fn who_did_not_agree_is_not_renewed() {
    use gym_core::membership::Consent;
    use gym_core::membership::jurisdiction::Jurisdiction;
    use gym_core::membership::plan::AtEnd;
    use gym_core::time::Cycle;
    both(|db| {
        let gym = stage(db);
        let now = "2026-03-02T08:10:00Z";
        let law = Jurisdiction {
            renewal_consent: true,
            ..Jurisdiction::named("Example")
        };
        let law = Box::new(law);
        let location = Some(id(1));
        ok(
            &gym,
            now,
            Command::Membership(C::SetJurisdiction { location, law }),
        );
        let terms = || Terms {
            term: Some(Cycle::MONTH),
            at_end: AtEnd::Renew(Cycle::MONTH),
            ..monthly(31_00)
        };
        let [agreed, not] = [5, 6].map(|member| sell(&gym, now, terms(), member, None));
        let consent = |membership, renews| Command::Membership(C::Consent { membership, renews });
        ok(&gym, "2026-03-10T08:00:00Z", consent(agreed, true));
        ok(&gym, "2026-03-10T08:00:00Z", consent(not, true));
        ok(&gym, "2026-03-11T08:00:00Z", consent(not, false));
        let held = gym.club().unwrap().memberships;
        assert_eq!(
            held.get(agreed).unwrap().consent,
            Consent::Given(day("2026-03-10"))
        );
        assert_eq!(held.get(not).unwrap().consent, Consent::Missing);
        let (location, through) = (id(1), day("2026-04-02"));
        let renew = Command::Membership(C::Renew { location, through });
        ok(&gym, "2026-04-02T08:00:00Z", renew);
        let held = gym.club().unwrap().memberships;
        assert_eq!(held.get(agreed).unwrap().ended_on, None);
        assert_eq!(held.get(not).unwrap().ended_on, Some(day("2026-04-02")));
    });
}

#[test]
fn what_a_lower_allowance_leaves_uncovered_is_cancelled() {
    use gym_core::booking::RegistrationState;
    use gym_core::club::Key;
    use gym_core::membership::plan::{Allowance, Reach};
    use gym_core::time::{Cycle, Unit};
    both(|db| {
        let gym = stage(db);
        let now = "2026-03-02T08:10:00Z";
        let policy = Policy::default();
        let location = Some(id(1));
        ok(&gym, now, Command::SetPolicy { location, policy });
        let weekly = |uses| Terms {
            allowance: Some(Allowance {
                uses,
                per: Cycle::new(1, Unit::Week).unwrap(),
                carry: None,
            }),
            ..monthly(31_00)
        };
        let membership = sell(&gym, now, weekly(3), 5, None);
        let of = gym.club().unwrap().memberships.get(membership).unwrap().of;
        for start in [
            "2026-03-10T20:00:00",
            "2026-03-17T20:00:00",
            "2026-03-18T20:00:00",
        ] {
            ok(&gym, now, class("Pilates", 1, start));
            let classes = gym.club().unwrap().classes;
            let class = classes.iter().next_back().unwrap().id;
            ok(&gym, now, Command::Book(Book::one(id(5), class)));
        }
        let (reach, from, terms) = (Reach::Running, day("2026-03-12"), Box::new(weekly(1)));
        let revise = C::Revise {
            of,
            from,
            reach,
            terms,
        };
        ok(&gym, now, Command::Membership(revise));
        let club = gym.club().unwrap();
        let booked = club.registrations.of(Key::Member(id(5)));
        let states: Vec<_> = booked.map(|it| it.state).rev().take(3).collect();
        let (kept, gone) = (RegistrationState::Booked, RegistrationState::ClubCancelled);
        assert_eq!(states, [gone, kept, kept]);
    });
}
