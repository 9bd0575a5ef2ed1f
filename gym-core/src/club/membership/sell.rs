//! Deciding what is sold: types, versions of plans, the law, and memberships.

use chrono::NaiveDate;

use super::case::Case;
use crate::billing::subscription::Subscription;
use crate::club::Key;
use crate::entitlement::{EntitlementEvent, Grant, Lot, Source};
use crate::event::Event;
use crate::id::{LocationId, MemberId, MembershipId, MembershipTypeId};
use crate::membership::contract::anchor;
use crate::membership::intro::{Earlier, Intro};
use crate::membership::jurisdiction::{Jurisdiction, JurisdictionVersion};
use crate::membership::plan::{AtEnd, MembershipType, PlanVersion, Reach, Terms};
use crate::membership::{Consent, Membership, MembershipEvent, Objection, Term, after};
use crate::time::Cycle;

/// What a new membership is made of.
pub(super) struct Sale<'a> {
    pub(super) member: MemberId,
    pub(super) payer: MemberId,
    pub(super) plan: &'a PlanVersion,
    pub(super) location: LocationId,
    pub(super) start: NaiveDate,
    pub(super) intro: bool,
    pub(super) follows: Option<MembershipId>,
    /// Until when the member is bound by what it follows.
    pub(super) bound: Option<NaiveDate>,
}

impl<'a> Case<'a> {
    pub(super) fn add_type(
        &mut self,
        name: &str,
        location: Option<LocationId>,
        from: NaiveDate,
        terms: &Terms,
    ) -> Option<()> {
        let place = location.and_then(|id| self.place(id));
        self.checks.text("name", name);
        if self.near("from", from) {
            self.check_terms(terms, place, from);
        }
        let id = self.draft.local();
        self.push(MembershipEvent::TypeAdded(MembershipType {
            id,
            name: name.to_owned(),
            location,
        }));
        self.version(id, from, Reach::Sales, terms)
    }

    fn version(&mut self, of: MembershipTypeId, from: NaiveDate, reach: Reach, terms: &Terms) -> Option<()> {
        let version = PlanVersion {
            id: self.draft.local(),
            of,
            from,
            reach,
            terms: terms.clone(),
        };
        self.push(MembershipEvent::PlanVersioned(Box::new(version)));
        Some(())
    }

    pub(super) fn revise(
        &mut self,
        of: MembershipTypeId,
        from: NaiveDate,
        reach: Reach,
        terms: &Terms,
    ) -> Option<()> {
        let kind = self
            .checks
            .known("membership type", of, self.club.membership_types.get(of))?;
        let place = kind.location.and_then(|id| self.club.locations.get(id));
        self.not_past("from", from);
        self.check_terms(terms, place, from);
        // A plan for all locations is revised where it is latest.
        let dates = self.club.locations.iter().map(|it| it.date(self.now));
        let today = match kind.location {
            Some(_) => self.today,
            None => dates.max().unwrap_or(self.today),
        };
        if reach > Reach::Sales && (self.today..=today).contains(&from) {
            // Periods that begin today may have been invoiced.
            let tomorrow = today.succ_opt().unwrap_or(today);
            let expected = format!("{tomorrow} or later, as it reaches those that run");
            self.checks.value(false, "from", from, &expected);
        }
        if reach > Reach::Sales {
            self.check_alike(of, terms);
        }
        self.version(of, from, reach, terms)
    }

    pub(super) fn set_jurisdiction(
        &mut self,
        location: Option<LocationId>,
        law: &Jurisdiction,
    ) -> Option<()> {
        if let Some(location) = location {
            self.place(location);
        }
        if let Err(wrong) = law.check() {
            self.checks.value(false, wrong.field, wrong.value, wrong.expected);
        }
        let version = JurisdictionVersion {
            id: self.draft.local(),
            location,
            law: law.clone(),
        };
        self.push(MembershipEvent::JurisdictionSet(Box::new(version)));
        Some(())
    }

    pub(super) fn sell(
        &mut self,
        member: MemberId,
        of: MembershipTypeId,
        location: LocationId,
        start: NaiveDate,
        payer: MemberId,
        intro: bool,
    ) -> Option<()> {
        self.checks.known("member", member, self.club.members.get(member));
        if payer != member {
            self.checks.known("payer", payer, self.club.members.get(payer));
        }
        if self.staff {
            self.near("start", start);
            let oldest = self
                .today
                .checked_sub_days(chrono::Days::new(366))
                .unwrap_or(self.today);
            self.checks
                .value(start >= oldest, "start", start, &format!("{oldest} or later"));
        } else {
            self.not_past("start", start);
        }
        let plan = self.on_sale(of, location)?;
        self.check_taxed(plan, location, start.min(self.today));
        if intro {
            self.check_intro(member, plan);
        }
        self.contract(&Sale {
            member,
            payer,
            plan,
            location,
            start,
            intro,
            follows: None,
            bound: None,
        })
        .and_then(|id| self.grant(id, plan, Vec::new()))
    }

    /// Drafts the lot that a new membership grants, for its member and others who use it.
    pub(super) fn grant(
        &mut self,
        id: MembershipId,
        plan: &PlanVersion,
        others: Vec<MemberId>,
    ) -> Option<()> {
        let kind = self.club.membership_types.get(plan.of)?;
        let sold = self.draft.events().iter().find_map(|event| match event {
            Event::Membership(MembershipEvent::Sold(new)) if new.id == id => Some(new.clone()),
            _ => None,
        });
        let mut grant = Grant::of_plan(&sold?, kind, &plan.terms);
        grant.shared_with.extend(others);
        let lot = Lot::new(self.draft.local(), grant, Source::Plan(id), self.now);
        self.draft
            .push(Event::Entitlement(EntitlementEvent::Granted(lot)));
        Some(())
    }

