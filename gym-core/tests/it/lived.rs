//! Random years in one club: contracts, invoices and money by turns at odd hours, the books checked after every command.
//!
//! `GYM_SOAK=1` lives a hundred times as many years.

mod turns;

use std::collections::BTreeMap;

use chrono::{Days, Duration, NaiveDate};
use chrono_tz::Europe::Berlin;
use gym_core::billing::discount::{DiscountTerms, Off, Scope};
use gym_core::billing::invoice::{Invoice, InvoiceState};
use gym_core::billing::ledger::LedgerCommand;
use gym_core::billing::obligation::{Key, Obligation};
use gym_core::billing::payment::{Hand, Method, PaymentCommand, Way, balance};
use gym_core::billing::subscription::{account, owed};
use gym_core::billing::tax::{Prices, Rounding, TaxTerms};
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::club::{Club, Key as At};
use gym_core::command::{Command, Context};
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::membership::plan::Terms;
use gym_core::money::Money;
use gym_core::shop::ShopCommand;
use gym_core::time::Instant;
use gym_core::user::Actor;
use proptest::test_runner::TestRunner;

use crate::billing::year::in_order;
use crate::contract::random::terms;
use crate::contract::years::Year;
use crate::pay::till::{code, eur, tax_terms, taxed};
use crate::pay::{books, laws};
use crate::support::soak;

use self::turns::{Turn, Wait, clocks_change_after, turns};

/// What has happened, by name, and the day whose books are open.
struct Life {
    year: Year,
    counts: BTreeMap<String, u64>,
}

impl Life {
    fn new(start: u64, one: Terms, other: Terms) -> Self {
        let year = Year::new(start, one, other);
        let mut life = Self {
            year,
            counts: BTreeMap::new(),
        };
        let (location, from) = (life.place(), "2020-01-02".parse().unwrap());
        let terms = tax_terms();
        let rates = BillingCommand::SetTaxRates {
            location,
            from,
            terms,
        };
        assert!(life.give(&Command::Billing(rates)).is_some());
        let product = ShopCommand::AddProduct {
            name: "Bar".to_owned(),
            tax: code("food"),
            may_go_negative: false,
            prices: BTreeMap::from([(location, eur(333))]),
        };
        assert!(life.give(&Command::Shop(product)).is_some());
        life.run(1);
        life
    }

    fn club(&self) -> &Club {
        &self.year.hall.gym.club
    }

    fn place(&self) -> LocationId {
        self.year.hall.gym.place
    }

    fn context(&self) -> Context {
        Context {
            now: self.year.hall.gym.now,
            actor: Actor::System,
        }
    }

    fn wait(&mut self, wait: Wait) {
        let now = self.year.hall.gym.now;
        let then = match wait {
            Wait::Minutes(minutes) => now + Duration::minutes(minutes),
            Wait::Clocks(minutes) => {
                let day = clocks_change_after(self.year.hall.today());
                let midnight: Instant = day.and_hms_opt(0, 0, 0).unwrap().and_utc();
                now.max(midnight + Duration::minutes(minutes))
            }
            Wait::Back(seconds) => {
                // Not to the day before: what is due today may be invoiced.
                let midnight = gym_core::time::day(Berlin, self.year.hall.today())
                    .unwrap()
                    .start();
                midnight.max(now - Duration::seconds(seconds))
            }
        };
        if gym_core::time::civil(Berlin, then).date() > self.year.hall.today() {
            self.year.close();
        }
        self.year.hall.gym.now = then;
    }

    /// Gives a command, and checks the books; nothing if it was refused.
    fn give(&mut self, command: &Command) -> Option<Vec<Event>> {
        let context = self.context();
        let club = &mut self.year.hall.gym.club;
        let events = club.decide(command, &context).ok()?;
        let ids = club.allot(&events);
        club.apply(&events, &ids);
        let name = |value: serde_json::Value| {
            let noun = value.as_object().unwrap().iter().next().unwrap();
            let verb = noun.1.as_object().and_then(|it| it.keys().next());
            format!("{} {}", noun.0, verb.map_or("", String::as_str))
        };
        *self
            .counts
            .entry(name(serde_json::to_value(command).unwrap()))
            .or_default() += 1;
        let last = self.club().memberships.iter().next_back().map(|it| it.id);
        self.year.now = last.unwrap();
        self.check();
        Some(events.iter().map(|event| event.resolved(&ids)).collect())
    }

