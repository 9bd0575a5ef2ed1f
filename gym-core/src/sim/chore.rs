//! What staff do: the daily surprises of a club, and the planned ones.

use chrono::{Datelike, Days, Duration, NaiveTime, Weekday};

use super::opening::house_rules;
use super::{HORIZON_DAYS, Sim, Task};
use crate::booking::policy::{Cancelling, Limits, PenaltyRules, Policy};
use crate::club::{Club, Key};
use crate::command::{Book, Command, Scope};
use crate::id::{ClassId, ClosureId, Id, LocationId, MaintenanceId, MemberId, SeriesId};
use crate::schedule::class::Class;
use crate::time::{Period, civil};
use crate::user::{Actor, Person};

/// Something that staff do at a location on some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chore {
    /// A trainer is ill: somebody else gives the classes of the day.
    Illness,
    /// A class is moved.
    Move,
    /// A class is called off.
    CallOff,
    /// A class gets more or fewer seats.
    Resize,
    /// A class is added that happens once.
    Special,
    /// A unit of equipment breaks.
    Break,
    /// Days are announced on which the location is closed.
    Holiday,
    /// Somebody joins the club.
    Newcomer,
    /// A member gets access to another location.
    Access,
    /// Somebody types a wrong number.
    Blunder,
    /// Stricter rules for cancelling.
    Strict,
    /// Rules for this location alone.
    OwnRules,
}

/// How often each happens, per mille of the days of a location.
const DAILY: [(Chore, u32); 10] = [
    (Chore::Illness, 45),
    (Chore::Move, 35),
    (Chore::CallOff, 15),
    (Chore::Resize, 25),
    (Chore::Special, 15),
    (Chore::Break, 40),
    (Chore::Holiday, 12),
    (Chore::Newcomer, 80),
    (Chore::Access, 30),
    (Chore::Blunder, 70),
];

type Deed = Option<(Actor, Command)>;

impl Sim {
    /// Files what will happen on a day at a location. Commands nothing itself.
    pub(super) fn morning(&mut self, at: LocationId, club: &Club) -> Deed {
        let today = self.wall(at, club)?.date();
        self.dawn(club, at, today.succ_opt()?);
        self.desks.remove(&at);
        if today.weekday() == Weekday::Mon {
            for series in club.series.of(Key::Location(at)) {
                self.soon(60, 180, Task::Extend(series.id));
            }
        }
        for (chore, per_mille) in DAILY {
            if self.draws.chance(per_mille) {
                let (low, high) = if chore == Chore::Illness {
                    (1, 60)
                } else {
                    (120, 900)
                };
                self.soon(low, high, Task::Chore(at, chore));
            }
        }
        let days = (self.now - self.from).num_days();
        if days == 120 && club.locations.iter().next().is_some_and(|first| first.id == at) {
            self.soon(120, 240, Task::Chore(at, Chore::Strict));
        }
        if days == 220
            && club
                .locations
                .iter()
                .next_back()
                .is_some_and(|last| last.id == at)
        {
            self.soon(120, 240, Task::Chore(at, Chore::OwnRules));
        }
        None
    }

