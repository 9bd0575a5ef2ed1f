//! What is void, credited or forgiven, with all that hangs on it, loaded and stored by both databases.

use gym_core::billing::instalment::{Plan, Remainder};
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::provider::{Faults, Faulty};
use gym_core::booking::policy::{Admits, PenaltyRules, Policy};
use gym_core::booking::refusal::Code;
use gym_core::booking::{Consequence, Waiver};
use gym_core::command::{Book, Override};
use gym_core::entitlement::{EntitlementCommand, Grant, Scope, Terms, Uses, Validity};
use gym_core::time::Cycle;
use gym_db::Failure;

use super::*;
use crate::scenario::lots::class;
use crate::scenario::stage;

fn void(invoice: InvoiceId) -> Command {
    Command::Billing(BillingCommand::VoidInvoice {
        invoice,
        why: "wrong".to_owned(),
    })
}

fn refused(done: Result<gym_db::Done, Failure>) -> String {
    let failure = done.unwrap_err();
    assert!(matches!(failure, Failure::Refused(_)), "{failure}");
    failure.to_string()
}

fn grant(club: &Club) -> Grant {
    let terms = Terms {
        uses: Uses::Counted(10),
        scope: Scope::classes(),
        validity: Validity::Days {
            from: "2026-03-01".parse().unwrap(),
            until: Some("2026-09-01".parse().unwrap()),
        },
    };
    Grant {
        member: club.member,
        shared_with: Default::default(),
        location: club.location,
        terms,
        price: eur(1000),
    }
}

#[test]
fn an_invoice_is_not_void_while_nobody_knows_what_became_of_its_payment() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let lot = sell_lot(&gym, &club);
        let invoice = draft(&gym, &club, lot);
        let desk = gym.at(start());
        desk.run(&Command::Billing(BillingCommand::OpenInvoice {
            invoice,
            plan: None,
        }))
        .unwrap();
        let faults = Faults {
            silent: 100,
            ..Faults::NONE
        };
        let silent = Faulty::new(faults, 1, start());
        let payment = desk.charge(invoice, None, &silent).unwrap();
        assert_eq!(payment.state, PaymentState::Unknown);
        let said = refused(desk.run(&void(invoice)));
        assert!(said.contains("payment 1 for it is unknown"), "{said}");
        let report = PaymentCommand::Report {
            payment: payment.id,
            told: Told::Declined(Decline::Soft),
            at: start(),
            reference: None,
        };
        desk.run(&Command::Payment(report)).unwrap();
        desk.run(&void(invoice)).unwrap();
        let whole = gym.club().unwrap();
        assert!(whole.lots.get(lot).unwrap().withdrawn, "its pass goes with it");
    });
}

fn sell_lot(gym: &Gym, club: &Club) -> gym_core::id::LotId {
    let sell = EntitlementCommand::SellPass { grant: grant(club) };
    let made = |event: &Event| match event {
        Event::Entitlement(gym_core::entitlement::EntitlementEvent::Granted(new)) => Some(new.id),
        _ => None,
    };
    gym.at(start()).expect(&Command::Entitlement(sell), made).unwrap()
}

/// Drafts an invoice of 120.00 for a pass.
fn draft(gym: &Gym, club: &Club, lot: gym_core::id::LotId) -> InvoiceId {
    let charged = Charged::Lot(lot);
    let owed = Obligation {
        key: Key::Once(charged),
        charged,
        plan: None,
        days: None,
        due_on: start().date_naive(),
        amount: eur(12_000),
        tax: TaxCode::new("free").unwrap(),
        text: "a pass".to_owned(),
    };
    let draft = BillingCommand::DraftInvoice {
        location: club.location,
        payer: club.member,
        owed: vec![owed],
        codes: Vec::new(),
        answers: Vec::new(),
    };
    let made = |event: &Event| match event {
        Event::Billing(gym_core::billing::BillingEvent::InvoiceMade(new)) => Some(new.id),
        _ => None,
    };
    gym.at(start()).expect(&Command::Billing(draft), made).unwrap()
}

