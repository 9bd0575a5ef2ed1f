//! What is known beforehand of a month that is to come: how far it is, and whether a contract lets a member go in it.

use crate::columns::{Columns, DataError};
use crate::feature::standing::FAR;

/// The column of months ahead that a row of [`PersonMonths`](super::PersonMonths) has beside the features, from 1.
pub const MONTHS_AHEAD: &str = "months_ahead";

/// The column that it has beside `days_to_cliff` and `term_months`: 1 where a term or commitment is over in that month, or
/// there is none, so that a notice can take effect; else 0. Terms are taken to be renewed.
pub const MAY_LEAVE: &str = "may_leave";

const DAYS_IN_MONTH: f64 = 365.25 / 12.0;

/// Adds what is known of the month that lies so far ahead of each row.
pub(crate) fn ahead<'a>(columns: Columns<'a>, months: Vec<f64>) -> Result<Columns<'a>, DataError> {
    let contract = (columns.values("days_to_cliff"), columns.values("term_months"));
    let (Ok(cliffs), Ok(terms)) = contract else {
        return columns.with(MONTHS_AHEAD, months);
    };
    let rows = months.iter().zip(cliffs).zip(terms);
    let open: Vec<f64> = rows
        .map(|((month, cliff), term)| f64::from(u8::from(may_leave(*month, cliff, term))))
        .collect();
    columns.with(MAY_LEAVE, open)?.with(MONTHS_AHEAD, months)
}

/// Whether a notice can take effect in the month that lies `month` ahead of an instant from which the next end of a term
/// or commitment is `cliff` days.
fn may_leave(month: f64, cliff: f64, term: f64) -> bool {
    // A term that ends on the very day is told as none: what renews it is recorded later.
    let first = if cliff >= f64::from(FAR) {
        1.0
    } else {
        (cliff / DAYS_IN_MONTH).ceil()
    };
    match month - first {
        past if past < 0.0 => false,
        past if term > 0.0 => past % term == 0.0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cliff: f64, term: f64, open: &[u8]) {
        let found: Vec<u8> = (1..=14_u8)
            .filter(|month| may_leave(f64::from(*month), cliff, term))
            .collect();
        assert_eq!(found, open);
    }

    #[test]
    fn a_contract_lets_go_where_a_term_is_over() {
        let all: Vec<u8> = (1..=14).collect();
        check(366.0, 0.0, &all);
        check(10.0, 12.0, &[1, 13]);
        check(31.0, 6.0, &[2, 8, 14]);
        check(366.0, 6.0, &[1, 7, 13]);
        // A commitment of 100 days, and from then on until notice.
        check(100.0, 0.0, &all[3..]);
    }

    #[test]
    fn rows_without_a_contract_have_no_such_column() -> Result<(), DataError> {
        let columns = Columns::new([("days_since_visit", vec![3.0, 4.0])])?;
        let found = ahead(columns.clone(), vec![1.0, 2.0])?;
        assert_eq!(found.features().names(), ["days_since_visit", MONTHS_AHEAD]);
        let columns = columns
            .with("days_to_cliff", vec![40.0, 40.0])?
            .with("term_months", vec![6.0, 6.0])?;
        assert_eq!(ahead(columns, vec![1.0, 2.0])?.values(MAY_LEAVE)?, [0.0, 1.0]);
        Ok(())
    }
}
