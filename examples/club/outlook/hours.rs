//! Tomorrow's fullest hours at each place, and how full the hours of the week have been.

use chrono::{Days, NaiveTime, TimeDelta};
use gym_analytics::demand::{Ahead, Counts, Demand};
use gym_analytics::report::{Report, Section, Week};
use gym_core::time::{Instant, civil, resolve};

use super::Lived;
use crate::Anything;

/// How long somebody stays whom nobody saw leave, in minutes.
const STAY: i64 = 75;
/// What is learned from, in days.
const LEARNED: i64 = 112;

/// Tells the three fullest hours of the day after today.
pub(super) fn tell(lived: &Lived<'_>, report: &mut Report) -> Result<(), Anything> {
    let mut table = crate::tables::table(&["place", "tomorrow", "fullest", "then", "then"]);
    let (mut short, mut figures) = (Vec::new(), Vec::new());
    for place in lived.positions() {
        let (step, stay) = (TimeDelta::minutes(30), TimeDelta::minutes(STAY));
        let counts = Counts::inside(&lived.history, place, lived.now, step, stay)?;
        let people = counts.week(lived.now - TimeDelta::days(56));
        if people.iter().flatten().flatten().any(|people| *people > 0.0) {
            report.weeks.push(Week {
                place: lived.place(place).to_owned(),
                people,
            });
        }
        let counts = counts.since(lived.now - TimeDelta::days(LEARNED));
        let hours = tomorrow(lived, place);
        let told = Demand::learn(&counts, Ahead::Day).and_then(|demand| demand.forecast(&counts, &hours));
        let told = match told {
            Ok(told) => told,
            Err(why) => {
                short.push(format!(
                    "{}: {}",
                    lived.place(place),
                    super::why(&why, "half hours")
                ));
                continue;
            }
        };
        let halves = told.chunks(2).zip(hours.chunks(2));
        let mut fullest: Vec<(f64, Instant)> = halves
            .map(|(people, at)| (people.iter().sum::<f64>() / people.len() as f64, at[0]))
            .collect();
        fullest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let zone = lived.history.places.zone[place as usize];
        let mut row = vec![lived.place(place).to_owned()];
        for (people, at) in fullest.into_iter().take(3) {
            let local = civil(zone, at);
            if row.len() == 1 {
                row.push(local.format("%a %-d %b").to_string());
            }
            row.push(format!("{}: {people:.1} people", local.format("%H:%M")));
            figures.push((
                format!("people-at-{}-of-place-{place}", local.format("%H")),
                people,
            ));
        }
        table.add_row(row);
    }
    println!(
        "Tomorrow's fullest hours, as it has been at the door and in classes on such days lately\n{table}"
    );
    for why in &short {
        println!("Not told yet of {why}.");
    }
    println!();
    note(report, &short);
    lived.record("hours", figures)
}

fn note(report: &mut Report, short: &[String]) {
    let mut note = match report.weeks.is_empty() {
        true => "Nobody has come in by a door or attended a class in the last eight weeks.".to_owned(),
        false => "People inside on average, at the door and in classes, in the last eight weeks.".to_owned(),
    };
    if !short.is_empty() {
        note.push_str(&format!(" Tomorrow is not told yet. {}.", short.join(". ")));
    }
    report.notes.insert(Section::Occupancy, note);
}

/// The half hours of the day after today at a place.
fn tomorrow(lived: &Lived<'_>, place: u32) -> Vec<Instant> {
    let zone = lived.history.places.zone[place as usize];
    let today = civil(zone, lived.now).date();
    let day = today.checked_add_days(Days::new(1)).unwrap_or(today);
    let half = |half: u32| NaiveTime::from_hms_opt(half / 2, half % 2 * 30, 0);
    (0..48_u32)
        .filter_map(half)
        .map(|time| resolve(zone, day.and_time(time)).instant)
        .collect()
}
