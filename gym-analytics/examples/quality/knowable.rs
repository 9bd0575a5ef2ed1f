//! The best that can be known of a simulated club's members by what is seen of them.
//!
//! Who leaves depends on what nobody sees: how often somebody would come, how motivated they are, whether they have
//! fallen asleep, how easily they leave, pay too late or are moved by an offer. [`foresee`] knows the laws of the
//! simulation, but of its members only visits, bookings, payments, contracts and ages, and takes everything else
//! together by Bayes' rule, month by month, on a grid: no chance is in it, and a finer grid says the same. So nothing
//! that sees the same can on average predict better, but for bookings of the month to come, which it does not read.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};
use gym_core::booking::RegistrationState;
use gym_core::history::{NO_DAY, NO_TIME, Outcome as Paid, day_of};
use gym_core::sim::teacher::{Lesson, Nature, Profile};
use gym_core::time::{Instant, civil};

/// The numbers of a profile, as the simulation has them.
#[derive(Debug, Clone, Copy)]
pub struct Laws {
    base: f64,
    early: f64,
    frailty: f64,
    weekly: f64,
    cliff: f64,
}

/// How visits lie in the year.
const SEASON: [f64; 12] = [
    1.12, 1.06, 1.04, 1.00, 0.99, 0.95, 0.92, 0.93, 1.00, 1.01, 1.00, 0.91,
];

impl Laws {
    /// Returns those of a profile.
    pub const fn of(profile: Profile) -> Self {
        let (base, early, frailty, weekly, cliff) = match profile {
            Profile::Rio => (-0.90, 0.45, 0.45, 1.90, 1.0),
            Profile::Uk => (-2.80, 0.80, 0.5, 1.50, 1.3),
            Profile::NorthAmerica => (-3.72, 1.10, 0.5, 2.65, 1.6),
        };
        Self {
            base,
            early,
            frailty,
            weekly,
            cliff,
        }
    }

    /// Returns what everybody sees of the logit of leaving: all but nature, motivation and sleep.
    fn seen(&self, month: &Seen, age: f64) -> f64 {
        let cliff = if month.cliff == Some(true) {
            self.cliff
        } else {
            0.0
        };
        self.base + self.early * (-month.tenure / 3.0).exp() + 0.95 * (-month.weeks * 4.35 / 3.0).exp()
            - 0.012 * (age - 40.0)
            + cliff
    }

    /// Returns how often somebody of an age comes in a week on average.
    fn habit(&self, age: f64) -> f64 {
        let habit = if age < 20.0 {
            0.65
        } else {
            1.05 - 0.00045 * (age - 40.0).powi(2)
        };
        self.weekly * habit
    }
}

/// What is seen of a member's month when it begins, and what is seen of it when it is over.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    number: u32,
    /// Months since joining, and how many calendar months after it.
    tenure: f64,
    count: u32,
    /// Visits a week, those of the last month by half.
    weeks: f64,
    /// Whether a term is over in it; none without terms.
    cliff: Option<bool>,
    /// Whether nobody saw them for three weeks.
    unseen: bool,
    /// Whether the last payment failed.
    failed: bool,
    season: f64,
    /// The days from the first, or from joining, Saturdays and Sundays apart.
    days: [f64; 2],
    /// The days of those on which they came or had booked, and whether a payment failed, if they stayed.
    events: [f64; 2],
    fails: bool,
}

/// A member as seen.
struct Course {
    age: f64,
    joining: Seen,
    months: Vec<Seen>,
}

/// What was seen on the days of a member's month.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    events: [f64; 2],
    came: f64,
    last: i32,
    fails: bool,
}

fn weekend(day: NaiveDate) -> usize {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun) as usize
}

