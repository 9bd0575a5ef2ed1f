//! Next quarter's revenue at each place, with its interval: contracts by how likely they last, those who will join, and,
//! once there is a year of it, what the takings themselves say. And how much of what the quarter earns is invoiced already.

mod ahead;

use chrono::{Datelike, Months, NaiveDate};
use gym_analytics::forecast::{Effort, ForecastError, bands, forecast};
use gym_analytics::report::{Fan, Month, Report, Section};
use gym_analytics::revenue::{Contract, Earned, Estimate, Joins, Running, Takings, reconcile, together};
use gym_core::billing::ledger::{Account, balances};
use gym_core::history::{Outcome, day_of};
use gym_core::time::{Instant, civil};

use super::risk::Survivals;
use super::{Lived, right};
use crate::Anything;

/// How many months are told.
const QUARTER: usize = 3;
/// How many deviations hold 80 % and 95 % of what is normal.
const LIKELY: f64 = 1.2816;
const WIDEST: f64 = 1.9600;

/// What is expected of a place, in minor units.
struct Outlook {
    quarter: Estimate,
    months: Vec<Estimate>,
    /// What the contracts that run bring in the quarter.
    contracts: f64,
    /// What the days of the quarter still earn.
    earned: Earned,
    /// The same in all, and how far off chance may put it.
    to_earn: Estimate,
    takings: Takings,
    /// How it was found, in words.
    by: &'static str,
}

/// Tells the three months after those that are over.
pub(super) fn tell(lived: &Lived<'_>, survivals: &Survivals, report: &mut Report) -> Result<(), Anything> {
    let mut table = crate::tables::table(&[
        "place",
        "expected",
        "from (80 %)",
        "to",
        "of contracts that run",
        "deferred today",
    ]);
    let (mut figures, mut title, mut told) = (Vec::new(), String::new(), Vec::new());
    let deferred = balances(lived.club.entries.iter())?;
    for place in lived.positions() {
        let outlook = outlook(lived, survivals, place)?;
        let currency = lived.history.places.currency[place as usize];
        let money = |minor: f64| format!("{:.0} {currency}", minor / unit(currency));
        let expected = outlook.quarter.expected;
        let (low, high) = likely(outlook.quarter);
        let kept = deferred.iter().find(|((at, _, account), _)| {
            at.get() == lived.history.places.id[place as usize] && *account == Account::Deferred
        });
        let next = outlook.takings.next();
        let last = month_after(next, QUARTER - 1);
        title = format!(
            "{} to {}, from {}",
            next.format("%B"),
            last.format("%B %Y"),
            outlook.by
        );
        table.add_row([
            comfy_table::Cell::new(lived.place(place)),
            right(money(expected)),
            right(money(low)),
            right(money(high)),
            right(money(outlook.contracts)),
            right(kept.map_or(money(0.0), |(_, amount)| money(-(amount.minor() as f64)))),
        ]);
        let invoiced: f64 = outlook.earned.invoiced.iter().sum();
        let to_earn = outlook.to_earn.expected;
        let (least, most) = likely(outlook.to_earn);
        told.push(format!(
            "{}: {} of {} ({:.0} to {:.0}), {:.0} %",
            lived.place(place),
            money(invoiced),
            money(to_earn),
            least / unit(currency),
            most / unit(currency),
            outlook.earned.share_invoiced().unwrap_or(0.0) * 100.0
        ));
        let all = [
            ("expected", expected),
            ("low-80", low),
            ("high-80", high),
            ("to-earn", to_earn),
            ("invoiced", invoiced),
        ];
        for (name, value) in all {
            figures.push((format!("quarter-{name}-of-place-{place}"), value));
        }
        report.revenue.push(fan(lived, place, &outlook));
    }
    println!(
        "Next quarter's revenue, {title}: with taxes,\nand within the bounds 4 times in 5 if risks are as said\n{table}"
    );
    let told = format!(
        "Of what these months still earn, without taxes (in brackets: 4 times in 5), is invoiced already, at {}.",
        told.join(", at ")
    );
    println!("{}\n", told.replace(", at ", ",\nat "));
    note(lived, report, &told);
    lived.record("revenue", figures)
}

fn note(lived: &Lived<'_>, report: &mut Report, told: &str) {
    let text = match lived.history.places.is_empty() {
        true => "There is no place yet that could take anything.".to_owned(),
        false => format!(
            "What the contracts that run bring as long as they are likely to last, and those who will join. The bands are \
             those of chance if the risks are right; from twelve months on, how far off forecasts of the takings were \
             counts as well. {told}"
        ),
    };
    report.notes.insert(Section::Revenue, text);
}

