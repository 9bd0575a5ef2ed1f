//! Plugins as pricings of the gym: what they propose becomes operations, and the record proves it later.

use std::collections::BTreeMap;
use std::sync::Arc;

use gym_core::billing::obligation::{Charged, Key};
use gym_core::billing::pricing::{Change as CoreChange, Item, Occasion, Operation, Pricing, Request};
use gym_core::billing::tax::TaxCode;
use gym_core::fact::Facts;
use gym_core::id::{LocationId, MemberId, RegistrationId};
use gym_core::money::{Currency, Money as CoreMoney};
use gym_plugins::contract::{Change, Date, ItemKind};
use gym_plugins::{CallError, Grants, Home, Limit, Limits, Plugins, Record};

use crate::guest::{Guest, adjustment, eur};

fn currency() -> Currency {
    "EUR".parse().unwrap()
}

/// What the gym asks for classes with these list prices.
pub fn asked(prices: &[i64]) -> Request {
    let item = |(at, price): (usize, &i64)| Item {
        key: Key::Once(Charged::Registration(RegistrationId::new(at as i64 + 1).unwrap())),
        tax: TaxCode::new("class").unwrap(),
        days: None,
        occasion: Some(Occasion {
            starts: "2026-11-23T18:30:00".parse().unwrap(),
            places: 12,
            taken: 3,
        }),
        list: CoreMoney::new(*price, currency()),
        facts: Facts::default(),
    };
    Request {
        location: LocationId::new(1).unwrap(),
        currency: currency(),
        on: "2026-11-22".parse().unwrap(),
        payer: MemberId::new(4711).unwrap(),
        concessions: ["student".to_owned()].into(),
        items: prices.iter().enumerate().map(item).collect(),
        payer_facts: Facts::default(),
        facts: Facts::default(),
    }
}

fn operation(item: usize, change: CoreChange) -> Operation {
    Operation {
        item,
        change,
        text: "As tested".to_owned(),
    }
}

fn amount(item: usize, minor: i64) -> Operation {
    operation(item, CoreChange::Amount(CoreMoney::new(minor, currency())))
}

fn proposed(adjustments: &[gym_plugins::contract::Adjustment], prices: &[i64]) -> Vec<Operation> {
    let plugin = Guest::answering("fixed", adjustments).load(Limits::default());
    plugin.propose(&asked(prices)).proposed.unwrap()
}

#[test]
fn changes_become_operations() {
    for (change, expected) in [
        (
            Change::PercentOff(2_000),
            operation(1, CoreChange::Percent(-20_000)),
        ),
        (Change::PercentSurcharge(5), operation(1, CoreChange::Percent(50))),
        (Change::AmountOff(eur(250)), amount(1, -250)),
        (Change::Surcharge(eur(250)), amount(1, 250)),
        (
            Change::SetPrice(eur(1_750)),
            operation(1, CoreChange::Price(CoreMoney::new(1_750, currency()))),
        ),
    ] {
        assert_eq!(
            proposed(&[adjustment(Some(1), change)], &[1_000, 2_000]),
            [expected]
        );
    }
}

#[test]
fn what_names_no_line_is_for_all_of_them() {
    let share = proposed(&[adjustment(None, Change::PercentOff(1_000))], &[100, 200]);
    assert_eq!(
        share,
        [0, 1].map(|item| operation(item, CoreChange::Percent(-10_000)))
    );
    let parts = proposed(
        &[adjustment(None, Change::AmountOff(eur(100)))],
        &[1_000, 2_000, 0],
    );
    assert_eq!(parts, [amount(0, -33), amount(1, -67), amount(2, 0)]);
}

#[test]
fn nothing_of_a_price_is_no_change() {
    let nothing = [
        adjustment(None, Change::PercentOff(0)),
        adjustment(Some(1), Change::PercentSurcharge(0)),
        adjustment(None, Change::AmountOff(eur(0))),
        adjustment(Some(0), Change::Surcharge(eur(0))),
    ];
    assert_eq!(proposed(&nothing, &[1_000, 2_000]), []);
}