#[test]
fn a_pass_that_is_credited_is_withdrawn_unless_it_was_used() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let desk = gym.at(start());
        open_classes(&gym, &club, Admits::Entitled);
        for used in [false, true] {
            let sell = ShopCommand::SellPass {
                grant: Box::new(grant(&club)),
                payer: club.member,
                amount: eur(10_000),
                tax: TaxCode::new("free").unwrap(),
                paid: Some(Hand::Cash),
            };
            desk.run(&Command::Shop(sell)).unwrap();
            let whole = gym.club().unwrap();
            let (invoice, lot) = (
                whole.invoices.iter().next_back().unwrap().id,
                whole.lots.iter().next_back().unwrap().id,
            );
            if used {
                let book = Command::Book(Book::one(club.member, id(1)));
                desk.run(&book).unwrap();
            }
            let credit = BillingCommand::IssueCreditNote {
                invoice,
                takes: Vec::new(),
                why: "not wanted".to_owned(),
            };
            let done = desk.run(&Command::Billing(credit));
            if used {
                let said = refused(done);
                assert!(said.contains("lot 2") || said.contains("pass 2"), "{said}");
            } else {
                done.unwrap();
            }
            let whole = gym.club().unwrap();
            assert_eq!(whole.lots.get(lot).unwrap().withdrawn, !used);
        }
        assert_eq!(balances(db)["cash"], 20_000);
    });
}

#[test]
fn pieces_that_are_not_back_keep_their_invoice() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let invoice = club(&gym).unpaid(&gym, start());
        let said = refused(gym.at(start()).run(&void(invoice)));
        assert!(said.contains("1 pieces of sale 1 are not back"), "{said}");
    });
}

#[test]
fn instalments_are_dunned_and_charged_part_by_part() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let lot = sell_lot(&gym, &club);
        let invoice = draft(&gym, &club, lot);
        let plan = Some(Plan {
            deposit: None,
            count: 12,
            every: Cycle::MONTH,
            remainder: Remainder::First,
            grace: None,
        });
        let open = BillingCommand::OpenInvoice { invoice, plan };
        gym.at(start()).run(&Command::Billing(open)).unwrap();
        let good = Faulty::new(Faults::NONE, 1, start());
        let charged = gym.at(start()).charge(invoice, None, &good).unwrap();
        assert_eq!(
            (charged.amount, charged.state),
            (eur(1000), PaymentState::Settled)
        );
        let on = |day: &str| at(&format!("{day}T08:00:00Z"));
        let dunned = |day| gym.at(on(day)).run_dunning(club.location).unwrap().len();
        assert_eq!(
            dunned("2026-04-04"),
            0,
            "the second part has been due for two days"
        );
        assert_eq!(dunned("2026-04-05"), 1);
        let charged = gym.at(on("2026-05-02")).charge(invoice, None, &good).unwrap();
        assert_eq!(charged.amount, eur(2000));
    });
}

/// Lets a class of the location be booked, which costs 10.00 at once to miss.
fn open_classes(gym: &Gym, club: &Club, admits: Admits) {
    let policy = Policy {
        admits,
        penalties: PenaltyRules {
            waivers: 0,
            no_show: Consequence::Fee(eur(1000)),
            fee_after_hours: 0,
            ..PenaltyRules::default()
        },
        ..Policy::default()
    };
    let location = Some(club.location);
    let desk = gym.at(start());
    desk.run(&Command::SetPolicy { location, policy }).unwrap();
    desk.run(&class("Pilates", club.location.get(), "2026-03-03T18:00:00"))
        .unwrap();
}

