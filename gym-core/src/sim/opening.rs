//! The commands that build the club of a [`Setup`].

use std::collections::BTreeSet;

use chrono::{Days, Duration, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::draw::Draws;
use super::{HORIZON_DAYS, Setup};
use crate::booking::policy::{Bound, Channel, Limits, Mode, Order, Policy, WaitlistRules};
use crate::command::Command;
use crate::id::{EquipmentId, Id, LocationId, MemberId, RoomId, TrainerId, UserId};
use crate::money::Currency;
use crate::schedule::availability::{Availability, Dates, Hours, WeeklyHours, WeeklyRule};
use crate::schedule::claim::Buffers;
use crate::schedule::class::Offering;
use crate::series::Series;
use crate::trainer::Care;
use crate::user::{Person, Role};

/// What is on offer: title, programme, minutes, and whether everybody needs a bike.
const OFFERS: [(&str, &str, u32, bool); 6] = [
    ("Spin", "cycling", 45, true),
    ("Yoga", "mind", 60, false),
    ("Strength", "strength", 60, false),
    ("Intervals", "cardio", 45, false),
    ("Pilates", "mind", 50, false),
    ("Boxing", "cardio", 60, false),
];

/// When a room is used, the popular times first.
const SLOTS: [(&str, u32, u32); 9] = [
    ("MO,WE,FR", 18, 0),
    ("TU,TH", 18, 30),
    ("MO,WE,FR", 7, 0),
    ("SA,SU", 10, 0),
    ("TU,TH", 12, 15),
    ("MO,WE", 19, 30),
    ("TU,TH", 7, 0),
    ("MO,WE,FR", 9, 30),
    ("SU", 17, 0),
];

const GIVEN: [&str; 12] = [
    "Ada", "Bao", "Carmen", "Dilara", "Emeka", "Farid", "Greta", "Hana", "Ivo", "Jun", "Kiri", "Lena",
];
const FAMILY: [&str; 11] = [
    "Abebe", "Brandt", "Costa", "Demir", "Eriksen", "Flores", "Gupta", "Huang", "Ito", "Jansen", "Kowalski",
];

/// The sizes of the club, from which ids follow.
pub(super) struct Opening<'a> {
    setup: &'a Setup,
    draws: Draws,
    series: usize,
    rooms: usize,
    trainers: usize,
}

fn id<I: Id>(index: usize) -> I {
    I::from_raw(i64::try_from(index).unwrap_or(i64::MAX - 1) + 1)
}

impl<'a> Opening<'a> {
    pub(super) fn new(setup: &'a Setup) -> Self {
        let each = setup.members as usize / setup.zones.len().max(1);
        let series = (each / 13).max(4);
        let rooms = series.div_ceil(SLOTS.len() - 2).max(2);
        Self {
            setup,
            draws: Draws::of(setup.seed, 0),
            series,
            rooms,
            trainers: rooms + rooms.div_ceil(3),
        }
    }

    pub(super) fn commands(mut self) -> Vec<Command> {
        let places: Vec<(usize, Tz)> = self.setup.zones.iter().copied().enumerate().collect();
        let mut all: Vec<Command> = places.iter().map(|(at, zone)| location(*at, *zone)).collect();
        self.policies(&mut all);
        for (at, _) in &places {
            self.rooms(*at, &mut all);
        }
        self.staff(&mut all);
        for (at, zone) in &places {
            self.trainers(*at, &mut all);
            self.series(*at, *zone, &mut all);
        }
        if !places.is_empty() {
            (0..self.setup.members as usize).for_each(|member| self.member(member, &mut all));
        }
        all
    }

    /// The house has rules; the second and third location give free seats away in their own ways.
    fn policies(&self, all: &mut Vec<Command>) {
        let mut set =
            |location: Option<LocationId>, policy| all.push(Command::SetPolicy { location, policy });
        let house = house_rules();
        set(None, house.clone());
        let modes = [Mode::Offer { minutes: 45 }, Mode::Broadcast];
        for (at, mode) in (1..self.setup.zones.len()).zip(modes) {
            let order = Order::FitFirst;
            let waitlist = WaitlistRules {
                mode,
                order,
                ..house.waitlist
            };
            set(
                Some(id(at)),
                Policy {
                    waitlist,
                    ..house.clone()
                },
            );
        }
    }

    fn rooms(&self, at: usize, all: &mut Vec<Command>) {
        let location: LocationId = id(at);
        for room in 0..self.rooms {
            let (name, capacity) = (format!("Studio {}", room + 1), 14 + (room as u32 % 3) * 4);
            all.push(Command::AddRoom {
                location,
                name,
                capacity,
            });
        }
        let units = (1..=12 * self.rooms).map(|bike| format!("bike {bike}")).collect();
        let name = "Bikes".to_owned();
        all.push(Command::AddEquipment {
            location,
            name,
            units,
        });
    }

    fn person(&mut self, email: &str) -> Person {
        let given = self.draws.pick(&GIVEN).unwrap_or("Ada");
        let family = self.draws.pick(&FAMILY).unwrap_or("Abebe");
        Person::new(
            &format!("{given} {family}"),
            Some(&format!("{email}@example.org")),
        )
        .unwrap_or_default()
    }

