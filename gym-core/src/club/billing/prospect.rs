//! A [`Prospect`]: what a command about a membership would cost, asked before it is given.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::owing::objection;
use super::reasons;
use crate::billing::obligation::Obligation;
use crate::billing::pricing::Pricing;
use crate::billing::quote::{Ask, Quote};
use crate::billing::run::Owing;
use crate::billing::subscription::owed_by;
use crate::booking::refusal::Refusal;
use crate::club::Club;
use crate::command::{Command, Context};
use crate::decision::Draft;
use crate::event::Event;
use crate::id::{LocationId, MemberId, MembershipId};

/// What a command about a membership adds to what is owed.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospect {
    /// What comes to be owed and is due up to the day that was asked about, at list prices; what is given back is below
    /// zero. What was owed before and is not invoiced yet is not among it.
    pub owing: Vec<Owing>,
    place: Option<(LocationId, NaiveDate)>,
    after: Club,
}

impl Club {
    /// Says what a command about one membership would add to what is owed: a sale, a switch, a freeze, an end. Other
    /// commands add nothing that is known by then.
    ///
    /// The same decision is applied to a copy of the club, and what that owes is reckoned as a run of invoices does.
    ///
    /// # Errors
    /// Why the command is refused, or what it owes cannot be reckoned.
    pub fn prospect(
        &self,
        command: &Command,
        context: &Context,
        through: NaiveDate,
    ) -> Result<Prospect, Refusal> {
        let events = self.decide(command, context)?;
        let mut after = self.clone();
        let ids = after.allot(&events);
        after.apply(&events, &ids);
        let touched = events.iter().filter_map(|event| match event.resolved(&ids) {
            Event::Membership(event) => after.changed_by(&event),
            _ => None,
        });
        let touched: BTreeSet<MembershipId> = touched.collect();
        let (mut owing, mut place) = (Vec::new(), None);
        for id in touched {
            let before = self.owes(id, through)?;
            let new = after.owes(id, through)?.into_iter();
            owing.extend(new.filter(|it| !before.contains(it)));
            let found = after.contract(id).map(|it| it.location);
            place = place.or(found.map(|it| (it.id, it.date(context.now))));
        }
        owing.sort_by_key(|it: &Owing| (it.payer, it.obligation.due_on, it.obligation.key));
        Ok(Prospect { owing, place, after })
    }

    /// Returns what a membership owes, due up to a day, that is on no invoice.
    fn owes(&self, id: MembershipId, through: NaiveDate) -> Result<Vec<Owing>, Refusal> {
        let Some(contract) = self.contract(id) else {
            return Ok(Vec::new());
        };
        let charged = |key: &_| self.invoices.get(self.invoiced.on(key)?).map(|it| it.payer);
        let all = owed_by(&contract, through, charged).map_err(|error| Refusal {
            reasons: reasons(vec![objection(error)]),
            ..Refusal::new("reckon what is owed", contract.location.zone)
        })?;
        let open = all
            .into_iter()
            .filter(|(_, it)| self.invoiced.on(&it.key).is_none());
        Ok(open
            .map(|(payer, obligation)| Owing { payer, obligation })
            .collect())
    }
}

impl Prospect {
    /// Says what each payer would pay today for that, with taxes and discounts, priced as their invoice is: with the
    /// answers of these pricings. What is given back of a period that is not invoiced yet waits for that, and is left out.
    ///
    /// # Errors
    /// Every reason why it cannot be charged.
    pub fn quotes(&self, pricing: &[&dyn Pricing]) -> Result<Vec<Quote>, Refusal> {
        let Some((at, on)) = self
            .place
            .and_then(|(at, on)| Some((self.after.locations.get(at)?, on)))
        else {
            return Ok(Vec::new());
        };
        let refused = |why| Refusal {
            reasons: reasons(why),
            ..Refusal::new("quote that", at.zone)
        };
        let payers: BTreeSet<MemberId> = self.owing.iter().map(|it| it.payer).collect();
        let all: Vec<&Obligation> = self.owing.iter().map(|it| &it.obligation).collect();
        let mut terms = self.after.terms(at, &payers, &all, pricing).map_err(refused)?;
        let (mut draft, mut quotes) = (Draft::default(), Vec::new());
        for payer in payers {
            let own = self.owing.iter().filter(|it| it.payer == payer);
            let own: Vec<&Obligation> = own.map(|it| &it.obligation).collect();
            let waits = terms.debits.wait(&own);
            let owed = own.into_iter().zip(waits).filter(|(_, waits)| !waits);
            let owed: Vec<&Obligation> = owed.map(|(owed, _)| owed).collect();
            if owed.is_empty() {
                continue;
            }
            let ask = Ask {
                payer,
                on,
                codes: &[],
                owed: &owed,
            };
            quotes.push(terms.quote(&ask, &mut draft).map_err(refused)?);
        }
        Ok(quotes)
    }
}