/// Reads the members of a lesson, without its truth.
fn courses(lesson: &Lesson) -> Option<Vec<Course>> {
    let history = &lesson.history;
    let zone = *history.places.zone.first()?;
    let firsts: Vec<NaiveDate> = lesson.months.iter().map(|at| civil(zone, *at).date()).collect();
    let micros = |at: &Instant| at.timestamp_micros();
    let starts: Vec<i64> = lesson.months.iter().map(micros).collect();
    let month = |at: i64| starts.partition_point(|start| *start <= at).checked_sub(1);
    let mut tallies: HashMap<(u32, usize), Tally> = HashMap::new();
    let mut event = |member: u32, at: i64, came: bool| {
        let day = civil(zone, Instant::from_timestamp_micros(at)?).date();
        let tally = tallies.entry((member, month(at)?)).or_default();
        tally.events[weekend(day)] += 1.0;
        if came {
            tally.came += 1.0;
            tally.last = tally.last.max(day.num_days_from_ce());
        }
        Some(())
    };
    for row in history.check_ins.rows() {
        event(row.member, row.at, true);
    }
    for row in history.bookings.rows() {
        let class = history.classes.get(row.class as usize)?;
        event(
            row.member,
            class.starts_at,
            row.state == RegistrationState::Attended,
        );
    }
    for row in history.payments.rows() {
        let tally = tallies.entry((row.member, month(row.made_at)?)).or_default();
        tally.fails = row.outcome == Paid::Failed;
    }
    let mut frozen: HashMap<u32, Vec<(i32, i32)>> = HashMap::new();
    for row in history.freezes.rows() {
        frozen
            .entry(row.membership)
            .or_default()
            .push((row.from, row.until));
    }
    let mut all = Vec::new();
    for (member, held) in (0_u32..).zip(history.memberships.rows()) {
        let joined = day_of(held.starts_on)?;
        let term = history.plans.get(held.plan as usize)?.term_months;
        let born = history.members.birth_year.get(member as usize)?;
        let first = firsts.partition_point(|day| *day <= joined).checked_sub(1)?;
        let gone = match held.end_recorded_at {
            NO_TIME => firsts.len(),
            at => month(at - 1)?,
        };
        let still = |day: NaiveDate| {
            let day = day.signed_duration_since(NaiveDate::default()).num_days() as i32;
            let freezes = frozen.get(&member).into_iter().flatten();
            freezes
                .clone()
                .any(|(from, until)| *from <= day && day < *until && *until != NO_DAY)
        };
        let (mut weeks, mut failed, mut last) = (2.0, false, joined.num_days_from_ce());
        let mut seen = |number: usize, from: NaiveDate| {
            let next = *firsts.get(number + 1)?;
            let tally = tallies.get(&(member, number)).copied().unwrap_or_default();
            let mut days = [0.0; 2];
            from.iter_days()
                .take_while(|day| *day < next)
                .for_each(|day| days[weekend(day)] += 1.0);
            let count = (from.year() - joined.year()) * 12 + from.month0() as i32 - joined.month0() as i32;
            let month = Seen {
                number: number as u32,
                tenure: (from - joined).num_days() as f64 / 30.44,
                count: count.unsigned_abs(),
                weeks,
                cliff: (term > 0).then(|| count.unsigned_abs().is_multiple_of(term)),
                unseen: from.num_days_from_ce() - last > 21,
                failed,
                season: SEASON[from.month0() as usize],
                days,
                events: tally.events,
                fails: tally.fails,
            };
            weeks = 0.5 * weeks + 0.5 * tally.came * 7.0 / days.iter().sum::<f64>();
            (failed, last) = (tally.fails, last.max(tally.last));
            Some(month)
        };
        let joining = seen(first, joined)?;
        let later = first + 1..(gone + 1).min(firsts.len() - 1);
        let months = later
            .filter(|number| !still(firsts[*number]))
            .filter_map(|number| seen(number, firsts[number]));
        all.push(Course {
            age: f64::from(joined.year() - born),
            joining,
            months: months.collect(),
        });
    }
    Some(all)
}

/// How fine the grid is.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    /// Values of how often somebody would come.
    pub rates: usize,
    /// Values of motivation.
    pub moods: usize,
    /// Values of how easily somebody leaves.
    pub frailties: usize,
    /// Values of how an offer moves them.
    pub moved: usize,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            rates: 24,
            moods: 28,
            frailties: 7,
            moved: 2,
        }
    }
}

/// Values with their weights.
type Values = Vec<(f64, f64)>;

fn spread(from: f64, to: f64, count: usize, density: impl Fn(f64) -> f64) -> Values {
    let step = (to - from) / (count - 1) as f64;
    let points = (0..count).map(|n| from + step * n as f64);
    let points: Values = points.map(|x| (x, density(x))).collect();
    let sum: f64 = points.iter().map(|it| it.1).sum();
    points.into_iter().map(|(x, weight)| (x, weight / sum)).collect()
}

