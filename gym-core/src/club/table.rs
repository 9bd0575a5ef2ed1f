//! A [`Table`] keeps rows by id and finds them by what they belong to.

use std::collections::{BTreeMap, BTreeSet};

use crate::billing::certificate::Certificate;
use crate::billing::charge::Charge;
use crate::billing::credit_note::CreditNote;
use crate::billing::discount::{Discount, Redemption};
use crate::billing::invoice::Invoice;
use crate::billing::policy::BillingPolicyVersion;
use crate::billing::subscription::Subscription;
use crate::billing::tax::TaxTable;
use crate::booking::{Ban, Hold, Penalty, Registration, WaitlistEntry};
use crate::check_in::{GuestVisit, Signature, Visit, WaiverVersion};
use crate::entitlement::{Lot, Target, Use};
use crate::equipment::{Equipment, MaintenanceLog, Unit};
use crate::event::PolicyVersion;
use crate::id::{
    AccessId, AssignmentId, BanId, BillingPolicyId, CertificateId, ChargeId, ClassId, ClosureId,
    CreditNoteId, DiscountId, EditId, EquipmentId, GiftCardId, GuestVisitId, HoldId, Id, InvoiceId,
    InvoiceLineId, JurisdictionId, LinkId, LocationId, LotId, MaintenanceId, MemberId, MembershipId,
    MembershipTypeId, NoticeId, PayRunId, PaymentId, PenaltyId, PlanVersionId, PolicyId, ProductId,
    RedemptionId, RegistrationId, RoleGrantId, RoomId, SaleId, SeriesId, SessionId, SignatureId,
    SubscriptionId, TaxTableId, TermId, TrainerId, UnitId, UseId, UserId, VisitId, WaitlistId, WaiverId,
};
use crate::location::{Closure, Location, Room};
use crate::member::{Access, Member};
use crate::membership::freeze::{Edit, EditOf};
use crate::membership::jurisdiction::JurisdictionVersion;
use crate::membership::link::Link;
use crate::membership::notice::Notice;
use crate::membership::plan::{MembershipType, PlanVersion};
use crate::membership::{Membership, Term};
use crate::schedule::class::{Class, ClassSeries};
use crate::schedule::session::Session;
use crate::trainer::{Assignment, Trainer};
use crate::user::{RoleGrant, User};

/// What rows are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the id of what the row belongs to")]
pub enum Key {
    User(UserId),
    Location(LocationId),
    Room(RoomId),
    Equipment(EquipmentId),
    Unit(UnitId),
    Trainer(TrainerId),
    Member(MemberId),
    Series(SeriesId),
    Class(ClassId),
    Registration(RegistrationId),
    Session(SessionId),
    MembershipType(MembershipTypeId),
    Membership(MembershipId),
    Lot(LotId),
    Visit(VisitId),
    Discount(DiscountId),
    Invoice(InvoiceId),
    Line(InvoiceLineId),
    Payment(PaymentId),
    GiftCard(GiftCardId),
    Product(ProductId),
    Sale(SaleId),
    PayRun(PayRunId),
}

/// What a [`Table`] can keep.
pub trait Row: Clone {
    /// The type of its id.
    type Id: Id;
    /// Returns its id.
    fn id(&self) -> Self::Id;
    /// Returns what it belongs to.
    fn keys(&self) -> [Option<Key>; 3];
    /// Returns what else it belongs to, if there can be more than three.
    fn more_keys(&self) -> Vec<Key> {
        Vec::new()
    }
}

macro_rules! rows {
    ($($row:ty, $id:ty: |$it:ident| [$($key:expr),*];)*) => {$(
        impl Row for $row {
            type Id = $id;
            fn id(&self) -> $id {
                self.id
            }
            fn keys(&self) -> [Option<Key>; 3] {
                let $it = self;
                let mut keys = [None; 3];
                let all: &[Option<Key>] = &[$($key),*];
                for (place, key) in keys.iter_mut().zip(all) {
                    *place = *key;
                }
                keys
            }
        }
    )*};
}

mod money;

