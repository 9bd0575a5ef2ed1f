//! The best that can be known of a simulated club's members by what is seen of them.
//!
//! Who leaves depends on what is seen of them, and on what nobody sees: how easily they leave, pay too late or are moved
//! by an offer, and for the last how often they would come, of which motivation and sleep let visits tell only so much.
//! [`foresee`] knows the laws of the simulation, but of its members only visits, bookings, payments, contracts and ages,
//! and takes everything else together by Bayes' rule, month by month, on a grid: no chance is in it, and a finer grid says
//! the same. So nothing that sees the same can on average predict better, but for bookings of the month to come, which it
//! does not read.

#[path = "knowable/hidden.rs"]
mod hidden;
#[path = "knowable/seen.rs"]
mod seen;

use std::collections::HashMap;

use gym_core::sim::teacher::{Lesson, Nature, Profile};

pub use self::hidden::Grid;
use self::hidden::Hidden;
use self::seen::{Course, Laws, Seen, courses};

/// What is believed of one member.
///
/// Visits tell of rate, motivation and sleep, and staying tells of the nature; the two meet in the rate alone.
struct Belief<'a> {
    hidden: &'a Hidden,
    course: &'a Course,
    /// Of each rate, how often they come in a week.
    weekly: Vec<f64>,
    /// A weight for each rate and motivation, awake and asleep.
    awake: Vec<f64>,
    asleep: Vec<f64>,
    /// For each rate, the weights of the natures.
    natures: Vec<f64>,
    fails: Vec<f64>,
    begun: bool,
}

impl<'a> Belief<'a> {
    fn new(hidden: &'a Hidden, course: &'a Course) -> Self {
        let habit = hidden.laws.habit(course.age);
        let weekly: Vec<f64> = hidden.rates.iter().map(|rate| habit * rate.0.exp()).collect();
        let moods = hidden.moods.len();
        let natures = hidden.frailties.iter().flat_map(|frailty| {
            let weight = frailty.1 / hidden.moved.len() as f64;
            hidden.moved.iter().map(move |_| weight)
        });
        let natures: Vec<f64> = natures.collect();
        let mut belief = Self {
            hidden,
            course,
            awake: vec![0.0; weekly.len() * moods],
            asleep: vec![0.0; weekly.len() * moods],
            natures: natures.repeat(weekly.len()),
            fails: hidden.fails.iter().map(|it| it.1).collect(),
            begun: false,
            weekly,
        };
        // Until the first month motivation is known: it is written into the first place of each rate.
        let month = &course.joining;
        let early = 0.35 * (-month.tenure / 2.0).exp();
        let rates = hidden.rates.iter().zip(&belief.weekly);
        for ((rate, weekly), awake) in rates.zip(belief.awake.chunks_exact_mut(moods)) {
            awake[0] = rate.1 * likelihood(weekly * (0.3 + early).exp() * month.season, month);
        }
        belief.normalise();
        belief
    }

    fn normalise(&mut self) {
        let sum: f64 = self.awake.iter().chain(&self.asleep).sum();
        let cells = self.awake.iter_mut().chain(&mut self.asleep);
        cells.for_each(|it| *it /= sum);
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
        let chosen = match month.cliff {
            Some(false) => 0.003,
            _ => self.choose(month),
        };
        let (mut involuntary, base) = (0.0, if month.failed { 0.055 } else { 0.002 });
        for (weight, fails) in self.fails.iter_mut().zip(&self.hidden.fails) {
            let fails = 0.025 * fails.0.exp();
            let leaves = base + 0.05 * fails;
            involuntary += *weight * leaves;
            *weight *= (1.0 - leaves) * if month.fails { fails } else { 1.0 - fails };
        }
        (chosen, involuntary)
    }

    /// Returns the probability of choosing to leave when nothing but the law says so, and takes it that they stayed.
    fn choose(&mut self, month: &Seen) -> f64 {
        let (hidden, moods) = (self.hidden, self.hidden.moods.len());
        let offered = match month.count >= 2 {
            false => 0.0,
            true if month.absent > 21 => 0.5,
            true => 0.05,
        };
        let stays = (-hidden.laws.seen(month, self.course)).exp();
        let cells = self
            .awake
            .chunks_exact_mut(moods)
            .zip(self.asleep.chunks_exact_mut(moods));
        let natures = self.natures.chunks_exact_mut(hidden.natures());
        let mut chosen = 0.0;
        for ((weekly, (awake, asleep)), natures) in self.weekly.iter().zip(cells).zip(natures) {
            let mut left = 0.0;
            let of_each = natures.chunks_exact_mut(hidden.moved.len());
            for (frailty, natures) in hidden.frailties.iter().zip(of_each) {
                let odds = stays * (-hidden.laws.frailty * frailty.0).exp();
                for (mild, nature) in hidden.moved.iter().zip(natures) {
                    let moved = 0.9 * mild - 0.25 + 0.25 * (weekly - 1.0).clamp(-1.0, 1.0);
                    let leaves = (1.0 - offered) / (1.0 + odds) + offered / (1.0 + odds * moved.exp());
                    left += *nature * leaves;
                    *nature *= 1.0 - leaves;
                }
            }
            natures.iter_mut().for_each(|it| *it /= 1.0 - left);
            let cells = awake.iter_mut().chain(asleep);
            cells.for_each(|it| {
                chosen += *it * left;
                *it *= 1.0 - left;
            });
        }
        chosen
    }

    /// Takes in on which days they came.
    fn visits(&mut self, month: &Seen) {
        let hidden = self.hidden;
        let early = 0.35 * (-month.tenure / 2.0).exp();
        let cells = self.awake.chunks_exact_mut(hidden.moods.len());
        for (weekly, cells) in self.weekly.iter().zip(cells) {
            for (mood, cell) in hidden.moods.iter().zip(cells) {
                *cell *= likelihood(weekly * (mood + early).exp() * month.season, month);
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
    let moods = hidden.moods.len();
    let mut after = vec![0.0; cells.len()];
    for (before, after) in cells.chunks_exact(moods).zip(after.chunks_exact_mut(moods)) {
        let known = (0, hidden.first.clone());
        let moves = if begun {
            hidden.moves.as_slice()
        } else {
            std::slice::from_ref(&known)
        };
        for (before, (first, weights)) in before.iter().zip(moves) {
            for (weight, to) in weights.iter().zip(&mut after[*first..]) {
                *to += weight * before;
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
/// follows from what was seen and the member's nature.
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
                .map(|month| ((member, month.number), (month, course))),
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
        let Some((month, course)) = seen.get(&(truth.member, truth.month)) else {
            return Some(format!(
                "month {} of member {} is not seen",
                truth.month, truth.member
            ));
        };
        let involuntary = if month.failed { 0.055 } else { 0.002 } + 0.05 * nature.fails;
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let logit = laws.seen(month, course) + nature.frailty;
        let leaves = |logit: f64| match month.cliff {
            Some(false) => 0.003,
            _ => 1.0 / (1.0 + (-logit).exp()),
        };
        let offers =
            near(leaves(logit), truth.if_not) && near(leaves(logit - nature.moved), truth.if_offered);
        if !(near(involuntary, truth.involuntary) && mild(nature) && offers) {
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
