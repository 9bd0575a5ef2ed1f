//! A [`Quote`]: what somebody would pay, built by the core; an invoice is a quote that was recorded.
//!
//! The price of a thing is its list price, then what pricings propose, then percent and fixed discounts, then tax.
//! Each step is recorded on the line in that order. What is owed to the payer is taken as it is.

mod price;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use self::price::Charges;
pub use self::price::Proposed;
use super::Objection;
use super::certificate::Certificate;
use super::discount::Discounts;
use super::invoice::{Invoice, Line, TaxShare};
use super::obligation::{Charged, Obligation};
use super::policy::BillingPolicy;
use super::pricing::{Dropped, Item, Known, Occasion, Priced, Pricing, Request};
use super::run::is_change;
use super::tax::{Bearing, TaxBook, Taxed, assess};
use crate::decision::Draft;
use crate::fact::{Fact, Facts};
use crate::id::{LocationId, MemberId};
use crate::money::{Currency, Money, MoneyError};
use crate::text::is_line;

/// What somebody would pay, and why so much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The place of supply.
    pub location: LocationId,
    /// Who pays.
    pub payer: MemberId,
    /// The location's currency.
    pub currency: Currency,
    /// The civil day at the location for which it was made.
    pub on: NaiveDate,
    /// The things, by due day.
    pub lines: Vec<Line>,
    /// The taxes of all lines by component and rate.
    pub taxes: Vec<TaxShare>,
    /// The sum of the lines' net amounts.
    pub net: Money,
    /// The sum of the taxes.
    pub tax: Money,
    /// Net and tax.
    pub total: Money,
    /// Proposals of prices that were not taken, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
    /// What pricings outside the house were asked and said, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced: Option<Box<Priced>>,
}

/// On what terms a location charges: everything that a quote depends on besides what is asked.
#[derive(Clone)]
pub struct Terms<'a> {
    /// The place of supply.
    pub location: LocationId,
    /// Its currency.
    pub currency: Currency,
    /// What is taxed how.
    pub tax: TaxBook<'a>,
    /// What is discounted, and what of that is used.
    pub discounts: Discounts<'a>,
    /// What payers have shown.
    pub certificates: BTreeMap<MemberId, Vec<&'a Certificate>>,
    /// When classes and sessions take place.
    pub occasions: BTreeMap<Charged, Occasion>,
    /// What else is known, as far as pricings want it.
    pub known: Known<'a>,
    /// What was charged for what may be given back.
    pub debits: super::run::Debits,
    /// How proposals are taken.
    pub policy: &'a BillingPolicy,
    /// Who proposes prices beside the policy's rules.
    pub pricing: Vec<&'a dyn Pricing>,
}

impl std::fmt::Debug for Terms<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terms")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

/// Who asks, for what.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Who pays.
    pub payer: MemberId,
    /// The civil day at the location.
    pub on: NaiveDate,
    /// Codes of discounts that are given with it.
    pub codes: &'a [String],
    /// What is owed, in the order of the lines.
    pub owed: &'a [&'a Obligation],
}

impl<'a> Terms<'a> {
    /// Returns what pricings are asked: the things that are charged, without what is given back.
    pub fn request(&self, ask: &Ask<'_>) -> Request {
        let shown = self.certificates.get(&ask.payer).into_iter().flatten();
        let item = |owed: &&&Obligation| Item {
            key: owed.key,
            tax: owed.tax.clone(),
            days: owed.days,
            occasion: self.occasions.get(&owed.charged).copied(),
            list: owed.amount,
            facts: self.known.of_item(owed),
        };
        let charged = ask
            .owed
            .iter()
            .filter(|owed| !is_change(owed) && !is_voucher(owed));
        Request {
            location: self.location,
            currency: self.currency,
            on: ask.on,
            payer: ask.payer,
            concessions: shown
                .filter_map(|it| it.concession(ask.on))
                .map(str::to_owned)
                .collect(),
            items: charged.map(|owed| item(&owed)).collect(),
            payer_facts: self.known.of_payer(ask.payer, ask.on),
            facts: given(ask.codes),
        }
    }

