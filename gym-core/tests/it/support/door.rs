//! Doors in few words.

use gym_core::booking::refusal::Reason;
use gym_core::check_in::DoorCommand;
use gym_core::command::Command;
use gym_core::entitlement::*;
use gym_core::id::*;

use super::Gym;
use super::lots::year;

/// Any number of uses of a door, in the whole year.
pub fn door(right: DoorRight) -> Terms {
    let scope = Scope {
        door: Some(right),
        ..Scope::default()
    };
    Terms {
        uses: Uses::Unlimited,
        scope,
        ..year(1)
    }
}

pub fn limited(most: u32, per: Window) -> DoorRight {
    let limit = Some(VisitLimit { most, per });
    DoorRight {
        limit,
        ..DoorRight::default()
    }
}

pub fn enter(member: MemberId, location: LocationId) -> DoorCommand {
    DoorCommand::Enter {
        member,
        location,
        area: None,
        overriding: None,
    }
}

/// Tries a door and says what opened it, or why it stayed shut.
pub fn told(gym: &mut Gym, command: DoorCommand) -> String {
    match gym.run(&Command::Door(command)) {
        Ok(events) => {
            let visit = gym.club.visits.iter().next_back();
            assert!(!events.is_empty());
            visit.map_or("in".to_owned(), |visit| format!("{:?}", visit.opened))
        }
        Err(refusal) => {
            let whys = refusal.reasons.iter().map(|reason| match reason {
                Reason::Door { why } => why.to_string(),
                other => format!("{other:?}"),
            });
            whys.collect::<Vec<_>>().join(" | ")
        }
    }
}

pub const LOT: &str = "Lot(LotId(1))";
