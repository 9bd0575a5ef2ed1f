//! How the club earns its money: memberships that are sold, the nightly run, cards that are charged, and the ledger.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{Cell as Field, CellAlignment, Table};
use gym_core::billing::BillingCommand;
use gym_core::billing::dunning::Action;
use gym_core::billing::invoice::{Invoice, InvoiceState};
use gym_core::billing::ledger::{LedgerCommand, balances};
use gym_core::billing::payment::{
    Decline, Hand, PaymentCommand, PaymentEvent, PaymentState, ProviderKey, Told, balance,
};
use gym_core::billing::provider::{Charge, Notice, PaymentProvider, Return};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::club::Club;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{Id, InvoiceId, MemberId, MembershipTypeId};
use gym_core::location::Location;
use gym_core::membership::plan::{Allowance, Terms};
use gym_core::membership::{MembershipCommand, MembershipEvent};
use gym_core::money::Money;
use gym_core::time::{Cycle, Instant, Unit};
use gym_db::{Desk, Failure, Gym};

use crate::Anything;

/// Sets the taxes of a location, and sells every member who is at home there a membership from today on.
pub(crate) fn sell(gym: &Gym, now: Instant, home: &Location) -> Result<(), Anything> {
    let (desk, today) = (gym.at(now), home.date(now));
    let vat = vec![TaxComponent {
        name: "VAT".to_owned(),
        rate: 19_000,
    }];
    let rates = BTreeMap::from([(TaxCode::new("membership")?, vat)]);
    desk.run(&Command::Billing(BillingCommand::SetTaxRates {
        location: home.id,
        from: today,
        terms: TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates)?,
    }))?;
    let twice = Allowance {
        uses: 2,
        per: Cycle::new(1, Unit::Week)?,
    };
    let kinds = [
        ("Unlimited", "59.90 EUR", None),
        ("Twice a week", "39.90 EUR", Some(twice)),
    ];
    let mut sold = Vec::new();
    for (name, price, allowance) in kinds {
        let mut terms = Terms::monthly(price.parse()?, TaxCode::new("membership")?);
        terms.allowance = allowance;
        let of = add(&desk, name, home, terms)?;
        sold.push((of, format!("{name} at {price} a month"), 0));
    }
    for member in gym.members()?.iter().filter(|it| it.home == home.id) {
        let of = usize::from(member.id.raw() % 3 == 0);
        let (kind, _, count) = &mut sold[of];
        desk.run(&Command::Membership(MembershipCommand::Sell {
            member: member.id,
            of: *kind,
            location: home.id,
            start: today,
            payer: None,
            intro: false,
        }))?;
        *count += 1;
    }
    let told = sold.iter().map(|(_, name, count)| format!("{count} × {name}"));
    println!("Memberships sold: {}", told.collect::<Vec<_>>().join(", "));
    Ok(())
}

fn add(desk: &Desk<'_>, name: &str, home: &Location, terms: Terms) -> Result<MembershipTypeId, Anything> {
    let add = MembershipCommand::AddType {
        name: name.to_owned(),
        location: Some(home.id),
        from: "2026-01-01".parse()?,
        terms: Box::new(terms),
    };
    let added = desk.expect(&Command::Membership(add), |event| match event {
        Event::Membership(MembershipEvent::TypeAdded(new)) => Some(new.id),
        _ => None,
    })?;
    Ok(added)
}

/// The bank behind the members' cards: every seventh card is empty at first, and every twentieth was stopped for good.
struct Bank {
    told: Cell<Told>,
    now: Cell<Instant>,
}

impl Bank {
    fn says(&self, key: &ProviderKey, told: Told) -> Notice {
        Notice {
            key: key.clone(),
            told,
            at: self.now.get(),
            reference: None,
        }
    }

    fn expect(&self, payer: MemberId, first: bool) {
        self.told.set(match payer.raw() {
            n if n % 20 == 0 => Told::Declined(Decline::Hard),
            n if n % 7 == 0 && first => Told::Declined(Decline::Soft),
            _ => Told::Settled,
        });
    }
}

impl PaymentProvider for Bank {
    fn name(&self) -> &str {
        "bank"
    }

    fn charge(&self, charge: &Charge) -> Notice {
        self.says(&charge.key, self.told.get())
    }

    fn look_up(&self, key: &ProviderKey) -> Notice {
        self.says(key, Told::Absent)
    }

    fn give_back(&self, back: &Return) -> Notice {
        self.says(&back.key, Told::Settled)
    }
}

/// The club's evenings: invoices for what is due, cards for what is new, reminders for what stays open.
pub(crate) struct Evenings<'g> {
    gym: &'g Gym,
    home: Location,
    bank: Bank,
    open: BTreeSet<InvoiceId>,
    last: Option<chrono::NaiveDate>,
}

impl<'g> Evenings<'g> {
    pub(crate) fn new(gym: &'g Gym, club: &Club, home: Location) -> Self {
        Self {
            gym,
            home,
            bank: Bank {
                told: Cell::new(Told::Settled),
                now: Cell::new(Instant::default()),
            },
            open: unpaid(club).map(|it| it.id).collect(),
            last: None,
        }
    }