    fn check(&self) {
        let (club, today) = (self.club(), self.year.hall.today());
        books::check(club);
        in_order(club);
        for invoice in club.invoices.iter() {
            no_bucket_is_overdrawn(club, invoice);
        }
        let due = due(club, today);
        for invoice in club.invoices.iter().filter(|it| it.state != InvoiceState::Void) {
            for line in &invoice.lines {
                let of = &line.obligation;
                if matches!(of.key, Key::Period { .. }) {
                    let owed = due
                        .get(&of.key)
                        .unwrap_or_else(|| panic!("{today}: {of:?} is not owed"));
                    assert_eq!((owed.amount, owed.due_on), (of.amount, of.due_on), "{of:?}");
                }
            }
        }
        for membership in club.memberships.iter() {
            let days = account(&club.contract(membership.id).unwrap(), today);
            let sum = days.delivered + days.remaining + days.credited;
            assert_eq!(days.paid, sum, "{today}: {days:?}");
        }
    }

    fn turn(&mut self, n: usize, turn: &Turn) {
        let location = self.place();
        let command = match turn {
            Turn::Contract(step) => Command::Membership(self.year.command(step)),
            Turn::Money(step) => {
                let context = self.context();
                let Some(command) = laws::command(self.club(), n, *step, &context) else {
                    return;
                };
                command
            }
            Turn::Run(most) => return self.run(*most),
            Turn::Credit(share) => match self.credit(*share) {
                Some(command) => Command::Payment(command),
                None => return,
            },
            Turn::Recognise => Command::Ledger(LedgerCommand::Recognise {
                location,
                until: self.year.hall.today(),
            }),
            Turn::Rates(inclusive, by_line) => Command::Billing(BillingCommand::SetTaxRates {
                location,
                from: self.year.hall.today() + Days::new(1),
                terms: rates(*inclusive, *by_line),
            }),
            Turn::Discount(percent) => Command::Billing(BillingCommand::SetDiscount {
                location: None,
                terms: DiscountTerms {
                    name: "A random year".to_owned(),
                    off: Off::Percent(*percent),
                    code: None,
                    scope: Scope::default(),
                    from: self.year.hall.today(),
                    until: None,
                    periods: (percent % 2 == 0).then_some(2),
                },
            }),
        };
        self.give(&command);
    }

    fn credit(&self, share: i64) -> Option<PaymentCommand> {
        let kept = self.club().payments.iter().rev().find_map(|it| {
            let left = it.credit().unwrap().minor();
            (it.method == Method::Credit && left > 0).then_some((it.id, left))
        });
        if let Some((credit, left)) = kept {
            let (amount, way) = (eur((left / share).max(1)), Way::Hand(Hand::Cash));
            let why = "they have left".to_owned();
            return Some(PaymentCommand::PayOut {
                credit,
                amount,
                way,
                why,
            });
        }
        let stands = |it: &&Invoice| !matches!(it.state, InvoiceState::Draft | InvoiceState::Void);
        let mut standing = self.club().invoices.iter().filter(stands);
        let below = standing.find(|it| balance(it).unwrap().is_negative())?;
        Some(PaymentCommand::KeepCredit { invoice: below.id })
    }

    /// Makes the invoices of today in batches, and again until there are none: then what is owed is what is invoiced.
    fn run(&mut self, most: u32) {
        let (location, through) = (self.place(), self.year.hall.today());
        for again in 0.. {
            let (mut made, mut after, mut parked) = (0, None, Vec::new());
            loop {
                let run = BillingCommand::RunInvoices {
                    location,
                    through,
                    after,
                    most,
                    answers: Vec::new(),
                };
                let mut last = None;
                for event in self.give(&Command::Billing(run)).unwrap() {
                    match event {
                        Event::Billing(BillingEvent::InvoiceMade(_)) => made += 1,
                        Event::Billing(BillingEvent::InvoicesRun {
                            last: it,
                            parked: who,
                            ..
                        }) => {
                            last = it;
                            parked.extend(who);
                        }
                        _ => {}
                    }
                }
                after = last;
                if after.is_none() {
                    break;
                }
            }
            if made > 0 {
                assert!(again < 4, "{made} invoices more at each run");
                continue;
            }
            assert_eq!(parked, [], "{through}");
            let open = |key: &&Key| self.club().invoiced.on(key).is_none();
            let due = due(self.club(), through);
            let left: Vec<&Key> = due.keys().filter(open).collect();
            assert!(left.is_empty(), "{through}: {left:?} are owed and not invoiced");
            return;
        }
    }