    /// Makes a quote; its lines get local ids from `draft`, and its discounts count as used.
    ///
    /// # Errors
    /// Every objection: other currencies, codes without rates, sums that do not fit.
    pub fn quote(&mut self, ask: &Ask<'_>, draft: &mut Draft) -> Result<Quote, Vec<Objection>> {
        let known = self.debits.known(ask.owed);
        let apart = |(at, _): &(usize, &&Obligation)| !known[*at];
        let new = ask.owed.iter().enumerate().filter(apart).map(|(_, owed)| *owed);
        let bearings = self.bearings(ask.payer, new)?;
        let mut charges = self.prices(ask).map_err(|error| vec![error])?;
        let amounts = charges.amounts.iter().zip(&known).filter(|(_, known)| !**known);
        let amounts: Vec<_> = amounts.map(|(amount, _)| *amount).zip(bearings).collect();
        let taxed = assess(&amounts).map_err(|error| vec![error])?;
        let taxed = self.changed(ask, &known, &mut charges, taxed);
        let taxed = taxed.map_err(|error| vec![error])?;
        let lines = ask.owed.iter().zip(charges.adjustments).zip(taxed);
        let line = |((owed, adjustments), taxed): ((&&Obligation, _), Taxed)| Line {
            id: draft.local(),
            obligation: (*owed).clone(),
            adjustments,
            tax: owed.tax.clone(),
            net: taxed.net,
            taxes: taxed.taxes,
            gross: taxed.gross,
        };
        let lines: Vec<Line> = lines.map(line).collect();
        self.total(ask, lines, (charges.dropped, charges.priced))
            .map_err(|error| vec![error.into()])
    }

    /// Puts what is given back of what was charged, and bears what that bore, among the things that are new.
    fn changed(
        &mut self,
        ask: &Ask<'_>,
        known: &[bool],
        charges: &mut Charges,
        new: Vec<Taxed>,
    ) -> Result<Vec<Taxed>, Objection> {
        let mut new = new.into_iter();
        let mut all: Vec<Option<Taxed>> = known
            .iter()
            .map(|known| if *known { None } else { new.next() })
            .collect();
        for ((owed, amount), taxed) in ask.owed.iter().zip(&charges.amounts).zip(&all) {
            if let Some(taxed) = taxed {
                self.debits.charge(owed, *amount, taxed)?;
            }
        }
        for ((owed, taxed), adjustments) in ask.owed.iter().zip(&mut all).zip(&mut charges.adjustments) {
            if taxed.is_none()
                && let Some(given) = self.debits.change(owed)?
            {
                adjustments.extend(given.adjustment);
                *taxed = Some(given.taxed);
            }
        }
        let missing = || Objection::Overflow {
            what: "what is given back of it".to_owned(),
        };
        all.into_iter().map(|taxed| taxed.ok_or_else(missing)).collect()
    }

