//! What members do: look at the timetable, book, wait, cancel, come or stay away.

use chrono::{Duration, NaiveDate, Timelike};

use super::{Sim, Task};
use crate::booking::policy::{Channel, Mode};
use crate::booking::refusal::Code;
use crate::booking::{Hold, Registration, RegistrationState, WaitlistState};
use crate::club::{Club, Key};
use crate::command::{Book, Command, IfFull, Override};
use crate::id::{ClassId, Id, LocationId, MemberId};
use crate::schedule::claim::Resource;
use crate::schedule::class::Class;
use crate::time::{Instant, civil, day};
use crate::user::Actor;

/// The most classes that a member compares.
const COMPARED: usize = 24;

fn booking(club: &Club, class: ClassId, member: MemberId) -> Option<&Registration> {
    let mut all = club.registrations.of(Key::Class(class));
    all.find(|booked| booked.member == member && booked.state == RegistrationState::Booked)
}

fn waits(club: &Club, class: ClassId, member: MemberId) -> bool {
    let mut all = club.waitlist.of(Key::Class(class));
    all.any(|entry| entry.member == member && entry.state.is_live())
}

impl Sim {
    /// Lists a class in the sim's own timetable and files what happens around it.
    pub(super) fn list(&mut self, class: &Class, club: &Club) {
        let (period, place) = (class.period, class.offering.location);
        if period.end() + Duration::hours(48) <= self.now || !class.is_scheduled() {
            return;
        }
        self.timetable.insert((place, period.start(), class.id));
        let slack = Duration::seconds(self.draws.between(0, 600));
        let doors = period.start() - Duration::minutes(25) - slack;
        if period.start() > self.now {
            self.file(doors.max(self.now), Task::Doors(class.id));
            for booked in club.registrations.of(Key::Class(class.id)) {
                self.plan(class.id, booked.member, period.start());
            }
            for hours in [26, 4] {
                let at = doors - Duration::hours(hours);
                if at > self.now {
                    self.file(at, Task::Tick(class.id));
                }
            }
        }
        let over = period.end() + Duration::minutes(self.draws.between(4, 40)) + slack;
        self.file(over.max(self.now), Task::Over(class.id));
    }