#[test]
fn of_a_group_that_sets_a_price_one_counts_and_amounts_may_stand_beside() {
    let set = |minor, priority| {
        let mut it = adjustment(Some(0), Change::SetPrice(eur(minor)));
        it.exclusive_group = Some("price".to_owned());
        it.priority = priority;
        it
    };
    let all = [
        set(900, 1),
        set(800, 2),
        adjustment(Some(0), Change::AmountOff(eur(50))),
    ];
    let price = operation(0, CoreChange::Price(CoreMoney::new(800, currency())));
    assert_eq!(proposed(&all, &[1_000]), [price, amount(0, -50)]);
}

#[test]
fn chance_is_told_apart_by_plugin_and_does_not_tell_who_pays() {
    let request = asked(&[1_000]);
    let seed = |id: &str, request: &Request| {
        Guest::new(id)
            .load(Limits::default())
            .request(request)
            .context
            .seed
    };
    assert_eq!(seed("one", &request), seed("one", &request));
    assert_ne!(seed("one", &request), seed("other", &request));
    let json = serde_json::to_vec(&request).unwrap();
    let digest = gym_plugins::Digest::of(&json);
    let guessed = u64::from_be_bytes(digest.as_bytes()[..8].try_into().unwrap());
    assert_ne!(
        seed("one", &request),
        guessed,
        "whoever knows the request cannot try members"
    );
}

#[test]
fn of_a_group_the_highest_priority_counts_on_each_line() {
    let member = |line, points, priority| {
        let mut it = adjustment(line, Change::PercentOff(points));
        it.exclusive_group = Some("discount".to_owned());
        it.priority = priority;
        it
    };
    let all = [
        member(None, 1_000, 1),
        member(Some(1), 2_000, 5),
        member(Some(0), 3_000, 1),
        adjustment(Some(0), Change::PercentOff(100)),
    ];
    let expected = [(0, -10_000), (1, -20_000), (0, -1_000)];
    assert_eq!(
        proposed(&all, &[100, 100]),
        expected.map(|(item, share)| operation(item, CoreChange::Percent(share)))
    );
}

#[test]
fn a_request_says_what_the_gym_knows_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path().join("home")).unwrap();
    let grants = Grants {
        home: Some(home),
        ..Grants::development()
    };
    let load = |id: &str| {
        Arc::clone(
            Guest::new(id)
                .plugins(&grants, Limits::default())
                .iter()
                .next()
                .unwrap(),
        )
    };
    let (one, other) = (load("one"), load("other"));
    let request = one.request(&asked(&[1_500]));
    let line = &request.lines[0];
    assert_eq!(
        (line.kind, line.list_price.minor_units),
        (ItemKind::ClassBooking, 1_500)
    );
    let occasion = line.occasion.unwrap();
    assert_eq!(
        (occasion.weekday, occasion.minute, occasion.places, occasion.taken),
        (1, 1_110, 12, 3)
    );
    let (year, month, day) = (2026, 11, 22);
    assert_eq!(request.context.today, Date { year, month, day });
    let member = request.member.unwrap();
    assert_eq!(member.tags, ["student"]);
    assert!(
        !member.subject.contains("4711") && member.subject.len() == 24,
        "{}",
        member.subject
    );
    let again = one.request(&asked(&[1_500])).member.unwrap().subject;
    let elsewhere = other.request(&asked(&[1_500])).member.unwrap().subject;
    assert!(again == member.subject && elsewhere != member.subject);
    assert_ne!(one.request(&asked(&[1_501])).context.seed, request.context.seed);
}

#[test]
fn many_requests_are_answered_in_their_order() {
    let plugin =
        Guest::answering("fixed", &[adjustment(None, Change::AmountOff(eur(3)))]).load(Limits::default());
    let requests: Vec<Request> = (1..200).map(|price| asked(&[price * 10, 10])).collect();
    let one_by_one: Vec<_> = requests.iter().map(|request| plugin.propose(request)).collect();
    assert_eq!(plugin.propose_all(&requests), one_by_one);
}

