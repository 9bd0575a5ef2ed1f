//! What many share at once: the limit of a pass, and days on which the club is closed.

use gym_core::booking::RegistrationState;
use gym_core::booking::policy::Policy;
use gym_core::booking::refusal::{Code, Reason};
use gym_core::check_in::{DoorCommand, Objection, Opened, Shut};
use gym_core::club::{Club, Key};
use gym_core::command::{Book, Command};
use gym_core::entitlement::{
    DoorRight, EntitlementCommand, Grant, Scope, Terms, Uses, Validity, VisitLimit, Window,
};
use gym_core::id::{ClassId, MembershipId};
use gym_core::membership::MembershipCommand;
use gym_core::membership::freeze::{Compensation, EditKind};
use gym_core::schedule::session::SessionState;
use gym_core::time::{Instant, Unit};
use gym_db::Gym;

use crate::scenario::billing::eur;
use crate::scenario::{at, id, lots, stage};
use crate::support::both;

/// A pass for doors of the second location, for members 5 and 6 together, twice a week.
fn twice() -> Command {
    let per = Window::Calendar(Unit::Week);
    let right = DoorRight {
        limit: Some(VisitLimit { most: 2, per }),
        ..DoorRight::default()
    };
    let scope = Scope {
        door: Some(right),
        ..Scope::default()
    };
    let validity = Validity::Days {
        from: "2026-01-01".parse().unwrap(),
        until: Some("2027-01-01".parse().unwrap()),
    };
    let terms = Terms {
        uses: Uses::Unlimited,
        scope,
        validity,
    };
    let grant = Grant {
        member: id(5),
        shared_with: [id(6)].into(),
        location: id(2),
        terms,
        price: eur(1_000),
    };
    Command::Entitlement(EntitlementCommand::SellPass { grant })
}

#[test]
fn who_shares_a_limit_shares_its_visits() {
    both(|db| {
        let gym = stage(db);
        gym.at(at("2026-03-02T08:10:00Z")).run(&twice()).unwrap();
        let enter = |member, now: &str| {
            let enter = DoorCommand::Enter {
                member: id(member),
                location: id(2),
                area: None,
                overriding: None,
            };
            gym.at(at(now)).run(&Command::Door(enter))
        };
        for (member, now) in [(5, "2026-03-03T08:00:00Z"), (6, "2026-03-04T08:00:00Z")] {
            enter(member, now).unwrap();
        }
        for member in [5, 6] {
            let error = enter(member, "2026-03-05T08:00:00Z").unwrap_err();
            let refusal = error.refusal().unwrap_or_else(|| panic!("{error}"));
            let used_up = |reason: &Reason| match reason {
                Reason::Door {
                    why: Objection::NoRight { lots, .. },
                } => lots
                    .iter()
                    .any(|(_, why)| matches!(why, Shut::Limit { came: 2, .. })),
                _ => false,
            };
            assert!(refusal.reasons.iter().any(used_up), "{member}: {refusal}");
            assert!(refusal.has(Code::Door));
        }
        enter(6, "2026-03-09T08:00:00Z").unwrap();
    });
}

fn book(gym: &Gym, now: Instant, member: i64, class: ClassId) {
    let command = Command::Book(Book::one(id(member), class));
    gym.at(now)
        .run(&command)
        .unwrap_or_else(|error| panic!("{member} {class}: {error}"));
}

fn state(club: &Club, member: i64, class: ClassId) -> RegistrationState {
    let mut booked = club
        .registrations
        .of(Key::Member(id(member)))
        .filter(|it| it.class == class);
    booked.next_back().unwrap().state
}

/// Member 4 uses the membership of member 1 at the first location; member 2 has one there, and a pass besides.
#[test]
fn what_a_closed_club_leaves_uncovered_is_cancelled_by_the_same_decision() {
    both(|db| {
        let gym = stage(db);
        let now = at("2026-03-02T09:00:00Z");
        let run = |command: &Command| gym.at(now).run(command).unwrap();
        run(&Command::SetPolicy {
            location: Some(id(1)),
            policy: Policy::default(),
        });
        run(&lots::class("Pilates", 1, "2026-03-17T20:00:00"));
        run(&lots::class("Pilates", 1, "2026-03-29T20:00:00"));
        let classes = gym.club().unwrap().classes;
        let mut newest = classes.iter().rev().map(|class| class.id);
        let (after, during) = (newest.next().unwrap(), newest.next().unwrap());
        for member in [4, 2] {
            book(&gym, now, member, during);
        }
        book(&gym, now, 4, after);
        let met = Command::BookSession {
            trainer: Some(id(2)),
            member: id(4),
            location: id(1),
            room: None,
            start: "2026-03-18T12:00:00".parse().unwrap(),
            minutes: 60,
            buffers: Default::default(),
            overriding: None,
        };
        run(&met);
        let session = gym.club().unwrap().sessions.iter().next_back().unwrap().id;
        run(&lots::sell(&[2], 3));

        let close = Command::Membership(MembershipCommand::FreezeAll {
            location: id(1),
            from: "2026-03-16".parse().unwrap(),
            until: Some("2026-03-23".parse().unwrap()),
            compensation: Compensation::Extend,
        });
        let before = gym.club().unwrap();
        let context = gym_core::command::Context {
            now,
            actor: gym_core::user::Actor::System,
        };
        let decided = before.decide(&close, &context);
        assert_eq!(gym.at(now).preview(&close).unwrap(), decided);
        run(&close);
        let club = gym.club().unwrap();
        assert_eq!(state(&club, 4, during), RegistrationState::ClubCancelled);
        assert_eq!(state(&club, 2, during), RegistrationState::Booked);
        assert_eq!(state(&club, 4, after), RegistrationState::Booked);
        assert_eq!(club.sessions.get(session).unwrap().state, SessionState::Cancelled);
        // Whoever wants the trainer then can have the hour.
        run(&met);
    });
}

