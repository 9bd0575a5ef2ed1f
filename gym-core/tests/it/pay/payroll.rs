//! Pay: each piece of work is paid once, and each amount says why.

use gym_core::billing::BillingCommand;
use gym_core::billing::credit_note::Take;
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::money::{Currency, Money};
use gym_core::payroll::*;
use gym_core::time::Days;
use proptest::prelude::*;

use super::till::{Till, eur};

fn delivered(attended: u32, late: u32, absent: u32, revenue: i64) -> Delivered {
    Delivered {
        over: true,
        attended,
        late_cancelled: late,
        no_shows: absent,
        revenue: eur(revenue),
        ..Delivered::nothing(Currency::EUR)
    }
}

#[track_caller]
fn check(terms: &Terms, work: &Delivered, amount: i64, text: &str) {
    assert_eq!(terms.pay(work).unwrap(), (eur(amount), text.to_owned()));
}

#[test]
fn each_basis_says_what_it_counted() {
    let class = delivered(7, 2, 1, 10_005);
    check(
        &Terms::new(Basis::Each(eur(3000))),
        &class,
        3000,
        "30.00 EUR for it",
    );
    let mut heads = Terms::new(Basis::PerHead(eur(400)));
    check(&heads, &class, 2800, "7 × 4.00 EUR = 28.00 EUR");
    (heads.late_cancel_counts, heads.no_show_counts) = (true, true);
    check(&heads, &class, 4000, "10 × 4.00 EUR = 40.00 EUR");
    let share = Terms::new(Basis::Share { per_mille: 405 });
    check(&share, &class, 4052, "40.5 % of 100.05 EUR = 40.52 EUR");
    let band = |heads, minor| Band {
        heads,
        amount: eur(minor),
    };
    let bands = Terms::new(Basis::Bands(vec![band(3, 2000), band(8, 3500)]));
    check(&bands, &class, 2000, "7 heads, from 3 on 20.00 EUR");
    check(
        &bands,
        &delivered(8, 0, 0, 0),
        3500,
        "8 heads, from 8 on 35.00 EUR",
    );
    check(&bands, &delivered(2, 0, 0, 0), 0, "2 heads, below the first band");
}

#[test]
fn a_minimum_and_a_rate_for_nobody_are_two_things() {
    let mut terms = Terms::new(Basis::PerHead(eur(400)));
    (terms.minimum, terms.no_registration) = (Some(eur(1500)), Some(eur(1000)));
    check(
        &terms,
        &delivered(2, 0, 0, 0),
        1500,
        "2 × 4.00 EUR = 8.00 EUR, at least 15.00 EUR",
    );
    check(&terms, &delivered(0, 0, 0, 0), 1000, "nobody booked: 10.00 EUR");
}

#[test]
fn a_late_cancellation_and_an_absence_are_paid_where_the_rule_says_so() {
    let mut each = Terms::new(Basis::Each(eur(3000)));
    check(
        &each,
        &delivered(0, 1, 0, 0),
        0,
        "0 heads count: nothing of 30.00 EUR",
    );
    each.late_cancel_counts = true;
    check(&each, &delivered(0, 1, 0, 0), 3000, "30.00 EUR for it");
    check(
        &each,
        &delivered(0, 0, 1, 0),
        0,
        "0 heads count: nothing of 30.00 EUR",
    );
}

#[test]
fn work_is_paid_when_it_is_completed_and_funded() {
    let mut terms = Terms::new(Basis::Each(eur(3000)));
    let mut work = Delivered {
        over: false,
        ..delivered(1, 0, 0, 5000)
    };
    assert_eq!(terms.gate(&work), Some(NotYet::NotOver));
    (work.over, work.unmarked) = (true, 2);
    assert_eq!(terms.gate(&work), Some(NotYet::NotMarked { waiting: 2 }));
    (work.unmarked, work.unpaid) = (0, eur(1));
    assert_eq!(terms.gate(&work), None);
    terms.only_funded = true;
    assert_eq!(terms.gate(&work), Some(NotYet::NotFunded { missing: eur(1) }));
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn the_assistants_share_and_the_rest_are_the_whole(
        minor in 0_i64..10_000_000, per_mille in 0_u32..=1000, share in 0_u32..=1000,
    ) {
        let mut terms = Terms::new(Basis::Share { per_mille: share });
        terms.assistant = Some(Assistant { trainer: TrainerId::new(2).unwrap(), per_mille });
        let (amount, _) = terms.pay(&delivered(1, 0, 0, minor)).unwrap();
        let (own, other) = terms.split(amount).unwrap();
        prop_assert_eq!(own.checked_add(other.unwrap()).unwrap(), amount);
        prop_assert!(!own.is_negative() && !other.unwrap().is_negative() && amount.minor() <= minor);
    }
}