    /// Returns the classes of a civil day at a location, as the club has them now.
    pub(super) fn classes_on<'c>(
        &self,
        place: LocationId,
        date: NaiveDate,
        club: &'c Club,
    ) -> Vec<&'c Class> {
        let Some(today) = club.locations.get(place).and_then(|it| day(it.zone, date)) else {
            return Vec::new();
        };
        let low = (place, today.start(), ClassId::from_raw(i64::MIN));
        let high = (place, today.end(), ClassId::from_raw(i64::MIN));
        let listed = self.timetable.range(low..high);
        let known = listed.filter_map(|(_, _, id)| club.classes.get(*id));
        known
            .filter(|class| class.is_scheduled() && class.period.start() > self.now)
            .collect()
    }

    pub(super) fn look(&mut self, id: MemberId, club: &Club) -> Option<(Actor, Command)> {
        let (habit, member) = (self.habit(id), club.members.get(id)?);
        let today = self.now.date_naive();
        let pause = habit.pause(today, (today - member.joined_on).num_days());
        self.soon(pause / 2, pause * 3 / 2, Task::Look(id));
        if self.is_banned(id, club) && self.draws.chance(850) {
            return None;
        }

        let mut place = member.home;
        if self.draws.chance(150)
            && let Some(access) = club.access.of(Key::Member(id)).next()
        {
            place = access.location;
        }
        let location = club.locations.get(place)?;
        let ahead = self.draws.between(0, 7);
        let date = location.date(self.now + Duration::days(ahead));
        let mut classes = self.classes_on(place, date, club);
        if classes.len() > COMPARED {
            classes = (0..COMPARED).filter_map(|_| self.draws.pick(&classes)).collect();
        }
        let class = self.choose(id, &classes, club)?;
        let start = class.period.start();
        let class = class.id;
        self.plan(class, id, start);

        let channel = self.draws.below(1000);
        let channel = match channel {
            0..700 => Channel::Online,
            700..900 => Channel::Club,
            _ => Channel::Aggregator,
        };
        let actor = match channel {
            Channel::Online => self.oneself(id, place, club),
            Channel::Club => self.desk(place, club),
            Channel::Aggregator => Actor::System,
        };
        let seats = 1 + u32::from(self.draws.chance(habit.guests));
        if self.draws.chance(70) {
            if self.draws.chance(850) {
                self.soon(1, 12, Task::Confirm(class, id));
            }
            self.soon(11, 20, Task::Tick(class));
            return Some((
                actor,
                Command::Hold {
                    class,
                    member: id,
                    seats,
                    channel,
                },
            ));
        }
        let patient = self.draws.chance(habit.patient);
        let if_full = if patient { IfFull::Wait } else { IfFull::Refuse };
        Some((
            actor,
            Command::Book(Book {
                seats,
                channel,
                if_full,
                ..Book::one(id, class)
            }),
        ))
    }

    /// Chooses a class of a day: taste and the hour of the day count, the rest is chance.
    fn choose<'c>(&mut self, id: MemberId, classes: &[&'c Class], club: &Club) -> Option<&'c Class> {
        let habit = self.habit(id);
        let mut weights = Vec::with_capacity(classes.len());
        for class in classes {
            let zone = club.locations.get(class.offering.location)?.zone;
            let hour = civil(zone, class.period.start()).hour();
            let liked = class.offering.programme.bytes().map(u64::from).sum::<u64>() % 4 == habit.taste % 4;
            let fits = habit.hours.0 <= hour && hour <= habit.hours.1;
            let mut weight = 1 + if liked { 4 } else { 0 } + if fits { 12 } else { 0 };
            let busy = club.claims.during(Resource::Member(id), class.period).next();
            if waits(club, class.id, id) || busy.is_some() && !self.draws.chance(150) {
                weight = 0;
            }
            weights.push(weight);
        }
        let mut draw = self.draws.below(weights.iter().sum());
        classes.iter().zip(weights).find_map(|(class, weight)| {
            let hit = draw < weight;
            draw = draw.saturating_sub(weight);
            hit.then_some(*class)
        })
    }

    fn is_banned(&self, id: MemberId, club: &Club) -> bool {
        let mut bans = club.bans.of(Key::Member(id));
        bans.any(|ban| !ban.lifted && ban.until > self.now)
    }

    /// Files a change of mind, if there will be one.
    fn plan(&mut self, class: ClassId, member: MemberId, start: Instant) {
        let habit = self.habit(member);
        let left = (start - self.now).num_minutes();
        if left > 14 * 60 && self.draws.chance(habit.cancels) {
            self.soon(5, left - 13 * 60, Task::Waver(class, member));
        } else if left > 30 && self.draws.chance(habit.late) {
            let last = left - 10;
            self.soon((last - 9 * 60).max(1), last, Task::Waver(class, member));
        }
    }

    pub(super) fn confirm(
        &mut self,
        class: ClassId,
        member: MemberId,
        club: &Club,
    ) -> Option<(Actor, Command)> {
        let mut holds = club.holds.of(Key::Class(class));
        let hold = holds.find(|hold| hold.member == member && !hold.ended)?;
        let actor = self.oneself(member, club.classes.get(class)?.offering.location, club);
        if self.draws.chance(120) {
            return Some((actor, Command::ReleaseHold { class, member }));
        }
        let Hold { seats, channel, .. } = *hold;
        Some((
            actor,
            Command::Book(Book {
                seats,
                channel,
                ..Book::one(member, class)
            }),
        ))
    }

    pub(super) fn waver(
        &mut self,
        class: ClassId,
        member: MemberId,
        club: &Club,
    ) -> Option<(Actor, Command)> {
        if booking(club, class, member).is_none() && !waits(club, class, member) {
            return None;
        }
        let actor = self.oneself(member, club.classes.get(class)?.offering.location, club);
        Some((actor, Command::Cancel { class, member }))
    }

    /// Draws who comes, and when. Commands nothing itself.
    pub(super) fn doors(&mut self, id: ClassId, club: &Club) -> Option<(Actor, Command)> {
        let class = club.classes.get(id).filter(|class| class.is_scheduled())?;
        let start = class.period.start();
        if start - Duration::minutes(40) > self.now {
            self.file(start - Duration::minutes(25), Task::Doors(id));
            return None;
        }
        if start <= self.now {
            return None;
        }
        let booked = club.registrations.of(Key::Class(id));
        for booked in booked.filter(|booked| booked.state == RegistrationState::Booked) {
            let absent = self.habit(booked.member).absent;
            if !self.draws.chance(absent) {
                let offset = Duration::seconds(self.draws.between(-22 * 60, 9 * 60));
                let late = Duration::minutes(if self.draws.chance(25) { 14 } else { 0 });
                let at = (start + offset + late).max(self.now);
                self.file(at, Task::Arrive(id, booked.member));
            }
        }
        None
    }

    pub(super) fn arrive(
        &mut self,
        class: ClassId,
        member: MemberId,
        club: &Club,
    ) -> Option<(Actor, Command)> {
        let found = club.classes.get(class)?;
        let late = self.now > found.period.start() + Duration::minutes(15);
        let over = self.now > found.period.end();
        let place = found.offering.location;
        let overriding = (late && !over && self.draws.chance(600)).then(|| Override {
            rules: [Code::TooLate].into(),
            why: "the tram was late".to_owned(),
        });
        let actor = if overriding.is_none() && self.draws.chance(600) {
            self.oneself(member, place, club)
        } else {
            self.desk(place, club)
        };
        Some((
            actor,
            Command::CheckIn {
                class,
                member,
                overriding,
            },
        ))
    }

    /// Marks who did not come; sometimes that is forgotten until it is too late.
    pub(super) fn over(&mut self, id: ClassId, club: &Club) -> Option<(Actor, Command)> {
        let class = club.classes.get(id).filter(|class| class.is_scheduled())?;
        let (start, end, place) = (class.period.start(), class.period.end(), class.offering.location);
        if self.now < end {
            self.file(end + Duration::minutes(10), Task::Over(id));
            return None;
        }
        self.timetable.remove(&(place, start, id));
        let mut absent = club
            .registrations
            .of(Key::Class(id))
            .filter(|it| it.state == RegistrationState::Booked);
        let first = absent.next()?.member;
        if self.now < end + Duration::hours(1) && self.draws.chance(25) {
            self.soon(60, 51 * 60, Task::Over(id));
            return None;
        }
        if self.draws.chance(40) {
            self.soon(2, 300, Task::Arrive(id, first));
        }
        let trainer = class
            .offering
            .trainer
            .and_then(|trainer| club.trainers.get(trainer));
        let actor = match trainer.and_then(|trainer| trainer.user) {
            Some(user) if self.draws.chance(500) => Actor::User(user),
            _ => self.desk(place, club),
        };
        let (member, overriding) = (None, None);
        Some((
            actor,
            Command::MarkNoShow {
                class: id,
                member,
                overriding,
            },
        ))
    }

    /// Gives free seats to who waits, if somebody waits or holds seats; who has an offer may take it.
    pub(super) fn tick(&mut self, class: ClassId, club: &Club) -> Option<(Actor, Command)> {
        let held = club.holds.of(Key::Class(class)).any(|hold| !hold.ended);
        let live = club
            .waitlist
            .of(Key::Class(class))
            .filter(|entry| entry.state.is_live());
        let live: Vec<_> = live.collect();
        let started = club.classes.get(class)?.period.start() <= self.now;
        if started || live.is_empty() && !held {
            return None;
        }
        self.soon(20, 180, Task::Tick(class));
        let place = club.classes.get(class)?.offering.location;
        let told = club.policy(place).waitlist.mode == Mode::Broadcast
            && club
                .class_facts(class)
                .is_some_and(|facts| facts.free(self.now) > 0);
        let offered = live
            .iter()
            .find(|entry| told || entry.state == WaitlistState::Offered);
        if let Some(entry) = offered.filter(|_| self.draws.chance(500)) {
            let (member, channel, seats) = (entry.member, entry.channel, entry.seats);
            let actor = self.oneself(member, place, club);
            return Some((
                actor,
                Command::Book(Book {
                    seats,
                    channel,
                    ..Book::one(member, class)
                }),
            ));
        }
        Some((Actor::System, Command::Promote { class }))
    }
}
