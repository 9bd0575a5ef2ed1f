//! What takes a resource, and for how long.

use gym_core::id::{ClaimId, ClassId, MemberId, RoomId, UnitId};
use gym_core::schedule::claim::{Buffers, Claim, Owner, Resource};
use gym_core::time::{Instant, Period};

use super::{period, trainer};

#[test]
fn resources_and_owners_are_stored_as_a_kind_and_a_number() {
    let resources = [
        Resource::Trainer(trainer(9)),
        Resource::Room(RoomId::new(8).unwrap()),
        Resource::Unit(UnitId::new(7).unwrap()),
        Resource::Member(MemberId::local(6)),
    ];
    assert!(resources.is_sorted(), "locks are taken in this order");
    for resource in resources {
        assert_eq!(
            Resource::from_parts(resource.kind(), resource.raw()),
            Ok(resource)
        );
    }
    for (kind, raw) in [
        ("class", 3),
        ("session", 3),
        ("registration", -3),
        ("maintenance", 3),
    ] {
        let owner = Owner::from_parts(kind, raw).unwrap();
        assert_eq!((owner.kind(), owner.raw()), (kind, raw));
    }
    let unknown = Resource::from_parts("roof", 1).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "resource: \"roof\" 1 is unknown; expected one of trainer, room, unit, member and a number other than 0"
    );
    assert!(Owner::from_parts("class", 0).is_err());
}

#[test]
fn a_claim_keeps_its_block_inside_its_occupied_time() {
    let make = |block: &str, buffers| {
        let owner = Owner::Class(ClassId::new(2).unwrap());
        Claim::new(
            ClaimId::local(1),
            Resource::Trainer(trainer(1)),
            owner,
            period(block),
            buffers,
        )
    };
    let buffers = Buffers {
        before_minutes: 5,
        after_minutes: 10,
    };
    let nine = make("2026-03-02 09:00–10:00", buffers);
    assert_eq!(nine.occupied(), period("2026-03-02 08:55–10:10"));
    assert!(nine.clashes(&make("2026-03-02 10:09–11:00", Buffers::default())));
    assert!(!nine.clashes(&make("2026-03-02 10:10–11:00", Buffers::default())));

    let json = serde_json::to_value(nine).unwrap();
    assert_eq!(json["resource"], serde_json::json!({"trainer": 1}));
    assert_eq!(serde_json::from_value::<Claim>(json.clone()).unwrap(), nine);
    let mut shrunk = json;
    shrunk["occupied"]["end"] = serde_json::json!("2026-03-02T09:30:00Z");
    let refused = serde_json::from_value::<Claim>(shrunk).unwrap_err().to_string();
    assert_eq!(
        refused,
        "claim: the occupied time 2026-03-02 08:55–09:30 UTC does not cover the block 2026-03-02 09:00–10:00 UTC"
    );
    let forever = Period::new(Instant::MIN_UTC, Instant::MAX_UTC).unwrap();
    assert_eq!(buffers.around(forever), forever);
}
