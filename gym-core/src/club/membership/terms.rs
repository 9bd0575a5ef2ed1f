//! Checking the terms of plans: that they can be charged where they are sold, and that those who change over can.

use chrono::NaiveDate;

use super::case::Case;
use crate::booking::refusal::Reason;
use crate::club::Key;
use crate::id::{LocationId, MembershipTypeId};
use crate::location::Location;
use crate::membership::plan::{PlanVersion, Reach, Terms};
use crate::time::Cycle;

impl Case<'_> {
    /// Checks terms by themselves, and against the currency and the rates of the one place where they are for sale, or of
    /// every place with their currency.
    pub(super) fn check_terms(&mut self, terms: &Terms, place: Option<&Location>, from: NaiveDate) {
        if let Err(wrong) = terms.check() {
            self.checks
                .value(false, wrong.field, wrong.value, &wrong.expected);
        }
        let currency = terms.price.currency();
        if let Some(place) = place {
            let expected = format!("a price in {}", place.currency);
            self.checks
                .value(currency == place.currency, "price", terms.price, &expected);
        }
        let club = self.club;
        let all = club.locations.iter().filter(|it| it.currency == currency);
        let places: Vec<LocationId> = match place {
            Some(place) => vec![place.id],
            None => all.map(|it| it.id).collect(),
        };
        for at in places {
            let why = club.misnamed(at, &terms.tax, from);
            self.checks.0.extend(why.map(|why| Reason::Billing { why }));
        }
    }

    /// Checks that a plan that is sold has a rate from a civil day on, and so do the versions that come to reach it.
    pub(super) fn check_taxed(&mut self, plan: &PlanVersion, at: LocationId, from: NaiveDate) {
        let reaches = |it: &&PlanVersion| it.reach > Reach::Sales && (it.from, it.id) > (plan.from, plan.id);
        let club = self.club;
        let later = club.plans.of(Key::MembershipType(plan.of)).filter(reaches);
        let later = later.map(|it| (&it.terms.tax, it.from.max(from)));
        let mut wrong = Vec::new();
        for (code, day) in std::iter::once((&plan.terms.tax, from)).chain(later) {
            wrong.extend(club.unrated(at, code, day).filter(|why| !wrong.contains(why)));
        }
        let wrong = wrong.into_iter().map(|why| Reason::Billing { why });
        self.checks.0.extend(wrong);
    }

    /// Checks that terms can take the place of all that are held: of the same periods, cycles and currency.
    pub(super) fn check_alike(&mut self, of: MembershipTypeId, terms: &Terms) {
        let club = self.club;
        let versions = || club.plans.of(Key::MembershipType(of)).map(|it| &it.terms);
        let differs = |it: &&Terms| it.cycle != terms.cycle || it.periods != terms.periods;
        if let Some(held) = versions().find(differs) {
            let expected = format!("{} as before, or a reach to sales alone", held.cycle);
            self.checks.value(false, "cycle", terms.cycle, &expected);
        }
        let per = |terms: &Terms| terms.allowance.map(|allowance| allowance.per);
        let told = |per: Option<Cycle>| per.map_or("none".to_owned(), |per| per.to_string());
        if let Some(held) = versions().find(|it| per(it) != per(terms)) {
            let expected = format!("{} as before, or a reach to sales alone", told(per(held)));
            self.checks
                .value(false, "allowance per", told(per(terms)), &expected);
        }
        let currency = terms.price.currency();
        if let Some(held) = versions().find(|it| it.price.currency() != currency) {
            let expected = format!("a price in {}", held.price.currency());
            self.checks.value(false, "price", terms.price, &expected);
        }
    }
}
