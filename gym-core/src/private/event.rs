//! What is private in an [`Event`].

use super::Private;
use crate::billing::BillingEvent;
use crate::billing::invoice::Invoice;
use crate::billing::obligation::Key;
use crate::billing::payment::PaymentEvent;
use crate::booking::refusal::Reason;
use crate::event::Event;
use crate::membership::MembershipEvent;
use crate::membership::freeze::EditKind;
use crate::membership::notice::NoticeKind;

impl Event {
    /// Returns the places for what is private, beside who a person is.
    pub(super) fn private(&mut self) -> Vec<Private<'_>> {
        match self {
            Self::Overridden { why, .. } => vec![Private::Words(why)],
            Self::LocationClosed(new) => vec![Private::Words(&mut new.reason)],
            Self::MaintenanceStarted(new) => vec![Private::Words(&mut new.work)],
            Self::OccurrenceSkipped { reasons, .. }
            | Self::ClassNotReopened { reasons, .. }
            | Self::WaitlistSkipped { reasons, .. } => reasons.iter_mut().flat_map(Reason::private).collect(),
            Self::Membership(event) => of_membership(event),
            Self::Billing(event) => of_billing(event),
            Self::Payment(event) => of_payment(event),
            _ => Vec::new(),
        }
    }
}

fn of_membership(event: &mut MembershipEvent) -> Vec<Private<'_>> {
    match event {
        MembershipEvent::Edited(edit) if edit.kind == EditKind::Freeze => {
            vec![Private::Freeze(&mut edit.why)]
        }
        MembershipEvent::NoticeGiven(notice) => match &mut notice.kind {
            NoticeKind::Exit(ground) => vec![Private::Ground(ground)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn of_billing(event: &mut BillingEvent) -> Vec<Private<'_>> {
    match event {
        BillingEvent::InvoiceMade(new) | BillingEvent::InvoiceOpened(new) => of_invoice(new),
        BillingEvent::Charged(new) => vec![Private::Words(&mut new.obligation.text)],
        BillingEvent::CertificateAccepted(new) => vec![Private::Words(&mut new.reference)],
        BillingEvent::Credited(new) => vec![Private::Words(&mut new.why)],
        BillingEvent::ChargeCancelled { why, .. } | BillingEvent::InvoiceStated { why, .. } => {
            vec![Private::Words(why)]
        }
        _ => Vec::new(),
    }
}

fn of_payment(event: &mut PaymentEvent) -> Vec<Private<'_>> {
    match event {
        PaymentEvent::Made(new) => {
            let reference = new.reference.iter_mut().map(Private::Words);
            reference.chain(new.means.iter_mut().map(Private::Code)).collect()
        }
        PaymentEvent::Stated { reference, .. } => reference.iter_mut().map(Private::Words).collect(),
        PaymentEvent::Refunding(new) => vec![Private::Words(&mut new.why)],
        PaymentEvent::CardSold(new) => vec![Private::Gift(&mut new.code)],
        PaymentEvent::DetailsChanged(new) => new.means.iter_mut().map(Private::Code).collect(),
        _ => Vec::new(),
    }
}

/// The texts of lines for periods are made of the names of plans; those for what is charged once may be written by hand.
fn of_invoice(invoice: &mut Invoice) -> Vec<Private<'_>> {
    let once = invoice.lines.iter_mut().map(|line| &mut line.obligation);
    let once = once.filter(|it| matches!(it.key, Key::Once(_)));
    let texts = once.map(|it| Private::Told(&mut it.text));
    let priced = invoice
        .priced
        .is_some()
        .then_some(Private::Priced(&mut invoice.priced));
    texts.chain(priced).collect()
}