    /// Finds the version of a type that is sold today at a location.
    pub(super) fn on_sale(&mut self, of: MembershipTypeId, location: LocationId) -> Option<&'a PlanVersion> {
        let kind = self
            .checks
            .known("membership type", of, self.club.membership_types.get(of));
        let place = self.place(location);
        let kind = kind?;
        if let Some(only) = kind.location.filter(|only| *only != location) {
            self.object(Objection::NotSoldHere { of, location, only });
        }
        let today = self.today;
        let on_sale = self
            .club
            .plans
            .of(Key::MembershipType(of))
            .filter(|plan| plan.from <= today);
        let Some(plan) = on_sale.max_by_key(|plan| (plan.from, plan.id)) else {
            self.object(Objection::NotSoldYet { of, on: today });
            return None;
        };
        let currency = place?.currency;
        let fits = plan.terms.price.currency() == currency;
        self.checks
            .value(fits, "price", plan.terms.price, &format!("a price in {currency}"));
        Some(plan)
    }

    fn check_intro(&mut self, member: MemberId, plan: &PlanVersion) {
        let Some(offer) = plan.terms.intro else {
            self.object(Objection::IntroNotOffered { of: plan.of });
            return;
        };
        let Some(person) = self.club.members.get(member).map(|it| &it.person) else {
            return;
        };
        let same = self
            .club
            .members
            .iter()
            .filter(|it| it.id == member || offer.identity.same(person, &it.person));
        let others: Vec<MemberId> = same.map(|it| it.id).collect();
        for other in others {
            if let Some(membership) = self.bars_intro(&offer, other) {
                self.object(Objection::IntroUsed {
                    by: other,
                    membership,
                });
                return;
            }
        }
    }

    /// Finds a membership of somebody that keeps them from an introductory price.
    fn bars_intro(&self, offer: &Intro, member: MemberId) -> Option<MembershipId> {
        let mut earlier = self.club.memberships.of(Key::Member(member));
        let bars = |it: &&Membership| {
            let ended = self.club.contract(it.id).and_then(|contract| contract.ends_on());
            !offer.admits(
                [Earlier {
                    ended,
                    intro: it.intro,
                }],
                self.today,
            )
        };
        earlier.find(bars).map(|it| it.id)
    }

    /// Drafts a membership with its first term and its billing side.
    pub(super) fn contract(&mut self, sale: &Sale<'_>) -> Option<MembershipId> {
        let (terms, start) = (&sale.plan.terms, sale.start);
        self.check_law(terms, sale.location, start);
        let law = self.club.jurisdiction(sale.location);
        let consent = match law.is_some_and(|version| version.law.renewal_consent) {
            true => Consent::Missing,
            false => Consent::NotNeeded,
        };
        let id = self.draft.local();
        let until = self.reckon("term", start, terms.term)?;
        let committed = self
            .reckon("commitment", start, terms.commitment)?
            .max(sale.bound);
        self.push(MembershipEvent::Sold(Membership {
            id,
            member: sale.member,
            of: sale.plan.of,
            plan: sale.plan.id,
            location: sale.location,
            law: law.map(|version| version.id),
            consent,
            sold_on: self.today,
            start,
            committed,
            intro: sale.intro,
            follows: sale.follows,
            until,
            ended_on: None,
        }));
        let term = Term {
            id: self.draft.local(),
            membership: id,
            number: 0,
            plan: sale.plan.id,
            length: terms.term,
            from: start,
            until,
            recorded_on: self.today,
        };
        self.push(MembershipEvent::TermBegun(term));
        let anchor = anchor(terms.periods, terms.cycle, start);
        let subscription = Subscription {
            id: self.draft.local(),
            membership: id,
            payer: sale.payer,
            anchor,
        };
        self.push(MembershipEvent::Subscribed(subscription));
        Some(id)
    }

    fn reckon(&mut self, field: &str, start: NaiveDate, length: Option<Cycle>) -> Option<Option<NaiveDate>> {
        let Some(length) = length else { return Some(None) };
        let day = after(start, &[length]);
        if day.is_none() {
            self.object(Objection::OutOfCalendar {
                field: field.to_owned(),
            });
        }
        day.map(Some)
    }

    fn check_law(&mut self, terms: &Terms, location: LocationId, start: NaiveDate) {
        let Some(law) = self.club.jurisdiction(location).map(|version| &version.law) else {
            return;
        };
        let renewal = match terms.at_end {
            AtEnd::Renew(length) => Some(length),
            _ => None,
        };
        let rules = [
            ("term", terms.term, law.longest_term),
            ("commitment", terms.commitment, law.longest_term),
            ("renewal", renewal, law.longest_renewal),
            ("notice", terms.notice, law.longest_notice),
        ];
        for (field, given, longest) in rules {
            if let (Some(given), Some(longest)) = (given, longest)
                && given.start(start, 1) > longest.start(start, 1)
            {
                self.object(Objection::LongerThanLaw {
                    field: field.to_owned(),
                    given,
                    longest,
                });
            }
        }
    }
}
