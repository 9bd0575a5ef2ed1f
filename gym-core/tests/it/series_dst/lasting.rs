//! How long the classes of a series last that a change of the clocks falls into.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::event::Event;
use gym_core::id::LocationId;
use gym_core::money::Currency;
use gym_core::schedule::availability::WeeklyHours;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::{Class, Offering};
use gym_core::series::{Rule, Series};
use gym_core::user::Actor;

use super::{Change, changes, civil, offset};

const MINUTES: i64 = 75;
const WEEK: i64 = 7 * 86_400;

fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn run(club: &mut Club, command: &Command) -> Vec<Event> {
    let context = Context {
        now: moment(-WEEK),
        actor: Actor::System,
    };
    let events = club.decide(command, &context).unwrap();
    let ids = club.allot(&events);
    club.apply(&events, &ids);
    events
}

fn club(zone: Tz) -> (Club, LocationId) {
    let mut club = Club::default();
    let location = Command::AddLocation {
        name: zone.name().to_owned(),
        zone,
        currency: Currency::EUR,
        hours: WeeklyHours::default(),
    };
    run(&mut club, &location);
    let place = club.locations.iter().next().unwrap().id;
    (club, place)
}

/// Adds a weekly series of three classes and returns them as they are stored.
fn added(club: &mut Club, place: LocationId, zone: Tz, start: NaiveDateTime, rule: &Rule) -> Vec<Class> {
    let offering = Offering {
        location: place,
        title: "Night".to_owned(),
        programme: "night".to_owned(),
        trainer: None,
        room: None,
        equipment: None,
        capacity: 9,
        minutes: MINUTES as u32,
        buffers: Buffers::default(),
    };
    let events = run(
        club,
        &Command::AddSeries {
            offering,
            recurrence: Series::new(start, zone, Some(rule.clone())).unwrap(),
            until: start.and_utc() + Duration::weeks(4),
        },
    );
    let added = events.into_iter().filter_map(|event| match event {
        Event::ClassAdded(class) => Some(class),
        _ => None,
    });
    added.collect()
}

/// What the clocks show at an instant, from the list of changes alone.
fn shown(changes: &[Change], first: i64, at: i64) -> i64 {
    let last = changes.iter().rev().find(|change| change.at <= at);
    at + last.map_or(first, |change| change.after)
}

/// RFC 5545, 3.3.6 and 3.8.5.3: a duration in hours and minutes is exact, so that the clocks show at the end what they
/// showed at the start, the length, and what they were changed by in between.
#[test]
fn a_class_lasts_as_long_as_it_says_and_the_clocks_show_more_or_less_at_its_end() {
    let rule: Rule = "FREQ=WEEKLY;COUNT=3".parse().unwrap();
    let (mut classes, mut longer, mut shorter) = (0, 0, 0);
    for zone in TZ_VARIANTS {
        let (changes, first) = (changes(zone), offset(zone, 0));
        let (mut club, place) = club(zone);
        for change in &changes {
            // The class of the second week begins half an hour before the change.
            let start = shown(&changes, first, change.at - 1_800) - WEEK;
            for class in added(&mut club, place, zone, civil(start), &rule) {
                let (from, to) = (class.period.start().timestamp(), class.period.end().timestamp());
                let during = changes.iter().filter(|it| (from + 1..=to).contains(&it.at));
                let by: i64 = during.map(|it| it.after - it.before).sum();
                let wall = shown(&changes, first, to) - shown(&changes, first, from);
                assert_eq!(
                    to - from,
                    MINUTES * 60,
                    "{} from {}",
                    zone.name(),
                    class.period.start()
                );
                assert_eq!(
                    wall,
                    MINUTES * 60 + by,
                    "{} to {}",
                    zone.name(),
                    class.period.end()
                );
                assert_eq!(
                    gym_core::time::civil(zone, class.period.end()),
                    civil(shown(&changes, first, to)),
                    "{}",
                    zone.name()
                );
                classes += 1;
                longer += usize::from(by > 0);
                shorter += usize::from(by < 0);
            }
        }
    }
    assert!(
        classes > 80_000 && longer > 10_000 && shorter > 10_000,
        "{classes} classes, {longer} show more, {shorter} show less"
    );
}
