//! Decisions about refunds: never more goes back than was paid.

use super::super::Key;
use super::super::tally::{Outcome, Reasons, Tally, missing, till};
use super::check_text;
use crate::billing::ledger::{Account, Cause, Posting};
use crate::billing::payment::{
    Hand, Method, Objection, Payment, PaymentEvent, PaymentState, ProviderKey, Refund, RefundState,
};
use crate::id::{PaymentId, RefundId};
use crate::money::Money;

impl Tally<'_> {
    pub(super) fn refund(
        &mut self,
        id: PaymentId,
        amount: Money,
        why: &str,
        key: Option<&ProviderKey>,
    ) -> Outcome {
        let mut payment = self.payment(id)?;
        let mut reasons = Reasons::default();
        reasons.above_zero(amount);
        check_text("why", Some(why), &mut reasons);
        if payment.state != PaymentState::Settled {
            reasons.push(Objection::PaymentStands {
                payment: id,
                state: payment.state,
            });
        }
        let left = payment.amount.checked_sub(payment.refunded)?;
        if left.checked_sub(amount)?.is_negative() {
            reasons.push(Objection::MoreThanPaid {
                payment: id,
                left,
                asked: amount,
            });
        }
        if matches!(payment.method, Method::Provider(_)) && key.is_none() {
            reasons.push(Objection::NoKey { payment: id });
        }
        if payment.method == Method::Credit {
            reasons.push(Objection::OnlyPaidOut { payment: id });
        }
        reasons.done()?;
        self.staff(payment.location, None, "give money back")?;
        self.give_back(&mut payment, amount, why, (key, None))
    }

    /// Gives money of a settled payment back, which has as much: first its credit, then what settles invoices.
    pub(in crate::club) fn give_back(
        &mut self,
        payment: &mut Payment,
        amount: Money,
        why: &str,
        (key, hand): (Option<&ProviderKey>, Option<Hand>),
    ) -> Outcome {
        let more = amount.checked_sub(payment.credit()?)?;
        if more.minor() > 0 {
            self.release(payment, more)?;
        }
        payment.refunded = payment.refunded.checked_add(amount)?;
        let asked = matches!(payment.method, Method::Provider(_));
        let state = if asked {
            RefundState::Submitted
        } else {
            RefundState::Settled
        };
        let refund = Refund {
            id: self.draft.local(),
            payment: payment.id,
            amount,
            why: why.to_owned(),
            key: key.filter(|_| asked).cloned(),
            state,
            made_at: self.now(),
            turn: 0,
            hand,
        };
        let cause = Cause::Refund(refund.id);
        self.pay(PaymentEvent::Refunding(refund));
        let to = if asked {
            Account::Refunds
        } else {
            hand.map_or_else(|| till(&payment.method), |hand| till(&hand.into()))
        };
        let posting = Posting::new(payment.location, self.today(payment.location)?, cause, 0);
        self.post(posting.add(Account::PayerCredit, to, amount)?)?;
        if let Method::GiftCard(card) = payment.method {
            self.top_up(card, amount)?;
        }
        if !asked {
            self.close(payment)?;
        }
        Ok(())
    }

    /// A payment of which everything went back is refunded.
    fn close(&mut self, payment: &mut Payment) -> Outcome {
        if payment.refunded != payment.amount || payment.state != PaymentState::Settled {
            return Ok(());
        }
        (payment.state, payment.turn) = (PaymentState::Refunded, payment.turn.saturating_add(1));
        self.pay(PaymentEvent::Stated {
            payment: payment.id,
            state: payment.state,
            turn: payment.turn,
            told_at: payment.told_at,
            reference: payment.reference.clone(),
        });
        Ok(())
    }

    pub(super) fn report_refund(&mut self, id: RefundId, told: RefundState) -> Outcome {
        let mut refund = self
            .club
            .refunds
            .get(id)
            .cloned()
            .ok_or_else(|| missing("refund", id))?;
        let mut payment = self.payment(refund.payment)?;
        self.staff(payment.location, None, "record refunds")?;
        let Some(state) = refund.state.told(told) else {
            return Err(Objection::RefundStands { state: refund.state }.into());
        };
        (refund.state, refund.turn) = (state, refund.turn.saturating_add(1));
        self.pay(PaymentEvent::RefundStated {
            refund: id,
            payment: payment.id,
            state,
            turn: refund.turn,
            amount: refund.amount,
        });
        let today = self.today(payment.location)?;
        let posting = Posting::new(payment.location, today, Cause::Refund(id), refund.turn);
        match state {
            RefundState::Settled => {
                self.post(posting.add(Account::Refunds, till(&payment.method), refund.amount)?)?;
                let mut others = self.club.refunds.of(Key::Payment(payment.id));
                let open = others
                    .any(|it| it.id != id && !matches!(it.state, RefundState::Settled | RefundState::Failed));
                if open { Ok(()) } else { self.close(&mut payment) }
            }
            RefundState::Failed => {
                // What the bank has taken back it took whole, and what failed to go back is in that.
                let till = till(&payment.method);
                let to = if payment.state.holds() {
                    Account::PayerCredit
                } else {
                    till.clone()
                };
                let posting = posting.add(Account::Refunds, to, refund.amount)?;
                self.post(match payment.state {
                    PaymentState::Disputed => posting.add(Account::Disputed, till, refund.amount)?,
                    _ => posting,
                })
            }
            RefundState::Submitted | RefundState::Unknown => Ok(()),
        }
    }
}
