//! Loading what the payroll is decided on: the work of some days, what it took in, and what of it is paid.

mod worth;

use std::collections::BTreeSet;

use chrono::{Duration, NaiveTime};
use diesel::prelude::*;
use gym_core::id::{LocationId, TrainerId};
use gym_core::payroll::PayCommand;
use gym_core::time::Days;

use self::worth::Visits;
use super::Load;
use super::lock::Table;
use crate::billing::invoice;
use crate::booking::{PenaltyRow, RegistrationRow};
use crate::error::StoreError;
use crate::payroll::{PayLineRow, PayRuleRow};
use crate::schedule::class::ClassRow;
use crate::schedule::session::SessionRow;
use crate::schema::*;

/// How many values one statement asks for.
const SOME: usize = 500;

impl Load<'_> {
    pub(super) fn payroll(&mut self, command: &PayCommand) -> Result<(), StoreError> {
        match command {
            PayCommand::SetRule {
                trainer,
                location,
                terms,
                ..
            } => {
                self.lock([(Table::Trainer, trainer.get())])?;
                self.trainer(*trainer)?;
                self.maybe_location(*location)?;
                if let Some(assistant) = terms.assistant {
                    self.trainer(assistant.trainer)?;
                }
                self.rules(&BTreeSet::from([*trainer]))
            }
            PayCommand::Run { location, days } => {
                self.lock([(Table::Location, location.get())])?;
                self.location(*location)?;
                self.work(*location, *days)
            }
            _ => Ok(()),
        }
    }

    fn rules(&mut self, trainers: &BTreeSet<TrainerId>) -> Result<(), StoreError> {
        let trainers: Vec<i64> = trainers.iter().map(|it| it.get()).collect();
        let rows = pay_rules::table.filter(pay_rules::trainer_id.eq_any(trainers));
        for row in rows
            .select(PayRuleRow::as_select())
            .load::<PayRuleRow>(self.connection)?
        {
            self.club.pay_rules.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Loads the work at a location around some days; which of it is on these days is the core's to say.
    fn work(&mut self, location: LocationId, days: Days) -> Result<(), StoreError> {
        let from = days.from().and_time(NaiveTime::MIN) - Duration::days(2);
        let until = days.until().and_time(NaiveTime::MIN) + Duration::days(2);
        let given = classes::table
            .filter(classes::location_id.eq(location.get()))
            .filter(classes::starts_at.ge(from))
            .filter(classes::starts_at.lt(until));
        let given: Vec<ClassRow> = given.select(ClassRow::as_select()).load(self.connection)?;
        let classes: Vec<i64> = given.iter().map(|row| row.id).collect();
        for row in given {
            self.club.classes.insert(row.try_into()?);
        }
        let held = sessions::table
            .filter(sessions::location_id.eq(location.get()))
            .filter(sessions::starts_at.ge(from))
            .filter(sessions::starts_at.lt(until));
        let held: Vec<SessionRow> = held.select(SessionRow::as_select()).load(self.connection)?;
        let sessions: Vec<i64> = held.iter().map(|row| row.id).collect();
        for row in held {
            self.club.sessions.insert(row.try_into()?);
        }
        let around = Days::new(from.date(), until.date()).unwrap_or(days);
        let mut bills = BTreeSet::new();
        for some in classes.chunks(SOME) {
            self.attended(some, around, &mut bills)?;
        }
        for some in sessions.chunks(SOME) {
            let paid = pay_lines::table.filter(pay_lines::session_id.eq_any(some));
            let rows = paid.select(PayLineRow::as_select()).load(self.connection)?;
            self.paid(rows)?;
            self.covering(Visits::Sessions(some), around, &mut bills)?;
            let lines = invoice_lines::table.filter(invoice_lines::session_id.eq_any(some));
            bills.extend(
                lines
                    .select(invoice_lines::invoice_id)
                    .load::<i64>(self.connection)?,
            );
        }
        let bills: Vec<i64> = bills.into_iter().collect();
        for some in bills.chunks(SOME) {
            for found in invoice::by_id(self.connection, some)? {
                self.club.keep_invoice(found);
            }
        }
        let trainers = self
            .club
            .classes
            .iter()
            .filter_map(|class| class.offering.trainer);
        let trainers: BTreeSet<TrainerId> = trainers
            .chain(self.club.sessions.iter().map(|session| session.trainer))
            .collect();
        self.rules(&trainers)
    }

    /// Loads who booked some classes, what they were charged, and who was paid for giving them.
    fn attended(
        &mut self,
        classes: &[i64],
        around: Days,
        bills: &mut BTreeSet<i64>,
    ) -> Result<(), StoreError> {
        let paid = pay_lines::table.filter(pay_lines::class_id.eq_any(classes));
        let rows = paid.select(PayLineRow::as_select()).load(self.connection)?;
        self.paid(rows)?;
        let booked = class_registrations::table.filter(class_registrations::class_id.eq_any(classes));
        let booked = booked.select(RegistrationRow::as_select());
        let mut seats = Vec::new();
        for row in booked.load::<RegistrationRow>(self.connection)? {
            seats.push(row.id);
            self.club.registrations.insert(row.try_into()?);
        }
        let fined = penalties::table.filter(penalties::class_id.eq_any(classes));
        let mut fines = Vec::new();
        for row in fined
            .select(PenaltyRow::as_select())
            .load::<PenaltyRow>(self.connection)?
        {
            let fine: gym_core::booking::Penalty = row.try_into()?;
            fines.push(fine.id.get());
            self.club.penalties.insert(fine);
        }
        for some in seats.chunks(SOME) {
            self.covering(Visits::Registrations(some), around, bills)?;
            let lines = invoice_lines::table.filter(invoice_lines::registration_id.eq_any(some));
            bills.extend(
                lines
                    .select(invoice_lines::invoice_id)
                    .load::<i64>(self.connection)?,
            );
        }
        for some in fines.chunks(SOME) {
            let lines = invoice_lines::table.filter(invoice_lines::penalty_id.eq_any(some));
            bills.extend(
                lines
                    .select(invoice_lines::invoice_id)
                    .load::<i64>(self.connection)?,
            );
        }
        Ok(())
    }

    fn paid(&mut self, rows: Vec<PayLineRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.pay_lines.insert(row.try_into()?);
        }
        Ok(())
    }
}