fn bell(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

/// The density of the logarithm of a gamma value with mean 1.
fn log_gamma(shape: f64) -> impl Fn(f64) -> f64 {
    move |x: f64| (shape * (x - x.exp())).exp()
}

/// What is common to all members: the values of what nobody sees, and how motivation moves among its own.
struct Hidden {
    laws: Laws,
    rates: Values,
    moods: Vec<f64>,
    frailties: Values,
    moved: Vec<f64>,
    fails: Values,
    /// For each motivation, the first of the next ones and the weights from it on.
    moves: Vec<(usize, Vec<f64>)>,
    first: Vec<f64>,
}

impl Hidden {
    fn new(laws: Laws, grid: Grid) -> Self {
        let moods: Vec<f64> = spread(-2.25, 2.0, grid.moods, |_| 1.0)
            .into_iter()
            .map(|it| it.0)
            .collect();
        let next = |mean: f64| -> Vec<f64> {
            let weights = moods.iter().map(|to| bell((to - mean) / 0.28));
            let weights: Vec<f64> = weights.map(|it| if it < 1e-5 { 0.0 } else { it }).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|it| it / sum).collect()
        };
        let moves = moods.iter().map(|from| {
            let weights = next(0.85 * from - 0.012);
            let first = weights.iter().position(|it| *it > 0.0).unwrap_or(0);
            let last = weights.iter().rposition(|it| *it > 0.0).unwrap_or(0);
            (first, weights[first..=last].to_vec())
        });
        Self {
            laws,
            rates: spread(-4.6, 1.7, grid.rates, log_gamma(1.6)),
            moves: moves.collect(),
            first: next(0.85 * 0.3 - 0.012),
            frailties: spread(-2.6, 2.6, grid.frailties, bell),
            moved: (0..grid.moved)
                .map(|n| (n as f64 + 0.5) / grid.moved as f64)
                .collect(),
            fails: spread(-6.0, 1.8, 24, log_gamma(1.5)),
            moods,
        }
    }

    /// How many things nobody sees stay as they are besides the rate.
    fn natures(&self) -> usize {
        self.frailties.len() * self.moved.len()
    }

    fn cells(&self) -> usize {
        self.rates.len() * self.moods.len() * self.natures()
    }
}

/// What is believed of one member: a weight for each rate, motivation and nature, awake and asleep.
struct Belief<'a> {
    hidden: &'a Hidden,
    age: f64,
    /// Of each rate, how often they come in a week, and what an offer takes from the logit besides how mild they are.
    weekly: Vec<f64>,
    awake: Vec<f64>,
    asleep: Vec<f64>,
    fails: Vec<f64>,
    begun: bool,
}

impl<'a> Belief<'a> {
    fn new(hidden: &'a Hidden, course: &Course) -> Self {
        let habit = hidden.laws.habit(course.age);
        let weekly: Vec<f64> = hidden.rates.iter().map(|rate| habit * rate.0.exp()).collect();
        let (cells, natures) = (hidden.cells(), hidden.natures());
        let mut belief = Self {
            hidden,
            age: course.age,
            awake: vec![0.0; cells],
            asleep: vec![0.0; cells],
            fails: hidden.fails.iter().map(|it| it.1).collect(),
            begun: false,
            weekly,
        };
        // Until the first month motivation is known: it is written into the first place of each rate.
        let month = &course.joining;
        let early = 0.35 * (-month.tenure / 2.0).exp();
        for (place, (rate, weekly)) in hidden.rates.iter().zip(&belief.weekly).enumerate() {
            let likely = rate.1 * likelihood(weekly * (0.3 + early).exp() * month.season, month);
            let at = place * hidden.moods.len() * natures;
            for (nature, to) in belief.awake[at..at + natures].iter_mut().enumerate() {
                let frailty = hidden.frailties[nature / hidden.moved.len()].1;
                *to = likely * frailty / hidden.moved.len() as f64;
            }
        }
        belief.normalise();
        belief
    }

