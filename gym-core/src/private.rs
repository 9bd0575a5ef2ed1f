//! What is private in a command, or in what came of it: what says something about a person and is kept in the rows that
//! hold it, where it can be erased, but in no journal.
//!
//! Words are left out, codes are hashed, and grounds that tell of somebody's health are those of anybody. Decisions use
//! of words only whether there are any, and of codes only whether they are the same.
//!
//! ```
//! use gym_core::billing::BillingCommand;
//! use gym_core::command::Command;
//! use gym_core::private::{without_command, LEFT_OUT};
//!
//! let why = "died in March".to_owned();
//! let void = Command::Billing(BillingCommand::VoidInvoice { invoice: "7".parse()?, why });
//! let why = LEFT_OUT.to_owned();
//! let journaled = Command::Billing(BillingCommand::VoidInvoice { invoice: "7".parse()?, why });
//! assert_eq!(*without_command(&void, &|_| String::new()), journaled);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod event;

use std::borrow::Cow;

use crate::billing::BillingCommand;
use crate::billing::gift_card::{GiftCode, Named};
use crate::billing::obligation::Obligation;
use crate::billing::payment::PaymentCommand;
use crate::billing::pricing::{Answers, Priced};
use crate::booking::refusal::Reason;
use crate::check_in::DoorCommand;
use crate::club::is_line;
use crate::command::{Book, Command, Override};
use crate::decision::Decision;
use crate::entitlement::EntitlementCommand;
use crate::event::Event;
use crate::membership::freeze::FreezeReason;
use crate::membership::jurisdiction::Ground;
use crate::membership::{MembershipCommand, Objection};
use crate::shop::ShopCommand;

/// What stands in the place of words that were left out.
pub const LEFT_OUT: &str = "-";

