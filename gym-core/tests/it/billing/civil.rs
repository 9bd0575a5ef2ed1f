//! What goes wrong with days: zones, clocks that change, the last minute of a month.

use super::make::{bill, charge, club, day, id, run_through};

#[test]
fn the_hour_that_happens_twice_bills_twice_or_not_at_all() {
    for (nights, clock) in [
        (["2026-03-28", "2026-03-29", "2026-03-30"], "T00:30:00Z"),
        (["2026-10-24", "2026-10-25", "2026-10-26"], "T00:30:00Z"),
    ] {
        let mut club = club();
        for (number, night) in (1..).zip(nights) {
            bill(&mut club, "2026-02-01T08:00:00Z", charge(2, number, night, 1_000)).unwrap();
        }
        for night in nights {
            for clock in [clock, "T01:30:00Z", "T02:30:00Z"] {
                bill(&mut club, &format!("{night}{clock}"), run_through(night)).unwrap();
            }
        }
        let issued: Vec<String> = club.invoices.iter().map(|it| it.issued_on.to_string()).collect();
        assert_eq!(issued, nights, "the day is the location's");
    }
}

#[test]
fn an_invoice_of_the_last_minute_bears_the_day_of_another_zone() {
    let mut club = club();
    bill(
        &mut club,
        "2026-03-01T08:00:00Z",
        charge(2, 1, "2026-03-31", 1_000),
    )
    .unwrap();
    bill(&mut club, "2026-03-31T21:59:00Z", run_through("2026-03-31")).unwrap();
    assert_eq!(club.invoices.get(id(1)).unwrap().issued_on, day("2026-03-31"));
    bill(
        &mut club,
        "2026-03-01T08:00:00Z",
        charge(2, 2, "2026-04-01", 1_000),
    )
    .unwrap();
    bill(&mut club, "2026-03-31T22:01:00Z", run_through("2026-04-01")).unwrap();
    assert_eq!(club.invoices.get(id(2)).unwrap().issued_on, day("2026-04-01"));
}