    fn normalise(&mut self) {
        let sum: f64 = self.awake.iter().chain(&self.asleep).sum();
        self.awake
            .iter_mut()
            .chain(&mut self.asleep)
            .for_each(|it| *it /= sum);
        let sum: f64 = self.fails.iter().sum();
        self.fails.iter_mut().for_each(|it| *it /= sum);
    }

    /// Motivation moves, and people fall asleep or wake.
    fn drift(&mut self, month: &Seen) {
        for cells in [&mut self.awake, &mut self.asleep] {
            *cells = moved(self.hidden, cells, self.begun);
        }
        self.begun = true;
        let falls = if month.weeks < 0.6 { 0.16 } else { 0.0 };
        for (awake, asleep) in self.awake.iter_mut().zip(&mut self.asleep) {
            let (a, b) = (*awake, *asleep);
            *awake = a * (1.0 - falls) + b * 0.06;
            *asleep = a * falls + b * 0.94;
        }
    }

    /// Returns the probabilities of leaving by choice and without, and takes it that they stayed.
    fn stay(&mut self, month: &Seen) -> (f64, f64) {
        let hidden = self.hidden;
        let offered = match (month.count >= 2, month.unseen) {
            (false, _) => 0.0,
            (true, true) => 0.5,
            (true, false) => 0.05,
        };
        let seen = hidden.laws.seen(month, self.age);
        let mut chosen = 0.0;
        for (cells, sleep) in [(&mut self.awake, 0.0), (&mut self.asleep, 0.9)] {
            if month.cliff == Some(false) {
                chosen += 0.003 * cells.iter().sum::<f64>();
                continue;
            }
            let mut cells = cells.chunks_exact_mut(hidden.natures());
            for weekly in &self.weekly {
                // The odds of staying of each nature, without an offer and how one changes them.
                let natures: Vec<(f64, f64)> = hidden
                    .frailties
                    .iter()
                    .flat_map(|frailty| {
                        hidden.moved.iter().map(move |mild| {
                            let moved = 0.9 * mild - 0.25 + 0.25 * (weekly - 1.0).clamp(-1.0, 1.0);
                            ((-hidden.laws.frailty * frailty.0).exp(), moved.exp())
                        })
                    })
                    .collect();
                for (mood, cells) in hidden.moods.iter().zip(&mut cells) {
                    let odds = (0.35 * mood - seen - sleep).exp();
                    for (cell, (frail, moved)) in cells.iter_mut().zip(&natures) {
                        let odds = odds * frail;
                        let leaves = (1.0 - offered) / (1.0 + odds) + offered / (1.0 + odds * moved);
                        chosen += *cell * leaves;
                        *cell *= 1.0 - leaves;
                    }
                }
            }
        }
        let (mut involuntary, base) = (0.0, if month.failed { 0.055 } else { 0.002 });
        for (weight, fails) in self.fails.iter_mut().zip(&hidden.fails) {
            let fails = 0.025 * fails.0.exp();
            let leaves = base + 0.05 * fails;
            involuntary += *weight * leaves;
            *weight *= (1.0 - leaves) * if month.fails { fails } else { 1.0 - fails };
        }
        (chosen, involuntary)
    }

    /// Takes in on which days they came.
    fn visits(&mut self, month: &Seen) {
        let hidden = self.hidden;
        let early = 0.35 * (-month.tenure / 2.0).exp();
        let mut cells = self.awake.chunks_exact_mut(hidden.natures());
        for weekly in &self.weekly {
            for (mood, cells) in hidden.moods.iter().zip(&mut cells) {
                let likely = likelihood(weekly * (mood + early).exp() * month.season, month);
                cells.iter_mut().for_each(|it| *it *= likely);
            }
        }
        if month.events.iter().sum::<f64>() > 0.0 {
            self.asleep.fill(0.0);
        }
        self.normalise();
    }
}

/// Moves motivation on; in the beginning it is known, and stands in the first place.
fn moved(hidden: &Hidden, cells: &[f64], begun: bool) -> Vec<f64> {
    let (natures, width) = (hidden.natures(), hidden.moods.len() * hidden.natures());
    let mut after = vec![0.0; cells.len()];
    for (before, after) in cells.chunks_exact(width).zip(after.chunks_exact_mut(width)) {
        let known = (0, hidden.first.clone());
        let moves = if begun {
            hidden.moves.as_slice()
        } else {
            std::slice::from_ref(&known)
        };
        for (before, (first, weights)) in before.chunks_exact(natures).zip(moves) {
            for (weight, to) in weights
                .iter()
                .zip(after[first * natures..].chunks_exact_mut(natures))
            {
                for (to, from) in to.iter_mut().zip(before) {
                    *to += weight * from;
                }
            }
        }
    }
    after
}

