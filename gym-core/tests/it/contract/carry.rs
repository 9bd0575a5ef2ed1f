//! What of an allowance may be used after its cycle: so many uses, in so many cycles, and no more by any freeze.

use chrono::{Days, NaiveDate};
use gym_core::command::Command;
use gym_core::entitlement::EntitlementCommand;
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeReason, FreezeRules};
use gym_core::membership::plan::{Allowance, AtEnd, Carry, Reach, Terms};
use gym_core::time::{Cycle, Unit};
use proptest::prelude::*;

use super::cover::{hall, plan, weekly};
use super::{Hall, day};

fn carrying(uses: u32, carry: u32, cycles: u32) -> Terms {
    let allowance = weekly(uses).allowance.map(|it| Allowance {
        carry: Some(Carry { uses: carry, cycles }),
        ..it
    });
    Terms { allowance, ..plan() }
}

impl Hall {
    /// Books as often as it goes on each of some days, and returns how often that is.
    fn fill(&mut self, member: MemberId, days: &[&str]) -> Vec<usize> {
        let book = |day: &&str| {
            let tries = (0..12)
                .map(|n| format!("{day}T{:02}:00", 8 + n))
                .collect::<Vec<_>>();
            let classes = tries.iter().map(|at| self.gym.class(at, 9)).collect::<Vec<_>>();
            classes
                .into_iter()
                .filter(|class| self.gym.book(member, *class) == "+Ada")
                .count()
        };
        days.iter().map(book).collect()
    }

    fn expire(&mut self) {
        let location = self.gym.place;
        self.gym
            .ok(&Command::Entitlement(EntitlementCommand::Expire { location }));
    }

    /// What expired, as `cycle uses day`.
    fn broken(&self) -> Vec<String> {
        let lot = self.gym.club.lots.iter().next().unwrap();
        let told = lot
            .broken
            .iter()
            .map(|it| format!("{} {} {}", it.cycle, it.uses, it.on));
        told.collect()
    }
}

#[test]
fn unused_visits_of_a_week_are_there_in_the_next_and_then_expire() {
    // Of three a week two may be kept for one week.
    let (mut hall, _, ada) = hall(carrying(3, 2, 1));
    assert_eq!(
        hall.fill(ada, &["2027-03-02", "2027-03-09"]),
        [3, 3],
        "nothing is left to keep"
    );
    let (mut hall, _, ada) = super::cover::hall(carrying(3, 2, 1));
    let weeks = ["2027-03-08", "2027-03-15", "2027-03-29"];
    assert_eq!(
        hall.fill(ada, &weeks),
        [5, 3, 5],
        "never of the week before the last"
    );
    let (mut hall, _, ada) = super::cover::hall(carrying(3, 2, 3));
    assert_eq!(hall.fill(ada, &["2027-03-22"]), [9], "two of each of three weeks");
}

#[test]
fn what_is_booked_of_a_week_before_leaves_less_of_it() {
    let (mut hall, _, ada) = hall(carrying(3, 2, 1));
    let first = hall.gym.class("2027-03-02T18:00", 9);
    let second = hall.gym.class("2027-03-03T18:00", 9);
    assert_eq!(hall.fill(ada, &["2027-03-10"]), [5]);
    assert_eq!(hall.gym.book(ada, first), "+Ada", "the one that cannot be kept");
    assert_eq!(hall.gym.book(ada, second), "no: uncovered");
}

#[test]
fn a_new_version_says_what_is_kept_of_the_weeks_that_begin_under_it() {
    let (mut hall, _, ada) = hall(weekly(2));
    let of = hall.gym.club.membership_types.iter().next().unwrap().id;
    hall.ok(C::Revise {
        of,
        from: day("2027-03-08"),
        reach: Reach::Running,
        terms: Box::new(carrying(4, 3, 1)),
    });
    assert_eq!(
        hall.fill(ada, &["2027-03-08", "2027-03-22"]),
        [4, 7],
        "of the first week nothing"
    );
}

