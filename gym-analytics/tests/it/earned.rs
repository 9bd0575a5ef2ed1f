//! What months earn, of what is invoiced and of what is new, and how far off chance may put it.

use gym_analytics::revenue::{Contract, Joins, earned, earned_together};

#[test]
fn what_is_invoiced_already_is_told_from_what_is_new() {
    let survival = [0.9, 0.8, 0.7, 0.6];
    let quarterly = Contract {
        price: 300.0,
        every: 3,
        next: 2,
        into_month: 0.25,
        survival: &survival,
    };
    let joins = Joins {
        each_month: &[2.0, 0.0, 0.0, 0.0],
        price: 10.0,
        survival: &[1.0, 0.5, 0.0, 0.0],
    };
    let found = earned(&[quarterly], &joins, &[5.0; 4], &[100.0, 25.0, 0.0, 0.0]).unwrap();
    // 240 are paid a quarter into the second month, 20 and 10 in the middle of the first two.
    let new = [15.0, 5.0 + 15.0 + 60.0, 5.0 + 5.0 + 80.0, 5.0 + 80.0];
    for (month, expected) in new.into_iter().enumerate() {
        assert!(
            (found.new[month] - expected).abs() < 1e-9,
            "{month}: {:?}",
            found.new
        );
        assert!((found.total(month) - expected - found.invoiced[month]).abs() < 1e-9);
    }
    assert!((found.after - 20.0).abs() < 1e-9, "{}", found.after);
    let share = found.share_invoiced().unwrap();
    assert!((share - 125.0 / 395.0).abs() < 1e-9, "{share}");
    assert_eq!((found.total(4), found.invoiced.len()), (0.0, 4));
    let nobody = Joins {
        each_month: &[0.0; 4],
        ..joins
    };
    let nothing = earned(&[], &nobody, &[0.0; 4], &[0.0; 4]).unwrap();
    assert_eq!(nothing.share_invoiced(), None);

    let says = |contract: Contract<'_>, deferred: &[f64], text: &str| {
        let why = earned(&[contract], &joins, &[5.0; 4], deferred).unwrap_err();
        assert_eq!(why.to_string(), text);
    };
    let late = Contract {
        into_month: 1.0,
        ..quarterly
    };
    says(
        late,
        &[0.0; 4],
        "how far into a month a contract pays is 1, expected 0 to below 1",
    );
    says(quarterly, &[0.0; 3], "what is deferred has 3 months, expected 4");
    says(
        quarterly,
        &[f64::NAN; 4],
        "what is deferred is NaN, expected -1e15 to 1e15",
    );
}

#[test]
fn chance_moves_what_is_earned_by_less_than_what_is_paid() {
    let survival = [0.9, 0.8, 0.7];
    let contract = Contract {
        price: 120.0,
        every: 2,
        next: 1,
        into_month: 0.5,
        survival: &survival,
    };
    let joins = Joins {
        each_month: &[2.0, 0.0, 0.0],
        price: 10.0,
        survival: &[1.0, 0.5, 0.25],
    };
    let check = |months: std::ops::Range<usize>, expected: f64, variance: f64| {
        let found = earned_together(&[contract], &joins, &[5.0; 3], &[7.0, 3.0, 0.0], months).unwrap();
        assert!((found.expected - expected).abs() < 1e-9, "{found:?}");
        assert!((found.deviation.powi(2) - variance).abs() < 1e-6, "{found:?}");
    };
    // It pays 120 in the first month at 0.9, all of it earned by the third, and 120 in the third at 0.7, a quarter of it
    // earned there. So nothing, 120 or 150 at 0.1, 0.2 and 0.7; who joins earns 10, 20 or 25 at 0.5, 0.25 and 0.25.
    let (mean, square) = (24.0 + 105.0, 0.2 * 14_400.0 + 0.7 * 22_500.0);
    let (joined, joined_square) = (5.0 + 5.0 + 6.25, 50.0 + 100.0 + 156.25);
    check(
        0..3,
        mean + 2.0 * joined + 15.0 + 10.0,
        square - mean * mean + 2.0 * joined_square,
    );
    // The third month earns a quarter of each payment; of who joins in the first it earns half of two payments, or of one.
    let (mean, square) = (0.2 * 30.0 + 0.7 * 60.0, 0.2 * 900.0 + 0.7 * 3_600.0);
    let (joined, joined_square) = (0.25 * 5.0 + 0.25 * 10.0, 0.25 * 25.0 + 0.25 * 100.0);
    check(
        2..3,
        mean + 2.0 * joined + 5.0,
        square - mean * mean + 2.0 * joined_square,
    );
    let far = earned_together(&[contract], &joins, &[0.0; 3], &[0.0; 3], 2..4).unwrap_err();
    assert_eq!(far.to_string(), "the months together has 3 months, expected 4");
}
