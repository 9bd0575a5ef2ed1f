//! What holds of random years of freezes, gifts, closures, switches, notices and new prices.
//!
//! `GYM_SOAK=1` runs a hundred times as many years.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gym_core::billing::obligation::{Component, Key, Obligation};
use gym_core::billing::proration::prorate;
use gym_core::billing::subscription::{account, owed};
use gym_core::command::{Command, Context};
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::contract::Contract;
use gym_core::membership::freeze::{Compensation, Edit, EditKind, FreezeReason};
use gym_core::membership::jurisdiction::{CoolingOff, DayCount, ExitRight, Ground, Jurisdiction};
use gym_core::membership::link::Bond;
use gym_core::membership::notice::Back;
use gym_core::membership::plan::{FirstDue, Reach, Terms};
use gym_core::money::Money;
use gym_core::time::Days;
use gym_core::user::Actor;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::random::{Step, compensation, steps, terms};
use super::{Hall, eur};

/// A club with two types of membership, and the memberships of one member.
pub(crate) struct Year {
    pub(crate) hall: Hall,
    people: [MemberId; 3],
    types: [MembershipTypeId; 2],
    pub(crate) now: MembershipId,
    /// What was due on days that are over.
    books: BTreeMap<(MembershipId, Key), Obligation>,
}

impl Year {
    pub(crate) fn new(start: u64, one: Terms, other: Terms) -> Self {
        let mut hall = Hall::new();
        let first = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        hall.on_day(first + chrono::Days::new(start));
        let right = |ground| ExitRight {
            proof: true,
            ground,
            beyond_km: None,
            notice_days: 0,
        };
        let law = Jurisdiction {
            cooling_off: Some(CoolingOff {
                days: 14,
                count: DayCount::Calendar,
            }),
            exits: vec![right(Ground::Moved), right(Ground::Death)],
            early_end_share: Some(25_000),
            ..Jurisdiction::named("Example")
        };
        let people = hall.gym.members(["Ada", "Bea", "Cy"]);
        let types = [hall.add_type("Gold", one), hall.add_type("Silver", other)];
        hall.ok(C::SetJurisdiction {
            location: None,
            law: Box::new(law),
        });
        let today = hall.today();
        let start = today + chrono::Days::new(start % 5);
        let now = hall.sell(people[0], types[0], &start.to_string());
        Self {
            hall,
            people,
            types,
            now,
            books: BTreeMap::new(),
        }
    }

    pub(crate) fn command(&self, step: &Step) -> C {
        let today = self.hall.today();
        let from = today + chrono::Duration::days(step.from);
        let until = from + chrono::Days::new(u64::from(step.length) + 1);
        let (membership, location) = (self.now, self.hall.gym.place);
        let club = &self.hall.gym.club;
        match step.what {
            0..=7 => {
                let until = (!step.length.is_multiple_of(6)).then_some(until);
                C::Freeze {
                    membership,
                    from,
                    until,
                    why: FreezeReason::Travel,
                }
            }
            8..=10 => C::Gift {
                membership,
                from,
                until,
                compensation: compensation(step.pick),
            },
            11..=13 => {
                let until = (!step.length.is_multiple_of(9)).then_some(until);
                C::FreezeAll {
                    location,
                    from,
                    until,
                    compensation: compensation(step.pick),
                }
            }
            14..=19 => {
                let edits: Vec<EditId> = club.edits.iter().map(|edit| edit.id).collect();
                let edit = edits.get(usize::from(step.pick) % edits.len().max(1)).copied();
                C::EndFreeze {
                    edit: edit.unwrap_or(EditId::local(9)),
                    on: from.max(today),
                }
            }
            20 => C::GiveNotice {
                membership,
                early: step.pick.is_multiple_of(2),
            },
            21 => C::TakeBack { membership },
            22 => C::Exit {
                membership,
                ground: [Ground::Moved, Ground::Death][usize::from(step.pick % 2)],
                km: None,
            },
            23..=24 => C::Switch {
                membership,
                to: self.types[usize::from(step.pick % 2)],
                on: from.max(today),
            },
            25..=26 => {
                let person = self.people[usize::from(step.pick % 3)];
                C::Link {
                    person,
                    bond: Bond::Beneficiary(membership),
                    from: from.max(today),
                }
            }
            27 => {
                let link = club
                    .links
                    .iter()
                    .next_back()
                    .map_or(LinkId::local(9), |link| link.id);
                C::EndLink {
                    link,
                    until: from.max(today),
                }
            }
            28 => {
                let of = self.types[usize::from(step.pick % 2)];
                let last = club.plans.iter().rfind(|plan| plan.of == of).unwrap();
                let terms = Box::new(Terms {
                    price: eur(i64::from(step.pick) * 37 + 1),
                    early: None,
                    ..last.terms.clone()
                });
                C::Revise {
                    of,
                    from,
                    reach: Reach::ALL[usize::from(step.length % 3)],
                    terms,
                }
            }
            _ => C::Renew {
                location,
                through: today,
            },
        }
    }

