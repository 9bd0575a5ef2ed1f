//! Dunning, as a function and as a sweep.

use chrono::NaiveDate;
use gym_core::billing::dunning::{Action, Dunning, History, Next, Stopped};
use gym_core::billing::payment::*;
use proptest::prelude::*;

use super::till::{Till, eur};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn failed(days: &[(&str, Decline)]) -> History {
    let mut history = History::new(day("2027-03-01"), eur(5990));
    let attempts = days
        .iter()
        .map(|(on, decline)| (day(on), PaymentState::Failed(*decline)));
    history.attempts = attempts.collect();
    history
}

#[track_caller]
fn check(history: &History, expected: Next) {
    assert_eq!(Dunning::default().next(history), expected);
}

#[test]
fn soft_declines_are_tried_again_by_the_schedule_and_no_longer() {
    let soft = Decline::Soft;
    let mut history = failed(&[("2027-03-01", soft)]);
    check(
        &history,
        Next::Retry {
            on: day("2027-03-03"),
            attempt: 2,
        },
    );
    history
        .attempts
        .push((day("2027-03-03"), PaymentState::Failed(soft)));
    history
        .taken
        .push((day("2027-03-04"), Action::Remind { level: 1 }));
    check(
        &history,
        Next::Retry {
            on: day("2027-03-05"),
            attempt: 3,
        },
    );
    history
        .attempts
        .push((day("2027-03-05"), PaymentState::Failed(soft)));
    check(
        &history,
        Next::Retry {
            on: day("2027-03-08"),
            attempt: 4,
        },
    );
    history
        .attempts
        .push((day("2027-03-08"), PaymentState::Failed(soft)));
    check(
        &history,
        Next::Remind {
            on: day("2027-03-11"),
            level: 2,
        },
    );
}

#[test]
fn a_dead_card_is_not_tried_again_until_the_payer_gives_another() {
    let mut history = failed(&[("2027-03-01", Decline::Hard)]);
    check(
        &history,
        Next::Remind {
            on: day("2027-03-04"),
            level: 1,
        },
    );
    history.details_changed_on = Some(day("2027-03-02"));
    check(
        &history,
        Next::Retry {
            on: day("2027-03-02"),
            attempt: 2,
        },
    );
}

#[test]
fn nothing_is_asked_for_while_an_answer_is_outstanding() {
    let mut history = failed(&[("2027-03-01", Decline::Soft)]);
    history.attempts.push((day("2027-03-03"), PaymentState::Unknown));
    check(
        &history,
        Next::Await {
            state: PaymentState::Unknown,
        },
    );
}

#[test]
fn it_ends_when_it_is_paid_handed_over_or_all_was_done() {
    let mut history = failed(&[]);
    history.balance = eur(0);
    check(&history, Next::Stop { why: Stopped::Paid });
    history.balance = eur(1);
    let policy = Dunning {
        hand_over_after_days: Some(30),
        remind_after_days: vec![],
        ..Dunning::default()
    };
    assert_eq!(
        policy.next(&history),
        Next::HandOver {
            on: day("2027-03-31")
        }
    );
    history.taken.push((day("2027-03-31"), Action::HandOver));
    assert_eq!(
        policy.next(&history),
        Next::Stop {
            why: Stopped::HandedOver
        }
    );
    history.taken = (1..=3)
        .map(|level| (day("2027-04-01"), Action::Remind { level }))
        .collect();
    check(
        &history,
        Next::Stop {
            why: Stopped::Exhausted,
        },
    );
}

#[test]
fn a_policy_whose_days_do_not_rise_is_refused() {
    let mut till = Till::new();
    for days in [vec![3, 3], vec![0], vec![731]] {
        let dunning = Dunning {
            retry_after_days: days,
            ..Dunning::default()
        };
        let policy = PaymentPolicy {
            dunning,
            ..PaymentPolicy::default()
        };
        let said = till.refused(PaymentCommand::SetPolicy {
            location: None,
            policy,
        });
        assert!(said.starts_with("dunning.retry_after_days"), "{said}");
    }
}

