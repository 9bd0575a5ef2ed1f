//! What is private in an [`Event`].

use super::Private;
use crate::billing::BillingEvent;
use crate::billing::payment::PaymentEvent;
use crate::event::Event;
use crate::membership::MembershipEvent;
use crate::membership::freeze::EditKind;
use crate::membership::notice::NoticeKind;

impl Event {
    /// Returns the places for what is private, beside who a person is.
    pub(super) fn private(&mut self) -> Vec<Private<'_>> {
        match self {
            Self::Overridden { why, .. } => vec![Private::Words(why)],
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
        BillingEvent::InvoiceMade(new) | BillingEvent::InvoiceOpened(new) if new.priced.is_some() => {
            vec![Private::Priced(&mut new.priced)]
        }
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
