//! Payments, goods and pay in the small club, and one command of each kind.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand;
use gym_core::billing::gift_card::GiftCode;
use gym_core::billing::ledger::LedgerCommand;
use gym_core::billing::obligation::Charged;
use gym_core::billing::payment::*;
use gym_core::billing::tax::TaxCode;
use gym_core::command::Command;
use gym_core::entitlement::{self, Grant, Scope, Uses, Validity};
use gym_core::membership::MembershipCommand;
use gym_core::payroll::{Basis, PayCommand, Terms, WorkKind};
use gym_core::shop::{Item, ShopCommand, StockReason};
use gym_core::time::{Days, Instant};

use super::billing::{eur, owed};
use super::{at, id};

fn key(n: u32) -> ProviderKey {
    ProviderKey::new(&format!("key-{n:08}")).unwrap()
}

fn take(minor: i64, invoice: Option<i64>) -> PaymentCommand {
    PaymentCommand::Take {
        payer: id(1),
        location: id(1),
        hand: Hand::BankTransfer,
        amount: eur(minor),
        invoice: invoice.map(id),
        reference: Some("statement 7".to_owned()),
    }
}

fn charge(invoice: i64, n: u32) -> PaymentCommand {
    PaymentCommand::Charge {
        invoice: id(invoice),
        provider: "acme".to_owned(),
        amount: None,
        means: Some("card 1".to_owned()),
        key: key(n),
    }
}

fn report(payment: i64, told: Told) -> PaymentCommand {
    PaymentCommand::Report {
        payment: id(payment),
        told,
        at: at("2026-03-02T08:00:00Z"),
        reference: Some("acme 1".to_owned()),
    }
}

fn refund(payment: i64, key: Option<ProviderKey>) -> PaymentCommand {
    let (amount, why) = (eur(100), "kindness".to_owned());
    PaymentCommand::Refund {
        payment: id(payment),
        amount,
        why,
        key,
    }
}

fn gift_card(code: &str) -> PaymentCommand {
    PaymentCommand::SellGiftCard {
        buyer: id(2),
        location: id(1),
        amount: eur(5000),
        hand: Hand::Cash,
        code: GiftCode::new(code).unwrap(),
    }
}

fn policy(location: Option<i64>) -> PaymentCommand {
    PaymentCommand::SetPolicy {
        location: location.map(id),
        policy: PaymentPolicy {
            gift_card_months: Some(1),
            breakage: Breakage::OnExpiry,
            ..PaymentPolicy::default()
        },
    }
}

fn product(name: &str) -> ShopCommand {
    ShopCommand::AddProduct {
        name: name.to_owned(),
        tax: TaxCode::new("class").unwrap(),
        may_go_negative: false,
        prices: BTreeMap::from([(id(1), eur(250))]),
    }
}

fn receive(change: i32) -> ShopCommand {
    ShopCommand::MoveStock {
        product: id(1),
        location: id(1),
        change,
        reason: StockReason::Received,
    }
}

fn sell(buyer: i64, quantity: u32, paid: Option<Hand>) -> ShopCommand {
    let items = vec![Item {
        product: id(1),
        quantity,
    }];
    ShopCommand::Sell {
        location: id(1),
        buyer: id(buyer),
        items,
        paid,
    }
}

fn pass() -> ShopCommand {
    let validity = Validity::Days {
        from: "2026-03-01".parse().unwrap(),
        until: Some("2026-09-01".parse().unwrap()),
    };
    let terms = entitlement::Terms {
        uses: Uses::Counted(10),
        scope: Scope::classes(),
        validity,
    };
    let (member, shared_with, price) = (id(3), [id(4)].into(), eur(1000));
    ShopCommand::SellPass {
        grant: Box::new(Grant {
            member,
            shared_with,
            location: id(1),
            terms,
            price,
        }),
        payer: id(2),
        amount: eur(9500),
        tax: TaxCode::new("class").unwrap(),
        paid: Some(Hand::Cash),
    }
}

fn rule(from: &str) -> PayCommand {
    PayCommand::SetRule {
        trainer: id(2),
        location: None,
        work: WorkKind::Session,
        from: from.parse().unwrap(),
        terms: Terms::new(Basis::Each(eur(3000))),
    }
}