#[test]
fn a_sweep_takes_each_step_once() {
    let mut till = Till::new();
    till.gym.at("2027-03-01T08:00:00Z");
    let invoice = till.invoice(5990);
    let due = till.bill(invoice).due_on;
    assert!(
        till.refused(PaymentCommand::Dun { invoice })
            .contains("until reminder 1 on")
    );
    let noon = |days| {
        (due + chrono::Days::new(days))
            .and_hms_opt(12, 0, 0)
            .unwrap()
            .and_utc()
    };
    till.gym.now = noon(3);
    till.ok(PaymentCommand::Dun { invoice });
    assert!(
        till.refused(PaymentCommand::Dun { invoice })
            .contains("until reminder 2")
    );
    till.gym.now = noon(40);
    till.ok(PaymentCommand::Dun { invoice });
    let said = till.refused(PaymentCommand::Dun { invoice });
    assert!(
        said.contains(&format!("until reminder 3 on {}", due + chrono::Days::new(51))),
        "{said}"
    );
    till.gym.now = noon(51);
    till.ok(PaymentCommand::Dun { invoice });
    assert!(till.refused(PaymentCommand::Dun { invoice }).contains("any more"));
    assert_eq!(till.gym.club.reminders.len(), 3);
}

#[test]
fn a_dead_card_without_a_name_is_not_hammered_and_other_details_end_that() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let nameless = |till: &mut Till| PaymentCommand::Charge {
        invoice,
        provider: "acme".to_owned(),
        amount: None,
        means: None,
        key: till.key(),
    };
    let charge = nameless(&mut till);
    let payment = till.made(charge);
    till.ok(PaymentCommand::Submit { payment });
    let declined = till.told(payment, Told::Declined(Decline::Hard));
    till.ok(declined);
    for _ in 0..3 {
        let again = nameless(&mut till);
        let said = till.refused(again);
        assert!(
            said.contains("what is on file was declined for good by payment 1"),
            "{said}"
        );
    }
    till.gym.now += chrono::Duration::minutes(1);
    let payer = till.bill(invoice).payer;
    till.ok(PaymentCommand::ChangeDetails { payer, means: None });
    let again = nameless(&mut till);
    till.ok(again);
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    /// Whatever the schedule, the whole procedure ends, within the attempts that the policy allows, and never asks
    /// a dead card.
    #[test]
    fn dunning_always_ends(
        retries in prop::collection::btree_set(1_u32..100, 0..6),
        reminders in prop::collection::btree_set(1_u32..100, 0..6),
        hand_over in prop::option::of(1_u32..200),
        most in 1_u32..8,
        hard in prop::collection::vec(any::<bool>(), 32),
    ) {
        let policy = Dunning {
            retry_after_days: retries.into_iter().collect(),
            remind_after_days: reminders.into_iter().collect(),
            hand_over_after_days: hand_over,
            most_attempts: most,
        };
        prop_assert!(policy.check().is_ok());
        let mut history = failed(&[("2027-03-01", Decline::Soft)]);
        let mut steps = 0;
        loop {
            let next = policy.next(&history);
            steps += 1;
            prop_assert!(steps < 40, "{history:?}");
            match next {
                Next::Retry { on, attempt } => {
                    let decline = if hard[history.attempts.len()] { Decline::Hard } else { Decline::Soft };
                    let last = history.attempts.last().unwrap();
                    prop_assert!(last.0 < on && last.1 == PaymentState::Failed(Decline::Soft));
                    prop_assert_eq!(attempt as usize, history.attempts.len() + 1);
                    history.attempts.push((on, PaymentState::Failed(decline)));
                }
                Next::Remind { on, level } => history.taken.push((on, Action::Remind { level })),
                Next::HandOver { on } => history.taken.push((on, Action::HandOver)),
                Next::Stop { .. } => break,
                Next::Await { .. } => prop_assert!(false),
            }
        }
        prop_assert!(history.attempts.len() <= most.max(1) as usize);
    }
}
