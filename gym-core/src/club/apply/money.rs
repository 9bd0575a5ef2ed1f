//! How money events change a [`Club`].

use super::super::Club;
use crate::billing::ledger::LedgerEvent;
use crate::billing::payment::{PaymentEvent, RefundState};
use crate::money::Money;
use crate::payroll::PayEvent;
use crate::shop::ShopEvent;

/// Adds what a decision has checked to fit.
fn add(to: &mut Money, amount: Money) {
    *to = to.checked_add(amount).unwrap_or(*to);
}

fn take(from: &mut Money, amount: Money) {
    *from = from.checked_sub(amount).unwrap_or(*from);
}

impl Club {
    pub(super) fn apply_payment(&mut self, event: PaymentEvent) {
        match event {
            PaymentEvent::Made(new) => self.payments.insert(new),
            PaymentEvent::Stated {
                payment,
                state,
                turn,
                told_at,
                reference,
            } => {
                self.payments.change(payment, |it| {
                    (it.state, it.turn, it.told_at, it.reference) = (state, turn, told_at, reference);
                });
            }
            PaymentEvent::Noted { .. } => {}
            PaymentEvent::Allocated(new) => {
                self.payments.change(new.payment, |it| {
                    add(&mut it.allocated, new.amount);
                    it.kind = it.kind.or(Some(new.kind));
                });
                self.allocations.insert(new);
            }
            PaymentEvent::Released {
                allocation,
                payment,
                amount,
            } => {
                self.payments
                    .change(payment, |it| take(&mut it.allocated, amount));
                self.allocations.change(allocation, |it| {
                    take(&mut it.amount, amount);
                    it.releases = it.releases.saturating_add(1);
                });
            }
            PaymentEvent::InvoiceSettled {
                invoice,
                settled,
                state,
            } => {
                self.invoices
                    .change(invoice, |it| (it.settled, it.state) = (settled, state));
            }
            PaymentEvent::Refunding(new) => {
                self.payments
                    .change(new.payment, |it| add(&mut it.refunded, new.amount));
                self.refunds.insert(new);
            }
            PaymentEvent::RefundStated {
                refund,
                payment,
                state,
                turn,
                amount,
            } => {
                self.refunds
                    .change(refund, |it| (it.state, it.turn) = (state, turn));
                if state == RefundState::Failed {
                    self.payments.change(payment, |it| take(&mut it.refunded, amount));
                }
            }
            PaymentEvent::CardSold(new) => self.gift_cards.insert(new),
            PaymentEvent::CardCharged { card, balance, turn } => {
                self.gift_cards
                    .change(card, |it| (it.balance, it.turn) = (balance, turn));
            }
            PaymentEvent::Dunned(new) => self.reminders.insert(new),
            PaymentEvent::DetailsChanged(new) => self.details.insert(new),
            PaymentEvent::PolicySet(new) => self.payment_policies.insert(new),
        }
    }

    pub(super) fn apply_ledger(&mut self, event: LedgerEvent) {
        match event {
            LedgerEvent::Posted(new) => self.entries.insert(new),
            LedgerEvent::Deferred(new) => self.deferrals.insert(new),
            LedgerEvent::DeferralMoved { line, recognised } => {
                self.deferrals.change(line, |it| it.state = recognised);
            }
            LedgerEvent::UpToDate { .. } => {}
        }
    }

    pub(super) fn apply_shop(&mut self, event: ShopEvent) {
        match event {
            ShopEvent::ProductAdded(new) => self.products.insert(new),
            ShopEvent::PriceSet {
                product,
                location,
                price,
            } => self.products.change(product, |it| {
                match price {
                    Some(price) => it.prices.insert(location, price),
                    None => it.prices.remove(&location),
                };
            }),
            ShopEvent::StockMoved(new) => self.stock.insert(new),
            ShopEvent::Sold(new) => self.sales.insert(new),
            ShopEvent::TakenBack { sale, returned } => self.sales.change(sale, |it| it.returned = returned),
        }
    }

    pub(super) fn apply_payroll(&mut self, event: PayEvent) {
        match event {
            PayEvent::RuleSet(new) => self.pay_rules.insert(new),
            PayEvent::RuleEnded { rule, until } => self.pay_rules.change(rule, |it| it.until = Some(until)),
            PayEvent::Ran(new) => self.pay_runs.insert(new),
            PayEvent::Paid(new) => self.pay_lines.insert(new),
            PayEvent::Withheld(_) => {}
        }
    }
}
