//! What a [`Code`] says of its rule: its name, and whether staff may override it.

use std::fmt;

use super::Code;

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Code {
    /// Whether staff may override the rule. Never: what would double-book a resource or a person,
    /// overfill a room, or contradict what has happened.
    pub const fn is_overridable(self) -> bool {
        matches!(
            self,
            Self::Started
                | Self::NotYetOpen
                | Self::Closed
                | Self::NoticeToOpen
                | Self::NoticeToJoin
                | Self::ChannelFull
                | Self::SeatsKept
                | Self::PartySize
                | Self::DayLimit
                | Self::WeekLimit
                | Self::ProgrammeLimit
                | Self::ConcurrentLimit
                | Self::Banned
                | Self::NoAccess
                | Self::TooEarly
                | Self::TooLate
                | Self::AttendanceLocked
                | Self::TrainerAway
                | Self::TrainerElsewhere
                | Self::OutsideHours
                | Self::WaitlistFull
                | Self::Uncovered
                | Self::Door
        )
    }
}
