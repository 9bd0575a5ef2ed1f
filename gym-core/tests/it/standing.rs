//! How a member stands at the door: frozen, inactive, in debt, or let in all the same.

use crate::support::door::*;
use crate::support::lots::*;
use crate::support::{Gym, instant};
use gym_core::booking::policy::Policy;
use gym_core::check_in::{Objection, *};
use gym_core::command::Command;
use gym_core::entitlement::*;
use gym_core::id::RegistrationId;

#[test]
fn a_frozen_member_stays_out_unless_coming_back_ends_the_freeze() {
    let mut gym = Gym::entitled(Policy::default());
    let ada = gym.member("Ada");
    gym.sell(ada, door(DoorRight::default()));
    let (holdings, place) = (gym.club.holdings(ada), gym.place);
    let verdict_of = |standing| {
        let facts = DoorFacts {
            member: ada,
            location: place,
            zone: chrono_tz::Europe::Berlin,
            area: None,
            holdings: &holdings,
            visits: &[],
            bookings: &[],
            standing,
            unpaid: &[],
            waivers: WaiverFacts {
                versions: &[],
                signed: &[],
                born_on: None,
            },
            open_to_all: false,
        };
        verdict(&facts, &DoorRules::default(), instant("2026-03-10T08:00:00Z"))
    };
    let frozen = Standing {
        frozen: true,
        frozen_until: Some(day("2026-03-20")),
        ..Standing::GOOD
    };
    let (shut, back) = (
        verdict_of(frozen),
        verdict_of(Standing {
            ends_on_return: true,
            ..frozen
        }),
    );
    assert_eq!(
        shut.objections,
        [Objection::Frozen {
            until: Some(day("2026-03-20"))
        }]
    );
    assert!(!shut.is_yes() && back.is_yes() && back.ends_freeze);
    let owing = Standing {
        debt: Some(Debt {
            open: eur(1),
            since: day("2026-01-01"),
        }),
        inactive: true,
        ..frozen
    };
    assert_eq!(verdict_of(owing).objections.len(), 3);
    let late = Standing {
        ends_on_return: true,
        ..owing
    };
    assert!(
        !verdict_of(late).ends_freeze,
        "who does not come in does not return"
    );
    assert!(verdict_of(Standing::GOOD).is_yes());
}

#[test]
fn who_has_booked_is_let_in_frozen_or_not() {
    let mut gym = Gym::entitled(Policy::default());
    let ada = gym.member("Ada");
    let (holdings, place) = (gym.club.holdings(ada), gym.place);
    let now = instant("2026-03-10T08:00:00Z");
    let booking = Opening {
        by: Opened::Booking(RegistrationId::new(1).unwrap()),
        period: gym_core::time::Period::lasting(now, 60),
    };
    for (standing, open_to_all) in [
        (
            Standing {
                frozen: true,
                ..Standing::GOOD
            },
            false,
        ),
        (
            Standing {
                inactive: true,
                ..Standing::GOOD
            },
            true,
        ),
    ] {
        let verdict_of = |bookings: &[Opening]| {
            let facts = DoorFacts {
                member: ada,
                location: place,
                zone: chrono_tz::Europe::Berlin,
                area: None,
                holdings: &holdings,
                visits: &[],
                bookings,
                standing,
                unpaid: &[],
                waivers: WaiverFacts {
                    versions: &[],
                    signed: &[],
                    born_on: None,
                },
                open_to_all,
            };
            verdict(&facts, &DoorRules::default(), now)
        };
        assert!(verdict_of(std::slice::from_ref(&booking)).is_yes());
        assert_eq!(verdict_of(&[]).is_yes(), open_to_all, "{standing:?}");
    }
}

#[test]
fn coming_back_ends_the_freeze_of_a_membership_where_its_plan_says_so() {
    use gym_core::billing::tax::TaxCode;
    use gym_core::membership::freeze::{Compensation, FreezeReason, FreezeRules};
    use gym_core::membership::{MembershipCommand, plan};
    let mut gym = Gym::entitled(Policy::default());
    let ada = gym.member("Ada");
    gym.at("2026-03-01T08:00:00Z");
    let (place, start) = (gym.place, day("2026-03-01"));
    gym.rates(place, &["membership"]);
    for ends_on_return in [true, false] {
        let mut gym = gym.clone();
        let mut terms = plan::Terms::monthly(eur(2990), TaxCode::new("membership").unwrap());
        terms.freeze = Some(FreezeRules {
            ends_on_return,
            ..FreezeRules::free(Compensation::Extend)
        });
        let contract = |gym: &mut Gym, command| gym.ok(&Command::Membership(command));
        contract(
            &mut gym,
            MembershipCommand::AddType {
                name: "Open".to_owned(),
                location: None,
                from: start,
                terms: Box::new(terms),
            },
        );
        let of = gym.club.membership_types.iter().next().unwrap().id;
        contract(
            &mut gym,
            MembershipCommand::Sell {
                member: ada,
                of,
                location: place,
                start,
                payer: None,
                intro: false,
            },
        );
        let membership = gym.club.memberships.iter().next().unwrap().id;
        gym.sell(ada, door(DoorRight::default()));
        assert_eq!(told(&mut gym, enter(ada, place)), LOT);
        contract(
            &mut gym,
            MembershipCommand::Freeze {
                membership,
                from: day("2026-03-05"),
                until: Some(day("2026-03-25")),
                why: FreezeReason::Travel,
            },
        );
        let said = told(gym.at("2026-03-10T08:00:00Z"), enter(ada, place));
        let edit = gym.club.edits.iter().next().unwrap();
        if ends_on_return {
            assert_eq!((said.as_str(), edit.returned), (LOT, Some(day("2026-03-10"))));
        } else {
            assert_eq!(
                (said.as_str(), edit.returned),
                ("the membership is frozen until 2026-03-25", None)
            );
        }
    }
}
