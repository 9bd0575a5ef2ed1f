//! Billing: what is owed, invoiced, paid and credited.
//!
//! An [obligation](obligation::Obligation) is quoted, a [quote](quote::Quote) becomes an
//! [invoice](invoice::Invoice), and a [run](run::run) makes those of a day. What is wrong with an invoice is put
//! right by a [credit note](credit_note::CreditNote).
//!
//! ```
//! use gym_core::billing::BillingCommand;
//! use gym_core::command::Command;
//!
//! let command = Command::Billing(BillingCommand::OpenInvoice { invoice: "7".parse()?, plan: None });
//! assert_eq!(serde_json::to_string(&command)?, r#"{"billing":{"open_invoice":{"invoice":7,"plan":null}}}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod certificate;
pub mod charge;
pub mod credit_note;
pub mod discount;
pub mod dunning;
pub mod gift_card;
pub mod instalment;
pub mod invoice;
pub mod ledger;
mod objection;
pub mod obligation;
pub mod payment;
pub mod policy;
pub mod pricing;
pub mod proration;
pub mod provider;
pub mod quote;
pub mod run;
pub mod subscription;
pub mod tax;

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use self::certificate::{Certificate, Shows};
use self::charge::Charge;
use self::credit_note::{CreditNote, Take};
use self::discount::{Discount, DiscountTerms, Redemption};
use self::instalment::Plan;
use self::invoice::{Invoice, InvoiceState};
pub use self::objection::Objection;
use self::obligation::Obligation;
use self::policy::{BillingPolicy, BillingPolicyVersion};
use self::pricing::{Answers, Detail};
use self::run::Parked;
use self::tax::{TaxTable, TaxTerms};
use crate::command::Command;
use crate::event::{Ids, New, Resolve, resolve};
use crate::id::{ChargeId, DiscountId, InvoiceId, LocationId, MemberId};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BillingCommand {
    /// Sets the tax rates of a location from a day of supply on.
    SetTaxRates {
        /// Where.
        location: LocationId,
        /// The first day.
        from: NaiveDate,
        /// The rates.
        terms: TaxTerms,
    },
    /// Keeps what a member has shown: an exemption from tax, a student's card.
    AcceptCertificate {
        /// Who.
        member: MemberId,
        /// What for.
        shows: Shows,
        /// What it says, such as its number.
        reference: String,
        /// The first day.
        from: NaiveDate,
        /// The last day; for good if none.
        until: Option<NaiveDate>,
    },
    /// Adds a discount.
    SetDiscount {
        /// Where; everywhere if none.
        location: Option<LocationId>,
        /// The terms.
        terms: DiscountTerms,
    },
    /// Ends a discount.
    EndDiscount {
        /// Which.
        discount: DiscountId,
        /// The last day.
        until: NaiveDate,
    },
    /// Keeps that a member has given the code of a discount.
    RedeemCode {
        /// Who.
        member: MemberId,
        /// The code.
        code: String,
    },
    /// Sets how a location bills.
    SetBillingPolicy {
        /// Where; for all locations that have none of their own if none.
        location: Option<LocationId>,
        /// The rules.
        policy: BillingPolicy,
    },
    /// Puts something on the next invoice of a payer.
    Charge {
        /// Where it is supplied.
        location: LocationId,
        /// Who pays.
        payer: MemberId,
        /// What is owed.
        obligation: Obligation,
    },
    /// Takes back what was put on the next invoice, before it is on one.
    CancelCharge {
        /// Which.
        charge: ChargeId,
        /// Why.
        why: String,
    },
    /// Drafts an invoice by hand.
    DraftInvoice {
        /// Where it is supplied.
        location: LocationId,
        /// Who pays.
        payer: MemberId,
        /// What is charged.
        owed: Vec<Obligation>,
        /// Codes of discounts.
        codes: Vec<String>,
        /// What pricings outside have answered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answers: Vec<Answers>,
    },
    /// Cancels a draft; what it charged may be charged again.
    CancelDraft {
        /// Which.
        invoice: InvoiceId,
    },
    /// Opens a draft: freezes it and gives it a number.
    OpenInvoice {
        /// Which.
        invoice: InvoiceId,
        /// How it is paid in parts.
        plan: Option<Plan>,
    },
    /// Makes the invoices of the next payers for what is due through a day.
    RunInvoices {
        /// Where.
        location: LocationId,
        /// The last due day.
        through: NaiveDate,
        /// After which payer; from the first if none.
        after: Option<MemberId>,
        /// For how many payers at most, 1 to 10000.
        most: u32,
        /// What pricings outside have answered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answers: Vec<Answers>,
    },
    /// Takes a whole invoice back of which nothing is paid; what it charged may be charged again.
    VoidInvoice {
        /// Which.
        invoice: InvoiceId,
        /// Why.
        why: String,
    },
    /// Gives up what is outstanding.
    WriteOff {
        /// Which invoice.
        invoice: InvoiceId,
        /// Why.
        why: String,
    },
    /// Takes back what lines of an invoice charged.
    IssueCreditNote {
        /// Which invoice.
        invoice: InvoiceId,
        /// What of it; all that remains if nothing is said.
        takes: Vec<Take>,
        /// Why.
        why: String,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
pub enum BillingEvent {
    TaxRatesSet(TaxTable),
    CertificateAccepted(Certificate),
    DiscountSet(Discount),
    DiscountEnded {
        discount: DiscountId,
        until: NaiveDate,
    },
    CodeRedeemed(Redemption),
    BillingPolicySet(BillingPolicyVersion),
    Charged(Charge),
    ChargeCancelled {
        charge: ChargeId,
        why: String,
    },
    /// A new invoice: a draft, or one that a run has opened.
    InvoiceMade(Invoice),
    /// A draft was opened; it is what it is for good.
    InvoiceOpened(Invoice),
    InvoiceStated {
        invoice: InvoiceId,
        state: InvoiceState,
        why: String,
    },
    Credited(CreditNote),
    /// The payers of a run up to the last were looked at; there are more unless `last` is none. Who is parked got no
    /// invoice, and why.
    InvoicesRun {
        location: LocationId,
        through: NaiveDate,
        last: Option<MemberId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parked: Vec<Parked>,
    },
}

impl BillingCommand {
    /// Returns what pricings outside have answered for the command, if it is one that they are asked for.
    pub fn answers(&self) -> Option<&[Answers]> {
        match self {
            Self::DraftInvoice { answers, .. } | Self::RunInvoices { answers, .. } => Some(answers),
            _ => None,
        }
    }

    /// Returns what the pricings that answer it want to be told.
    pub fn wants(&self) -> BTreeSet<Detail> {
        let answers = self.answers().unwrap_or_default();
        answers.iter().flat_map(|it| it.wants.iter().copied()).collect()
    }

    /// Returns the place of [`answers`](Self::answers).
    pub const fn answers_mut(&mut self) -> Option<&mut Vec<Answers>> {
        match self {
            Self::DraftInvoice { answers, .. } | Self::RunInvoices { answers, .. } => Some(answers),
            _ => None,
        }
    }
}

impl Command {
    /// Returns what was asked for, without what pricings have answered on the way.
    pub fn question(&self) -> Cow<'_, Self> {
        let mut question = Cow::Borrowed(self);
        let answered = |it: &BillingCommand| it.answers().is_some_and(|answers| !answers.is_empty());
        if matches!(self, Self::Billing(billing) if answered(billing))
            && let Self::Billing(billing) = question.to_mut()
            && let Some(answers) = billing.answers_mut()
        {
            answers.clear();
        }
        question
    }
}

impl BillingEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::TaxRatesSet(new) => ("tax_table", new.id.get()),
            Self::CertificateAccepted(new) => ("certificate", new.id.get()),
            Self::DiscountSet(new) => ("discount", new.id.get()),
            Self::CodeRedeemed(new) => ("redemption", new.id.get()),
            Self::BillingPolicySet(new) => ("billing_policy", new.id.get()),
            Self::Charged(new) => ("charge", new.id.get()),
            Self::InvoiceMade(new) => ("invoice", new.id.get()),
            Self::Credited(new) => ("credit_note", new.id.get()),
            _ => return None,
        };
        Some(New { kind, local })
    }

    /// Returns the new things inside of the new thing.
    pub(crate) fn parts(&self) -> impl Iterator<Item = New> {
        let lines = match self {
            Self::InvoiceMade(new) => new.lines.as_slice(),
            _ => &[],
        };
        lines.iter().map(|line| New {
            kind: "invoice_line",
            local: line.id.get(),
        })
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::TaxRatesSet(new) => new.resolve(ids),
            Self::CertificateAccepted(new) => new.resolve(ids),
            Self::DiscountSet(new) => new.resolve(ids),
            Self::CodeRedeemed(new) => new.resolve(ids),
            Self::BillingPolicySet(new) => new.resolve(ids),
            Self::Charged(new) => new.resolve(ids),
            Self::InvoiceMade(new) => new.resolve(ids),
            Self::Credited(new) => new.resolve(ids),
            // The rest only refers to what was there before the decision.
            _ => {}
        }
    }
}

resolve! {
    TaxTable: id;
    Certificate: id;
    Discount: id;
    Redemption: id;
    BillingPolicyVersion: id;
    Charge: id;
    CreditNote: id;
}

impl Invoice {
    /// Returns the invoice with the ids of a store in place of local ones.
    #[must_use]
    pub fn resolved(&self, ids: &Ids) -> Self {
        let mut invoice = self.clone();
        invoice.resolve(ids);
        invoice
    }
}

impl Resolve for Invoice {
    fn resolve(&mut self, ids: &Ids) {
        self.id.resolve(ids);
        for line in &mut self.lines {
            line.id.resolve(ids);
            line.obligation.resolve(ids);
        }
    }
}