/// Returns how likely it is to come or book on exactly those days: on each the same, on Saturdays and Sundays 28 % less.
fn likelihood(weekly: f64, month: &Seen) -> f64 {
    let comes = 1.0 - (-weekly.min(7.0) / 7.0).exp();
    let [week, weekend] = [comes, 0.72 * comes];
    let of = |comes: f64, n: usize| {
        comes.powi(month.events[n] as i32) * (1.0 - comes).powi((month.days[n] - month.events[n]) as i32)
    };
    of(week, 0) * of(weekend, 1)
}

/// Returns the best possible probability of leaving, of each member and month.
pub fn foresee(lesson: &Lesson, profile: Profile, grid: Grid, threads: usize) -> HashMap<(u32, u32), f64> {
    let hidden = Hidden::new(Laws::of(profile), grid);
    let courses = courses(lesson).unwrap_or_default();
    let share = courses.len().div_ceil(threads.max(1)).max(1);
    let follow = |first: usize, courses: &[Course]| {
        let mut found = Vec::new();
        for (member, course) in (first as u32..).zip(courses) {
            let mut belief = Belief::new(&hidden, course);
            for month in &course.months {
                belief.drift(month);
                let (chosen, involuntary) = belief.stay(month);
                found.push(((member, month.number), 1.0 - (1.0 - chosen) * (1.0 - involuntary)));
                belief.visits(month);
            }
        }
        found
    };
    let follow = &follow;
    std::thread::scope(|scope| {
        let parts = courses.chunks(share).enumerate();
        let parts: Vec<_> = parts
            .map(|(n, part)| scope.spawn(move || follow(n * share, part)))
            .collect();
        parts
            .into_iter()
            .flat_map(|it| it.join().unwrap_or_default())
            .collect()
    })
}

/// Says where the laws that are written here are not those of the simulation: nowhere, if a true probability of each month
/// follows from what was seen, the member's nature and motivation, and whether they sleep.
pub fn disagreement(lesson: &Lesson, profile: Profile) -> Option<String> {
    let laws = Laws::of(profile);
    let Some(courses) = courses(lesson) else {
        return Some("a history that cannot be read".to_owned());
    };
    let mut seen = HashMap::new();
    for (member, course) in (0_u32..).zip(&courses) {
        seen.extend(
            course
                .months
                .iter()
                .map(|month| ((member, month.number), (month, course.age))),
        );
    }
    if seen.len() != lesson.truth.months.len() {
        return Some(format!(
            "{} months are seen, and {} are true",
            seen.len(),
            lesson.truth.months.len()
        ));
    }
    for truth in &lesson.truth.months {
        let nature = lesson.truth.natures.get(truth.member as usize)?;
        let Some((month, age)) = seen.get(&(truth.member, truth.month)) else {
            return Some(format!(
                "month {} of member {} is not seen",
                truth.month, truth.member
            ));
        };
        let involuntary = if month.failed { 0.055 } else { 0.002 } + 0.05 * nature.fails;
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let fits = |sleep: f64| {
            let logit = laws.seen(month, *age) + nature.frailty - 0.35 * truth.motivation + sleep;
            let leaves = |logit: f64| match month.cliff {
                Some(false) => 0.003,
                _ => 1.0 / (1.0 + (-logit).exp()),
            };
            near(leaves(logit), truth.if_not) && near(leaves(logit - nature.moved), truth.if_offered)
        };
        if !(near(involuntary, truth.involuntary) && mild(nature) && [0.0, 0.9].into_iter().any(fits)) {
            return Some(format!("{truth:?} of {nature:?} does not follow from {month:?}"));
        }
    }
    None
}

/// Whether an offer moves somebody as one may be moved.
fn mild(nature: &Nature) -> bool {
    let mild = (nature.moved + 0.25 - 0.25 * (nature.weekly - 1.0).clamp(-1.0, 1.0)) / 0.9;
    (-1e-9..=1.0).contains(&mild)
}
