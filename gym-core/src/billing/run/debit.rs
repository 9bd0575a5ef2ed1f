//! What is given back is what was really charged: [`Debits`] knows what periods cost, and what of that is left.
//!
//! An edit, a switch or an exit gives back a share of the list price, or charges it again. It is the same share of what
//! was charged, whoever paid it, less what credit notes took back, and it bears the taxes that this bore. The shares
//! are reckoned from the sum of all changes of a period, and their taxes from what is left of those, so that together
//! they are never above what was charged.

mod share;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use self::share::{Share, share};
use crate::billing::Objection;
use crate::billing::credit_note::{CreditNote, Remaining};
use crate::billing::invoice::{Adjustment, Invoice, InvoiceState, Source};
use crate::billing::obligation::{Component, Key, Obligation};
use crate::billing::tax::Taxed;
use crate::id::{EditId, NoticeId, SubscriptionId};
use crate::money::{Money, MoneyError};

/// What an account of [`Debits`] is of.
type Of = (SubscriptionId, Part);

/// The parts of what a subscription charges that are given back apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The period that starts on a day.
    Period(NaiveDate),
    /// Joining.
    Joining,
    /// A freeze, for its fee that is charged for a day.
    Freezing(EditId, NaiveDate),
    /// Ending early, by a notice.
    Ending(NoticeId),
}

/// What periods and joinings cost, as the price list says it and as it was charged, and what was given back of it.
#[derive(Debug, Clone, Default)]
pub struct Debits(BTreeMap<Of, Account>);

#[derive(Debug, Clone, Default)]
struct Account {
    list: i64,
    list_left: i64,
    charged: Option<Share>,
    left: Option<Share>,
}

/// What a change comes to, where it is known what it changes.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) adjustment: Option<Adjustment>,
    pub(crate) taxed: Taxed,
}

