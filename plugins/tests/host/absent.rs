//! What is installed and does not load: its policy still decides, and nothing that lies beside it takes it away.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gym_core::billing::Objection;
use gym_core::billing::discount::Discounts;
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::policy::BillingPolicy;
use gym_core::billing::pricing::Known;
use gym_core::billing::quote::{Ask, Quote, Terms as Billing};
use gym_core::billing::run::Debits;
use gym_core::billing::tax::{Prices, Rounding, TaxBook, TaxCode, TaxComponent, TaxTable, TaxTerms};
use gym_core::decision::Draft;
use gym_core::id::{Id, LocationId, MemberId};
use gym_core::money::{Currency, Money};
use gym_core::recommendation::{Profile, Ranking};
use gym_plugins::contract::Change;
use gym_plugins::{Grants, Home, Limits, LoadError, Plugins, Policy};

use crate::guest::{Guest, adjustment};
use crate::place::Place;

fn tenth() -> Guest {
    Guest::answering("tenth", &[adjustment(None, Change::PercentOff(1_000))])
}

/// Quotes a class of 10.00 by the plugins of a place.
fn quote(plugins: &Plugins) -> Result<Quote, Vec<Objection>> {
    let (location, class) = (LocationId::from_raw(1), TaxCode::new("class").unwrap());
    let charged = Charged::Registration(Id::from_raw(1));
    let owed = Obligation {
        key: Key::Once(charged),
        charged,
        plan: None,
        days: None,
        due_on: "2026-11-22".parse().unwrap(),
        amount: Money::new(1_000, Currency::EUR),
        tax: class.clone(),
        text: "Class".to_owned(),
    };
    let vat = vec![TaxComponent {
        name: "VAT".to_owned(),
        rate: 19_000,
    }];
    let table = TaxTable {
        id: Id::from_raw(1),
        location,
        from: "2020-01-01".parse().unwrap(),
        terms: TaxTerms::new(
            Prices::Inclusive,
            Rounding::PerLine,
            BTreeMap::from([(class, vat)]),
        )
        .unwrap(),
    };
    let (pricings, tables, policy) = (plugins.pricings(), [table], BillingPolicy::default());
    let mut terms = Billing {
        location,
        currency: Currency::EUR,
        tax: TaxBook::new(location, &tables, &[]),
        discounts: Discounts::new(location, &[], &[]),
        certificates: BTreeMap::new(),
        occasions: BTreeMap::new(),
        known: Known::default(),
        debits: Debits::default(),
        policy: &policy,
        pricing: pricings.iter().map(|it| &**it).collect(),
    };
    let ask = Ask {
        payer: MemberId::from_raw(7),
        on: "2026-11-22".parse().unwrap(),
        codes: &[],
        owed: &[&owed],
    };
    terms.quote(&ask, &mut Draft::default())
}

/// Installs a plugin whose failure is dealt with so.
fn installed(policy: Policy) -> Place {
    let place = Place::new();
    place
        .install_as(&tenth(), None, |terms| terms.on_failure = policy)
        .unwrap();
    let total = quote(&place.load()).unwrap().total;
    assert_eq!(total, Money::new(900, Currency::EUR), "it is there");
    place
}

/// Checks that its policy decides, once something has been done to the place.
fn check(harm: impl Fn(&Place), sentence: &str) {
    let place = installed(Policy::FailQuote);
    harm(&place);
    let refused = quote(&place.load()).unwrap_err();
    assert!(
        matches!(&refused[..], [Objection::Unpriced { pricing, why, .. }]
            if pricing == "tenth" && why.to_string().contains(sentence)),
        "{sentence}: {refused:?}"
    );
    let place = installed(Policy::Skip);
    harm(&place);
    let listed = quote(&place.load()).unwrap();
    assert_eq!(listed.total, Money::new(1_000, Currency::EUR));
    let dropped = &listed.dropped[0];
    assert_eq!(dropped.source, "tenth");
    assert!(dropped.why.to_string().contains(sentence), "{}", dropped.why);
}

#[test]
fn a_plugin_that_is_gone_or_changed_is_no_quote_or_a_flagged_one() {
    check(
        |place| fs::remove_file(place.file()).unwrap(),
        "no answer: tenth: it was not loaded: it is installed, and the file is not there",
    );
    check(|place| fs::write(place.file(), "").unwrap(), "its digest is ");
    check(
        |place| fs::remove_file(place.code()).unwrap(),
        "it has not been compiled for this engine",
    );
    check(
        |place| fs::write(place.code(), "spoilt").unwrap(),
        "does not bear the seal of this home",
    );
    check(
        |place| fs::remove_dir_all(place.plugins()).unwrap(),
        "the file is not there",
    );
    check(
        |place| place.edit_lock("\"order\"", "\"odrer\""),
        "unknown field `odrer`",
    );
    check(
        |place| place.edit_lock("pricing@1", "pricing@7"),
        "unknown variant `pricing@7`",
    );
}

