//! Payments that have been made, by member, class, location and period.

use diesel::prelude::*;
use gym_core::billing::payment::Payment;
use gym_core::time::Period;

use super::Past;
use crate::Gym;
use crate::billing::payment::PaymentRow;
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::stamp;
use crate::schema::{allocations, class_registrations, invoice_lines, payments};
use crate::stamp::Stamp;

/// How many values one statement asks for.
const SOME: usize = 500;

/// A stretch of a list of payments.
struct Stretch {
    first: Stamp,
    last: Stamp,
    after: i64,
    most: i64,
}

macro_rules! made {
    ($stretch:expr) => {
        payments::table
            .filter(payments::made_at.ge($stretch.first))
            .filter(payments::made_at.lt($stretch.last))
            .filter(
                payments::made_at
                    .ne($stretch.first)
                    .or(payments::id.gt($stretch.after)),
            )
            .order((payments::made_at, payments::id))
            .limit($stretch.most)
            .select(PaymentRow::as_select())
    };
}

impl Gym {
    /// Lists payments that were made in a period, in that order: `most` of them, after one.
    ///
    /// `made_at` is when it was recorded, `told_at` the provider's time of what is known of it. Those of a member are
    /// what the member paid, those of a location what was paid there, and those of a class what settles an invoice on
    /// which a booking of the class is.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn payments(
        &self,
        of: Past,
        during: Period,
        after: Option<&Payment>,
        most: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let after = after.filter(|it| it.made_at >= during.start());
        let stretch = Stretch {
            first: stamp(after.map_or(during.start(), |it| it.made_at)),
            last: stamp(during.end()),
            after: after.map_or(0, |it| it.id.get()),
            most: i64::from(most),
        };
        let rows: Vec<PaymentRow> = self.store.read(|c| {
            Ok(match of {
                Past::Member(member) => made!(stretch)
                    .filter(payments::payer_id.eq(member.get()))
                    .load(c)?,
                Past::Location(location) => made!(stretch)
                    .filter(payments::location_id.eq(location.get()))
                    .load(c)?,
                Past::Class(class) => of_class(c, class.get(), &stretch)?,
            })
        })?;
        let mut payments = rows
            .into_iter()
            .map(Payment::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        payments.sort_by_key(|it| (it.made_at, it.id));
        payments.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(payments)
    }
}

/// Loads the payments of a class, step by step along the indexes.
fn of_class(c: &mut AnyConnection, class: i64, stretch: &Stretch) -> Result<Vec<PaymentRow>, StoreError> {
    let bookings: Vec<i64> = class_registrations::table
        .filter(class_registrations::class_id.eq(class))
        .select(class_registrations::id)
        .load(c)?;
    let (mut bills, mut paid, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for some in bookings.chunks(SOME) {
        let lines = invoice_lines::table.filter(invoice_lines::registration_id.eq_any(some));
        bills.extend(lines.select(invoice_lines::invoice_id).load::<i64>(c)?);
    }
    distinct(&mut bills);
    for some in bills.chunks(SOME) {
        let parts = allocations::table.filter(allocations::invoice_id.eq_any(some));
        paid.extend(parts.select(allocations::payment_id).load::<i64>(c)?);
    }
    distinct(&mut paid);
    for some in paid.chunks(SOME) {
        rows.extend(made!(stretch).filter(payments::id.eq_any(some)).load(c)?);
    }
    Ok(rows)
}

fn distinct(ids: &mut Vec<i64>) {
    ids.sort_unstable();
    ids.dedup();
}
