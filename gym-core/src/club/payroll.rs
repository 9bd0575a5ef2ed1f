//! Decisions about pay: rules from a day on, and runs that pay what is earned and not paid yet.

mod takings;
mod worth;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use self::takings::Books;
use super::tally::{Outcome, Reasons, Tally};
use super::{Club, Key};
use crate::billing::ledger::{Account, Cause, Posting};
use crate::billing::obligation::Charged;
use crate::booking::RegistrationState;
use crate::command::Context;
use crate::decision::Decision;
use crate::event::Event;
use crate::id::{LocationId, PayRunId, TrainerId};
use crate::location::Location;
use crate::money::{Money, MoneyError};
use crate::payroll::{
    Delivered, NotYet, Objection, PayCommand, PayEvent, PayLine, PayRule, PayRun, Terms, Withheld, Work,
    WorkKind,
};
use crate::schedule::session::SessionState;
use crate::time::Days;

impl Club {
    pub(super) fn decide_payroll(&self, command: &PayCommand, context: &Context) -> Decision {
        let tally = Tally::new(self, context);
        match command {
            PayCommand::SetRule {
                trainer,
                location,
                work,
                from,
                terms,
            } => tally.decide("set the pay rule", |tally| {
                let rule = PayRule {
                    id: tally.draft.local(),
                    trainer: *trainer,
                    location: *location,
                    work: *work,
                    from: *from,
                    until: None,
                    terms: terms.clone(),
                };
                tally.set_rule(rule)
            }),
            PayCommand::Run { location, days } => {
                tally.decide("run the payroll", |tally| tally.run_payroll(*location, *days))
            }
        }
    }

    /// Returns the rule for work of a trainer at a location on a civil day there: one for the place before one for all.
    pub fn pay_rule(
        &self,
        trainer: TrainerId,
        work: WorkKind,
        location: LocationId,
        on: NaiveDate,
    ) -> Option<&PayRule> {
        let rules = self.pay_rules.of(Key::Trainer(trainer));
        rules
            .filter(|rule| rule.covers(work, location, on))
            .max_by_key(|rule| (rule.location.is_some(), rule.from))
    }

    /// Returns what a class or a session has delivered by now, as pay is reckoned by it.
    ///
    /// # Errors
    /// If its takings do not fit, or are in several currencies.
    pub fn delivered(
        &self,
        work: Work,
        location: &Location,
        now: crate::time::Instant,
    ) -> Result<Delivered, MoneyError> {
        self.delivered_by(work, location, now, &mut Books::of(self, location.date(now)))
    }

    /// Returns the same by books that were opened before, for several pieces of work.
    fn delivered_by(
        &self,
        work: Work,
        location: &Location,
        now: crate::time::Instant,
        books: &mut Books<'_>,
    ) -> Result<Delivered, MoneyError> {
        let mut all = Delivered::nothing(location.currency);
        let mut charged = BTreeSet::new();
        match work {
            Work::Class(id) => {
                all.over = self
                    .classes
                    .get(id)
                    .is_some_and(|class| class.period.end() <= now);
                for booked in self.registrations.of(Key::Class(id)) {
                    count(&mut all, booked.state, booked.seats);
                    charged.insert(Charged::Registration(booked.id));
                }
                let penalties = self.penalties.of(Key::Class(id));
                charged.extend(penalties.map(|penalty| Charged::Penalty(penalty.id)));
            }
            Work::Session(id) => {
                charged.insert(Charged::Session(id));
                let Some(session) = self.sessions.get(id) else {
                    return Ok(all);
                };
                all.over = session.period.end() <= now;
                match session.state {
                    SessionState::Booked => all.unmarked = 1,
                    SessionState::Attended => all.attended = 1,
                    SessionState::NoShow => all.no_shows = 1,
                    SessionState::Cancelled => {}
                }
            }
        }
        books.takings(&charged, &mut all)?;
        charged.extend(books.covered_takings(work, &mut all)?);
        books.unbilled(&charged, &mut all)?;
        Ok(all)
    }
}

fn count(all: &mut Delivered, state: RegistrationState, seats: u32) {
    let place = match state {
        RegistrationState::Booked => &mut all.unmarked,
        RegistrationState::Attended => &mut all.attended,
        RegistrationState::LateCancelled => &mut all.late_cancelled,
        RegistrationState::NoShow => &mut all.no_shows,
        _ => return,
    };
    *place = place.saturating_add(seats);
}

/// A piece of work on a civil day.
struct Unit {
    work: Work,
    trainer: TrainerId,
    on: NaiveDate,
}