/// Within which bounds something is 4 times in 5.
fn likely(estimate: Estimate) -> (f64, f64) {
    let Estimate { expected, deviation } = estimate;
    (
        (expected - LIKELY * deviation).max(0.0),
        expected + LIKELY * deviation,
    )
}

/// Minor units in one of a currency.
fn unit(currency: gym_core::money::Currency) -> f64 {
    10f64.powi(currency.decimals() as i32)
}

fn month_after(month: NaiveDate, months: usize) -> NaiveDate {
    let months = Months::new(u32::try_from(months).unwrap_or(0));
    month.checked_add_months(months).unwrap_or(month)
}

fn outlook(lived: &Lived<'_>, survivals: &Survivals, place: u32) -> Result<Outlook, Anything> {
    let history = &lived.history;
    let takings = Takings::of(history, place, lived.now)?;
    let running = Running::of(history, place, lived.now)?;
    let brings = brings(lived, place, &takings)?;
    let comes = comes(lived, place);
    let curves: Vec<Vec<f64>> = running
        .iter()
        .map(|it| curve(lived, it, survivals.get(&it.member)))
        .collect();
    let zone = history.places.zone[place as usize];
    let month = civil(zone, lived.now).date();
    let number = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    let contracts: Vec<Contract<'_>> = running
        .iter()
        .zip(&curves)
        .map(|(it, survival)| Contract {
            price: it.price * brings,
            every: it.every,
            next: u32::try_from(number(it.next) - number(month)).unwrap_or(0) + 1,
            into_month: f64::from(it.next.day0()) / 31.0,
            survival,
        })
        .collect();
    let (each, unsure) = joins(lived, place)?;
    let price = running.iter().map(|it| it.price * brings).sum::<f64>() / running.len().max(1) as f64;
    let stays = mean(&curves);
    let joins = Joins {
        each_month: &[each; QUARTER],
        price,
        survival: &stays,
    };
    let shop = [0.0; QUARTER];
    let of = |months: std::ops::Range<usize>| -> Result<Estimate, Anything> {
        let mut found = together(&contracts, &joins, &shop, months.clone())?;
        // That it is not known how many join lies the same way in all months.
        let one = Joins {
            each_month: &[1.0; QUARTER],
            ..joins
        };
        let by_one = together(&[], &one, &shop, months.clone())?.expected;
        // A card fails, whoever's it is.
        let paid = contracts.iter().map(|it| {
            let due = it.survival[months.clone()].iter().sum::<f64>() / f64::from(it.every);
            it.price.powi(2) * due * comes * (1.0 - comes)
        });
        let fails = paid.sum::<f64>().sqrt();
        found.deviation = found.deviation.hypot(by_one * unsure).hypot(fails).max(1.0);
        Ok(found)
    };
    let none = Joins {
        each_month: &[0.0; QUARTER],
        ..joins
    };
    let (earned, to_earn) = ahead::earns(lived, place, &running, &contracts, (&joins, unsure))?;
    let mut outlook = Outlook {
        quarter: of(0..QUARTER)?,
        months: (0..QUARTER).map(|at| of(at..at + 1)).collect::<Result<_, _>>()?,
        contracts: together(&contracts, &none, &shop, 0..QUARTER)?.expected,
        earned,
        to_earn,
        takings,
        by: "contracts and joins",
    };
    from_above(&mut outlook)?;
    Ok(outlook)
}

/// How likely a contract pays in each month: surely what is due by today, until its end where that is known, else as the
/// member is likely to stay.
fn curve(lived: &Lived<'_>, running: &Running, stays: Option<&Vec<f64>>) -> Vec<f64> {
    let today = lived.now.date_naive();
    let there = |months: usize| match (months, stays) {
        (0, _) => 1.0,
        (_, Some(stays)) => stays.get(months - 1).copied().unwrap_or(1.0),
        (_, None) => 1.0,
    };
    let first = usize::from(running.next > today && running.next.month() == today.month());
    let pays = |month: usize| {
        let due = running.pays_on(u32::try_from(month).unwrap_or(0));
        match (running.ends_on, due) {
            (Some(end), Some(due)) => f64::from(u8::from(due < end)),
            _ => there(month + first),
        }
    };
    (0..QUARTER).map(pays).collect()
}

/// The mean of curves; whoever joins stays as the others do, and surely in the first month.
fn mean(curves: &[Vec<f64>]) -> Vec<f64> {
    let count = curves.len().max(1) as f64;
    let at = |month: usize| curves.iter().filter_map(|it| it.get(month)).sum::<f64>() / count;
    let first = at(0).max(f64::MIN_POSITIVE);
    (0..QUARTER)
        .map(|month| (at(month) / first).clamp(0.0, 1.0))
        .collect()
}

