//! Laws over random years: whatever is taken, charged, told, given back, credited and earned, the books agree.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand;
use gym_core::billing::credit_note::Take;
use gym_core::billing::gift_card::{GiftCode, Named};
use gym_core::billing::ledger::{LedgerCommand, Recognised};
use gym_core::billing::payment::*;
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::entitlement::{DoorRight, Grant, Scope, Terms};
use gym_core::id::*;
use gym_core::money::Money;
use gym_core::shop::*;
use gym_core::time::Days;
use gym_core::user::Actor;
use proptest::prelude::*;

use crate::support::door::enter;
use crate::support::lots::year;

use super::books;
use super::till::{Till, code, eur};

/// A step of a random year: what, on which thing, how much.
pub(crate) type Step = (u8, u8, u16);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..20, any::<u8>(), any::<u16>()), 1..60)
}

/// A club with six invoices for two members, two by which the club owes one of them, and a product, from which the
/// years start.
fn opening() -> Till {
    let mut till = Till::new();
    let (ada, bao) = (till.ada, till.bao);
    for n in 0..6_i64 {
        let payer = if n % 3 == 0 { bao } else { ada };
        let days = (n % 2 == 0).then_some(("2026-01-01", "2026-02-01"));
        till.invoice_of(
            payer,
            3333 + n * 1111,
            ["membership", "food", "free"][n as usize % 3],
            days,
        );
    }
    till.owing(2222);
    till.owing(4321);
    let prices = BTreeMap::from([(till.gym.place, eur(333))]);
    let (name, tax) = ("Bar".to_owned(), code("food"));
    till.ok(ShopCommand::AddProduct {
        name,
        tax,
        may_go_negative: false,
        prices,
    });
    till
}

fn pick<T: Copy>(all: impl Iterator<Item = T>, which: u8) -> Option<T> {
    let all: Vec<T> = all.collect();
    (!all.is_empty()).then(|| all[usize::from(which) % all.len()])
}

pub(crate) fn command(
    club: &Club,
    n: usize,
    (what, which, much): Step,
    context: &Context,
) -> Option<Command> {
    let location = club.locations.iter().next()?.id;
    let amount = eur(i64::from(much) % 6000);
    let invoice = pick(club.invoices.iter().map(|it| it.id), which)?;
    let payer = club.invoices.get(invoice)?.payer;
    let payment = pick(club.payments.iter().map(|it| it.id), which);
    let key = ProviderKey::new(&format!("key-{n:08}")).ok()?;
    let on_account = (which % 7 != 0).then_some(invoice);
    let hand = if which % 2 == 0 {
        Hand::Cash
    } else {
        Hand::BankTransfer
    };
    let why = "a random year".to_owned();
    let told = Told::ALL[usize::from(much) % Told::ALL.len()];
    let payment_command = match what {
        0 => PaymentCommand::Take {
            payer,
            location,
            hand,
            amount,
            invoice: on_account,
            reference: None,
        },
        1 | 2 => PaymentCommand::Charge {
            invoice,
            provider: "acme".to_owned(),
            amount: (much % 3 == 0).then_some(amount),
            means: Some(format!("card {}", which % 4)),
            key,
        },
        3 | 4 => PaymentCommand::Submit { payment: payment? },
        5..=7 => PaymentCommand::Report {
            payment: payment?,
            told,
            at: context.now,
            reference: None,
        },
        8 => PaymentCommand::Allocate {
            payment: payment?,
            invoice,
            amount,
        },
        9 => PaymentCommand::Refund {
            payment: payment?,
            amount,
            why,
            key: Some(key),
        },
        10 => {
            let refund = pick(club.refunds.iter().map(|it| it.id), which)?;
            let told = RefundState::ALL[usize::from(much) % 4];
            PaymentCommand::ReportRefund { refund, told }
        }
        11 if much % 2 == 0 => {
            let code = GiftCode::new(&format!("GIFT-{n:06}")).ok()?;
            PaymentCommand::SellGiftCard {
                buyer: payer,
                location,
                amount,
                hand,
                code,
            }
        }
        11 => {
            let id = pick(club.gift_cards.iter().map(|it| it.id), which)?;
            let card = if much % 4 == 1 {
                Named::Code(club.gift_cards.get(id)?.code.clone())
            } else {
                Named::Id(id)
            };
            PaymentCommand::RedeemGiftCard {
                card,
                invoice,
                amount,
            }
        }
        12 => {
            let line = club.invoices.get(invoice)?.lines.first()?.id;
            let takes = if much % 4 == 0 {
                vec![]
            } else {
                vec![Take {
                    line,
                    gross: Some(amount),
                }]
            };
            return Some(Command::Billing(match which % 8 {
                0 => BillingCommand::VoidInvoice { invoice, why },
                1 => BillingCommand::WriteOff { invoice, why },
                _ => BillingCommand::IssueCreditNote { invoice, takes, why },
            }));
        }
        13 => {
            let until = context.now.date_naive() - chrono::Days::new(u64::from(which % 20));
            return Some(Command::Ledger(LedgerCommand::Recognise { location, until }));
        }
        14 | 15 => return shop(club, (which, much), (location, payer), hand, key),
        16 => {
            let amount = eur(i64::from(much) % 6000);
            let paid = (which % 3 != 0).then_some(hand);
            return Some(Command::Shop(sell_pass(location, payer, amount, paid)));
        }
        17 => return Some(Command::Door(enter(payer, location))),
        18 => PaymentCommand::KeepCredit { invoice },
        _ => {
            let credits = club.payments.iter().filter(|it| it.method == Method::Credit);
            let credit = pick(credits.map(|it| it.id), which)?;
            let key = Some(key);
            let way = match payment.filter(|_| which % 3 == 0) {
                Some(payment) => Way::Back { payment, key },
                None => Way::Hand(hand),
            };
            PaymentCommand::PayOut {
                credit,
                amount,
                way,
                why,
            }
        }
    };
    Some(Command::Payment(payment_command))
}

