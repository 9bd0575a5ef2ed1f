//! Classes and sessions at quiet hours are cheaper, the emptier the more; nearly full ones may be dearer.
//!
//! | setting | what it is |
//! |---|---|
//! | `days` | the quiet days of the week, 1 for Monday to 7 for Sunday; `12345` if it is not set |
//! | `from`, `until` | the quiet civil times at the location; `10:00` and `16:00` if they are not set |
//! | `percent` | how much less an empty class costs, in percent; 30 if it is not set |
//! | `filled-at-most` | from which fill on nothing is taken off, in percent; 60 if it is not set |
//! | `busy-from` | from which fill on a class is dearer, at any hour, in percent; 100 if it is not set |
//! | `busy-percent` | how much dearer, in percent; 0 if it is not set |

use gym_plugin_sdk::pricing::{Adjustment, Line, Occasion, Pricing, Quote, QuoteRequest};
use gym_plugin_sdk::{Failure, Percent, Settings, plugin, text};

struct OffPeak {
    days: String,
    from: u16,
    until: u16,
    percent: Percent,
    filled_at_most: Percent,
    busy_from: Percent,
    busy_percent: Percent,
}

impl Pricing for OffPeak {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        settings.only(&[
            "busy-from",
            "busy-percent",
            "days",
            "filled-at-most",
            "from",
            "percent",
            "until",
        ])?;
        let (from, until) = (minute(settings, "from", 600)?, minute(settings, "until", 960)?);
        if from >= until {
            return Err(Failure::invalid_config(
                "setting until: expected a time after from",
            ));
        }
        Ok(Self {
            days: days(settings)?,
            from,
            until,
            percent: settings.share("percent", Percent::whole(30))?,
            filled_at_most: settings.share("filled-at-most", Percent::whole(60))?,
            busy_from: settings.share("busy-from", Percent::whole(100))?,
            busy_percent: settings.share("busy-percent", Percent::whole(0))?,
        })
    }

    fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure> {
        let lines = request.lines.iter();
        Ok(lines.filter_map(|line| self.adjustment(line)).collect())
    }
}

impl OffPeak {
    fn adjustment(&self, line: &Line) -> Option<Adjustment> {
        let at = line.occasion?;
        let nothing = Percent::whole(0);
        if self.is_quiet(&at) && at.fill() < self.filled_at_most {
            let percent = self.for_fill(at.fill())?;
            return (percent > nothing).then(|| line.adjust("off-peak", "Quiet hours", percent.off()));
        }
        let busy = at.fill() >= self.busy_from && self.busy_percent > nothing;
        busy.then(|| line.adjust("busy", "Popular class", self.busy_percent.surcharge()))
    }

    fn is_quiet(&self, at: &Occasion) -> bool {
        let day = char::from(b'0' + at.weekday.min(9));
        self.days.contains(day) && (self.from..self.until).contains(&at.minute)
    }

    /// Returns the whole percentage for an empty class, and less in proportion until nothing is left.
    fn for_fill(&self, fill: Percent) -> Option<Percent> {
        let limit = i64::from(self.filled_at_most.as_basis_points());
        let left = limit - i64::from(fill.as_basis_points());
        let points = i64::from(self.percent.as_basis_points()) * left / limit;
        i32::try_from(points).ok().map(Percent::basis_points)
    }
}

fn days(settings: &Settings) -> Result<String, Failure> {
    let days = settings.text("days").unwrap_or_else(|| "12345".to_owned());
    if !days.is_empty() && days.chars().all(|day| ('1'..='7').contains(&day)) {
        return Ok(days);
    }
    let expected = "expected digits from 1, Monday, to 7, Sunday";
    let why = text!["setting days: ", days, " is not accepted; ", expected];
    Err(Failure::invalid_config(why))
}

/// Reads a civil time such as `16:30`, as minutes from midnight, up to `24:00`.
fn minute(settings: &Settings, key: &str, default: u16) -> Result<u16, Failure> {
    let Some(text) = settings.text(key) else {
        return Ok(default);
    };
    let is_number = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = |digits: &str| digits.parse::<u16>().ok().filter(|_| is_number(digits));
    let parts = text.split_once(':');
    let parts = parts.and_then(|(hours, minutes)| Some((number(hours)?, number(minutes)?)));
    let time = parts.filter(|(hours, minutes)| *hours < 24 && *minutes < 60 || (*hours, *minutes) == (24, 0));
    time.map(|(hours, minutes)| hours * 60 + minutes).ok_or_else(|| {
        let why = text![
            "setting ",
            key,
            ": ",
            text,
            " is not accepted; expected a time such as 16:30"
        ];
        Failure::invalid_config(why)
    })
}

plugin!(pricing: OffPeak);
