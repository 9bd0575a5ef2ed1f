//! The same seed gives the same bytes: again, on two threads, and in another process.

use std::num::NonZeroUsize;
use std::process::Command;

use gym_analytics::boost::BoostParams;
use gym_analytics::feature::Features;
use gym_analytics::hazard::HazardParams;
use gym_analytics::landmark::{Cause, Landmarks};
use gym_analytics::model::{Engine, Model, Params, Training};
use gym_analytics::sample::Sample;
use gym_core::sim::teacher::{Profile, Teacher};
use sha2::{Digest, Sha256};

/// Goes all the way from a seed to models on so many threads, and returns a hash of all numbers on it.
fn bytes(threads: usize) -> String {
    let lesson = Teacher::new(Profile::Uk, 23, 500, "2024-01-01".parse().unwrap(), 14).teach();
    let mut hasher = Sha256::new();
    let threads_of = NonZeroUsize::new(threads).unwrap();
    let features = Features::on_threads(&lesson.history, lesson.months[9], threads_of).unwrap();
    for (_, values) in features.columns() {
        values
            .iter()
            .for_each(|value| hasher.update(value.to_bits().to_le_bytes()));
    }
    let past = Landmarks::at(&lesson.history, &lesson.months[3..12], 2, lesson.months[14]).unwrap();
    let months = past.person_months(Cause::Chosen, 2).unwrap();
    let columns = months.columns().unwrap();
    let boost = BoostParams {
        trees: 10,
        threads,
        ..BoostParams::default()
    };
    // Its own settings are in a model's bytes, the threads among them.
    let boost = boost.learn(&Sample::new(&columns, months.outcomes())).unwrap();
    for value in boost.log_odds(&columns).unwrap() {
        hasher.update(value.to_bits().to_le_bytes());
    }
    let hazard = HazardParams {
        months: 2,
        threads,
        ..HazardParams::linear(10.0)
    };
    let training = Training::of("retention", &past).unwrap();
    let model = training.learn(&Params::Hazard(hazard)).unwrap();
    assert!(matches!(model.engine(), Engine::Hazard(_)));
    assert_eq!(Model::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
    hasher.update(model.to_bytes().unwrap());
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

const HEAD: &str = "all numbers have hash ";

/// Prints the hash: what the other process is run for.
#[test]
fn hash() {
    let hash = bytes(1);
    assert_eq!(hash, bytes(1), "again");
    println!("{HEAD}{hash}.");
}

#[test]
fn two_threads_and_another_process_make_the_same_bytes() {
    let other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "determinism::hash", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8(other.stdout).unwrap();
    let (_, rest) = text.split_once(HEAD).unwrap_or_else(|| panic!("{text}"));
    let (hash, _) = rest.split_once('.').unwrap();
    assert_eq!(hash.len(), 64);
    assert_eq!(bytes(2), hash);
}