#[test]
fn what_lapses_is_noted_when_it_can_be_used_no_more() {
    let (mut hall, id, ada) = hall(carrying(3, 2, 1));
    hall.fill(ada, &["2027-03-09"]);
    // Five of six are booked in the second week: the one of the first that cannot be kept lapses with it.
    hall.on("2027-03-08").expire();
    assert_eq!(hall.broken(), ["0 1 2027-03-08"]);
    hall.on("2027-03-15").expire();
    assert_eq!(hall.broken(), ["0 1 2027-03-08"], "all that was kept was used");
    hall.on("2027-03-22").expire();
    assert_eq!(hall.broken()[1..], ["2 1 2027-03-22"]);
    hall.on("2027-03-30").expire();
    assert_eq!(hall.broken()[2..], ["2 2 2027-03-29", "3 1 2027-03-29"]);
    hall.ok(C::GiveNotice {
        membership: id,
        early: false,
    });
    let over = day(&hall.ends_on(id).unwrap());
    hall.on_day(over).renew();
    let told = hall.broken();
    let sum: u32 = told
        .iter()
        .map(|it| it.split(' ').nth(1).unwrap().parse::<u32>().unwrap())
        .sum();
    let weeks = u32::try_from((over - day("2027-03-01")).num_days())
        .unwrap()
        .div_ceil(7);
    assert_eq!(sum + 5, weeks * 3, "{told:?}: what was not used has lapsed");
    assert!(hall.gym.club.lots.iter().all(|lot| lot.over));
}

#[test]
fn what_cannot_be_kept_is_refused() {
    for (uses, cycles, field) in [
        (0, 1, "carry uses: 0"),
        (4, 1, "carry uses: 4"),
        (1, 0, "carry cycles: 0"),
    ] {
        let error = carrying(3, uses, cycles).check().unwrap_err().to_string();
        assert!(error.contains(field), "{error}");
    }
}

/// In which week a civil day is counted, if the club does not hold it.
fn week(hall: &Hall, id: MembershipId, on: NaiveDate) -> Option<u32> {
    let contract = hall.gym.club.contract(id)?;
    contract.allowance_cycle(on).map(|(week, _)| week)
}

proptest! {
    #![proptest_config(crate::support::soak::cases(24))]

    /// However it is frozen, a week has what it allows and at most what was kept of the weeks before, each once.
    #[test]
    fn a_weekly_allowance_never_grows_beyond_what_is_kept(
        uses in 1_u32..4,
        kept in 1_u32..4,
        cycles in 1_u32..3,
        freezes in prop::collection::vec((0_u64..40, 1_u64..12), 0..4),
        visits in prop::collection::vec(0_u64..60, 1..40),
        credit in any::<bool>(),
    ) {
        let kept = kept.min(uses);
        let mut rules = FreezeRules::free(if credit { Compensation::Credit } else { Compensation::Extend });
        rules.shortest = 1;
        let terms = Terms {
            term: Some(Cycle::new(6, Unit::Week).unwrap()),
            at_end: AtEnd::Expire,
            freeze: Some(rules),
            ..carrying(uses, kept, cycles)
        };
        let (mut hall, id, ada) = hall(terms);
        let first = day("2027-03-01");
        for (from, length) in freezes {
            let from = first + Days::new(from);
            let (until, why) = (Some(from + Days::new(length)), FreezeReason::Work);
            let _ = hall.run(C::Freeze { membership: id, from, until, why });
        }
        let mut taken = std::collections::BTreeMap::<u32, u32>::new();
        for (n, visit) in visits.into_iter().enumerate() {
            let on = first + Days::new(visit);
            let class = hall.gym.class(&format!("{on}T{:02}:{:02}", 13 + n % 9, n), 9);
            if hall.gym.book(ada, class) == "+Ada" {
                *taken.entry(week(&hall, id, on).unwrap()).or_default() += 1;
            }
        }
        // Any weeks in a row have what they allow, and what may be kept of those right before them.
        for from in 0..6 {
            for until in from..6 {
                let sum: u32 = taken.range(from..=until).map(|(_, uses)| uses).sum();
                let before = from.min(cycles);
                prop_assert!(sum <= (until - from + 1) * uses + before * kept, "{from}..={until}: {taken:?}");
            }
        }
    }
}