/// What came in for each unit of the prices of contracts, in the months that are over: discounts, taxes, cards that fail.
fn brings(lived: &Lived<'_>, place: u32, takings: &Takings) -> Result<f64, Anything> {
    let (mut came, mut owed) = (0.0, 0.0);
    for (at, month) in takings.months.iter().enumerate() {
        let end = month_after(takings.first, at + 1)
            .and_time(chrono::NaiveTime::MIN)
            .and_utc();
        let end: Instant = end.min(lived.now);
        if end < lived.history.during().start() {
            continue;
        }
        let running = Running::of(&lived.history, place, end)?;
        came += month;
        owed += running
            .iter()
            .map(|it| it.price / f64::from(it.every))
            .sum::<f64>();
    }
    Ok(if owed > 0.0 && came > 0.0 {
        came / owed
    } else {
        1.0
    })
}

/// The share of payments that came in, of those whose outcome is known, and half of one more of either kind (Jeffreys).
fn comes(lived: &Lived<'_>, place: u32) -> f64 {
    let known = lived.history.payments.rows().filter(|it| it.place == place);
    let (mut settled, mut failed) = (0.5, 0.5);
    for payment in known {
        match payment.outcome {
            Outcome::Settled => settled += 1.0,
            Outcome::Failed => failed += 1.0,
            Outcome::Open | Outcome::Refunded => {}
        }
    }
    settled / (settled + failed)
}

/// How many join in a month, and how sure that is: those of the months after the one in which the place opened, and half a
/// one more (Jeffreys).
fn joins(lived: &Lived<'_>, place: u32) -> Result<(f64, f64), Anything> {
    let joins = Takings::joins(&lived.history, place, lived.now)?;
    let opened = lived.history.memberships.starts_on.iter().min().copied();
    let opened = opened.and_then(day_of).unwrap_or(joins.first);
    let later = joins
        .months
        .iter()
        .enumerate()
        .filter(|(at, _)| month_after(joins.first, *at) > opened);
    let (months, joined) = later.fold((0.0, 0.0), |(months, sum), (_, joined)| {
        (months + 1.0, sum + joined)
    });
    Ok(match months > 0.0 {
        true => ((joined + 0.5) / months, (joined + 0.5_f64).sqrt() / months),
        false => (0.0, 0.0),
    })
}

/// Makes what the contracts say and what the takings say one, where there are takings of a year.
fn from_above(outlook: &mut Outlook) -> Result<(), Anything> {
    let months = &outlook.takings.months;
    let found = forecast(months, QUARTER, Effort::Accurate).and_then(|told| {
        let around = bands(months, QUARTER)?.around(&told.expected, 0.8)?;
        Ok(told.expected.into_iter().zip(around).collect::<Vec<_>>())
    });
    let found = match found {
        Ok(found) => found,
        Err(ForecastError::TooShort { .. }) => return Ok(()),
        Err(why) => return Err(why.into()),
    };
    let estimate = |expected: f64, wide: f64| Estimate {
        expected,
        deviation: (wide / (2.0 * LIKELY)).max(1.0),
    };
    for (month, (expected, band)) in outlook.months.iter_mut().zip(&found) {
        *month = reconcile(&[*month], estimate(*expected, band.high - band.low))?.total;
    }
    // As if all months were off the same way.
    let expected = found.iter().map(|it| it.0).sum();
    let wide = found.iter().map(|it| it.1.high - it.1.low).sum();
    outlook.quarter = reconcile(&[outlook.quarter], estimate(expected, wide))?.total;
    outlook.by = "contracts, joins and takings";
    Ok(())
}

fn fan(lived: &Lived<'_>, place: u32, outlook: &Outlook) -> Fan {
    let currency = lived.history.places.currency[place as usize];
    let whole = unit(currency);
    let (first, next) = (outlook.takings.first, outlook.takings.next());
    let past = outlook.takings.months.iter().enumerate();
    let ahead = outlook.months.iter().enumerate().map(|(at, month)| {
        let around = |wide: f64| {
            (
                ((month.expected - wide * month.deviation) / whole).max(0.0),
                (month.expected + wide * month.deviation) / whole,
            )
        };
        Month {
            month: month_after(next, at),
            expected: month.expected / whole,
            likely: around(LIKELY),
            widest: around(WIDEST),
        }
    });
    Fan {
        place: lived.place(place).to_owned(),
        currency: currency.to_string(),
        past: past
            .map(|(at, value)| (month_after(first, at), value / whole))
            .collect(),
        ahead: ahead.collect(),
    }
}
