//! Invoices per second on SQLite, durable in batches, beside the same statements over SQLite's own C interface.
//!
//! Both sides start from a copy of one file in which 20,000 members have one thing to be charged, and bill it in
//! batches of 500 payers, a transaction each. On disk each commit waits for the disk; in memory (`/dev/shm`) there is
//! none, so that it does not hide the code.

#[path = "store/sqlite.rs"]
mod peer;
#[path = "store/recording.rs"]
mod recording;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant as Watch;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use gym_core::billing::BillingCommand;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::command::Command;
use gym_core::id::{Id, MemberId};
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

/// Makes a club with one location, its taxes, and one charge for each member.
fn fill(path: &Path) -> Result<(), Failed> {
    let gym = open(path)?;
    let (desk, today) = (gym.at(now()?), NaiveDate::default());
    let place = desk.add_location("Mitte", chrono_tz::Europe::Berlin, Currency::EUR)?;
    desk.add_member(Person::new("Ada", None)?, place, today)?;
    let vat = vec![TaxComponent {
        name: "VAT".to_owned(),
        rate: 19_000,
    }];
    let rates = BTreeMap::from([(TaxCode::new("class")?, vat)]);
    let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates)?;
    desk.run(&Command::Billing(BillingCommand::SetTaxRates {
        location: place,
        from: today,
        terms,
    }))?;
    drop(gym);
    let mut raw = SqliteConnection::establish(&path.display().to_string())?;
    let numbers =
        format!("WITH RECURSIVE ns (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ns WHERE n < {PAYERS})");
    raw.batch_execute(&format!(
        "BEGIN;
         INSERT INTO trainers (name, home_id, joined_at, starting_turns) VALUES ('Tom', 1, '2026-01-01 00:00:00', 0);
         {numbers} INSERT INTO members (name, home_id, joined_on) SELECT 'Member', 1, '2026-01-01' FROM ns;
         {numbers} INSERT INTO sessions (trainer_id, member_id, location_id, starts_at, ends_at, before_minutes, \
         after_minutes, state, booked_at) SELECT 1, 1 + n, 1, '2027-01-01 10:00:00', '2027-01-01 11:00:00', 0, 0, \
         'attended', '2026-12-01 10:00:00' FROM ns;
         {numbers} INSERT INTO charges (location_id, payer_id, obligation_key, session_id, due_on, amount, currency, \
         tax_code, text) SELECT 1, 1 + n, 'session ' || n, n, '2027-01-01', 4990 + n % 100, 'EUR', 'class', 'Training' \
         FROM ns;
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
        "{what}: {PAYERS} payers in batches of {BATCH}: gym {:.0} invoices/s, the same statements in C {:.0}/s, ratio {:.2}",
        rate(ours),
        rate(theirs),
        theirs / ours,
    );
    Ok(())
}
