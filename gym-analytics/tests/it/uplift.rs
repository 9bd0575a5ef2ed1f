//! Uplift: whom an offer moves is told from who would leave anyway.

use gym_analytics::columns::Columns;
use gym_analytics::design::Shape;
use gym_analytics::gam::GamParams;
use gym_analytics::uplift::{Trial, Uplift, UpliftError, effect_at};

use crate::rows::unit;

struct Offer {
    away: Vec<f64>,
    left: Vec<f64>,
    offered: Vec<bool>,
    truth: Vec<f64>,
}

/// The offer helps those who were away for about three weeks most and wakes those who come often; risk just rises.
fn offer(rows: usize, seed: u64) -> Offer {
    let mut state = seed;
    let mut offer = Offer {
        away: vec![],
        left: vec![],
        offered: vec![],
        truth: vec![],
    };
    for _ in 0..rows {
        let away = unit(&mut state) * 60.0;
        let risk = 0.1 + away / 100.0;
        let effect = 0.3 * (-((away - 20.0) / 10.0).powi(2)).exp() - 0.03;
        let offered = unit(&mut state) < 0.5;
        let p = if offered { risk - effect } else { risk };
        offer.left.push(f64::from(unit(&mut state) < p));
        offer.away.push(away);
        offer.offered.push(offered);
        offer.truth.push(effect);
    }
    offer
}

fn learn(offer: &Offer) -> Uplift {
    let columns = Columns::new([("away", offer.away.as_slice())]).unwrap();
    let params = GamParams::new(vec![("away".to_owned(), Shape::Spline { knots: 7 })]).ridge(1.0);
    Uplift::learn(
        &Trial::new(&columns, &offer.left, &offer.offered).unwrap(),
        &params,
    )
    .unwrap()
}

#[test]
fn it_finds_whom_the_offer_keeps() {
    let (train, fresh) = (offer(12_000, 1), offer(8_000, 2));
    let uplift = learn(&train);
    let columns = Columns::new([("away", fresh.away.as_slice())]).unwrap();
    let prospects = uplift.prospects(&columns, &vec![10_000.0; 8_000], 400.0).unwrap();
    let gap = prospects
        .iter()
        .zip(&fresh.truth)
        .map(|(it, truth)| (it.uplift - truth).abs())
        .sum::<f64>()
        / 8_000.0;
    assert!(gap < 0.03, "{gap}");
    let trial = Trial::new(&columns, &fresh.left, &fresh.offered).unwrap();
    let by_uplift: Vec<f64> = prospects.iter().map(|it| it.uplift).collect();
    let by_risk: Vec<f64> = prospects.iter().map(|it| it.risk).collect();
    let (chosen, risky) = (
        effect_at(&by_uplift, &trial, 0.3).unwrap(),
        effect_at(&by_risk, &trial, 0.3).unwrap(),
    );
    assert!(chosen > 0.18 && risky < 0.08, "{chosen} {risky}");
    let whole = effect_at(&by_uplift, &trial, 1.0).unwrap();
    assert!((whole - fresh.truth.iter().sum::<f64>() / 8_000.0).abs() < 0.04);
    for it in prospects.iter().take(20) {
        assert!((it.expected_value - (it.uplift * 10_000.0 - 400.0)).abs() < 1e-9);
    }
}

#[test]
fn an_offer_that_was_not_drawn_by_lot_is_refused() {
    let offer = offer(1_000, 3);
    let columns = Columns::new([("away", offer.away.as_slice())]).unwrap();
    let to_the_absent: Vec<bool> = offer.away.iter().map(|away| *away > 25.0).collect();
    let found = Trial::new(&columns, &offer.left, &to_the_absent).unwrap_err();
    assert!(
        matches!(&found, UpliftError::NotByLot { feature, .. } if feature == "away"),
        "{found}"
    );
    assert!(matches!(
        Trial::new(&columns, &offer.left, &[true; 1_000]),
        Err(UpliftError::OneGroup { .. })
    ));
    assert!(matches!(
        Trial::new(&columns, &offer.left, &[true; 3]),
        Err(UpliftError::Data(_))
    ));
    let stayed = vec![0.0; 1_000];
    let trial = Trial::new(&columns, &stayed, &offer.offered).unwrap();
    let found = Uplift::learn(&trial, &GamParams::new(vec![])).unwrap_err();
    assert_eq!(
        found.to_string(),
        "the members with the offer: every outcome is 0, expected some 0 and some 1"
    );
}
