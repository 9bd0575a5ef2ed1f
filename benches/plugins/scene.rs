//! What the measures of plugins have in common: the sample that is committed, and a student who books two classes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gym_core::billing::obligation::{Charged, Key};
use gym_core::billing::pricing::{Item, Request};
use gym_core::billing::tax::TaxCode;
use gym_core::fact::Facts;
use gym_core::id::{Id, LocationId, MemberId, RegistrationId};
use gym_core::money::{Currency, Money};

/// Whatever keeps a measure from being taken.
pub type Failed = Box<dyn std::error::Error>;

/// Returns the file of a sample.
pub fn sample(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/guests/built");
    folder.join(format!("{name}.wasm"))
}

/// What is priced: two places in classes, for a student.
pub fn request() -> Result<Request, Failed> {
    let item = |number: i64| {
        Ok::<_, Failed>(Item {
            key: Key::Once(Charged::Registration(RegistrationId::from_raw(number))),
            tax: TaxCode::new("class")?,
            days: None,
            occasion: None,
            list: Money::new(1_500, Currency::EUR),
            facts: Facts::default(),
        })
    };
    Ok(Request {
        location: LocationId::from_raw(1),
        currency: Currency::EUR,
        on: "2026-11-22".parse()?,
        payer: MemberId::from_raw(7),
        concessions: BTreeSet::from(["student".to_owned()]),
        items: vec![item(1)?, item(2)?],
        payer_facts: Facts::default(),
        facts: Facts::default(),
    })
}
