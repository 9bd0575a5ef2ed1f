//! How prices came about is read back in pages, by whoever proves them.

use std::sync::Arc;

use gym_core::billing::obligation::Charged;
use gym_core::billing::pricing::{Answer, Pricing, Request};
use gym_core::id::InvoiceId;

use crate::scenario::billing::owed;
use crate::scenario::{at, id, stage};
use crate::support::both;

/// Leaves every price, with a record of who was asked about.
struct Clerk;

impl Pricing for Clerk {
    fn name(&self) -> &str {
        "clerk"
    }

    fn propose(&self, request: &Request) -> Answer {
        Answer::of(Vec::new()).recorded(format!("payer {}", request.payer))
    }
}

#[test]
fn what_was_answered_is_read_in_pages() {
    both(|db| {
        let plain = stage(db);
        let gym = plain.clone().priced_by(Arc::new(Clerk));
        let desk = gym.at(at("2026-03-02T08:05:00Z"));
        assert_eq!(gym.priced_invoices(None, 10).unwrap(), [], "nobody was asked yet");
        let make = |gym: &gym_db::Gym, payer: i64| {
            let owed = vec![owed(Charged::Registration(id(6)), 700 + payer)];
            let desk = gym.at(at("2026-03-02T08:05:00Z"));
            let offer = desk.quote(id(1), id(payer), owed, Vec::new()).unwrap();
            desk.run(&offer.command).unwrap();
            gym.club().unwrap().invoices.iter().next_back().unwrap().clone()
        };
        let first = make(&gym, 1);
        desk.run(&gym_core::command::Command::Billing(
            gym_core::billing::BillingCommand::CancelDraft { invoice: first.id },
        ))
        .unwrap();
        let between = make(&plain, 2);
        desk.run(&gym_core::command::Command::Billing(
            gym_core::billing::BillingCommand::CancelDraft { invoice: between.id },
        ))
        .unwrap();
        let last = make(&gym, 3);
        let read = |after: Option<InvoiceId>, most| -> Vec<(InvoiceId, String)> {
            let page = gym.priced_invoices(after, most).unwrap().into_iter();
            page.map(|(id, priced)| (id, priced.answers[0].answer.record.clone().unwrap()))
                .collect()
        };
        let all = [(first.id, "payer 1".to_owned()), (last.id, "payer 3".to_owned())];
        assert_eq!(read(None, 10), all, "who was not asked has said nothing");
        assert_eq!(read(None, 1), all[..1]);
        assert_eq!(read(Some(first.id), 1), all[1..]);
        assert_eq!(read(Some(last.id), 1), []);
        let whole = gym.priced_invoices(Some(between.id), 10).unwrap();
        assert_eq!(Some(&whole[0].1), last.priced.as_deref());
    });
}
