//! A club with prices and taxes, and what is done at its till in short.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand;
use gym_core::billing::invoice::Invoice;
use gym_core::billing::ledger::{Account, LedgerCommand, balances};
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::payment::{Hand, Payment, PaymentCommand, PaymentEvent, ProviderKey, Told};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::booking::refusal::Refusal;
use gym_core::command::Command;
use gym_core::decision::Decision;
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::membership::{Consent, Membership};
use gym_core::money::{Currency, Money};
use gym_core::time::Days;

use gym_core::entitlement::{DoorRight, Grant, Scope, Terms};
use gym_core::shop::ShopCommand;

use super::books;
use crate::support::door::enter;
use crate::support::{Gym, lots};

pub struct Till {
    pub gym: Gym,
    pub ada: MemberId,
    pub bao: MemberId,
    things: i64,
    keys: u32,
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub fn code(text: &str) -> TaxCode {
    TaxCode::new(text).unwrap()
}

pub fn tax_terms() -> TaxTerms {
    taxed(Prices::Inclusive, Rounding::PerLine)
}

pub fn taxed(prices: Prices, rounding: Rounding) -> TaxTerms {
    let component = |name: &str, rate| TaxComponent {
        name: name.to_owned(),
        rate,
    };
    let rates = BTreeMap::from([
        (code("membership"), vec![component("VAT", 19_000)]),
        (
            code("food"),
            vec![component("State", 7_000), component("City", 1_250)],
        ),
        (code("free"), Vec::new()),
    ]);
    TaxTerms::new(prices, rounding, rates).unwrap()
}

impl Till {
    pub fn new() -> Self {
        let mut gym = Gym::new();
        let [ada, bao] = gym.members(["Ada", "Bao"]);
        let (location, from, terms) = (gym.place, "2020-01-01".parse().unwrap(), tax_terms());
        gym.ok(&Command::Billing(BillingCommand::SetTaxRates {
            location,
            from,
            terms,
        }));
        Self {
            gym,
            ada,
            bao,
            things: 0,
            keys: 0,
        }
    }

    /// Runs a command and checks the books after it.
    pub fn run(&mut self, command: impl Into<Anything>) -> Decision {
        let done = self.gym.run(&command.into().0);
        books::check(&self.gym.club);
        done
    }

