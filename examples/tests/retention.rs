//! The example runs to its end, and leaves what it says that it leaves.

#![cfg(feature = "analytics")]
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::fs;

use self::program::{check, example, printed};

#[test]
fn who_is_about_to_leave_is_named_with_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = printed(
        example("retention").args(["--members", "500", "--name", "2"]),
        folder,
    );
    check(
        &text,
        &[
            " were expected\n",
            "Four kinds of members",
            " (all: ",
            "leave within 3 months if nothing is done.",
            "\nMember ",
            "  +",
            "\nAn hour with a trainer is worth its cost with ",
            " of 100\n",
        ],
    );
    for file in [
        "retention.model",
        "card.md",
        "card.json",
        "check_ins.parquet",
        "members.parquet",
    ] {
        assert!(folder.join("retention").join(file).exists(), "{file}");
    }
    let card = fs::read_to_string(folder.join("retention/card.md")).unwrap();
    check(
        &card,
        &[
            "# retention",
            "two cause-specific discrete-time hazards",
            "a term of 12 months",
        ],
    );
}
