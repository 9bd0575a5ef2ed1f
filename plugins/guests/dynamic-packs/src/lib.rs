//! Several classes and sessions that are priced together are a pack: the more of them, the cheaper each.
//!
//! | setting | what it is |
//! |---|---|
//! | `packs` | percent less by number: `{"12":15,"3":5,"6":10}` if it is not set |
//! | `best` | whether a pack counts instead of other offers of the group `pack`; false if it is not set |

use std::mem::swap;

use gym_plugin_sdk::pricing::{ItemKind, Line, Pricing, Quote, QuoteRequest};
use gym_plugin_sdk::{Failure, Percent, Settings, plugin, text};

struct DynamicPacks {
    /// From how many on, and how much less; by number.
    packs: Vec<(usize, Percent)>,
    best: bool,
}

impl Pricing for DynamicPacks {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        settings.only(&["best", "packs"])?;
        let best = settings.flag("best", false)?;
        let Some(table) = settings.table("packs")? else {
            let packs = [(3, 5), (6, 10), (12, 15)];
            let packs = packs.map(|(from, percent)| (from, Percent::whole(percent)));
            return Ok(Self {
                packs: packs.into(),
                best,
            });
        };
        let mut packs = Vec::new();
        for (from, percent) in &table {
            let mut next = pack(from, percent)?;
            // In their order; no sort of Rust's, which takes 2 KB of a component.
            for it in &mut packs {
                if next < *it {
                    swap(it, &mut next);
                }
            }
            packs.push(next);
        }
        Ok(Self { packs, best })
    }

    fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure> {
        let lines: Vec<&Line> = request.lines.iter().filter(|line| counts(line)).collect();
        let is_reached = |(from, _): &&(usize, Percent)| *from <= lines.len();
        let Some((size, percent)) = self.packs.iter().rfind(is_reached) else {
            return Ok(Quote::default());
        };
        let label = text!["Pack of ", lines.len()];
        let priority = if self.best {
            i32::MAX
        } else {
            percent.as_basis_points()
        };
        let lower = |line: &&Line| {
            line.adjust("pack", &label, percent.off())
                .within("pack", priority)
        };
        let quote: Quote = lines.iter().map(lower).collect();
        let next = self.packs.iter().find(|it| !is_reached(it));
        Ok(match next {
            Some((more, better)) => quote.explained(text![more - lines.len(), " more for ", better]),
            None => quote.explained(text!["the largest pack, from ", size]),
        })
    }
}

fn counts(line: &Line) -> bool {
    matches!(line.kind, ItemKind::ClassBooking | ItemKind::PersonalSession) && line.list_price.minor_units > 0
}

fn pack(from: &str, percent: &str) -> Result<(usize, Percent), Failure> {
    let size = from.parse().ok().filter(|size| (2..=1_000).contains(size));
    let share = percent.parse().ok();
    let share = share.filter(|share| (Percent::basis_points(1)..=Percent::whole(100)).contains(share));
    size.zip(share).ok_or_else(|| {
        let what = text!["setting packs: ", from, " for ", percent, " is not accepted; "];
        Failure::invalid_config(what + "expected 2 to 1000, and a percentage")
    })
}

plugin!(pricing: DynamicPacks);