    pub(super) fn chore(&mut self, at: LocationId, chore: Chore, club: &Club) -> Deed {
        let desk = self.desk(at, club);
        match chore {
            Chore::Illness => self.illness(at, club),
            Chore::Move => Some((desk, self.shift(at, club)?)),
            Chore::CallOff => {
                let (class, scope) = (self.some_class(at, 1, 9, club)?.id, Scope::This);
                Some((desk, Command::CancelClass { class, scope }))
            }
            Chore::Resize => {
                let class = self.some_class(at, 1, 7, club)?;
                let by = u32::try_from(self.draws.between(0, 7)).unwrap_or_default();
                let capacity = (class.offering.capacity + by).saturating_sub(4).max(1);
                let class = class.id;
                Some((desk, Command::SetCapacity { class, capacity }))
            }
            Chore::Special => Some((desk, self.special(at, club)?)),
            Chore::Break => Some((desk, self.breakage(at, club)?)),
            Chore::Holiday => {
                let today = self.wall(at, club)?.date();
                let from = today + Days::new(self.draws.between(4, 12).unsigned_abs());
                let until = from + Days::new(self.draws.below(2));
                let reason = "holiday".to_owned();
                Some((
                    desk,
                    Command::CloseLocation {
                        location: at,
                        from,
                        until,
                        reason,
                    },
                ))
            }
            Chore::Newcomer => {
                let joined_on = self.wall(at, club)?.date();
                let name = format!("Newcomer {}", self.draws.below(10_000));
                let person = Person::new(&name, None).unwrap_or_default();
                let (user, home) = (None, at);
                Some((
                    desk,
                    Command::AddMember {
                        person,
                        user,
                        home,
                        joined_on,
                    },
                ))
            }
            Chore::Access => {
                let member = self.some_member(club)?;
                let from = self.wall(at, club)?.date();
                let until = Some(from + Days::new(90));
                Some((
                    desk,
                    Command::GrantAccess {
                        member,
                        location: at,
                        from,
                        until,
                    },
                ))
            }
            Chore::Blunder => self.blunder(at, club),
            Chore::Strict => Some((Actor::System, rules(None, strict()))),
            Chore::OwnRules => Some((Actor::System, rules(Some(at), own_rules()))),
        }
    }