    /// Returns what things bear, or what is wrong with them.
    fn bearings<'o>(
        &self,
        payer: MemberId,
        owed: impl Iterator<Item = &'o Obligation>,
    ) -> Result<Vec<Bearing<'a>>, Vec<Objection>> {
        let (mut bearings, mut wrong) = (Vec::new(), Vec::new());
        for owed in owed {
            if owed.amount.currency() != self.currency {
                wrong.push(Objection::Currency {
                    amount: owed.amount,
                    expected: self.currency,
                });
            }
            if is_voucher(owed) {
                bearings.push(Bearing::NONE);
                continue;
            }
            match self.tax.bearing(payer, &owed.tax, owed.supplied_on()) {
                Ok(bearing) => bearings.push(bearing),
                Err(objection) => wrong.push(objection),
            }
        }
        if wrong.is_empty() {
            Ok(bearings)
        } else {
            Err(wrong)
        }
    }

    /// Taxes a draft again, with the rates as they are now; its prices stay.
    ///
    /// # Errors
    /// As [`quote`](Self::quote).
    pub fn taxed(&self, mut invoice: Invoice) -> Result<Invoice, Vec<Objection>> {
        let bearings = self.bearings(invoice.payer, invoice.lines.iter().map(|line| &line.obligation))?;
        let charged = invoice
            .lines
            .iter()
            .map(Line::charged)
            .collect::<Result<Vec<_>, _>>();
        let charged = charged.map_err(|error| vec![error.into()])?;
        let amounts: Vec<_> = charged.into_iter().zip(bearings).collect();
        let taxed = assess(&amounts).map_err(|error| vec![error])?;
        for (line, taxed) in invoice.lines.iter_mut().zip(taxed) {
            (line.net, line.taxes, line.gross) = (taxed.net, taxed.taxes, taxed.gross);
        }
        let sums = Sums::of(self.currency, &invoice.lines).map_err(|error| vec![error.into()])?;
        (invoice.taxes, invoice.net, invoice.tax, invoice.total) =
            (sums.taxes, sums.net, sums.tax, sums.total);
        Ok(invoice)
    }

    fn total(
        &self,
        ask: &Ask<'_>,
        lines: Vec<Line>,
        (dropped, priced): (Vec<Dropped>, Option<Box<Priced>>),
    ) -> Result<Quote, MoneyError> {
        let Sums {
            taxes,
            net,
            tax,
            total,
        } = Sums::of(self.currency, &lines)?;
        let (location, payer, currency, on) = (self.location, ask.payer, self.currency, ask.on);
        Ok(Quote {
            location,
            payer,
            currency,
            on,
            lines,
            taxes,
            net,
            tax,
            total,
            dropped,
            priced,
        })
    }
}

/// How many codes pricings are told.
const CODES: usize = 16;

/// Returns the codes that were given as facts; what is no text is no code.
fn given(codes: &[String]) -> Facts {
    let codes: BTreeSet<&String> = codes.iter().filter(|code| is_line(code, 200)).collect();
    let numbered = (1..).zip(codes).take(CODES);
    numbered.fold(Facts::default(), |facts, (number, code)| {
        let known = facts.clone();
        facts
            .with(&format!("code.{number}"), Fact::Text(code.clone()))
            .unwrap_or(known)
    })
}

/// Whether an obligation is for money on a card: it costs what it is worth, and what it buys is taxed, not it.
const fn is_voucher(owed: &Obligation) -> bool {
    matches!(owed.charged, Charged::GiftCard(_))
}

struct Sums {
    taxes: Vec<TaxShare>,
    net: Money,
    tax: Money,
    total: Money,
}

impl Sums {
    fn of(currency: Currency, lines: &[Line]) -> Result<Self, MoneyError> {
        let taxes = buckets(lines.iter().flat_map(|line| &line.taxes))?;
        let net = Money::sum(currency, lines.iter().map(|line| line.net))?;
        let tax = Money::sum(currency, taxes.iter().map(|share| share.tax))?;
        Ok(Self {
            taxes,
            net,
            tax,
            total: net.checked_add(tax)?,
        })
    }
}

/// Adds up shares by component and rate, in that order.
///
/// # Errors
/// If a sum does not fit.
pub fn buckets<'a>(shares: impl IntoIterator<Item = &'a TaxShare>) -> Result<Vec<TaxShare>, MoneyError> {
    let mut sums: Vec<TaxShare> = Vec::new();
    for share in shares {
        let place = sums.binary_search_by(|it| (it.name.as_str(), it.rate).cmp(&(&share.name, share.rate)));
        match place {
            Ok(at) => {
                sums[at].net = sums[at].net.checked_add(share.net)?;
                sums[at].tax = sums[at].tax.checked_add(share.tax)?;
            }
            Err(at) => sums.insert(at, share.clone()),
        }
    }
    Ok(sums)
}
