//! The rest of the page: survival by cohort, and timetables that are proposed.

use std::time::Duration;

use chrono::Months;
use gym_analytics::cohort::Joined;
use gym_analytics::demand::ClassDemand;
use gym_analytics::report::{Curve, Proposal, Proposed, Report, Section};
use gym_analytics::timetable::{Limits, Placed, Proof, Week};
use gym_core::time::civil;

use super::Lived;
use crate::Anything;

/// The most cohorts that are drawn: the last ones.
const DRAWN: usize = 5;

/// Draws the cohorts of months, or of quarters once there is a year of them.
pub(super) fn survival(lived: &Lived<'_>, report: &mut Report) {
    let year = lived.now.checked_sub_months(Months::new(12)).unwrap_or(lived.now);
    let months = Joined::of(&lived.history, 1, lived.now);
    let is_young = months.first().is_none_or(|it| it.from > year.date_naive());
    let cohorts = match is_young {
        true => months,
        false => Joined::of(&lived.history, 3, lived.now),
    };
    let seen: Vec<&Joined> = cohorts.iter().filter(|it| it.counts.len() > 1).collect();
    report.cohorts = seen
        .iter()
        .skip(seen.len().saturating_sub(DRAWN))
        .map(|it| Curve {
            name: format!(
                "{} who joined in {}",
                it.counts.first().copied().unwrap_or(0.0),
                match is_young {
                    true => it.from.format("%B %Y").to_string(),
                    false => format!("the quarter from {}", it.from.format("%B %Y")),
                }
            ),
            survival: it.survival(),
        })
        .collect();
    let note = match seen.is_empty() {
        true => "Nobody has been a member for a whole month yet.",
        false => "By when the first membership here began; each line as far as all of its members were seen.",
    };
    report.notes.insert(Section::Survival, note.to_owned());
}

/// Asks for each place whether the classes of last week could be held in better slots, rooms and hands.
pub(super) fn timetables(lived: &Lived<'_>, report: &mut Report) -> Result<(), Anything> {
    let demand = match ClassDemand::learn(&lived.history, lived.now) {
        Ok(demand) => demand,
        Err(error) => {
            let note = format!(
                "How many want which class cannot be told yet: {}.",
                super::why(&error, "classes")
            );
            report.notes.insert(Section::Timetable, note);
            return Ok(());
        }
    };
    for place in lived.positions() {
        let week = Week::of(&lived.history, place, lived.now, &demand)?;
        if week.starts.is_empty() {
            continue;
        }
        let limits = Limits {
            nodes: 40,
            time: Duration::from_secs(1),
            ..Limits::default()
        };
        let answer = week.question.answer(limits)?;
        let zone = lived.history.places.zone[place as usize];
        let mut classes: Vec<Proposed> = Vec::with_capacity(answer.classes.len());
        for class in &answer.classes {
            classes.push(Proposed {
                when: civil(zone, week.starts[class.slot])
                    .format("%A %H:%M")
                    .to_string(),
                ..proposed(lived, &week, class)
            });
        }
        report.timetables.push(Proposal {
            place: lived.place(place).to_owned(),
            classes,
            proof: format!(
                "{:.0} would come, and {:.0} to the classes of last week as they were. {}",
                answer.worth,
                week.held,
                proof(answer.proof)
            ),
        });
    }
    let note = match report.timetables.is_empty() {
        true => "No class was held in the last week.",
        false => {
            "The classes of last week in the slots, rooms and hands in which most people would find what they want. Whether a \
                  trainer can come at another hour is for people to ask."
        }
    };
    report.notes.insert(Section::Timetable, note.to_owned());
    Ok(())
}

fn proposed(lived: &Lived<'_>, week: &Week, class: &Placed) -> Proposed {
    let (room, trainer) = (week.rooms[class.room], week.trainers[class.trainer]);
    let programme = week.programmes[class.kind] as usize;
    let rooms = lived.club.rooms.iter();
    let trainers = lived.club.trainers.iter();
    Proposed {
        when: String::new(),
        what: lived.history.programmes[programme].clone(),
        room: rooms
            .filter(|it| it.id.get() == room)
            .map(|it| it.name.clone())
            .next()
            .unwrap_or_else(|| "no room".to_owned()),
        trainer: trainers
            .filter(|it| it.id.get() == trainer)
            .map(|it| it.person.name.clone())
            .next()
            .unwrap_or_else(|| "nobody".to_owned()),
        people: class.people,
        seats: week.question.rooms[class.room].seats,
    }
}

fn proof(proof: Proof) -> String {
    match proof {
        Proof::Optimal => "Nothing brings more.".to_owned(),
        Proof::Within(gap) => format!("Nothing brings {:.1} % more.", gap * 100.0),
        Proof::Greedy(_) => "It is a first guess: there was no time to prove it.".to_owned(),
    }
}
