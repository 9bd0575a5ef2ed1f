//! How the club earns its money: memberships that are sold, the nightly run, cards that are charged, and the ledger.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
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
use gym_core::id::{Id, InvoiceId, LocationId, MemberId, MembershipTypeId};
use gym_core::location::Location;
use gym_core::membership::plan::{Allowance, Terms};
use gym_core::membership::{MembershipCommand, MembershipEvent};
use gym_core::money::Money;
use gym_core::time::{Cycle, Instant, Unit};
use gym_db::{Desk, Failure, Gym};

use crate::Anything;

/// What a place charges for its two memberships, and the tax on them.
fn prices(place: &Location) -> (Prices, TaxComponent, [&'static str; 2]) {
    let (prices, name, rate, amounts) = match place.currency.code() {
        "USD" => (Prices::Exclusive, "Sales tax", 8_875, ["79.00 USD", "55.00 USD"]),
        "NZD" => (Prices::Inclusive, "GST", 15_000, ["89.00 NZD", "59.00 NZD"]),
        _ => (Prices::Inclusive, "VAT", 19_000, ["59.90 EUR", "39.90 EUR"]),
    };
    let name = name.to_owned();
    (prices, TaxComponent { name, rate }, amounts)
}

/// Sets the taxes of a location, and sells every member who is at home there a membership from today on.
pub(crate) fn sell(gym: &Gym, now: Instant, home: &Location) -> Result<(), Anything> {
    let today = home.date(now);
    let (inclusive, tax, [whole, part]) = prices(home);
    let rates = BTreeMap::from([(TaxCode::new("membership")?, vec![tax])]);
    let keyed = |what: &str| gym.at(now).key(format!("{what} of location {}", home.id));
    keyed("taxes").run(&Command::Billing(BillingCommand::SetTaxRates {
        location: home.id,
        from: today,
        terms: TaxTerms::new(inclusive, Rounding::PerLine, rates)?,
    }))?;
    let twice = Allowance {
        uses: 2,
        per: Cycle::new(1, Unit::Week)?,
        carry: None,
    };
    let mut sold = Vec::new();
    for (name, price, allowance) in [("Unlimited", whole, None), ("Twice a week", part, Some(twice))] {
        let mut terms = Terms::monthly(price.parse()?, TaxCode::new("membership")?);
        terms.allowance = allowance;
        let of = add(&keyed(name), name, home, terms)?;
        sold.push((of, format!("{name} at {price} a month"), 0));
    }
    for member in gym.members()?.iter().filter(|it| it.home == home.id) {
        let of = usize::from(member.id.raw() % 3 == 0);
        let (kind, _, count) = &mut sold[of];
        let keyed = gym.at(now).key(format!("membership of member {}", member.id));
        keyed.run(&Command::Membership(MembershipCommand::Sell {
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
    println!(
        "memberships sold in {}: {}",
        home.name,
        told.collect::<Vec<_>>().join(", ")
    );
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

/// The club's evenings, at each place: invoices for what is due, cards for what is new, reminders for what stays open.
pub(crate) struct Evenings<'g> {
    gym: &'g Gym,
    homes: BTreeMap<LocationId, (Location, Option<NaiveDate>)>,
    bank: Bank,
    open: BTreeSet<(LocationId, InvoiceId)>,
}

impl<'g> Evenings<'g> {
    pub(crate) fn new(gym: &'g Gym, club: &Club) -> Self {
        let homes = club.locations.iter().map(|it| (it.id, (it.clone(), None)));
        Self {
            gym,
            homes: homes.collect(),
            bank: Bank {
                told: Cell::new(Told::Settled),
                now: Cell::new(Instant::default()),
            },
            open: unpaid(club).map(|it| (it.location, it.id)).collect(),
        }
    }

    /// Does what is to be done at each place on its civil day, once.
    pub(crate) fn come(&mut self, now: Instant) -> Result<(), Anything> {
        self.bank.now.set(now);
        let mut begun = Vec::new();
        for (home, last) in self.homes.values_mut() {
            let today = home.date(now);
            if last.replace(today) != Some(today) {
                begun.push((home.id, today));
            }
        }
        begun
            .into_iter()
            .try_for_each(|(home, today)| self.bill(now, home, today))
    }

    fn bill(&mut self, now: Instant, home: LocationId, today: NaiveDate) -> Result<(), Anything> {
        let desk = self.gym.at(now);
        if desk.run_invoices(home, today)?.made > 0 {
            let club = self.gym.club()?;
            let new = |it: &&Invoice| it.issued_on == today && it.location == home;
            for invoice in unpaid(&club).filter(new) {
                self.open.insert((home, invoice.id));
                self.charge(&desk, invoice, true)?;
            }
        }
        let open: Vec<InvoiceId> = self
            .open
            .iter()
            .filter(|(at, _)| *at == home)
            .map(|(_, id)| *id)
            .collect();
        for invoice in open {
            self.dun(&desk, invoice)?;
        }
        unless_refused(desk.run(&Command::Ledger(LedgerCommand::Recognise {
            location: home,
            until: today,
        })))
    }

    fn charge(&mut self, desk: &Desk<'_>, invoice: &Invoice, first: bool) -> Result<(), Anything> {
        self.bank.expect(invoice.payer, first);
        match desk.charge(invoice.id, Some("card"), &self.bank) {
            Ok(payment) if payment.state == PaymentState::Settled => {
                self.open.remove(&(invoice.location, invoice.id));
                Ok(())
            }
            // A card that was declined for good is not asked again.
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
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
            Some(Action::Retry { .. }) => self.charge(desk, bill, false),
            Some(Action::Remind { .. }) if bill.payer.raw() % 40 != 0 => {
                desk.run(&Command::Payment(PaymentCommand::Take {
                    payer: bill.payer,
                    location: bill.location,
                    hand: Hand::BankTransfer,
                    amount: balance(bill)?,
                    invoice: Some(invoice),
                    reference: None,
                }))?;
                self.open.remove(&(bill.location, invoice));
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
    let mut months: BTreeMap<(String, LocationId), Month> = BTreeMap::new();
    for invoice in club.invoices.iter().filter(|it| it.number.is_some()) {
        let key = (invoice.issued_on.format("%Y-%m").to_string(), invoice.location);
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
        "place",
        "invoices",
        "billed",
        "cards declined",
        "reminders",
        "paid",
        "not paid",
        "outstanding",
    ]);
    for ((name, place), month) in months {
        let Some(place) = club.locations.get(place) else {
            continue;
        };
        let currency = place.currency;
        table.add_row([
            Field::new(name),
            Field::new(&place.name),
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

/// The accounts of each place, and what all of them sum to, which is nothing.
pub(crate) fn ledger(club: &Club) -> Result<Table, Anything> {
    let mut table = crate::tables::table(&["place", "account", "debit", "credit"]);
    let all = balances(club.entries.iter())?;
    for place in club.locations.iter() {
        let mut sum = Money::zero(place.currency);
        for ((_, _, account), amount) in all.iter().filter(|((at, ..), _)| *at == place.id) {
            sum = sum.checked_add(*amount)?;
            let (debit, credit) = match amount.is_negative() {
                true => (String::new(), amount.checked_neg()?.to_string()),
                false => (amount.to_string(), String::new()),
            };
            let account = account.to_string().replace('_', " ").replace(':', ": ");
            table.add_row([
                Field::new(&place.name),
                Field::new(account),
                right(debit),
                right(credit),
            ]);
        }
        table.add_row([
            Field::new(&place.name),
            Field::new("debits less credits"),
            right(sum),
            Field::new(""),
        ]);
    }
    Ok(table)
}
