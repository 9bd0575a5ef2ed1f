//! Prices that are asked for outside: before a transaction, never in one.

use std::sync::Arc;

use chrono::Duration;
use gym_core::billing::invoice::Invoice;
use gym_core::billing::obligation::Obligation;
use gym_core::billing::pricing::{Answer, Answers, Given, Pricing, Request};
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::club::{Club, within_calendar};
use gym_core::command::{Command, Context};
use gym_core::event::Event;
use gym_core::id::{LocationId, MemberId};
use gym_core::time::Instant;

use super::{Desk, Done};
use crate::Gym;
use crate::error::{Failure, StoreError};

/// How often what has changed under the way to the locks is asked again.
const AGAIN: u32 = 2;

/// What somebody would pay, and the command that makes it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The draft of the invoice, with local ids.
    pub invoice: Invoice,
    /// The command that records it, with what pricings have answered: giving it asks them no more until then.
    pub command: Command,
    /// Until when the answers may be used; none if no pricing was asked.
    pub until: Option<Instant>,
}

impl Gym {
    /// Returns the club with one more pricing outside the house, after those that it has; one with the same name
    /// gives way. It is asked for each invoice of a run and each draft.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use gym_core::billing::pricing::{Answer, Pricing, Request};
    /// use gym_db::Gym;
    ///
    /// struct NoOpinion;
    /// impl Pricing for NoOpinion {
    ///     fn name(&self) -> &str {
    ///         "no-opinion"
    ///     }
    ///     fn propose(&self, _: &Request) -> Answer {
    ///         Answer::of(Vec::new())
    ///     }
    /// }
    ///
    /// let gym = Gym::open("sqlite::memory:")?.priced_by(Arc::new(NoOpinion));
    /// # Ok::<(), gym_db::OpenError>(())
    /// ```
    #[must_use]
    pub fn priced_by(mut self, pricing: Arc<dyn Pricing>) -> Self {
        self.pricings.retain(|it| it.name() != pricing.name());
        self.pricings.push(pricing);
        self
    }
}

