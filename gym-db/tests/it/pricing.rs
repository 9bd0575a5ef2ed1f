//! Prices that are asked for outside: before the locks, again when the question has changed, and kept with the invoice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::Duration;
use gym_core::billing::BillingCommand;
use gym_core::billing::BillingEvent;
use gym_core::billing::certificate::Shows;
use gym_core::billing::invoice::Invoice;
use gym_core::billing::obligation::Charged;
use gym_core::billing::policy::BillingPolicy;
use gym_core::billing::pricing::{Answer, Answers, Change, Detail, OnFailure, Operation, Pricing, Request};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_db::{Desk, Failure, Gym, Offer, canonical};

use crate::scenario::billing::{eur, owed};
use crate::scenario::{at, id, stage};
use crate::support::both;

const NOW: &str = "2026-03-02T08:05:00Z";

/// Halves every price, and counts how often it is asked.
struct Half {
    asked: AtomicU32,
    /// How often something happens to the payer while it thinks.
    meddles: u32,
    club: Gym,
    on_failure: OnFailure,
}

impl Half {
    fn new(club: &Gym) -> Self {
        Self {
            asked: AtomicU32::new(0),
            meddles: 0,
            club: club.clone(),
            on_failure: OnFailure::ListPrice,
        }
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Pricing for Half {
    fn name(&self) -> &str {
        "half"
    }

    fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    fn propose(&self, request: &Request) -> Answer {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        if asked <= self.meddles {
            // Whoever asks holds no lock, or this would wait for it.
            let shows = Command::Billing(BillingCommand::AcceptCertificate {
                member: request.payer,
                shows: Shows::Concession(format!("card {asked}")),
                reference: "seen".to_owned(),
                from: request.on,
                until: None,
            });
            self.club.at(at(NOW)).run(&shows).unwrap();
        }
        let half = |(item, _)| Operation {
            item,
            change: Change::Percent(-50_000),
            text: "Half".to_owned(),
        };
        let operations = request.items.iter().enumerate().map(half).collect();
        Answer::of(operations).recorded(format!("{{\"asked\":{asked}}}"))
    }
}

fn priced(gym: &Gym, half: Half) -> (Gym, Arc<Half>) {
    let half = Arc::new(half);
    (gym.clone().priced_by(Arc::clone(&half) as Arc<dyn Pricing>), half)
}

fn offer(desk: &Desk<'_>) -> Result<Offer, Failure> {
    let owed = vec![owed(Charged::Registration(id(6)), 700)];
    desk.quote(id(1), id(5), owed, Vec::new())
}

fn made(events: &[Event]) -> &Invoice {
    let invoice = events.iter().find_map(|event| match event {
        Event::Billing(BillingEvent::InvoiceMade(invoice)) => Some(invoice),
        _ => None,
    });
    invoice.unwrap()
}

fn record(invoice: &Invoice) -> Option<&str> {
    invoice.priced.as_ref()?.answers[0].answer.record.as_deref()
}

#[test]
fn an_offer_is_recorded_with_the_answers_that_it_was_made_of() {
    both(|db| {
        let (gym, half) = {
            let gym = stage(db);
            priced(&gym, Half::new(&gym))
        };
        let desk = gym.at(at(NOW));
        let offer = offer(&desk).unwrap();
        assert_eq!((offer.invoice.total, half.asked()), (eur(350), 1));
        assert_eq!(offer.until, Some(at(NOW) + Duration::minutes(30)));
        let preview = desk.preview(&offer.command).unwrap();
        let done = gym
            .at(at(NOW) + Duration::minutes(29))
            .key("sale 7")
            .run(&offer.command)
            .unwrap();
        assert_eq!(half.asked(), 1, "the answer stood");
        let entry = gym.last_journaled(1).unwrap().remove(0);
        assert_eq!(canonical(&entry.outcome).unwrap(), canonical(&preview).unwrap());
        let id = made(&done.events).id;
        let club = gym.club().unwrap();
        let kept = club.invoices.get(id).unwrap();
        assert_eq!(kept.priced, offer.invoice.priced);
        assert_eq!(record(kept), Some("{\"asked\":1}"));
        assert_eq!(kept.priced.as_ref().unwrap().request.items[0].list, eur(700));

        // The same key is the same command, whatever was answered on the way.
        let plain = offer.command.question().into_owned();
        let again = gym
            .at(at(NOW) + Duration::minutes(40))
            .key("sale 7")
            .run(&plain)
            .unwrap();
        assert!(again.before && again.events == done.events);
        let frozen = "UPDATE invoices SET priced = NULL WHERE number IS NOT NULL AND id = 1";
        db.raw()
            .run("UPDATE invoices SET priced = NULL WHERE id = 2")
            .unwrap();
        db.raw().run(frozen).unwrap();
        let changed = frozen.replace("NULL WHERE", "'{}' WHERE");
        assert!(
            db.raw().run(&changed).is_err(),
            "the record of an open invoice stays"
        );
    });
}

/// Says in the name of pricings what is in nobody's interest but its own.
fn forged(offer: &Offer, change: impl Fn(&mut Answers)) -> Command {
    let mut command = offer.command.clone();
    if let Command::Billing(billing) = &mut command {
        billing.answers_mut().unwrap().iter_mut().for_each(change);
    }
    command
}

fn free(answers: &mut Answers) {
    for given in &mut answers.answers {
        given.answer = Answer::of(vec![Operation {
            item: 0,
            change: Change::Percent(-100_000),
            text: "Free".to_owned(),
        }]);
    }
}

#[test]
fn nobody_says_in_the_name_of_a_pricing_what_it_has_answered() {
    both(|db| {
        drop(stage(db));
        type Forge = fn(&mut Answers);
        let forgeries: [(&str, Forge, u32); 6] = [
            ("another answer", free, 2),
            ("for longer", |it| it.answers[0].until += Duration::days(3_000), 2),
            ("without a seal", |it| it.answers[0].seal = None, 2),
            ("by somebody else", |it| it.name = "other".to_owned(), 2),
            ("with another policy", |it| it.on_failure = OnFailure::Refuse, 1),
            ("wanting more", |it| it.wants = Detail::ALL.into(), 1),
        ];
        for (name, forge, asked) in forgeries {
            let copy = db.copy();
            let gym = Gym::open(&copy.url).unwrap();
            let (gym, half) = priced(&gym, Half::new(&gym));
            let offer = offer(&gym.at(at(NOW))).unwrap();
            let done = gym.at(at(NOW)).run(&forged(&offer, forge)).unwrap();
            assert_eq!(
                (made(&done.events).total, half.asked()),
                (eur(350), asked),
                "{name}"
            );
            let priced = made(&done.events).priced.as_ref().unwrap();
            assert_eq!(priced.answers.len(), 1, "{name}");
            assert_eq!(priced.answers[0].on_failure, OnFailure::ListPrice, "{name}");
            assert!(priced.request.payer_facts.is_empty(), "{name}");
        }
    });
}

#[test]
fn where_nobody_is_asked_nobody_is_believed() {
    both(|db| {
        let gym = stage(db);
        let (with, half) = priced(&gym, Half::new(&gym));
        let offer = offer(&with.at(at(NOW))).unwrap();
        let command = forged(&offer, free);
        let without = gym.at(at(NOW)).preview(&command).unwrap().unwrap();
        assert_eq!(made(&without).total, eur(700));
        let done = gym.at(at(NOW)).key("plain").run(&command).unwrap();
        assert_eq!(made(&done.events).total, eur(700));
        drop(half);
    });
}

#[test]
fn in_one_transaction_answers_are_believed_as_elsewhere() {
    both(|db| {
        drop(stage(db));
        for (forge, total) in [(false, 350), (true, 700)] {
            let copy = db.copy();
            let gym = Gym::open(&copy.url).unwrap();
            let (gym, half) = priced(&gym, Half::new(&gym));
            let offer = offer(&gym.at(at(NOW))).unwrap();
            let command = forged(&offer, |it| {
                if forge {
                    free(it);
                }
            });
            let done = gym
                .at(at(NOW))
                .together(|together| together.run(&command))
                .unwrap();
            let invoice = made(&done.events);
            assert_eq!((invoice.total, half.asked()), (eur(total), 1));
            assert_eq!(invoice.dropped.len(), usize::from(forge), "{:?}", invoice.dropped);
        }
    });
}

#[test]
fn the_journal_does_not_know_how_a_price_came_about() {
    both(|db| {
        let gym = stage(db);
        let (gym, _) = priced(&gym, Half::new(&gym));
        let offer = offer(&gym.at(at(NOW))).unwrap();
        let done = gym.at(at(NOW)).key("sale 8").run(&offer.command).unwrap();
        assert_eq!(record(made(&done.events)), Some("{\"asked\":1}"));
        let mut raw = db.raw();
        for column in ["body", "outcome"] {
            let row = raw.text(&format!("SELECT {column} FROM journal WHERE key = 'sale 8'"));
            assert!(row.contains("half") || column == "outcome", "{row}");
            assert!(
                !row.contains("asked") && !row.contains("\"priced\""),
                "{column}: {row}"
            );
        }
        let again = gym.at(at(NOW)).key("sale 8").run(&offer.command).unwrap();
        assert!(
            again.before && again.events == done.events,
            "it is read from the invoice"
        );
        let rows: Vec<_> = gym
            .journal(0, u32::MAX)
            .unwrap()
            .into_iter()
            .map(|it| it.into_recorded())
            .collect();
        assert!(gym_core::replay::replay(&rows).is_ok());
    });
}

#[test]
fn an_answer_that_has_expired_is_asked_for_again() {
    both(|db| {
        let gym = stage(db);
        let policy = BillingPolicy {
            quote_minutes: 5,
            ..BillingPolicy::default()
        };
        let location = Some(id(1));
        let set = BillingCommand::SetBillingPolicy { location, policy };
        gym.at(at(NOW)).run(&Command::Billing(set)).unwrap();
        let (gym, half) = priced(&gym, Half::new(&gym));
        let offer = offer(&gym.at(at(NOW))).unwrap();
        let done = gym
            .at(at(NOW) + Duration::minutes(5))
            .run(&offer.command)
            .unwrap();
        assert_eq!(
            (half.asked(), record(made(&done.events))),
            (2, Some("{\"asked\":2}"))
        );
    });
}

#[test]
fn a_question_that_has_changed_is_asked_twice_more_and_then_the_list_price_stays() {
    both(|db| {
        drop(stage(db));
        for (meddles, asked, total) in [(0, 1, 350), (1, 2, 350), (2, 3, 350), (3, 3, 700), (9, 3, 700)] {
            let copy = db.copy();
            let gym = Gym::open(&copy.url).unwrap();
            let half = Half {
                meddles,
                ..Half::new(&gym)
            };
            let (gym, half) = priced(&gym, half);
            let owed = vec![owed(Charged::Registration(id(6)), 700)];
            let draft = BillingCommand::DraftInvoice {
                location: id(1),
                payer: id(5),
                owed,
                codes: Vec::new(),
                answers: Vec::new(),
            };
            let done = gym.at(at(NOW)).run(&Command::Billing(draft)).unwrap();
            let invoice = made(&done.events);
            assert_eq!((half.asked(), invoice.total), (asked, eur(total)), "{meddles}");
            let dropped = invoice
                .dropped
                .iter()
                .map(|it| it.why.to_string())
                .collect::<Vec<_>>();
            assert_eq!(dropped.is_empty(), total == 350, "{dropped:?}");
            let club = gym.club().unwrap();
            assert_eq!(
                club.invoices.get(invoice.id).unwrap(),
                invoice,
                "read back with why"
            );
        }
    });
}

#[test]
fn a_pricing_that_is_needed_and_does_not_answer_in_time_leaves_its_payers_for_later() {
    both(|db| {
        let gym = stage(db);
        let half = Half {
            meddles: 9,
            on_failure: OnFailure::Refuse,
            ..Half::new(&gym)
        };
        let (gym, half) = priced(&gym, half);
        let billed = gym
            .at(at(NOW))
            .run_invoices(id(1), NOW[..10].parse().unwrap())
            .unwrap();
        assert!(!billed.parked.is_empty());
        for parked in &billed.parked {
            let told = parked.why[0].to_string();
            assert!(told.contains("there is no quote without"), "{told}");
        }
        assert!(half.asked() >= 3, "{}", half.asked());
    });
}

#[test]
fn a_run_asks_for_every_payer_and_keeps_what_each_was_told() {
    both(|db| {
        let gym = stage(db);
        let before = gym.club().unwrap().invoices.len();
        let (gym, half) = priced(&gym, Half::new(&gym));
        let desk = gym.at(at(NOW));
        let through = "2026-03-02".parse().unwrap();
        let made = desk.run_invoices(id(1), through).unwrap().made;
        let club = gym.club().unwrap();
        let new: Vec<&Invoice> = club.invoices.iter().skip(before).collect();
        assert_eq!(
            (made, u64::from(half.asked())),
            (new.len() as u64, new.len() as u64)
        );
        assert!(made > 1, "{made}");
        for invoice in new {
            let list: i64 = invoice
                .lines
                .iter()
                .map(|line| line.obligation.amount.minor())
                .sum();
            assert!(
                invoice.dropped.is_empty() && invoice.priced.is_some(),
                "{invoice:?}"
            );
            assert!(invoice.total.minor() < list, "{invoice:?}");
        }
        assert_eq!(desk.run_invoices(id(1), through).unwrap().made, 0);
        assert_eq!(
            u64::from(half.asked()),
            made,
            "nothing is owed, so nothing is asked"
        );
    });
}
