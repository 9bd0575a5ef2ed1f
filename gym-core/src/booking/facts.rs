//! The facts of a booking: [`ClassFacts`] of the class and [`MemberFacts`] of the member, borrowed from
//! wherever they were loaded.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::policy::Channel;
use super::{Ban, Hold, Penalty, Registration, WaitlistEntry};
use crate::entitlement::{Holdings, Kind, Visited, Wish};
use crate::id::{LocationId, MemberId, RegistrationId, WaitlistId};
use crate::location::{Closure, Location, Room};
use crate::member::{Access, Member};
use crate::schedule::claim::Owner;
use crate::schedule::class::Class;
use crate::time::{Instant, Period};
use crate::user::{Actor, RoleGrant};

/// What a decision needs to know of a class.
#[derive(Debug, Clone)]
pub struct ClassFacts<'a> {
    /// The class.
    pub class: &'a Class,
    /// Where it takes place.
    pub location: &'a Location,
    /// The closures of the location that are not lifted.
    pub closures: Vec<&'a Closure>,
    /// Its room.
    pub room: Option<&'a Room>,
    /// How many working units it has claimed, if it needs equipment.
    pub units: Option<u32>,
    /// Its bookings, in whatever state.
    pub registrations: Vec<&'a Registration>,
    /// Those of its bookings whose member did not come and that keep their uses of lots.
    pub missed: Vec<RegistrationId>,
    /// Who waits, in the order of entering; ended entries may be among them.
    pub waitlist: Vec<&'a WaitlistEntry>,
    /// Its holds, ended ones may be among them.
    pub holds: Vec<&'a Hold>,
    /// Seats that the decision at hand has given away already.
    pub given: Vec<(Channel, u32)>,
    /// Bookings that the decision at hand has ended already; they keep the uses that it does not give back.
    pub gone: Vec<RegistrationId>,
    /// Entries that the decision at hand has offered seats already.
    pub offered: Vec<WaitlistId>,
    /// Seats that the decision at hand has put on hold for a member.
    pub held: Option<(MemberId, Channel, u32)>,
    /// Members whom the decision at hand has given seats that a lot must cover, and how many.
    pub covered: Vec<(MemberId, u32)>,
    /// Bookings whose uses the decision at hand gives back.
    pub freed: Vec<RegistrationId>,
    /// The highest place in the order of entering that was ever given, 0 if none was.
    pub last_seq: u32,
}

impl<'a> ClassFacts<'a> {
    /// Returns the zone of the location.
    pub const fn zone(&self) -> Tz {
        self.location.zone
    }

    /// Returns the civil day of the class.
    pub fn date(&self) -> NaiveDate {
        self.location.date(self.class.period.start())
    }

    /// Returns the seats there are: the least of what class, room and working equipment allow.
    pub fn capacity(&self) -> u32 {
        let room = self.room.map_or(u32::MAX, |room| room.capacity);
        self.class
            .offering
            .capacity
            .min(room)
            .min(self.units.unwrap_or(u32::MAX))
    }

    /// Returns a visit of this class by a member, as the lots of the member see it.
    pub(crate) fn wish(&self, member: MemberId, seats: u32) -> Wish<'a> {
        let offering = &self.class.offering;
        let (programme, series) = (offering.programme.as_str(), self.class.series);
        let visited = Visited {
            location: self.location.id,
            kind: Kind::Class { programme, series },
            on: self.date(),
        };
        Wish {
            member,
            seats,
            start: self.class.period.start(),
            visited,
            only: None,
        }
    }

    /// Returns the seats that are booked.
    pub fn taken(&self) -> u32 {
        self.seated()
            .map(|booked| booked.seats)
            .chain(self.given.iter().map(|(_, seats)| *seats))
            .sum()
    }

    /// Returns the seats that are booked through a channel.
    pub fn taken_through(&self, channel: Channel) -> u32 {
        let booked = self
            .seated()
            .filter(|booked| booked.channel == channel)
            .map(|booked| booked.seats);
        let given = self
            .given
            .iter()
            .filter(|(through, _)| *through == channel)
            .map(|(_, seats)| *seats);
        booked.chain(given).sum()
    }

    /// Returns the bookings that take seats.
    pub fn seated(&self) -> impl Iterator<Item = &'a Registration> {
        let stays = |booked: &&Registration| booked.state.is_live() && !self.gone.contains(&booked.id);
        self.registrations.iter().copied().filter(stays)
    }

    /// Returns the seats that holds and offers keep at `now` for others than `member`. What a member holds is part of
    /// what they are offered.
    pub fn kept(&self, now: Instant, member: Option<MemberId>) -> u32 {
        self.kept_where(now, member, |_| true)
    }

    /// Returns the seats of a channel's share that holds and offers keep at `now` for others than `member`.
    pub fn kept_through(&self, channel: Channel, now: Instant, member: Option<MemberId>) -> u32 {
        self.kept_where(now, member, |through| through == channel)
    }

    fn kept_where(&self, now: Instant, member: Option<MemberId>, counts: impl Fn(Channel) -> bool) -> u32 {
        let holds = self.holds.iter().filter(|hold| hold.stands(now));
        let holds = holds.map(|hold| (hold.member, hold.channel, hold.seats));
        let held = holds.chain(self.held).filter(|(_, channel, _)| counts(*channel));
        let offered = |entry: &&&WaitlistEntry| entry.offer_stands(now) || self.offered.contains(&entry.id);
        let offers = self
            .waitlist
            .iter()
            .filter(offered)
            .filter(|entry| counts(entry.channel));
        let beyond = offers.map(|entry| {
            let theirs = held.clone().filter(|(whose, ..)| *whose == entry.member);
            let held: u32 = theirs.map(|(.., seats)| seats).sum();
            (entry.member, entry.channel, entry.seats.saturating_sub(held))
        });
        let all = held.clone().chain(beyond);
        all.filter(|(whose, ..)| member != Some(*whose))
            .map(|(.., seats)| seats)
            .sum()
    }

    /// Returns the seats that anybody could have at `now`.
    pub fn free(&self, now: Instant) -> u32 {
        self.capacity()
            .saturating_sub(self.taken())
            .saturating_sub(self.kept(now, None))
    }

    /// Returns those who still wait at `now`, in order.
    pub fn waiting(&self, now: Instant) -> impl Iterator<Item = &'a WaitlistEntry> {
        self.waitlist
            .iter()
            .copied()
            .filter(move |entry| entry.waits(now))
    }
}

