//! Passes, doors and what is forgiven, in the second location, where a booking needs a lot that covers it.
//!
//! Class 7 is there. Lot 1 is Ada's pass of three; lot 2 is shared by Bao and Carmen; lot 3 is a gift that nobody needs,
//! of which some has expired; lot 4 lets Ada through doors, and lot 5 lets Bao through five times.

use std::collections::BTreeSet;

use gym_core::booking::policy::Policy;
use gym_core::check_in::{DoorCommand, Signer};
use gym_core::command::{Book, Command};
use gym_core::entitlement::{
    DoorRight, EntitlementCommand, Grant, Scope, Source, Terms, Uses, Validity, VisitLimit, Window,
};
use gym_core::money::{Currency, Money};
use gym_core::time::{Cycle, Instant};

use super::make::offering;
use super::{at, id};

fn terms(uses: Uses, scope: Scope) -> Terms {
    let validity = Validity::Days {
        from: "2026-01-01".parse().unwrap(),
        until: Some("2027-01-01".parse().unwrap()),
    };
    Terms {
        uses,
        scope,
        validity,
    }
}

fn grant(members: &[i64], terms: Terms) -> Grant {
    let (owner, others) = members.split_first().unwrap();
    Grant {
        member: id(*owner),
        shared_with: others.iter().map(|member| id(*member)).collect::<BTreeSet<_>>(),
        location: id(2),
        terms,
        price: Money::new(1_000, Currency::EUR),
    }
}

pub fn sell(members: &[i64], uses: u32) -> Command {
    let terms = terms(Uses::Counted(uses), Scope::classes());
    Command::Entitlement(EntitlementCommand::SellPass {
        grant: grant(members, terms),
    })
}

fn monthly(member: i64) -> Command {
    let (cycle, anchor) = (Cycle::MONTH, "2026-01-01".parse().unwrap());
    let uses = Uses::PerCycle {
        count: 4,
        cycle,
        anchor,
        carry: 1,
    };
    Command::Entitlement(EntitlementCommand::Grant {
        grant: grant(&[member], terms(uses, Scope::classes())),
        source: Source::Gift,
    })
}

fn door(member: i64, uses: Uses) -> Command {
    let limit = Some(VisitLimit {
        most: 9,
        per: Window::Rolling { days: 30 },
    });
    let scope = Scope {
        door: Some(DoorRight {
            limit,
            ..DoorRight::default()
        }),
        ..Scope::default()
    };
    Command::Entitlement(EntitlementCommand::SellPass {
        grant: grant(&[member], terms(uses, scope)),
    })
}

fn enter(member: i64) -> Command {
    Command::Door(DoorCommand::Enter {
        member: id(member),
        location: id(2),
        area: None,
        overriding: None,
    })
}

fn waiver(title: &str) -> Command {
    Command::Door(DoorCommand::AddWaiver {
        location: None,
        title: title.to_owned(),
        required_from: "2027-01-01".parse().unwrap(),
    })
}

/// A class of another programme, in no room.
pub fn class(title: &str, location: i64, start: &str) -> Command {
    let mut offering = offering(title, 1, None, 4);
    (offering.location, offering.trainer, offering.room) = (id(location), None, None);
    offering.programme = title.to_lowercase();
    Command::AddClass {
        offering,
        start: start.parse().unwrap(),
    }
}

pub(super) fn opening() -> Vec<Command> {
    let mut all = vec![Command::SetPolicy {
        location: Some(id(2)),
        policy: Policy::default(),
    }];
    all.extend([2, 3].map(|member| Command::GrantAccess {
        member: id(member),
        location: id(2),
        from: "2026-01-01".parse().unwrap(),
        until: None,
    }));
    all.push(class("Pilates", 2, "2026-03-19T18:00:00"));
    all.extend([sell(&[1], 3), sell(&[2, 3], 2), monthly(1)]);
    all.extend([door(1, Uses::Unlimited), door(2, Uses::Counted(5))]);
    all.extend([1, 2].map(|member| Command::Book(Book::one(id(member), id(7)))));
    all.extend([waiver("Rules"), enter(1)]);
    // Of two late cancellations the first is waived.
    for (class_id, start) in [(8, "2026-03-02T16:00:00"), (9, "2026-03-02T18:00:00")] {
        let (class_id, member) = (id(class_id), id(6));
        all.push(class("Early", 1, start));
        all.push(Command::Book(Book::one(member, class_id)));
        all.push(Command::Cancel {
            class: class_id,
            member,
        });
    }
    all
}

#[test]
fn every_command_about_lots_and_doors_has_a_scenario() {
    let told = |command: &Command| match command {
        Command::Entitlement(command) => Some(serde_json::to_value(command).unwrap()),
        Command::Door(command) => Some(serde_json::to_value(command).unwrap()),
        _ => None,
    };
    let name = |value: serde_json::Value| value.as_object().unwrap().keys().next().unwrap().clone();
    let all = scenarios();
    let given = all.iter().filter_map(|(_, command)| told(command)).map(name);
    // Giving a lot is a scenario of its own, selling a pass too.
    let given: BTreeSet<String> = given.collect();
    let known = names::<EntitlementCommand>()
        .into_iter()
        .chain(names::<DoorCommand>());
    assert_eq!(given, known.collect::<BTreeSet<String>>());
}

fn names<C: serde::de::DeserializeOwned + std::fmt::Debug>() -> BTreeSet<String> {
    let error = serde_json::from_str::<C>(r#"{"?":{}}"#).unwrap_err().to_string();
    let (_, list) = error.split_once("expected one of ").unwrap();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

pub(super) fn scenarios() -> Vec<(Instant, Command)> {
    let (soon, entitlement) = (at("2026-03-02T08:05:00Z"), Command::Entitlement);
    let sign = DoorCommand::SignWaiver {
        waiver: id(1),
        member: id(2),
        by: Signer::Member,
    };
    let with_guest = DoorCommand::EnterGuest {
        host: id(1),
        guest: id(5),
        location: id(2),
        overriding: None,
    };
    let why = "the tram did not run".to_owned();
    let all = [
        sell(&[2, 3], 5),
        monthly(4),
        entitlement(EntitlementCommand::Withdraw { lot: id(3) }),
        entitlement(EntitlementCommand::Expire { location: id(2) }),
        entitlement(EntitlementCommand::WaivePenalty { penalty: id(2), why }),
        Command::Book(Book::one(id(3), id(7))),
        Command::Cancel {
            class: id(7),
            member: id(1),
        },
        waiver("House rules"),
        Command::Door(sign),
        enter(2),
        Command::Door(with_guest),
        Command::Door(DoorCommand::Leave { visit: id(1) }),
    ];
    all.into_iter().map(|command| (soon, command)).collect()
}
