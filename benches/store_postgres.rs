//! Bookings per second on PostgreSQL, by gym-db and by the same statements over libpq.
//!
//! Both sides start from a copy of one database, book the same seats in turns, and end with the same rows, once with
//! `synchronous_commit` on and once off. It needs a server: `tools/with-postgres --durable cargo bench …` starts one.

#[path = "store/postgres.rs"]
mod peer;
mod store;

use std::hint::black_box;

use gym_db::Gym;
use peer::{Peer, Ready};
use store::recording::{Recording, listen};
use store::{BOOKINGS, Failed, Scenario, rounds, same};

fn main() -> Result<(), Failed> {
    let server = std::env::var("GYM_TEST_POSTGRES").map_err(
        |_| "GYM_TEST_POSTGRES: not set; expected a server's URL, as `tools/with-postgres --durable` sets it",
    )?;
    listen(false)?;
    let admin = Peer::connect(&server)?;
    if std::env::args().any(|word| word == "statements") {
        return list(&admin, &server);
    }
    let fsync = admin.ask("SHOW fsync")?;
    compare(&admin, &server, "on", &fsync)?;
    compare(&admin, &server, "off", &fsync)
}

/// Databases of this run, dropped at the end.
struct Copies<'a> {
    admin: &'a Peer,
    server: &'a str,
    names: [String; 3],
}

impl<'a> Copies<'a> {
    /// Makes three databases that hold the same club, for gym-db, for the recording and for the peer.
    fn new(admin: &'a Peer, server: &'a str, synchronous: &str) -> Result<(Self, Scenario), Failed> {
        let name = |what| format!("gym_bench_{}_{what}", std::process::id());
        let copies = Self {
            admin,
            server,
            names: ["ours", "recorded", "theirs"].map(name),
        };
        let [first, others @ ..] = &copies.names;
        admin.ask(&format!("CREATE DATABASE {first} TEMPLATE template0"))?;
        let scenario = Scenario::fill(&copies.open(0)?)?;
        admin.ask(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{first}'"
        ))?;
        for other in others {
            admin.ask(&format!("CREATE DATABASE {other} TEMPLATE {first}"))?;
        }
        for name in &copies.names {
            admin.ask(&format!(
                "ALTER DATABASE {name} SET synchronous_commit = {synchronous}"
            ))?;
        }
        Ok((copies, scenario))
    }

    fn url(&self, n: usize) -> String {
        let (address, parameters) = self
            .server
            .split_at(self.server.find('?').unwrap_or(self.server.len()));
        let host = address.rsplit_once('/').map_or(address, |(host, _)| host);
        format!("{host}/{}{parameters}", self.names[n])
    }

    fn open(&self, n: usize) -> Result<Gym, Failed> {
        Ok(Gym::open(&self.url(n))?)
    }

    fn record(&self, scenario: &Scenario, count: usize) -> Result<Recording, Failed> {
        listen(true)?;
        let gym = self.open(1)?;
        let recording = Recording::of(count, |n| scenario.book(&gym, n..n + 1));
        listen(false)?;
        recording
    }
}

impl Drop for Copies<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            if let Err(failed) = self
                .admin
                .ask(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            {
                eprintln!("{failed}");
            }
        }
    }
}

fn compare(admin: &Peer, server: &str, synchronous: &str, fsync: &str) -> Result<(), Failed> {
    let (copies, scenario) = Copies::new(admin, server, synchronous)?;
    let recording = copies.record(&scenario, BOOKINGS)?;
    let steps = recording
        .bookings
        .iter()
        .map(|steps| steps.iter().map(Ready::new).collect());
    let steps: Vec<Vec<Ready>> = steps.collect::<Result<_, _>>()?;
    let gym = copies.open(0)?;
    let peer = Peer::connect(&copies.url(2))?;
    peer.prepare(&recording)?;
    rounds(
        &format!("PostgreSQL, synchronous_commit {synchronous}, fsync {fsync}"),
        |range| scenario.book(&gym, range),
        |range| {
            for step in steps[range].iter().flatten() {
                black_box(peer.run(step)?);
            }
            Ok(())
        },
    )?;
    drop(peer);
    same(&gym, &copies.open(2)?)
}

fn list(admin: &Peer, server: &str) -> Result<(), Failed> {
    let (copies, scenario) = Copies::new(admin, server, "off")?;
    let recording = copies.record(&scenario, 2)?;
    for step in recording.bookings.iter().skip(1).flatten() {
        println!("{}\n    {:?}", recording.statements[step.statement], step.values);
    }
    Ok(())
}
