//! Decisions about gift cards: sold, redeemed in parts, run out; never below zero.

use chrono::Months;

use super::super::tally::{Outcome, Reasons, Tally, missing};
use super::Given;
use crate::billing::gift_card::{GiftCard, GiftCode, Named};
use crate::billing::ledger::{Account, Cause, Posting};
use crate::billing::obligation::{Charged, Key, Obligation};
use crate::billing::payment::{Breakage, Method, Objection, PaymentEvent, PaymentState, balance};
use crate::billing::tax::TaxCode;
use crate::id::{GiftCardId, InvoiceId};
use crate::money::Money;

impl Tally<'_> {
    fn card(&self, id: GiftCardId) -> Outcome<GiftCard> {
        self.club
            .gift_cards
            .get(id)
            .cloned()
            .ok_or_else(|| missing("gift card", id))
    }

    pub(super) fn sell_card(&mut self, given: Given, code: &GiftCode) -> Outcome {
        self.staff(given.location, None, "sell gift cards")?;
        let mut reasons = Reasons::default();
        self.check_given(&given, &mut reasons);
        let taken = self.club.gift_cards.iter().any(|card| card.code == *code);
        reasons.value(
            !taken,
            "code",
            "what was given",
            "a code that no other gift card has",
        );
        reasons.done()?;
        let today = self.today(given.location)?;
        let months = self.club.payment_policy(given.location).gift_card_months;
        let expires_on = months.and_then(|months| today.checked_add_months(Months::new(months)));
        let card = GiftCard {
            id: self.draft.local(),
            code: code.clone(),
            location: given.location,
            buyer: given.payer,
            amount: given.amount,
            balance: given.amount,
            sold_at: self.now(),
            expires_on,
            turn: 0,
        };
        let charged = Charged::GiftCard(card.id);
        let owed = Obligation {
            key: Key::Once(charged),
            charged,
            plan: None,
            days: None,
            due_on: today,
            amount: card.amount,
            tax: TaxCode::voucher(),
            text: "Gift card".to_owned(),
        };
        self.pay(PaymentEvent::CardSold(card));
        self.charge_now(given.location, given.payer, &[owed], Some(given.method))
    }

    /// Takes off a card what a credit note gives back of its price, as far as it is still there.
    pub(in crate::club) fn take_off_card(&mut self, id: GiftCardId, amount: Money) -> Outcome {
        let card = self.card(id)?;
        let balance = card.balance.checked_sub(amount)?;
        if balance.is_negative() {
            return Err(Objection::MoreThanOnCard {
                card: id,
                balance: card.balance,
                asked: amount,
            }
            .into());
        }
        self.pay(PaymentEvent::CardCharged {
            card: id,
            balance,
            turn: card.turn.saturating_add(1),
        });
        Ok(())
    }

    /// Finds the card that somebody pays with. Of a code that is wrong they are told no more than of a card with less on
    /// it, so that nothing is learned by trying.
    fn named_card(&self, named: &Named, amount: Money) -> Outcome<GiftCard> {
        let code = match named {
            Named::Id(id) => return self.card(*id),
            Named::Code(code) => code,
        };
        let holds = |card: &&GiftCard| {
            card.code == *code
                && amount
                    .checked_sub(card.balance)
                    .is_ok_and(|more| more.minor() <= 0)
        };
        let found = self.club.gift_cards.iter().find(holds).cloned();
        found.ok_or_else(|| Objection::NoSuchCard { asked: amount }.into())
    }

    pub(super) fn redeem_card(&mut self, named: &Named, to: InvoiceId, amount: Money) -> Outcome {
        let invoice = self.invoice(to)?;
        let payer = invoice.payer;
        let or = matches!(named, Named::Code(_)).then_some(payer);
        self.staff(invoice.location, or, "redeem gift cards")?;
        let card = self.named_card(named, amount)?;
        let (id, location) = (card.id, card.location);
        let given = Given {
            payer,
            location,
            method: Method::GiftCard(id),
            amount,
            invoice: Some(to),
        };
        let mut reasons = Reasons::default();
        self.check_given(&given, &mut reasons);
        if amount.minor() > card.balance.minor() {
            reasons.push(Objection::MoreThanOnCard {
                card: id,
                balance: card.balance,
                asked: amount,
            });
        }
        let due = balance(&invoice)?;
        if amount.minor() > due.minor() {
            reasons.push(Objection::MoreThanDue {
                invoice: to,
                due,
                asked: amount,
            });
        }
        if let Some(on) = card
            .expires_on
            .filter(|_| self.today(location).is_ok_and(|today| !card.lasts(today)))
        {
            reasons.push(Objection::CardExpired { card: id, on });
        }
        reasons.done()?;
        self.pay(PaymentEvent::CardCharged {
            card: id,
            balance: card.balance.checked_sub(amount)?,
            turn: card.turn.saturating_add(1),
        });
        let mut payment = self.payment_of(given, PaymentState::Settled)?;
        self.made(&payment)?;
        self.allocate(&mut payment, to, amount)
    }

    /// Puts a refund back on the card that had paid.
    pub(super) fn top_up(&mut self, id: GiftCardId, amount: Money) -> Outcome {
        let card = self.card(id)?;
        self.pay(PaymentEvent::CardCharged {
            card: id,
            balance: card.balance.checked_add(amount)?,
            turn: card.turn.saturating_add(1),
        });
        Ok(())
    }

    pub(super) fn expire_card(&mut self, id: GiftCardId) -> Outcome {
        let card = self.card(id)?;
        let today = self.today(card.location)?;
        self.staff(card.location, None, "expire gift cards")?;
        let mut reasons = Reasons::default();
        if card.lasts(today) {
            reasons.push(Objection::CardLasts {
                card: id,
                until: card.expires_on,
            });
        }
        if self.club.payment_policy(card.location).breakage == Breakage::Never {
            reasons.push(Objection::NoBreakage { card: id });
        }
        reasons.above_zero(card.balance);
        reasons.done()?;
        let turn = card.turn.saturating_add(1);
        let balance = Money::zero(card.balance.currency());
        self.pay(PaymentEvent::CardCharged {
            card: id,
            balance,
            turn,
        });
        let posting = Posting::new(card.location, today, Cause::GiftCard(id), turn);
        self.post(posting.add(Account::GiftCards, Account::Breakage, card.balance)?)
    }
}
