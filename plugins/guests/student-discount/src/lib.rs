//! Students pay less for memberships, passes and classes.
//!
//! | setting | what it is |
//! |---|---|
//! | `percent` | how much less, in percent; 10 if it is not set |
//! | `most` | at most so many minor units less on one line; not bounded if it is not set or 0 |
//! | `label` | the line on the invoice |
//!
//! The same rule is in C, JavaScript and Python beside this folder; all four give the same answers, byte for byte.

use gym_plugin_sdk::pricing::{Adjustment, Change, ItemKind, Line, Pricing, Quote, QuoteRequest};
use gym_plugin_sdk::{Fact, Failure, Money, Percent, Settings, plugin, text};

struct StudentDiscount {
    percent: Percent,
    most: i64,
    label: String,
}

impl Pricing for StudentDiscount {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        settings.only(&["label", "most", "percent"])?;
        Ok(Self {
            percent: settings.share("percent", Percent::whole(10))?,
            most: settings.whole("most", 0)?.into(),
            label: settings.label("label", "Student discount")?,
        })
    }

    fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure> {
        if !request.has_tag("student") {
            return Ok(Quote::default());
        }
        let (mut adjustments, mut saved) = (Vec::new(), Money::new(0, &request.context.currency));
        for line in request.lines.iter().filter(|line| is_for_students(line.kind)) {
            if line.list_price.currency != saved.currency {
                let (id, other) = (line.line_id, &line.list_price.currency);
                let why = text![
                    "line ",
                    id,
                    ": ",
                    other,
                    " is not accepted; expected ",
                    saved.currency
                ];
                return Err(Failure::invalid_input(why));
            }
            let (off, change) = self.off(line)?;
            if off.minor_units > 0 {
                saved = saved.plus(&off)?;
                adjustments.push(self.adjustment(line, change));
            }
        }
        if adjustments.is_empty() {
            return Ok(Quote::default());
        }
        let explanation = text![adjustments.len(), " of ", request.lines.len(), " lines"];
        Ok(Quote {
            adjustments,
            explanation: Some(explanation),
            facts: vec![Fact::new("student.saved", saved)],
        })
    }
}

impl StudentDiscount {
    /// Returns what is taken off, and how: the share, or the most if the share is more.
    fn off(&self, line: &Line) -> Result<(Money, Change), Failure> {
        let share = line.list_price.share(self.percent)?;
        if self.most == 0 || share.minor_units <= self.most {
            return Ok((share, self.percent.off()));
        }
        let most = Money::new(self.most, &share.currency);
        Ok((most.clone(), Change::AmountOff(most)))
    }

    fn adjustment(&self, line: &Line, change: Change) -> Adjustment {
        let points = self.percent.as_basis_points();
        line.adjust("student", &self.label, change)
            .within("concession", points)
    }
}

fn is_for_students(kind: ItemKind) -> bool {
    matches!(
        kind,
        ItemKind::Membership | ItemKind::ClassBooking | ItemKind::Pass
    )
}

plugin!(pricing: StudentDiscount);