    /// Tries a command, which may be refused.
    fn act(&mut self, step: &Step) {
        let command = Command::Membership(self.command(step));
        let gym = &mut self.hall.gym;
        let context = Context {
            now: gym.now,
            actor: Actor::System,
        };
        let Ok(events) = gym.club.decide(&command, &context) else {
            return;
        };
        gym.club.apply(&events, &gym.club.allot(&events));
        self.now = gym.club.memberships.iter().next_back().unwrap().id;
    }

    /// Lives through steps.
    fn live(&mut self, steps: &[Step]) {
        for step in steps {
            if step.days > 0 {
                self.close();
            }
            let today = self.hall.today() + chrono::Days::new(step.days);
            self.hall.on_day(today);
            self.act(step);
        }
        self.close();
    }

    /// Closes the books of a day: what was due before is owed as it was, and nothing of it is gone.
    pub(crate) fn close(&mut self) {
        let today = self.hall.today();
        for membership in self.hall.gym.club.memberships.iter() {
            let contract = self.hall.gym.club.contract(membership.id).unwrap();
            let owed: BTreeMap<Key, Obligation> = owed(&contract, today)
                .unwrap()
                .into_iter()
                .map(|one| (one.key, one))
                .collect();
            let kept = self
                .books
                .range((membership.id, LEAST)..)
                .take_while(|((id, _), _)| *id == membership.id);
            for ((_, key), booked) in kept {
                let now = owed
                    .get(key)
                    .unwrap_or_else(|| panic!("{today}: {booked:?} is not owed any more"));
                assert_eq!(
                    (now.amount, now.due_on, now.days, now.plan),
                    (booked.amount, booked.due_on, booked.days, booked.plan),
                    "{today}: {key:?}"
                );
            }
            days_are_paid_for_once(&contract, &owed, today);
            self.books
                .extend(owed.into_iter().map(|(key, one)| ((membership.id, key), one)));
        }
    }
}

const LEAST: Key = Key::Period {
    subscription: SubscriptionId::local(u32::MAX),
    component: Component::Fee,
    start: NaiveDate::MIN,
};

/// The counted days of a membership from its first, walked one civil day after the other up to a day: on which civil day
/// each lies, and whether it is credited.
fn walk(contract: &Contract<'_>, through: NaiveDate) -> Vec<(NaiveDate, bool)> {
    let moves = contract.moves();
    let mut edits = contract.edits.clone();
    edits.sort_by_key(|edit| (edit.from, edit.id));
    let days = contract
        .membership
        .start
        .iter_days()
        .take_while(|day| *day <= through);
    days.filter_map(|day| {
        // Whoever had come when the club was said to have been closed keeps the day.
        let came = |closed: &Edit| {
            let mut used = edits.iter().filter(|it| it.kind == EditKind::Used);
            closed.kind == EditKind::Closure
                && used.any(|it| it.recorded_at == closed.recorded_at && it.covers(day))
        };
        let mut others = edits.iter().filter(|it| it.kind != EditKind::Used);
        let edit = others.find(|edit| edit.covers(day) && !came(edit));
        match edit.map(|edit| edit.compensation) {
            Some(Compensation::Extend) if moves => None,
            Some(Compensation::Extend | Compensation::Credit) => Some((day, true)),
            _ => Some((day, false)),
        }
    })
    .collect()
}

