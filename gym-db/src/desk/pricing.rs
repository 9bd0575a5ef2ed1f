//! Prices that are asked for outside: before a transaction, never in one.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{Duration, NaiveDate};
use gym_core::billing::invoice::Invoice;
use gym_core::billing::obligation::Obligation;
use gym_core::billing::pricing::{Answer, Answers, Given, Pricing, Request};
use gym_core::billing::quote::Quote;
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::club::{Club, Prospect, within_calendar};
use gym_core::command::{Command, Context};
use gym_core::event::Event;
use gym_core::id::{LocationId, MemberId};
use gym_core::time::Instant;

use super::{Desk, Done};
use crate::Gym;
use crate::error::{Failure, StoreError};
use crate::journal::hash;
use crate::row::to_json;

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
    /// What it brought along that was answered to this club, and still stands, is not asked again; what somebody else
    /// says is left out. A command that is not priced is returned as it is.
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

    /// Says what a command about one membership (a sale, a switch, a freeze, an end) would add to what is owed and due up
    /// to a day, and stores nothing.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] if the command is, and [`Failure::Store`].
    pub fn prospect(&self, command: &Command, through: NaiveDate) -> Result<Prospect, Failure> {
        let context = self.context();
        let found = self
            .gym
            .store
            .read(|connection| crate::load::prospect(connection, command, &context, through))?;
        found.map_err(|refusal| Failure::Refused(Box::new(refusal)))
    }

    /// Says what each payer would pay today for that, with taxes and discounts, priced as an invoice is.
    ///
    /// # Errors
    ///
    /// As [`prospect`](Self::prospect), and [`Failure::Refused`] with every reason why it cannot be charged.
    pub fn would_cost(&self, command: &Command, through: NaiveDate) -> Result<Vec<Quote>, Failure> {
        let prospect = self.prospect(command, through)?;
        // Asked after the reading: a pricing may take its time.
        let pricing: Vec<&dyn Pricing> = self.gym.pricings.iter().map(|it| &**it).collect();
        prospect
            .quotes(&pricing)
            .map_err(|refusal| Failure::Refused(Box::new(refusal)))
    }

    /// Whether anybody is asked about a command, or the command says what somebody has answered.
    pub(super) fn asks(&self, command: &Command) -> bool {
        let brings = !answers(command).is_empty();
        let is_priced = matches!(command, Command::Billing(billing) if billing.answers().is_some());
        brings || is_priced && !self.gym.pricings.is_empty()
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
        let mut asked = self.gym.vouched(command, context.now)?.into_owned();
        let is_asked = self.asks(command) && !self.gym.pricings.is_empty();
        if !is_asked || within_calendar(command, context).is_err() {
            return Ok(asked);
        }
        let location = place(&asked);
        let (requests, minutes) = self.gym.store.read(|connection| {
            let club = crate::load::facts_unlocked(connection, &asked, context)?;
            let minutes = location.map_or(0, |location| club.billing_policy(location).quote_minutes);
            Ok((club.requests(&asked, context), minutes))
        })?;
        let until = context.now + Duration::minutes(i64::from(minutes));
        let Command::Billing(billing) = &mut asked else {
            return Ok(asked);
        };
        let all = billing.answers_mut().into_iter().flatten();
        for (answers, pricing) in all.zip(&self.gym.pricings) {
            self.gym
                .fill(answers, &**pricing, &requests, (context.now, until))?;
        }
        Ok(asked)
    }
}

impl Gym {
    /// Returns a command with the answers of the club's pricings, in their order, and of nobody else: those that this
    /// club has sealed, as they stand. Whoever gives a command cannot say what a pricing has answered, nor what becomes of
    /// a quote without.
    pub(super) fn vouched<'c>(
        &self,
        command: &'c Command,
        now: Instant,
    ) -> Result<Cow<'c, Command>, StoreError> {
        let Command::Billing(billing) = command else {
            return Ok(Cow::Borrowed(command));
        };
        let Some(brought) = billing.answers() else {
            return Ok(Cow::Borrowed(command));
        };
        if brought.is_empty() && self.pricings.is_empty() {
            return Ok(Cow::Borrowed(command));
        }
        let mut all = Vec::with_capacity(self.pricings.len());
        for pricing in &self.pricings {
            let mut own = Answers::new(&**pricing);
            for given in brought
                .iter()
                .filter(|it| it.name == own.name)
                .flat_map(|it| &it.answers)
            {
                if now < given.until && given.seal.as_ref() == Some(&self.seal(&own.name, given)?) {
                    own.answers.push(given.clone());
                }
            }
            all.push(own);
        }
        let mut vouched = command.clone();
        if let Command::Billing(billing) = &mut vouched
            && let Some(answers) = billing.answers_mut()
        {
            *answers = all;
        }
        Ok(Cow::Owned(vouched))
    }

    /// Returns the seal of an answer, which only this club can make.
    fn seal(&self, name: &str, given: &Given) -> Result<String, StoreError> {
        let (request, answer) = (to_json(&given.request)?, to_json(&given.answer)?);
        let until = given.until.to_rfc3339();
        let texts = ["answer", name, &until, &request, &answer];
        Ok(hash(&self.store.secret, texts))
    }

    /// Keeps the answers that are needed and stand, and asks for those that are missing.
    fn fill(
        &self,
        answers: &mut Answers,
        pricing: &dyn Pricing,
        requests: &[Request],
        (now, until): (Instant, Instant),
    ) -> Result<(), StoreError> {
        let standing = answers.at(now);
        let known = requests.iter().map(|request| (request, standing.find(request)));
        let (known, missing): (Vec<_>, Vec<_>) = known.partition(|(_, given)| given.is_some());
        let mut kept: Vec<Given> = known
            .into_iter()
            .filter_map(|(_, given)| given.cloned())
            .collect();
        let missing: Vec<Request> = missing.into_iter().map(|(request, _)| request.clone()).collect();
        let mut said = if missing.is_empty() {
            Vec::new().into_iter()
        } else {
            pricing.propose_all(&missing).into_iter()
        };
        for request in missing {
            let none = || Answer::none("the pricing did not answer every request");
            let mut given = Given {
                request,
                until,
                answer: said.next().unwrap_or_else(none),
                seal: None,
            };
            given.seal = Some(self.seal(&answers.name, &given)?);
            kept.push(given);
        }
        answers.answers = kept;
        Ok(())
    }
}

/// Whether a request of a command has no answer of every pricing that the command knows of.
pub(super) fn lacks(club: &Club, command: &Command, context: &Context) -> bool {
    let requests = club.requests(command, context);
    let answered = |answers: &Answers| {
        let standing = answers.at(context.now);
        requests.iter().all(|request| standing.find(request).is_some())
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