    fn some_class<'c>(&mut self, at: LocationId, low: i64, high: i64, club: &'c Club) -> Option<&'c Class> {
        let days = self.draws.between(low, high).unsigned_abs();
        let date = self.wall(at, club)?.date() + Days::new(days);
        let classes = self.classes_on(at, date, club);
        self.draws.pick(&classes)
    }

    fn some_member(&mut self, club: &Club) -> Option<MemberId> {
        let nth = self.draws.below(self.habits.len() as u64);
        let member = *self.habits.keys().nth(usize::try_from(nth).ok()?)?;
        club.members.get(member).map(|member| member.id)
    }

    /// Files that every class that a trainer gives today needs cover.
    fn illness(&mut self, at: LocationId, club: &Club) -> Deed {
        let today = self.wall(at, club)?.date();
        let classes = self.classes_on(at, today, club);
        let ill = self.draws.pick(&classes)?.offering.trainer?;
        for class in classes
            .into_iter()
            .filter(|class| class.offering.trainer == Some(ill))
        {
            self.soon(1, 20, Task::Cover(class.id));
        }
        None
    }

    /// Gives a class to somebody else, or calls it off if there is nobody.
    pub(super) fn cover(&mut self, class: ClassId, club: &Club) -> Deed {
        let found = club.classes.get(class).filter(|class| class.is_scheduled())?;
        let (place, scope) = (found.offering.location, Scope::This);
        let desk = self.desk(place, club);
        let others = club.trainers.iter().filter(|trainer| {
            let resource = crate::schedule::claim::Resource::Trainer(trainer.id);
            let mut busy = club.claims.during(resource, found.period.padded(0, 10));
            trainer.works_at(place) && Some(trainer.id) != found.offering.trainer && busy.next().is_none()
        });
        let others: Vec<_> = others.map(|trainer| trainer.id).collect();
        Some(match self.draws.pick(&others) {
            Some(trainer) if self.draws.chance(850) => (
                desk,
                Command::Substitute {
                    class,
                    scope,
                    trainer,
                },
            ),
            _ => (desk, Command::CancelClass { class, scope }),
        })
    }

    fn shift(&mut self, at: LocationId, club: &Club) -> Option<Command> {
        let class = self.some_class(at, 2, 10, club)?;
        let zone = club.locations.get(at)?.zone;
        let by = self.draws.pick(&[-60, -30, -15, 15, 30, 60, 1440])?;
        let scope = match class.series {
            Some(_) if self.draws.chance(120) => Scope::Following,
            _ => Scope::This,
        };
        let start = civil(zone, class.period.start()) + Duration::minutes(by);
        if scope == Scope::This {
            let new = class.period.start() + Duration::minutes(by);
            self.timetable.remove(&(at, class.period.start(), class.id));
            self.timetable.insert((at, new, class.id));
            if by < 0 {
                let doors = new - Duration::minutes(25);
                self.file(doors.max(self.now), Task::Doors(class.id));
            }
        }
        let (class, minutes, room) = (class.id, None, None);
        Some(Command::MoveClass {
            class,
            scope,
            start,
            minutes,
            room,
        })
    }

    fn special(&mut self, at: LocationId, club: &Club) -> Option<Command> {
        let mut offering = self.some_class(at, 1, 7, club)?.offering.clone();
        let date = self.wall(at, club)?.date() + Days::new(self.draws.between(3, 12).unsigned_abs());
        let hour = self.draws.pick(&[11, 13, 14, 15, 16])?;
        offering.title = format!("{} special", offering.title.trim_end_matches(" special"));
        Some(Command::AddClass {
            offering,
            start: date.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?),
        })
    }

    fn breakage(&mut self, at: LocationId, club: &Club) -> Option<Command> {
        let kinds: Vec<_> = club.equipment.of(Key::Location(at)).map(|it| it.id).collect();
        let kind = self.draws.pick(&kinds)?;
        let units: Vec<_> = club.units.of(Key::Equipment(kind)).map(|it| it.id).collect();
        let unit = self.draws.pick(&units)?;
        let start = self.now + Duration::minutes(self.draws.between(0, 600));
        let end = start + Duration::hours(self.draws.between(6, 140));
        let work = "replace the crank".to_owned();
        Some(Command::StartMaintenance {
            unit,
            period: Period::new(start, end).ok()?,
            work,
        })
    }

    pub(super) fn repaired(&mut self, maintenance: MaintenanceId, club: &Club) -> Deed {
        let job = club.maintenance.get(maintenance).filter(|job| !job.done)?;
        let kind = club.units.get(job.unit)?.equipment;
        let desk = self.desk(club.equipment.get(kind)?.location, club);
        Some((desk, Command::EndMaintenance { maintenance }))
    }

    pub(super) fn reopen(&mut self, closure: ClosureId, club: &Club) -> Deed {
        let place = club.closures.get(closure)?.location;
        Some((self.desk(place, club), Command::LiftClosure { closure }))
    }

    pub(super) fn extend(&mut self, series: SeriesId, club: &Club) -> Deed {
        let place = club.series.get(series)?.offering.location;
        let until = self.now + Duration::days(HORIZON_DAYS);
        Some((self.desk(place, club), Command::Materialise { series, until }))
    }

    /// Somebody names a class that is not there, or acts for somebody else without the right to.
    fn blunder(&mut self, at: LocationId, club: &Club) -> Deed {
        let (one, other) = (self.some_member(club)?, self.some_member(club)?);
        if self.draws.chance(500) {
            let class = ClassId::from_raw(900_000_000 + self.draws.between(0, 999));
            return Some((self.desk(at, club), Command::Book(Book::one(one, class))));
        }
        let class = self.some_class(at, 1, 6, club)?.id;
        Some((
            self.oneself(one, at, club),
            Command::Book(Book::one(other, class)),
        ))
    }
}

fn rules(location: Option<LocationId>, policy: Policy) -> Command {
    Command::SetPolicy { location, policy }
}

fn strict() -> Policy {
    let house = house_rules();
    Policy {
        cancelling: Cancelling {
            free_until_minutes: 24 * 60,
            ..house.cancelling
        },
        penalties: PenaltyRules {
            strikes: 2,
            ban_days: 7,
            ..house.penalties
        },
        ..house
    }
}

fn own_rules() -> Policy {
    let house = house_rules();
    Policy {
        limits: Limits {
            per_week: Some(4),
            ..house.limits.clone()
        },
        ..house
    }
}