#[test]
fn a_record_proves_the_price_again_and_tells_what_has_changed() {
    let guest = Guest::answering("fixed", &[adjustment(None, Change::PercentOff(500))]);
    let plugin = guest.load(Limits::default());
    let line = plugin.propose(&asked(&[1_000])).record.unwrap();
    let record: Record = Record::read(&line).unwrap();
    assert_eq!(record.line(), line);
    assert_eq!(
        record.operations().unwrap(),
        [operation(0, CoreChange::Percent(-5_000))]
    );
    let replay = plugin.replay(&record);
    assert!(replay.proves(), "{replay:?}");
    assert_eq!(
        replay.fuel,
        Some((record.usage.call_fuel, record.usage.call_fuel))
    );

    let newer =
        Guest::answering("fixed", &[adjustment(None, Change::PercentOff(600))]).load(Limits::default());
    let replay = newer.replay(&record);
    assert!(!replay.proves() && !replay.same_answer);
    assert!(replay.differs[0].starts_with("digest: then "), "{replay:?}");
    let elsewhere: Record = Record::read(&line.replace(&record.engine, "wasmtime-1.0.0/0")).unwrap();
    let replay = plugin.replay(&elsewhere);
    assert!(
        replay.proves() && replay.fuel.is_none(),
        "fuel of another engine is not compared"
    );
}

/// Loops for ever, with fuel for so much of that.
fn looping(call_fuel: u64) -> Arc<gym_plugins::Plugin> {
    let guest = Guest {
        call: "(loop $spin (br $spin))".to_owned(),
        ..Guest::new("looping")
    };
    guest.load(Limits {
        call_fuel,
        ..Limits::default()
    })
}

#[test]
fn a_record_is_proved_with_the_limits_of_then_and_also_by_a_plugin_that_is_off() {
    let (then, now) = (looping(1_000), looping(2_000));
    let answer = then.propose(&asked(&[1_000]));
    let record: Record = Record::read(&answer.record.unwrap()).unwrap();
    for _ in 0..10 {
        let replay = now.replay(&record);
        assert!(replay.proves(), "{replay:?}");
        assert!(matches!(
            replay.answer,
            Err(CallError::Limit {
                limit: Limit::CallFuel,
                allowed: 1_000,
                ..
            })
        ));
    }
    for _ in 0..6 {
        now.propose(&asked(&[1_000])).proposed.unwrap_err();
    }
    let off = now.propose(&asked(&[1_000]));
    assert!(off.proposed.unwrap_err().contains("it failed too often"));
    assert!(now.replay(&record).proves(), "the plugin is off, the past is not");
    let off: Record = Record::read(&off.record.unwrap()).unwrap();
    let replay = now.replay(&off);
    assert!(
        replay.differs[0].starts_with("answer: it depended on the moment: looping: it failed too often"),
        "{replay:?}"
    );

    let mut beyond = record.clone();
    beyond.limits.call_fuel = u64::MAX;
    let replay = now.replay(&beyond);
    assert!(
        !replay.proves() && replay.differs[0].starts_with("limits: "),
        "{replay:?}"
    );
}

#[test]
fn an_answer_that_is_not_accepted_counts_as_one_fault_and_keeps_the_plugin_off() {
    let liar =
        Guest::answering("liar", &[adjustment(Some(7), Change::PercentOff(500))]).load(Limits::default());
    for _ in 0..5 {
        let why = liar.propose(&asked(&[1_000])).proposed.unwrap_err();
        assert!(why.contains("there is no line 7"), "{why}");
    }
    let why = liar.propose(&asked(&[1_000])).proposed.unwrap_err();
    assert!(why.contains("it failed too often"), "{why}");
}

#[test]
fn plugins_are_asked_in_the_order_of_their_terms_and_then_by_id() {
    let folder = tempfile::tempdir().unwrap();
    for id in ["zumba", "aqua", "boxing"] {
        Guest::new(id).drop_into(folder.path());
    }
    Guest::recommending("coach", &[]).drop_into(folder.path());
    let plugins = Plugins::load(folder.path(), &Grants::development(), Limits::default()).unwrap();
    let names: Vec<_> = plugins.pricings().iter().map(|it| it.name().to_owned()).collect();
    assert_eq!(names, ["aqua", "boxing", "zumba"]);
    let counted: BTreeMap<bool, usize> = plugins.iter().fold(BTreeMap::new(), |mut counts, it| {
        *counts.entry(it.prices()).or_default() += 1;
        counts
    });
    assert_eq!(counted, BTreeMap::from([(false, 1), (true, 3)]));
    assert_eq!(plugins.recommenders().len(), 1);
}
