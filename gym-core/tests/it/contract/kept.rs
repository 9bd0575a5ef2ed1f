//! What was charged stays as it was, whatever is recorded later.

use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeRules};
use gym_core::membership::plan::{FirstDue, Reach, Terms};

use super::{Hall, day, eur, freeze, monthly};

#[test]
fn what_was_charged_stays_as_it_was_whatever_is_recorded_later_on_the_same_day() {
    let terms = Terms {
        freeze: Some(FreezeRules::free(Compensation::Credit)),
        ..monthly(31_00)
    };
    let (mut hall, id) = Hall::with("2027-03-01", terms);
    hall.on("2027-03-02").ok(freeze(id, "2027-03-10", None));
    let edit = hall.gym.club.edits.iter().next().unwrap().id;
    hall.on("2027-03-20");
    hall.ok(C::EndFreeze {
        edit,
        on: day("2027-03-22"),
    });
    let charged = hall.bill(id, "2027-03-31");
    assert_eq!(charged.last().unwrap(), "2027-03-20 resumed 1000");
    // Even if the clock goes back, what is recorded later counts later.
    hall.gym.now -= chrono::TimeDelta::hours(1);
    hall.ok(C::Gift {
        membership: id,
        from: day("2027-03-25"),
        until: day("2027-03-28"),
        compensation: Compensation::Credit,
    });
    let after = hall.bill(id, "2027-03-31");
    let gift = "2027-03-20 credit -300".to_owned();
    assert_eq!(after.len(), charged.len() + 1, "{after:?}");
    assert!(after.contains(&gift), "{after:?}");
    assert!(charged.iter().all(|line| after.contains(line)), "{after:?}");
}

#[test]
fn a_new_price_does_not_reach_a_first_period_that_was_due_at_the_sale() {
    for (first_due, charged) in [
        (FirstDue::AtSale, ["2027-01-10 fee 5000", "2027-03-01 fee 6000"]),
        (FirstDue::AtStart, ["2027-02-01 fee 6000", "2027-03-01 fee 6000"]),
    ] {
        let (mut hall, _) = Hall::with("2027-01-10", monthly(40_00));
        let terms = Terms {
            first_due,
            ..monthly(50_00)
        };
        let silver = hall.add_type("Silver", terms.clone());
        let bob = hall.gym.member("Bob");
        let id = hall.sell(bob, silver, "2027-02-01");
        let dearer = Terms {
            price: eur(60_00),
            ..terms
        };
        hall.ok(C::Revise {
            of: silver,
            from: day("2027-01-15"),
            reach: Reach::Running,
            terms: Box::new(dearer),
        });
        assert_eq!(hall.bill(id, "2027-03-01"), charged, "{first_due:?}");
    }
}
