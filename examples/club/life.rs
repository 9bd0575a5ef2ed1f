//! What members do beside classes: they come to train, some lose interest and give notice, and newcomers buy a membership.
//!
//! Drawn from the member and the day alone, so that the same days are the same in every run.

use std::collections::BTreeMap;

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use gym_core::check_in::{DoorCommand, DoorEvent};
use gym_core::club::{Club, Key};
use gym_core::command::Command;
use gym_core::event::{Event, Ids};
use gym_core::id::{Id, LocationId, MemberId, MembershipId, MembershipTypeId, VisitId};
use gym_core::location::Location;
use gym_core::membership::MembershipCommand;
use gym_core::time::{Instant, resolve};
use gym_db::{Done, Failure, Gym};

use crate::Anything;

/// What somebody will do at a time.
enum Deed {
    Come(MemberId, LocationId, i64),
    Go(VisitId),
    Leave(MembershipId),
    Join(MemberId, LocationId),
}

/// How often each happened.
#[derive(Default)]
struct Told {
    came: u32,
    kept_out: u32,
    left: u32,
    joined: u32,
}

/// The members' lives; see the [module](self).
pub(crate) struct Life<'g> {
    gym: &'g Gym,
    agenda: BTreeMap<(Instant, u64), Deed>,
    filed: u64,
    days: BTreeMap<LocationId, NaiveDate>,
    seen: BTreeMap<MemberId, Instant>,
    told: Told,
}

impl<'g> Life<'g> {
    pub(crate) fn new(gym: &'g Gym, club: &Club) -> Self {
        Self {
            gym,
            agenda: BTreeMap::new(),
            filed: 0,
            days: BTreeMap::new(),
            seen: club.visits.iter().map(|it| (it.member, it.at)).collect(),
            told: Told::default(),
        }
    }

    /// Notes that somebody was seen in a class.
    pub(crate) fn saw(&mut self, member: MemberId, at: Instant) {
        self.seen.insert(member, at);
    }

    /// Goes on up to an instant: every deed at its time, and the days that have begun meanwhile.
    pub(crate) fn go_on(&mut self, now: Instant, club: &mut Club) -> Result<(), Anything> {
        while let Some(((at, _), deed)) = self.due(now) {
            self.act(at, &deed, club)?;
        }
        let begun: Vec<Location> = club
            .locations
            .iter()
            .filter(|it| self.days.insert(it.id, it.date(now)) != Some(it.date(now)))
            .cloned()
            .collect();
        for home in begun {
            self.dawn(now, &home, club);
        }
        Ok(())
    }

    fn due(&mut self, now: Instant) -> Option<((Instant, u64), Deed)> {
        let (at, _) = *self.agenda.first_key_value()?.0;
        (at <= now).then(|| self.agenda.pop_first()).flatten()
    }

    fn file(&mut self, at: Instant, deed: Deed) {
        self.filed += 1;
        self.agenda.insert((at, self.filed), deed);
    }

    /// Files what the members of a place will do on a day.
    fn dawn(&mut self, now: Instant, home: &Location, club: &Club) {
        let today = home.date(now);
        for member in club.members.iter().filter(|it| it.home == home.id) {
            let mut held = club.memberships.of(Key::Member(member.id)).peekable();
            if held.peek().is_none() {
                if draw(member.id, today, 1) < 300 {
                    self.file(at(home, today, 12, 0, now), Deed::Join(member.id, home.id));
                }
                continue;
            }
            let Some(running) = held.find(|it| it.ended_on.is_none() && it.until.is_none()) else {
                continue;
            };
            if draw(member.id, today, 2) < comes(member.id, today) {
                let hour = [7, 12, 18, 19][(draw(member.id, NaiveDate::MIN, 3) % 4) as usize];
                let minute = draw(member.id, today, 4) * 60 / 1_000;
                let stays = 40 + i64::from(draw(member.id, today, 5)) / 16;
                let comes = Deed::Come(member.id, home.id, stays);
                self.file(at(home, today, hour, minute, now), comes);
            }
            let away = self
                .seen
                .get(&member.id)
                .map_or(21, |seen| (now - *seen).num_days());
            let decides = (i64::from(today.num_days_from_ce()) + member.id.get()) % 30 == 0;
            let leaves = if away >= 21 { 350 } else { 30 };
            if decides && draw(member.id, today, 6) < leaves {
                self.file(at(home, today, 20, 30, now), Deed::Leave(running.id));
            }
        }
    }

