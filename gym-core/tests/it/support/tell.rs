//! Events and alternatives in few words.

use gym_core::booking::Waiver;
use gym_core::booking::refusal::Alternative;
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::schedule::class::ClassState;

use super::Gym;

impl Gym {
    pub fn name(&self, member: MemberId) -> &str {
        self.names.get(&member).map_or("?", String::as_str)
    }

    fn booker(&self, registration: RegistrationId) -> &str {
        self.name(self.club.registrations.get(registration).unwrap().member)
    }

    fn waiter(&self, entry: WaitlistId) -> &str {
        self.name(self.club.waitlist.get(entry).unwrap().member)
    }

    pub fn told(&self, event: &Event) -> Option<String> {
        let many = |seats: u32| {
            if seats > 1 {
                format!("×{seats}")
            } else {
                String::new()
            }
        };
        Some(match event {
            Event::Claimed(_) | Event::Released { .. } => return None,
            Event::Booked(new) => format!("+{}{}", self.name(new.member), many(new.seats)),
            Event::BookingSettled {
                registration, state, ..
            } => {
                format!("{} {}", self.booker(*registration), state.as_str())
            }
            Event::BookingReinstated { registration } => format!("{} back", self.booker(*registration)),
            Event::Waitlisted(new) => format!("{}{} waits", self.name(new.member), many(new.seats)),
            Event::WaitlistMoved { entry, state, .. } => {
                format!("{} {}", self.waiter(*entry), state.as_str())
            }
            Event::WaitlistRevived { entry } => format!("{} waits again", self.waiter(*entry)),
            Event::WaitlistSkipped { entry, reasons } => {
                let codes: Vec<&str> = reasons.iter().map(|it| it.code().as_str()).collect();
                format!("{} skipped ({})", self.waiter(*entry), codes.join(" "))
            }
            Event::SeatsAnnounced { seats, .. } => format!("{seats} announced"),
            Event::Held(new) => format!("{}{} held", self.name(new.member), many(new.seats)),
            Event::HoldEnded { hold } => {
                format!("{} let go", self.name(self.club.holds.get(*hold).unwrap().member))
            }
            Event::Penalised(new) => {
                let waived = if new.waiver == Some(Waiver::Allowance) {
                    " waived"
                } else {
                    ""
                };
                format!(
                    "{} {}{waived}",
                    self.name(new.member),
                    new.offence.as_str().replace("late_cancel", "late")
                )
            }
            Event::PenaltyWaived { penalty, .. } => {
                format!(
                    "{} forgiven",
                    self.name(self.club.penalties.get(*penalty).unwrap().member)
                )
            }
            Event::Banned(new) => format!("{} banned", self.name(new.member)),
            Event::BanLifted { ban } => {
                format!("{} unbanned", self.name(self.club.bans.get(*ban).unwrap().member))
            }
            Event::Overridden { rules, .. } => {
                let rules: Vec<&str> = rules.iter().map(|rule| rule.as_str()).collect();
                format!("despite {}", rules.join(" "))
            }
            Event::ClassStated { state, .. } => match state {
                ClassState::Scheduled => "class on".to_owned(),
                ClassState::Cancelled => "class off".to_owned(),
                ClassState::Closed(_) => "class closed".to_owned(),
            },
            Event::OccurrenceSkipped {
                original, reasons, ..
            } => {
                let codes: Vec<&str> = reasons.iter().map(|it| it.code().as_str()).collect();
                format!("no class on {} ({})", original.date(), codes.join(" "))
            }
            Event::Entitlement(_) => return None,
            other => {
                let json = serde_json::to_value(other).unwrap();
                let kind = json.as_object().and_then(|it| it.keys().next().cloned());
                kind.unwrap_or_default().replace('_', " ")
            }
        })
    }
}

pub fn instead(alternative: &Alternative) -> String {
    match alternative {
        Alternative::Wait { position } => format!("wait {position}"),
        Alternative::Seats { seats } => format!("{seats} seats"),
        Alternative::From { at } => format!("from {}", at.format("%m-%d %H:%M")),
        Alternative::Class { class, .. } => format!("class {class}"),
        Alternative::Slot { trainer, period } => {
            format!("{trainer} at {}", period.start().format("%m-%d %H:%M"))
        }
    }
}
