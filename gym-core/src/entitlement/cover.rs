//! The matching behind entitlements: which slot of uses covers which demand.
//!
//! [`cover`] is a function of slots and demands alone. It finds a matching that covers every demand, and then goes
//! through the demands in order and gives each the best slot that leaves the rest coverable, by augmenting paths. A
//! slot that is valid from its first visit has no days of its own: they follow from what it covers. Where such slots
//! compete, the days that each could start on are tried, within a budget.

mod search;

use self::search::Search;

/// Uses that are alike.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// How many; `u32::MAX` if there is no limit.
    pub(super) capacity: u32,
    /// Its place by scope, price and id.
    pub(super) rank: usize,
    /// When they can be used.
    pub(super) open: Open,
}

/// When uses can be used, in days from a common origin.
#[derive(Debug, Clone)]
pub(super) enum Open {
    /// From a day up to, not including, another.
    Days(i32, i32),
    /// From the first day that is covered.
    First {
        /// The days on which that can be, each with the end that follows, ascending.
        starts: Vec<(i32, i32)>,
        /// The first and the last day on which uses were consumed.
        consumed: Option<(i32, i32)>,
    },
}

/// One seat of one visit, which needs one use.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    /// The day of the visit; demands are sorted by it.
    pub(super) day: i32,
    /// The slots whose scope fits.
    pub(super) fits: Vec<usize>,
}

/// How many windows of first-visit slots are tried for up to fifty demands before what was found counts as the best;
/// for more demands it is fewer, so that the time is bounded.
const BUDGET: usize = 2_000;

const NOWHERE: usize = usize::MAX;

/// Returns the slot of each demand, or none if not all can be covered.
pub(super) fn cover(slots: &[Slot], demands: &[Demand]) -> Option<Vec<usize>> {
    let mut budget = u32::try_from(1 + 50 * BUDGET / demands.len().max(50)).unwrap_or(1);
    let mut board = settle(Board::new(slots, demands), 0, &mut budget)?;
    for demand in 0..demands.len() {
        board = improve(board, demand, &mut budget);
    }
    Some(board.at)
}

/// How firmly the days of a slot are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Firm {
    /// Any days that could come about.
    Loose,
    /// The days that follow from what it covers at present.
    Tentative,
    /// The days that it has, or that a settled demand has given it.
    Decided,
}

#[derive(Debug, Clone, Copy)]
struct Days {
    from: i32,
    until: i32,
    firm: Firm,
}

#[derive(Clone)]
struct Board<'s> {
    slots: &'s [Slot],
    demands: &'s [Demand],
    days: Vec<Days>,
    at: Vec<usize>,
    held: Vec<Vec<usize>>,
}

impl Slot {
    /// Returns the end that follows if a day is covered first.
    fn end_from(&self, day: i32) -> Option<(i32, i32)> {
        let Open::First { starts, consumed } = &self.open else {
            return None;
        };
        let start = consumed.map_or(day, |(first, _)| first.min(day));
        let found = starts.binary_search_by_key(&start, |(start, _)| *start).ok()?;
        starts.get(found).copied()
    }

    const fn is_unlimited(&self) -> bool {
        self.capacity == u32::MAX
    }
}

impl<'s> Board<'s> {
    fn new(slots: &'s [Slot], demands: &'s [Demand]) -> Self {
        let mut board = Self {
            slots,
            demands,
            days: vec![
                Days {
                    from: 0,
                    until: 0,
                    firm: Firm::Loose
                };
                slots.len()
            ],
            at: vec![NOWHERE; demands.len()],
            held: vec![Vec::new(); slots.len()],
        };
        board.loosen();
        board
    }

