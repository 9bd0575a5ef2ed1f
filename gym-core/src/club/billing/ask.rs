//! What outside pricings are asked before a command is decided, so that nobody asks them while it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::billing::BillingCommand;
use crate::billing::obligation::Obligation;
use crate::billing::pricing::{Detail, Request};
use crate::billing::quote::Ask;
use crate::billing::run::due;
use crate::club::Club;
use crate::command::{Command, Context};
use crate::id::MemberId;
use crate::location::Location;

impl Club {
    /// Returns what pricings are asked for a command as things are: one request for each payer, none where there is
    /// nothing to price. What is wrong with the command is left to its decision.
    pub fn requests(&self, command: &Command, context: &Context) -> Vec<Request> {
        let Command::Billing(command) = command else {
            return Vec::new();
        };
        let location = self
            .location_of_bill(command)
            .and_then(|id| self.locations.get(id));
        let Some(at) = location else { return Vec::new() };
        match command {
            BillingCommand::DraftInvoice {
                payer, owed, codes, ..
            } => {
                let owed = BTreeMap::from([(*payer, owed.iter().collect())]);
                self.requests_of(at, &owed, (codes, command.wants()), context)
            }
            BillingCommand::RunInvoices {
                through, after, most, ..
            } => {
                let most = usize::try_from(*most).unwrap_or(usize::MAX);
                let payers = self.payers(at.id, *after, most);
                let (owed, _) = self.owing(at, &payers, *through, context.now);
                let (due, _) = due(&owed, &self.invoiced);
                self.requests_of(at, &due, (&[], command.wants()), context)
            }
            _ => Vec::new(),
        }
    }

    fn requests_of(
        &self,
        at: &Location,
        owed: &BTreeMap<MemberId, Vec<&Obligation>>,
        (codes, wants): (&[String], BTreeSet<Detail>),
        context: &Context,
    ) -> Vec<Request> {
        let payers: BTreeSet<MemberId> = owed.keys().copied().collect();
        let all: Vec<&Obligation> = owed.values().flatten().copied().collect();
        let Ok(mut terms) = self.terms(at, &payers, &all, &[]) else {
            return Vec::new();
        };
        terms.occasions = self.occasions(at, &all);
        terms.known = self.known(&payers, &all, wants);
        let request = |(payer, owed): (&MemberId, &Vec<&Obligation>)| {
            terms.request(&Ask {
                payer: *payer,
                on: at.date(context.now),
                codes,
                owed,
            })
        };
        let requests = owed.iter().map(request);
        requests.filter(|request| !request.items.is_empty()).collect()
    }
}
