//! Where a payment stands, and what follows from what is told of it: a total function.

use serde::{Deserialize, Serialize};

/// Whether it makes sense to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// It may work another day: no funds, a limit, a busy bank.
    Soft,
    /// It will not work with these details: expired, stolen, closed.
    Hard,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// It is stored, and nobody was asked for money.
    Created,
    /// The provider is being asked.
    Submitted,
    /// The provider has accepted it; the money is on its way.
    Pending,
    /// The money is there.
    Settled,
    /// The provider said no, or the bank took the money back.
    Failed(Decline),
    /// The provider was asked and nobody knows what it did. Nothing is tried again until that is known.
    Unknown,
    /// All of the money went back: by refunds, or by a dispute that was lost.
    Refunded,
    /// The payer's bank took the money back for as long as it looks into it.
    Disputed,
}

/// What is told of a payment, by the caller, the provider or somebody at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The provider is about to be asked.
    Submitted,
    /// It is accepted.
    Pending,
    /// The money is there.
    Settled,
    /// No; or the money was taken back by the bank.
    Declined(Decline),
    /// There was no answer.
    Silent,
    /// The provider has never heard of it.
    Absent,
    /// The payer's bank looks into it.
    Disputed,
    /// The dispute was won.
    DisputeWon,
    /// The dispute was lost.
    DisputeLost,
}

/// What follows from what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A new state.
    To(PaymentState),
    /// Nothing: it was known.
    Known,
    /// Nothing: it was overtaken by what was told before.
    Late,
    /// It cannot be.
    Contradicts,
}

impl PaymentState {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Submitted,
        Self::Pending,
        Self::Settled,
        Self::Failed(Decline::Soft),
        Self::Failed(Decline::Hard),
        Self::Unknown,
        Self::Refunded,
        Self::Disputed,
    ];

    /// Returns the name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Submitted => "submitted",
            Self::Pending => "pending",
            Self::Settled => "settled",
            Self::Failed(Decline::Soft) => "failed_soft",
            Self::Failed(Decline::Hard) => "failed_hard",
            Self::Unknown => "unknown",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
        }
    }

    /// Whether it may still bring money that is not there yet.
    pub const fn is_in_flight(self) -> bool {
        matches!(
            self,
            Self::Created | Self::Submitted | Self::Pending | Self::Unknown
        )
    }

    /// Whether the payer has given the money: it is there, or the payer's bank holds it.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Settled | Self::Disputed)
    }

    /// Returns what follows from what is told. The order of messages is the caller's matter: what is older than the
    /// newest message that counted is late, whatever it says.
    pub const fn told(self, told: Told) -> Step {
        match (self, told) {
            (Self::Created, Told::Submitted) => Step::To(Self::Submitted),
            (_, Told::Submitted) => Step::Contradicts,
            (Self::Created, Told::Absent) => Step::Known,
            (Self::Submitted | Self::Unknown, Told::Absent) => Step::To(Self::Created),
            (_, Told::Absent) => Step::Contradicts,

            // What is asked again after nobody had heard of it may still be answered from the first time.
            (Self::Created | Self::Submitted, Told::Silent) => Step::To(Self::Unknown),
            (Self::Unknown | Self::Pending, Told::Silent) | (Self::Pending, Told::Pending) => Step::Known,
            (Self::Created | Self::Submitted | Self::Unknown, Told::Pending) => Step::To(Self::Pending),
            (_, Told::Silent | Told::Pending) => Step::Late,

            (Self::Refunded, Told::DisputeLost)
            | (Self::Disputed, Told::Disputed)
            | (Self::Settled, Told::Settled | Told::DisputeWon)
            | (Self::Failed(_), Told::Declined(_)) => Step::Known,
            (Self::Refunded, _) | (Self::Disputed, Told::Settled | Told::Declined(_)) => Step::Late,

            (_, Told::Settled | Told::DisputeWon) => Step::To(Self::Settled),
            (_, Told::Declined(decline)) => Step::To(Self::Failed(decline)),
            (_, Told::Disputed) => Step::To(Self::Disputed),
            (_, Told::DisputeLost) => Step::To(Self::Refunded),
        }
    }
}

impl Told {
    /// Everything that can be told.
    pub const ALL: [Self; 10] = [
        Self::Submitted,
        Self::Pending,
        Self::Settled,
        Self::Declined(Decline::Soft),
        Self::Declined(Decline::Hard),
        Self::Silent,
        Self::Absent,
        Self::Disputed,
        Self::DisputeWon,
        Self::DisputeLost,
    ];
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The provider is being asked.
    Submitted,
    /// The provider was asked and nobody knows what it did.
    Unknown,
    /// The payer has the money.
    Settled,
    /// It did not happen; the money is the payer's credit again.
    Failed,
}

impl RefundState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Submitted, Self::Unknown, Self::Settled, Self::Failed];

    /// Returns the name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Unknown => "unknown",
            Self::Settled => "settled",
            Self::Failed => "failed",
        }
    }

    /// Returns what follows from `told`; none if nothing does.
    pub const fn told(self, told: Self) -> Option<Self> {
        match (self, told) {
            (Self::Submitted, Self::Unknown | Self::Settled | Self::Failed)
            | (Self::Unknown, Self::Settled | Self::Failed) => Some(told),
            _ => None,
        }
    }
}
