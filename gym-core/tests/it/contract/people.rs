//! Who pays, who uses, and who signs: three dated links, and a shared membership with a limit.

use gym_core::membership::link::Bond;
use gym_core::membership::plan::{Shared, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};

use super::{Hall, day, eur, monthly};

fn family() -> Terms {
    let shared = Shared {
        included: 2,
        most: 3,
        each_additional: eur(15_50),
    };
    Terms {
        shared: Some(shared),
        ..monthly(62_00)
    }
}

#[test]
fn a_family_pays_for_each_person_beyond_those_included() {
    let (mut hall, id) = Hall::with("2027-03-01", family());
    let [bea, cy, dan] = hall.gym.members(["Bea", "Cy", "Dan"]);
    let join = |person, from| C::Link {
        person,
        bond: Bond::Beneficiary(id),
        from: day(from),
    };
    hall.ok(join(bea, "2027-03-01"));
    hall.on("2027-03-17").ok(join(cy, "2027-03-17"));
    assert_eq!(
        hall.bill(id, "2027-04-30"),
        [
            "2027-03-01 fee 6200",
            "2027-03-17 additional 750",
            "2027-04-01 fee 6200",
            "2027-04-01 additional 1550"
        ]
    );
    assert_eq!(
        hall.objections(join(dan, "2027-04-01")),
        [Objection::Crowded {
            most: 3,
            on: day("2027-04-01")
        }]
    );
    let first = hall.gym.club.links.iter().next().unwrap().id;
    assert_eq!(
        hall.objections(join(bea, "2027-04-01")).last(),
        Some(&Objection::AlreadyLinked { link: first })
    );
    // Bea leaves: Cy is among those included from the next period on.
    hall.ok(C::EndLink {
        link: first,
        until: day("2027-04-10"),
    });
    let bill = hall.bill(id, "2027-05-31");
    assert_eq!(bill[3..], ["2027-04-01 additional 1550", "2027-05-01 fee 6200"]);
    hall.ok(join(dan, "2027-05-01"));
    let contract = hall.gym.club.contract(id).unwrap();
    assert_eq!(contract.users_on(day("2027-04-09")).len(), 3);
    assert_eq!(contract.users_on(day("2027-04-10")).len(), 2);
}

#[test]
fn payer_user_and_guardian_are_three_people() {
    let mut hall = Hall::new();
    let user = hall.gym.user("Mum");
    let mum = hall.gym.member_of("Mum", Some(user));
    let [kid, firm] = hall.gym.members(["Kid", "Example Ltd"]);
    let gold = hall.add_type("Gold", monthly(50_00));
    let id = hall.sell(kid, gold, "2027-01-01");
    hall.ok(C::Link {
        person: firm,
        bond: Bond::Payer(id),
        from: day("2027-03-01"),
    });
    let contract = hall.gym.club.contract(id).unwrap();
    assert_eq!(contract.payer_on(day("2027-02-28")), kid);
    assert_eq!(contract.payer_on(day("2027-03-01")), firm);
    assert_eq!(contract.users_on(day("2027-03-01")), [kid]);
    hall.gym.by(user);
    let notice = C::GiveNotice {
        membership: id,
        early: false,
    };
    assert!(
        hall.no(notice.clone()).contains("do not allow"),
        "nobody is guardian yet"
    );
    hall.gym.by(None);
    hall.ok(C::Link {
        person: mum,
        bond: Bond::Guardian(kid),
        from: day("2027-01-01"),
    });
    hall.gym.by(user);
    assert!(hall.run(notice).is_ok());
    hall.gym.by(None);
    let own = hall.objections(C::Link {
        person: mum,
        bond: Bond::Guardian(mum),
        from: day("2027-01-01"),
    });
    assert_eq!(own, [Objection::OneCannotBeOwnGuardian { member: mum }]);
}

#[test]
fn those_who_use_it_go_along_to_another_plan() {
    let (mut hall, id) = Hall::with("2027-03-01", family());
    let bea = hall.gym.member("Bea");
    hall.ok(C::Link {
        person: bea,
        bond: Bond::Beneficiary(id),
        from: day("2027-03-01"),
    });
    let single = hall.add_type("Single", monthly(70_00));
    let larger = hall.add_type(
        "Larger",
        Terms {
            price: eur(90_00),
            ..family()
        },
    );
    let switch = |to| C::Switch {
        membership: id,
        to,
        on: day("2027-03-11"),
    };
    assert_eq!(
        hall.objections(switch(single)),
        [Objection::Crowded {
            most: 1,
            on: day("2027-03-11")
        }]
    );
    hall.ok(switch(larger));
    let next = hall.gym.club.memberships.iter().next_back().unwrap().id;
    let contract = hall.gym.club.contract(next).unwrap();
    assert_eq!(contract.users_on(day("2027-03-11")).len(), 2);
}

#[test]
fn the_days_of_a_link_are_days_of_the_membership() {
    let (mut hall, id) = Hall::with("2027-03-10", family());
    let bea = hall.gym.member("Bea");
    hall.on("2027-03-01");
    let early = hall.objections(C::Link {
        person: bea,
        bond: Bond::Beneficiary(id),
        from: day("2027-03-05"),
    });
    let first = day("2027-03-10");
    let field = "from".to_owned();
    assert_eq!(
        early,
        [Objection::OutsideMembership {
            field,
            day: day("2027-03-05"),
            first,
            end: None
        }]
    );
}
