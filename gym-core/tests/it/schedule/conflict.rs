//! Which blocks of a timetable overlap.

use std::ops::ControlFlow;

use gym_core::id::{MemberId, RoomId};
use gym_core::schedule::claim::Resource;
use gym_core::schedule::conflict::{Block, Conflict, Timetable, conflicts, visit_conflicts};

use super::{period, trainer};

/// Searches blocks of (room, period) and compares the pairs of positions.
fn check_conflicts(blocks: &[(i64, &str)], expected: &[(usize, usize)]) {
    let block =
        |(room, text): &(i64, &str)| Block::new(Resource::Room(RoomId::new(*room).unwrap()), period(text));
    let blocks: Vec<Block> = blocks.iter().map(block).collect();
    let expected: Vec<Conflict> = expected
        .iter()
        .map(|(earlier, later)| Conflict {
            earlier: *earlier,
            later: *later,
        })
        .collect();
    assert_eq!(conflicts(&blocks), expected);
}

#[test]
fn every_overlapping_pair_is_found_once() {
    check_conflicts(&[], &[]);
    check_conflicts(
        &[(1, "2026-03-02 09:00–10:00"), (1, "2026-03-02 10:00–11:00")],
        &[],
    );
    check_conflicts(
        &[(1, "2026-03-02 09:00–10:00"), (2, "2026-03-02 09:00–10:00")],
        &[],
    );
    check_conflicts(
        &[(1, "2026-03-02 09:00–10:00"), (1, "2026-03-02 09:00–10:00")],
        &[(0, 1)],
    );
    // A short block inside a long one does not hide the long one from what comes after.
    check_conflicts(
        &[
            (2, "2026-03-02 13:00–15:00"),
            (2, "2026-03-02 12:00–13:00"),
            (2, "2026-03-02 10:00–14:00"),
        ],
        &[(2, 1), (2, 0)],
    );
}

#[test]
fn a_search_can_stop_at_the_first_conflict() {
    let room = Resource::Room(RoomId::new(1).unwrap());
    let blocks = vec![Block::new(room, period("2026-03-02 09:00–10:00")); 1000];
    let mut seen = 0;
    let stopped = visit_conflicts(&blocks, |conflict| {
        seen += 1;
        ControlFlow::Break(conflict)
    });
    assert_eq!(
        (seen, stopped),
        (1, ControlFlow::Break(Conflict { earlier: 0, later: 1 }))
    );
}

#[test]
fn a_timetable_tells_what_a_new_block_runs_into() {
    let block = |resource, text| Block::new(resource, period(text));
    let (one, two) = (Resource::Trainer(trainer(1)), Resource::Trainer(trainer(2)));
    let long = block(one, "2026-03-02 08:00–14:00");
    let table = Timetable::new(vec![
        block(one, "2026-03-02 09:00–10:00"),
        long,
        block(two, "2026-03-02 15:00–16:00"),
    ]);
    assert_eq!(
        table.first_conflict(&block(one, "2026-03-02 13:00–15:00")),
        Some(&long)
    );
    assert_eq!(table.first_conflict(&block(one, "2026-03-02 14:00–16:00")), None);
    assert_eq!(table.first_conflict(&block(two, "2026-03-02 14:00–15:00")), None);
    assert_eq!(
        table.first_conflict(&block(
            Resource::Member(MemberId::local(1)),
            "2026-03-02 09:00–10:00"
        )),
        None
    );
    assert_eq!(table.blocks()[0], long);
}
