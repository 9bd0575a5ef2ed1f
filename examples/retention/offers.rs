//! Whom an offer keeps: learned where a coin decided who had it, and made to those with whom it is worth its cost.

use std::collections::BTreeMap;

use gym_analytics::control::ControlGroup;
use gym_analytics::gam::GamParams;
use gym_analytics::landmark::Landmarks;
use gym_analytics::offer::Offers;
use gym_analytics::uplift::{Trial, Uplift, UpliftError};
use gym_core::id::MemberId;
use gym_core::insight::Origin;
use gym_core::recommendation::{Profile, Retention, Word, choose};
use gym_core::sim::teacher::Lesson;
use gym_core::time::civil;

use crate::Anything;

/// What the offer depends on.
const FEATURES: [&str; 3] = ["visit_days_91", "days_since_visit", "term_months"];
/// An hour with a trainer costs the club this, in minor units.
const COST: f64 = 500.0;
/// Whoever stays pays about this many months more.
const MONTHS: f64 = 12.0;

/// Learns from the offers of a simulated club, and says to how many of those who are there now it would make one.
pub(crate) fn tell(lesson: &Lesson, today: &Landmarks<'_>) -> Result<(), Anything> {
    let uplift = match learn(lesson) {
        Ok(uplift) => uplift,
        Err(why) => match why.downcast::<UpliftError>() {
            Ok(why) => {
                println!("\nWhom an hour with a trainer keeps cannot be told: {why}.");
                return Ok(());
            }
            Err(why) => return Err(why),
        },
    };
    let worth: Vec<f64> = today.columns().values("price_per_month")?;
    let worth: Vec<f64> = worth.into_iter().map(|price| price * MONTHS).collect();
    let prospects = uplift.prospects(today.only(&FEATURES)?.columns(), &worth, COST)?;
    let id = |member: u32| lesson.history.members.id.get(member as usize).copied();
    let members = today.rows().iter().filter_map(|row| id(row.member));
    let members = members.map(MemberId::new).collect::<Result<Vec<_>, _>>()?;

    let now = lesson.history.during().end();
    let of = Origin::new(Word::new("uplift")?, Word::new("example")?, now);
    let control = ControlGroup::new("offers", 100, now.date_naive())?;
    let offers = Offers::new(of, control).with("trainer-hour", &members, &prospects)?;

    let mut made = Vec::new();
    for member in &members {
        let request = Retention {
            profile: Profile::of(*member),
            codes: ["trainer-hour".to_owned()].into(),
            wanted: 1,
            today: now.date_naive(),
        };
        let chosen = choose(&request, &[&offers]).items;
        made.extend(
            chosen
                .into_iter()
                .map(|offer| (offer.score, *member, offer.reason)),
        );
    }
    made.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
    println!(
        "\nAn hour with a trainer is worth its cost with {} of them, first:",
        made.len()
    );
    for (_, member, reason) in made.iter().take(3) {
        println!("  member {member}: {}", reason.replace('-', " "));
    }
    Ok(())
}

/// Learns from the members for whom a coin was thrown: what was known of them, and whether they left within the month.
fn learn(lesson: &Lesson) -> Result<Uplift, Anything> {
    let (history, months) = (&lesson.history, &lesson.months);
    let zone = history.places.zone.first().ok_or("a club without a place")?;
    let day = |month: u32| months.get(month as usize).map(|at| civil(*zone, *at).date());
    let made: BTreeMap<_, bool> = lesson
        .offers
        .iter()
        .map(|offer| ((offer.member, day(offer.month)), offer.made))
        .collect();
    let (_, begun) = months.split_last().ok_or("a club without a month")?;
    let all = Landmarks::at(history, begun, 1, history.during().end())?;
    let (mut rows, mut left, mut offered) = (Vec::new(), Vec::new(), Vec::new());
    for ((at, row), gone) in (0..).zip(all.rows()).zip(all.left_within(1)) {
        if let (Some(gone), Some(made)) = (gone, made.get(&(row.member, Some(row.as_of)))) {
            rows.push(at);
            left.push(f64::from(u8::from(gone)));
            offered.push(*made);
        }
    }
    let drawn = all.pick(&rows)?.only(&FEATURES)?;
    let trial = Trial::new(drawn.columns(), &left, &offered)?;
    Ok(Uplift::learn(&trial, &GamParams::new(Vec::new()).ridge(10.0))?)
}