impl Hold {
    /// Whether the seats are kept at `now`.
    pub fn stands(&self, now: Instant) -> bool {
        !self.ended && now < self.until
    }
}

impl WaitlistEntry {
    /// Whether an offer keeps seats at `now`.
    pub fn offer_stands(&self, now: Instant) -> bool {
        self.state == super::WaitlistState::Offered && self.offer_until.is_some_and(|until| now < until)
    }

    /// Whether the member is in the queue or has an open offer at `now`.
    pub fn waits(&self, now: Instant) -> bool {
        self.state == super::WaitlistState::Waiting || self.offer_stands(now)
    }
}

/// Something that a member has booked.
#[derive(Debug, Clone, Copy)]
pub struct Commitment<'a> {
    /// What.
    pub owner: Owner,
    /// Its title.
    pub title: &'a str,
    /// The programme, if it is a class.
    pub programme: Option<&'a str>,
    /// When.
    pub period: Period,
    /// The civil day, at its location.
    pub date: NaiveDate,
    /// Whether the time is taken.
    pub live: bool,
    /// Whether it was cancelled late or missed.
    pub forfeited: bool,
}

/// A place on a waitlist, and the class that it is for.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// The place.
    pub entry: &'a WaitlistEntry,
    /// The programme of the class.
    pub programme: &'a str,
    /// When the class takes place.
    pub period: Period,
    /// The civil day, at its location.
    pub date: NaiveDate,
}

/// What a decision needs to know of a member.
#[derive(Debug, Clone)]
pub struct MemberFacts<'a> {
    /// The member.
    pub member: &'a Member,
    /// Their rights to use locations besides home.
    pub access: Vec<&'a Access>,
    /// What they have booked, from the start of the class's week or from now, whichever is earlier.
    pub diary: Vec<Commitment<'a>>,
    /// Where they wait, this class included.
    pub waiting: Vec<Waiting<'a>>,
    /// Their penalties, at least those of the policy's windows.
    pub penalties: Vec<&'a Penalty>,
    /// Their bans.
    pub bans: Vec<&'a Ban>,
    /// Their lots, and what was taken from them, by them and by those who share lots with them.
    pub holdings: Holdings<'a>,
}

/// Who gives the command, and what they may do.
#[derive(Debug, Clone)]
pub struct ActorFacts<'a> {
    /// Who.
    pub actor: Actor,
    /// Their roles.
    pub roles: Vec<&'a RoleGrant>,
    /// The member that they are themselves.
    pub member: Option<MemberId>,
}

impl ActorFacts<'_> {
    /// Whether they may act for others and override rules at a location on a civil day.
    pub fn is_staff(&self, location: LocationId, on: NaiveDate) -> bool {
        self.actor == Actor::System
            || self
                .roles
                .iter()
                .any(|grant| grant.role.is_staff() && grant.holds(location, on))
    }

    /// Whether they hold the role of an admin on a civil day, at a location or, if none is given, everywhere.
    pub fn is_admin(&self, location: Option<LocationId>, on: NaiveDate) -> bool {
        let holds = |grant: &&RoleGrant| {
            grant.role == crate::user::Role::Admin
                && match location {
                    Some(location) => grant.holds(location, on),
                    None => grant.location.is_none() && grant.is_on(on),
                }
        };
        self.actor == Actor::System || self.roles.iter().any(holds)
    }
}
