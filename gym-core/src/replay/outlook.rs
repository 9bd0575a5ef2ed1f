//! An [`Outlook`] is what another policy would have changed, as values and as a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Figures;
use crate::booking::refusal::Code;
use crate::booking::{RegistrationState, WaitlistState};
use crate::command::{Command, Context};
use crate::decision::Decision;
use crate::event::Event;

/// What another policy would have changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// What the stretch added up to.
    pub before: Figures,
    /// What it would have added up to.
    pub after: Figures,
    /// The commands that would have been answered otherwise, in order.
    pub changed: Vec<Change>,
}

/// A command that would have been answered otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The number of its row in the journal.
    pub number: u64,
    /// Who and when.
    pub context: Context,
    /// What.
    pub command: Command,
    /// The answer that it got.
    pub before: Answer,
    /// The answer that it would have got.
    pub after: Answer,
}

/// What a command led to, in short: the rules that refused it, or how often it had which effect on bookings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The rules that refused it; none if it was accepted.
    pub refused: BTreeSet<Code>,
    /// Effects by name, e.g. `booked`, `late_cancelled`, `penalised`, `promoted`.
    pub effects: BTreeMap<String, u32>,
}

impl Answer {
    /// Puts a decision in short.
    pub fn of(decision: &Decision) -> Self {
        let mut answer = Self::default();
        match decision {
            Ok(events) => {
                for name in events.iter().filter_map(effect) {
                    *answer.effects.entry(name.to_owned()).or_default() += 1;
                }
            }
            Err(refusal) => answer.refused = refusal.reasons.iter().map(|reason| reason.code()).collect(),
        }
        answer
    }

    /// Whether the command was accepted.
    pub fn is_accepted(&self) -> bool {
        self.refused.is_empty()
    }
}

fn effect(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::Booked(_) => "booked",
        Event::BookingSettled { state, .. } => match state {
            RegistrationState::Booked => return None,
            state => state.as_str(),
        },
        Event::BookingReinstated { .. } => "reinstated",
        Event::Waitlisted(_) => "waitlisted",
        Event::WaitlistMoved { state, .. } => match state {
            WaitlistState::Waiting => return None,
            state => state.as_str(),
        },
        Event::SeatsAnnounced { .. } => "announced",
        Event::Held(_) => "held",
        Event::HoldEnded { .. } => "hold_ended",
        Event::Penalised(new) if new.waiver.is_some() => "penalty_waived",
        Event::Penalised(_) => "penalised",
        Event::PenaltyWaived { .. } => "penalty_waived",
        Event::Banned(_) => "banned",
        Event::BanLifted { .. } => "ban_lifted",
        _ => return None,
    })
}

impl fmt::Display for Answer {
    /// Writes `refused: full, overlaps`, or the effects as `booked, promoted 2`, or `accepted`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_accepted() {
            let codes: Vec<&str> = self.refused.iter().map(|code| code.as_str()).collect();
            return write!(f, "refused: {}", codes.join(", "));
        }
        let effects = self.effects.iter().map(|(name, times)| match times {
            1 => name.clone(),
            times => format!("{name} {times}"),
        });
        let effects: Vec<String> = effects.collect();
        f.write_str(if effects.is_empty() { "accepted" } else { "" })?;
        f.write_str(&effects.join(", "))
    }
}

impl Outlook {
    /// Lists the figures as rows of a table: what, before, after, and the difference.
    pub fn rows(&self) -> Vec<[String; 4]> {
        let (was, would) = (&self.before, &self.after);
        let mut rows = vec![row("commands accepted", was.accepted, would.accepted)];
        rows.push(row("commands refused", was.refused, would.refused));
        let codes: BTreeSet<Code> = was.reasons.keys().chain(would.reasons.keys()).copied().collect();
        for code in codes {
            let of = |figures: &Figures| figures.reasons.get(&code).copied().unwrap_or(0);
            rows.push(row(&format!("refused: {code}"), of(was), of(would)));
        }
        for (name, figure) in COUNTS {
            rows.push(row(name, figure(was), figure(would)));
        }
        for (name, figure) in SOMETIMES {
            rows.push(maybe(name, figure(was), figure(would)));
        }
        let changed = self.changed.len().to_string();
        rows.push([
            "answers changed".to_owned(),
            String::new(),
            String::new(),
            changed,
        ]);
        rows
    }
}

type Figure<T> = (&'static str, fn(&Figures) -> T);

const COUNTS: [Figure<u64>; 11] = [
    ("seats booked", |it| it.booked_seats),
    ("attended", |it| it.attended),
    ("cancelled in time", |it| it.cancelled),
    ("cancelled late", |it| it.late_cancels),
    ("no-shows", |it| it.no_shows),
    ("cancelled by the club", |it| it.club_cancelled),
    ("penalties", |it| it.penalties),
    ("penalties waived", |it| it.waived),
    ("bans", |it| it.bans),
    ("joined a waitlist", |it| it.waitlisted),
    ("came off a waitlist", |it| it.promoted),
];

const SOMETIMES: [Figure<Option<u64>>; 3] = [
    ("median wait, minutes", |it| it.median_wait_minutes),
    ("mean wait, minutes", |it| it.mean_wait_minutes),
    ("seats used, per mille", |it| it.fill_per_mille),
];

fn row(name: &str, was: u64, would: u64) -> [String; 4] {
    let by = i128::from(would) - i128::from(was);
    let by = if by == 0 { String::new() } else { format!("{by:+}") };
    [name.to_owned(), was.to_string(), would.to_string(), by]
}

fn maybe(name: &str, was: Option<u64>, would: Option<u64>) -> [String; 4] {
    if let (Some(was), Some(would)) = (was, would) {
        return row(name, was, would);
    }
    let text = |figure: Option<u64>| figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string());
    [name.to_owned(), text(was), text(would), String::new()]
}

impl fmt::Display for Outlook {
    /// Writes the rows as columns of plain text under a heading, without a line break at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = ["", "before", "after", "change"].map(str::to_owned);
        let rows: Vec<[String; 4]> = [heading].into_iter().chain(self.rows()).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let (name, was, would, by) = (width(0), width(1), width(2), width(3));
        for (n, [a, b, c, d]) in rows.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { "\n" })?;
            write!(f, "{a:name$}  {b:>was$}  {c:>would$}  {d:>by$}")?;
        }
        Ok(())
    }
}