impl Debits {
    /// Returns the subscriptions whose invoices and credit notes must be noted before these things are quoted.
    pub fn needed<'o>(owed: impl IntoIterator<Item = &'o Obligation>) -> BTreeSet<SubscriptionId> {
        let changes = owed
            .into_iter()
            .filter_map(|it| of(it).filter(|(_, debit)| !debit));
        changes.map(|((subscription, _), _)| subscription).collect()
    }

    /// Notes what an invoice charged for periods and joinings, and gave back of them, less its credit notes; nothing
    /// if it is void.
    ///
    /// # Errors
    /// If amounts do not fit, or a note does not fit its invoice.
    pub fn note(&mut self, invoice: &Invoice, notes: &[&CreditNote]) -> Result<(), Objection> {
        if invoice.state == InvoiceState::Void {
            return Ok(());
        }
        let remaining = Remaining::new(invoice, notes)?;
        for line in &invoice.lines {
            let Some(left) = remaining.of(line.id).filter(|_| of(&line.obligation).is_some()) else {
                continue;
            };
            let amount = share(line.charged()?, left.gross.minor(), line.gross.minor())?;
            let part = Share::new(amount, left.net, left.gross, &left.taxes)?;
            self.add(&line.obligation, &part)?;
        }
        Ok(())
    }

    /// Notes what is charged for an obligation.
    pub(crate) fn charge(
        &mut self,
        owed: &Obligation,
        amount: Money,
        taxed: &Taxed,
    ) -> Result<(), MoneyError> {
        let part = Share::new(amount, taxed.net, taxed.gross, &taxed.taxes)?;
        self.add(owed, &part)
    }

    fn add(&mut self, owed: &Obligation, part: &Share) -> Result<(), MoneyError> {
        let Some((of, debit)) = of(owed) else {
            return Ok(());
        };
        let account = self.0.entry(of).or_default();
        let sum = |list: i64| {
            let sum = list.checked_add(owed.amount.minor());
            sum.ok_or_else(|| MoneyError::Overflow(owed.amount.to_string()))
        };
        account.list_left = sum(account.list_left)?;
        if debit {
            account.list = sum(account.list)?;
            Share::add_to(&mut account.charged, part)?;
        }
        Share::add_to(&mut account.left, part)
    }

    /// Says of each thing whether it changes something that is known: that was charged, or is among the same things.
    pub(crate) fn known(&self, owed: &[&Obligation]) -> Vec<bool> {
        let accounts = || owed.iter().filter_map(|it| Some((it, of(it)?)));
        let fresh = accounts().filter(|(it, (_, debit))| *debit && it.amount.minor() > 0);
        let fresh: BTreeSet<Of> = fresh.map(|(_, (of, _))| of).collect();
        let charged = |of: &Of| self.0.get(of).is_some_and(|account| account.list > 0);
        let known = |of: &Of| fresh.contains(of) || charged(of);
        owed.iter()
            .map(|it| of(it).is_some_and(|(of, debit)| !debit && known(&of)))
            .collect()
    }

    /// Says of each thing whether it changes something that is not charged so far: how much it comes to is not known
    /// before that is.
    pub(crate) fn wait(&self, owed: &[&Obligation]) -> Vec<bool> {
        let changes = |it: &&Obligation| of(it).is_some_and(|(_, debit)| !debit);
        if !owed.iter().any(changes) {
            return vec![false; owed.len()];
        }
        let waits = owed.iter().zip(self.known(owed));
        waits.map(|(it, known)| changes(it) && !known).collect()
    }

    /// Returns what a change comes to, and notes it; none if it is not known what it changes.
    pub(crate) fn change(&mut self, change: &Obligation) -> Result<Option<Given>, MoneyError> {
        let Some(account) = of(change).and_then(|(of, _)| self.0.get(&of)) else {
            return Ok(None);
        };
        let (Some(charged), Some(left)) = (&account.charged, &account.left) else {
            return Ok(None);
        };
        if account.list <= 0 {
            return Ok(None);
        }
        let after = account.list_left.saturating_add(change.amount.minor()).max(0);
        let target = share(charged.amount, after, account.list)?.minor();
        let was = left.amount.minor();
        // What was given back before is not taken again, whatever was charged since.
        let target = if change.amount.is_negative() {
            target.min(was)
        } else {
            target.max(was)
        };
        let part = charged.step(left, target)?;
        let adjusted = part.amount.checked_sub(change.amount)?;
        let given = Given {
            adjustment: (!adjusted.is_zero()).then(|| Adjustment {
                source: Source::Charged,
                amount: adjusted,
                text: "As it was charged".to_owned(),
            }),
            taxed: part.taxed(),
        };
        self.add(change, &part)?;
        Ok(Some(given))
    }
}

/// Whether an obligation changes what was charged before, rather than charging something new.
pub(crate) fn is_change(owed: &Obligation) -> bool {
    owed.amount.is_negative() || of(owed).is_some_and(|(_, debit)| !debit)
}

/// Returns the account that something is of, and whether it charges it rather than changing it.
const fn of(owed: &Obligation) -> Option<(Of, bool)> {
    let Key::Period {
        subscription,
        component,
        start,
    } = owed.key
    else {
        return None;
    };
    let (part, debit) = match component {
        Component::Fee | Component::Additional(_) => (Part::Period(start), true),
        Component::Credit(_)
        | Component::Resumed(_)
        | Component::Returned(_)
        | Component::Switch(_)
        | Component::Exit(_) => (Part::Period(start), false),
        Component::Joining => (Part::Joining, true),
        Component::JoiningBack(_) => (Part::Joining, false),
        Component::FreezeFee(edit) => (Part::Freezing(edit, start), true),
        Component::FreezeBack(edit) => (Part::Freezing(edit, start), false),
        Component::Termination(notice) => (Part::Ending(notice), true),
        Component::TerminationBack(notice) => (Part::Ending(notice), false),
    };
    Some(((subscription, part), debit))
}
