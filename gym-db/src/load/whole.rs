//! Loading the whole club, for replay, what-ifs and tests.

use diesel::prelude::*;
use gym_core::club::Club;

use super::billing::last;
use crate::billing::gift_card::GiftCardRow;
use crate::billing::ledger::{self, DeferralRow};
use crate::billing::payment::{
    AllocationRow, DetailsRow, PaymentPolicyRow, PaymentRow, RefundRow, ReminderRow,
};
use crate::billing::{
    BillingPolicyRow, CertificateRow, ChargeRow, DiscountRow, RedemptionRow, TaxTableRow, credit_note,
    invoice,
};
use crate::booking::{BanRow, HoldRow, PenaltyRow, PolicyRow, RegistrationRow, WaitlistRow};
use crate::check_in::{GuestVisitRow, SignatureRow, VisitRow, WaiverRow};
use crate::connection::AnyConnection;
use crate::entitlement::{self, UseRow};
use crate::equipment::{EquipmentRow, MaintenanceRow, UnitRow};
use crate::error::StoreError;
use crate::location::{self, ClosureRow, RoomRow};
use crate::member::{AccessRow, MemberRow};
use crate::membership::plan::{JurisdictionRow, PlanRow, TypeRow};
use crate::membership::{EditRow, LinkRow, MembershipRow, NoticeRow, SubscriptionRow, TermRow};
use crate::payroll::{PayLineRow, PayRuleRow, PayRunRow};
use crate::row::id;
use crate::schedule::claim::ClaimRow;
use crate::schedule::class::{ClassRow, SeriesRow};
use crate::schedule::session::SessionRow;
use crate::schema::*;
use crate::shop::{self, SaleRow, StockRow};
use crate::trainer::{self, AssignmentRow};
use crate::user::{GrantRow, UserRow};

/// Loads every row of a table into one of the club's.
macro_rules! all {
    ($c:ident, $club:ident, $($table:ident: $row:ty => $into:ident),* $(,)?) => {$(
        for row in $table::table.order($table::id).select(<$row>::as_select()).load::<$row>($c)? {
            $club.$into.insert(row.try_into()?);
        }
    )*};
}

/// Loads the invoices and credit notes, and the last numbers of each location.
fn bills(c: &mut AnyConnection, club: &mut Club) -> Result<(), StoreError> {
    invoice::all(c)?
        .into_iter()
        .for_each(|invoice| club.keep_invoice(invoice));
    credit_note::load(c, None)?
        .into_iter()
        .for_each(|note| club.credit_notes.insert(note));
    let numbers = document_numbers::table.order(document_numbers::location_id);
    for (location, invoice, note) in numbers.load::<(i64, i64, i64)>(c)? {
        club.numbers.set(id(location), last(invoice, note)?);
    }
    Ok(())
}

/// Loads the payments, the ledger, the shop and the payroll.
fn money(c: &mut AnyConnection, club: &mut Club) -> Result<(), StoreError> {
    all! { c, club,
        payment_policies: PaymentPolicyRow => payment_policies,
        gift_cards: GiftCardRow => gift_cards,
        payments: PaymentRow => payments,
        reminders: ReminderRow => reminders,
        payment_details: DetailsRow => details,
        deferrals: DeferralRow => deferrals,
        sales: SaleRow => sales,
        stock_moves: StockRow => stock,
        pay_rules: PayRuleRow => pay_rules,
        pay_runs: PayRunRow => pay_runs,
        pay_lines: PayLineRow => pay_lines,
    }
    let currency = |club: &Club, payment| {
        let amount = club.payments.get(id(payment)).map(|it| it.amount);
        amount.map_or(String::new(), |amount| amount.currency().code().to_owned())
    };
    let parts = allocations::table
        .order(allocations::id)
        .select(AllocationRow::as_select());
    for row in parts.load::<AllocationRow>(c)? {
        let currency = currency(club, row.payment_id);
        club.allocations.insert(row.value(&currency)?);
    }
    let back = refunds::table.order(refunds::id).select(RefundRow::as_select());
    for row in back.load::<RefundRow>(c)? {
        let currency = currency(club, row.payment_id);
        club.refunds.insert(row.value(&currency)?);
    }
    ledger::load(c, None)?
        .into_iter()
        .for_each(|entry| club.entries.insert(entry));
    shop::load(c, None)?
        .into_iter()
        .for_each(|product| club.products.insert(product));
    Ok(())
}

/// Loads the whole club.
pub(crate) fn club(c: &mut AnyConnection) -> Result<Club, StoreError> {
    let mut club = Club::default();
    location::load(c, None)?
        .into_iter()
        .for_each(|row| club.locations.insert(row));
    trainer::load(c, None)?
        .into_iter()
        .for_each(|row| club.trainers.insert(row));
    all! { c, club,
        users: UserRow => users,
        role_grants: GrantRow => grants,
        rooms: RoomRow => rooms,
        equipment: EquipmentRow => equipment,
        equipment_units: UnitRow => units,
        maintenance_logs: MaintenanceRow => maintenance,
        closures: ClosureRow => closures,
        members: MemberRow => members,
        member_location_access: AccessRow => access,
        trainer_members: AssignmentRow => assignments,
        policies: PolicyRow => policies,
        class_series: SeriesRow => series,
        classes: ClassRow => classes,
        sessions: SessionRow => sessions,
        class_registrations: RegistrationRow => registrations,
        class_waitlist: WaitlistRow => waitlist,
        holds: HoldRow => holds,
        penalties: PenaltyRow => penalties,
        bans: BanRow => bans,
        jurisdictions: JurisdictionRow => jurisdictions,
        membership_types: TypeRow => membership_types,
        plan_versions: PlanRow => plans,
        memberships: MembershipRow => memberships,
        membership_terms: TermRow => terms,
        subscriptions: SubscriptionRow => subscriptions,
        membership_links: LinkRow => links,
        membership_edits: EditRow => edits,
        membership_notices: NoticeRow => notices,
        lot_uses: UseRow => uses,
        waivers: WaiverRow => waivers,
        waiver_signatures: SignatureRow => signatures,
        visits: VisitRow => visits,
        guest_visits: GuestVisitRow => guest_visits,
        tax_tables: TaxTableRow => tax_tables,
        certificates: CertificateRow => certificates,
        discounts: DiscountRow => discounts,
        discount_redemptions: RedemptionRow => redemptions,
        billing_policies: BillingPolicyRow => billing_policies,
        charges: ChargeRow => charges,
    }
    entitlement::load(c)?
        .into_iter()
        .for_each(|row| club.lots.insert(row));
    bills(c, &mut club)?;
    money(c, &mut club)?;
    let live = claims::table
        .filter(claims::state.eq("live"))
        .select(ClaimRow::as_select());
    for row in live.load::<ClaimRow>(c)? {
        club.claims.insert(row.try_into()?);
    }
    Ok(club)
}
