//! A year of one membership, day by day: joining on the last of January, a freeze, an upgrade, a card that is declined
//! and what follows from it, the counter, and leaving with notice. Prints each invoice, and the ledger at the end.

mod card;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::error::Error;

use self::card::Card;
use chrono::NaiveDate;
use comfy_table::{CellAlignment, Table, presets};
use gym_core::billing::BillingCommand;
use gym_core::billing::invoice::{Invoice, InvoiceState};
use gym_core::billing::ledger::{LedgerCommand, balances};
use gym_core::billing::payment::{Hand, PaymentCommand, PaymentEvent, PaymentState};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{InvoiceId, LocationId, MemberId, MembershipId, MembershipTypeId, ProductId};
use gym_core::membership::freeze::{Compensation, FreezeReason, FreezeRules};
use gym_core::membership::plan::{AtEnd, Terms};
use gym_core::membership::{MembershipCommand, MembershipEvent};
use gym_core::shop::{Item, ShopCommand, ShopEvent, StockReason};
use gym_core::time::{Cycle, Instant, Unit};
use gym_core::user::Person;
use gym_db::{Desk, Done, Failure, Gym};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Year {
    gym: Gym,
    card: Card,
    mitte: LocationId,
    ada: MemberId,
    basic: MembershipTypeId,
    all_in: MembershipTypeId,
    shake: ProductId,
}

fn main() -> Result<()> {
    let year = found()?;
    let mut membership = year.join()?;
    let mut day: NaiveDate = "2027-01-31".parse()?;
    let end: NaiveDate = "2028-02-01".parse()?;
    while day < end {
        membership = year.story(day, membership)?;
        year.bill(day)?;
        day = day.succ_opt().ok_or("the calendar ends")?;
    }
    year.balances()
}

fn found() -> Result<Year> {
    let gym = Gym::open("sqlite::memory:")?;
    let now: Instant = "2027-01-30T09:00:00Z".parse()?;
    let desk = gym.at(now);
    let mitte = desk.add_location("Mitte", "Europe/Berlin".parse()?, "EUR".parse()?)?;
    let ada = desk.add_member(Person::new("Ada Albrecht", None)?, mitte, "2027-01-30".parse()?)?;
    let vat = |rate| {
        vec![TaxComponent {
            name: "VAT".to_owned(),
            rate,
        }]
    };
    let rates = BTreeMap::from([
        (TaxCode::new("membership")?, vat(19_000)),
        (TaxCode::new("food")?, vat(7_000)),
    ]);
    desk.run(&Command::Billing(BillingCommand::SetTaxRates {
        location: mitte,
        from: "2027-01-01".parse()?,
        terms: TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates)?,
    }))?;
    let plan = |name: &str, price: &str, joining: Option<&str>| {
        let mut terms = Terms::monthly(price.parse()?, TaxCode::new("membership")?);
        terms.joining = joining.map(str::parse).transpose()?;
        terms.notice = Some(Cycle::MONTH);
        terms.term = Some(Cycle::new(3, Unit::Month)?);
        terms.at_end = AtEnd::MonthToMonth;
        terms.freeze = Some(FreezeRules::free(Compensation::Extend));
        let add = MembershipCommand::AddType {
            name: name.to_owned(),
            location: None,
            from: "2027-01-01".parse()?,
            terms: Box::new(terms),
        };
        let added = desk.expect(&Command::Membership(add), |event| match event {
            Event::Membership(MembershipEvent::TypeAdded(new)) => Some(new.id),
            _ => None,
        })?;
        Ok::<_, Box<dyn Error>>(added)
    };
    let basic = plan("Basic", "29.90 EUR", Some("19.00 EUR"))?;
    let all_in = plan("All-in", "49.90 EUR", None)?;
    let shake = stocked(&desk, mitte)?;
    let card = Card {
        empty: Cell::new(false),
        now: Cell::new(now),
    };
    Ok(Year {
        gym,
        card,
        mitte,
        ada,
        basic,
        all_in,
        shake,
    })
}

