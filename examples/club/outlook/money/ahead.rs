//! What the days of the quarter still earn at a place, by what the ledger holds of them and what is yet to be invoiced, and how
//! far off chance may put that.

use chrono::Datelike;
use gym_analytics::revenue::{Contract, Earned, Estimate, Joins, Running, earned, earned_together};
use gym_core::billing::ledger::{Account, Unearned, balances};
use gym_core::id::LocationId;
use gym_core::time::civil;

use super::super::Lived;
use super::QUARTER;
use crate::Anything;

/// Counts no payment twice: what was due by today is invoiced, and the ledger knows it. Beside those who will join stands how
/// unsure their number is.
pub(super) fn earns(
    lived: &Lived<'_>,
    place: u32,
    running: &[Running],
    contracts: &[Contract<'_>],
    (joins, unsure): (&Joins<'_>, f64),
) -> Result<(Earned, Estimate), Anything> {
    let places = &lived.history.places;
    let (location, zone) = (
        LocationId::new(places.id[place as usize])?,
        places.zone[place as usize],
    );
    let today = civil(zone, lived.now).date();
    let first = today.with_day(1).unwrap_or(today);
    let here = lived.club.deferrals.iter().filter(|it| it.location == location);
    let unearned = Unearned::of(here, places.currency[place as usize], first, QUARTER as u32)?;
    let minor = |month: &gym_core::money::Money| month.minor() as f64;
    let mut deferred: Vec<f64> = unearned.months.iter().map(minor).collect();
    if let Some(now) = deferred.first_mut() {
        // Days of earlier months that nobody has recognised yet.
        *now += minor(&unearned.before);
    }
    let net = net(lived, location)?;
    let new = running.iter().zip(contracts).map(|(it, contract)| Contract {
        price: contract.price * net,
        next: contract.next + if it.next <= today { it.every } else { 0 },
        ..*contract
    });
    let joins = Joins {
        price: joins.price * net,
        ..*joins
    };
    let (new, shop): (Vec<_>, _) = (new.collect(), [0.0; QUARTER]);
    let mut quarter = earned_together(&new, &joins, &shop, &deferred, 0..QUARTER)?;
    let one = Joins {
        each_month: &[1.0; QUARTER],
        ..joins
    };
    let by_one = earned_together(&[], &one, &shop, &shop, 0..QUARTER)?.expected;
    quarter.deviation = quarter.deviation.hypot(by_one * unsure);
    Ok((earned(&new, &joins, &shop, &deferred)?, quarter))
}

/// The share of what was invoiced there that is not taxes.
fn net(lived: &Lived<'_>, location: LocationId) -> Result<f64, Anything> {
    let (mut taxes, mut rest) = (0.0, 0.0);
    for ((at, _, account), balance) in balances(lived.club.entries.iter())? {
        let credit = -(balance.minor() as f64);
        match account {
            _ if at != location => {}
            Account::Tax(_) => taxes += credit,
            Account::Revenue(_) | Account::Deferred | Account::Passes | Account::Breakage => rest += credit,
            _ => {}
        }
    }
    Ok(if rest > 0.0 && taxes > 0.0 {
        rest / (rest + taxes)
    } else {
        1.0
    })
}
