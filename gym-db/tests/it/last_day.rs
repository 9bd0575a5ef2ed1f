//! On which day a pass ends.

use gym_core::command::Command;
use gym_core::entitlement::{EntitlementCommand, Grant, LastDay, Scope, Terms, Uses, Validity};
use gym_core::time::{Cycle, Unit};

use crate::scenario::billing::eur;
use crate::scenario::{at, id, stage};
use crate::support::both;

#[test]
fn the_last_day_of_a_pass_is_read_from_the_store() {
    both(|db| {
        let gym = stage(db);
        let now = "2026-03-02T08:10:00Z";
        let lasts = Cycle::new(30, Unit::Day).unwrap();
        let grant = Grant {
            member: id(6),
            shared_with: Default::default(),
            location: id(2),
            terms: Terms {
                uses: Uses::Counted(10),
                scope: Scope::classes(),
                validity: Validity::FirstVisit {
                    sold_on: "2026-03-02".parse().unwrap(),
                    latest: None,
                    lasts,
                },
            },
            price: eur(10_00),
        };
        let sale = Command::Entitlement(EntitlementCommand::SellPass { grant });
        gym.at(at(now)).run(&sale).unwrap();
        let lot = gym.club().unwrap().lots.iter().next_back().unwrap().id;
        let latest = None;
        assert_eq!(gym.last_day(lot).unwrap(), LastDay::FirstVisit { lasts, latest });
        for held in gym.club().unwrap().lots.iter() {
            assert_eq!(
                Some(gym.last_day(held.id).unwrap()),
                gym.club().unwrap().last_day(held.id)
            );
        }
        assert!(gym.last_day(id(9_999)).unwrap_err().is_not_found());
    });
}