/// Sells a pass that opens the door three times.
fn sell_pass(location: LocationId, payer: MemberId, amount: Money, paid: Option<Hand>) -> ShopCommand {
    let scope = Scope {
        door: Some(DoorRight::default()),
        ..Scope::default()
    };
    let grant = Grant {
        member: payer,
        shared_with: Default::default(),
        location,
        terms: Terms { scope, ..year(3) },
        price: eur(amount.minor() / 3),
    };
    ShopCommand::SellPass {
        grant: Box::new(grant),
        payer,
        amount,
        tax: code("food"),
        paid,
    }
}

fn shop(
    club: &Club,
    (which, much): (u8, u16),
    (location, buyer): (LocationId, MemberId),
    hand: Hand,
    key: ProviderKey,
) -> Option<Command> {
    let product = club.products.iter().next()?.id;
    let quantity = u32::from(much) % 5;
    Some(Command::Shop(match which % 3 {
        0 => {
            let (change, reason) = (i32::from(much) % 9 - 2, StockReason::Counted);
            ShopCommand::MoveStock {
                product,
                location,
                change,
                reason,
            }
        }
        1 => {
            let paid = (much % 2 == 0).then_some(hand);
            ShopCommand::Sell {
                location,
                buyer,
                items: vec![Item { product, quantity }],
                paid,
            }
        }
        _ => {
            let sale = pick(club.sales.iter().map(|it| it.id), which)?;
            let (restock, why) = (much % 2 == 0, "back".to_owned());
            ShopCommand::TakeBack {
                sale,
                quantity,
                restock,
                why,
                key: Some(key),
            }
        }
    }))
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    /// After every command of a random year the ledger sums to zero, and each account is what it was posted from.
    #[test]
    fn the_books_agree_after_every_command_of_a_random_year(steps in steps()) {
        let mut club = START.with(|club| club.clone());
        let mut now = "2026-01-02T08:00:00Z".parse::<gym_core::time::Instant>().unwrap();
        for (n, step) in steps.into_iter().enumerate() {
            now += chrono::Duration::hours(i64::from(step.1 % 100));
            let context = Context { now, actor: Actor::System };
            let Some(command) = command(&club, n, step, &context) else { continue };
            if let Ok(events) = club.decide(&command, &context) {
                let ids = club.allot(&events);
                club.apply(&events, &ids);
                books::check(&club);
                for product in club.products.iter() {
                    let there = club.stock_of(product.id, club.locations.iter().next().unwrap().id);
                    prop_assert!(there >= 0, "{there} pieces");
                }
            }
        }
    }

    /// However the days of a price are split, and with credits between, it is earned to the cent.
    #[test]
    fn what_is_earned_is_the_price_less_what_was_credited(
        minor in -1_000_000_i64..1_000_000,
        length in 1_u32..400,
        cuts in prop::collection::vec((0_u32..450, prop::option::of(1_i64..300_000)), 0..12),
    ) {
        let from: chrono::NaiveDate = "2026-01-01".parse().unwrap();
        let day = |n: u32| from + chrono::Days::new(u64::from(n));
        let days = Days::new(from, day(length)).unwrap();
        let mut state = Recognised::new(eur(minor), Some(days));
        let (mut earned, mut taken) = (0_i64, 0_i64);
        for (at, credit) in cuts {
            if let Some((more, next)) = state.through(day(at)).unwrap() {
                earned += more.minor();
                state = next;
            }
            prop_assert_eq!(state.through(day(at)).unwrap(), None);
            if let Some(credit) = credit {
                let credit = if minor < 0 { -credit } else { credit };
                let (part, next) = state.credited(eur(credit), 0).unwrap();
                prop_assert!(part.minor().abs() <= credit.abs());
                taken += part.minor();
                state = next;
            }
        }
        if let Some((more, next)) = state.through(day(500)).unwrap() {
            earned += more.minor();
            state = next;
        }
        prop_assert_eq!(state.left().unwrap().minor(), minor - earned - taken);
        prop_assert!(state.days.is_none() || state.left().unwrap().is_zero());
    }

    /// The uses of a pass earn its price, in any steps.
    #[test]
    fn the_uses_of_a_pass_earn_its_price(minor in -100_000_i64..100_000, of in 1_u32..60, seen in prop::collection::vec(0_u32..60, 0..20)) {
        let mut state = Recognised::new(eur(minor), None);
        let (mut earned, mut last) = (0, 0);
        for used in seen.into_iter().chain([of]) {
            last = used.max(last).min(of);
            if let Some((more, next)) = state.by_use(last, of).unwrap() {
                earned += more.minor();
                state = next;
            }
        }
        prop_assert_eq!(earned, minor);
    }
}

thread_local! {
    static START: Club = opening().gym.club;
}