#[test]
fn a_fee_that_was_invoiced_and_paid_is_credited_when_it_is_forgiven() {
    for at_the_door in [true, false] {
        both(|db| {
            let gym = Gym::open(&db.url).unwrap();
            let club = club(&gym);
            open_classes(&gym, &club, Admits::Anyone);
            let (class, member) = (id(1), club.member);
            let book = Command::Book(Book::one(member, class));
            gym.at(start()).run(&book).unwrap();
            let desk = gym.at(at("2026-03-03T18:30:00Z"));
            desk.run(&Command::MarkNoShow {
                class,
                member: None,
                overriding: None,
            })
            .unwrap();
            let run = BillingCommand::RunInvoices {
                location: club.location,
                through: "2026-03-03".parse().unwrap(),
                after: None,
                most: 100,
                answers: Vec::new(),
            };
            desk.run(&Command::Billing(run)).unwrap();
            let take = PaymentCommand::Take {
                payer: member,
                location: club.location,
                hand: Hand::Cash,
                amount: eur(1000),
                invoice: Some(id(1)),
                reference: None,
            };
            desk.run(&Command::Payment(take)).unwrap();
            let forgive = if at_the_door {
                Command::CheckIn {
                    class,
                    member,
                    overriding: Some(Override {
                        rules: [Code::TooLate].into(),
                        why: "was there".to_owned(),
                    }),
                }
            } else {
                Command::Entitlement(EntitlementCommand::WaivePenalty {
                    penalty: id(1),
                    why: "was ill".to_owned(),
                })
            };
            let preview = desk.preview(&forgive).unwrap().unwrap();
            let done = desk.run(&forgive).unwrap();
            assert_eq!(preview.len(), done.events.len());
            let whole = gym.club().unwrap();
            let penalty = whole.penalties.iter().next().unwrap();
            let waiver = if at_the_door {
                Waiver::Attended
            } else {
                Waiver::Desk
            };
            assert_eq!(penalty.waiver, Some(waiver));
            assert_eq!(whole.credit_notes.iter().next().unwrap().total, eur(1000));
            let all = balances(db);
            assert_eq!((all["cash"], all["payer_credit"]), (1000, -1000));
        });
    }
}

/// Invoice 10 owed its payer 70.00, which were kept as credit.
#[test]
fn a_credit_that_was_kept_and_is_then_taken_back_is_paid_like_any_debt() {
    both(|db| {
        let gym = stage(db);
        let (invoice, now): (InvoiceId, _) = (id(10), at("2026-03-02T11:00:00Z"));
        let bill = || gym.club().unwrap().invoices.get(invoice).unwrap().clone();
        assert_eq!((bill().total, bill().settled), (eur(-7000), eur(-7000)));
        let take = |minor, invoice| {
            Command::Payment(PaymentCommand::Take {
                payer: bill().payer,
                location: bill().location,
                hand: Hand::Cash,
                amount: eur(minor),
                invoice,
                reference: None,
            })
        };
        gym.at(now).run(&take(9000, None)).unwrap();
        let guarded = |minor: i64| {
            let statement = format!(
                "INSERT INTO allocations (payment_id, invoice_id, amount, payment_type, releases) \
                VALUES ((SELECT MAX(id) FROM payments), 10, {minor}, 'membership', 0)"
            );
            let error = db.raw().run(&statement).unwrap_err().to_string();
            assert!(error.contains("invoice_overpaid"), "{minor}: {error}");
        };
        guarded(1);
        let note = BillingCommand::IssueCreditNote {
            invoice,
            takes: Vec::new(),
            why: "it was no exit".to_owned(),
        };
        gym.at(now).run(&Command::Billing(note)).unwrap();
        guarded(7001);
        gym.at(now).run(&take(1269, Some(invoice))).unwrap();
        gym.at(now).run(&take(5731, Some(invoice))).unwrap();
        assert_eq!((bill().settled, bill().state.as_str()), (eur(0), "paid"));
        let more = refused(gym.at(now).run(&take(1, Some(invoice))));
        assert!(more.contains("invoice 10 is paid"), "{more}");
    });
}
