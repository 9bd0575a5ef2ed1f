//! Loading what commands about payments and the ledger are decided on.
//!
//! All that a payment may touch belongs to its payer, whose row is the lock.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::billing::gift_card::Named;
use gym_core::billing::ledger::{Cause, LedgerCommand};
use gym_core::billing::obligation::Charged;
use gym_core::billing::payment::{PaymentCommand, PaymentState, Way};
use gym_core::id::{GiftCardId, InvoiceId, LocationId, MemberId, PaymentId};

use super::Load;
use super::lock::Table;
use crate::billing::gift_card::GiftCardRow;
use crate::billing::invoice;
use crate::billing::ledger::{self, DeferralRow};
use crate::billing::payment::{
    AllocationRow, DetailsRow, PaymentPolicyRow, PaymentRow, RefundRow, ReminderRow,
};
use crate::error::StoreError;
use crate::row::id;
use crate::schema::*;

impl Load<'_> {
    pub(super) fn pay(&mut self, command: &PaymentCommand) -> Result<(), StoreError> {
        match command {
            PaymentCommand::Take {
                payer,
                location,
                invoice,
                ..
            } => {
                self.lock_members([payer])?;
                self.location(*location)?;
                self.payer(*payer)?;
                invoice.map_or(Ok(()), |invoice| self.bill_to_pay(invoice))
            }
            PaymentCommand::Charge { invoice, .. } => {
                self.bill_to_pay(*invoice)?;
                let payer = self.club.invoices.get(*invoice).map(|it| it.payer);
                payer.map_or(Ok(()), |payer| {
                    self.details(&[payer.get()])?;
                    self.declined_for_good(payer)
                })?;
                self.payments_of(*invoice)
            }
            PaymentCommand::Submit { payment } | PaymentCommand::Report { payment, .. } => {
                self.payment(*payment)
            }
            PaymentCommand::Allocate { payment, invoice, .. } => {
                self.payment(*payment)?;
                self.bill_to_pay(*invoice)
            }
            PaymentCommand::Refund { payment, .. } => self.payment(*payment),
            PaymentCommand::ReportRefund { refund, .. } => {
                let of = refunds::table.find(refund.get()).select(refunds::payment_id);
                let of: Option<i64> = of.first(self.connection).optional()?;
                of.map_or(Ok(()), |payment| self.payment(id(payment)))
            }
            PaymentCommand::KeepCredit { invoice } => self.bill_to_pay(*invoice),
            PaymentCommand::PayOut { credit, way, .. } => {
                self.payment(*credit)?;
                match way {
                    Way::Back { payment, .. } => self.payment(*payment),
                    Way::Hand(_) => Ok(()),
                }
            }
            PaymentCommand::ChangeDetails { payer, .. } => {
                self.lock_members([payer])?;
                self.payer(*payer)
            }
            PaymentCommand::SellGiftCard {
                buyer,
                location,
                code,
                ..
            } => {
                self.location(*location)?;
                self.buyer(*buyer, *location)?;
                self.payment_policies(*location)?;
                let same = gift_cards::table.filter(gift_cards::code.eq(code.as_str()));
                {
                    let rows = same.select(GiftCardRow::as_select()).load(self.connection)?;
                    self.cards(rows)
                }
            }
            PaymentCommand::RedeemGiftCard { card, invoice, .. } => {
                let payer = invoices::table.find(invoice.get()).select(invoices::payer_id);
                let payer: Option<i64> = payer.first(self.connection).optional()?;
                match card {
                    Named::Id(card) => self.card(*card, payer)?,
                    Named::Code(code) => {
                        let card = gift_cards::table.filter(gift_cards::code.eq(code.as_str()));
                        let card = card.select(gift_cards::id).first(self.connection).optional()?;
                        card.map_or(Ok(()), |card: i64| self.card(id(card), payer))?;
                    }
                }
                self.bill_to_pay(*invoice)
            }
            PaymentCommand::ExpireGiftCard { card } => {
                self.card(*card, None)?;
                let place = self.club.gift_cards.get(*card).map(|it| it.location);
                place.map_or(Ok(()), |place| self.payment_policies(place))
            }
            PaymentCommand::Dun { invoice } => {
                self.bill_to_pay(*invoice)?;
                self.payments_of(*invoice)?;
                let rows = reminders::table.filter(reminders::invoice_id.eq(invoice.get()));
                for row in rows
                    .select(ReminderRow::as_select())
                    .load::<ReminderRow>(self.connection)?
                {
                    self.club.reminders.insert(row.try_into()?);
                }
                let bill = self.club.invoices.get(*invoice).map(|it| (it.payer, it.location));
                let Some((payer, place)) = bill else { return Ok(()) };
                self.details(&[payer.get()])?;
                self.payment_policies(place)
            }
            PaymentCommand::SetPolicy { location, .. } => self.maybe_location(*location),
            _ => Ok(()),
        }
    }

    /// Loads an invoice under the locks of its payer and its own, with its place, without its credit notes.
    pub(super) fn bill_to_pay(&mut self, bill: InvoiceId) -> Result<(), StoreError> {
        let row = invoices::table
            .find(bill.get())
            .select((invoices::payer_id, invoices::location_id));
        let Some((payer, location)) = row.first::<(i64, i64)>(self.connection).optional()? else {
            return Ok(());
        };
        self.lock([(Table::Member, payer), (Table::Invoice, bill.get())])?;
        self.location(id(location))?;
        self.payer(id(payer))?;
        self.bills(&[bill.get()])
    }

    fn bills(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        for found in invoice::by_id(self.connection, ids)? {
            self.club.keep_invoice(found);
        }
        Ok(())
    }

    /// Loads a payment with what it settles, what went back, and the card that paid, under the locks of who owns them.
    pub(super) fn payment(&mut self, payment: PaymentId) -> Result<(), StoreError> {
        let row = payments::table.find(payment.get()).left_join(gift_cards::table);
        let row = row.select((
            payments::payer_id,
            payments::location_id,
            gift_cards::buyer_id.nullable(),
        ));
        let found: Option<(i64, i64, Option<i64>)> = row.first(self.connection).optional()?;
        let Some((payer, location, buyer)) = found else {
            return Ok(());
        };
        let owners = [Some(payer), buyer].into_iter().flatten();
        self.lock(owners.map(|member| (Table::Member, member)))?;
        self.location(id(location))?;
        self.payer(id(payer))?;
        let row: PaymentRow = payments::table
            .find(payment.get())
            .select(PaymentRow::as_select())
            .first(self.connection)?;
        let mut bills: BTreeSet<i64> = row.invoice_id.into_iter().collect();
        self.payments(vec![row])?;
        let parts = allocations::table.filter(allocations::payment_id.eq(payment.get()));
        let parts: Vec<AllocationRow> = parts.select(AllocationRow::as_select()).load(self.connection)?;
        bills.extend(parts.iter().map(|part| part.invoice_id));
        self.allocations(parts)?;
        self.lock(bills.iter().map(|bill| (Table::Invoice, *bill)))?;
        self.bills(&bills.into_iter().collect::<Vec<_>>())?;
        let rows = refunds::table.filter(refunds::payment_id.eq(payment.get()));
        let rows: Vec<RefundRow> = rows.select(RefundRow::as_select()).load(self.connection)?;
        let currency = self.currency_of(payment);
        for row in rows {
            self.club.refunds.insert(row.value(&currency)?);
        }
        let card = self.club.payments.get(payment).and_then(|it| match it.method {
            gym_core::billing::payment::Method::GiftCard(card) => Some(card),
            _ => None,
        });
        card.map_or(Ok(()), |card| self.card(card, None))
    }

    fn currency_of(&self, payment: PaymentId) -> String {
        let amount = self.club.payments.get(payment).map(|it| it.amount);
        amount.map_or(String::new(), |amount| amount.currency().code().to_owned())
    }

    fn payments(&mut self, rows: Vec<PaymentRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.payments.insert(row.try_into()?);
        }
        Ok(())
    }

    fn allocations(&mut self, rows: Vec<AllocationRow>) -> Result<(), StoreError> {
        for row in rows {
            let currency = self.currency_of(id(row.payment_id));
            self.club.allocations.insert(row.value(&currency)?);
        }
        Ok(())
    }

    /// Loads some invoices of a location as dunning sees them.
    pub(crate) fn dunning(&mut self, location: LocationId, bills: &[i64]) -> Result<(), StoreError> {
        self.location(location)?;
        self.payment_policies(location)?;
        self.bills(bills)?;
        let rows = payments::table.filter(payments::invoice_id.eq_any(bills));
        let rows = rows.select(PaymentRow::as_select()).load(self.connection)?;
        self.payments(rows)?;
        let rows = reminders::table.filter(reminders::invoice_id.eq_any(bills));
        for row in rows
            .select(ReminderRow::as_select())
            .load::<ReminderRow>(self.connection)?
        {
            self.club.reminders.insert(row.try_into()?);
        }
        let payers: BTreeSet<i64> = self.club.invoices.iter().map(|it| it.payer.get()).collect();
        self.details(&payers.into_iter().collect::<Vec<_>>())
    }

    pub(super) fn payments_of(&mut self, bill: InvoiceId) -> Result<(), StoreError> {
        let rows = payments::table.filter(payments::invoice_id.eq(bill.get()));
        let rows = rows.select(PaymentRow::as_select()).load(self.connection)?;
        self.payments(rows)
    }

    /// Loads when some payers gave other details to charge.
    pub(crate) fn details(&mut self, payers: &[i64]) -> Result<(), StoreError> {
        let rows = payment_details::table.filter(payment_details::payer_id.eq_any(payers));
        for row in rows
            .select(DetailsRow::as_select())
            .load::<DetailsRow>(self.connection)?
        {
            self.club.details.insert(row.into());
        }
        Ok(())
    }

    fn declined_for_good(&mut self, payer: MemberId) -> Result<(), StoreError> {
        let hard = PaymentState::Failed(gym_core::billing::payment::Decline::Hard).as_str();
        let rows = payments::table
            .filter(payments::payer_id.eq(payer.get()))
            .filter(payments::state.eq(hard));
        let rows = rows.select(PaymentRow::as_select()).load(self.connection)?;
        self.payments(rows)
    }

    /// Loads what settles an invoice, with the payments, under the lock of their payer, and what of it is deferred.
    pub(super) fn settling(&mut self, bill: InvoiceId) -> Result<(), StoreError> {
        let parts = allocations::table.filter(allocations::invoice_id.eq(bill.get()));
        let parts: Vec<AllocationRow> = parts.select(AllocationRow::as_select()).load(self.connection)?;
        let of: BTreeSet<i64> = parts.iter().map(|part| part.payment_id).collect();
        for payment in of {
            let row = payments::table.find(payment).select(PaymentRow::as_select());
            let row: PaymentRow = row.first(self.connection)?;
            self.payments(vec![row])?;
            let card = self
                .club
                .payments
                .get(id(payment))
                .and_then(|it| match it.method {
                    gym_core::billing::payment::Method::GiftCard(card) => Some(card),
                    _ => None,
                });
            card.map_or(Ok(()), |card| self.card(card, None))?;
        }
        self.allocations(parts)?;
        let rows = deferrals::table.filter(deferrals::invoice_id.eq(bill.get()));
        let rows = rows.select(DeferralRow::as_select()).load(self.connection)?;
        self.deferrals(rows)?;
        let lines = self
            .club
            .invoices
            .get(bill)
            .map(|it| it.lines.clone())
            .unwrap_or_default();
        for line in lines {
            if let Charged::GiftCard(card) = line.obligation.charged {
                self.card(card, None)?;
            }
        }
        for entry in ledger::load(self.connection, Some(Cause::WriteOff(bill)))? {
            self.club.entries.insert(entry);
        }
        Ok(())
    }

    fn cards(&mut self, rows: Vec<GiftCardRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.gift_cards.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Loads a card under the lock of who bought it, and of another member.
    pub(super) fn card(&mut self, card: GiftCardId, member: Option<i64>) -> Result<(), StoreError> {
        let row = gift_cards::table.find(card.get());
        let buyer: Option<i64> = row
            .select(gift_cards::buyer_id)
            .first(self.connection)
            .optional()?;
        let owners = [buyer, member].into_iter().flatten();
        self.lock(owners.map(|member| (Table::Member, member)))?;
        let rows = row.select(GiftCardRow::as_select()).load(self.connection)?;
        self.cards(rows)?;
        let place = self.club.gift_cards.get(card).map(|it| it.location);
        place.map_or(Ok(()), |place| self.location(place))
    }

    pub(super) fn payment_policies(&mut self, location: LocationId) -> Result<(), StoreError> {
        let own = payment_policies::table.filter(payment_policies::location_id.eq(location.get()));
        let all = payment_policies::table.filter(payment_policies::location_id.is_null());
        let mut rows: Vec<PaymentPolicyRow> =
            own.select(PaymentPolicyRow::as_select()).load(self.connection)?;
        rows.extend(
            all.select(PaymentPolicyRow::as_select())
                .load::<PaymentPolicyRow>(self.connection)?,
        );
        for row in rows {
            self.club.payment_policies.insert(row.try_into()?);
        }
        Ok(())
    }

    pub(super) fn book(&mut self, command: &LedgerCommand) -> Result<(), StoreError> {
        match command {
            LedgerCommand::Recognise { location, .. } => {
                self.numbers(*location)?;
                self.location(*location)?;
                let rows = deferrals::table
                    .filter(deferrals::location_id.eq(location.get()))
                    .filter(deferrals::days_until.is_not_null())
                    .filter(
                        deferrals::earned_until
                            .is_null()
                            .or(deferrals::earned_until.lt(deferrals::days_until)),
                    );
                let rows = rows.select(DeferralRow::as_select()).load(self.connection)?;
                self.deferrals(rows)
            }
            LedgerCommand::RecogniseLot { lot } => self.lots_that_earn(&[lot.get()], true),
            _ => Ok(()),
        }
    }

    pub(super) fn deferrals(&mut self, rows: Vec<DeferralRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.deferrals.insert(row.try_into()?);
        }
        Ok(())
    }
}