    /// Adds an administrator, and somebody at each desk: users 1, 2, 3, ….
    fn staff(&mut self, all: &mut Vec<Command>) {
        let grant = |user, role, location, from| Command::GrantRole {
            user,
            role,
            location,
            from,
            until: None,
        };
        let from = self.before();
        let person = self.person("office");
        all.push(Command::AddUser { person });
        all.push(grant(id(0), Role::Admin, None, from));
        for at in 0..self.setup.zones.len() {
            let person = self.person(&format!("desk{}", at + 1));
            all.push(Command::AddUser { person });
            all.push(grant(id(at + 1), Role::FrontDesk, Some(id(at)), from));
        }
    }

    /// The day before the first, so that every place of the world has it behind it.
    fn before(&self) -> NaiveDate {
        self.setup.start.pred_opt().unwrap_or(self.setup.start)
    }

    fn trainers(&mut self, at: usize, all: &mut Vec<Command>) {
        let places = self.setup.zones.len();
        for index in 0..self.trainers {
            let number = at * self.trainers + index;
            let user: UserId = id(1 + places + number);
            let person = self.person(&format!("trainer{}", number + 1));
            all.push(Command::AddUser {
                person: person.clone(),
            });
            all.push(Command::GrantRole {
                user,
                role: Role::Trainer,
                location: Some(id(at)),
                from: self.before(),
                until: None,
            });
            all.push(Command::AddTrainer {
                person,
                user: Some(user),
                home: id(at),
                also_at: BTreeSet::new(),
                availability: availability(),
            });
        }
    }

    fn series(&self, at: usize, zone: Tz, all: &mut Vec<Command>) {
        for index in 0..self.series {
            let (room, slot) = (index % self.rooms, index / self.rooms);
            let (Some((days, hour, minute)), Some((title, programme, minutes, bike))) =
                (SLOTS.get(slot), OFFERS.get((slot + room) % OFFERS.len()))
            else {
                continue;
            };
            let offering = Offering {
                location: id(at),
                title: (*title).to_owned(),
                programme: (*programme).to_owned(),
                trainer: Some(id::<TrainerId>(at * self.trainers + room)),
                room: Some(id::<RoomId>(at * self.rooms + room)),
                equipment: bike.then(|| id::<EquipmentId>(at)),
                capacity: 12,
                minutes: *minutes,
                buffers: Buffers {
                    before_minutes: 0,
                    after_minutes: 5,
                },
            };
            let first = self.setup.start + Days::new(1);
            let time = NaiveTime::from_hms_opt(*hour, *minute, 0).unwrap_or(NaiveTime::MIN);
            let rule = format!("FREQ=WEEKLY;BYDAY={days}").parse().ok();
            if let Ok(recurrence) = Series::new(first.and_time(time), zone, rule) {
                let until = self.setup.opens_at() + Duration::days(HORIZON_DAYS);
                all.push(Command::AddSeries {
                    offering,
                    recurrence,
                    until,
                });
            }
        }
    }

    fn member(&mut self, index: usize, all: &mut Vec<Command>) {
        let places = self.setup.zones.len();
        let (home, member): (usize, MemberId) = (index % places, id(index));
        let (from, until) = (self.before(), None);
        let user: UserId = id(1 + places + places * self.trainers + index);
        let person = self.person(&format!("member{}", index + 1));
        all.push(Command::AddUser {
            person: person.clone(),
        });
        all.push(Command::AddMember {
            person,
            user: Some(user),
            home: id(home),
            joined_on: from,
        });
        if places > 1 && self.draws.chance(150) {
            let location = id((home + 1) % places);
            all.push(Command::GrantAccess {
                member,
                location,
                from,
                until,
            });
        }
        if self.draws.chance(150) {
            let mate = usize::try_from(self.draws.below(self.trainers as u64)).unwrap_or_default();
            all.push(Command::AssignTrainer {
                trainer: id(home * self.trainers + mate),
                member,
                care: Care::Training,
                primary: true,
                from,
                until,
            });
        }
    }
}

/// The rules of the house at the start.
pub(super) fn house_rules() -> Policy {
    let waitlist = WaitlistRules {
        max: Some(8),
        ..WaitlistRules::default()
    };
    Policy {
        opens: Some(Bound::days_before(7, 8, 0)),
        limits: Limits {
            per_day: Some(2),
            per_week: Some(6),
            ..Limits::default()
        },
        channels: [(Channel::Aggregator, 3)].into(),
        waitlist,
        ..Policy::open()
    }
}

const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

fn hours(opens: u32, closes: u32) -> Vec<Hours> {
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
    let all = WEEK.into_iter().map(|day| Hours::new(day, at(opens), at(closes)));
    all.filter_map(Result::ok).collect()
}

fn location(at: usize, zone: Tz) -> Command {
    let city = zone
        .name()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .replace('_', " ");
    let name = if at < 3 {
        city
    } else {
        format!("{city} {}", at + 1)
    };
    let currency = match zone {
        Tz::America__New_York => Currency::USD,
        Tz::Pacific__Chatham => Currency::NZD,
        _ => Currency::EUR,
    };
    let (hours, dates) = (hours(6, 22), Dates::always());
    Command::AddLocation {
        name,
        zone,
        currency,
        hours: WeeklyHours { hours, dates },
    }
}

fn availability() -> Availability {
    let rule = |hours| WeeklyRule {
        hours,
        location: None,
        dates: Dates::always(),
    };
    Availability {
        weekly: hours(7, 21).into_iter().map(rule).collect(),
        ..Availability::default()
    }
}
