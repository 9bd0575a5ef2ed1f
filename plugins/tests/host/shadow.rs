//! A candidate in the shadow of the live version: nobody waits for it, and what is reported is what would be charged.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use gym_core::billing::policy::{BillingPolicy, Bounds, Stacking};
use gym_core::billing::pricing::{
    Answer, Change as CoreChange, OnFailure, Operation, Pricing, Request, Rule,
};
use gym_core::id::LocationId;
use gym_core::money::Money;
use gym_plugins::contract::Change;
use gym_plugins::{Limits, Plugin, Shadow, Side, Watch};

use crate::guest::{Guest, adjustment, eur};
use crate::price::asked;

fn percent_off(points: i32) -> Arc<Plugin> {
    Guest::answering("fixed", &[adjustment(None, Change::PercentOff(points))]).load(Limits::default())
}

fn euros(minor: &[i64]) -> Vec<Money> {
    let currency = "EUR".parse().unwrap();
    minor.iter().map(|it| Money::new(*it, currency)).collect()
}

fn side(minor: &[i64]) -> Side {
    Side {
        prices: Ok(euros(minor)),
        dropped: None,
    }
}

/// Watches a candidate where prices go by a policy.
fn by(policy: BillingPolicy) -> Watch {
    Watch {
        policies: BTreeMap::from([(LocationId::new(1).unwrap(), policy)]),
        ..Watch::default()
    }
}

/// Asks once, and returns both sides of the difference, if there is one.
fn both(live: &Arc<Plugin>, candidate: &Plugin, watch: Watch) -> Option<(Side, Side)> {
    let shadow = Shadow::new(Arc::clone(live), candidate, watch).unwrap();
    shadow.propose(&asked(&[1_000, 2_000]));
    let report = shadow.settled();
    assert_eq!((report.asked, report.missed), (1, 0));
    let found = report.differences.into_iter().next();
    found.map(|it| (it.live, it.candidate))
}

#[test]
fn many_requests_meet_the_candidate_in_their_order() {
    let (live, candidate) = (
        Guest::answering("fixed", &[adjustment(None, Change::AmountOff(eur(3)))]).load(Limits::default()),
        Guest::answering("fixed", &[adjustment(None, Change::AmountOff(eur(5)))]).load(Limits::default()),
    );
    let (queue, kept) = (500, 500);
    let watch = Watch {
        queue,
        kept,
        ..Watch::default()
    };
    let shadow = Shadow::new(Arc::clone(&live), &candidate, watch).unwrap();
    let requests: Vec<Request> = (1..200).map(|price| asked(&[price * 10])).collect();
    assert_eq!(shadow.propose_all(&requests), live.propose_all(&requests));
    let report = shadow.settled();
    let seen: Vec<_> = report.differences.into_iter().map(|it| it.request).collect();
    assert_eq!((report.asked, report.missed, seen), (199, 0, requests));
}

#[test]
fn a_candidate_in_the_shadow_changes_nothing_and_is_reported() {
    let live = percent_off(500);
    let candidate =
        Guest::answering("fixed", &[adjustment(Some(0), Change::PercentOff(1_000))]).load(Limits::default());
    let watch = Watch {
        kept: 2,
        ..Watch::default()
    };
    let shadow = Shadow::new(Arc::clone(&live), &candidate, watch).unwrap();
    let requests = [asked(&[0]), asked(&[1_000]), asked(&[1_000, 2_000]), asked(&[50])];
    for request in &requests {
        assert_eq!(shadow.propose(request), live.propose(request));
    }
    let report = shadow.settled();
    assert_eq!(
        (report.asked, report.different, report.differences.len()),
        (4, 3, 2)
    );
    assert_eq!(report, shadow.report());
    assert_eq!(report.differences[0].live, side(&[950, 1_900]));
    assert_eq!(report.differences[0].candidate, side(&[900, 2_000]));
}

#[test]
fn what_a_candidate_proposes_is_bounded_as_the_gym_bounds_it() {
    let at_least_80_percent = BillingPolicy {
        bounds: Bounds {
            floor: 80_000,
            ceiling: 200_000,
        },
        ..BillingPolicy::default()
    };
    let (live, half, most) = (percent_off(1_000), percent_off(5_000), percent_off(6_000));
    let (found, candidate) = both(&live, &half, by(at_least_80_percent.clone())).unwrap();
    assert_eq!(found, side(&[900, 1_800]));
    let expected = Side {
        prices: Ok(euros(&[1_000, 2_000])),
        dropped: Some("item 0: 5.00 EUR is not accepted; expected at least 8.00 EUR".to_owned()),
    };
    assert_eq!(candidate, expected, "the list price, and why");
    assert_eq!(
        both(&half, &most, by(at_least_80_percent)),
        None,
        "neither is taken, whatever each proposes"
    );
    assert!(
        both(&half, &most, Watch::default()).is_some(),
        "elsewhere they are"
    );
}

