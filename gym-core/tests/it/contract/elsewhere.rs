//! More of what goes wrong elsewhere, each named after what goes wrong: prices that are said and not charged, pauses, and the
//! laws of two places.

use chrono::Duration;
use gym_core::command::{Command, Context};
use gym_core::event::Event;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::Objection;
use gym_core::membership::freeze::{Compensation, FreezeFee, FreezeRules};
use gym_core::membership::intro::{Identity, Intro, Newcomer};
use gym_core::membership::jurisdiction::{CoolingOff, DayCount, ExitRight, Ground, Jurisdiction};
use gym_core::membership::plan::{Allowance, FirstDue, Periods, Terms};
use gym_core::time::Cycle;
use gym_core::user::{Actor, Role};

use super::civil::at;
use super::{Hall, day, eur, freeze, monthly, months};

/// What a sale is said to cost on its day, and what is then charged.
fn said_and_charged(terms: Terms, start: &str) -> (Vec<i64>, Vec<i64>) {
    let mut hall = Hall::new();
    let [ada, bea] = hall.gym.members(["Ada", "Bea"]);
    let intro = terms.intro.is_some();
    let gold = hall.add_type("Gold", terms);
    hall.on("2027-01-31");
    let C::Sell {
        member,
        of,
        location,
        start,
        payer,
        ..
    } = hall.sale(ada, gold, start)
    else {
        unreachable!()
    };
    let sale = Command::Membership(C::Sell {
        member,
        of,
        location,
        start,
        payer,
        intro,
    });
    let context = Context {
        now: hall.gym.now,
        actor: Actor::System,
    };
    let preview = hall.gym.club.decide(&sale, &context).unwrap();
    let preview: Vec<Event> = serde_json::from_str(&serde_json::to_string(&preview).unwrap()).unwrap();
    let totals = |hall: &Hall| {
        let own = hall.gym.club.invoices.iter().filter(|it| it.payer == ada);
        own.map(|it| it.total.minor()).collect::<Vec<_>>()
    };
    let mut shop = hall.clone();
    let ids = shop.gym.club.allot(&preview);
    shop.gym.club.apply(&preview, &ids);
    shop.bill_all();
    // They think it over; somebody else buys meanwhile, and the run is the last thing of the day.
    hall.gym.now += Duration::hours(3);
    hall.sell(bea, gold, &start.to_string());
    hall.gym.ok(&sale);
    hall.gym.now = at("2027-01-31T22:59:59Z");
    hall.bill_all();
    (totals(&shop), totals(&hall))
}

#[test]
fn what_is_due_today_is_said_to_be_nothing_and_then_charged() {
    let free = Some(Intro {
        who: Newcomer::New,
        price: eur(0),
        periods: 1,
        identity: Identity::default(),
    });
    let due = |first_due, joining: Option<i64>, intro, periods| Terms {
        first_due,
        joining: joining.map(eur),
        intro,
        periods,
        ..monthly(31_00)
    };
    use FirstDue::{AtSale, AtStart};
    use Periods::{Anniversary, Calendar};
    for (terms, start, charged) in [
        (due(AtStart, None, None, Anniversary), "2027-01-31", vec![31_00]),
        (due(AtStart, None, None, Anniversary), "2027-02-01", vec![]),
        (due(AtSale, None, None, Anniversary), "2027-03-15", vec![31_00]),
        (
            due(AtSale, Some(20_00), None, Anniversary),
            "2027-03-15",
            vec![51_00],
        ),
        (due(AtStart, Some(20_00), None, Anniversary), "2027-03-15", vec![]),
        (due(AtStart, None, free, Anniversary), "2027-01-31", vec![]),
        (
            due(AtStart, Some(20_00), free, Anniversary),
            "2027-01-31",
            vec![20_00],
        ),
        (
            due(AtSale, Some(20_00), free, Anniversary),
            "2027-03-31",
            vec![20_00],
        ),
        (due(AtStart, None, None, Calendar), "2027-01-31", vec![1_00]),
        (
            due(AtSale, Some(20_00), None, Calendar),
            "2027-03-15",
            vec![37_00],
        ),
        (due(AtStart, None, free, Calendar), "2027-01-31", vec![]),
    ] {
        let told = format!("{:?} {:?} {start}", terms.first_due, terms.periods);
        assert_eq!(
            said_and_charged(terms, start),
            (charged.clone(), charged),
            "{told}"
        );
    }
}

