//! What is set up for billing: rates, certificates, discounts, policies, charges.

use chrono::NaiveDate;

use super::push;
use crate::billing::certificate::Certificate;
use crate::billing::charge::Charge;
use crate::billing::discount::{Discount, Redemption};
use crate::billing::policy::BillingPolicyVersion;
use crate::billing::tax::TaxTable;
use crate::billing::{BillingCommand, BillingEvent};
use crate::club::Club;
use crate::decision::Draft;

impl Club {
    /// Decides what is set up: rates, certificates, discounts, policies, charges.
    pub(super) fn set(&self, command: &BillingCommand, today: NaiveDate, draft: &mut Draft) {
        let event = match command.clone() {
            BillingCommand::SetTaxRates {
                location,
                from,
                terms,
            } => BillingEvent::TaxRatesSet(TaxTable {
                id: draft.local(),
                location,
                from,
                terms,
            }),
            BillingCommand::AcceptCertificate {
                member,
                shows,
                reference,
                from,
                until,
            } => {
                let id = draft.local();
                BillingEvent::CertificateAccepted(Certificate {
                    id,
                    member,
                    shows,
                    reference,
                    from,
                    until,
                })
            }
            BillingCommand::SetDiscount { location, terms } => BillingEvent::DiscountSet(Discount {
                id: draft.local(),
                location,
                terms,
            }),
            BillingCommand::EndDiscount { discount, until } => {
                BillingEvent::DiscountEnded { discount, until }
            }
            BillingCommand::RedeemCode { member, code } => match self.discount_of(&code, today) {
                Some(discount) => {
                    let (id, discount) = (draft.local(), discount.id);
                    BillingEvent::CodeRedeemed(Redemption {
                        id,
                        discount,
                        member,
                        on: today,
                    })
                }
                None => return,
            },
            BillingCommand::SetBillingPolicy { location, policy } => {
                BillingEvent::BillingPolicySet(BillingPolicyVersion {
                    id: draft.local(),
                    location,
                    policy,
                })
            }
            BillingCommand::Charge {
                location,
                payer,
                obligation,
            } => BillingEvent::Charged(Charge {
                id: draft.local(),
                location,
                payer,
                obligation,
            }),
            BillingCommand::CancelCharge { charge, why } => BillingEvent::ChargeCancelled { charge, why },
            _ => return,
        };
        push(draft, event);
    }
}