#[test]
fn a_recommender_that_is_gone_says_so() {
    let place = Place::new();
    place
        .install_as(&Guest::recommending("coach", &[]), None, |_| ())
        .unwrap();
    fs::remove_file(place.file()).unwrap();
    let plugins = place.load();
    assert!(plugins.pricings().is_empty());
    let recommenders = plugins.recommenders();
    assert_eq!(recommenders[0].name(), "coach");
    let request = Ranking {
        profile: Profile::of(MemberId::from_raw(7)),
        candidates: Vec::new(),
        wanted: 1,
        today: "2026-11-22".parse().unwrap(),
    };
    let why = recommenders[0].rank(&request).proposed.unwrap_err();
    assert_eq!(
        why,
        "coach: it was not loaded: it is installed, and the file is not there"
    );
}

#[test]
fn stand_ins_keep_their_turn() {
    let place = Place::new();
    for (id, order) in [("last", 3), ("first", 1), ("middle", 2)] {
        let guest = Guest::new(id);
        place
            .install_as(&guest, None, |terms| terms.order = order)
            .unwrap();
    }
    let middle = place
        .files()
        .into_iter()
        .find(|it| it.to_string_lossy().contains("middle"));
    fs::remove_file(middle.unwrap()).unwrap();
    let pricings = place.load().pricings();
    let names: Vec<_> = pricings.iter().map(|it| it.name()).collect();
    assert_eq!(names, ["first", "middle", "last"]);
}

#[test]
fn a_thousand_other_files_keep_nothing_from_being_loaded() {
    let place = installed(Policy::FailQuote);
    for at in 0..1_000 {
        fs::write(place.plugins().join(format!("a{at:04}.wasm")), "").unwrap();
    }
    let plugins = place.load();
    assert!(plugins.get("tenth").is_some());
    assert_eq!(plugins.faults().len(), 21);
    assert!(matches!(plugins.faults()[0].why, LoadError::Unlisted));
    let last = plugins.faults()[20].to_string();
    assert!(last.ends_with(": 980 files more are not installed"), "{last}");
}

#[test]
fn an_entry_that_is_none_keeps_no_other_from_being_loaded() {
    let place = installed(Policy::Skip);
    place.install_as(&Guest::new("sound"), None, |_| ()).unwrap();
    place.edit_lock("\"tenth-", "\"../tenth-");
    let plugins = place.load();
    assert!(plugins.get("sound").is_some());
    let fault = plugins.faults()[0].to_string();
    assert!(
        fault.contains("lock.json: the entry of tenth in the lock file is not accepted: file \"../tenth-"),
        "{fault}"
    );
    place.install_as(&Guest::new("other"), None, |_| ()).unwrap();
    assert!(
        fs::read_to_string(place.home().lock_file())
            .unwrap()
            .contains("../tenth-"),
        "an entry that is none stays until somebody looks at it"
    );
}

#[test]
fn two_entries_of_one_file_are_both_looked_at() {
    let place = installed(Policy::Skip);
    place.install_as(&Guest::new("other"), None, |_| ()).unwrap();
    let lock = gym_plugins::Lock::read(&place.home().lock_file()).unwrap();
    let (tenth, other) = (&lock.plugins["tenth"].file, &lock.plugins["other"].file);
    place.edit_lock(other, tenth);
    let plugins = place.load();
    assert!(plugins.get("tenth").is_some());
    let changed = |fault: &gym_plugins::Fault| matches!(fault.why, LoadError::Changed { .. });
    assert!(plugins.faults().iter().any(changed), "{:?}", plugins.faults());
}

#[cfg(unix)]
fn pipe(path: &Path) {
    drop(fs::remove_file(path));
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// Returns what comes of something, which must not wait for somebody to write into a pipe.
#[cfg(unix)]
fn at_once<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    let time = std::time::Duration::from_secs(60);
    receiver.recv_timeout(time).expect("it waits for a pipe")
}

#[cfg(unix)]
#[test]
fn pipes_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    pipe(&folder.path().join("pipe.wasm"));
    let path = folder.path().to_owned();
    let plugins = at_once(move || Plugins::load(path, &Grants::development(), Limits::default()).unwrap());
    assert!(plugins.faults()[0].to_string().ends_with("it is not a file"));

    let (place, keys) = (Place::new(), crate::place::keys());
    place.install_as(&tenth(), Some(&keys), |_| ()).unwrap();
    let (file, root) = (place.file(), place.home().folder().to_owned());
    let load = |plugins: &Path| {
        let (home, plugins) = (root.clone(), plugins.to_owned());
        at_once(move || {
            let grants = Grants::installed(Home::open(home).unwrap()).unwrap();
            Plugins::load(plugins, &grants, Limits::default()).unwrap()
        })
    };
    assert!(load(&place.plugins()).faults().is_empty());
    pipe(&gym_plugins::signature_file(&file));
    let fault = load(&place.plugins()).faults()[0].why.to_string();
    assert!(fault.starts_with("its signature is not accepted: "), "{fault}");
    pipe(&file);
    let fault = load(&place.plugins()).faults()[0].why.to_string();
    assert!(fault.ends_with("it is not a file"), "{fault}");
}