/// A place for what is private.
#[derive(Debug)]
pub(crate) enum Private<'a> {
    /// What somebody wrote, such as a reason.
    Words(&'a mut String),
    /// What somebody wrote in an earlier command, such as why a club is closed, or what is charged by hand.
    Told(&'a mut String),
    /// What something is called outside, such as a provider's name of a card.
    Code(&'a mut String),
    /// What is printed on a gift card.
    Gift(&'a mut GiftCode),
    /// Why a membership is frozen.
    Freeze(&'a mut FreezeReason),
    /// Why somebody may leave by right.
    Ground(&'a mut Ground),
    /// How far somebody moved, in kilometres.
    Moved(&'a mut Option<u32>),
    /// How an answer of a pricing came about, in its words.
    Record(&'a mut Option<String>),
    /// How prices came about.
    Priced(&'a mut Option<Box<Priced>>),
}

impl Private<'_> {
    fn take_out(self, hash: &dyn Fn(&str) -> String) {
        let fits = |text: &str| !text.trim().is_empty() && is_line(text);
        match self {
            // What cannot be accepted stays what cannot.
            Self::Words(words) | Self::Told(words) => {
                *words = if fits(words) { LEFT_OUT } else { "" }.to_owned();
            }
            Self::Code(code) if fits(code) => *code = hashed(&hash(code)),
            Self::Code(code) => code.clear(),
            Self::Gift(code) => *code = GiftCode::of_hash(&hash(code.as_str())),
            Self::Freeze(why) => *why = FreezeReason::Other,
            Self::Ground(ground) => *ground = Ground::Unsaid,
            Self::Moved(km) => *km = None,
            Self::Record(record) => *record = None,
            Self::Priced(priced) => *priced = None,
        }
    }

    /// Puts what was left out here back from the same kind of place.
    fn put_back(self, from: &Private<'_>) {
        match (self, from) {
            (Self::Words(to), Private::Words(from)) if to == LEFT_OUT => to.clone_from(from),
            (Self::Code(to), Private::Code(from)) => to.clone_from(from),
            (Self::Gift(to), Private::Gift(from)) => to.clone_from(from),
            (Self::Freeze(to), Private::Freeze(from)) => to.clone_from(from),
            (Self::Ground(to), Private::Ground(from)) => to.clone_from(from),
            _ => {}
        }
    }
}

/// Returns the text by which a hash stands for a code. It has no digits, so that nobody takes it for a number or a date.
fn hashed(hash: &str) -> String {
    format!("H-{}", letters(hash))
}

/// Writes the first 32 hexadecimal digits of a hash in letters.
pub(crate) fn letters(hash: &str) -> String {
    let letter = |c: char| match (c.to_digit(10), c.to_digit(16)) {
        (Some(digit), _) => char::from_digit(digit + 16, 36),
        (None, Some(_)) => Some(c.to_ascii_lowercase()),
        (None, None) => None,
    };
    hash.chars().filter_map(letter).take(32).collect()
}

/// Returns a command as it is journaled: words are left out, and codes are hashed.
///
/// A hash is told by its first 32 hexadecimal digits. Without a secret in it, codes that are short could be guessed.
pub fn without_command<'c>(command: &'c Command, hash: &dyn Fn(&str) -> String) -> Cow<'c, Command> {
    let mut kept = command.clone();
    let places = kept.private();
    if places.is_empty() {
        return Cow::Borrowed(command);
    }
    for place in places {
        place.take_out(hash);
    }
    Cow::Owned(kept)
}

/// Returns a decision as it is journaled, as [`without_command`] does a command.
pub fn without_decision<'d>(decision: &'d Decision, hash: &dyn Fn(&str) -> String) -> Cow<'d, Decision> {
    let mut kept = decision.clone();
    let places: Vec<Private<'_>> = match &mut kept {
        Ok(events) => events.iter_mut().flat_map(Event::private).collect(),
        Err(refusal) => refusal.reasons.iter_mut().flat_map(Reason::private).collect(),
    };
    if places.is_empty() {
        return Cow::Borrowed(decision);
    }
    for place in places {
        place.take_out(hash);
    }
    Cow::Owned(kept)
}

/// Puts back into what a journal says happened what its command says in private.
pub fn put_back(event: &mut Event, command: &Command) {
    let places = event.private();
    if places.is_empty() {
        return;
    }
    let mut command = command.clone();
    let from = command.private();
    for place in places {
        let same = |it: &&Private<'_>| std::mem::discriminant(*it) == std::mem::discriminant(&place);
        if let Some(from) = from.iter().find(same) {
            place.put_back(from);
        }
    }
}

impl Reason {
    /// Returns the places for what is private.
    pub(crate) fn private(&mut self) -> Vec<Private<'_>> {
        match self {
            Self::LocationClosed { why, .. } => vec![Private::Told(why)],
            Self::Contract {
                why: Objection::FreezeReasonNotAccepted { why, .. },
            } => vec![Private::Freeze(why)],
            Self::Contract {
                why: Objection::NeedsProof { ground },
            } => vec![Private::Ground(ground)],
            Self::Contract {
                why:
                    Objection::NoRight {
                        ground,
                        km,
                        beyond_km,
                    },
            } => vec![
                Private::Ground(ground),
                Private::Moved(km),
                Private::Moved(beyond_km),
            ],
            Self::Payment {
                why: crate::billing::payment::Objection::DeadMeans { means, .. },
            } => means.iter_mut().map(Private::Code).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the rule is about what a journal does not hold.
    pub(crate) const fn is_private(&self) -> bool {
        matches!(
            self,
            Self::Contract {
                why: Objection::FreezeReasonNotAccepted { .. }
                    | Objection::NoRight { .. }
                    | Objection::NeedsProof { .. }
            }
        )
    }
}

impl Command {
    /// Returns why it was given, in words that no thing keeps which it makes.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Billing(
                BillingCommand::CancelCharge { why, .. }
                | BillingCommand::VoidInvoice { why, .. }
                | BillingCommand::WriteOff { why, .. },
            )
            | Self::Entitlement(EntitlementCommand::WaivePenalty { why, .. }) => Some(why),
            _ => self.overriding().map(|it| it.why.as_str()),
        }
    }

    const fn overriding(&self) -> Option<&Override> {
        match self {
            Self::Book(Book { overriding, .. })
            | Self::BookSession { overriding, .. }
            | Self::CheckIn { overriding, .. }
            | Self::MarkNoShow { overriding, .. }
            | Self::Door(
                DoorCommand::Enter { overriding, .. } | DoorCommand::EnterGuest { overriding, .. },
            ) => overriding.as_ref(),
            _ => None,
        }
    }

    /// Returns the places for what is private, beside who a person is: see [`Command::person`].
    pub(crate) fn private(&mut self) -> Vec<Private<'_>> {
        match self {
            Self::Book(Book { overriding, .. })
            | Self::BookSession { overriding, .. }
            | Self::CheckIn { overriding, .. }
            | Self::MarkNoShow { overriding, .. }
            | Self::Door(
                DoorCommand::Enter { overriding, .. } | DoorCommand::EnterGuest { overriding, .. },
            ) => {
                let words = overriding.iter_mut().map(|it| Private::Words(&mut it.why));
                words.collect()
            }
            Self::Membership(MembershipCommand::Freeze { why, .. }) => vec![Private::Freeze(why)],
            Self::Membership(MembershipCommand::Exit { ground, km, .. }) => {
                vec![Private::Ground(ground), Private::Moved(km)]
            }
            Self::Entitlement(EntitlementCommand::WaivePenalty { why, .. })
            | Self::Shop(ShopCommand::TakeBack { why, .. })
            | Self::Billing(
                BillingCommand::CancelCharge { why, .. }
                | BillingCommand::VoidInvoice { why, .. }
                | BillingCommand::WriteOff { why, .. }
                | BillingCommand::IssueCreditNote { why, .. }
                | BillingCommand::AcceptCertificate { reference: why, .. },
            ) => vec![Private::Words(why)],
            Self::CloseLocation { reason: words, .. }
            | Self::StartMaintenance { work: words, .. }
            | Self::Billing(BillingCommand::Charge {
                obligation: Obligation { text: words, .. },
                ..
            }) => vec![Private::Words(words)],
            Self::Billing(BillingCommand::DraftInvoice { owed, answers, .. }) => {
                let words = owed.iter_mut().map(|it| Private::Words(&mut it.text));
                words.chain(records(answers)).collect()
            }
            Self::Billing(command) => records(command.answers_mut().into_iter().flatten()).collect(),
            Self::Payment(command) => of_payment(command),
            _ => Vec::new(),
        }
    }
}

/// Returns the places for how answers came about.
fn records<'a>(answers: impl IntoIterator<Item = &'a mut Answers>) -> impl Iterator<Item = Private<'a>> {
    let all = answers.into_iter().flat_map(|it| &mut it.answers);
    let records = all.map(|it| &mut it.answer.record);
    records.filter(|it| it.is_some()).map(Private::Record)
}

fn of_payment(command: &mut PaymentCommand) -> Vec<Private<'_>> {
    match command {
        PaymentCommand::Take { reference, .. } | PaymentCommand::Report { reference, .. } => {
            reference.iter_mut().map(Private::Words).collect()
        }
        PaymentCommand::Charge { means, .. } | PaymentCommand::ChangeDetails { means, .. } => {
            means.iter_mut().map(Private::Code).collect()
        }
        PaymentCommand::Refund { why, .. } | PaymentCommand::PayOut { why, .. } => vec![Private::Words(why)],
        PaymentCommand::SellGiftCard { code, .. }
        | PaymentCommand::RedeemGiftCard {
            card: Named::Code(code),
            ..
        } => vec![Private::Gift(code)],
        _ => Vec::new(),
    }
}
