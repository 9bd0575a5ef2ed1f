//! What is given back is found in the store, and goes to who paid it.

use gym_core::billing::BillingCommand;
use gym_core::billing::obligation::Charged;
use gym_core::billing::tax::TaxCode;
use gym_core::command::Command;
use gym_core::membership::MembershipCommand as Contract;
use gym_core::membership::link::Bond;
use gym_core::membership::plan::Terms;

use crate::scenario::billing::eur;
use crate::scenario::{at, id, stage};
use crate::support::both;

const NOW: &str = "2026-03-02T08:05:00Z";

#[test]
fn a_switch_gives_back_to_who_was_charged() {
    both(|db| {
        let gym = stage(db);
        let contract = |now: &str, command: Contract| {
            let done = gym.at(at(now)).run(&Command::Membership(command.clone()));
            done.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        };
        let plan = |name: &str, minor| Contract::AddType {
            name: name.to_owned(),
            location: Some(id(1)),
            from: "2026-03-02".parse().unwrap(),
            terms: Box::new(Terms::monthly(eur(minor), TaxCode::new("membership").unwrap())),
        };
        contract(NOW, plan("Half", 3_100));
        contract(NOW, plan("Whole", 6_200));
        let types = gym.club().unwrap().membership_types;
        let mut types = types.iter().map(|it| it.id).rev();
        let (whole, half) = (types.next().unwrap(), types.next().unwrap());
        let mut off = crate::scenario::billing::discount(None, 50_000);
        if let BillingCommand::SetDiscount { terms, .. } = &mut off {
            (terms.scope.members, terms.periods) = ([id(6)].into(), None);
        }
        gym.at(at(NOW)).run(&Command::Billing(off)).unwrap();
        let april = "2026-04-01T08:00:00Z";
        contract(
            april,
            Contract::Sell {
                member: id(5),
                of: half,
                location: id(1),
                start: "2026-04-01".parse().unwrap(),
                payer: Some(id(6)),
                intro: false,
            },
        );
        let membership = gym.club().unwrap().memberships.iter().next_back().unwrap().id;
        let desk = |now: &str| {
            gym.at(at(now))
                .run_invoices(id(1), now[..10].parse().unwrap())
                .unwrap()
        };
        desk(april);
        let (person, from) = (id(5), "2026-04-10".parse().unwrap());
        let bond = Bond::Payer(membership);
        contract("2026-04-10T08:00:00Z", Contract::Link { person, bond, from });
        let (to, on) = (whole, "2026-04-16".parse().unwrap());
        contract("2026-04-11T08:00:00Z", Contract::Switch { membership, to, on });
        assert!(desk("2026-04-11T08:00:00Z").parked.is_empty());
        let club = gym.club().unwrap();
        let lines = club
            .invoices
            .iter()
            .flat_map(|it| it.lines.iter().map(move |line| (it.payer, line)));
        let of = lines.filter(|(_, line)| line.obligation.charged == Charged::Membership(membership));
        let paid: Vec<_> = of
            .map(|(payer, line)| (payer.get(), line.gross.minor()))
            .collect();
        assert_eq!(paid, [(6, 1_550), (6, -775)]);
    });
}
