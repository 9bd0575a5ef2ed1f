//! The rows of money: what they are found by.

use super::{Key, Row};
use crate::billing::gift_card::GiftCard;
use crate::billing::ledger::{Cause, Deferral, Entry};
use crate::billing::payment::{
    Allocation, Method, Payment, PaymentDetails, PaymentPolicyVersion, Refund, Reminder,
};
use crate::id::{
    AllocationId, DetailsId, EntryId, GiftCardId, InvoiceLineId, PayLineId, PayRuleId, PayRunId, PaymentId,
    PaymentPolicyId, ProductId, RefundId, ReminderId, SaleId, StockMoveId,
};
use crate::payroll::{PayLine, PayRule, PayRun, Work};
use crate::shop::{Product, Sale, StockMove};

rows! {
    Payment, PaymentId: |it| [
        Some(Key::Member(it.payer)),
        it.invoice.map(Key::Invoice),
        match it.method {
            Method::GiftCard(card) => Some(Key::GiftCard(card)),
            _ => None,
        }
    ];
    Allocation, AllocationId: |it| [Some(Key::Payment(it.payment)), Some(Key::Invoice(it.invoice))];
    Refund, RefundId: |it| [Some(Key::Payment(it.payment))];
    GiftCard, GiftCardId: |it| [Some(Key::Member(it.buyer))];
    Reminder, ReminderId: |it| [Some(Key::Invoice(it.invoice))];
    PaymentDetails, DetailsId: |it| [Some(Key::Member(it.payer))];
    PaymentPolicyVersion, PaymentPolicyId: |it| [it.location.map(Key::Location)];
    Deferral, InvoiceLineId: |it| [
        Some(Key::Location(it.location)),
        Some(Key::Invoice(it.invoice)),
        it.lot.map(Key::Lot)
    ];
    Product, ProductId: |_it| [];
    StockMove, StockMoveId: |it| [Some(Key::Product(it.product))];
    Sale, SaleId: |it| [Some(Key::Member(it.buyer)), Some(Key::Product(it.product))];
    PayRule, PayRuleId: |it| [Some(Key::Trainer(it.trainer))];
    PayRun, PayRunId: |it| [Some(Key::Location(it.location))];
    PayLine, PayLineId: |it| [
        Some(Key::Trainer(it.trainer)),
        Some(Key::PayRun(it.run)),
        Some(match it.work {
            Work::Class(class) => Key::Class(class),
            Work::Session(session) => Key::Session(session),
        })
    ];
}

impl Row for Entry {
    type Id = EntryId;

    fn id(&self) -> EntryId {
        self.id()
    }

    fn keys(&self) -> [Option<Key>; 3] {
        let cause = match self.cause() {
            Cause::Invoice(id) | Cause::WriteOff(id) => Some(Key::Invoice(id)),
            Cause::Payment(id) => Some(Key::Payment(id)),
            Cause::GiftCard(id) => Some(Key::GiftCard(id)),
            Cause::Recognition(id) => Some(Key::Line(id)),
            Cause::PayRun(id) => Some(Key::PayRun(id)),
            Cause::CreditNote(_) | Cause::Allocation(_) | Cause::Refund(_) => None,
        };
        [Some(Key::Location(self.location())), cause, None]
    }
}
