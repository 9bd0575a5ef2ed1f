//! A [`Club`] is the state of a club in memory, or the slice of it that one decision needs.
//!
//! [`Club::decide`] says what a command leads to, [`Club::apply`] makes it so. A database does the same with
//! a slice: load it, decide, save the events. Replay and what-ifs are folds over a whole one.
//!
//! ```
//! use gym_core::club::Club;
//! use gym_core::command::{Command, Context};
//! use gym_core::user::{Actor, Person};
//!
//! let mut club = Club::default();
//! let context = Context { now: "2026-02-01T09:00:00Z".parse()?, actor: Actor::System };
//! let command = Command::AddUser { person: Person::new("Ada Lovelace", None)? };
//! let events = club.decide(&command, &context)?;
//! let ids = club.allot(&events);
//! club.apply(&events, &ids);
//! assert_eq!(club.users.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod against;
mod ahead;
mod apply;
mod billing;
mod calendar;
mod chance;
mod check_in;
mod checks;
mod claims;
mod closure;
mod covering;
mod displace;
mod earning;
mod entitlement;
mod facts;
mod ledger;
mod maintenance;
mod membership;
mod payment;
mod payroll;
mod people;
mod placing;
mod policy;
mod revise;
mod session;
mod shop;
mod slots;
mod standing;
mod table;
mod tally;
mod timetable;
mod turns;

pub use billing::Prospect;
pub use calendar::within_calendar;
pub use chance::Chances;
pub(crate) use checks::is_line;
pub use claims::Claims;
pub use facts::diary_from;
pub use slots::searchable;
pub use table::{Key, Row, Table};

use crate::billing::certificate::Certificate;
use crate::billing::charge::Charge;
use crate::billing::credit_note::CreditNote;
use crate::billing::discount::{Discount, Redemption};
use crate::billing::gift_card::GiftCard;
use crate::billing::invoice::{Invoice, Numbers};
use crate::billing::ledger::{Deferral, Entry};
use crate::billing::payment::{Allocation, Payment, PaymentDetails, PaymentPolicyVersion, Refund, Reminder};
use crate::billing::policy::BillingPolicyVersion;
use crate::billing::run::Invoiced;
use crate::billing::subscription::Subscription;
use crate::billing::tax::TaxTable;
use crate::booking::facts::{ClassFacts, MemberFacts};
use crate::booking::policy::Policy;
use crate::booking::refusal::{Reason, Refusal};
use crate::booking::rules::Ask;
use crate::booking::{Ban, Hold, Penalty, Registration, WaitlistEntry, attendance, book, cancel, waitlist};
use crate::check_in::{GuestVisit, Signature, Visit, WaiverVersion};
use crate::command::{Command, Context};
use crate::decision::Decision;
use crate::entitlement::{Lot, Use};
use crate::equipment::{Equipment, MaintenanceLog, Unit};
use crate::event::PolicyVersion;
use crate::id::{ClassId, MemberId};
use crate::location::{Closure, Location, Room};
use crate::member::{Access, Member};
use crate::membership::freeze::Edit;
use crate::membership::jurisdiction::JurisdictionVersion;
use crate::membership::link::Link;
use crate::membership::notice::Notice;
use crate::membership::plan::{MembershipType, PlanVersion};
use crate::membership::recorded::Recorded;
use crate::membership::{Membership, Term};
use crate::payroll::{PayLine, PayRule, PayRun};
use crate::schedule::class::{Class, ClassSeries};
use crate::schedule::session::Session;
use crate::shop::{Product, Sale, StockMove};
use crate::trainer::{Assignment, Trainer};
use crate::user::{RoleGrant, User};

/// The state of a club: every table, and the live claims.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "each table is named by its rows")]
pub struct Club {
    pub users: Table<User>,
    pub grants: Table<RoleGrant>,
    pub locations: Table<Location>,
    pub rooms: Table<Room>,
    pub equipment: Table<Equipment>,
    pub units: Table<Unit>,
    pub maintenance: Table<MaintenanceLog>,
    pub closures: Table<Closure>,
    pub members: Table<Member>,
    pub access: Table<Access>,
    pub trainers: Table<Trainer>,
    pub assignments: Table<Assignment>,
    pub policies: Table<PolicyVersion>,
    pub series: Table<ClassSeries>,
    pub classes: Table<Class>,
    pub sessions: Table<Session>,
    pub registrations: Table<Registration>,
    pub waitlist: Table<WaitlistEntry>,
    pub holds: Table<Hold>,
    pub penalties: Table<Penalty>,
    pub bans: Table<Ban>,
    pub membership_types: Table<MembershipType>,
    pub plans: Table<PlanVersion>,
    pub jurisdictions: Table<JurisdictionVersion>,
    pub memberships: Table<Membership>,
    pub terms: Table<Term>,
    pub subscriptions: Table<Subscription>,
    pub links: Table<Link>,
    pub edits: Table<Edit>,
    pub notices: Table<Notice>,
    pub recorded: Recorded,
    pub tax_tables: Table<TaxTable>,
    pub certificates: Table<Certificate>,
    pub discounts: Table<Discount>,
    pub redemptions: Table<Redemption>,
    pub billing_policies: Table<BillingPolicyVersion>,
    pub charges: Table<Charge>,
    pub invoices: Table<Invoice>,
    pub credit_notes: Table<CreditNote>,
    pub invoiced: Invoiced,
    pub numbers: Numbers,
    pub lots: Table<Lot>,
    pub uses: Table<Use>,
    pub waivers: Table<WaiverVersion>,
    pub signatures: Table<Signature>,
    pub visits: Table<Visit>,
    pub guest_visits: Table<GuestVisit>,
    pub claims: Claims,
    pub payments: Table<Payment>,
    pub allocations: Table<Allocation>,
    pub refunds: Table<Refund>,
    pub gift_cards: Table<GiftCard>,
    pub reminders: Table<Reminder>,
    pub details: Table<PaymentDetails>,
    pub payment_policies: Table<PaymentPolicyVersion>,
    pub entries: Table<Entry>,
    pub deferrals: Table<Deferral>,
    pub products: Table<Product>,
    pub stock: Table<StockMove>,
    pub sales: Table<Sale>,
    pub pay_rules: Table<PayRule>,
    pub pay_runs: Table<PayRun>,
    pub pay_lines: Table<PayLine>,
}