    /// Forgets the days that are not decided.
    fn loosen(&mut self) {
        for (slot, days) in self.slots.iter().zip(&mut self.days) {
            if days.firm == Firm::Decided {
                continue;
            }
            *days = match &slot.open {
                Open::Days(from, until) => Days {
                    from: *from,
                    until: *until,
                    firm: Firm::Decided,
                },
                Open::First { starts, .. } => {
                    let from = starts.first().map_or(0, |first| first.0);
                    let until = starts.iter().map(|start| start.1).max().unwrap_or(from);
                    Days {
                        from,
                        until,
                        firm: Firm::Loose,
                    }
                }
            };
        }
    }

    fn is_open(&self, demand: usize, slot: usize) -> bool {
        let (day, days) = (self.demands[demand].day, self.days[slot]);
        days.from <= day && day < days.until
    }

    fn has_room(&self, slot: usize) -> bool {
        (self.held[slot].len() as u64) < u64::from(self.slots[slot].capacity)
    }

    fn place(&mut self, demand: usize, slot: usize) {
        self.unplace(demand);
        self.at[demand] = slot;
        self.held[slot].push(demand);
    }

    fn unplace(&mut self, demand: usize) {
        let slot = std::mem::replace(&mut self.at[demand], NOWHERE);
        if let Some(held) = self.held.get_mut(slot) {
            held.retain(|other| *other != demand);
        }
    }

    /// Covers a demand, moving others that are not settled. Says whether that could be done.
    fn augment(&mut self, demand: usize, settled: usize) -> bool {
        let mut search = Search::new(self.slots.len());
        for &slot in &self.demands[demand].fits {
            if self.is_open(demand, slot) {
                search.reach(slot, demand, NOWHERE);
            }
        }
        let end = search.run(self, settled, |_| true, |board, slot| board.has_room(slot));
        end.is_some_and(|end| {
            search.apply(self, end);
            true
        })
    }

    /// Covers whatever is not covered.
    fn fill(&mut self, settled: usize) -> bool {
        (0..self.demands.len()).all(|demand| self.at[demand] != NOWHERE || self.augment(demand, settled))
    }

    /// Returns the days that a loose slot has by what it covers, if they are days that it can have.
    fn follows(&self, slot: usize) -> Option<(i32, i32)> {
        let consumed = match &self.slots[slot].open {
            Open::First { consumed, .. } => *consumed,
            Open::Days(..) => None,
        };
        let held = || self.held[slot].iter().map(|demand| self.demands[*demand].day);
        let (first, last) = (held().min()?, held().max()?);
        let last = consumed.map_or(last, |(_, day)| day.max(last));
        self.slots[slot]
            .end_from(first)
            .filter(|(_, until)| last < *until)
    }

    /// Returns a loose slot that covers days too far apart.
    fn stretched(&self) -> Option<usize> {
        let loose = |slot: &usize| self.days[*slot].firm == Firm::Loose && !self.held[*slot].is_empty();
        (0..self.slots.len())
            .filter(loose)
            .find(|slot| self.follows(*slot).is_none())
    }

    /// Sets the days of loose slots by what they cover.
    fn tighten(&mut self) {
        for slot in 0..self.slots.len() {
            if self.days[slot].firm == Firm::Loose
                && let Some((from, until)) = self.follows(slot)
            {
                self.days[slot] = Days {
                    from,
                    until,
                    firm: Firm::Tentative,
                };
            }
        }
    }

    /// Sets the days of a slot, and gives up what it covers besides.
    fn narrow(&mut self, slot: usize, (from, until): (i32, i32), firm: Firm) {
        self.days[slot] = Days { from, until, firm };
        let outside = |demand: &usize| !self.is_open(*demand, slot);
        let outside: Vec<usize> = self.held[slot].iter().copied().filter(outside).collect();
        outside.into_iter().for_each(|demand| self.unplace(demand));
    }
}

