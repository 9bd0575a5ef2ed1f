//! [`run`] makes the invoices of a day: what is owed, less what is on invoices already.
//!
//! The two are compared by [`Key`], so that running again, at once or after a crash adds nothing. What is owed to a
//! payer nets against what they are charged; if that is more, the invoice is below zero: a credit balance. What is given
//! back of a period waits until that is charged, by whomever: only then it is known how much it comes to.

mod debit;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

pub use self::debit::Debits;
pub(crate) use self::debit::is_change;
use super::Objection;
use super::invoice::Invoice;
use super::obligation::{Key, Obligation};
use super::quote::{Ask, Terms};
use crate::decision::Draft;
use crate::id::{InvoiceId, MemberId};

/// What somebody owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owing {
    /// Who pays.
    pub payer: MemberId,
    /// What for.
    pub obligation: Obligation,
}

/// The keys that are on invoices which are not void, and on which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invoiced(BTreeMap<Key, InvoiceId>);

impl Invoiced {
    /// Notes a key of an invoice.
    pub fn note(&mut self, key: Key, invoice: InvoiceId) {
        self.0.insert(key, invoice);
    }

    /// Takes a key off, so that it may be charged again.
    pub fn release(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// Returns the invoice that a key is on.
    pub fn on(&self, key: &Key) -> Option<InvoiceId> {
        self.0.get(key).copied()
    }
}

/// Who got no invoice, since something that they owe cannot be charged as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Who would pay.
    pub payer: MemberId,
    /// What is wrong; when it is put right, the next run makes the invoice.
    pub why: Vec<Objection>,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The invoices, open and numbered.
    pub invoices: Vec<Invoice>,
    /// Who was passed over, by id.
    pub parked: Vec<Parked>,
}

/// Returns what is owed and not invoiced, by payer, each by due day and key, without what comes to nothing; and the
/// payers of whom two obligations have one key and are not the same, with [`Objection::Conflicting`].
pub fn due<'a>(
    owed: &'a [Owing],
    invoiced: &Invoiced,
) -> (BTreeMap<MemberId, Vec<&'a Obligation>>, Vec<Parked>) {
    let mut by_payer: BTreeMap<MemberId, Vec<&Obligation>> = BTreeMap::new();
    for Owing { payer, obligation } in owed {
        if invoiced.on(&obligation.key).is_none() && !obligation.amount.is_zero() {
            by_payer.entry(*payer).or_default().push(obligation);
        }
    }
    let mut wrong: BTreeMap<MemberId, Vec<Objection>> = BTreeMap::new();
    let mut seen: BTreeMap<Key, (MemberId, &Obligation)> = BTreeMap::new();
    for (payer, owed) in &mut by_payer {
        owed.sort_by_key(|it| (it.due_on, it.key));
        owed.dedup();
        for it in owed.iter() {
            if let Some((first, other)) = seen.insert(it.key, (*payer, it)) {
                let (key, one, other) = (it.key, other.amount, it.amount);
                for payer in std::collections::BTreeSet::from([first, *payer]) {
                    let objection = Objection::Conflicting { key, one, other };
                    wrong.entry(payer).or_default().push(objection);
                }
            }
        }
    }
    by_payer.retain(|payer, _| !wrong.contains_key(payer));
    let parked = wrong.into_iter().map(|(payer, why)| Parked { payer, why });
    (by_payer, parked.collect())
}

/// Makes the invoices of a civil day, one per payer, open and numbered from `number` on.
///
/// Their ids, and those of their lines, are local to `draft`. For whom something is wrong there is no invoice, and no
/// number is used; everybody else gets theirs. Who is given something back of what another pays comes after the others;
/// what is left out then is owed still, and in a later run.
pub fn run(
    owed: &[Owing],
    invoiced: &Invoiced,
    terms: &mut Terms<'_>,
    on: NaiveDate,
    number: u64,
    draft: &mut Draft,
) -> Outcome {
    let (due, parked) = due(owed, invoiced);
    let due_on = on
        .checked_add_days(Days::new(u64::from(terms.policy.days_to_pay)))
        .unwrap_or(on);
    let mut outcome = Outcome {
        invoices: Vec::with_capacity(due.len()),
        parked,
    };
    let mut numbers = number..;
    let mut make = |terms: &mut Terms<'_>, payer: MemberId, owed: &[&Obligation]| {
        let ask = Ask {
            payer,
            on,
            codes: &[],
            owed,
        };
        let id = draft.local();
        let open = terms.quote(&ask, draft).and_then(|quote| {
            Invoice::draft(id, quote)
                .open(numbers.start, on, due_on, None)
                .map_err(|objection| vec![objection])
        });
        match open {
            Ok(invoice) => {
                outcome.invoices.push(invoice);
                numbers.next();
            }
            Err(why) => outcome.parked.push(Parked { payer, why }),
        }
    };
    let mut later = Vec::new();
    for (payer, owed) in due {
        if terms.debits.wait(&owed).contains(&true) {
            later.push((payer, owed));
        } else {
            make(terms, payer, &owed);
        }
    }
    for (payer, owed) in later {
        let waits = terms.debits.wait(&owed);
        let owed = owed.into_iter().zip(waits).filter(|(_, waits)| !waits);
        let owed: Vec<&Obligation> = owed.map(|(owed, _)| owed).collect();
        if !owed.is_empty() {
            make(terms, payer, &owed);
        }
    }
    outcome.parked.sort_by_key(|it| it.payer);
    outcome
}
