//! The sentence of each [`Reason`]: what the rule says and why, for a person at the desk.

use std::fmt::Write;

use chrono_tz::Tz;

use super::refusal::{Reason, clock, places, span};

pub(super) fn of(reason: &Reason, zone: Tz) -> String {
    booking(reason, zone)
        .or_else(|| member(reason, zone))
        .or_else(|| entitlement(reason))
        .unwrap_or_else(|| timetable(reason, zone))
}

fn booking(reason: &Reason, zone: Tz) -> Option<String> {
    let at = |instant| clock(zone, instant);
    Some(match reason {
        Reason::ClassCancelled { .. } => "the class was cancelled".to_owned(),
        Reason::LocationClosed { from, until, why, .. } => {
            format!("the location is closed from {from} to {until} ({why})")
        }
        Reason::Started { starts_at } => format!("it started on {}", at(*starts_at)),
        Reason::NotYetOpen { opens_at } => format!("booking opens on {}", at(*opens_at)),
        Reason::Closed { closed_at } => format!("booking closed on {}", at(*closed_at)),
        Reason::NoticeToOpen { minutes, until } => {
            format!(
                "nobody has booked yet, and the first booking needs {minutes} minutes' notice (until {})",
                at(*until)
            )
        }
        Reason::NoticeToJoin { minutes, until } => {
            format!("joining needs {minutes} minutes' notice (until {})", at(*until))
        }
        Reason::Full {
            capacity,
            taken,
            kept: 0,
            asked: 1,
        } => {
            format!("the class is full ({taken} of {} taken)", places(*capacity))
        }
        Reason::Full {
            capacity,
            taken,
            kept,
            asked,
        } => format!(
            "{} asked for, {} free ({taken} of {capacity} taken, {kept} kept for others)",
            places(*asked),
            capacity.saturating_sub(*taken).saturating_sub(*kept)
        ),
        Reason::ChannelFull {
            channel,
            most,
            taken,
            kept,
            asked,
        } => {
            let kept = match kept {
                0 => String::new(),
                kept => format!("{kept} kept for others, "),
            };
            format!(
                "the {channel} channel may fill {} ({taken} taken, {kept}{asked} asked for)",
                places(*most)
            )
        }
        Reason::SeatsKept { waiting: 1, until } => {
            format!(
                "free places are kept for 1 member who waits, until {}",
                at(*until)
            )
        }
        Reason::SeatsKept { waiting, until } => {
            format!(
                "free places are kept for {waiting} members who wait, until {}",
                at(*until)
            )
        }
        Reason::PartySize { most, asked } => {
            format!("one booking holds 1 to {} ({asked} asked for)", places(*most))
        }
        Reason::WaitlistFull { most } => format!("the waitlist is full ({most} wait)"),
        Reason::WaitlistClosed { closed_at } => format!("the waitlist closed on {}", at(*closed_at)),
        Reason::TooEarly { from } => format!("this is possible from {}", at(*from)),
        Reason::TooLate { until } => format!("this was possible until {}", at(*until)),
        Reason::AttendanceLocked { since } => format!("attendance is locked since {}", at(*since)),
        _ => return None,
    })
}

