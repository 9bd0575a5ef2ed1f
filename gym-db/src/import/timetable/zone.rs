//! [`Zones`]: what the names of zones in one calendar mean.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::super::ImportError;
use super::line::Calendar;
use super::windows;

/// What would be accepted as the name of a zone.
pub(super) const EXPECTED: &str = "an IANA name such as Europe/Berlin, a Windows name such as W. Europe Standard Time, or a VTIMEZONE with X-LIC-LOCATION";

pub(super) struct Zones {
    /// X-LIC-LOCATION by TZID.
    locations: HashMap<String, String>,
    named: Option<Tz>,
    default: Tz,
}

impl Zones {
    pub(super) fn of(calendar: &Calendar, default: Tz) -> Result<Self, ImportError> {
        let locations = calendar
            .zones
            .iter()
            .filter_map(|zone| Some((zone.text("TZID")?, zone.text("X-LIC-LOCATION")?)));
        let mut zones = Self {
            locations: locations.collect(),
            named: None,
            default,
        };
        if let Some(line) = calendar.find("X-WR-TIMEZONE") {
            let found = zones.find(line.value.trim());
            let unknown = || ImportError::invalid(line.number, "X-WR-TIMEZONE", &line.value, EXPECTED);
            zones.named = Some(found.ok_or_else(unknown)?);
        }
        Ok(zones)
    }

    /// The zone of times that have none.
    pub(super) fn floating(&self) -> Tz {
        self.named.unwrap_or(self.default)
    }

    /// The zone that the calendar names for itself.
    pub(super) fn named(&self) -> Option<Tz> {
        self.named
    }

    pub(super) fn find(&self, id: &str) -> Option<Tz> {
        known(id).or_else(|| known(self.locations.get(id)?))
    }
}

/// Finds a zone by IANA's or Windows' name, or by a path that ends in IANA's, as some programs write it.
fn known(name: &str) -> Option<Tz> {
    if let Ok(zone) = name.parse() {
        return Some(zone);
    }
    if let Some(iana) = windows::iana(name) {
        return iana.parse().ok();
    }
    match name {
        "Z" | "tzone://Microsoft/Utc" => return Some(Tz::UTC),
        _ if !name.starts_with('/') => return None,
        _ => {}
    }
    // The longest name in the database has three parts.
    let mut parts = name.match_indices('/').rev().take(3);
    parts.find_map(|(at, _)| {
        let end = name.get(at + 1..)?;
        (end.contains('/')).then(|| end.parse().ok()).flatten()
    })
}