#[test]
fn proposals_stack_with_the_rules_of_the_house_and_with_other_pricings() {
    let student = |stacking| BillingPolicy {
        stacking,
        rules: vec![Rule::Concession {
            name: "student".to_owned(),
            percent: -20_000,
        }],
        ..BillingPolicy::default()
    };
    let (live, candidate) = (percent_off(1_000), percent_off(1_500));
    let (found, better) = both(&live, &candidate, by(student(Stacking::All))).unwrap();
    assert_eq!((found, better), (side(&[700, 1_400]), side(&[650, 1_300])));
    assert_eq!(
        both(&live, &candidate, by(student(Stacking::Best))),
        None,
        "the rule is better than both"
    );
    let set = |minor| {
        Guest::answering("fixed", &[adjustment(Some(0), Change::SetPrice(eur(minor)))])
            .load(Limits::default())
    };
    let other = Guest::answering("other", &[adjustment(Some(0), Change::SetPrice(eur(700)))]);
    let among = |names: &[&str]| {
        let other: Arc<dyn Pricing> = other.load(Limits::default());
        let live: Arc<dyn Pricing> = set(900);
        let all = names
            .iter()
            .map(|name| Arc::clone(if *name == "other" { &other } else { &live }));
        Watch {
            among: all.collect(),
            ..Watch::default()
        }
    };
    assert_eq!(
        both(&set(900), &set(800), among(&["other", "fixed"])),
        None,
        "who comes before has set the price"
    );
    assert_eq!(
        both(&set(900), &set(800), among(&["other"])),
        None,
        "it is asked last"
    );
    let (found, better) = both(&set(900), &set(800), among(&["fixed", "other"])).unwrap();
    assert_eq!((found, better), (side(&[900, 2_000]), side(&[800, 2_000])));
}

#[test]
fn a_candidate_that_fails_is_told_from_one_that_proposes_nothing() {
    let nothing = Guest::answering("fixed", &[]).load(Limits::default());
    let liar =
        Guest::answering("fixed", &[adjustment(Some(7), Change::PercentOff(500))]).load(Limits::default());
    let (found, candidate) = both(&nothing, &liar, Watch::default()).unwrap();
    assert_eq!(found, side(&[1_000, 2_000]));
    assert_eq!(candidate.prices, found.prices);
    assert!(candidate.dropped.unwrap().contains("there is no line 7"));
    assert_eq!(both(&liar, &liar, Watch::default()), None);
}

/// Does not answer before it is let.
struct Slow {
    begun: Sender<()>,
    go: Mutex<Receiver<()>>,
}

impl Pricing for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn on_failure(&self) -> OnFailure {
        OnFailure::ListPrice
    }

    fn propose(&self, _: &Request) -> Answer {
        let _ = self.begun.send(());
        let _ = self.go.lock().unwrap().recv();
        Answer::of(vec![Operation {
            item: 0,
            change: CoreChange::Percent(-10_000),
            text: "Slowly".to_owned(),
        }])
    }
}

#[test]
fn nobody_waits_for_the_comparison_and_what_does_not_fit_the_queue_is_counted() {
    let (begun, has_begun) = channel();
    let (go, gone) = channel();
    let slow = Slow {
        begun,
        go: Mutex::new(gone),
    };
    let watch = Watch {
        among: vec![Arc::new(slow)],
        queue: 2,
        ..Watch::default()
    };
    let (live, candidate) = (percent_off(500), percent_off(600));
    let shadow = Shadow::new(Arc::clone(&live), &candidate, watch).unwrap();
    shadow.propose(&asked(&[1_000]));
    has_begun.recv().unwrap();
    // The thread that compares is held: two wait, three find no place, and all are answered.
    for price in 1..=5 {
        let request = asked(&[price * 100]);
        assert_eq!(shadow.propose(&request), live.propose(&request));
    }
    let report = shadow.report();
    assert_eq!((report.asked, report.missed), (0, 3));
    for _ in 0..3 {
        go.send(()).unwrap();
    }
    let report = shadow.settled();
    assert_eq!((report.asked, report.missed, report.different), (3, 3, 3));
    assert_eq!(report.differences[0].live, side(&[850]));
    // One that is dropped leaves what waits, and does not hang.
    shadow.propose(&asked(&[1_000]));
    has_begun.iter().take(3).for_each(drop);
    shadow.propose(&asked(&[1_000]));
    drop(go);
    drop(shadow);
}