impl Desk<'_> {
    /// Asks the pricings of the club what a command needs of them, and returns the command with what they answered.
    /// What it brought along that still stands is not asked again; a command that is not priced is returned as it is.
    ///
    /// ```
    /// # use gym_core::billing::BillingCommand;
    /// # use gym_core::command::Command;
    /// # let gym = gym_db::Gym::open("sqlite::memory:")?;
    /// # let desk = gym.at("2026-02-01T09:00:00Z".parse()?);
    /// let location = desk.add_location("Mitte", "Europe/Berlin".parse()?, "EUR".parse()?)?;
    /// let run = BillingCommand::RunInvoices { location, through: "2026-02-01".parse()?, after: None, most: 500, answers: vec![] };
    /// let priced = desk.priced(&Command::Billing(run))?;
    /// let preview = desk.preview(&priced)?; // asks nobody again,
    /// let done = desk.run(&priced)?; // nor does this
    /// # assert_eq!(preview?, done.events);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::Store`].
    pub fn priced(&self, command: &Command) -> Result<Command, Failure> {
        self.ask(command, &self.context())
    }

    /// Says what somebody would pay for things today, and stores nothing: running the offer's command records it.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] with every reason why it cannot be charged, and [`Failure::Store`].
    pub fn quote(
        &self,
        location: LocationId,
        payer: MemberId,
        owed: Vec<Obligation>,
        codes: Vec<String>,
    ) -> Result<Offer, Failure> {
        let draft = BillingCommand::DraftInvoice {
            location,
            payer,
            owed,
            codes,
            answers: Vec::new(),
        };
        let command = self.priced(&Command::Billing(draft))?;
        let events = self
            .preview(&command)?
            .map_err(|refusal| Failure::Refused(Box::new(refusal)))?;
        let made = events.into_iter().find_map(|event| match event {
            Event::Billing(BillingEvent::InvoiceMade(invoice)) => Some(invoice),
            _ => None,
        });
        let missing = || StoreError::other("the command did not lead to an invoice");
        let given = answers(&command).iter().flat_map(|it| &it.answers);
        Ok(Offer {
            invoice: made.ok_or_else(missing)?,
            until: given.map(|it| it.until).min(),
            command,
        })
    }

    /// Whether anybody is asked about a command.
    pub(super) fn asks(&self, command: &Command) -> bool {
        let is_priced = matches!(command, Command::Billing(billing) if billing.answers().is_some());
        is_priced && !self.gym.pricings.is_empty()
    }

    /// Gives a command that is priced, asking again while what is asked changes.
    pub(super) fn run_priced(&self, key: &str, command: &Command) -> Result<Done, Failure> {
        let mut asked = self.priced(command)?;
        for _ in 0..AGAIN {
            let mut stale = Some(false);
            let done = self.give(key, &asked, &mut stale);
            if stale != Some(true) {
                return done;
            }
            asked = self.priced(&asked)?;
        }
        self.give(key, &asked, &mut None)
    }

    pub(super) fn ask(&self, command: &Command, context: &Context) -> Result<Command, Failure> {
        let mut asked = command.clone();
        if !self.asks(command) || within_calendar(command, context).is_err() {
            return Ok(asked);
        }
        let Command::Billing(billing) = &mut asked else {
            return Ok(asked);
        };
        let location = billing.answers_mut().and_then(|all| {
            for pricing in &self.gym.pricings {
                if all.iter().all(|it| it.name != pricing.name()) {
                    all.push(Answers::new(&**pricing));
                }
            }
            place(command)
        });
        let (requests, minutes) = self.gym.store.read(|connection| {
            let club = crate::load::facts_unlocked(connection, &asked, context)?;
            let minutes = location.map_or(0, |location| club.billing_policy(location).quote_minutes);
            Ok((club.requests(&asked, context), minutes))
        })?;
        let until = context.now + Duration::minutes(i64::from(minutes));
        let Command::Billing(billing) = &mut asked else {
            return Ok(asked);
        };
        for answers in billing.answers_mut().into_iter().flatten() {
            let pricing = self.gym.pricings.iter().find(|it| it.name() == answers.name);
            fill(answers, pricing.map(|it| &**it), &requests, (context.now, until));
        }
        Ok(asked)
    }
}

/// Keeps the answers that are needed and stand, and asks for those that are missing.
fn fill(
    answers: &mut Answers,
    pricing: Option<&dyn Pricing>,
    requests: &[Request],
    (now, until): (Instant, Instant),
) {
    answers
        .answers
        .retain(|given| now < given.until && requests.contains(&given.request));
    let Some(pricing) = pricing else { return };
    let missing = requests
        .iter()
        .filter(|request| answers.find(request, now).is_none());
    let missing: Vec<Request> = missing.cloned().collect();
    if missing.is_empty() {
        return;
    }
    let mut said = pricing.propose_all(&missing).into_iter();
    answers.answers.extend(missing.into_iter().map(|request| {
        Given {
            request,
            until,
            answer: said
                .next()
                .unwrap_or_else(|| Answer::none("the pricing did not answer every request")),
        }
    }));
}

/// Whether a request of a command has no answer of every pricing that the command knows of.
pub(super) fn lacks(club: &Club, command: &Command, context: &Context) -> bool {
    let requests = club.requests(command, context);
    let answered = |answers: &Answers| {
        requests
            .iter()
            .all(|request| answers.find(request, context.now).is_some())
    };
    !answers(command).iter().all(answered)
}

fn answers(command: &Command) -> &[Answers] {
    match command {
        Command::Billing(billing) => billing.answers().unwrap_or_default(),
        _ => &[],
    }
}

fn place(command: &Command) -> Option<LocationId> {
    match command {
        Command::Billing(
            BillingCommand::DraftInvoice { location, .. } | BillingCommand::RunInvoices { location, .. },
        ) => Some(*location),
        _ => None,
    }
}
