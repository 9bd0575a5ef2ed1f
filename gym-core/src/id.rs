//! Typed ids: a [`MemberId`] is never mistaken for a [`ClassId`].
//!
//! Positive numbers are ids that a store has given. Negative numbers are *local* to one decision:
//! a decision that makes something new calls it `-1`, `-2`, …, and saving maps these to real ids.
//!
//! ```
//! use gym_core::id::MemberId;
//! let ada = MemberId::new(7)?;
//! assert_eq!(ada.get(), 7);
//! assert!(MemberId::new(0).is_err());
//! assert!(MemberId::local(1).is_local());
//! # Ok::<(), gym_core::id::InvalidId>(())
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number that cannot be the id of something stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {value} is not an id; expected a positive whole number")]
pub struct InvalidId {
    /// What the id was for, e.g. `member id`.
    pub kind: &'static str,
    /// The number that was given.
    pub value: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Makes an id from a stored number, which is positive.
            pub fn new(value: i64) -> Result<Self, InvalidId> {
                if value > 0 { Ok(Self(value)) } else { Err(InvalidId { kind: $kind, value: value.to_string() }) }
            }

            /// Makes the `n`-th id (from 1) that is local to one decision.
            pub const fn local(n: u32) -> Self {
                Self(-(n as i64))
            }

            /// Whether this id is local to one decision and not yet known to a store.
            pub const fn is_local(self) -> bool {
                self.0 < 0
            }

            /// Returns the number.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let bad = || InvalidId { kind: $kind, value: text.to_owned() };
                Self::new(text.trim().parse().map_err(|_| bad())?).map_err(|_| bad())
            }
        }

        impl Id for $name {
            fn from_raw(value: i64) -> Self {
                Self(value)
            }
            fn raw(self) -> i64 {
                self.0
            }
        }
    )*};
}

/// What every typed id shares, for code that maps local ids to stored ones.
pub trait Id: Copy + Ord {
    /// Wraps a number as it is, stored or local.
    fn from_raw(value: i64) -> Self;
    /// Returns the number as it is, stored or local.
    fn raw(self) -> i64;
}

ids! {
    /// A person who may log in.
    UserId = "user id";
    /// A role that a user holds at a place for a time.
    RoleGrantId = "role grant id";
    /// A person who trains at the club.
    MemberId = "member id";
    /// A person who gives classes and sessions.
    TrainerId = "trainer id";
    /// A dated link between a trainer and a member.
    AssignmentId = "trainer assignment id";
    /// A building of the club.
    LocationId = "location id";
    /// Days on which a location is closed.
    ClosureId = "closure id";
    /// A room of a location.
    RoomId = "room id";
    /// A kind of equipment at a location, e.g. spin bikes.
    EquipmentId = "equipment id";
    /// One piece of equipment, e.g. bike 7.
    UnitId = "equipment unit id";
    /// One job of maintenance on a unit.
    MaintenanceId = "maintenance id";
    /// A right of a member to use a location.
    AccessId = "location access id";
    /// The template that dated classes come from.
    SeriesId = "class series id";
    /// One dated class.
    ClassId = "class id";
    /// One training session of a trainer with a member.
    SessionId = "session id";
    /// Time that a resource is taken.
    ClaimId = "claim id";
    /// A member's booking of a class.
    RegistrationId = "registration id";
    /// A member's place on a waitlist.
    WaitlistId = "waitlist entry id";
    /// Seats kept for a member for a few minutes.
    HoldId = "hold id";
    /// What a late cancellation or a no-show leaves behind.
    PenaltyId = "penalty id";
    /// A time in which a member may not book.
    BanId = "ban id";
    /// A version of the club's booking policy.
    PolicyId = "policy id";
    /// A kind of membership that can be bought.
    MembershipTypeId = "membership type id";
    /// A version of a membership type: its price and terms from a day on.
    PlanVersionId = "plan version id";
    /// A membership of a member.
    MembershipId = "membership id";
    /// A term of a membership.
    TermId = "term id";
    /// A version of the law that contracts at a location are under.
    JurisdictionId = "jurisdiction id";
    /// A change of the days of a membership: a freeze, a gift, a closure.
    EditId = "membership edit id";
    /// A notice given on a membership.
    NoticeId = "notice id";
    /// A dated link between people: who pays, who is guardian, who is in a family.
    LinkId = "link id";
    /// Uses that were granted together: a pass or an allowance.
    LotId = "lot id";
    /// One use of a lot.
    UseId = "use id";
    /// A visit to a location, checked in at its door.
    VisitId = "visit id";
    /// A version of a waiver.
    WaiverId = "waiver id";
    /// A signature under a waiver.
    SignatureId = "signature id";
    /// A visit of a guest.
    GuestVisitId = "guest visit id";
    /// The billing side of a membership.
    SubscriptionId = "subscription id";
    /// An invoice.
    InvoiceId = "invoice id";
    /// A line of an invoice.
    InvoiceLineId = "invoice line id";
    /// A credit note.
    CreditNoteId = "credit note id";
    /// The tax rates of a location from a day on.
    TaxTableId = "tax table id";
    /// What somebody has shown: an exemption from tax, a student's card.
    CertificateId = "certificate id";
    /// A discount.
    DiscountId = "discount id";
    /// A discount's code that somebody has given.
    RedemptionId = "redemption id";
    /// A version of the billing policy.
    BillingPolicyId = "billing policy id";
    /// Something that is charged once, on the next invoice.
    ChargeId = "charge id";
    /// A payment.
    PaymentId = "payment id";
    /// A part of a payment that settles an invoice.
    AllocationId = "allocation id";
    /// A refund of a payment.
    RefundId = "refund id";
    /// A step of dunning that was taken.
    ReminderId = "reminder id";
    /// Other details to charge, that a payer gave.
    DetailsId = "payment details id";
    /// A version of the payment policy.
    PaymentPolicyId = "payment policy id";
    /// An entry of the ledger.
    EntryId = "ledger entry id";
    /// A gift card.
    GiftCardId = "gift card id";
    /// A product of the shop.
    ProductId = "product id";
    /// A workout that can be recommended.
    WorkoutTemplateId = "workout template id";
    /// A movement of stock.
    StockMoveId = "stock move id";
    /// A sale at the counter.
    SaleId = "sale id";
    /// A run of a model.
    RunId = "run id";
    /// A rule by which a trainer is paid.
    PayRuleId = "pay rule id";
    /// A run of the payroll.
    PayRunId = "pay run id";
    /// An amount that a trainer is paid.
    PayLineId = "pay line id";
}