    pub fn ok(&mut self, command: impl Into<Anything>) -> Vec<Event> {
        self.run(command).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// Runs a command that is refused, and returns the reasons as sentences.
    pub fn refused(&mut self, command: impl Into<Anything>) -> String {
        let refusal: Refusal = self.run(command).unwrap_err();
        let sentences: Vec<_> = refusal
            .reasons
            .iter()
            .map(|it| it.sentence(refusal.zone))
            .collect();
        sentences.join("; ")
    }

    /// Makes something to charge: a membership of a member.
    fn thing(&mut self, member: MemberId) -> Charged {
        self.things += 1;
        let (id, day) = (
            MembershipId::new(self.things).unwrap(),
            "2026-01-01".parse().unwrap(),
        );
        self.gym.club.memberships.insert(Membership {
            id,
            member,
            of: MembershipTypeId::new(1).unwrap(),
            plan: PlanVersionId::new(1).unwrap(),
            location: self.gym.place,
            law: None,
            consent: Consent::NotNeeded,
            sold_on: day,
            start: day,
            committed: None,
            intro: false,
            follows: None,
            until: None,
            ended_on: None,
        });
        Charged::Membership(id)
    }

    /// Invoices something for a payer that costs so much, taxed by a code, for some days if it is for days.
    pub fn invoice_of(
        &mut self,
        payer: MemberId,
        minor: i64,
        tax: &str,
        days: Option<(&str, &str)>,
    ) -> InvoiceId {
        let charged = self.thing(payer);
        self.invoice_for(payer, charged, minor, tax, days)
    }

    pub fn invoice_for(
        &mut self,
        payer: MemberId,
        charged: Charged,
        minor: i64,
        tax: &str,
        days: Option<(&str, &str)>,
    ) -> InvoiceId {
        let invoice = self.draft_for(payer, charged, minor, tax, days);
        self.ok(BillingCommand::OpenInvoice { invoice, plan: None });
        invoice
    }

    /// Drafts an invoice of a thing without tax for Ada.
    pub fn draft(&mut self, minor: i64) -> InvoiceId {
        let charged = self.thing(self.ada);
        self.draft_for(self.ada, charged, minor, "free", None)
    }

    fn draft_for(
        &mut self,
        payer: MemberId,
        charged: Charged,
        minor: i64,
        tax: &str,
        days: Option<(&str, &str)>,
    ) -> InvoiceId {
        let days =
            days.map(|(from, until)| Days::new(from.parse().unwrap(), until.parse().unwrap()).unwrap());
        let owed = vec![Obligation {
            key: Key::Once(charged),
            charged,
            plan: None,
            days,
            due_on: self.gym.now.date_naive(),
            amount: eur(minor),
            tax: code(tax),
            text: "a thing".to_owned(),
        }];
        let (location, codes, answers) = (self.gym.place, Vec::new(), Vec::new());
        self.ok(BillingCommand::DraftInvoice {
            location,
            payer,
            owed,
            codes,
            answers,
        });
        self.gym.club.invoices.iter().next_back().unwrap().id
    }

    /// Invoices what the club owes Ada, as a run does when more is given back than charged.
    pub fn owing(&mut self, minor: i64) -> InvoiceId {
        let charged = self.thing(self.ada);
        let (location, payer, codes, answers) = (self.gym.place, self.ada, Vec::new(), Vec::new());
        let owed = vec![Obligation {
            key: Key::Once(charged),
            charged,
            plan: None,
            days: None,
            due_on: self.gym.now.date_naive(),
            amount: eur(minor),
            tax: code("free"),
            text: "given back".to_owned(),
        }];
        self.ok(BillingCommand::DraftInvoice {
            location,
            payer,
            owed,
            codes,
            answers,
        });
        let invoice = self.gym.club.invoices.iter().next_back().unwrap().id;
        self.gym.club.invoices.change(invoice, |draft| {
            for line in &mut draft.lines {
                line.obligation.amount = eur(-minor);
            }
        });
        self.ok(BillingCommand::OpenInvoice { invoice, plan: None });
        invoice
    }

    /// Sells Ada a pass over the counter that opens the door so often this year, paid in cash; returns it.
    pub fn pass(&mut self, uses: u32, minor: i64, tax: &str) -> LotId {
        let scope = Scope {
            door: Some(DoorRight::default()),
            ..Scope::default()
        };
        let terms = Terms {
            scope,
            ..lots::year(uses)
        };
        let grant = Grant {
            member: self.ada,
            shared_with: Default::default(),
            location: self.gym.place,
            terms,
            price: eur(minor / i64::from(uses)),
        };
        self.ok(ShopCommand::SellPass {
            grant: Box::new(grant),
            payer: self.ada,
            amount: eur(minor),
            tax: code(tax),
            paid: Some(Hand::Cash),
        });
        self.gym.club.lots.iter().next_back().unwrap().id
    }

    /// Has Ada come through the door on a day.
    pub fn visit(&mut self, day: &str) {
        self.gym.at(&format!("{day}T09:00:00Z"));
        let (ada, place) = (self.ada, self.gym.place);
        self.ok(enter(ada, place));
    }

    /// Invoices a thing without tax for Ada.
    pub fn invoice(&mut self, minor: i64) -> InvoiceId {
        self.invoice_of(self.ada, minor, "free", None)
    }

    pub fn take(&self, amount: Money, invoice: Option<InvoiceId>) -> PaymentCommand {
        let (payer, location, hand) = (self.ada, self.gym.place, Hand::Cash);
        PaymentCommand::Take {
            payer,
            location,
            hand,
            amount,
            invoice,
            reference: None,
        }
    }

    pub fn key(&mut self) -> ProviderKey {
        self.keys += 1;
        ProviderKey::new(&format!("key-{:08}", self.keys)).unwrap()
    }

    pub fn charge(&mut self, invoice: InvoiceId) -> PaymentCommand {
        let (provider, means) = ("acme".to_owned(), Some("card 1".to_owned()));
        PaymentCommand::Charge {
            invoice,
            provider,
            amount: None,
            means,
            key: self.key(),
        }
    }

    /// Makes a payment of a provider and submits it.
    pub fn submitted(&mut self, invoice: InvoiceId) -> PaymentId {
        let charge = self.charge(invoice);
        let payment = self.made(charge);
        self.ok(PaymentCommand::Submit { payment });
        payment
    }

    /// Runs a command that makes a payment.
    pub fn made(&mut self, command: PaymentCommand) -> PaymentId {
        let made = |event: &Event| match event {
            Event::Payment(PaymentEvent::Made(new)) => Some(new.id),
            _ => None,
        };
        self.ok(command).iter().find_map(made).unwrap()
    }

    pub fn told(&self, payment: PaymentId, told: Told) -> PaymentCommand {
        PaymentCommand::Report {
            payment,
            told,
            at: self.gym.now,
            reference: None,
        }
    }

    pub fn told_at(&self, payment: PaymentId, told: Told, at: &str) -> PaymentCommand {
        let at = at.parse().unwrap();
        PaymentCommand::Report {
            payment,
            told,
            at,
            reference: None,
        }
    }

    pub fn payment(&self, id: PaymentId) -> &Payment {
        self.gym.club.payments.get(id).unwrap()
    }

    pub fn state(&self, id: PaymentId) -> &'static str {
        self.payment(id).state.as_str()
    }

    pub fn bill(&self, id: InvoiceId) -> &Invoice {
        self.gym.club.invoices.get(id).unwrap()
    }

    /// Returns the balance of an account in cents, debits positive.
    pub fn balance(&self, account: Account) -> i64 {
        let all = balances(self.gym.club.entries.iter()).unwrap();
        let key = (self.gym.place, Currency::EUR, account);
        all.get(&key).map_or(0, |sum| sum.minor())
    }
}

/// A command of any noun.
pub struct Anything(Command);

macro_rules! anything {
    ($($command:ty => $name:ident),* $(,)?) => {$(
        impl From<$command> for Anything {
            fn from(command: $command) -> Self {
                Self(Command::$name(command))
            }
        }
    )*};
}

anything! {
    PaymentCommand => Payment,
    BillingCommand => Billing,
    LedgerCommand => Ledger,
    ShopCommand => Shop,
    gym_core::payroll::PayCommand => Pay,
    gym_core::check_in::DoorCommand => Door,
    gym_core::entitlement::EntitlementCommand => Entitlement,
}

impl From<Command> for Anything {
    fn from(command: Command) -> Self {
        Self(command)
    }
}