#[test]
fn days_that_are_paused_are_billed_or_not_as_the_plan_says() {
    use Compensation::{Credit, Extend};
    let (free, nothing) = (FreezeFee::Free, Compensation::None);
    let (once, each) = (FreezeFee::Once(eur(7_00)), FreezeFee::PerPeriod(eur(3_00)));
    // From 10 March to 19 April: 22 of 31 days, and 19 of 30.
    for (compensation, costs, bill) in [
        (Extend, free, "03-01 fee 3100, 05-12 fee 3100"),
        (Extend, once, "03-01 fee 3100, 03-10 freeze 700, 05-12 fee 3100"),
        (
            Extend,
            each,
            "03-01 fee 3100, 03-10 freeze 300, 04-10 freeze 300, 05-12 fee 3100",
        ),
        (
            Credit,
            free,
            "03-01 fee 3100, 03-05 credit -2200, 04-01 fee 3100, 04-01 credit -1963, 05-01 fee 3100",
        ),
        (
            Credit,
            once,
            "03-01 fee 3100, 03-05 credit -2200, 03-10 freeze 700, 04-01 fee 3100, 04-01 credit -1963, 05-01 fee 3100",
        ),
        (
            Credit,
            each,
            "03-01 fee 3100, 03-05 credit -2200, 03-10 freeze 300, 04-01 fee 3100, 04-01 credit -1963, 04-10 freeze 300, 05-01 fee 3100",
        ),
        (nothing, free, "03-01 fee 3100, 04-01 fee 3100, 05-01 fee 3100"),
        (
            nothing,
            once,
            "03-01 fee 3100, 03-10 freeze 700, 04-01 fee 3100, 05-01 fee 3100",
        ),
        (
            nothing,
            each,
            "03-01 fee 3100, 03-10 freeze 300, 04-01 fee 3100, 04-10 freeze 300, 05-01 fee 3100",
        ),
    ] {
        let rules = FreezeRules {
            fee: costs,
            ..FreezeRules::free(compensation)
        };
        let terms = Terms {
            freeze: Some(rules),
            ..monthly(31_00)
        };
        let (mut hall, id) = Hall::with("2027-03-01", terms);
        hall.on("2027-03-05");
        hall.ok(freeze(id, "2027-03-10", Some("2027-04-20")));
        let told = hall.bill(id, "2027-05-31").join(", ").replace("2027-", "");
        assert_eq!(told, bill, "{compensation:?} {costs:?}");
    }
}

#[test]
fn the_law_of_one_place_is_applied_at_another() {
    let mut hall = Hall::new();
    let nord = hall.gym.location("Nord", "Europe/Berlin");
    hall.gym.rates(nord, &["membership"]);
    let mitte = hall.gym.place;
    let cooling = |days, count| Jurisdiction {
        cooling_off: Some(CoolingOff { days, count }),
        ..Jurisdiction::named("Example")
    };
    for (location, law) in [
        (mitte, cooling(14, DayCount::Calendar)),
        (nord, cooling(5, DayCount::Business)),
    ] {
        hall.ok(C::SetJurisdiction {
            location: Some(location),
            law: Box::new(law),
        });
    }
    let gold = hall.add_type("Gold", monthly(50_00));
    // Sold on Monday, 1 March.
    hall.on("2027-03-01");
    let sold = [mitte, nord].map(|location| {
        let member = hall.gym.member("Ada");
        hall.gym.access(member, location);
        let C::Sell {
            of,
            start,
            payer,
            intro,
            ..
        } = hall.sale(member, gold, "2027-03-01")
        else {
            unreachable!()
        };
        hall.ok(C::Sell {
            member,
            of,
            location,
            start,
            payer,
            intro,
        });
        hall.gym.club.memberships.iter().next_back().unwrap().id
    });
    hall.on("2027-03-10");
    let why = hall.objections(C::TakeBack { membership: sold[1] });
    let last_day = Some(day("2027-03-08"));
    assert_eq!(why, [Objection::CoolingOffOver { last_day }]);
    hall.ok(C::TakeBack { membership: sold[0] });
    assert_eq!(hall.ends_on(sold[0]).as_deref(), Some("2027-03-10"));
    assert_eq!(hall.ends_on(sold[1]), None);
}

#[test]
fn who_may_leave_by_law_is_refused_at_the_desk() {
    let law = Jurisdiction {
        exits: vec![ExitRight {
            proof: true,
            ground: Ground::Moved,
            beyond_km: Some(40),
            notice_days: 0,
        }],
        ..Jurisdiction::named("Example")
    };
    for role in [Role::FrontDesk, Role::Admin] {
        let mut hall = Hall::new();
        hall.ok(C::SetJurisdiction {
            location: None,
            law: Box::new(law.clone()),
        });
        let terms = Terms {
            term: Some(months(12)),
            commitment: Some(months(12)),
            ..monthly(31_00)
        };
        let gold = hall.add_type("Gold", terms);
        let ada = hall.gym.member("Ada");
        let dora = hall.gym.staff("Dora", role);
        let id = hall.sell(ada, gold, "2027-03-01");
        hall.on("2027-03-11");
        hall.gym.by(dora);
        let notice = C::GiveNotice {
            membership: id,
            early: true,
        };
        assert!(hall.no(notice).contains("2028-03-01"), "the plan lets nobody go");
        hall.ok(C::Exit {
            membership: id,
            ground: Ground::Moved,
            km: Some(41),
        });
        let bill = ["2027-03-01 fee 3100", "2027-03-11 back -2100"];
        assert_eq!(hall.bill(id, "2028-12-31"), bill, "{role:?}");
    }
}

#[test]
fn a_booking_beyond_the_month_that_is_paid_is_refused_as_unpaid() {
    let terms = Terms {
        allowance: Some(Allowance {
            uses: 1,
            per: Cycle::MONTH,
            carry: None,
        }),
        ..monthly(50_00)
    };
    let (mut hall, _, ada) = super::cover::hall(terms);
    let [march, may, again] = ["2027-03-20", "2027-05-10", "2027-05-11"].map(|day| hall.gym.on(day));
    assert_eq!(hall.gym.book(ada, may), "+Ada");
    assert_eq!(hall.gym.book(ada, march), "+Ada");
    let told = hall.gym.why_not(ada, again);
    assert!(
        told.ends_with("what would is from 2027-06-01, when the allowance renews"),
        "{told}"
    );
    assert_eq!(hall.gym.club.invoices.len(), 0, "nothing is paid, nor asked for");
}
