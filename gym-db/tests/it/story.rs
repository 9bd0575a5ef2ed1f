//! One story on both databases: months of a simulated club, in memory and stored, come to the same.

use gym_core::billing::BillingCommand;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxTerms};
use gym_core::booking::policy::Admits;
use gym_core::club::Club;
use gym_core::command::Command;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{Allowance, Terms};
use gym_core::money::Money;
use gym_core::replay::{Recorded, replay};
use gym_core::sim::{Setup, Sim};
use gym_core::time::{Cycle, Unit};
use gym_db::Gym;

use crate::histories::twice;
use crate::scenario::id;
use crate::support::{both, times};

/// Has bookings need a lot, whatever the rules are else.
fn entitled(mut command: Command) -> Command {
    if let Command::SetPolicy { policy, .. } = &mut command {
        policy.admits = Admits::Entitled;
    }
    command
}

/// Sells every member one of two memberships: any number of visits, or two a week. One in seven members has none.
fn memberships(club: &Club, start: chrono::NaiveDate) -> Vec<Command> {
    let add = |name: &str, allowance| {
        let price = Money::new(50_00, club.locations.iter().next().unwrap().currency);
        let terms = Terms {
            allowance,
            ..Terms::monthly(price, TaxCode::new("membership").unwrap())
        };
        C::AddType {
            name: name.to_owned(),
            location: None,
            from: start,
            terms: Box::new(terms),
        }
    };
    let (uses, per) = (2, Cycle::new(1, Unit::Week).unwrap());
    let mut all = vec![
        add("Gold", None),
        add(
            "Silver",
            Some(Allowance {
                uses,
                per,
                carry: None,
            }),
        ),
    ];
    let buyers = club.members.iter().filter(|member| member.id.get() % 7 > 0);
    all.extend(buyers.map(|member| C::Sell {
        member: member.id,
        of: id(member.id.get() % 2 + 1),
        location: member.home,
        start,
        payer: None,
        intro: false,
    }));
    let taxed = club.locations.iter().map(|place| {
        let rates = [(TaxCode::new("membership").unwrap(), Vec::new())].into();
        Command::Billing(BillingCommand::SetTaxRates {
            location: place.id,
            from: start,
            terms: TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap(),
        })
    });
    taxed.chain(all.into_iter().map(Command::Membership)).collect()
}

/// Runs commands on a stored club and on one in memory; each decision must be the same to the byte.
fn live(gym: &Gym, setup: &Setup, days: u32) -> (Club, u32) {
    let mut club = Club::default();
    let mut count = 0;
    let mut step = |club: &mut Club, context: &gym_core::command::Context, command: &Command| {
        count += twice(gym, club, context, command);
    };
    let everywhere = Command::SetPolicy {
        location: None,
        policy: gym_core::booking::policy::Policy {
            party_max: 3,
            ..Default::default()
        },
    };
    let first = gym_core::command::Context {
        now: setup.opens_at(),
        actor: gym_core::user::Actor::System,
    };
    step(&mut club, &first, &everywhere);
    for (context, command) in setup.opening() {
        step(&mut club, &context, &entitled(command));
    }
    let from = setup.ready_at();
    let ready = gym_core::command::Context { now: from, ..first };
    for command in memberships(&club, from.date_naive()) {
        step(&mut club, &ready, &command);
    }
    let mut sim = Sim::new(setup.seed, from, from + chrono::Duration::days(days.into()));
    while let Some(next) = sim.next(&club) {
        step(&mut club, &next.context, &entitled(next.command));
    }
    (club, count)
}

#[test]
fn a_stored_club_is_the_club_in_memory() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let setup = Setup::new(7, "2026-02-01".parse().unwrap(), 30);
        let (club, count) = live(&gym, &setup, times(30).min(365));
        assert!(count > 300, "{count}");
        assert!(club.uses.len() > 50, "{}", club.uses.len());
        let stored = gym.club().unwrap();
        assert!(stored == club, "the stored club differs from the one in memory");
        let journal = gym.journal(0, u32::MAX).unwrap();
        assert_eq!(journal.len(), count as usize);

        let rows: Vec<Recorded> = journal.into_iter().map(|entry| entry.into_recorded()).collect();
        let replayed = replay(&rows).unwrap();
        assert!(replayed.registrations == stored.registrations && replayed.waitlist == stored.waitlist);
        assert!(replayed.claims == stored.claims && replayed.policies == stored.policies);
        let versions: std::collections::BTreeSet<_> = rows.iter().map(|row| row.policy).collect();
        assert!(versions.contains(&None) && versions.len() > 1, "{versions:?}");
    });
}
