//! Decisions about what the club owes by invoices below zero: kept as credit on account, or paid out.

use super::super::Key;
use super::super::tally::{Outcome, Reasons, Tally};
use super::{Given, check_text};
use crate::billing::invoice::InvoiceState;
use crate::billing::payment::{
    Allocation, Method, Objection, Payment, PaymentEvent, PaymentState, Way, balance, state_with,
};
use crate::id::{InvoiceId, PaymentId};
use crate::money::Money;

impl Tally<'_> {
    pub(super) fn keep_credit(&mut self, id: InvoiceId) -> Outcome {
        let mut invoice = self.invoice(id)?;
        self.staff(invoice.location, Some(invoice.payer), "keep credit")?;
        let left = balance(&invoice)?;
        let mut reasons = Reasons::default();
        if matches!(invoice.state, InvoiceState::Draft | InvoiceState::Void) {
            let state = invoice.state;
            reasons.push(Objection::InvoiceStands { invoice: id, state });
        } else if !left.is_negative() {
            reasons.push(Objection::NotBelowZero {
                invoice: id,
                balance: left,
            });
        }
        reasons.done()?;
        let given = Given {
            payer: invoice.payer,
            location: invoice.location,
            method: Method::Credit,
            amount: left.checked_neg()?,
            invoice: Some(id),
        };
        let payment = self.payment_of(given, PaymentState::Settled)?;
        self.made(&payment)?;
        let settled = invoice.settled.checked_add(left)?;
        let state = state_with(&invoice, settled)?;
        (invoice.settled, invoice.state) = (settled, state);
        self.note(invoice);
        self.pay(PaymentEvent::InvoiceSettled {
            invoice: id,
            settled,
            state,
        });
        Ok(())
    }

    pub(super) fn pay_out(&mut self, id: PaymentId, amount: Money, way: &Way, why: &str) -> Outcome {
        let mut credit = self.payment(id)?;
        self.staff(credit.location, None, "pay credit out")?;
        let mut reasons = Reasons::default();
        reasons.above_zero(amount);
        check_text("why", Some(why), &mut reasons);
        if credit.method != Method::Credit {
            reasons.push(Objection::NotCredit { payment: id });
        }
        let left = credit.credit()?;
        if left.checked_sub(amount)?.is_negative() {
            reasons.push(Objection::MoreThanCredit {
                payment: id,
                credit: left,
                asked: amount,
            });
        }
        let earlier = match way {
            Way::Hand(_) => None,
            Way::Back { payment, key } => {
                let earlier = self.payment(*payment)?;
                self.check_way_back(&earlier, &credit, (amount, key.is_some()), &mut reasons)?;
                Some((earlier, key.as_ref()))
            }
        };
        reasons.done()?;
        match (earlier, way) {
            (Some((mut earlier, key)), _) => {
                let settles = amount.checked_sub(earlier.credit()?)?;
                self.give_back(&mut earlier, amount, why, (key, None))?;
                self.stand_in(&mut credit, earlier.id, settles)
            }
            (None, Way::Hand(hand)) => self.give_back(&mut credit, amount, why, (None, Some(*hand))),
            (None, Way::Back { .. }) => Ok(()),
        }
    }

    /// Notes why credit cannot go back the way that an earlier payment came.
    fn check_way_back(
        &self,
        earlier: &Payment,
        credit: &Payment,
        (amount, keyed): (Money, bool),
        reasons: &mut Reasons,
    ) -> Outcome {
        let payment = earlier.id;
        if earlier.payer != credit.payer {
            let (payer, expected) = (earlier.payer, credit.payer);
            reasons.push(Objection::PaymentOfAnother {
                payment,
                payer,
                expected,
            });
        }
        if earlier.state != PaymentState::Settled {
            let state = earlier.state;
            reasons.push(Objection::PaymentStands { payment, state });
        }
        if earlier.method == Method::Credit {
            reasons.push(Objection::OnlyPaidOut { payment });
        }
        let left = earlier.amount.checked_sub(earlier.refunded)?;
        if left.checked_sub(amount)?.is_negative() {
            reasons.push(Objection::MoreThanPaid {
                payment,
                left,
                asked: amount,
            });
        }
        if matches!(earlier.method, Method::Provider(_)) && !keyed {
            reasons.push(Objection::NoKey { payment });
        }
        Ok(())
    }

    /// Settles with credit what an earlier payment settled before it went back, the last first.
    fn stand_in(&mut self, credit: &mut Payment, earlier: PaymentId, amount: Money) -> Outcome {
        for (freed, part) in self.newest(Key::Payment(earlier), amount)? {
            self.allocate(credit, freed.invoice, part)?;
        }
        Ok(())
    }

    /// Returns what an amount takes of what a payment settles, or of what settles an invoice, the last first.
    pub(in crate::club) fn newest(&self, of: Key, amount: Money) -> Outcome<Vec<(Allocation, Money)>> {
        let (mut left, mut parts) = (amount, Vec::new());
        for allocation in self.club.allocations.of(of).rev() {
            let size = allocation.amount.minor().min(left.minor());
            if size > 0 {
                let part = Money::new(size, amount.currency());
                left = left.checked_sub(part)?;
                parts.push((allocation.clone(), part));
            }
        }
        Ok(parts)
    }
}