rows! {
    User, UserId: |_it| [];
    RoleGrant, RoleGrantId: |it| [Some(Key::User(it.user))];
    Location, LocationId: |_it| [];
    Room, RoomId: |it| [Some(Key::Location(it.location))];
    Equipment, EquipmentId: |it| [Some(Key::Location(it.location))];
    Unit, UnitId: |it| [Some(Key::Equipment(it.equipment))];
    MaintenanceLog, MaintenanceId: |it| [Some(Key::Unit(it.unit))];
    Closure, ClosureId: |it| [Some(Key::Location(it.location))];
    Member, MemberId: |it| [it.user.map(Key::User)];
    Access, AccessId: |it| [Some(Key::Member(it.member))];
    Trainer, TrainerId: |it| [it.user.map(Key::User)];
    Assignment, AssignmentId: |it| [Some(Key::Member(it.member)), Some(Key::Trainer(it.trainer))];
    PolicyVersion, PolicyId: |it| [it.location.map(Key::Location)];
    ClassSeries, SeriesId: |it| [Some(Key::Location(it.offering.location))];
    Class, ClassId: |it| [
        it.series.map(Key::Series),
        Some(Key::Location(it.offering.location)),
        it.offering.room.map(Key::Room)
    ];
    Session, SessionId: |it| [
        Some(Key::Member(it.member)),
        Some(Key::Trainer(it.trainer)),
        Some(Key::Location(it.location))
    ];
    Registration, RegistrationId: |it| [Some(Key::Class(it.class)), Some(Key::Member(it.member))];
    WaitlistEntry, WaitlistId: |it| [Some(Key::Class(it.class)), Some(Key::Member(it.member))];
    Hold, HoldId: |it| [Some(Key::Class(it.class)), Some(Key::Member(it.member))];
    Penalty, PenaltyId: |it| [Some(Key::Member(it.member)), Some(Key::Class(it.class))];
    Ban, BanId: |it| [Some(Key::Member(it.member))];
    TaxTable, TaxTableId: |it| [Some(Key::Location(it.location))];
    Certificate, CertificateId: |it| [Some(Key::Member(it.member))];
    Discount, DiscountId: |it| [it.location.map(Key::Location)];
    Redemption, RedemptionId: |it| [Some(Key::Member(it.member)), Some(Key::Discount(it.discount))];
    BillingPolicyVersion, BillingPolicyId: |it| [it.location.map(Key::Location)];
    Charge, ChargeId: |it| [Some(Key::Member(it.payer)), Some(Key::Location(it.location))];
    Invoice, InvoiceId: |it| [Some(Key::Member(it.payer)), Some(Key::Location(it.location))];
    CreditNote, CreditNoteId: |it| [Some(Key::Invoice(it.invoice)), Some(Key::Member(it.payer))];
    MembershipType, MembershipTypeId: |it| [it.location.map(Key::Location)];
    PlanVersion, PlanVersionId: |it| [Some(Key::MembershipType(it.of))];
    JurisdictionVersion, JurisdictionId: |it| [it.location.map(Key::Location)];
    Membership, MembershipId: |it| [
        Some(Key::Member(it.member)),
        Some(Key::Location(it.location)),
        Some(Key::MembershipType(it.of))
    ];
    Term, TermId: |it| [Some(Key::Membership(it.membership))];
    Subscription, SubscriptionId: |it| [Some(Key::Membership(it.membership)), Some(Key::Member(it.payer))];
    Notice, NoticeId: |it| [Some(Key::Membership(it.membership))];
    Edit, EditId: |it| [Some(match it.of {
        EditOf::Membership(id) => Key::Membership(id),
        EditOf::Location(id) => Key::Location(id),
    })];
    Link, LinkId: |it| [
        Some(Key::Member(it.person)),
        it.bond.membership().map(Key::Membership),
        it.bond.ward().map(Key::Member)
    ];
    Use, UseId: |it| [Some(Key::Member(it.member)), Some(Key::Lot(it.lot)), Some(key_of(it.target))];
    Visit, VisitId: |it| [Some(Key::Member(it.member)), Some(Key::Location(it.location))];
    WaiverVersion, WaiverId: |it| [it.location.map(Key::Location)];
    Signature, SignatureId: |it| [Some(Key::Member(it.member))];
    GuestVisit, GuestVisitId: |it| [Some(Key::Member(it.host)), Some(Key::Member(it.guest))];
}

impl Row for Lot {
    type Id = LotId;

    fn id(&self) -> LotId {
        self.id
    }

    fn keys(&self) -> [Option<Key>; 3] {
        [
            Some(Key::Member(self.owner)),
            Some(Key::Location(self.location)),
            self.membership().map(Key::Membership),
        ]
    }

    fn more_keys(&self) -> Vec<Key> {
        self.shared_with.iter().copied().map(Key::Member).collect()
    }
}

/// Returns the key by which the uses of a visit are found.
pub(super) const fn key_of(target: Target) -> Key {
    match target {
        Target::Registration(id) => Key::Registration(id),
        Target::Session(id) => Key::Session(id),
        Target::Visit(id) => Key::Visit(id),
    }
}

/// Rows by id, and by what they belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T: Row> {
    rows: BTreeMap<T::Id, T>,
    index: BTreeSet<(Key, T::Id)>,
}

impl<T: Row> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            index: BTreeSet::new(),
        }
    }
}

impl<T: Row> Table<T> {
    /// Returns a row.
    pub fn get(&self, id: T::Id) -> Option<&T> {
        self.rows.get(&id)
    }

    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns all rows, by id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    /// Returns the rows that belong to something, by id.
    pub fn of(&self, key: Key) -> impl DoubleEndedIterator<Item = &T> {
        let (low, high) = (T::Id::from_raw(i64::MIN), T::Id::from_raw(i64::MAX));
        self.index
            .range((key, low)..=(key, high))
            .filter_map(|(_, id)| self.rows.get(id))
    }

    /// Adds a row, or puts it in the place of the one with its id.
    pub fn insert(&mut self, row: T) {
        let id = row.id();
        self.unindex(id);
        let keys = row.keys().into_iter().flatten().chain(row.more_keys());
        self.index.extend(keys.map(|key| (key, id)));
        self.rows.insert(id, row);
    }

    /// Changes a row, if it is there.
    pub fn change(&mut self, id: T::Id, change: impl FnOnce(&mut T)) {
        if let Some(mut row) = self.rows.get(&id).cloned() {
            change(&mut row);
            self.insert(row);
        }
    }

    /// Returns the id after the last.
    pub fn next_id(&self) -> i64 {
        self.rows.last_key_value().map_or(1, |(id, _)| id.raw() + 1)
    }

    fn unindex(&mut self, id: T::Id) {
        if let Some(old) = self.rows.get(&id) {
            for key in old.keys().into_iter().flatten().chain(old.more_keys()) {
                self.index.remove(&(key, id));
            }
        }
    }
}
