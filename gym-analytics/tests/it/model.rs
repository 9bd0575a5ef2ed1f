//! Model files: what was saved comes back, with its card, and nothing else is taken for one.

use chrono::{Days, NaiveDate};
use gym_analytics::boost::BoostParams;
use gym_analytics::columns::{Columns, DataError};
use gym_analytics::design::Shape;
use gym_analytics::evaluate::Bootstrap;
use gym_analytics::fold::Backtest;
use gym_analytics::gam::GamParams;
use gym_analytics::model::{Engine, Model, ModelError, Params, Training, TrainingError};
use gym_analytics::sample::FitError;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::rows::{Members, members};

fn days(rows: u64) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    (0..rows).map(|row| first + Days::new(row * 365 / rows)).collect()
}

fn gam() -> Params {
    Params::Gam(GamParams::new(vec![(
        "days_since_visit".to_owned(),
        Shape::Spline { knots: 5 },
    )]))
}

fn boost() -> Params {
    Params::Boost(BoostParams {
        trees: 20,
        ..BoostParams::default()
    })
}

fn learn(members: &Members, params: &Params) -> Result<Model, TrainingError> {
    let rows = members.left.len();
    let (columns, as_of) = (members.columns(), days(rows as u64));
    let contract = |row: usize| {
        if members.values[3].1[row] == 1.0 {
            "a | year"
        } else {
            "monthly"
        }
        .to_owned()
    };
    let contracts: Vec<String> = (0..rows).map(contract).collect();
    Training::new("retention", &columns, &members.left, &as_of)
        .backtest(Backtest {
            folds: 2,
            embargo_days: 30,
        })
        .bootstrap(Bootstrap {
            draws: 20,
            ..Bootstrap::default()
        })
        .slices(&contracts)
        .limit("members of less than a month")
        .learn(params)
}