struct Club {
    till: Till,
    trainer: TrainerId,
    helper: TrainerId,
}

fn club() -> Club {
    let mut till = Till::new();
    let (trainer, helper) = (till.gym.trainer("Tessa"), till.gym.trainer("Tom"));
    Club {
        till,
        trainer,
        helper,
    }
}

fn march() -> Days {
    Days::new("2026-03-01".parse().unwrap(), "2026-04-01".parse().unwrap()).unwrap()
}

impl Club {
    fn rule(&mut self, from: &str, terms: Terms) -> PayCommand {
        let (trainer, work, from) = (self.trainer, WorkKind::Session, from.parse().unwrap());
        PayCommand::SetRule {
            trainer,
            location: None,
            work,
            from,
            terms,
        }
    }

    /// A session on a day of March at noon, attended.
    fn session(&mut self, day: u32) -> SessionId {
        let start = format!("2026-03-{day:02}T12:00:00");
        let command = self.till.gym.session(self.trainer, self.till.ada, &start);
        self.till.ok(command);
        self.till.gym.club.sessions.iter().next_back().unwrap().id
    }

    fn run(&mut self) -> (Vec<(i64, String)>, Vec<NotYet>) {
        let command = PayCommand::Run {
            location: self.till.gym.place,
            days: march(),
        };
        let (mut paid, mut withheld) = (Vec::new(), Vec::new());
        for event in self.till.ok(command) {
            match event {
                Event::Pay(PayEvent::Paid(line)) => paid.push((line.amount.minor(), line.text)),
                Event::Pay(PayEvent::Withheld(it)) => withheld.push(it.why),
                _ => {}
            }
        }
        (paid, withheld)
    }
}

#[test]
fn no_spreadsheet_is_needed_to_see_what_was_paid_and_what_was_not() {
    let mut club = club();
    let rule = club.rule(
        "2026-01-01",
        Terms {
            only_funded: true,
            ..Terms::new(Basis::Share { per_mille: 500 })
        },
    );
    club.till.ok(rule);
    let sessions = [3, 4, 5, 6].map(|day| club.session(day));
    club.till.gym.at("2026-03-05T20:00:00Z");
    for session in &sessions[..2] {
        let (session, attended) = (*session, true);
        club.till.ok(Command::CompleteSession { session, attended });
    }
    let (ada, charged) = (club.till.ada, sessions.map(Charged::Session));
    let paid = club.till.invoice_for(ada, charged[0], 6000, "free", None);
    club.till.invoice_for(ada, charged[1], 7000, "free", None);
    let take = club.till.take(eur(6000), Some(paid));
    club.till.ok(take);
    let (lines, withheld) = club.run();
    assert_eq!(lines, [(3000, "50.0 % of 60.00 EUR = 30.00 EUR".to_owned())]);
    let missing = eur(7000);
    assert_eq!(
        withheld,
        [
            NotYet::NotFunded { missing },
            NotYet::NotMarked { waiting: 1 },
            NotYet::NotOver
        ]
    );
    assert_eq!(
        withheld[0].to_string(),
        "70.00 EUR of what it was sold for are not paid"
    );
    // What was paid is never paid again; what was missing is paid when it is there.
    let (lines, _) = club.run();
    assert!(lines.is_empty());
    let late = club.till.gym.club.invoices.iter().next_back().unwrap().id;
    let take = club.till.take(eur(7000), Some(late));
    club.till.ok(take);
    let (lines, withheld) = club.run();
    assert_eq!((lines.len(), lines[0].0, withheld.len()), (1, 3500, 2));
}

#[test]
fn a_new_rule_ends_the_old_one_and_work_keeps_the_rule_of_its_day() {
    let mut club = club();
    let terms = |minor| Terms::new(Basis::Each(eur(minor)));
    let mut first = terms(2000);
    first.assistant = Some(Assistant {
        trainer: club.helper,
        per_mille: 250,
    });
    for (from, terms) in [("2026-01-01", first), ("2026-03-05", terms(3000))] {
        let rule = club.rule(from, terms);
        club.till.ok(rule);
    }
    let earlier = club.rule("2026-02-01", terms(1));
    assert!(club.till.refused(earlier).contains("starts on that day or later"));
    let sessions = [4, 5].map(|day| club.session(day));
    club.till.gym.at("2026-03-07T20:00:00Z");
    for session in sessions {
        club.till.ok(Command::CompleteSession {
            session,
            attended: true,
        });
    }
    let (lines, _) = club.run();
    let amounts: Vec<i64> = lines.iter().map(|(amount, _)| *amount).collect();
    assert_eq!(amounts, [1500, 500, 3000]);
    assert_eq!(lines[0].1, "20.00 EUR for it, less 5.00 EUR for trainer 2");
    assert_eq!(
        lines[1].1,
        "5.00 EUR of 20.00 EUR of trainer 1 (20.00 EUR for it)"
    );
}

