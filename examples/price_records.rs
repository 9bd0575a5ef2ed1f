//! Takes the records of prices out of a club's database, one as JSON in each line, for `gym-plugin replay`.
//!
//! `cargo run --release --example price_records -- --database sqlite://club/club.db --plugin student-discount > records.jsonl`,
//! then `gym-plugin replay records.jsonl student-discount.wasm --settings settings.json`. The host of plugins knows no database,
//! and the database no plugins, so that this is a program over both.

use std::error::Error;
use std::io::{self, BufWriter, Write};

use clap::Parser;
use gym_db::Gym;

/// How many invoices are read at once.
const PAGE: u32 = 1_000;

#[derive(Parser)]
struct Options {
    /// The database of the club: `sqlite://..` or `postgres://..`.
    #[arg(long)]
    database: String,
    /// The plugin whose records are wanted; those of all if there is none.
    #[arg(long)]
    plugin: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let gym = Gym::open(&options.database)?;
    let is_wanted = |source: &str| options.plugin.as_deref().is_none_or(|plugin| plugin == source);
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut after, mut records) = (None, 0_u64);
    loop {
        let page = gym.priced_invoices(after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        let answers = page.iter().flat_map(|(_, priced)| &priced.answers);
        for answered in answers.filter(|it| is_wanted(&it.source)) {
            if let Some(record) = &answered.answer.record {
                writeln!(out, "{record}")?;
                records += 1;
            }
        }
    }
    out.flush()?;
    eprintln!("{records} records");
    Ok(())
}
