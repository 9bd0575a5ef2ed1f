//! Prices a membership by the plugins of a folder, then lets one in that never ends, and shows what is paid all the same.
//!
//! `cargo run --release --example price_a_membership`, or with `-- FOLDER` for a folder of yours. Without one it takes the
//! samples that are committed, so that nothing has to be built for WebAssembly.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use gym_core::billing::certificate::Shows;
use gym_core::billing::invoice::{Invoice, Source};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{LocationId, MembershipTypeId};
use gym_core::membership::plan::Terms;
use gym_core::membership::{MembershipCommand, MembershipEvent};
use gym_core::money::Money;
use gym_core::user::Person;
use gym_db::{Desk, Gym};
use gym_plugins::{Grants, Limits, Plugins, Record};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const NOW: &str = "2026-11-22T09:00:00Z";

fn main() -> Result<()> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/guests/built");
    let folder = std::env::args().nth(1).map_or(samples, PathBuf::from);
    let plugins = Plugins::load(folder, &Grants::development(), Limits::default())?;
    introduce(&plugins);

    let mut gym = Gym::open("sqlite::memory:")?;
    let mitte = found(&gym.at(NOW.parse()?))?;
    let is_hostile = |name: &str| name == "hostile";
    for pricing in plugins.pricings() {
        if !is_hostile(pricing.name()) {
            gym = gym.priced_by(pricing);
        }
    }
    println!("\nWhat Ada, a student, would pay for her first month:");
    print(&preview(&gym, mitte)?)?;

    if let Some(hostile) = plugins.pricings().into_iter().find(|it| is_hostile(it.name())) {
        gym = gym.priced_by(hostile);
        println!(
            "\nThe same with a plugin that never ends. It is stopped, the quote says so, and she pays the same:"
        );
        print(&preview(&gym, mitte)?)?;
    }

    let done = gym.at(NOW.parse()?).run(&bill(mitte)?)?;
    let invoice = done.find(invoice).ok_or("no invoice was made")?;
    println!(
        "\nInvoice {} is recorded. Its price, asked again:",
        invoice.number.unwrap_or_default()
    );
    prove(&plugins, &invoice)
}

fn introduce(plugins: &Plugins) {
    for plugin in plugins.iter() {
        let found = plugin.found();
        let imports: Vec<String> = found.imports.iter().map(ToString::to_string).collect();
        let imports = match imports.is_empty() {
            true => "nothing".to_owned(),
            false => imports.join(" and "),
        };
        let (id, version, world) = (&found.id, &found.version, found.world);
        println!(
            "{id} {version}, {world}, {} KB, imports {imports}",
            found.bytes / 1_000
        );
    }
    for fault in plugins.faults() {
        println!("left out: {fault}");
    }
}

/// Founds a club that sells one membership, to one student.
fn found(desk: &Desk<'_>) -> Result<LocationId> {
    let mitte = desk.add_location("Mitte", "Europe/Berlin".parse()?, "EUR".parse()?)?;
    let vat = TaxComponent {
        name: "VAT".to_owned(),
        rate: 19_000,
    };
    let code = TaxCode::new("membership")?;
    desk.run(&Command::Billing(BillingCommand::SetTaxRates {
        location: mitte,
        from: "2026-01-01".parse()?,
        terms: TaxTerms::new(
            Prices::Inclusive,
            Rounding::PerLine,
            BTreeMap::from([(code.clone(), vec![vat])]),
        )?,
    }))?;
    let ada = desk.add_member(Person::new("Ada Albrecht", None)?, mitte, "2026-11-22".parse()?)?;
    desk.run(&Command::Billing(BillingCommand::AcceptCertificate {
        member: ada,
        shows: Shows::Concession("student".to_owned()),
        reference: "card 4711".to_owned(),
        from: "2026-10-01".parse()?,
        until: Some("2027-09-30".parse()?),
    }))?;
    let mut terms = Terms::monthly("49.90 EUR".parse()?, code);
    terms.joining = Some("19.00 EUR".parse()?);
    let of = add_type(desk, terms)?;
    desk.run(&Command::Membership(MembershipCommand::Sell {
        member: ada,
        of,
        location: mitte,
        start: "2026-11-22".parse()?,
        payer: None,
        intro: false,
    }))?;
    Ok(mitte)
}

fn add_type(desk: &Desk<'_>, terms: Terms) -> Result<MembershipTypeId> {
    let add = MembershipCommand::AddType {
        name: "All-in".to_owned(),
        location: None,
        from: "2026-01-01".parse()?,
        terms: Box::new(terms),
    };
    let added = desk.expect(&Command::Membership(add), |event| match event {
        Event::Membership(MembershipEvent::TypeAdded(new)) => Some(new.id),
        _ => None,
    })?;
    Ok(added)
}

fn bill(location: LocationId) -> Result<Command> {
    Ok(Command::Billing(BillingCommand::RunInvoices {
        location,
        through: "2026-11-22".parse()?,
        after: None,
        most: 500,
        answers: Vec::new(),
    }))
}

fn invoice(event: &Event) -> Option<Invoice> {
    match event {
        Event::Billing(BillingEvent::InvoiceMade(invoice)) => Some(invoice.clone()),
        _ => None,
    }
}

/// Asks for the invoice as it would be made now: nothing is recorded.
fn preview(gym: &Gym, location: LocationId) -> Result<Invoice> {
    let events = gym.at(NOW.parse()?).preview(&bill(location)?)??;
    Ok(events.iter().find_map(invoice).ok_or("nothing is owed")?)
}

fn print(invoice: &Invoice) -> Result<()> {
    let row = |text: &str, amount: Money| {
        let amount = amount.to_string();
        println!("  {text:<58} {amount:>12}");
    };
    for line in &invoice.lines {
        row(&line.obligation.text, line.obligation.amount);
        for adjustment in &line.adjustments {
            let source = match &adjustment.source {
                Source::Pricing(name) => name.as_str(),
                _ => "the house",
            };
            row(&format!("  {}, by {source}", adjustment.text), adjustment.amount);
        }
    }
    for tax in &invoice.taxes {
        row(&format!("of this {} {} %", tax.name, tax.rate / 1_000), tax.tax);
    }
    row("to pay", invoice.total);
    for dropped in &invoice.dropped {
        println!("  not taken: {}: {}", dropped.source, dropped.why);
    }
    Ok(())
}

/// Asks every plugin again what the invoice says it was asked: the same answer for the same fuel proves the price.
fn prove(plugins: &Plugins, invoice: &Invoice) -> Result<()> {
    let answers = invoice.priced.iter().flat_map(|priced| &priced.answers);
    for answered in answers {
        let (Some(line), Some(plugin)) = (&answered.answer.record, plugins.get(&answered.source)) else {
            continue;
        };
        let record: Record = Record::read(line)?;
        let replay = plugin.replay(&record);
        let verdict = if replay.proves() { "proved" } else { "not proved" };
        println!(
            "  {}: {verdict}, {} units of fuel then and now",
            record.plugin, record.usage.call_fuel
        );
    }
    Ok(())
}