impl Club {
    /// Says what a command leads to: what happens, or every reason why nothing does.
    pub fn decide(&self, command: &Command, context: &Context) -> Decision {
        within_calendar(command, context)?;
        let events = self.with_credits(context, self.decide_one(command, context)?)?;
        let named = match command {
            Command::Book(order) => Some(order.member),
            _ => None,
        };
        let events = self.with_uses(named, context.now, events);
        let events = self.with_chances(context, events);
        self.with_earnings(context, events)
    }

    fn decide_one(&self, command: &Command, context: &Context) -> Decision {
        match command {
            Command::Book(_)
            | Command::Cancel { .. }
            | Command::CheckIn { .. }
            | Command::MarkNoShow { .. }
            | Command::Promote { .. }
            | Command::Hold { .. }
            | Command::ReleaseHold { .. } => self.decide_booking(command, context),
            Command::AddSeries { .. } | Command::Materialise { .. } | Command::AddClass { .. } => {
                self.decide_timetable(command, context)
            }
            Command::MoveClass { .. }
            | Command::CancelClass { .. }
            | Command::Substitute { .. }
            | Command::SetCapacity { .. } => self.decide_revision(command, context),
            Command::CloseLocation { .. } | Command::LiftClosure { .. } => {
                self.decide_closure(command, context)
            }
            Command::StartMaintenance { .. }
            | Command::EndMaintenance { .. }
            | Command::ResizeRoom { .. } => self.decide_maintenance(command, context),
            Command::BookSession { .. }
            | Command::MoveSession { .. }
            | Command::CancelSession { .. }
            | Command::CompleteSession { .. } => self.decide_session(command, context),
            Command::Membership(command) => self.decide_membership(command, context),
            Command::Entitlement(command) => self.decide_entitlement(command, context),
            Command::Door(command) => self.decide_door(command, context),
            Command::Billing(command) => {
                let events = self.decide_billing(command, context)?;
                self.with_ledger(events, context)
            }
            Command::Payment(command) => self.decide_payment(command, context),
            Command::Ledger(command) => self.decide_ledger(command, context),
            Command::Shop(command) => self.decide_shop(command, context),
            Command::Pay(command) => self.decide_payroll(command, context),
            _ => self.decide_people(command, context),
        }
    }

    fn decide_booking(&self, command: &Command, context: &Context) -> Decision {
        let (now, actor) = (context.now, self.actor_facts(context.actor));
        let id = command.class().unwrap_or(ClassId::local(1));
        let class = self.class_facts(id).ok_or_else(|| unknown("class", id.get()))?;
        let policy = self.policy(class.location.id);
        let member = |id: MemberId| {
            self.member_facts(id, &class, now, policy)
                .ok_or_else(|| unknown("member", id.get()))
        };
        let people = || self.waiting_members(&class, now, policy);
        match command {
            Command::Book(order) => book::book(
                &class,
                &member(order.member)?,
                &people(),
                &actor,
                order,
                now,
                policy,
            ),
            Command::Cancel { member: id, .. } => {
                cancel::cancel(&class, &member(*id)?, &people(), &actor, now, policy)
            }
            Command::CheckIn {
                member: id,
                overriding,
                ..
            } => attendance::check_in(&class, &member(*id)?, &actor, overriding.as_ref(), now, policy),
            Command::MarkNoShow {
                member: only,
                overriding,
                ..
            } => {
                if let Some(id) = only {
                    member(*id)?;
                }
                let people = self.booked_members(&class, now, policy);
                attendance::mark_no_show(&class, *only, &people, &actor, overriding.as_ref(), now, policy)
            }
            Command::Hold {
                member: id,
                seats,
                channel,
                ..
            } => {
                let ask = Ask {
                    seats: *seats,
                    channel: *channel,
                };
                book::hold(&class, &member(*id)?, &people(), &actor, ask, now, policy)
            }
            Command::ReleaseHold { member: id, .. } => {
                member(*id)?;
                book::release_hold(&class, *id, &people(), &actor, now, policy)
            }
            _ => waitlist::promote(&class, &people(), now, policy),
        }
    }

    fn waiting_members(
        &self,
        class: &ClassFacts<'_>,
        now: crate::time::Instant,
        policy: &Policy,
    ) -> Vec<MemberFacts<'_>> {
        let waiting = class.waitlist.iter().filter(|entry| entry.state.is_live());
        waiting
            .filter_map(|entry| self.member_facts(entry.member, class, now, policy))
            .collect()
    }

    fn booked_members(
        &self,
        class: &ClassFacts<'_>,
        now: crate::time::Instant,
        policy: &Policy,
    ) -> Vec<MemberFacts<'_>> {
        class
            .seated()
            .filter_map(|booked| self.member_facts(booked.member, class, now, policy))
            .collect()
    }
}

/// Refuses a command that names something that is not there.
fn unknown(what: &str, id: i64) -> Refusal {
    let reason = Reason::Unknown {
        what: what.to_owned(),
        id,
    };
    Refusal::of(format!("find {what} {id}"), chrono_tz::UTC, reason)
}
