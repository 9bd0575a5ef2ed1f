//! Loading what commands about billing are decided on.
//!
//! The locks are taken in the order of all commands: payers, invoices, then the numbers of the location.

mod detail;
mod rates;
mod run;

use std::collections::BTreeSet;

use diesel::dsl::max;
use diesel::prelude::*;
use gym_core::billing::BillingCommand;
use gym_core::billing::charge::Charge;
use gym_core::billing::invoice::Last;
use gym_core::billing::obligation::{Charged, Key as Owed};
use gym_core::booking::{Consequence, Penalty};
use gym_core::id::{InvoiceId, LocationId, MemberId, SubscriptionId};

use super::Load;
use super::lock::Table;
use crate::billing::{
    BillingPolicyRow, CertificateRow, ChargeRow, DiscountRow, RedemptionRow, credit_note, invoice,
};
use crate::booking::{PenaltyRow, RegistrationRow};
use crate::error::StoreError;
use crate::member::MemberRow;
use crate::row::{bad, id};
use crate::schedule::session::SessionRow;
use crate::schema::*;
use crate::shop::SaleRow;

/// How many values one statement asks for.
pub(super) const SOME: usize = 500;

diesel::alias!(billing_policies as newest: NewestBilling);

impl Load<'_> {
    pub(super) fn bill(&mut self, command: &BillingCommand) -> Result<(), StoreError> {
        match command {
            BillingCommand::SetTaxRates { location, from, .. } => self.rates_in_use(*location, *from),
            BillingCommand::AcceptCertificate { member, .. } => self.payer(*member),
            BillingCommand::SetDiscount { location, terms } => {
                self.maybe_location(*location)?;
                terms
                    .scope
                    .members
                    .iter()
                    .try_for_each(|member| self.payer(*member))?;
                self.discount_with(terms.code.as_deref())
            }
            BillingCommand::EndDiscount { discount, .. } => {
                let rows = discounts::table
                    .find(discount.get())
                    .select(DiscountRow::as_select());
                let rows = rows.load(self.connection)?;
                self.discounts_of(rows)?;
                let place = self.club.discounts.get(*discount).and_then(|it| it.location);
                self.maybe_location(place)
            }
            BillingCommand::RedeemCode { member, code } => {
                self.payer(*member)?;
                self.discount_with(Some(code))
            }
            BillingCommand::SetBillingPolicy { location, .. } => self.maybe_location(*location),
            BillingCommand::Charge {
                location,
                payer,
                obligation,
            } => {
                self.lock_members([payer])?;
                self.numbers(*location)?;
                self.payer(*payer)?;
                self.location(*location)?;
                self.rates(*location)?;
                self.charged([obligation.charged], false)?;
                self.invoiced([obligation.key])?;
                let known = charges::table.filter(charges::obligation_key.eq(obligation.key.to_string()));
                let rows = known.select(ChargeRow::as_select()).load(self.connection)?;
                self.charges(rows)
            }
            BillingCommand::CancelCharge { charge, .. } => {
                let row = || charges::table.find(charge.get()).select(ChargeRow::as_select());
                let Some(found) = row().first::<ChargeRow>(self.connection).optional()? else {
                    return Ok(());
                };
                let found: Charge = found.try_into()?;
                self.lock_members([&found.payer])?;
                self.numbers(found.location)?;
                self.location(found.location)?;
                // Read again: it may have been cancelled before the lock was there.
                let rows = row().load(self.connection)?;
                self.charges(rows)?;
                self.invoiced([found.obligation.key])
            }
            BillingCommand::DraftInvoice {
                location,
                payer,
                owed,
                answers,
                ..
            } => {
                self.lock_members([payer])?;
                self.payer(*payer)?;
                self.location(*location)?;
                self.invoiced(owed.iter().map(|it| it.key))?;
                let payers = BTreeSet::from([*payer]);
                self.terms(*location, &payers)?;
                self.told(&payers, &command.wants())?;
                let asks = !answers.is_empty() || !self.club.billing_policy(*location).rules.is_empty();
                self.charged(owed.iter().map(|it| it.charged), asks)
            }
            BillingCommand::RunInvoices {
                location,
                through,
                after,
                most,
                answers,
            } => {
                let asks = (!answers.is_empty()).then(|| command.wants());
                self.run_invoices(*location, *through, *after, *most, asks)
            }
            BillingCommand::CancelDraft { invoice }
            | BillingCommand::OpenInvoice { invoice, .. }
            | BillingCommand::VoidInvoice { invoice, .. }
            | BillingCommand::WriteOff { invoice, .. }
            | BillingCommand::IssueCreditNote { invoice, .. } => {
                self.invoice(*invoice)?;
                self.settling(*invoice)?;
                self.payments_of(*invoice)?;
                self.goods(*invoice)
            }
            _ => Ok(()),
        }
    }

    /// Loads an invoice with its credit notes under the locks of its payer and of its location's numbers.
    pub(crate) fn invoice(&mut self, invoice: InvoiceId) -> Result<(), StoreError> {
        let row = invoices::table
            .find(invoice.get())
            .select((invoices::payer_id, invoices::location_id));
        let Some((payer, location)) = row.first::<(i64, i64)>(self.connection).optional()? else {
            return Ok(());
        };
        self.lock([(Table::Member, payer)])?;
        self.lock([(Table::Invoice, invoice.get())])?;
        self.numbers(id(location))?;
        self.location(id(location))?;
        for found in invoice::by_id(self.connection, &[invoice.get()])? {
            self.club.keep_invoice(found);
        }
        for note in credit_note::load(self.connection, Some(invoice.get()))? {
            self.club.credit_notes.insert(note);
        }
        self.terms(id(location), &BTreeSet::from([id(payer)]))
    }

    /// Loads the invoices and credit notes of some subscriptions, whoever pays.
    pub(super) fn subscribed(&mut self, subscriptions: &BTreeSet<SubscriptionId>) -> Result<(), StoreError> {
        let subscriptions: Vec<i64> = subscriptions.iter().map(|it| it.get()).collect();
        let mut bills = BTreeSet::new();
        for some in subscriptions.chunks(SOME) {
            let lines = invoice_lines::table.filter(invoice_lines::subscription_id.eq_any(some));
            let found = lines.filter(invoice_lines::live.eq(true));
            bills.extend(
                found
                    .select(invoice_lines::invoice_id)
                    .load::<i64>(self.connection)?,
            );
        }
        self.invoices(&bills)
    }

    /// Loads invoices with their credit notes.
    pub(super) fn invoices(&mut self, bills: &BTreeSet<i64>) -> Result<(), StoreError> {
        let bills: Vec<i64> = bills.iter().copied().collect();
        for some in bills.chunks(SOME) {
            for found in invoice::by_id(self.connection, some)? {
                if !found.credited.is_zero() {
                    for note in credit_note::load(self.connection, Some(found.id.get()))? {
                        self.club.credit_notes.insert(note);
                    }
                }
                self.club.keep_invoice(found);
            }
        }
        Ok(())
    }

    pub(super) fn charges(&mut self, rows: Vec<ChargeRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.charges.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Locks and loads the last numbers of a location.
    pub(super) fn numbers(&mut self, location: LocationId) -> Result<(), StoreError> {
        self.lock([(Table::Numbers, location.get())])?;
        let row = document_numbers::table.find(location.get());
        let row = row.select((document_numbers::last_invoice, document_numbers::last_credit_note));
        let Some((invoice, note)) = row.first::<(i64, i64)>(self.connection).optional()? else {
            return Ok(());
        };
        self.club.numbers.set(location, last(invoice, note)?);
        Ok(())
    }

    /// Loads the terms on which a location charges some payers.
    pub(super) fn terms(
        &mut self,
        location: LocationId,
        payers: &BTreeSet<MemberId>,
    ) -> Result<(), StoreError> {
        self.rates(location)?;
        let here = discounts::location_id
            .eq(location.get())
            .or(discounts::location_id.is_null());
        let rows = discounts::table.filter(here).select(DiscountRow::as_select());
        let rows: Vec<DiscountRow> = rows.load(self.connection)?;
        self.discounts_of(rows)?;
        let place = newest.field(billing_policies::location_id);
        let last = max(newest.field(billing_policies::id));
        let general = newest.filter(place.is_null()).select(last);
        let own = newest.filter(place.eq(location.get())).select(last);
        let id = billing_policies::id.nullable();
        let here = id.eq(general.single_value()).or(id.eq(own.single_value()));
        let rows = billing_policies::table
            .filter(here)
            .select(BillingPolicyRow::as_select());
        for row in rows.load::<BillingPolicyRow>(self.connection)? {
            self.club.billing_policies.insert(row.try_into()?);
        }
        let payers = raw(payers);
        for some in payers.chunks(SOME) {
            let rows = certificates::table.filter(certificates::member_id.eq_any(some));
            for row in rows
                .select(CertificateRow::as_select())
                .load::<CertificateRow>(self.connection)?
            {
                self.club.certificates.insert(row.try_into()?);
            }
            let rows = discount_redemptions::table.filter(discount_redemptions::member_id.eq_any(some));
            for row in rows
                .select(RedemptionRow::as_select())
                .load::<RedemptionRow>(self.connection)?
            {
                self.club.redemptions.insert(row.into());
            }
        }
        // Discounts are counted by invoices whose prices were adjusted.
        let found = invoice::adjusted(self.connection, &payers)?;
        for invoice in invoice::by_id(self.connection, &found)? {
            self.club.keep_invoice(invoice);
        }
        Ok(())
    }

    fn discounts_of(&mut self, rows: Vec<DiscountRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.discounts.insert(row.try_into()?);
        }
        Ok(())
    }

    fn discount_with(&mut self, code: Option<&str>) -> Result<(), StoreError> {
        let Some(code) = code else { return Ok(()) };
        let rows = discounts::table
            .filter(discounts::code.eq(code))
            .select(DiscountRow::as_select());
        let rows = rows.load(self.connection)?;
        self.discounts_of(rows)
    }

    /// Loads which of some keys are on an invoice.
    pub(super) fn invoiced(&mut self, keys: impl IntoIterator<Item = Owed>) -> Result<(), StoreError> {
        let keys: Vec<(String, Owed)> = keys.into_iter().map(|key| (key.to_string(), key)).collect();
        let texts: Vec<String> = keys.iter().map(|(text, _)| text.clone()).collect();
        let found = invoice::live(self.connection, &texts)?;
        let found: std::collections::BTreeMap<String, i64> = found.into_iter().collect();
        for (text, key) in keys {
            if let Some(invoice) = found.get(&text) {
                self.club.invoiced.note(key, id(*invoice));
            }
        }
        Ok(())
    }

    /// Loads the pieces and the passes that an invoice charges, with what the owners of the passes have.
    fn goods(&mut self, invoice: InvoiceId) -> Result<(), StoreError> {
        let lines = self
            .club
            .invoices
            .get(invoice)
            .into_iter()
            .flat_map(|it| &it.lines);
        let all: Vec<Charged> = lines.map(|line| line.obligation.charged).collect();
        for charged in all {
            match charged {
                Charged::Sale(_) => self.charged([charged], false)?,
                Charged::Lot(lot) => self.withdrawing(lot)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Loads the invoices that charge some of the fees that are loaded, as who forgives a fee takes it off its invoice.
    pub(super) fn fees(&mut self, which: impl Fn(&Penalty) -> bool) -> Result<(), StoreError> {
        let counts = |it: &&Penalty| it.waiver.is_none() && matches!(it.consequence, Consequence::Fee(_));
        let fees = self.club.penalties.iter().filter(counts).filter(|it| which(it));
        let keys: Vec<Owed> = fees.map(|it| Owed::Once(Charged::Penalty(it.id))).collect();
        if keys.is_empty() {
            return Ok(());
        }
        self.invoiced(keys.iter().copied())?;
        let bills: BTreeSet<InvoiceId> = keys.iter().filter_map(|key| self.club.invoiced.on(key)).collect();
        for bill in bills {
            self.invoice(bill)?;
            self.settling(bill)?;
        }
        Ok(())
    }

    /// Loads a member with their home, without their diary.
    pub(super) fn payer(&mut self, member: MemberId) -> Result<(), StoreError> {
        let rows = members::table.find(member.get()).select(MemberRow::as_select());
        for row in rows.load::<MemberRow>(self.connection)? {
            let found: gym_core::member::Member = row.into();
            self.location(found.home)?;
            self.club.members.insert(found);
        }
        Ok(())
    }

    /// Loads the things that are charged, and with `fill` the classes that they are bookings of.
    pub(super) fn charged(
        &mut self,
        all: impl IntoIterator<Item = Charged>,
        fill: bool,
    ) -> Result<(), StoreError> {
        for charged in all {
            match charged {
                Charged::Session(session) => {
                    let rows = sessions::table
                        .find(session.get())
                        .select(SessionRow::as_select());
                    for row in rows.load::<SessionRow>(self.connection)? {
                        self.club.sessions.insert(row.try_into()?);
                    }
                }
                Charged::Registration(registration) => {
                    let rows = class_registrations::table.find(registration.get());
                    let rows = rows.select(RegistrationRow::as_select());
                    for row in rows.load::<RegistrationRow>(self.connection)? {
                        let class = id(row.class_id);
                        self.club.registrations.insert(row.try_into()?);
                        if fill && self.club.classes.get(class).is_none() {
                            self.class(class)?;
                        }
                    }
                }
                Charged::Lot(lot) => {
                    self.lot(lot)?;
                }
                Charged::Sale(sale) => {
                    let rows = sales::table.find(sale.get()).select(SaleRow::as_select());
                    for row in rows.load::<SaleRow>(self.connection)? {
                        self.club.sales.insert(row.try_into()?);
                    }
                }
                Charged::GiftCard(card) => self.card(card, None)?,
                Charged::Membership(of) => self.contract(of)?,
                Charged::Penalty(penalty) => {
                    let rows = penalties::table
                        .find(penalty.get())
                        .select(PenaltyRow::as_select());
                    for row in rows.load::<PenaltyRow>(self.connection)? {
                        self.club.penalties.insert(row.try_into()?);
                    }
                }
            }
        }
        Ok(())
    }
}

pub(super) fn raw(payers: &BTreeSet<MemberId>) -> Vec<i64> {
    payers.iter().map(|it| it.get()).collect()
}

/// Makes the columns of `document_numbers` the last numbers.
pub(crate) fn last(invoice: i64, credit_note: i64) -> Result<Last, StoreError> {
    let wide = |column: &str, number: i64| u64::try_from(number).map_err(|_| bad(column, number));
    Ok(Last {
        invoice: wide("document_numbers.last_invoice", invoice)?,
        credit_note: wide("document_numbers.last_credit_note", credit_note)?,
    })
}
