//! Every rule has a stable name and a sentence that a person can act on.

use std::collections::BTreeSet;

use crate::support::{instant, round_trip};
use gym_core::booking::policy::Channel;
use gym_core::booking::refusal::{Alternative, Code, Reason, Refusal};
use gym_core::booking::{RegistrationState, WaitlistState};
use gym_core::check_in;
use gym_core::entitlement::{Misfit, Objection, Remedy, Target};
use gym_core::id::*;
use gym_core::schedule::claim::{Owner, Resource};
use gym_core::time::{Instant, Period};

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;

fn id<I: Id>(raw: i64) -> I {
    I::from_raw(raw)
}

fn at() -> Instant {
    instant("2026-02-03T10:00:00Z")
}

fn hour() -> Period {
    Period::lasting(at(), 60)
}

#[rustfmt::skip]
fn table() -> Vec<(Reason, &'static str)> {
    use Reason::*;
    let day = "2026-02-03".parse().unwrap();
    let text = str::to_owned;
    vec![
        (Unknown { what: text("member"), id: 7 }, "there is no member 7"),
        (NotPermitted { action: text("mark absence"), location: Some(id(2)) }, "the actor's roles do not allow to mark absence at location 2"),
        (NotPermitted { action: text("mark absence"), location: None }, "the actor's roles do not allow to mark absence"),
        (NeverOverridden { rule: Code::Full }, "the rule full is never overridden"),
        (ClassCancelled { class: id(3) }, "the class was cancelled"),
        (LocationClosed { location: id(1), from: day, until: day, why: text("works") }, "the location is closed from 2026-02-03 to 2026-02-03 (works)"),
        (Started { starts_at: at() }, "it started on Tue 3 Feb 2026 11:00"),
        (NotYetOpen { opens_at: at() }, "booking opens on Tue 3 Feb 2026 11:00"),
        (Closed { closed_at: at() }, "booking closed on Tue 3 Feb 2026 11:00"),
        (NoticeToOpen { minutes: 90, until: at() }, "nobody has booked yet, and the first booking needs 90 minutes' notice (until Tue 3 Feb 2026 11:00)"),
        (NoticeToJoin { minutes: 30, until: at() }, "joining needs 30 minutes' notice (until Tue 3 Feb 2026 11:00)"),
        (Full { capacity: 12, taken: 12, kept: 0, asked: 1 }, "the class is full (12 of 12 places taken)"),
        (Full { capacity: 1, taken: 1, kept: 0, asked: 1 }, "the class is full (1 of 1 place taken)"),
        (Full { capacity: 12, taken: 9, kept: 1, asked: 3 }, "3 places asked for, 2 free (9 of 12 taken, 1 kept for others)"),
        (ChannelFull { channel: Channel::Aggregator, most: 2, taken: 2, kept: 0, asked: 1 }, "the aggregator channel may fill 2 places (2 taken, 1 asked for)"),
        (ChannelFull { channel: Channel::Online, most: 2, taken: 1, kept: 1, asked: 1 }, "the online channel may fill 2 places (1 taken, 1 kept for others, 1 asked for)"),
        (SeatsKept { waiting: 1, until: at() }, "free places are kept for 1 member who waits, until Tue 3 Feb 2026 11:00"),
        (SeatsKept { waiting: 2, until: at() }, "free places are kept for 2 members who wait, until Tue 3 Feb 2026 11:00"),
        (PartySize { most: 4, asked: 9 }, "one booking holds 1 to 4 places (9 asked for)"),
        (AlreadyBooked { registration: id(5) }, "the member has booked it already (booking 5)"),
        (AlreadyWaiting { entry: id(5), position: 2 }, "the member waits for it already, at position 2"),
        (WaitlistFull { most: 8 }, "the waitlist is full (8 wait)"),
        (WaitlistClosed { closed_at: at() }, "the waitlist closed on Tue 3 Feb 2026 11:00"),
        (Overlaps { owner: Owner::Class(id(4)), title: text("Yoga"), period: hour() }, "it overlaps Yoga, Tue 3 Feb 2026 11:00–12:00"),
        (DayLimit { limit: 2, booked: 2, date: day }, "2 of 2 a day are booked on 2026-02-03"),
        (WeekLimit { limit: 5, booked: 5, week: day }, "5 of 5 a week are booked in the week of 2026-02-03"),
        (ProgrammeLimit { programme: text("yoga"), limit: 1, booked: 1, week: day }, "1 of 1 yoga classes a week are booked in the week of 2026-02-03"),
        (ConcurrentLimit { limit: 3, booked: 3 }, "3 of 3 bookings at one time are open"),
        (Banned { until: at() }, "the member may not book until Tue 3 Feb 2026 11:00"),
        (NoAccess { location: id(2), date: day }, "the member may not use location 2 on 2026-02-03"),
        (NotBooked { last: None, waited: None }, "the member has not booked it"),
        (NotBooked { last: Some(RegistrationState::LateCancelled), waited: None }, "the booking is not open any more (late cancelled)"),
        (NotBooked { last: None, waited: Some(WaitlistState::Lapsed) }, "the member does not wait for it any more (lapsed)"),
        (TooEarly { from: at() }, "this is possible from Tue 3 Feb 2026 11:00"),
        (TooLate { until: at() }, "this was possible until Tue 3 Feb 2026 11:00"),
        (AttendanceLocked { since: at() }, "attendance is locked since Tue 3 Feb 2026 11:00"),
        (NothingToDo { looked_for: text("hold of member 7") }, "there is no hold of member 7"),
        (Taken { resource: Resource::Room(id(4)), owner: Owner::Session(id(8)), period: hour() }, "room 4 is taken by session 8, Tue 3 Feb 2026 11:00–12:00"),
        (TrainerAway { trainer: id(6), period: hour() }, "trainer 6 does not work on Tue 3 Feb 2026 11:00–12:00"),
        (TrainerElsewhere { trainer: id(6), location: id(2) }, "trainer 6 does not work at location 2"),
        (NobodyFree { period: hour() }, "no trainer is free on Tue 3 Feb 2026 11:00–12:00"),
        (OutsideHours { location: id(2), period: hour() }, "location 2 is not open for all of Tue 3 Feb 2026 11:00–12:00"),
        (WrongPlace { what: text("room"), id: 4, at: id(1), expected: id(2) }, "room 4 belongs to location 1, not 2"),
        (NoUnits { units: 3, period: hour() }, "none of 3 units is free on Tue 3 Feb 2026 11:00–12:00"),
        (Contract { why: gym_core::membership::Objection::NoFreeze }, "the plan cannot be frozen"),
        (BadValue { field: text("capacity"), value: text("0"), expected: text("1 to 10000") }, "capacity: 0 is not accepted; expected 1 to 10000"),
        (SeriesCannot { why: text("no such rule") }, "the series cannot change so: no such rule"),
        (UserTaken { by: text("member 7") }, "the user is linked to member 7"),
        (PrimaryTaken { trainer: id(6), member: id(7) }, "trainer 6 is primary for member 7 on some of those days"),
        (Uncovered { why: vec![], would: vec![] }, "nothing that the member has covers it"),
        (Uncovered {
            why: vec![
                Objection { lot: id(3), why: Misfit::UsedUp { granted: 10, consumed: 10, expired: 0 } },
                Objection { lot: id(4), why: Misfit::Programme { programme: text("yoga") } },
            ],
            would: vec![Remedy::Another { lot: id(3), uses: 10 }, Remedy::Renews { lot: id(5), on: day }],
        }, "nothing that the member has covers it: lot 3: 10 of 10 are used; lot 4: it is not for yoga; \
            what would is a pass of 10, or from 2026-02-03, when the allowance renews"),
        (LotNeeded { lot: id(3), by: vec![Target::Registration(id(5)), Target::Session(id(6))] }, "lot 3 is needed by booking 5, session 6"),
        (Door { why: check_in::Objection::HostAbsent }, "the host has not checked in today"),
        (Billing { why: gym_core::billing::Objection::Nothing { invoice: id(4) } }, "invoice 4: nothing of it remains to be credited"),
        (Payment { why: gym_core::billing::payment::Objection::NotAboveZero { amount: "0 EUR".parse().unwrap() } }, "amount: 0.00 EUR is not accepted; expected more than nothing"),
        (Shop { why: gym_core::shop::Objection::Nothing }, "nothing would move; expected one piece at least"),
        (Payroll { why: gym_core::payroll::Objection::SelfAssisting { trainer: id(6) } }, "trainer 6 cannot be their own assistant"),
        (Guarded { guard: text("claims_overlap") }, "the database refused it (claims_overlap)"),
    ]
}

