//! [`Figures`]: what a stretch of a journal adds up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::booking::refusal::Code;
use crate::booking::{RegistrationState, WaitlistState};
use crate::club::{Club, Key};
use crate::decision::Decision;
use crate::event::Event;
use crate::id::ClassId;
use crate::time::{Instant, Period};

/// What a stretch of a journal adds up to. Counts are of commands, bookings or seats, as they say; shares are
/// whole per mille, rounded down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Commands that were accepted.
    pub accepted: u64,
    /// Commands that were refused.
    pub refused: u64,
    /// How many refusals named each rule.
    pub reasons: BTreeMap<Code, u64>,
    /// Seats that were booked, at once or off the waitlist.
    pub booked_seats: u64,
    /// Bookings whose member came.
    pub attended: u64,
    /// Bookings that were cancelled in time.
    pub cancelled: u64,
    /// Bookings that were cancelled late.
    pub late_cancels: u64,
    /// Bookings whose member did not come.
    pub no_shows: u64,
    /// Bookings that the club cancelled.
    pub club_cancelled: u64,
    /// Penalties, those that were waived at once among them.
    pub penalties: u64,
    /// Penalties that were waived, at once or later.
    pub waived: u64,
    /// Bans.
    pub bans: u64,
    /// Waitlist entries.
    pub waitlisted: u64,
    /// Waitlist entries that got a seat.
    pub promoted: u64,
    /// How long those had waited, in whole minutes: the mean, rounded down; none if nobody got a seat.
    pub mean_wait_minutes: Option<u64>,
    /// The same: the median, the lower of the two in the middle.
    pub median_wait_minutes: Option<u64>,
    /// The classes that took place and started in the stretch: seats kept or used, per mille of the capacity.
    pub fill: BTreeMap<ClassId, u32>,
    /// All their seats kept or used, per mille of all their capacity; none without classes.
    pub fill_per_mille: Option<u64>,
}

/// Figures in the making.
#[derive(Debug, Default)]
pub(super) struct Tally {
    figures: Figures,
    waits: Vec<u64>,
}

impl Tally {
    /// Counts a decision about a club that it has not changed yet.
    pub(super) fn count(&mut self, club: &Club, decision: &Decision, now: Instant) {
        match decision {
            Ok(events) => {
                self.figures.accepted += 1;
                events.iter().for_each(|event| self.event(club, event, now));
            }
            Err(refusal) => {
                self.figures.refused += 1;
                let mut codes: Vec<Code> = refusal.reasons.iter().map(|reason| reason.code()).collect();
                codes.sort_unstable();
                codes.dedup();
                for code in codes {
                    *self.figures.reasons.entry(code).or_default() += 1;
                }
            }
        }
    }

    fn event(&mut self, club: &Club, event: &Event, now: Instant) {
        let figures = &mut self.figures;
        match event {
            Event::Booked(new) => figures.booked_seats += u64::from(new.seats),
            Event::BookingSettled { state, .. } => match state {
                RegistrationState::Attended => figures.attended += 1,
                RegistrationState::Cancelled => figures.cancelled += 1,
                RegistrationState::LateCancelled => figures.late_cancels += 1,
                RegistrationState::NoShow => figures.no_shows += 1,
                RegistrationState::ClubCancelled => figures.club_cancelled += 1,
                RegistrationState::Booked => {}
            },
            Event::Penalised(new) => {
                figures.penalties += 1;
                figures.waived += u64::from(new.waiver.is_some());
            }
            Event::PenaltyWaived { .. } => figures.waived += 1,
            Event::Banned(_) => figures.bans += 1,
            Event::Waitlisted(_) => figures.waitlisted += 1,
            Event::WaitlistMoved {
                entry,
                state: WaitlistState::Promoted,
                ..
            } => {
                figures.promoted += 1;
                if let Some(entry) = club.waitlist.get(*entry) {
                    let minutes = (now - entry.entered_at).num_minutes();
                    self.waits.push(u64::try_from(minutes).unwrap_or(0));
                }
            }
            _ => {}
        }
    }

    /// Adds what a club has become by the end of the stretch.
    pub(super) fn finish(mut self, club: &Club, stretch: Period) -> Figures {
        self.waits.sort_unstable();
        let n = self.waits.len();
        self.figures.median_wait_minutes = self.waits.get(n.saturating_sub(1) / 2).copied();
        self.figures.mean_wait_minutes = self.waits.iter().sum::<u64>().checked_div(n as u64);
        let (mut used, mut seats) = (0u64, 0u64);
        let held = club
            .classes
            .iter()
            .filter(|class| class.is_scheduled() && stretch.contains(class.period.start()));
        for class in held {
            let Some(facts) = club.class_facts(class.id) else {
                continue;
            };
            let stays = |state: RegistrationState| state.is_live() || state == RegistrationState::NoShow;
            let all = club.registrations.of(Key::Class(class.id));
            let taken: u64 = all
                .filter(|it| stays(it.state))
                .map(|it| u64::from(it.seats))
                .sum();
            let capacity = u64::from(facts.capacity());
            (used, seats) = (used + taken, seats + capacity);
            let per_mille = (taken * 1000).checked_div(capacity).unwrap_or(0);
            self.figures
                .fill
                .insert(class.id, u32::try_from(per_mille).unwrap_or(u32::MAX));
        }
        self.figures.fill_per_mille = (used * 1000).checked_div(seats);
        self.figures
    }
}
