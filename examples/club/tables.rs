//! What the club looks like: the week, how full classes are, the journal, and a what-if, as tables.

use std::collections::BTreeMap;

use chrono::Datelike;
use chrono_tz::Tz;
use comfy_table::{Cell, CellAlignment, Table, presets};
use gym_core::booking::RegistrationState;
use gym_core::club::{Club, Key};
use gym_core::replay::Outlook;
use gym_core::time::{Period, civil};
use gym_db::{Entry, Listing};

pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_header(header.iter().copied());
    table
}

/// One row per time of day, one column per weekday.
pub(crate) fn week(listed: &[Listing], zone: Tz) -> Table {
    let mut slots: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for it in listed {
        let start = civil(zone, it.class.period.start());
        let day = start.weekday().num_days_from_monday() as usize;
        let row = slots
            .entry(start.format("%H:%M").to_string())
            .or_insert_with(|| vec![Vec::new(); 7]);
        let state = if it.class.is_scheduled() { "" } else { " (off)" };
        let text = format!(
            "{}{state} {}/{}",
            it.class.offering.title, it.booked, it.class.offering.capacity
        );
        if let Some(cell) = row.get_mut(day) {
            cell.push(text);
        }
    }
    let mut table = table(&["", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
    for (time, days) in slots {
        table.add_row(std::iter::once(time).chain(days.into_iter().map(|classes| classes.join("\n"))));
    }
    table
}

/// One row per title: classes, seats, attendance.
pub(crate) fn fill(club: &Club, during: Period) -> Table {
    #[derive(Default)]
    struct Sums {
        classes: u32,
        seats: u32,
        booked: u32,
        came: u32,
        missed: u32,
        late: u32,
    }
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    for class in club
        .classes
        .iter()
        .filter(|it| it.is_scheduled() && during.contains(it.period.start()))
    {
        let place = club
            .locations
            .get(class.offering.location)
            .map_or("", |it| it.name.as_str());
        let sum = sums
            .entry(format!("{place}: {}", class.offering.title))
            .or_default();
        sum.classes += 1;
        sum.seats += class.offering.capacity;
        for booked in club.registrations.of(Key::Class(class.id)) {
            match booked.state {
                RegistrationState::Booked => sum.booked += booked.seats,
                RegistrationState::Attended => sum.came += booked.seats,
                RegistrationState::NoShow => sum.missed += booked.seats,
                RegistrationState::LateCancelled => sum.late += booked.seats,
                _ => {}
            }
        }
    }
    let mut table = table(&[
        "class",
        "held",
        "seats",
        "came",
        "missed",
        "cancelled late",
        "fill",
    ]);
    for (title, sum) in sums {
        let filled = (sum.came + sum.missed + sum.booked) * 100 / sum.seats.max(1);
        let numbers = [sum.classes, sum.seats, sum.came, sum.missed, sum.late].map(|it| it.to_string());
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let cells = numbers.into_iter().chain([format!("{filled} %")]).map(right);
        table.add_row(std::iter::once(Cell::new(title)).chain(cells));
    }
    table
}

/// The journal's rows, with what came of each command.
pub(crate) fn journal(entries: &[Entry]) -> Table {
    let mut table = table(&["row", "at (UTC)", "who", "command", "came to"]);
    for entry in entries {
        let outcome = match &entry.outcome {
            Ok(events) => format!("{} events", events.len()),
            Err(refusal) => {
                let codes: Vec<&str> = refusal.reasons.iter().map(|it| it.code().as_str()).collect();
                format!("refused: {}", codes.join(", "))
            }
        };
        table.add_row([
            entry.id.to_string(),
            entry.context.now.format("%Y-%m-%d %H:%M:%S").to_string(),
            entry.context.actor.to_string(),
            entry.name.clone(),
            outcome,
        ]);
    }
    table
}

/// What would have changed under another policy.
pub(crate) fn outlook(outlook: &Outlook) -> Table {
    let mut table = table(&["", "was", "would be", "change"]);
    for row in outlook.rows() {
        table.add_row(row);
    }
    table
}