#[test]
fn every_rule_has_its_sentence() {
    for (reason, sentence) in table() {
        assert_eq!(reason.sentence(ZONE), sentence, "{reason:?}");
    }
    let told: BTreeSet<Code> = table().iter().map(|(reason, _)| reason.code()).collect();
    let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    assert_eq!(told, all, "every rule is in the table");
}

#[test]
fn the_name_in_json_is_the_name_of_the_rule() {
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        round_trip(code);
    }
    for (reason, _) in table() {
        assert_eq!(
            serde_json::to_value(&reason).unwrap()["code"],
            reason.code().as_str()
        );
        round_trip(&reason);
    }
}

#[test]
fn alternatives_are_proposals() {
    let table = [
        (
            Alternative::Wait { position: 3 },
            "join the waitlist, at position 3",
        ),
        (Alternative::Seats { seats: 1 }, "book 1 place"),
        (Alternative::Seats { seats: 2 }, "book 2 places"),
        (Alternative::From { at: at() }, "book from Tue 3 Feb 2026 11:00"),
        (
            Alternative::Class {
                class: id(3),
                title: "Yoga".to_owned(),
                starts_at: at(),
                free: 2,
            },
            "Yoga on Tue 3 Feb 2026 11:00 (2 places free)",
        ),
        (
            Alternative::Slot {
                trainer: id(6),
                period: hour(),
            },
            "trainer 6 on Tue 3 Feb 2026 11:00–12:00",
        ),
    ];
    for (alternative, sentence) in table {
        assert_eq!(alternative.sentence(ZONE), sentence);
        round_trip(&alternative);
        let refusal = Refusal {
            alternatives: vec![alternative],
            ..Refusal::of("book Spin", ZONE, Reason::ClassCancelled { class: id(3) })
        };
        let told = format!("cannot book Spin:\n  - the class was cancelled\ninstead:\n  - {sentence}");
        assert_eq!(refusal.to_string(), told);
    }
}
