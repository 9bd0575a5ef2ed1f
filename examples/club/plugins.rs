//! The club's plugins: what is in `club/plugins` and installed in `club/home` changes prices. What misbehaves is flagged on
//! the invoice, and the price stays as it is without it.
//!
//! Another one is let in by `gym-plugin install FILE --unsigned --plugins club/plugins --home club/home`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use comfy_table::Table;
use gym_core::billing::BillingCommand;
use gym_core::billing::certificate::Shows;
use gym_core::billing::invoice::Source;
use gym_core::billing::pricing::Unfit;
use gym_core::club::Club;
use gym_core::command::Command;
use gym_core::id::Id;
use gym_core::money::Money;
use gym_core::time::Instant;
use gym_db::Gym;
use gym_plugins::{Compiler, Grants, Home, Limits, Lock, Plugins, Terms};

use crate::Anything;

const FOLDER: &str = "club/plugins";
const HOME: &str = "club/home";

/// The samples that a new club has, with their settings.
const SAMPLES: [(&str, &str, &str); 2] = [
    ("student-discount", "percent", "12.5"),
    // It never ends; in a club it has no business, but in one that shows what then happens.
    ("hostile", "attack", "loop"),
];

/// Installs the samples in a club that has no folder of plugins.
pub(crate) fn install() -> Result<(), Anything> {
    let folder = Path::new(FOLDER);
    if folder.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let home = Home::open(HOME)?;
    let grants = Grants {
        home: Some(home.clone()),
        ..Grants::development()
    };
    let mut lock = Lock::default();
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/guests/built");
    for (name, setting, value) in SAMPLES {
        let file = format!("{name}.wasm");
        let installed: PathBuf = folder.join(&file);
        std::fs::copy(built.join(&file), &installed)?;
        let found = Plugins::look(&installed, &grants, Limits::default())?;
        let terms = Terms {
            settings: [(setting.to_owned(), value.into())].into_iter().collect(),
            ..Terms::default()
        };
        let imports = found.imports.clone();
        lock.install(&file, &found, None, &imports, Some(terms))?;
    }
    lock.write(&home.lock_file())?;
    Ok(())
}

/// Lets the plugins that are installed price what is invoiced, if there is a folder of plugins.
pub(crate) fn price(mut gym: Gym) -> Result<Gym, Anything> {
    if !Path::new(FOLDER).exists() {
        return Ok(gym);
    }
    let grants = Grants {
        compiler: Compiler::InProcess,
        ..Grants::installed(Home::open(HOME)?)?
    };
    let plugins = Plugins::load(FOLDER, &grants, Limits::default())?;
    for plugin in plugins.iter() {
        let found = plugin.found();
        println!("Plugin {} {}, {}", found.id, found.version, found.world);
    }
    for fault in plugins.faults() {
        println!("Plugin left out: {fault}");
    }
    for pricing in plugins.pricings() {
        gym = gym.priced_by(pricing);
    }
    println!();
    Ok(gym)
}

/// Takes in the cards of the students among the members: every fourth is one.
pub(crate) fn students(gym: &Gym, now: Instant) -> Result<usize, Anything> {
    let mut shown = 0;
    for member in gym.members()?.iter().filter(|it| it.id.raw() % 4 == 1) {
        gym.at(now)
            .run(&Command::Billing(BillingCommand::AcceptCertificate {
                member: member.id,
                shows: Shows::Concession("student".to_owned()),
                reference: format!("card {}", member.id),
                from: now.date_naive(),
                until: None,
            }))?;
        shown += 1;
    }
    Ok(shown)
}

/// What each plugin has done to the invoices of each place, and what was flagged; nothing if none was asked.
pub(crate) fn table(club: &Club) -> Result<Option<Table>, Anything> {
    #[derive(Default)]
    struct Done {
        asked: u32,
        changed: u32,
        by: Vec<Money>,
        flagged: u32,
        why: Option<String>,
    }
    let mut all: BTreeMap<_, Done> = BTreeMap::new();
    for invoice in club.invoices.iter() {
        for answered in invoice.priced.iter().flat_map(|it| &it.answers) {
            let name = &answered.source;
            let done = all.entry((name.clone(), invoice.location)).or_default();
            let its = |source: &Source| matches!(source, Source::Pricing(by) if by == name);
            let adjustments = invoice.lines.iter().flat_map(|line| &line.adjustments);
            let amounts: Vec<Money> = adjustments
                .filter(|it| its(&it.source))
                .map(|it| it.amount)
                .collect();
            done.asked += 1;
            done.changed += u32::from(!amounts.is_empty());
            done.by.extend(amounts);
            let failed = invoice.dropped.iter().find_map(|it| match &it.why {
                Unfit::Failed { why } if it.source == *name => Some(why),
                _ => None,
            });
            done.flagged += u32::from(failed.is_some());
            if done.why.is_none() {
                done.why = failed.cloned();
            }
        }
    }
    let mut table = crate::tables::table(&[
        "plugin",
        "place",
        "asked",
        "changed",
        "by",
        "flagged",
        "first because",
    ]);
    for ((name, place), done) in &all {
        let Some(place) = club.locations.get(*place) else {
            continue;
        };
        table.add_row([
            name.clone(),
            place.name.clone(),
            done.asked.to_string(),
            done.changed.to_string(),
            Money::sum(place.currency, done.by.iter().copied())?.to_string(),
            done.flagged.to_string(),
            done.why.clone().unwrap_or_default(),
        ]);
    }
    Ok((!all.is_empty()).then_some(table))
}