#[test]
fn a_file_gives_the_same_model_back() {
    let members = members(900, 1);
    let folder = tempfile::tempdir().unwrap();
    for params in [gam(), boost()] {
        let model = learn(&members, &params).unwrap();
        let path = folder.path().join("retention.gym-model");
        model.save(&path).unwrap();
        let back = Model::load(&path).unwrap();
        assert_eq!(back, model);
        assert_eq!(back.to_bytes().unwrap(), model.to_bytes().unwrap());
        let columns = members.columns();
        let bits = |model: &Model| -> Vec<u64> {
            model
                .probabilities(&columns)
                .unwrap()
                .into_iter()
                .map(f64::to_bits)
                .collect()
        };
        assert_eq!(bits(&back), bits(&model));
        assert_eq!(back.id().unwrap(), model.id().unwrap());
        assert_eq!(model.id().unwrap().len(), 12);
        // The temporary file is gone.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn the_card_says_what_the_model_was_learned_from_and_how_good_it_is() {
    let members = members(900, 2);
    let model = learn(&members, &gam()).unwrap();
    let card = model.card();
    assert_eq!((card.rows, card.features.len()), (900, 4));
    assert_eq!(card.features_hash, members.columns().features().hash());
    let report = card.report.as_ref().unwrap();
    // The first third, whole days, was only learned from.
    let as_of = days(900);
    let tested = as_of.iter().filter(|day| **day >= as_of[300]).count() as u64;
    assert_eq!(report.rows, tested);
    assert!(report.roc_auc.value > 0.6 && report.roc_auc.low < report.roc_auc.value);
    assert_eq!(card.slices.iter().map(|slice| slice.rows).sum::<u64>(), tested);
    let text = card.to_markdown();
    for part in [
        "# retention\n",
        "additive model",
        "| days | 2025-01-01 to 2025-12-31 |",
        "| a \\| year |",
        "- members of less than a month\n",
        "whom an offer keeps",
        "least 30 days before it",
        &card.features_hash,
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&card.to_json().unwrap()).unwrap();
    assert_eq!(json["window"]["last"], "2025-12-31");
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    let members = members(900, 3);
    for params in [gam(), boost()] {
        assert_eq!(
            learn(&members, &params).unwrap().to_bytes().unwrap(),
            learn(&members, &params).unwrap().to_bytes().unwrap()
        );
    }
}

#[test]
fn another_schema_is_refused() {
    let members = members(900, 4);
    let model = learn(&members, &gam()).unwrap();
    let turned = Columns::new(
        members
            .values
            .iter()
            .rev()
            .map(|(name, values)| (*name, values.as_slice())),
    )
    .unwrap();
    let found = model.probabilities(&turned).unwrap_err();
    assert!(
        matches!(
            found,
            ModelError::Data(DataError::OtherFeatures { position: 0, .. })
        ),
        "{found}"
    );
    let fewer = Columns::new([("days_since_visit", vec![1.0])]).unwrap();
    let found = model.probabilities(&fewer).unwrap_err().to_string();
    assert!(
        found.ends_with("position 1 has nothing, expected \"age\""),
        "{found}"
    );
}

fn rewritten(model: &Model, change: impl Fn(String) -> String) -> Vec<u8> {
    let bytes = model.to_bytes().unwrap();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let json = change(String::from_utf8(bytes[end + 1..].to_vec()).unwrap());
    let sum: String = Sha256::digest(json.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("gym-model 1 {sum}\n{json}").into_bytes()
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let model = learn(&members(900, 5), &gam()).unwrap();
    let bytes = model.to_bytes().unwrap();
    assert_eq!(Model::from_bytes(&rewritten(&model, |json| json)).unwrap(), model);
    assert!(matches!(
        Model::from_bytes(b"\x80\x04\x95 pickle\n"),
        Err(ModelError::NotAModel)
    ));
    assert!(matches!(Model::from_bytes(b""), Err(ModelError::NotAModel)));
    let later = [b"gym-model 2 ".as_slice(), &bytes[12..]].concat();
    let found = Model::from_bytes(&later).unwrap_err();
    assert_eq!(
        found.to_string(),
        "the model file is of version \"2\", expected 1"
    );
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(matches!(
        Model::from_bytes(&flipped),
        Err(ModelError::Checksum { .. })
    ));
    assert!(matches!(
        Model::from_bytes(&bytes[..bytes.len() - 1]),
        Err(ModelError::Checksum { .. })
    ));
    let renamed = rewritten(&model, |json| {
        json.replace("[\"days_since_visit\",\"age\"", "[\"age\",\"days_since_visit\"")
    });
    assert!(matches!(
        Model::from_bytes(&renamed),
        Err(ModelError::Features { .. })
    ));
    let short = rewritten(&model, |json| {
        json.replace("\"coefficients\":[", "\"coefficients\":[0.5,")
    });
    assert!(matches!(Model::from_bytes(&short), Err(ModelError::Content(_))));
    assert!(matches!(
        Model::load(std::path::Path::new("no such model")),
        Err(ModelError::Io(_))
    ));
}

#[test]
fn what_cannot_be_tested_is_not_learned() {
    let mut members = members(900, 6);
    let stayed = vec![0.0; 900];
    let left = std::mem::replace(&mut members.left, stayed);
    let found = learn(&members, &gam()).unwrap_err();
    assert!(
        matches!(
            found,
            TrainingError::Fit {
                why: FitError::OneClass { .. },
                ..
            }
        ),
        "{found}"
    );
    let (columns, as_of) = (members.columns(), days(900));
    let short = Training::new("x", &columns, &left[1..], &as_of)
        .learn(&gam())
        .unwrap_err();
    assert!(matches!(
        short,
        TrainingError::Data(DataError::Length { found: 899, .. })
    ));
    let none = Columns::new([("x", Vec::new())]).unwrap();
    assert!(Training::new("x", &none, &[], &[]).learn(&gam()).is_err());
    assert!(matches!(
        learn(&self::members(900, 6), &boost()).unwrap().engine(),
        Engine::Boost(_)
    ));
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), headed in any::<bool>()) {
        let bytes = if headed { [b"gym-model 1 ".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(Model::from_bytes(&bytes).is_err());
    }
}
