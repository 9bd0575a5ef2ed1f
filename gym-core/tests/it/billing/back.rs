//! What is given back of a period: never more than was charged, whoever paid, and taxed as that was.

use gym_core::billing::certificate::{Certificate, Shows};
use gym_core::billing::credit_note::{CreditNote, Remaining, Take};
use gym_core::billing::discount::Off;
use gym_core::billing::invoice::Invoice;
use gym_core::billing::obligation::{Component, Key, Obligation};
use gym_core::billing::tax::{Prices, Rounding};
use proptest::collection::vec;
use proptest::prelude::*;

use super::make::{House, day, discount, eur, fee, id, owing};

const FROM: &str = "2027-03-01";

/// Something of the period of March of subscription 1.
fn of(component: Component, minor: i64) -> Obligation {
    let (subscription, start) = (id(1), day(FROM));
    Obligation {
        key: Key::Period {
            subscription,
            component,
            start,
        },
        ..fee(1, FROM, minor)
    }
}

fn back(edit: i64, minor: i64) -> Obligation {
    of(Component::Credit(id(edit)), minor)
}

/// A house that charged 31.00 of subscription 1 to payer 7, less a discount.
fn charged(prices: Prices, list: i64, off: Option<Off>) -> House {
    let mut house = House::new(prices, Rounding::PerLine);
    house.discounts.extend(off.map(|off| discount(1, off)));
    house.bill(&[owing(7, fee(1, FROM, list))], FROM);
    house
}

fn note(house: &mut House, gross: Option<i64>) {
    let invoice = &house.invoices[0];
    let notes: Vec<&CreditNote> = house.notes.iter().collect();
    let take = Take {
        line: invoice.lines[0].id,
        gross: gross.map(eur),
    };
    let taken = Remaining::new(invoice, &notes).unwrap().take(&[take]).unwrap();
    let number = house.notes.len() as u64 + 1;
    let note = CreditNote::of(id(1), invoice, number, day(FROM), String::new(), taken).unwrap();
    house.notes.push(note);
}

fn totals(made: &[Invoice]) -> Vec<i64> {
    made.iter().map(|it| it.total.minor()).collect()
}

#[test]
fn two_halves_are_not_a_cent_more_than_the_whole() {
    let mut house = charged(Prices::Inclusive, 4_990, Some(Off::Fixed(eur(1_647))));
    assert_eq!(house.invoices[0].total, eur(3_343));
    let halves = [1, 2].map(|edit| totals(&house.bill(&[owing(7, back(edit, -2_495))], FROM)));
    assert_eq!(halves, [[-1_671], [-1_672]]);
}

#[test]
fn what_a_credit_note_took_back_is_not_given_back_again() {
    let mut house = charged(Prices::Inclusive, 5_000, None);
    note(&mut house, None);
    let made = house.bill(&[owing(7, of(Component::Exit(id(1)), -2_500))], FROM);
    assert_eq!(totals(&made), [0]);
    let mut house = charged(Prices::Inclusive, 5_000, None);
    note(&mut house, Some(2_000));
    let made = house.bill(&[owing(7, of(Component::Exit(id(1)), -2_500))], FROM);
    assert_eq!(totals(&made), [-1_500], "half of the 30.00 that stayed");
}

#[test]
fn small_credit_notes_leave_no_line_that_moves_tax_without_money() {
    let mut house = charged(Prices::Inclusive, 100, None);
    let of = |made: &[Invoice]| (made[0].net.minor(), made[0].tax.minor());
    assert_eq!(of(&house.bill(&[owing(7, back(1, -50))], FROM)), (-42, -8));
    note(&mut house, Some(3));
    note(&mut house, Some(3));
    assert!(house.notes.iter().all(|note| note.tax.is_zero()));
    assert_eq!(
        of(&house.bill(&[owing(7, back(2, -3))], FROM)),
        (0, 0),
        "44 cents of 94 either way"
    );
    assert_eq!(of(&house.bill(&[owing(7, back(3, -47))], FROM)), (-36, -8));
}

#[test]
fn an_exit_gives_back_the_other_people_of_a_family_too() {
    let mut house = charged(Prices::Inclusive, 3_000, Some(Off::Percent(50_000)));
    house.discounts.clear();
    let other = of(Component::Additional(id(1)), 1_000);
    house.bill(&[owing(7, other)], FROM);
    let made = house.bill(&[owing(7, of(Component::Exit(id(1)), -4_000))], FROM);
    assert_eq!(totals(&made), [-2_500], "15.00 and 10.00 were charged");
}

#[test]
fn what_is_given_back_bears_the_tax_that_was_charged_whatever_was_shown_since() {
    let mut house = charged(Prices::Exclusive, 10_000, None);
    assert_eq!(house.invoices[0].total, eur(11_900));
    house.certificates.push(Certificate {
        id: id(1),
        member: id(7),
        shows: Shows::Exemption(Default::default()),
        reference: "X 1".to_owned(),
        from: day("2027-01-01"),
        until: None,
    });
    house.tables.clear();
    let made = house.bill(&[owing(7, back(1, -3_548))], FROM);
    assert_eq!(
        (made[0].net, made[0].tax, made[0].total),
        (eur(-3_548), eur(-674), eur(-4_222))
    );
    assert_eq!(made[0].taxes[0].rate, 19_000);
    let rest = house.bill(&[owing(7, back(2, -6_452))], FROM);
    assert_eq!((rest[0].net, rest[0].tax), (eur(-6_452), eur(-1_226)));
}