    fn act(&mut self, at: Instant, deed: &Deed, club: &mut Club) -> Result<(), Anything> {
        match deed {
            Deed::Come(member, location, stays) => {
                let enter = DoorCommand::Enter {
                    member: *member,
                    location: *location,
                    area: None,
                    overriding: None,
                };
                let Some(done) = self.done(at, &Command::Door(enter), club)? else {
                    self.told.kept_out += 1;
                    return Ok(());
                };
                self.told.came += 1;
                self.saw(*member, at);
                let visit = done.find(|event| match event {
                    Event::Door(DoorEvent::Entered(visit)) => Some(visit.id),
                    _ => None,
                });
                if let Some(visit) = visit {
                    self.file(at + Duration::minutes(*stays), Deed::Go(visit));
                }
            }
            Deed::Go(visit) => {
                self.done(at, &Command::Door(DoorCommand::Leave { visit: *visit }), club)?;
            }
            Deed::Leave(membership) => {
                let notice = MembershipCommand::GiveNotice {
                    membership: *membership,
                    early: false,
                };
                let done = self.done(at, &Command::Membership(notice), club)?;
                self.told.left += u32::from(done.is_some());
            }
            Deed::Join(member, location) => self.join(at, *member, *location, club)?,
        }
        Ok(())
    }

    /// Sells a newcomer one of the two memberships of the place.
    fn join(
        &mut self,
        at: Instant,
        member: MemberId,
        location: LocationId,
        club: &mut Club,
    ) -> Result<(), Anything> {
        let kinds: Vec<MembershipTypeId> = club
            .membership_types
            .iter()
            .filter(|it| it.location == Some(location))
            .map(|it| it.id)
            .collect();
        let chosen = kinds
            .get(usize::from(member.raw() % 3 == 0))
            .or(kinds.first())
            .copied();
        let (Some(of), Some(home)) = (chosen, club.locations.get(location)) else {
            return Ok(());
        };
        let sell = MembershipCommand::Sell {
            member,
            of,
            location,
            start: home.date(at),
            payer: None,
            intro: false,
        };
        let done = self.done(at, &Command::Membership(sell), club)?;
        self.told.joined += u32::from(done.is_some());
        Ok(())
    }

    /// Gives a command; none where it is refused.
    fn done(&self, at: Instant, command: &Command, club: &mut Club) -> Result<Option<Done>, Anything> {
        match self.gym.at(at).run(command) {
            Ok(done) => {
                club.apply(&done.events, &Ids::default());
                Ok(Some(done))
            }
            Err(Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Says what has happened.
    pub(crate) fn told(&self) -> String {
        let Told {
            came,
            kept_out,
            left,
            joined,
        } = self.told;
        format!(
            "Beside classes {came} came in by the door to train and {kept_out} were kept out, {joined} newcomers bought a \
             membership, and {left} members gave notice."
        )
    }
}

/// How likely a member comes to train on a day, per mille: from once a month to every other day, and hardly at all in the
/// six weeks in which they have lost interest.
fn comes(member: MemberId, day: NaiveDate) -> u32 {
    let usual = 40 + draw(member, NaiveDate::MIN, 7) * 3 / 8;
    let weeks = day.num_days_from_ce().div_euclid(42);
    let stretch = NaiveDate::from_num_days_from_ce_opt(weeks * 42).unwrap_or(day);
    match draw(member, stretch, 8) < 300 {
        true => usual / 12,
        false => usual,
    }
}

/// Draws 0 to 999 for a member, a day and a question, by SplitMix64 (Steele, Lea and Flood 2014).
fn draw(member: MemberId, day: NaiveDate, question: u64) -> u32 {
    let day = i64::from(day.num_days_from_ce()).unsigned_abs();
    let mut bits = (member.get().unsigned_abs() << 40) ^ (day << 8) ^ question;
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((bits ^ (bits >> 31)) % 1_000).unwrap_or(0)
}

/// The time of a day at a place, or now where it is past.
fn at(home: &Location, day: NaiveDate, hour: u32, minute: u32, now: Instant) -> Instant {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    resolve(home.zone, day.and_time(time)).instant.max(now)
}
