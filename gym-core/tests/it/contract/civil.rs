//! What goes wrong with days elsewhere: clocks that change, an hour that happens twice, zones that move.

use std::collections::BTreeMap;

use chrono::{Datelike, Duration, NaiveDate};
use gym_core::billing::BillingCommand;
use gym_core::billing::obligation::{Component, Key};
use gym_core::command::{Command, Context};
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{EndsOn, Periods, Terms};
use gym_core::time::{Cycle, Instant, civil};
use gym_core::user::Actor;

use super::{Hall, day, monthly};

pub(super) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

impl Hall {
    fn move_to(&mut self, zone: &str) {
        let zone = zone.parse().unwrap();
        self.gym
            .club
            .locations
            .change(self.gym.place, |it| it.zone = zone);
    }

    /// The civil day at the location, whatever its zone is.
    fn here(&self) -> NaiveDate {
        let zone = self.gym.club.locations.get(self.gym.place).unwrap().zone;
        civil(zone, self.gym.now).date()
    }

    pub(super) fn bill_all(&mut self) {
        let (location, through) = (self.gym.place, self.here());
        let run = Command::Billing(BillingCommand::RunInvoices {
            location,
            through,
            after: None,
            most: 100,
            answers: Vec::new(),
        });
        let context = Context {
            now: self.gym.now,
            actor: Actor::System,
        };
        let events = self.gym.club.decide(&run, &context).unwrap();
        let ids = self.gym.club.allot(&events);
        self.gym.club.apply(&events, &ids);
    }
}

/// Half an hour before and after the clocks change, where days begin at other instants than in UTC.
const CHANGES: [(&str, [&str; 2], &str); 6] = [
    (
        "Europe/Berlin",
        ["2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z"],
        "2027-03-28",
    ),
    (
        "Europe/Berlin",
        ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"],
        "2027-10-31",
    ),
    (
        "America/New_York",
        ["2027-03-14T06:30:00Z", "2027-03-14T07:30:00Z"],
        "2027-03-14",
    ),
    (
        "America/New_York",
        ["2027-11-07T05:30:00Z", "2027-11-07T06:30:00Z"],
        "2027-11-07",
    ),
    (
        "Pacific/Auckland",
        ["2027-04-03T13:30:00Z", "2027-04-03T14:30:00Z"],
        "2027-04-04",
    ),
    (
        "Pacific/Auckland",
        ["2027-09-25T13:30:00Z", "2027-09-25T14:30:00Z"],
        "2027-09-26",
    ),
];

#[test]
fn a_month_in_which_the_clocks_change_has_an_hour_too_few_and_loses_a_day() {
    for (zone, instants, changed) in CHANGES {
        let changed = day(changed);
        let first = changed.with_day(1).unwrap();
        let (count, of) = (changed.day(), u32::from(changed.num_days_in_month()));
        // The first and the last minute of the day of the change too.
        let minutes = [instants[0], instants[1]].map(at).into_iter();
        for now in minutes.flat_map(|it| [it, it - Duration::minutes(1), it + Duration::minutes(1)]) {
            let mut hall = Hall::new();
            let [ada, bea] = hall.gym.members(["Ada", "Bea"]);
            let terms = Terms {
                periods: Periods::Calendar,
                ends: EndsOn::AnyDay,
                ..monthly(i64::from(of) * 1_00)
            };
            let gold = hall.add_type("Gold", terms);
            hall.move_to(zone);
            let early = hall.sell(ada, gold, &first.to_string());
            hall.gym.now = now;
            assert_eq!(hall.here(), changed, "{zone} {now}");
            // Who comes on that day pays for the days that are left, it among them; who leaves with it gets the others.
            let late = hall.sell(bea, gold, &changed.to_string());
            hall.ok(C::GiveNotice {
                membership: early,
                early: false,
            });
            let through = changed.to_string();
            let part = i64::from(of - count + 1) * 1_00;
            assert_eq!(
                hall.bill(late, &through),
                [format!("{changed} fee {part}")],
                "{zone} {now}"
            );
            let (price, back) = (i64::from(of) * 1_00, i64::from(of - count) * -1_00);
            let mut bill = vec![format!("{first} fee {price}"), format!("{changed} back {back}")];
            bill.truncate(if back < 0 { 2 } else { 1 });
            assert_eq!(hall.bill(early, &through), bill, "{zone} {now}");
            hall.bill_all();
            let charged: i64 = hall.gym.club.invoices.iter().map(|it| it.total.minor()).sum();
            assert_eq!(
                charged,
                price + 1_00,
                "{zone} {now}: only that day is paid by both"
            );
        }
    }
}

#[test]
fn the_hour_that_happens_twice_and_a_zone_that_changes_bill_a_period_twice_or_not_at_all() {
    let zones = ["Pacific/Kiritimati", "Europe/Berlin", "Pacific/Pago_Pago"];
    let starts = ["2027-01-31", "2027-03-28", "2027-03-29"];
    for moves in [false, true] {
        let mut hall = Hall::new();
        let gold = hall.add_type("Gold", monthly(50_00));
        let ids = ["Ada", "Bea", "Cy"].map(|name| hall.gym.member(name));
        for (member, start) in ids.into_iter().zip(starts) {
            hall.sell(member, gold, start);
        }
        hall.gym.now = at("2027-01-27T00:30:00Z");
        let (last, mut runs, mut issued) = (at("2027-12-02T00:00:00Z"), 0, BTreeMap::new());
        while hall.gym.now < last {
            hall.gym.now += Duration::hours(1);
            // Nothing falls due in the middle of these months.
            if (2..26).contains(&hall.gym.now.day()) {
                continue;
            }
            hall.move_to(if moves { zones[runs % 3] } else { zones[1] });
            runs += 1;
            hall.bill_all();
            for invoice in hall.gym.club.invoices.iter() {
                issued
                    .entry(invoice.id)
                    .or_insert((invoice.issued_on, hall.here()));
            }
        }
        assert!(issued.values().all(|(on, today)| on == today), "{issued:?}");
        let lines = hall.gym.club.invoices.iter().flat_map(|it| &it.lines);
        let mut billed: BTreeMap<SubscriptionId, Vec<NaiveDate>> = BTreeMap::new();
        for line in lines {
            let Key::Period {
                subscription,
                component: Component::Fee,
                start,
            } = line.obligation.key
            else {
                panic!("{line:?}")
            };
            billed.entry(subscription).or_default().push(start);
        }
        for (starts, first) in billed.values().zip(starts.map(day)) {
            let expected = (0..).map_while(|n| Cycle::MONTH.start(first, n));
            let expected: Vec<NaiveDate> = expected.take_while(|it| *it <= day("2027-12-01")).collect();
            assert_eq!(*starts, expected, "moves: {moves}");
        }
    }
}
