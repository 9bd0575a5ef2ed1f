//! What comes: who is at risk and why, tomorrow's fullest hours, next quarter's revenue, and a page with all of it.
//!
//! Every number is of this club's own history, and says where that is too short to tell.

mod hours;
mod model;
mod money;
mod page;
mod risk;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::Months;
use comfy_table::{Cell, CellAlignment};
use gym_analytics::demand::DemandError;
use gym_analytics::report::Report;
use gym_core::club::Club;
use gym_core::history::History;
use gym_core::insight::{About, Figure, Origin, Run};
use gym_core::recommendation::Word;
use gym_core::time::{Instant, Period};
use gym_db::Gym;

use crate::Anything;

const PAGE: &str = "club/report.html";

/// A club as it was lived in, and when that is.
struct Lived<'g> {
    gym: &'g Gym,
    club: Club,
    history: History,
    now: Instant,
    names: BTreeMap<i64, String>,
    /// In the order of the history's places.
    places: Vec<String>,
}

impl<'g> Lived<'g> {
    /// Reads five years up to an instant.
    fn read(gym: &'g Gym, now: Instant) -> Result<Self, Anything> {
        let first = now
            .checked_sub_months(Months::new(60))
            .ok_or("the calendar is over")?;
        let history = gym.history(Period::new(first, now)?, |_| ())?;
        let club = gym.club()?;
        let members = gym.members()?.into_iter();
        let named = |id: &i64| club.locations.iter().find(|it| it.id.get() == *id);
        let places = history.places.id.iter();
        Ok(Self {
            gym,
            places: places
                .map(|id| named(id).map_or_else(String::new, |it| it.name.clone()))
                .collect(),
            names: members.map(|it| (it.id.get(), it.person.name)).collect(),
            club,
            history,
            now,
        })
    }

    /// What somebody is called.
    fn name(&self, member: i64) -> String {
        self.names
            .get(&member)
            .cloned()
            .unwrap_or_else(|| format!("member {member}"))
    }

    fn place(&self, place: u32) -> &str {
        self.places.get(place as usize).map_or("", String::as_str)
    }

    fn positions(&self) -> std::ops::Range<u32> {
        0..self.history.places.len() as u32
    }

    /// Writes figures of the club down in its database, as said by this version of this crate.
    fn record(&self, what: &str, figures: Vec<(String, f64)>) -> Result<(), Anything> {
        let version = format!("{}-1", env!("CARGO_PKG_VERSION").replace('.', "-"));
        let of = Origin::new(Word::new(what)?, Word::new(&version)?, self.now);
        let mut all = Vec::new();
        for (name, value) in figures {
            all.push(Figure::new(About::Club, Word::new(&name)?, value)?);
        }
        self.gym.record_run(&Run::new(of, all, Vec::new())?, self.now)?;
        Ok(())
    }
}

/// Tells all of it, and writes the page.
pub(crate) fn tell(gym: &Gym, teacher: u32) -> Result<(), Anything> {
    let Some(now) = gym.last_command_at()? else {
        return Ok(());
    };
    let lived = Lived::read(gym, now)?;
    let mut report = Report::new("The club", now.date_naive());
    let serving = model::serving(&lived, teacher)?;
    let risks = risk::tell(&lived, &serving, &mut report)?;
    hours::tell(&lived, &mut report)?;
    money::tell(&lived, &risks, &mut report)?;
    page::survival(&lived, &mut report);
    page::timetables(&lived, &mut report)?;
    report.write(Path::new(PAGE))?;
    println!(
        "{PAGE} has all of it with drawings: open it in a browser. What was said is in the tables\nanalytics_data and \
         ai_insights, and will be held against what becomes of the members."
    );
    Ok(())
}

/// Why hours or classes are not told, in plain words.
fn why(error: &DemandError, of: &str) -> String {
    match error {
        DemandError::TooShort { found, expected } => {
            format!("there are {found} {of} with others before them to learn from, and {expected} are needed")
        }
        other => other.to_string(),
    }
}

fn right(text: impl std::fmt::Display) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}