#[test]
fn terms_that_make_no_sense_are_refused() {
    let mut club = club();
    let dollars: Money = "5.00 USD".parse().unwrap();
    let band = |heads| Band {
        heads,
        amount: eur(1),
    };
    let trainer = club.trainer;
    let mut alone = Terms::new(Basis::Each(eur(1)));
    alone.assistant = Some(Assistant {
        trainer,
        per_mille: 100,
    });
    for (terms, why) in [
        (Terms::new(Basis::Each(eur(-1))), "at least 0 in EUR"),
        (Terms::new(Basis::PerHead(dollars)), "at least 0 in EUR"),
        (
            Terms::new(Basis::Share { per_mille: 1001 }),
            "at most 1000 thousandths",
        ),
        (Terms::new(Basis::Bands(vec![band(3), band(3)])), "do not rise"),
        (Terms::new(Basis::Bands(vec![])), "do not rise"),
        (alone, "their own assistant"),
    ] {
        let rule = club.rule("2026-01-01", terms);
        let said = club.till.refused(rule);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_visit_by_a_pass_counts_for_a_share_of_revenue_with_its_part_of_the_price() {
    let mut club = club();
    let (ada, trainer) = (club.till.ada, club.trainer);
    let policy = gym_core::booking::policy::Policy::default();
    let location = Some(club.till.gym.place);
    club.till.ok(Command::SetPolicy { location, policy });
    let lot = club.till.gym.sell(ada, crate::support::lots::year(3));
    club.till
        .invoice_for(ada, Charged::Lot(lot), 10_000, "free", None);
    club.till.gym.at("2026-03-01T08:00:00Z");
    let offering = gym_core::schedule::class::Offering {
        trainer: Some(trainer),
        ..club.till.gym.offering(9)
    };
    let class = club.till.gym.class_of("2026-03-02T10:00", offering);
    club.till
        .ok(Command::Book(gym_core::command::Book::one(ada, class)));
    club.till.gym.at("2026-03-02T08:55:00Z");
    club.till.gym.check_in(ada, class);
    club.till.gym.at("2026-03-02T12:00:00Z");
    let place = club.till.gym.club.locations.get(club.till.gym.place).unwrap();
    let work = club
        .till
        .gym
        .club
        .delivered(Work::Class(class), place, club.till.gym.now);
    let work = work.unwrap();
    assert_eq!(
        (work.revenue, work.covered, work.unpaid),
        (eur(3333), eur(3333), eur(3333))
    );
    check(
        &Terms::new(Basis::Share { per_mille: 400 }),
        &work,
        1333,
        "40.0 % of 33.33 EUR, of which 33.33 EUR by passes and memberships, = 13.33 EUR",
    );
}

#[test]
fn a_share_waits_until_all_is_invoiced_and_leaves_out_what_was_credited() {
    let mut club = club();
    let rule = club.rule("2026-01-01", Terms::new(Basis::Share { per_mille: 400 }));
    club.till.ok(rule);
    let session = club.session(3);
    club.till.gym.at("2026-03-05T20:00:00Z");
    let attended = true;
    club.till.ok(Command::CompleteSession { session, attended });
    let (location, payer, charged) = (club.till.gym.place, club.till.ada, Charged::Session(session));
    let obligation = Obligation {
        key: Key::Once(charged),
        charged,
        plan: None,
        days: None,
        due_on: "2026-03-05".parse().unwrap(),
        amount: eur(15_000),
        tax: super::till::code("free"),
        text: "training".to_owned(),
    };
    club.till.ok(BillingCommand::Charge {
        location,
        payer,
        obligation,
    });
    let missing = eur(15_000);
    assert_eq!(club.run(), (Vec::new(), vec![NotYet::NotBilled { missing }]));
    club.till.ok(BillingCommand::RunInvoices {
        location,
        through: "2026-03-05".parse().unwrap(),
        after: None,
        most: 100,
        answers: Vec::new(),
    });
    let bill = club.till.gym.club.invoices.iter().next_back().unwrap();
    let take = Take {
        line: bill.lines[0].id,
        gross: Some(eur(5_000)),
    };
    let note = BillingCommand::IssueCreditNote {
        invoice: bill.id,
        takes: vec![take],
        why: "the room was cold".to_owned(),
    };
    club.till.ok(note);
    let (lines, withheld) = club.run();
    assert_eq!(lines, [(4000, "40.0 % of 100.00 EUR = 40.00 EUR".to_owned())]);
    assert!(withheld.is_empty());
}