impl Tally<'_> {
    fn set_rule(&mut self, rule: PayRule) -> Outcome {
        self.admin(rule.location, "set pay rules")?;
        let mut reasons = Reasons::default();
        let trainer = self.club.trainers.get(rule.trainer);
        if trainer.is_none() {
            reasons.push(super::tally::missing("trainer", rule.trainer));
        }
        let place = rule.location.or_else(|| trainer.map(|trainer| trainer.home));
        let place = place.and_then(|place| self.club.locations.get(place));
        if let Some(what) = place.and_then(|place| rule.terms.fault(place.currency)) {
            reasons.push(Objection::Terms { what });
        }
        if let Some(assistant) = rule.terms.assistant {
            if assistant.trainer == rule.trainer {
                reasons.push(Objection::SelfAssisting {
                    trainer: rule.trainer,
                });
            } else if self.club.trainers.get(assistant.trainer).is_none() {
                reasons.push(super::tally::missing("trainer", assistant.trainer));
            }
        }
        let alike = |it: &&PayRule| it.work == rule.work && it.location == rule.location;
        let rules = || self.club.pay_rules.of(Key::Trainer(rule.trainer)).filter(alike);
        if let Some(later) = rules().find(|it| it.from >= rule.from) {
            reasons.push(Objection::LaterRule { rule: later.id });
        }
        reasons.done()?;
        let open = rules()
            .filter(|it| it.until.is_none_or(|until| until > rule.from))
            .map(|it| it.id);
        for ended in open.collect::<Vec<_>>() {
            self.draft.push(Event::Pay(PayEvent::RuleEnded {
                rule: ended,
                until: rule.from,
            }));
        }
        self.draft.push(Event::Pay(PayEvent::RuleSet(rule)));
        Ok(())
    }

    /// Pays the difference between what is earned and what is paid: running it again adds nothing.
    fn run_payroll(&mut self, location: LocationId, days: Days) -> Outcome {
        let place = self.club.locations.get(location).cloned();
        let place = place.ok_or_else(|| super::tally::missing("location", location))?;
        self.admin(Some(location), "run the payroll")?;
        let run: PayRunId = self.draft.local();
        let mut total = Money::zero(place.currency);
        let mut paid = Vec::new();
        let mut books = Books::of(self.club, place.date(self.now()));
        for unit in self.units(&place, days) {
            let rule = self
                .club
                .pay_rule(unit.trainer, unit.work.kind(), location, unit.on);
            let Some(rule) = rule else {
                self.withhold(&unit, NotYet::NoRule);
                continue;
            };
            let delivered = self
                .club
                .delivered_by(unit.work, &place, self.now(), &mut books)
                .map_err(Objection::from)?;
            if let Some(why) = rule.terms.gate(&delivered) {
                self.withhold(&unit, why);
                continue;
            }
            for (trainer, amount, text) in shares(unit.trainer, &rule.terms, &delivered)? {
                total = total.checked_add(amount)?;
                let (id, work, rule) = (self.draft.local(), unit.work, rule.id);
                paid.push(PayLine {
                    id,
                    run,
                    trainer,
                    work,
                    rule,
                    amount,
                    text,
                });
            }
        }
        let at = self.now();
        self.draft.push(Event::Pay(PayEvent::Ran(PayRun {
            id: run,
            location,
            days,
            at,
            total,
        })));
        for line in paid {
            self.draft.push(Event::Pay(PayEvent::Paid(line)));
        }
        let posting = Posting::new(location, self.today(location)?, Cause::PayRun(run), 0);
        self.post(posting.add(Account::Payroll, Account::Wages, total)?)
    }

    fn withhold(&mut self, unit: &Unit, why: NotYet) {
        let (trainer, work) = (unit.trainer, unit.work);
        self.draft
            .push(Event::Pay(PayEvent::Withheld(Withheld { trainer, work, why })));
    }

    /// Lists the work at a location on some days that nobody was paid for yet, by when it was.
    fn units(&self, place: &Location, days: Days) -> Vec<Unit> {
        let key = Key::Location(place.id);
        let is_due =
            |key: Key, on: NaiveDate| days.contains(on) && self.club.pay_lines.of(key).next().is_none();
        let classes = self
            .club
            .classes
            .of(key)
            .filter(|class| class.is_scheduled())
            .filter_map(|class| {
                let (on, trainer) = (place.date(class.period.start()), class.offering.trainer?);
                let unit = Unit {
                    work: Work::Class(class.id),
                    trainer,
                    on,
                };
                is_due(Key::Class(class.id), on).then_some((class.period, unit))
            });
        let sessions = self
            .club
            .sessions
            .of(key)
            .filter(|it| it.state != SessionState::Cancelled);
        let sessions = sessions.filter_map(|session| {
            let on = place.date(session.period.start());
            let unit = Unit {
                work: Work::Session(session.id),
                trainer: session.trainer,
                on,
            };
            is_due(Key::Session(session.id), on).then_some((session.period, unit))
        });
        let mut units: Vec<_> = classes.chain(sessions).collect();
        units.sort_by_key(|(period, unit)| (period.start(), unit.work));
        units.into_iter().map(|(_, unit)| unit).collect()
    }
}

/// Returns what trainer and assistant are paid, each with one line that says why.
fn shares(
    trainer: TrainerId,
    terms: &Terms,
    delivered: &Delivered,
) -> Result<Vec<(TrainerId, Money, String)>, Objection> {
    let (amount, text) = terms.pay(delivered)?;
    let (own, other) = terms.split(amount)?;
    let Some((assistant, share)) = terms.assistant.zip(other) else {
        return Ok(vec![(trainer, own, text)]);
    };
    let helped = format!("{text}, less {share} for trainer {}", assistant.trainer);
    let helping = format!("{share} of {amount} of trainer {trainer} ({text})");
    Ok(vec![(trainer, own, helped), (assistant.trainer, share, helping)])
}