/// Covers everything, with days for each first-visit slot; none if that cannot be, or the budget is spent.
fn settle<'s>(mut board: Board<'s>, settled: usize, budget: &mut u32) -> Option<Board<'s>> {
    *budget = budget.checked_sub(1)?;
    if !board.fill(settled) {
        return None;
    }
    let Some(slot) = board.stretched() else {
        board.tighten();
        return Some(board);
    };
    let Open::First { starts, .. } = &board.slots[slot].open else {
        return None;
    };
    starts.iter().find_map(|days| {
        let mut narrowed = board.clone();
        narrowed.narrow(slot, *days, Firm::Tentative);
        settle(narrowed, settled, budget)
    })
}

/// Gives a demand the best slot that leaves the rest coverable, and settles it there.
fn improve<'s>(mut board: Board<'s>, demand: usize, budget: &mut u32) -> Board<'s> {
    let current = board.at[demand];
    let mut candidates: Vec<_> = board.demands[demand]
        .fits
        .iter()
        .filter_map(|&slot| Some((key(&board, demand, slot)?, slot)))
        .collect();
    candidates.sort_unstable();
    let open = board.days.iter().any(|days| days.firm != Firm::Decided);
    let mut reached = vec![false; board.slots.len()];
    for (_, slot) in candidates {
        if slot == current || swap(&mut board, demand, slot, &mut reached) {
            break;
        }
        if open && let Some(found) = searched(&board, demand, slot, budget) {
            board = found;
            break;
        }
    }
    let slot = board.at[demand];
    if let Some((from, until)) = board.slots[slot].end_from(board.demands[demand].day)
        && board.days[slot].firm != Firm::Decided
    {
        board.days[slot] = Days {
            from,
            until,
            firm: Firm::Decided,
        };
    }
    board
}

/// Returns how good a slot is for a demand, if it is open for it: less is better.
fn key(board: &Board<'_>, demand: usize, slot: usize) -> Option<(bool, i32, usize)> {
    let (of, days) = (&board.slots[slot], board.days[slot]);
    let until = match days.firm {
        Firm::Decided => board.is_open(demand, slot).then_some(days.until)?,
        Firm::Loose | Firm::Tentative => of.end_from(board.demands[demand].day)?.1,
    };
    Some((!of.is_unlimited(), until, of.rank))
}

/// Moves a demand to a slot and others out of its way, if their days stay as they are.
fn swap(board: &mut Board<'_>, demand: usize, slot: usize, reached: &mut [bool]) -> bool {
    let firm = |board: &Board<'_>, slot: usize| board.days[slot].firm == Firm::Decided;
    // What was reached for a better slot in vain leads nowhere now either.
    if reached[slot] || !firm(board, slot) {
        return false;
    }
    let current = board.at[demand];
    let mut search = Search::new(board.slots.len());
    search.reach(slot, demand, NOWHERE);
    let usable = |to: usize| !reached[to] && board.days[to].firm != Firm::Loose;
    let room = |board: &Board<'_>, slot: usize| slot == current || board.has_room(slot);
    match search.run(board, demand + 1, usable, room) {
        Some(end) => {
            board.unplace(demand);
            search.apply(board, end);
            true
        }
        None => {
            search
                .by
                .iter()
                .zip(reached)
                .filter(|(by, _)| by.is_some())
                .for_each(|(_, seen)| *seen = true);
            false
        }
    }
}

/// Moves a demand to a slot and covers the rest anew, with other days for first-visit slots.
fn searched<'s>(board: &Board<'s>, demand: usize, slot: usize, budget: &mut u32) -> Option<Board<'s>> {
    if *budget == 0 {
        return None;
    }
    let mut trial = board.clone();
    trial.loosen();
    if trial.days[slot].firm != Firm::Decided {
        let days = trial.slots[slot].end_from(trial.demands[demand].day)?;
        trial.narrow(slot, days, Firm::Decided);
    }
    let others: Vec<usize> = trial.held[slot]
        .iter()
        .copied()
        .filter(|other| *other > demand)
        .collect();
    others.into_iter().for_each(|other| trial.unplace(other));
    trial.unplace(demand);
    if !trial.has_room(slot) {
        return None;
    }
    trial.place(demand, slot);
    settle(trial, demand + 1, budget)
}