/// Closes the first location, by a clock that is what the database and the club in memory are asked by alike.
fn close(gym: &Gym, now: Instant, from: &str, until: &str) -> Club {
    let close = Command::Membership(MembershipCommand::FreezeAll {
        location: id(1),
        from: from.parse().unwrap(),
        until: Some(until.parse().unwrap()),
        compensation: Compensation::Credit,
    });
    let mut club = gym.club().unwrap();
    let context = gym_core::command::Context {
        now,
        actor: gym_core::user::Actor::System,
    };
    let decided = club.decide(&close, &context);
    assert_eq!(gym.at(now).preview(&close).unwrap(), decided);
    let events = decided.unwrap();
    club.apply(&events, &club.allot(&events));
    assert_eq!(gym.at(now).run(&close).unwrap().events.len(), events.len());
    let stored = gym.club().unwrap();
    assert!(stored.edits == club.edits);
    stored
}

/// The memberships of the first location that can be used on a day.
fn running(club: &Club, on: &str) -> Vec<MembershipId> {
    let there = club.memberships.of(Key::Location(id(1))).map(|it| it.id);
    let usable = |of: &MembershipId| club.contract(*of).unwrap().on(on.parse().unwrap()).is_usable();
    there.filter(usable).collect()
}

#[test]
fn a_closure_comes_after_what_was_recorded_of_any_membership_there() {
    both(|db| {
        let gym = stage(db);
        let now = at("2026-03-02T09:00:00Z");
        let mut there = gym.club().unwrap();
        let of = running(&there, "2026-03-20")[0];
        let gift = Command::Membership(MembershipCommand::Gift {
            membership: of,
            from: "2026-03-20".parse().unwrap(),
            until: "2026-03-22".parse().unwrap(),
            compensation: Compensation::Credit,
        });
        gym.at(now).run(&gift).unwrap();
        // The clock goes back by as much as is tolerated.
        let back = now - chrono::Duration::seconds(59);
        there = close(&gym, back, "2026-03-21", "2026-03-24");
        let times: Vec<_> = there
            .edits
            .iter()
            .rev()
            .take(2)
            .map(|it| it.recorded_at)
            .collect();
        assert_eq!(times, [now + chrono::Duration::microseconds(1), now]);
        let edit = there.edits.iter().next_back().unwrap().id;
        let ends = MembershipCommand::EndFreeze {
            edit,
            on: "2026-03-22".parse().unwrap(),
        };
        gym.at(back).run(&Command::Membership(ends)).unwrap();
        let ended = gym.club().unwrap().edits.get(edit).unwrap().ended.unwrap();
        assert_eq!(ended.recorded_at, now + chrono::Duration::microseconds(2));
    });
}

#[test]
fn a_closure_that_is_recorded_late_leaves_the_days_on_which_members_came() {
    both(|db| {
        let gym = stage(db);
        // Some may have passes besides, which open the door as well.
        let came = running(&gym.club().unwrap(), "2026-03-03").into_iter().any(|of| {
            let member = gym.club().unwrap().memberships.get(of).unwrap().member;
            let enter = Command::Door(DoorCommand::Enter {
                member,
                location: id(1),
                area: None,
                overriding: None,
            });
            let entered = gym.at(at("2026-03-03T08:00:00Z")).run(&enter).is_ok();
            let club = gym.club().unwrap();
            let opened = club.visits.iter().next_back().map(|visit| visit.opened);
            let lot = match opened {
                Some(Opened::Lot(lot)) => club.lots.get(lot),
                _ => None,
            };
            entered && lot.is_some_and(|lot| lot.membership() == Some(of))
        });
        assert!(came);
        let club = close(&gym, at("2026-03-06T08:00:00Z"), "2026-03-02", "2026-03-05");
        let used: Vec<_> = club.edits.iter().filter(|it| it.kind == EditKind::Used).collect();
        let days: Vec<String> = used.iter().map(|it| it.from.to_string()).collect();
        assert_eq!(days, ["2026-03-03"]);
        let recorded = used[0].recorded_at;
        assert!(
            club.edits
                .iter()
                .any(|it| it.kind == EditKind::Closure && it.recorded_at == recorded)
        );
    });
}