    fn live(&mut self, turns: &[(Wait, Turn)]) {
        for (n, (wait, turn)) in turns.iter().enumerate() {
            self.wait(*wait);
            self.turn(n, turn);
        }
        self.run(2);
        self.year.close();
    }
}

/// What all memberships have come to owe through a day.
fn due(club: &Club, today: NaiveDate) -> BTreeMap<Key, Obligation> {
    let all = club.memberships.iter();
    let all = all.flat_map(|it| owed(&club.contract(it.id).unwrap(), today).unwrap());
    all.map(|it| (it.key, it)).collect()
}

/// Of no line, and of no tax of a line, is more credited than was charged.
fn no_bucket_is_overdrawn(club: &Club, invoice: &Invoice) {
    for line in &invoice.lines {
        let notes = club.credit_notes.of(At::Invoice(invoice.id));
        let notes = notes.flat_map(|note| &note.lines).filter(|it| it.line == line.id);
        let (mut gross, mut taxes) = (line.gross.minor(), vec![0; line.taxes.len()]);
        let left = |whole: Money, taken: i64| {
            assert!(
                taken == 0 || taken.signum() == whole.minor().signum(),
                "{taken} of {whole}"
            );
            assert!(taken.abs() <= whole.minor().abs(), "{taken} of {whole}");
            whole.minor() - taken
        };
        for note in notes {
            gross -= note.gross.minor();
            let sums = taxes.iter_mut().zip(&note.taxes);
            sums.for_each(|(sum, share)| *sum += share.tax.minor());
        }
        left(line.gross, line.gross.minor() - gross);
        let taxed = line.taxes.iter().zip(taxes);
        let rest: i64 = taxed.map(|(share, taken)| left(share.tax, taken)).sum();
        assert!(gross != 0 || rest == 0, "the last takes the remainder: {line:?}");
    }
}

fn rates(inclusive: bool, by_line: bool) -> TaxTerms {
    let prices = if inclusive {
        Prices::Inclusive
    } else {
        Prices::Exclusive
    };
    let rounding = if by_line {
        Rounding::PerLine
    } else {
        Rounding::PerInvoice
    };
    taxed(prices, rounding)
}

#[test]
fn whatever_happens_to_contracts_and_money_what_is_owed_is_invoiced_and_the_ledger_sums_to_zero() {
    let mut counts = BTreeMap::<String, u64>::new();
    let config = soak::cases(100);
    let cases = config.cases;
    let happened = std::cell::RefCell::new(&mut counts);
    let mut runner = TestRunner::new(config);
    runner
        .run(
            &(0_u64..400, terms(), terms(), turns()),
            |(start, one, other, turns)| {
                let mut life = Life::new(start, one, other);
                life.live(&turns);
                for (name, count) in life.counts {
                    *happened.borrow_mut().entry(name).or_default() += count;
                }
                Ok(())
            },
        )
        .unwrap();
    let commands: u64 = counts.values().sum();
    eprintln!("{cases} years, the books checked after each of {commands} commands: {counts:#?}");
    for name in [
        "membership freeze",
        "membership freeze_all",
        "membership gift",
        "membership switch",
        "membership give_notice",
        "membership exit",
        "billing run_invoices",
        "billing issue_credit_note",
        "billing void_invoice",
        "billing set_tax_rates",
        "billing set_discount",
        "payment take",
        "payment refund",
        "payment report",
        "payment pay_out",
        "ledger recognise",
    ] {
        assert!(counts.contains_key(name), "{name} never happened: {counts:?}");
    }
}
