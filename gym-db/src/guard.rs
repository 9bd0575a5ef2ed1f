//! Guards: what the database itself refuses, whoever writes.
//!
//! ```
//! use gym_db::Guard;
//! assert_eq!(Guard::ClaimsNoOverlap.name(), "claims_no_overlap");
//! ```

/// A constraint or trigger that holds what must never be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Guard {
    /// Two live claims on one resource overlap.
    ClaimsNoOverlap,
    /// A claim ends before it starts, or its block is outside it.
    ClaimsPeriod,
    /// A claim's time is not written as `YYYY-MM-DD HH:MM:SS`, UTC.
    ClaimsTimes,
    /// A second charge for one thing.
    ChargesOnce,
    /// More live registrations than the class has seats, its room holds, or it has units of what it needs.
    ClassCapacity,
    /// The balance of a gift card below zero, or above what it was sold for.
    GiftCardBalance,
    /// A change to a line of the ledger.
    LedgerAppendOnly,
    /// A second entry of the ledger for one part of one cause.
    LedgerOnce,
    /// A second payment of a trainer for one piece of work.
    PaidTwice,
    /// A second payment of an invoice under way.
    PaymentInFlight,
    /// More of a payment settles invoices, or goes back, than was paid, or settles one before it is there.
    PaymentOverspent,
    /// Two payments under one key of a provider.
    ProviderKey,
    /// A change to a movement of stock.
    StockAppendOnly,
    /// A movement of stock that does not go on from the last.
    StockChain,
    /// Less stock than nothing.
    StockNotNegative,
    /// A second live registration of a member for a class.
    ClassRegistrationsLive,
    /// A change to a credit note.
    CreditNoteFrozen,
    /// More credited of a line than it charged.
    CreditNoteLimit,
    /// More tax credited of a line than it bore, by name and rate.
    CreditNoteTaxLimit,
    /// A credit note whose number is not the next.
    CreditNoteNumbers,
    /// A registration of no seats.
    ClassRegistrationsSeats,
    /// An idempotency key that is there already.
    IdempotencyKey,
    /// A change to an invoice that is open.
    InvoiceFrozen,
    /// A second live line for one obligation.
    InvoiceLinesLive,
    /// An invoice whose number is not the next.
    InvoiceNumbers,
    /// More settles an invoice than its total.
    InvoiceOverpaid,
    /// An invoice whose lines do not add up to it.
    InvoiceSums,
    /// A change to a journal row.
    JournalAppendOnly,
    /// More live uses of a lot than it granted.
    LotUsesGranted,
    /// A second membership that takes the place of one.
    MembershipFollows,
    /// Two primary trainers of a member, for one kind of care on one day.
    TrainerMembersPrimary,
    /// Two waitlist entries of a class with the same place in the order.
    WaitlistOrder,
}

/// The name on both databases, and the columns by which SQLite names a unique constraint.
const TABLE: [(Guard, &str, &str); 35] = [
    (Guard::ClaimsNoOverlap, "claims_no_overlap", ""),
    (Guard::ClaimsPeriod, "claims_period", ""),
    (Guard::ClaimsTimes, "claims_times", ""),
    (Guard::ChargesOnce, "charges_once", "charges.obligation_key"),
    (Guard::ClassCapacity, "class_capacity", ""),
    (Guard::CreditNoteFrozen, "credit_note_frozen", ""),
    (Guard::CreditNoteLimit, "credit_note_limit", ""),
    (Guard::CreditNoteTaxLimit, "credit_note_tax_limit", ""),
    (Guard::CreditNoteNumbers, "credit_note_numbers", ""),
    (Guard::InvoiceFrozen, "invoice_frozen", ""),
    (
        Guard::InvoiceLinesLive,
        "invoice_lines_live",
        "invoice_lines.obligation_key",
    ),
    (Guard::InvoiceNumbers, "invoice_numbers", ""),
    (Guard::InvoiceOverpaid, "invoice_overpaid", ""),
    (Guard::InvoiceSums, "invoice_sums", ""),
    (
        Guard::ClassRegistrationsLive,
        "class_registrations_live",
        "class_registrations.class_id, class_registrations.member_id",
    ),
    (Guard::GiftCardBalance, "gift_cards_balance", ""),
    (Guard::LedgerAppendOnly, "ledger_append_only", ""),
    (
        Guard::LedgerOnce,
        "ledger_entries_once",
        "ledger_entries.cause, ledger_entries.cause_id, ledger_entries.part",
    ),
    (
        Guard::PaidTwice,
        "pay_lines_class",
        "pay_lines.class_id, pay_lines.trainer_id",
    ),
    (
        Guard::PaidTwice,
        "pay_lines_session",
        "pay_lines.session_id, pay_lines.trainer_id",
    ),
    (
        Guard::PaymentInFlight,
        "payments_in_flight",
        "payments.invoice_id",
    ),
    (Guard::PaymentOverspent, "payment_overspent", ""),
    (Guard::PaymentOverspent, "payments_spent", ""),
    (
        Guard::ProviderKey,
        "payments_provider_key",
        "payments.provider_key",
    ),
    (Guard::ProviderKey, "refunds_provider_key", "refunds.provider_key"),
    (Guard::StockAppendOnly, "stock_append_only", ""),
    (Guard::StockChain, "stock_chain", ""),
    (Guard::StockNotNegative, "stock_not_negative", ""),
    (Guard::ClassRegistrationsSeats, "class_registrations_seats", ""),
    (
        Guard::IdempotencyKey,
        "idempotency_keys_pkey",
        "idempotency_keys.key",
    ),
    (Guard::JournalAppendOnly, "journal_append_only", ""),
    (Guard::LotUsesGranted, "lot_uses_granted", ""),
    (
        Guard::MembershipFollows,
        "memberships_follows",
        "memberships.follows_id",
    ),
    (Guard::TrainerMembersPrimary, "trainer_members_primary", ""),
    (
        Guard::WaitlistOrder,
        "waitlist_order",
        "class_waitlist.class_id, class_waitlist.entry_seq",
    ),
];

impl Guard {
    /// Returns the name of the constraint or trigger.
    pub fn name(self) -> &'static str {
        TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or("guard", |row| row.1)
    }

    /// Finds the guard that refused: PostgreSQL names the constraint; on SQLite the message is the name that a
    /// trigger raised, or ends in the name of the CHECK or the columns of the UNIQUE.
    pub(crate) fn of(constraint: Option<&str>, message: &str) -> Option<Self> {
        let (name, columns) = match constraint {
            Some(name) => (name, ""),
            None => match message.split_once(" constraint failed: ") {
                Some(("UNIQUE", columns)) => ("", columns),
                Some((_, name)) => (name, ""),
                None => (message, ""),
            },
        };
        let found = |row: &&(Self, &str, &str)| row.1 == name || (!columns.is_empty() && row.2 == columns);
        TABLE.iter().find(found).map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_of_no_seats_is_known_on_both_databases() {
        let name = "class_registrations_seats";
        let told = format!("CHECK constraint failed: {name}");
        for found in [Guard::of(Some(name), ""), Guard::of(None, &told)] {
            assert_eq!(found, Some(Guard::ClassRegistrationsSeats));
        }
    }
}
