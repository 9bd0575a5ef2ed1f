//! [`replay`] folds a journal over an empty club, decides every command again and compares; [`what_if`] decides
//! a stretch of it under another policy.
//!
//! ```
//! use gym_core::club::Club;
//! use gym_core::command::{Command, Context};
//! use gym_core::replay::{Recorded, replay};
//! use gym_core::user::{Actor, Person};
//!
//! let mut club = Club::default();
//! let context = Context { now: "2026-02-01T09:00:00Z".parse()?, actor: Actor::System };
//! let command = Command::AddUser { person: Person::new("Ada Lovelace", None)? };
//! let journal = [Recorded::enact(&mut club, 1, context, command)];
//! assert_eq!(replay(&journal)?, club);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod figures;
mod outlook;
mod what_if;

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use self::figures::Figures;
pub use self::outlook::{Answer, Change, Outlook};
pub use self::what_if::what_if;
use crate::booking::refusal::{Alternative, Reason};
use crate::check_in::DoorCommand;
use crate::club::Club;
use crate::command::{Command, Context};
use crate::decision::{DECISION_VERSION, Decision, due};
use crate::event::Ids;
use crate::id::PolicyId;
use crate::membership::MembershipCommand;
use crate::private::without_decision;

/// One row of the journal: a command and what it led to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The number of the row, ascending.
    pub number: u64,
    /// Who and when.
    pub context: Context,
    /// What.
    pub command: Command,
    /// What happened, with local ids, or why nothing did.
    pub decision: Decision,
    /// The ids that new things got; empty for a refusal.
    pub ids: Ids,
    /// The version of the policy in force where the command was about; none if it was the built-in one.
    pub policy: Option<PolicyId>,
    /// The version of the rules that decided.
    pub version: u32,
}

impl Recorded {
    /// Decides a command, makes what happens so in a club in memory, and records it.
    pub fn enact(club: &mut Club, number: u64, context: Context, command: Command) -> Self {
        let policy = club.policy_for(&command, &context);
        let decision = club.decide(&command, &context);
        let mut ids = Ids::default();
        if let Ok(events) = &decision {
            ids = club.allot(events);
            club.apply(events, &ids);
        }
        Self {
            number,
            context,
            command,
            decision,
            ids,
            policy,
            version: DECISION_VERSION,
        }
    }

    /// Enacts a command, and then what that asks for (see [`due`]), each as a row of its own.
    pub fn enact_all(club: &mut Club, number: u64, context: Context, command: Command) -> Vec<Self> {
        let (mut rows, mut next) = (Vec::new(), VecDeque::from([command]));
        while let Some(command) = next.pop_front() {
            let row = Self::enact(club, number + rows.len() as u64, context, command);
            next.extend(due(row.decision.as_deref().unwrap_or_default()));
            rows.push(row);
        }
        rows
    }
}

/// The first row of a journal that is decided otherwise now.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "journal row {}: decided otherwise by version {DECISION_VERSION} than by version {} that recorded it: {}, now {}",
    .recorded.number, .recorded.version, brief(&.recorded.decision), brief(.again)
)]
pub struct Divergence {
    /// What was recorded.
    pub recorded: Box<Recorded>,
    /// What is decided now.
    pub again: Box<Decision>,
    /// The version of the policy that is in force now where the command is about.
    pub policy: Option<PolicyId>,
}

fn brief(decision: &Decision) -> String {
    match decision {
        Ok(events) => format!("accepted with {} events", events.len()),
        Err(refusal) => {
            let codes: Vec<_> = refusal
                .reasons
                .iter()
                .map(|reason| reason.code().as_str())
                .collect();
            format!("refused for {}", codes.join(", "))
        }
    }
}

/// Decides every command of a whole journal again and returns the club that it leads to, or the first row
/// whose decision, or whose policy in force, differs from what was recorded.
///
/// A journal that was stored has no personal fields, so everybody in the club that it leads to is nameless. What was
/// decided by such fields, such as who is a minor, who had an introductory price before, and whether a ground to freeze
/// or to leave is accepted, is taken as it was recorded.
pub fn replay<'a>(journal: impl IntoIterator<Item = &'a Recorded>) -> Result<Club, Divergence> {
    let mut club = Club::default();
    for recorded in journal {
        let policy = club.policy_for(&recorded.command, &recorded.context);
        let again = decided_again(&club, recorded);
        let same = canonical(&again) == canonical(&recorded.decision);
        if policy != recorded.policy || !(same || is_personal(&club, &recorded.command)) {
            return Err(Divergence {
                recorded: Box::new(recorded.clone()),
                again: Box::new(again),
                policy,
            });
        }
        if let Ok(events) = &recorded.decision {
            club.apply(events, &recorded.ids);
        }
    }
    Ok(club)
}

/// Decides a command of a journal again; takes it as it was recorded where that is by a ground that no journal holds.
fn decided_again(club: &Club, row: &Recorded) -> Decision {
    let again = club.decide(&row.command, &row.context);
    let unsaid = |it: &Decision| matches!(it, Err(no) if no.reasons.iter().any(Reason::is_private));
    if unsaid(&again) || unsaid(&row.decision) {
        row.decision.clone()
    } else {
        again
    }
}

/// Whether a command is decided by who a person is: by their age where waivers are signed, or by whom they are the same
/// as where something is sold once to each.
fn is_personal(club: &Club, command: &Command) -> bool {
    match command {
        Command::Door(
            DoorCommand::SignWaiver { .. } | DoorCommand::Enter { .. } | DoorCommand::EnterGuest { .. },
        ) => !club.waivers.is_empty(),
        Command::Membership(MembershipCommand::Sell { intro, .. }) => *intro,
        _ => false,
    }
}

/// Returns what of a decision must be the same whenever and wherever it is decided again.
///
/// Other classes and slots that a refusal proposes are advice, which is computed without locks, and left out, as is what
/// is [private](crate::private).
/// "The same bytes" means the JSON of this.
pub fn canonical(decision: &Decision) -> Cow<'_, Decision> {
    let advice = |it: &Alternative| matches!(it, Alternative::Class { .. } | Alternative::Slot { .. });
    let mut said = without_decision(decision, &|_| String::new());
    if matches!(&*said, Err(refusal) if refusal.alternatives.iter().any(advice))
        && let Err(refusal) = said.to_mut()
    {
        refusal.alternatives.retain(|it| !advice(it));
    }
    said
}
