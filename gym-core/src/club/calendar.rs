//! The bounds of the calendar, within which all dates of commands must be.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::billing::BillingCommand;
use crate::billing::ledger::LedgerCommand;
use crate::billing::obligation::Obligation;
use crate::billing::payment::PaymentCommand;
use crate::booking::refusal::{Reason, Refusal};
use crate::check_in::DoorCommand;
use crate::command::{Command, Context};
use crate::entitlement::{EntitlementCommand, Terms, Uses, Validity};
use crate::membership::MembershipCommand;
use crate::payroll::PayCommand;
use crate::schedule::availability::{Availability, WeeklyHours};
use crate::series::Series;
use crate::shop::ShopCommand;
use crate::time::{Days, Instant, Period};
use crate::user::Person;

/// Refuses times outside the years 2 to 9998, so that no sum of times runs off the calendar, and times between two
/// seconds, which no timetable has. Nothing needs to be known for that: who loads facts asks this first.
///
/// # Errors
/// [`Reason::BadValue`] for the first time that is out of bounds.
pub fn within_calendar(command: &Command, context: &Context) -> Result<(), Refusal> {
    let mut given = Given::default();
    given.command(command);
    let now = context.now.with_nanosecond(0).unwrap_or(context.now);
    given.instant("now", now);
    for (field, at) in given.0 {
        if !(2..=9998).contains(&at.year()) || at.nanosecond() != 0 {
            let (field, value) = (field.to_owned(), at.to_string());
            let expected = "a whole second of the years 2 to 9998".to_owned();
            let reason = Reason::BadValue {
                field,
                value,
                expected,
            };
            return Err(Refusal::of("do that", chrono_tz::UTC, reason));
        }
    }
    Ok(())
}

