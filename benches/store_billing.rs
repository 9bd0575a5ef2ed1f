//! Invoices per second on SQLite, durable in batches, beside the same statements over SQLite's own C interface.
//!
//! Both sides start from a copy of one file in which 20,000 members have a membership whose first month is owed, and
//! bill it in batches of 500 payers, a transaction each: load what the contracts say, decide, write invoices, lines,
//! taxes and the ledger. On disk each commit waits for the disk; in memory (`/dev/shm`) there is
//! none, so that it does not hide the code.

#[path = "store/sqlite.rs"]
mod peer;
#[path = "store/recording.rs"]
mod recording;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant as Watch;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use gym_core::billing::BillingCommand;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::command::Command;
use gym_core::id::{Id, MemberId};
use gym_core::membership::MembershipCommand;
use gym_core::membership::plan::Terms;
use gym_core::money::Currency;
use gym_core::time::Instant;
use gym_core::user::Person;
use gym_db::Gym;
use peer::Peer;
use recording::{Recording, listen};

/// Whatever keeps a measure from being taken.
pub type Failed = Box<dyn std::error::Error>;

/// What the peer's modules call by the name that they have beside bookings.
mod store {
    pub use crate::Failed;
    pub(crate) use crate::recording;
}

const PAYERS: usize = 20_000;
const BATCH: usize = 500;

fn main() -> Result<(), Failed> {
    listen(false)?;
    compare("SQLite on disk", tempfile::tempdir()?.path())?;
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        return Err("/dev/shm: no such folder; expected one in memory".into());
    }
    compare("SQLite in memory", tempfile::tempdir_in(memory)?.path())
}

fn open(path: &Path) -> Result<Gym, Failed> {
    Ok(Gym::open(&format!("sqlite://{}", path.display()))?)
}

fn now() -> Result<Instant, Failed> {
    Ok("2027-01-15T09:00:00Z".parse()?)
}

/// Makes a club in which one membership was sold, which is then copied for every other member.
fn fill(path: &Path) -> Result<(), Failed> {
    let gym = open(path)?;
    let (desk, today) = (gym.at(now()?), "2027-01-15".parse()?);
    let place = desk.add_location("Mitte", chrono_tz::Europe::Berlin, Currency::EUR)?;
    let member = desk.add_member(Person::new("Ada", None)?, place, today)?;
    let vat = vec![TaxComponent {
        name: "VAT".to_owned(),
        rate: 19_000,
    }];
    let tax = TaxCode::new("membership")?;
    let rates = BTreeMap::from([(tax.clone(), vat)]);
    let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates)?;
    desk.run(&Command::Billing(BillingCommand::SetTaxRates {
        location: place,
        from: today,
        terms,
    }))?;
    let (name, terms) = (
        "Gold".to_owned(),
        Box::new(Terms::monthly("49.90 EUR".parse()?, tax)),
    );
    desk.run(&Command::Membership(MembershipCommand::AddType {
        name,
        location: None,
        from: today,
        terms,
    }))?;
    desk.run(&Command::Membership(MembershipCommand::Sell {
        member,
        of: Id::from_raw(1),
        location: place,
        start: today,
        payer: None,
        intro: false,
    }))?;
    drop(gym);
    let mut raw = SqliteConnection::establish(&path.display().to_string())?;
    let numbers =
        format!("WITH RECURSIVE ns (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ns WHERE n < {PAYERS})");
    raw.batch_execute(&format!(
        "BEGIN;
         {numbers} INSERT INTO members (name, home_id, joined_on) SELECT 'Member', 1, '2026-01-01' FROM ns;
         {numbers} INSERT INTO memberships (member_id, membership_type_id, plan_version_id, location_id, needs_consent, \
         sold_on, starts_on, intro) SELECT 1 + n, membership_type_id, plan_version_id, location_id, \
         needs_consent, sold_on, starts_on, intro FROM memberships, ns WHERE memberships.id = 1;
         {numbers} INSERT INTO membership_terms (membership_id, number, plan_version_id, starts_on, recorded_on) \
         SELECT 1 + n, number, plan_version_id, starts_on, recorded_on FROM membership_terms, ns \
         WHERE membership_terms.membership_id = 1;
         {numbers} INSERT INTO subscriptions (membership_id, payer_id, anchor) SELECT 1 + n, 1 + n, anchor \
         FROM subscriptions, ns WHERE subscriptions.membership_id = 1;
         COMMIT;"
    ))?;
    Ok(())
}

/// Bills the `n`-th batch of payers.
fn bill(gym: &Gym, n: usize) -> Result<(), Failed> {
    let after: MemberId = Id::from_raw(1 + (n * BATCH) as i64);
    let command = BillingCommand::RunInvoices {
        location: Id::from_raw(1),
        through: "2027-01-15".parse()?,
        after: Some(after),
        most: BATCH as u32,
        answers: Vec::new(),
    };
    gym.at(now()?)
        .key(format!("batch {n}"))
        .run(&Command::Billing(command))?;
    Ok(())
}

fn compare(what: &str, folder: &Path) -> Result<(), Failed> {
    let paths = ["gym.db", "recording.db", "peer.db"].map(|name| folder.join(name));
    fill(&paths[0])?;
    std::fs::copy(&paths[0], &paths[1])?;
    std::fs::copy(&paths[0], &paths[2])?;
    let batches = PAYERS / BATCH;
    listen(true)?;
    let recorded = open(&paths[1])?;
    let recording = Recording::of(batches, |n| bill(&recorded, n))?;
    listen(false)?;
    let gym = open(&paths[0])?;
    let mut peer = Peer::open(&paths[2])?;
    peer.prepare(&recording)?;
    let (mut ours, mut theirs) = (0.0, 0.0);
    for n in 0..batches {
        let watch = Watch::now();
        bill(&gym, n)?;
        ours += watch.elapsed().as_secs_f64();
        let watch = Watch::now();
        for step in &recording.bookings[n] {
            black_box(peer.run(step)?);
        }
        theirs += watch.elapsed().as_secs_f64();
    }
    drop(peer);
    let made = gym.club()?.invoices.len();
    if made != PAYERS || gym.club()?.invoices != open(&paths[2])?.club()?.invoices {
        return Err(format!("{made} invoices, or others than the peer's").into());
    }
    let rate = |seconds: f64| PAYERS as f64 / seconds;
    println!(
        "{what}: {PAYERS} memberships in batches of {BATCH}: gym {:.0} invoices/s, the same statements in C {:.0}/s, ratio {:.2}",
        rate(ours),
        rate(theirs),
        theirs / ours,
    );
    Ok(())
}
