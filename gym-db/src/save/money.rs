//! Saving what happened to money: payments, the ledger, the shop, the payroll.

use diesel::prelude::*;
use gym_core::billing::ledger::LedgerEvent;
use gym_core::billing::payment::{PaymentEvent, RefundState};
use gym_core::event::Event;
use gym_core::payroll::PayEvent;
use gym_core::shop::ShopEvent;

use super::Local;
use crate::billing::gift_card::GiftCardRow;
use crate::billing::ledger;
use crate::billing::payment::{
    AllocationRow, DetailsRow, PaymentPolicyRow, PaymentRow, RefundRow, ReminderRow,
};
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::payroll::{PayLineRow, PayRuleRow, PayRunRow};
use crate::row::{number, stamp};
use crate::schema::*;
use crate::shop;
use crate::shop::{SaleRow, StockRow};

/// Inserts a new thing and returns its id beside the one that it had in the decision.
pub(super) fn insert(
    c: &mut AnyConnection,
    local: i64,
    event: Event,
) -> Result<Option<(Local, i64)>, StoreError> {
    Ok(match event {
        Event::Payment(PaymentEvent::Made(new)) => insert!(c, payments, local, PaymentRow::from(new)),
        Event::Payment(PaymentEvent::Allocated(new)) => {
            let (payment, amount, kind) = (new.payment.get(), new.amount.minor(), new.kind);
            let typed = payments::table
                .find(payment)
                .filter(payments::payment_type.is_null());
            diesel::update(typed)
                .set(payments::payment_type.eq(kind.as_str()))
                .execute(c)?;
            let made = insert!(c, allocations, local, AllocationRow::from(new));
            spend(c, payment, amount, 0)?;
            made
        }
        Event::Payment(PaymentEvent::Refunding(new)) => {
            spend(c, new.payment.get(), 0, new.amount.minor())?;
            insert!(c, refunds, local, RefundRow::from(new))
        }
        Event::Payment(PaymentEvent::CardSold(new)) => {
            insert!(c, gift_cards, local, GiftCardRow::from(new))
        }
        Event::Payment(PaymentEvent::Dunned(new)) => insert!(c, reminders, local, ReminderRow::from(new)),
        Event::Payment(PaymentEvent::DetailsChanged(new)) => {
            insert!(c, payment_details, local, DetailsRow::from(new))
        }
        Event::Payment(PaymentEvent::PolicySet(new)) => {
            insert!(c, payment_policies, local, PaymentPolicyRow::new(&new)?)
        }
        Event::Shop(ShopEvent::ProductAdded(new)) => Some((Local(local), shop::insert(c, new)?)),
        Event::Shop(ShopEvent::StockMoved(new)) => insert!(c, stock_moves, local, StockRow::from(new)),
        Event::Shop(ShopEvent::Sold(new)) => insert!(c, sales, local, SaleRow::from(new)),
        Event::Pay(PayEvent::RuleSet(new)) => insert!(c, pay_rules, local, PayRuleRow::new(&new)?),
        Event::Pay(PayEvent::Ran(new)) => insert!(c, pay_runs, local, PayRunRow::from(new)),
        Event::Pay(PayEvent::Paid(new)) => insert!(c, pay_lines, local, PayLineRow::from(new)),
        _ => None,
    })
}

/// Adds to how much of a payment settles invoices, and to how much goes back.
fn spend(c: &mut AnyConnection, payment: i64, allocated: i64, refunded: i64) -> Result<(), StoreError> {
    let columns = (
        payments::allocated.eq(payments::allocated + allocated),
        payments::refunded.eq(payments::refunded + refunded),
    );
    diesel::update(payments::table.find(payment))
        .set(columns)
        .execute(c)?;
    Ok(())
}

/// Changes what was there.
pub(super) fn change(c: &mut AnyConnection, event: &Event) -> Result<(), StoreError> {
    match event {
        Event::Payment(event) => change_payment(c, event)?,
        Event::Ledger(LedgerEvent::DeferralMoved { line, recognised }) => {
            ledger::earn(c, line.get(), *recognised)?;
        }
        Event::Shop(ShopEvent::PriceSet {
            product,
            location,
            price,
        }) => shop::set_price(c, product.get(), *location, *price)?,
        Event::Shop(ShopEvent::TakenBack { sale, returned }) => {
            update!(c, sales, sale, sales::returned.eq(number(*returned)));
        }
        Event::Pay(PayEvent::RuleEnded { rule, until }) => {
            update!(c, pay_rules, rule, pay_rules::valid_until.eq(until));
        }
        _ => {}
    }
    Ok(())
}

fn change_payment(c: &mut AnyConnection, event: &PaymentEvent) -> Result<(), StoreError> {
    match event {
        PaymentEvent::Stated {
            payment,
            state,
            turn,
            told_at,
            reference,
        } => {
            let columns = (
                payments::state.eq(state.as_str()),
                payments::turn.eq(number(*turn)),
                payments::told_at.eq(told_at.map(stamp)),
                payments::reference.eq(reference.as_deref()),
            );
            update!(c, payments, payment, columns);
        }
        PaymentEvent::Released {
            allocation,
            payment,
            amount,
        } => {
            let columns = (
                allocations::amount.eq(allocations::amount - amount.minor()),
                allocations::releases.eq(allocations::releases + 1),
            );
            update!(c, allocations, allocation, columns);
            spend(c, payment.get(), -amount.minor(), 0)?;
        }
        PaymentEvent::InvoiceSettled {
            invoice,
            settled,
            state,
        } => {
            let columns = (
                invoices::settled.eq(settled.minor()),
                invoices::state.eq(state.as_str()),
            );
            update!(c, invoices, invoice, columns);
        }
        PaymentEvent::RefundStated {
            refund,
            payment,
            state,
            turn,
            amount,
        } => {
            let columns = (refunds::state.eq(state.as_str()), refunds::turn.eq(number(*turn)));
            update!(c, refunds, refund, columns);
            if *state == RefundState::Failed {
                spend(c, payment.get(), 0, -amount.minor())?;
            }
        }
        PaymentEvent::CardCharged { card, balance, turn } => {
            let columns = (
                gift_cards::balance.eq(balance.minor()),
                gift_cards::turn.eq(number(*turn)),
            );
            update!(c, gift_cards, card, columns);
        }
        _ => {}
    }
    Ok(())
}