fn stocked(desk: &Desk<'_>, mitte: LocationId) -> Result<ProductId> {
    let add = ShopCommand::AddProduct {
        name: "Protein shake".to_owned(),
        tax: TaxCode::new("food")?,
        may_go_negative: false,
        prices: BTreeMap::from([(mitte, "4.50 EUR".parse()?)]),
    };
    let shake = desk.expect(&Command::Shop(add), |event| match event {
        Event::Shop(ShopEvent::ProductAdded(new)) => Some(new.id),
        _ => None,
    })?;
    let delivered = ShopCommand::MoveStock {
        product: shake,
        location: mitte,
        change: 24,
        reason: StockReason::Received,
    };
    desk.run(&Command::Shop(delivered))?;
    Ok(shake)
}

impl Year {
    fn desk(&self, day: NaiveDate) -> Result<Desk<'_>> {
        let noon = day
            .and_hms_opt(11, 0, 0)
            .ok_or("every day has an eleventh hour")?
            .and_utc();
        self.card.now.set(noon);
        Ok(self.gym.at(noon))
    }

    fn join(&self) -> Result<MembershipId> {
        let day: NaiveDate = "2027-01-31".parse()?;
        let sell = MembershipCommand::Sell {
            member: self.ada,
            of: self.basic,
            location: self.mitte,
            start: day,
            payer: None,
            intro: false,
        };
        self.sold(day, &Command::Membership(sell))
    }

    fn sold(&self, day: NaiveDate, command: &Command) -> Result<MembershipId> {
        let sold = self.desk(day)?.expect(command, |event| match event {
            Event::Membership(MembershipEvent::Sold(new)) => Some(new.id),
            _ => None,
        })?;
        Ok(sold)
    }

    /// What Ada does on a day.
    fn story(&self, day: NaiveDate, membership: MembershipId) -> Result<MembershipId> {
        let desk = self.desk(day)?;
        let tell = |what: &str| println!("\n{day}  {what}");
        match day.to_string().as_str() {
            "2027-01-31" => tell("Ada joins: Basic, 29.90 EUR a month, 19.00 EUR to join."),
            "2027-03-08" => {
                tell("Ada travels: frozen from 10 to 24 March; the days are added at the end of the period.");
                desk.run(&Command::Membership(MembershipCommand::Freeze {
                    membership,
                    from: "2027-03-10".parse()?,
                    until: Some("2027-03-25".parse()?),
                    why: FreezeReason::Travel,
                }))?;
            }
            "2027-05-20" => {
                tell("Ada upgrades to All-in, 49.90 EUR a month.");
                let switch = MembershipCommand::Switch {
                    membership,
                    to: self.all_in,
                    on: day,
                };
                return self.sold(day, &Command::Membership(switch));
            }
            "2027-07-16" => {
                tell("Ada's card is empty.");
                self.card.empty.set(true);
            }
            "2027-08-09" => {
                tell("Ada brings cash for what is open, and a new card.");
                self.card.empty.set(false);
                self.pay_cash(&desk)?;
            }
            "2027-09-02" => {
                tell("Ada buys two shakes at the counter, in cash.");
                desk.run(&Command::Shop(ShopCommand::Sell {
                    location: self.mitte,
                    buyer: self.ada,
                    items: vec![Item {
                        product: self.shake,
                        quantity: 2,
                    }],
                    paid: Some(Hand::Cash),
                }))?;
                self.print_new(day)?;
            }
            "2027-10-11" => {
                let told = desk.run(&Command::Membership(MembershipCommand::GiveNotice {
                    membership,
                    early: false,
                }))?;
                let ends = told.find(|event| match event {
                    Event::Membership(MembershipEvent::NoticeGiven(notice)) => Some(notice.ends_on),
                    _ => None,
                });
                tell(&format!(
                    "Ada gives notice; her membership ends on {}.",
                    ends.ok_or("no notice")?
                ));
            }
            _ => {}
        }
        Ok(membership)
    }

    fn pay_cash(&self, desk: &Desk<'_>) -> Result<()> {
        for invoice in self.open()? {
            let take = PaymentCommand::Take {
                payer: self.ada,
                location: self.mitte,
                hand: Hand::Cash,
                amount: gym_core::billing::payment::balance(&invoice)?,
                invoice: Some(invoice.id),
                reference: None,
            };
            desk.run(&Command::Payment(take))?;
            println!("            invoice {} is paid in cash", number(&invoice));
        }
        Ok(())
    }

    /// The club's evening: invoices for what is due, cards for what is open, reminders for what stays open, and what
    /// is earned.
    fn bill(&self, day: NaiveDate) -> Result<()> {
        let desk = self.desk(day)?;
        let renew = MembershipCommand::Renew {
            location: self.mitte,
            through: day,
        };
        unless_refused(desk.run(&Command::Membership(renew)))?;
        if desk.run_invoices(self.mitte, day)? > 0 {
            self.print_new(day)?;
        }
        for invoice in self.open()? {
            if invoice.issued_on == day {
                print!("{day}  ");
                self.charge(&desk, invoice.id)?;
            }
            match desk.run(&Command::Payment(PaymentCommand::Dun { invoice: invoice.id })) {
                Ok(done) => self.dunned(&desk, day, &invoice, &done.events)?,
                Err(Failure::Refused(_)) => {} // not time for the next step
                Err(failure) => return Err(failure.into()),
            }
        }
        let until = day.succ_opt().ok_or("the calendar ends")?;
        unless_refused(desk.run(&Command::Ledger(LedgerCommand::Recognise {
            location: self.mitte,
            until,
        })))
    }

    fn charge(&self, desk: &Desk<'_>, invoice: InvoiceId) -> Result<()> {
        let payment = desk.charge(invoice, Some("card 1"), &self.card)?;
        let told = match payment.state {
            PaymentState::Settled => "paid by card",
            _ => "the card is declined",
        };
        println!("{told}, {}", payment.amount);
        Ok(())
    }

    fn dunned(&self, desk: &Desk<'_>, day: NaiveDate, invoice: &Invoice, events: &[Event]) -> Result<()> {
        use gym_core::billing::dunning::Action;
        for event in events {
            let Event::Payment(PaymentEvent::Dunned(step)) = event else {
                continue;
            };
            match step.action {
                Action::Retry { attempt } => {
                    print!("{day}  attempt {attempt}: ");
                    self.charge(desk, invoice.id)?;
                }
                Action::Remind { level } => {
                    println!("{day}  reminder {level} for invoice {}", number(invoice));
                }
                Action::HandOver => println!("{day}  invoice {} is handed over", number(invoice)),
            }
        }
        Ok(())
    }

    fn invoices(&self) -> Result<Vec<Invoice>> {
        Ok(self.gym.club()?.invoices.iter().cloned().collect())
    }

    fn open(&self) -> Result<Vec<Invoice>> {
        let open = |it: &Invoice| matches!(it.state, InvoiceState::Open | InvoiceState::PartiallyPaid);
        Ok(self.invoices()?.into_iter().filter(open).collect())
    }

    fn print_new(&self, day: NaiveDate) -> Result<()> {
        for invoice in self.invoices()?.iter().filter(|it| it.issued_on == day) {
            let mut table = Table::new();
            table.load_style(presets::NOTHING);
            for line in &invoice.lines {
                table.add_row([line.obligation.text.clone(), line.gross.to_string()]);
            }
            for tax in &invoice.taxes {
                let rate = f64::from(tax.rate) / 1000.0;
                table.add_row([format!("  of this {} {rate} %", tax.name), tax.tax.to_string()]);
            }
            table.add_row(["total".to_owned(), invoice.total.to_string()]);
            if let Some(amounts) = table.column_mut(1) {
                amounts.set_cell_alignment(CellAlignment::Right);
            }
            println!(
                "\n{day}  invoice {}, due {}\n{table}",
                number(invoice),
                invoice.due_on
            );
        }
        Ok(())
    }

    fn balances(&self) -> Result<()> {
        let club = self.gym.club()?;
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["account", "debit", "credit"]);
        let mut total = 0;
        for ((_, _, account), amount) in balances(club.entries.iter())? {
            total += amount.minor();
            let (debit, credit) = if amount.is_negative() {
                (String::new(), amount.checked_neg()?.to_string())
            } else {
                (amount.to_string(), String::new())
            };
            table.add_row([account.to_string(), debit, credit]);
        }
        for column in [1, 2] {
            if let Some(amounts) = table.column_mut(column) {
                amounts.set_cell_alignment(CellAlignment::Right);
            }
        }
        println!("\nThe ledger at the end; debits less credits are {total}.\n{table}");
        Ok(())
    }
}

/// A sweep that finds nothing to do is refused, which is well.
fn unless_refused(done: std::result::Result<Done, Failure>) -> Result<()> {
    match done {
        Ok(_) | Err(Failure::Refused(_)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}

fn number(invoice: &Invoice) -> String {
    invoice
        .number
        .map_or_else(|| "draft".to_owned(), |number| number.to_string())
}
