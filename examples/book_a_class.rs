//! Opens a club in memory, adds a class with one seat, and books it twice.

use gym_core::booking::policy::Policy;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::user::Person;
use gym_db::{Failure, Gym};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gym = Gym::open("sqlite::memory:")?;
    let desk = gym.at("2026-02-23T09:00:00Z".parse()?);
    let mitte = desk.add_location("Mitte", "Europe/Berlin".parse()?, "EUR".parse()?)?;
    desk.run(&Command::SetPolicy {
        location: None,
        policy: Policy::open(), // whoever keeps the rules may book, with a pass or without
    })?;
    let ada = desk.add_member(Person::new("Ada Albrecht", None)?, mitte, "2026-01-01".parse()?)?;
    let ben = desk.add_member(Person::new("Ben Böhm", None)?, mitte, "2026-01-01".parse()?)?;
    let offering = Offering {
        location: mitte,
        title: "Spin".to_owned(),
        programme: "cycling".to_owned(),
        trainer: None,
        room: None,
        equipment: None,
        capacity: 1,
        minutes: 45,
        buffers: Buffers::default(),
    };
    let add = Command::AddClass {
        offering,
        start: "2026-02-24T18:00:00".parse()?,
    };
    let spin = desk.expect(&add, |event| match event {
        Event::ClassAdded(class) => Some(class.id),
        _ => None,
    })?;

    println!("Ada has booking {}.", desk.book(ada, spin)?.id);
    match desk.book(ben, spin) {
        Err(Failure::Refused(refusal)) => println!("Ben {refusal}"),
        other => println!("{other:?}"),
    }
    Ok(())
}