#[test]
fn joining_and_freeze_fees_are_given_back_as_they_were_charged() {
    let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
    house.discounts = vec![discount(1, Off::Percent(50_000))];
    let owed = [
        of(Component::Joining, 2_000),
        of(Component::FreezeFee(id(1)), 500),
    ];
    house.bill(&owed.map(|it| owing(7, it)), FROM);
    let back = [
        owing(8, of(Component::JoiningBack(id(1)), -2_000)),
        owing(9, of(Component::FreezeBack(id(1)), -500)),
    ];
    assert_eq!(totals(&house.bill(&back, FROM)), [-1_000, -250]);
}

#[test]
fn the_fee_for_ending_early_is_given_back_as_it_was_charged() {
    let mut house = House::new(Prices::Exclusive, Rounding::PerLine);
    house.discounts = vec![discount(1, Off::Percent(50_000))];
    let ending = |notice, minor| of(Component::Termination(id(notice)), minor);
    house.bill(&[owing(7, ending(1, 20_000))], FROM);
    assert_eq!(house.invoices[0].total, eur(11_900));
    house.discounts.clear();
    let back = |from, minor| {
        let mut back = of(Component::TerminationBack(id(1)), minor);
        if let Key::Period { start, .. } = &mut back.key {
            *start = day(from);
        }
        back
    };
    let some = house.bill(&[owing(8, back("2027-05-01", -15_000))], FROM);
    assert_eq!((some[0].net, some[0].tax), (eur(-7_500), eur(-1_425)));
    let rest = house.bill(&[owing(7, back("2027-04-01", -5_000))], FROM);
    assert_eq!(rest[0].total, eur(11_900 - 8_925).checked_neg().unwrap());
}

#[test]
fn what_is_given_back_waits_until_somebody_else_is_charged() {
    let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
    house.discounts = vec![discount(1, Off::Percent(50_000))];
    let (mut wrong, credit) = (fee(1, FROM, 3_100), owing(7, back(1, -1_000)));
    wrong.tax = super::make::code("no_such_rate");
    let parked = house.outcome(&[owing(8, wrong), credit.clone()], FROM);
    assert_eq!((parked.invoices.len(), parked.parked.len()), (0, 1));
    assert_eq!(
        house.outcome(std::slice::from_ref(&credit), FROM).invoices.len(),
        0
    );
    let both = [owing(8, fee(1, FROM, 3_100)), credit];
    assert_eq!(
        totals(&house.bill(&both, FROM)),
        [1_550, -500],
        "half of the list"
    );
    assert_eq!(house.outcome(&both, FROM).invoices.len(), 0, "once");
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    /// Whoever pays what, and in whichever order and batches they come, the same share of what was charged is given back.
    #[test]
    fn the_order_of_payers_does_not_change_what_is_given_back(
        list in 1_i64..200_000,
        rate in 0_u32..=100_000,
        payers in vec(1_i64..5, 4),
        parts in vec(0_i64..=100, 3),
        batch in 1_usize..5,
    ) {
        let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
        house.discounts = vec![discount(1, Off::Percent(rate.max(1)))];
        let mut worth = list;
        let mut owed = vec![owing(payers[0], fee(1, FROM, list))];
        for (edit, (part, payer)) in (1..).zip(parts.iter().zip(&payers[1..])) {
            let next = worth * part / 100;
            owed.push(owing(*payer, back(edit, next - worth)));
            worth = next;
        }
        for round in 0..8 {
            let first = i64::try_from((round * batch) % 5).unwrap();
            let some: Vec<_> = owed
                .iter()
                .filter(|it| batch == 4 || it.payer.get() % 5 <= first || round > 5)
                .cloned()
                .collect();
            house.bill(&some, FROM);
        }
        let line = |key: &Component| {
            let mut lines = house.invoices.iter().flat_map(|it| &it.lines);
            let found = lines.find(|line| matches!(line.obligation.key, Key::Period { component, .. } if component == *key));
            found.map_or(0, |line| line.gross.minor())
        };
        let charged = line(&Component::Fee);
        let given: i64 = (1..4).map(|edit| line(&Component::Credit(id(edit)))).sum();
        let kept = gym_core::money::Money::share(eur(charged), worth.into(), list.into()).unwrap();
        prop_assert_eq!(charged + given, kept.minor());
    }

    #[test]
    fn what_is_given_back_is_never_more_than_was_charged(
        list in 1_i64..200_000,
        rate in 0_u32..=100_000,
        inclusive in any::<bool>(),
        credited in proptest::option::of(1_i64..100),
        steps in vec(0_i64..=100, 0..8),
    ) {
        let prices = if inclusive { Prices::Inclusive } else { Prices::Exclusive };
        let off = (rate > 0).then_some(Off::Percent(rate));
        let mut house = charged(prices, list, off);
        let whole = house.invoices[0].total.minor();
        let noted = credited.map(|percent| whole * percent / 100).filter(|minor| *minor > 0);
        if noted.is_some() {
            note(&mut house, noted);
        }
        let kept = |house: &House| {
            let sum = |of: fn(&Invoice) -> i64| house.invoices.iter().map(of).sum::<i64>();
            let notes = |of: fn(&CreditNote) -> i64| house.notes.iter().map(of).sum::<i64>();
            (
                sum(|it| it.net.minor()) - notes(|it| it.net.minor()),
                sum(|it| it.tax.minor()) - notes(|it| it.tax.minor()),
            )
        };
        let mut worth = list;
        for (edit, percent) in (1..).zip(steps.into_iter().chain([0])) {
            let next = list * percent / 100;
            if next != worth {
                house.bill(&[owing(7 + edit % 2, back(edit, next - worth))], FROM);
            }
            worth = next;
            let (net, tax) = kept(&house);
            prop_assert!(net >= 0 && tax >= 0, "{net} {tax}");
            prop_assert!(net + tax <= whole);
        }
        prop_assert_eq!(kept(&house), (0, 0), "all of it was given back");
    }
}