/// The times of a command, each with its name.
#[derive(Default)]
struct Given(Vec<(&'static str, NaiveDateTime)>);

impl Given {
    fn time(&mut self, field: &'static str, at: NaiveDateTime) {
        self.0.push((field, at));
    }

    fn day(&mut self, field: &'static str, day: NaiveDate) {
        self.time(field, day.and_time(NaiveTime::MIN));
    }

    /// Notes an instant to the second: those of machines have parts of seconds.
    fn instant(&mut self, field: &'static str, at: Instant) {
        let at = at.naive_utc();
        self.time(field, at.with_nanosecond(0).unwrap_or(at));
    }

    fn range(&mut self, from: NaiveDate, until: Option<NaiveDate>) {
        self.day("from", from);
        self.until(until);
    }

    fn until(&mut self, until: Option<NaiveDate>) {
        if let Some(until) = until {
            self.day("until", until);
        }
    }

    fn period(&mut self, start: &'static str, end: &'static str, period: Period) {
        self.time(start, period.start().naive_utc());
        self.time(end, period.end().naive_utc());
    }

    fn days(&mut self, days: Days) {
        self.range(days.from(), Some(days.until()));
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::AddUser { person } => self.person(person),
            Command::AddMember {
                person, joined_on, ..
            } => {
                self.person(person);
                self.day("joined_on", *joined_on);
            }
            Command::AddTrainer {
                person, availability, ..
            } => {
                self.person(person);
                self.availability(availability);
            }
            Command::SetAvailability { availability, .. } => self.availability(availability),
            Command::AddLocation { hours, .. } => self.hours(hours),
            Command::GrantRole { from, until, .. }
            | Command::GrantAccess { from, until, .. }
            | Command::AssignTrainer { from, until, .. } => self.range(*from, *until),
            Command::EndRole { until, .. }
            | Command::EndAccess { until, .. }
            | Command::EndAssignment { until, .. } => self.day("until", *until),
            Command::AddSeries {
                recurrence, until, ..
            } => {
                self.series(recurrence);
                self.instant("until", *until);
            }
            Command::Materialise { until, .. } => self.instant("until", *until),
            Command::AddClass { start, .. }
            | Command::MoveClass { start, .. }
            | Command::BookSession { start, .. }
            | Command::MoveSession { start, .. } => self.time("start", *start),
            Command::StartMaintenance { period, .. } => self.period("period start", "period end", *period),
            Command::CloseLocation { from, until, .. } => self.range(*from, Some(*until)),
            Command::Membership(command) => self.membership(command),
            Command::Entitlement(
                EntitlementCommand::Grant { grant, .. } | EntitlementCommand::SellPass { grant, .. },
            ) => self.lot(&grant.terms),
            Command::Shop(ShopCommand::SellPass { grant, .. }) => self.lot(&grant.terms),
            Command::Door(DoorCommand::AddWaiver { required_from, .. }) => {
                self.day("required_from", *required_from);
            }
            Command::Billing(command) => self.bill(command),
            Command::Pay(PayCommand::SetRule { from, .. }) => self.day("from", *from),
            Command::Pay(PayCommand::Run { days, .. }) => self.days(*days),
            Command::Payment(PaymentCommand::Report { at, .. }) => self.instant("at", *at),
            Command::Ledger(LedgerCommand::Recognise { until, .. }) => self.day("until", *until),
            _ => {}
        }
    }

    fn membership(&mut self, command: &MembershipCommand) {
        match command {
            MembershipCommand::AddType { from, .. }
            | MembershipCommand::Revise { from, .. }
            | MembershipCommand::Link { from, .. } => self.day("from", *from),
            MembershipCommand::SetJurisdiction { law, .. } => {
                for day in &law.holidays {
                    self.day("holidays", *day);
                }
            }
            MembershipCommand::Sell { start, .. } => self.day("start", *start),
            MembershipCommand::EndLink { until, .. } => self.day("until", *until),
            MembershipCommand::Freeze { from, until, .. }
            | MembershipCommand::FreezeAll { from, until, .. } => self.range(*from, *until),
            MembershipCommand::Gift { from, until, .. } => self.range(*from, Some(*until)),
            MembershipCommand::EndFreeze { on, .. } | MembershipCommand::Switch { on, .. } => {
                self.day("on", *on);
            }
            MembershipCommand::Renew { through, .. } => self.day("through", *through),
            _ => {}
        }
    }

    fn bill(&mut self, command: &BillingCommand) {
        match command {
            BillingCommand::SetTaxRates { from, .. } => self.day("from", *from),
            BillingCommand::AcceptCertificate { from, until, .. } => self.range(*from, *until),
            BillingCommand::SetDiscount { terms, .. } => self.range(terms.from, terms.until),
            BillingCommand::EndDiscount { until, .. } => self.day("until", *until),
            BillingCommand::Charge { obligation, .. } => self.owed(obligation),
            BillingCommand::DraftInvoice { owed, .. } => owed.iter().for_each(|it| self.owed(it)),
            BillingCommand::RunInvoices { through, .. } => self.day("through", *through),
            _ => {}
        }
    }

    fn owed(&mut self, owed: &Obligation) {
        self.day("due_on", owed.due_on);
        owed.days.into_iter().for_each(|days| self.days(days));
    }

    fn lot(&mut self, terms: &Terms) {
        if let Uses::PerCycle { anchor, .. } = terms.uses {
            self.day("anchor", anchor);
        }
        match terms.validity {
            Validity::Days { from, until } => self.range(from, until),
            Validity::FirstVisit { sold_on, latest, .. } => {
                self.day("sold_on", sold_on);
                latest.into_iter().for_each(|day| self.day("latest", day));
            }
        }
    }

    fn person(&mut self, person: &Person) {
        person
            .born_on
            .into_iter()
            .for_each(|day| self.day("born_on", day));
    }

    fn series(&mut self, series: &Series) {
        self.time("recurrence", series.start());
        let moved = series.moved().iter().flat_map(|(from, to)| [from, to]);
        for at in series.extra().iter().chain(series.except()).chain(moved) {
            self.time("recurrence", *at);
        }
    }

    fn hours(&mut self, hours: &WeeklyHours) {
        self.season(hours.dates.from(), hours.dates.until());
    }

    fn season(&mut self, from: Option<NaiveDate>, until: Option<NaiveDate>) {
        from.into_iter().for_each(|day| self.day("from", day));
        self.until(until);
    }

    fn availability(&mut self, availability: &Availability) {
        for rule in &availability.weekly {
            self.season(rule.dates.from(), rule.dates.until());
        }
        for day in availability.overrides.keys() {
            self.day("overrides", *day);
        }
        for period in &availability.time_off {
            self.period("time_off", "time_off", *period);
        }
    }
}
