//! Sales over the counter, and what comes back of them.

use std::collections::BTreeSet;

use super::super::tally::{Outcome, Reasons, Tally, missing};
use super::super::{Club, Key};
use crate::billing::BillingEvent;
use crate::billing::credit_note::{CreditNote, Take};
use crate::billing::invoice::{Invoice, Line};
use crate::billing::obligation::{self, Charged, Obligation};
use crate::billing::payment::{Hand, Method, Objection as NoPayment, PaymentState, ProviderKey};
use crate::billing::quote::Ask;
use crate::billing::tax::TaxCode;
use crate::booking::refusal::Reason;
use crate::event::Event;
use crate::id::{LocationId, MemberId, SaleId};
use crate::money::Money;
use crate::shop::{Item, Objection, Product, Sale, ShopEvent, StockReason};

impl Club {
    /// Returns the invoice that charges a sale, and its line.
    pub fn invoice_of_sale(&self, sale: &Sale) -> Option<(&Invoice, &Line)> {
        let charged = Charged::Sale(sale.id);
        self.invoices.of(Key::Member(sale.buyer)).find_map(|invoice| {
            let line = invoice
                .lines
                .iter()
                .find(|line| line.obligation.charged == charged)?;
            Some((invoice, line))
        })
    }
}

impl Tally<'_> {
    pub(super) fn sell(
        &mut self,
        location: LocationId,
        buyer: MemberId,
        items: &[Item],
        paid: Option<Hand>,
    ) -> Outcome {
        let today = self.today(location)?;
        self.staff(location, None, "sell")?;
        let mut reasons = Reasons::default();
        if self.club.members.get(buyer).is_none() {
            reasons.push(missing("member", buyer));
        }
        let basket = self.basket(location, items, &mut reasons);
        let mut owed = Vec::new();
        for (product, quantity, amount) in &basket {
            let sale = Sale {
                id: self.draft.local(),
                location,
                buyer,
                product: product.id,
                quantity: *quantity,
                returned: 0,
                amount: *amount,
                at: self.now(),
            };
            owed.push(Obligation {
                key: obligation::Key::Once(Charged::Sale(sale.id)),
                charged: Charged::Sale(sale.id),
                plan: None,
                days: None,
                due_on: today,
                amount: *amount,
                tax: product.tax.clone(),
                text: format!("{quantity} × {}", product.name),
            });
            let id = sale.id;
            self.draft.push(Event::Shop(ShopEvent::Sold(sale)));
            let moved = self.move_stock(product, location, -i64::from(*quantity), StockReason::Sold(id));
            moved.unwrap_or_else(|why| reasons.push(why));
        }
        let codes: BTreeSet<&TaxCode> = basket.iter().map(|(product, ..)| &product.tax).collect();
        for why in codes
            .into_iter()
            .filter_map(|code| self.club.unrated(location, code, today))
        {
            reasons.push(Reason::Billing { why });
        }
        reasons.done()?;
        self.charge_now(location, buyer, &owed, paid.map(Method::from))
    }

    /// Invoices what is owed at once, and takes the money if it is there.
    pub(in crate::club) fn charge_now(
        &mut self,
        location: LocationId,
        payer: MemberId,
        owed: &[Obligation],
        paid: Option<Method>,
    ) -> Outcome {
        let today = self.today(location)?;
        let invoice = self.open(location, payer, owed, today)?;
        let Some(method) = paid.filter(|_| invoice.total.minor() > 0) else {
            return Ok(());
        };
        let given = super::super::payment::Given {
            payer,
            location,
            method,
            amount: invoice.total,
            invoice: Some(invoice.id),
        };
        let mut payment = self.payment_of(given, PaymentState::Settled)?;
        self.made(&payment)?;
        self.allocate_most(&mut payment, invoice.id)
    }

    /// Finds what is in a basket, and what it costs; of the rest it notes what is wrong.
    fn basket(
        &self,
        location: LocationId,
        items: &[Item],
        reasons: &mut Reasons,
    ) -> Vec<(Product, u32, Money)> {
        let mut seen = BTreeSet::new();
        let mut basket = Vec::new();
        reasons.value(
            (1..=100).contains(&items.len()),
            "items",
            items.len(),
            "1 to 100 items",
        );
        for Item {
            product: id,
            quantity,
        } in items
        {
            reasons.value(
                (1..=10_000).contains(quantity),
                "quantity",
                quantity,
                "1 to 10000 pieces",
            );
            if !seen.insert(*id) {
                reasons.push(Objection::Twice { product: *id });
            }
            let product = match self.product(*id) {
                Ok(product) => product,
                Err(unknown) => {
                    reasons.push(unknown);
                    continue;
                }
            };
            match product
                .prices
                .get(&location)
                .map(|price| price.checked_mul(i64::from(*quantity)))
            {
                Some(Ok(amount)) => basket.push((product, *quantity, amount)),
                Some(Err(error)) => reasons.push(error),
                None => reasons.push(Objection::NoPrice {
                    product: *id,
                    location,
                }),
            }
        }
        basket
    }

    /// Invoices what is owed at once, with a number.
    fn open(
        &mut self,
        location: LocationId,
        payer: MemberId,
        owed: &[Obligation],
        today: chrono::NaiveDate,
    ) -> Outcome<Invoice> {
        let id = self.draft.local();
        let owed: Vec<&Obligation> = owed.iter().collect();
        let ask = Ask {
            payer,
            on: today,
            codes: &[],
            owed: &owed,
        };
        let quote = self
            .club
            .quote(location, &ask, &[], &mut self.draft)
            .map_err(|it| Reasons(it.reasons))?;
        let number = self.club.numbers.last(location).invoice + 1;
        let due_on = self.club.due_on(location, today);
        let invoice = Invoice::draft(id, quote)
            .open(number, today, due_on, None)
            .map_err(billing)?;
        self.draft
            .push(Event::Billing(BillingEvent::InvoiceMade(invoice.clone())));
        self.note(invoice.clone());
        self.book_invoice(&invoice)?;
        Ok(invoice)
    }

    pub(super) fn take_back(
        &mut self,
        id: SaleId,
        quantity: u32,
        restock: bool,
        (why, key): (&str, Option<&ProviderKey>),
    ) -> Outcome {
        let sale = self
            .club
            .sales
            .get(id)
            .cloned()
            .ok_or_else(|| missing("sale", id))?;
        self.staff(sale.location, None, "take goods back")?;
        let mut reasons = Reasons::default();
        super::super::payment::check_text("why", Some(why), &mut reasons);
        let left = sale.quantity.saturating_sub(sale.returned);
        if quantity > left {
            reasons.push(Objection::MoreThanSold {
                sale: id,
                left,
                asked: quantity,
            });
        }
        if quantity == 0 {
            reasons.push(Objection::Nothing);
        }
        reasons.done()?;
        self.credit_sale(&sale, quantity, why)?;
        self.return_freed(why, key)?;
        let returned = sale.returned.saturating_add(quantity);
        self.draft
            .push(Event::Shop(ShopEvent::TakenBack { sale: id, returned }));
        if restock {
            let product = self.product(sale.product)?;
            self.move_stock(
                &product,
                sale.location,
                i64::from(quantity),
                StockReason::Returned(id),
            )?;
        }
        Ok(())
    }

    /// Takes what some pieces were really charged off the invoice; the last pieces take the remainder.
    fn credit_sale(&mut self, sale: &Sale, quantity: u32, why: &str) -> Outcome {
        let Some((invoice, line)) = self.club.invoice_of_sale(sale) else {
            return Err(missing("invoice of sale", sale.id));
        };
        let all = sale.returned.saturating_add(quantity);
        let gross = if all == sale.quantity {
            None
        } else {
            // The first pieces come to what they cost of all, rounded once.
            let first = |n: u32| line.gross.share(n.into(), sale.quantity.into());
            Some(first(all)?.checked_sub(first(sale.returned)?)?)
        };
        if gross.is_some_and(Money::is_zero) || line.gross.is_zero() {
            return Ok(());
        }
        let mut remaining = self.club.remaining(invoice).map_err(billing)?;
        let taken = remaining
            .take(&[Take { line: line.id, gross }])
            .map_err(billing)?;
        let number = self.club.numbers.last(invoice.location).credit_note + 1;
        let today = self.today(invoice.location)?;
        let id = self.draft.local();
        let note = CreditNote::of(id, invoice, number, today, why.to_owned(), taken).map_err(billing)?;
        self.draft
            .push(Event::Billing(BillingEvent::Credited(note.clone())));
        self.book_credit(&note)
    }

    /// Gives back what payments do not settle any more.
    fn return_freed(&mut self, why: &str, key: Option<&ProviderKey>) -> Outcome {
        let mut key = key;
        for (id, amount) in std::mem::take(&mut self.freed) {
            let mut payment = self.payment(id)?;
            payment.allocated = payment.allocated.checked_sub(amount)?;
            // What the payer's bank looks into stays credit until that is decided; what was credit is that again.
            if payment.state != PaymentState::Settled || payment.method == Method::Credit {
                continue;
            }
            let asked = matches!(payment.method, Method::Provider(_));
            let own = if asked { key.take() } else { None };
            if asked && own.is_none() {
                return Err(NoPayment::NoKey { payment: id }.into());
            }
            self.give_back(&mut payment, amount, why, (own, None))?;
        }
        Ok(())
    }
}

fn billing(why: crate::billing::Objection) -> Reasons {
    Reason::Billing { why }.into()
}