/// Invoices 3 to 5 are sales that are not paid, 6 is one that is, 7 sells a pass; payment 3 is made, 4 is submitted,
/// 5 is settled, and a part of it is on its way back.
pub fn opening() -> Vec<Command> {
    let mut all: Vec<Command> = vec![Command::Payment(policy(None))];
    all.extend([product("Bar"), receive(20)].map(Command::Shop));
    all.push(Command::Payment(take(1000, None)));
    let sales = [
        sell(3, 2, None),
        sell(4, 2, None),
        sell(5, 4, None),
        sell(6, 2, Some(Hand::Cash)),
    ];
    all.extend(sales.map(Command::Shop));
    let payments = [
        charge(1, 1),
        charge(3, 2),
        PaymentCommand::Submit { payment: id(4) },
        charge(4, 3),
        PaymentCommand::Submit { payment: id(5) },
        report(5, Told::Settled),
        refund(5, Some(key(4))),
    ];
    all.extend(payments.map(Command::Payment));
    all.push(Command::Billing(BillingCommand::DraftInvoice {
        location: id(1),
        payer: id(6),
        owed: vec![owed(Charged::Lot(id(1)), 10_000)],
        codes: Vec::new(),
        answers: Vec::new(),
    }));
    all.push(Command::Billing(BillingCommand::OpenInvoice {
        invoice: id(7),
        plan: None,
    }));
    all.push(Command::Pay(rule("2026-01-01")));
    all.push(Command::Payment(gift_card("GIFT-0001")));
    all.extend(taken_back(4));
    all.push(Command::Payment(PaymentCommand::KeepCredit { invoice: id(10) }));
    all.extend(taken_back(5));
    all
}

/// Member 5 buys a membership, is billed, takes the contract back and is billed again, which is below zero: that is
/// invoice 10, and 12 the next time.
fn taken_back(membership: i64) -> Vec<Command> {
    let bill = || {
        Command::Billing(BillingCommand::RunInvoices {
            location: id(1),
            through: "2026-03-02".parse().unwrap(),
            after: Some(id(4)),
            most: 1,
            answers: Vec::new(),
        })
    };
    let sell = MembershipCommand::Sell {
        member: id(5),
        of: id(1),
        location: id(1),
        start: "2026-03-02".parse().unwrap(),
        payer: None,
        intro: false,
    };
    let back = MembershipCommand::TakeBack {
        membership: id(membership),
    };
    vec![
        Command::Membership(sell),
        bill(),
        Command::Membership(back),
        bill(),
    ]
}

pub fn commands() -> Vec<(Instant, Command)> {
    let soon = at("2026-03-02T08:05:00Z");
    let (card, invoice, payment) = (id(1), id(5), id(1));
    let mut all: Vec<(Instant, Command)> = [
        take(2500, Some(1)),
        charge(5, 9),
        PaymentCommand::Submit { payment: id(3) },
        report(4, Told::Settled),
        PaymentCommand::Allocate {
            payment,
            invoice: id(1),
            amount: eur(500),
        },
        refund(1, None),
        PaymentCommand::ReportRefund {
            refund: id(1),
            told: RefundState::Settled,
        },
        gift_card("GIFT-0002"),
        PaymentCommand::RedeemGiftCard {
            card,
            invoice,
            amount: eur(400),
        },
        policy(Some(1)),
        PaymentCommand::KeepCredit { invoice: id(12) },
        PaymentCommand::PayOut {
            credit: id(7),
            amount: eur(1000),
            way: Way::Hand(Hand::Cash),
            why: "left the club".to_owned(),
        },
        PaymentCommand::ChangeDetails {
            payer: id(1),
            means: Some("card 2".to_owned()),
        },
    ]
    .map(|command| (soon, Command::Payment(command)))
    .to_vec();
    let expire = PaymentCommand::ExpireGiftCard { card };
    all.push((at("2026-04-03T08:00:00Z"), Command::Payment(expire)));
    let dun = PaymentCommand::Dun { invoice };
    all.push((at("2026-03-20T12:00:00Z"), Command::Payment(dun)));
    let until = "2026-03-01".parse().unwrap();
    let recognise = LedgerCommand::Recognise {
        location: id(1),
        until,
    };
    let used = LedgerCommand::RecogniseLot { lot: id(1) };
    all.extend([recognise, used].map(|command| (soon, Command::Ledger(command))));
    let back = ShopCommand::TakeBack {
        sale: id(4),
        quantity: 1,
        restock: true,
        why: "unopened".to_owned(),
        key: None,
    };
    let price = ShopCommand::SetPrice {
        product: id(1),
        location: id(1),
        price: Some(eur(300)),
    };
    let shop = [
        product("Shake"),
        price,
        receive(5),
        sell(2, 3, Some(Hand::Cash)),
        pass(),
        back,
    ];
    all.extend(shop.map(|command| (soon, Command::Shop(command))));
    let days = Days::new("2026-03-01".parse().unwrap(), "2026-04-01".parse().unwrap()).unwrap();
    let run = PayCommand::Run {
        location: id(1),
        days,
    };
    all.extend([rule("2026-03-01"), run].map(|command| (soon, Command::Pay(command))));
    all
}