/// What was charged for a period, less what was given back, is the price of its days that are delivered or to come.
fn days_are_paid_for_once(contract: &Contract<'_>, owed: &BTreeMap<Key, Obligation>, today: NaiveDate) {
    let days = account(contract, today);
    assert_eq!(
        days.paid,
        days.delivered + days.remaining + days.credited,
        "{today}: {days:?}"
    );
    let start = contract.membership.start;
    let far = today + chrono::Days::new(800);
    let walked = walk(contract, far);
    let until = contract.until().unwrap_or(NaiveDate::MAX);
    let taken_back = contract.notices.iter().any(|notice| notice.back == Back::All);
    let mut delivered = 0;
    for slice in contract.slices(today.max(start)) {
        // A part that is worth less than half a cent is due as well, though nothing is owed for it.
        let sold_on = contract.membership.sold_on.min(start);
        let bought = contract.version(contract.membership.plan).unwrap();
        let due_on = match bought.terms.first_due {
            FirstDue::AtSale if slice.days.from() == start => sold_on,
            _ => slice.begins,
        };
        if due_on > today {
            continue;
        }
        let mut expected = 0;
        for counted in slice
            .days
            .from()
            .iter_days()
            .take_while(|day| *day < slice.days.until() && *day < until)
        {
            let n = usize::try_from((counted - start).num_days()).unwrap();
            let Some((civil, credited)) = walked.get(n).copied() else {
                continue;
            };
            if !credited && !taken_back {
                let one = Days::new(counted, counted.succ_opt().unwrap()).unwrap();
                expected += prorate(slice.plan.terms.price, slice.period, one)
                    .unwrap()
                    .minor();
                delivered += u64::from(civil < today);
            }
        }
        let of_period = |key: &Key| match key {
            Key::Period { component, start, .. } => {
                *start == slice.days.from()
                    && !matches!(
                        component,
                        Component::Joining
                            | Component::JoiningBack(_)
                            | Component::FreezeFee(_)
                            | Component::FreezeBack(_)
                            | Component::Termination(_)
                            | Component::TerminationBack(_)
                    )
            }
            Key::Once(_) => false,
        };
        let sum = Money::sum(
            slice.plan.terms.price.currency(),
            owed.iter()
                .filter(|(key, _)| of_period(key))
                .map(|(_, one)| one.amount),
        );
        let held_open = walked.len() < usize::try_from((slice.days.until() - start).num_days()).unwrap();
        if contract.links.is_empty() && !held_open {
            assert_eq!(
                sum.unwrap().minor(),
                expected,
                "{today}: the period from {}",
                slice.days.from()
            );
        }
    }
    assert_eq!(days.delivered, delivered, "{today}: {days:?}");
}

proptest! {
    #![proptest_config(crate::support::soak::cases(300))]

    #[test]
    fn what_was_due_is_never_changed_and_every_day_is_paid_for_once(
        start in 0_u64..400,
        one in terms(),
        other in terms(),
        steps in steps(),
    ) {
        Year::new(start, one, other).live(&steps);
    }
}

#[test]
fn the_random_years_come_to_owe_everything_that_can_be_owed() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..200 {
        let tree = (0_u64..400, terms(), terms(), steps()).new_tree(&mut runner);
        let (start, one, other, steps) = tree.unwrap().current();
        let mut year = Year::new(start, one, other);
        year.live(&steps);
        for (_, key) in year.books.keys() {
            if let Key::Period { component, .. } = key {
                *counts.entry(super::word(*component)).or_default() += 1;
            }
        }
    }
    assert_eq!(counts.len(), 10, "{counts:?}");
}