fn member(reason: &Reason, zone: Tz) -> Option<String> {
    Some(match reason {
        Reason::AlreadyBooked { registration } => {
            format!("the member has booked it already (booking {registration})")
        }
        Reason::AlreadyWaiting { position, .. } => {
            format!("the member waits for it already, at position {position}")
        }
        Reason::Overlaps { title, period, .. } => format!("it overlaps {title}, {}", span(zone, period)),
        Reason::DayLimit { limit, booked, date } => format!("{booked} of {limit} a day are booked on {date}"),
        Reason::WeekLimit { limit, booked, week } => {
            format!("{booked} of {limit} a week are booked in the week of {week}")
        }
        Reason::ProgrammeLimit {
            programme,
            limit,
            booked,
            week,
        } => {
            format!("{booked} of {limit} {programme} classes a week are booked in the week of {week}")
        }
        Reason::ConcurrentLimit { limit, booked } => {
            format!("{booked} of {limit} bookings at one time are open")
        }
        Reason::Banned { until } => format!("the member may not book until {}", clock(zone, *until)),
        Reason::NoAccess { location, date } => {
            format!("the member may not use location {location} on {date}")
        }
        Reason::NotBooked {
            last: None,
            waited: None,
        } => "the member has not booked it".to_owned(),
        Reason::NotBooked {
            last: Some(state), ..
        } => {
            format!(
                "the booking is not open any more ({})",
                state.as_str().replace('_', " ")
            )
        }
        Reason::NotBooked {
            last: None,
            waited: Some(state),
        } => {
            format!("the member does not wait for it any more ({})", state.as_str())
        }
        Reason::UserTaken { by } => format!("the user is linked to {by}"),
        Reason::PrimaryTaken { trainer, member } => {
            format!("trainer {trainer} is primary for member {member} on some of those days")
        }
        _ => return None,
    })
}

fn entitlement(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::Uncovered { why, would } => {
            let mut told = "nothing that the member has covers it".to_owned();
            for (n, it) in why.iter().enumerate() {
                let between = if n == 0 { ":" } else { ";" };
                let _ = write!(told, "{between} lot {}: {}", it.lot, it.why);
            }
            for (n, it) in would.iter().enumerate() {
                let between = if n == 0 { "; what would is" } else { ", or" };
                let _ = write!(told, "{between} {it}");
            }
            told
        }
        Reason::LotNeeded { lot, by } => {
            let told: Vec<String> = by.iter().map(ToString::to_string).collect();
            format!("lot {lot} is needed by {}", told.join(", "))
        }
        Reason::Door { why } => why.to_string(),
        _ => return None,
    })
}

fn timetable(reason: &Reason, zone: Tz) -> String {
    match reason {
        Reason::Unknown { what, id } => format!("there is no {what} {id}"),
        Reason::NotPermitted {
            action,
            location: Some(location),
        } => {
            format!("the actor's roles do not allow to {action} at location {location}")
        }
        Reason::NotPermitted { action, .. } => format!("the actor's roles do not allow to {action}"),
        Reason::NeverOverridden { rule } => format!("the rule {rule} is never overridden"),
        Reason::NothingToDo { looked_for } => format!("there is no {looked_for}"),
        Reason::Taken {
            resource,
            owner,
            period,
        } => {
            format!("{resource} is taken by {owner}, {}", span(zone, period))
        }
        Reason::TrainerAway { trainer, period } => {
            format!("trainer {trainer} does not work on {}", span(zone, period))
        }
        Reason::TrainerElsewhere { trainer, location } => {
            format!("trainer {trainer} does not work at location {location}")
        }
        Reason::NobodyFree { period } => format!("no trainer is free on {}", span(zone, period)),
        Reason::OutsideHours { location, period } => {
            format!(
                "location {location} is not open for all of {}",
                span(zone, period)
            )
        }
        Reason::WrongPlace {
            what,
            id,
            at,
            expected,
        } => {
            format!("{what} {id} belongs to location {at}, not {expected}")
        }
        Reason::NoUnits { units, period } => {
            format!("none of {units} units is free on {}", span(zone, period))
        }
        Reason::BadValue {
            field,
            value,
            expected,
        } => {
            format!("{field}: {value} is not accepted; expected {expected}")
        }
        Reason::SeriesCannot { why } => format!("the series cannot change so: {why}"),
        Reason::Billing { why } => why.to_string(),
        Reason::Contract { why } => why.to_string(),
        Reason::Payment { why } => why.to_string(),
        Reason::Shop { why } => why.to_string(),
        Reason::Payroll { why } => why.to_string(),
        Reason::Guarded { guard } => format!("the database refused it ({guard})"),
        _ => String::new(),
    }
}
