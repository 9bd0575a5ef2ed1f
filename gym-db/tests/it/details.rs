//! What pricings want to be told is loaded and told, and nothing else is: not to others, and not to the invoice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use gym_core::billing::BillingCommand;
use gym_core::billing::obligation::Charged;
use gym_core::billing::pricing::{Answer, Detail, Pricing, Request};
use gym_core::command::{Command, Context};
use gym_core::fact::Facts;
use gym_core::user::Actor;
use gym_db::Gym;

use crate::scenario::billing::owed;
use crate::scenario::{at, id, stage};
use crate::support::both;

const NOW: &str = "2026-03-02T08:05:00Z";

/// Keeps what it is asked, and proposes nothing.
struct Curious {
    wants: BTreeSet<Detail>,
    asked: Mutex<Vec<Request>>,
}

impl Pricing for Curious {
    fn name(&self) -> &str {
        "curious"
    }

    fn wants(&self) -> BTreeSet<Detail> {
        self.wants.clone()
    }

    fn propose(&self, request: &Request) -> Answer {
        self.asked.lock().unwrap().push(request.clone());
        Answer::of(Vec::new())
    }
}

fn curious(gym: &Gym, wants: &[Detail]) -> (Gym, Arc<Curious>) {
    let pricing = Arc::new(Curious {
        wants: wants.iter().copied().collect(),
        asked: Mutex::default(),
    });
    (
        gym.clone().priced_by(Arc::clone(&pricing) as Arc<dyn Pricing>),
        pricing,
    )
}

fn told(facts: &Facts) -> String {
    serde_json::to_string(facts).unwrap()
}

/// Makes an invoice over a class that member 2 was charged, and returns what was asked and what the invoice keeps of it.
fn draft(gym: &Gym, wants: &[Detail]) -> (Request, String) {
    let (gym, curious) = curious(gym, wants);
    let owed = vec![owed(Charged::Registration(id(6)), 700)];
    let desk = gym.at(at(NOW));
    let offer = desk.quote(id(1), id(2), owed, Vec::new()).unwrap();
    let done = desk.run(&offer.command).unwrap();
    let made = gym.club().unwrap().invoices.iter().next_back().cloned().unwrap();
    assert!(
        !done.events.is_empty() && made.dropped.is_empty(),
        "{:?}",
        made.dropped
    );
    let asked = curious.asked.lock().unwrap();
    assert_eq!(
        asked.len(),
        1,
        "what is asked in the decision is what was asked before"
    );
    let priced = made.priced.unwrap();
    assert_eq!(priced.request, asked[0]);
    (asked[0].clone(), serde_json::to_string(&priced).unwrap())
}

#[test]
fn what_is_wanted_is_told_and_kept_and_nothing_else() {
    const AGE: &str = r#""age.from":{"whole":30},"age.until":{"whole":40}"#;
    const PLAN: &str = r#""plan.1.name":{"text":"Platinum"},"plan.1.type":{"whole":2}"#;
    const TENURE: &str = r#""tenure.months":{"whole":2}"#;
    const CHANNEL: &str = r#""channel":{"text":"club"}"#;
    both(|db| {
        drop(stage(db));
        for (wants, payer, item) in [
            (&[][..], String::new(), ""),
            (&[Detail::Age], AGE.to_owned(), ""),
            (&[Detail::Tenure], TENURE.to_owned(), ""),
            (&[Detail::Plan], PLAN.to_owned(), ""),
            (&[Detail::Channel], String::new(), CHANNEL),
            (&Detail::ALL, format!("{AGE},{PLAN},{TENURE}"), CHANNEL),
        ] {
            let copy = db.copy();
            let gym = Gym::open(&copy.url).unwrap();
            let (asked, kept) = draft(&gym, wants);
            assert_eq!(told(&asked.payer_facts), format!("{{{payer}}}"), "{wants:?}");
            assert_eq!(told(&asked.items[0].facts), format!("{{{item}}}"), "{wants:?}");
            for detail in Detail::ALL {
                let facts = ["age.from", "tenure.months", "plan.1.type", "channel"];
                let fact = facts.iter().find(|key| Detail::of(key) == Some(detail)).unwrap();
                assert_eq!(kept.contains(fact), wants.contains(&detail), "{fact}: {kept}");
            }
        }
    });
}

#[test]
fn a_run_tells_the_plan_of_each_thing_and_of_who_pays() {
    both(|db| {
        let (gym, curious) = {
            let gym = stage(db);
            curious(&gym, &Detail::ALL)
        };
        let through = NOW[..10].parse().unwrap();
        let run = Command::Billing(BillingCommand::RunInvoices {
            location: id(1),
            through,
            after: None,
            most: 100,
            answers: Vec::new(),
        });
        let desk = gym.at(at(NOW));
        let command = desk.priced(&run).unwrap();
        let context = Context {
            now: at(NOW),
            actor: Actor::System,
        };
        let asked = curious.asked.lock().unwrap().clone();
        assert_eq!(
            gym.club().unwrap().requests(&command, &context),
            asked,
            "what is loaded tells what the whole club does"
        );
        desk.run(&command).unwrap();
        assert_eq!(
            curious.asked.lock().unwrap().len(),
            asked.len(),
            "nobody was asked again"
        );
        let of = |payer: i64| asked.iter().find(|it| it.payer == id(payer)).unwrap();
        let plan = |payer: i64| {
            let items = of(payer).items.iter().map(|item| told(&item.facts));
            items
                .filter(|facts| facts.contains("plan"))
                .collect::<BTreeSet<_>>()
        };
        let gold = r#"{"plan.name":{"text":"Gold"},"plan.type":{"whole":1}}"#.to_owned();
        let platinum = r#"{"plan.name":{"text":"Platinum"},"plan.type":{"whole":2}}"#.to_owned();
        assert_eq!(
            (plan(1), plan(2)),
            (BTreeSet::from([gold.clone()]), BTreeSet::from([platinum]))
        );
        assert_eq!(plan(4), BTreeSet::from([gold]), "who pays for another");
        let has_plan = |payer: i64| told(&of(payer).payer_facts).contains("plan.1.type");
        assert!(has_plan(1) && has_plan(2) && !has_plan(4));
    });
}