    /// Does what is to be done on a day, once.
    pub(crate) fn come(&mut self, now: Instant) -> Result<(), Anything> {
        let today = self.home.date(now);
        if self.last.replace(today) == Some(today) {
            return Ok(());
        }
        self.bank.now.set(now);
        let desk = self.gym.at(now);
        if desk.run_invoices(self.home.id, today)? > 0 {
            let club = self.gym.club()?;
            for invoice in unpaid(&club).filter(|it| it.issued_on == today) {
                self.charge(&desk, invoice.id, invoice.payer, true)?;
            }
            self.open = unpaid(&self.gym.club()?).map(|it| it.id).collect();
        }
        for invoice in self.open.clone() {
            self.dun(&desk, invoice)?;
        }
        unless_refused(desk.run(&Command::Ledger(LedgerCommand::Recognise {
            location: self.home.id,
            until: today,
        })))
    }

    fn charge(
        &mut self,
        desk: &Desk<'_>,
        invoice: InvoiceId,
        payer: MemberId,
        first: bool,
    ) -> Result<(), Anything> {
        self.bank.expect(payer, first);
        let payment = desk.charge(invoice, Some("card"), &self.bank)?;
        if payment.state == PaymentState::Settled {
            self.open.remove(&invoice);
        }
        Ok(())
    }

    /// Takes the next step about what is not paid, if it is time for one; most pay when they are reminded.
    fn dun(&mut self, desk: &Desk<'_>, invoice: InvoiceId) -> Result<(), Anything> {
        let dun = Command::Payment(PaymentCommand::Dun { invoice });
        if desk.preview(&dun)?.is_err() {
            return Ok(());
        }
        let step = desk.run(&dun)?.find(|event| match event {
            Event::Payment(PaymentEvent::Dunned(step)) => Some(step.action),
            _ => None,
        });
        let club = self.gym.club()?;
        let Some(bill) = club.invoices.get(invoice) else {
            return Ok(());
        };
        match step {
            Some(Action::Retry { .. }) => self.charge(desk, invoice, bill.payer, false),
            Some(Action::Remind { .. }) if bill.payer.raw() % 40 != 0 => {
                desk.run(&Command::Payment(PaymentCommand::Take {
                    payer: bill.payer,
                    location: bill.location,
                    hand: Hand::BankTransfer,
                    amount: balance(bill)?,
                    invoice: Some(invoice),
                    reference: None,
                }))?;
                self.open.remove(&invoice);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn unpaid(club: &Club) -> impl Iterator<Item = &Invoice> {
    club.invoices
        .iter()
        .filter(|it| matches!(it.state, InvoiceState::Open | InvoiceState::PartiallyPaid))
}

/// A sweep that finds nothing to do is refused, which is well.
fn unless_refused(done: Result<gym_db::Done, Failure>) -> Result<(), Anything> {
    match done {
        Ok(_) | Err(Failure::Refused(_)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}

/// What became of the invoices of each month.
pub(crate) fn months(club: &Club) -> Result<Table, Anything> {
    #[derive(Default)]
    struct Month {
        opened: u32,
        billed: Vec<Money>,
        declined: usize,
        reminded: usize,
        paid: u32,
        open: Vec<Money>,
    }
    let mut months: BTreeMap<(String, String), Month> = BTreeMap::new();
    for invoice in club.invoices.iter().filter(|it| it.number.is_some()) {
        let key = (
            invoice.issued_on.format("%Y-%m").to_string(),
            invoice.currency.to_string(),
        );
        let month = months.entry(key).or_default();
        month.opened += 1;
        month.billed.push(invoice.total);
        let failed = |state| matches!(state, PaymentState::Failed(_));
        month.declined += club
            .payments
            .iter()
            .filter(|it| it.invoice == Some(invoice.id) && failed(it.state))
            .count();
        month.reminded += club
            .reminders
            .iter()
            .filter(|it| it.invoice == invoice.id && matches!(it.action, Action::Remind { .. }))
            .count();
        match invoice.state {
            InvoiceState::Paid => month.paid += 1,
            _ => month.open.push(balance(invoice)?),
        }
    }
    let mut table = crate::tables::table(&[
        "month",
        "invoices",
        "billed",
        "cards declined",
        "reminders",
        "paid",
        "not paid",
        "outstanding",
    ]);
    for ((name, currency), month) in months {
        let currency = currency.parse()?;
        table.add_row([
            Field::new(name),
            right(month.opened),
            right(Money::sum(currency, month.billed)?),
            right(month.declined),
            right(month.reminded),
            right(month.paid),
            right(month.open.len()),
            right(Money::sum(currency, month.open)?),
        ]);
    }
    Ok(table)
}

fn right(text: impl std::fmt::Display) -> Field {
    Field::new(text).set_alignment(CellAlignment::Right)
}

/// The accounts, and what all of them sum to, which is nothing.
pub(crate) fn ledger(club: &Club) -> Result<Table, Anything> {
    let mut table = crate::tables::table(&["place", "account", "debit", "credit"]);
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    for ((place, currency, account), amount) in balances(club.entries.iter())? {
        let place = club.locations.get(place).map_or("", |it| it.name.as_str());
        *sums.entry((place.to_owned(), currency.to_string())).or_default() += amount.minor();
        let (debit, credit) = match amount.is_negative() {
            true => (String::new(), amount.checked_neg()?.to_string()),
            false => (amount.to_string(), String::new()),
        };
        table.add_row([
            Field::new(place),
            Field::new(account),
            right(debit),
            right(credit),
        ]);
    }
    for ((place, currency), minor) in sums {
        let sum = Money::new(minor, currency.parse()?);
        table.add_row([
            Field::new(place),
            Field::new("debits less credits"),
            right(sum),
            Field::new(""),
        ]);
    }
    Ok(table)
}
