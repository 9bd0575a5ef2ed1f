//! From list prices to what is charged: proposals that were checked, then discounts.
//!
//! [`Proposed::of`] is the one place where a proposal is taken or dropped: a quote uses it, and so does whoever wants to
//! know what would become of another proposal.

use std::collections::BTreeSet;

use super::{Ask, Terms, is_voucher};
use crate::billing::Objection;
use crate::billing::discount::percent;
use crate::billing::invoice::{Adjustment, Source};
use crate::billing::policy::{BillingPolicy, Stacking};
use crate::billing::pricing::{
    Answer, Answered, Change, Dropped, Item, OnFailure, Operation, Priced, Pricing, Request, Unfit,
};
use crate::billing::run::is_change;
use crate::money::{Money, MoneyError};
use crate::text::is_line;

/// What the things of an ask cost before tax is looked at.
pub(super) struct Charges {
    pub(super) amounts: Vec<Money>,
    pub(super) adjustments: Vec<Vec<Adjustment>>,
    pub(super) dropped: Vec<Dropped>,
    pub(super) priced: Option<Box<Priced>>,
}

impl Terms<'_> {
    pub(super) fn prices(&mut self, ask: &Ask<'_>) -> Result<Charges, Objection> {
        let (proposed, priced) = self.proposed(ask)?;
        let mut charges = Charges {
            amounts: Vec::new(),
            adjustments: Vec::new(),
            dropped: proposed.dropped,
            priced,
        };
        let mut proposed = proposed.adjustments;
        let mut charged = 0;
        for owed in ask.owed {
            let mut adjustments = Vec::new();
            if !is_change(owed) && !is_voucher(owed) {
                adjustments = proposed.get_mut(charged).map(std::mem::take).unwrap_or_default();
                charged += 1;
                let price = after(owed.amount, &adjustments)?;
                adjustments.extend(self.discounts.take(ask.payer, owed, price, ask.codes)?);
            }
            let amount = after(owed.amount, &adjustments)?;
            charges.amounts.push(amount);
            charges.adjustments.push(adjustments);
        }
        Ok(charges)
    }

    /// Asks every pricing, and returns what was taken for each thing that is charged.
    fn proposed(&self, ask: &Ask<'_>) -> Result<(Proposed, Option<Box<Priced>>), Objection> {
        let asks = !self.policy.rules.is_empty() || !self.pricing.is_empty();
        if !asks || ask.owed.iter().all(|owed| is_change(owed)) {
            return Ok((Proposed::default(), None));
        }
        let request = self.request(ask);
        let mut proposed = Proposed::of(&request, self.policy, &self.pricing)?;
        let answers = std::mem::take(&mut proposed.answers);
        let priced = (!answers.is_empty()).then(|| Box::new(Priced { request, answers }));
        Ok((proposed, priced))
    }
}

/// What becomes of a request: what pricings propose, as far as it is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposed {
    /// What was taken for each item, in the order of the items.
    pub adjustments: Vec<Vec<Adjustment>>,
    /// What was not taken, and why.
    pub dropped: Vec<Dropped>,
    /// What the pricings outside the house said, in their order.
    pub answers: Vec<Answered>,
}

impl Proposed {
    /// Asks the rules of the house, then pricings in their order, and takes of what they propose what fits: proposals
    /// stack and are bounded as the policy says, and shares are rounded once.
    ///
    /// ```
    /// use gym_core::billing::policy::{BillingPolicy, Bounds};
    /// use gym_core::billing::pricing::{Answer, Change, Operation, Pricing, Request};
    /// use gym_core::billing::quote::Proposed;
    ///
    /// /// Half of everything.
    /// struct Half;
    /// impl Pricing for Half {
    ///     fn name(&self) -> &str {
    ///         "half"
    ///     }
    ///     fn propose(&self, _: &Request) -> Answer {
    ///         Answer::of(vec![Operation { item: 0, change: Change::Percent(-50_000), text: "Half".to_owned() }])
    ///     }
    /// }
    ///
    /// let request: Request = serde_json::from_str(
    ///     r#"{"location":1,"currency":"EUR","on":"2026-11-22","payer":1,"concessions":[],"items":[{"key":{"once":{"session":1}},
    ///     "tax":"session","days":null,"occasion":null,"list":{"minor":1000,"currency":"EUR"}}]}"#,
    /// )?;
    /// let no_less_than_80_percent = Bounds { floor: 80_000, ceiling: 200_000 };
    /// let policy = BillingPolicy { bounds: no_less_than_80_percent, ..BillingPolicy::default() };
    /// let proposed = Proposed::of(&request, &policy, &[&Half])?;
    /// assert_eq!(proposed.prices(&request)?, ["10.00 EUR".parse()?]);
    /// assert_eq!(proposed.dropped[0].why.to_string(), "item 0: 5.00 EUR is not accepted; expected at least 8.00 EUR");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a proposal cannot be taken, and there is to be no quote then.
    pub fn of(
        request: &Request,
        policy: &BillingPolicy,
        pricings: &[&dyn Pricing],
    ) -> Result<Self, Objection> {
        let mut taken = Taken::new(request, policy);
        for rule in &policy.rules {
            taken.offer(rule, &rule.propose(request))?;
        }
        let mut answers = Vec::with_capacity(pricings.len());
        for pricing in pricings {
            let answer = pricing.propose(request);
            taken.offer(*pricing, &answer)?;
            answers.push(Answered {
                source: pricing.name().to_owned(),
                on_failure: pricing.on_failure(),
                answer,
            });
        }
        Ok(Self {
            adjustments: taken.adjustments,
            dropped: taken.dropped,
            answers,
        })
    }

    /// Returns the price of each item, before discounts and tax.
    ///
    /// # Errors
    /// If a price does not fit.
    pub fn prices(&self, request: &Request) -> Result<Vec<Money>, MoneyError> {
        let lines = self
            .adjustments
            .iter()
            .map(Vec::as_slice)
            .chain(std::iter::repeat(&[][..]));
        let items = request.items.iter().zip(lines);
        items
            .map(|(item, adjustments)| after(item.list, adjustments))
            .collect()
    }
}

/// Adds adjustments to a list price.
fn after(list: Money, adjustments: &[Adjustment]) -> Result<Money, MoneyError> {
    adjustments
        .iter()
        .try_fold(list, |price, it| price.checked_add(it.amount))
}

/// What one pricing proposes, checked.
struct Checked {
    adjustments: Vec<Vec<Adjustment>>,
    /// The items whose price it sets.
    set: BTreeSet<usize>,
}

/// The proposals of one request, as they are taken or dropped.
struct Taken<'r> {
    request: &'r Request,
    policy: &'r BillingPolicy,
    adjustments: Vec<Vec<Adjustment>>,
    dropped: Vec<Dropped>,
    best: Option<String>,
    /// Who has set the price of each thing, where proposals add up.
    set: Vec<Option<String>>,
}

impl<'r> Taken<'r> {
    fn new(request: &'r Request, policy: &'r BillingPolicy) -> Self {
        let adjustments = vec![Vec::new(); request.items.len()];
        Self {
            request,
            policy,
            adjustments,
            dropped: Vec::new(),
            best: None,
            set: vec![None; request.items.len()],
        }
    }

    /// Takes what a pricing proposes, or drops it with the reason.
    ///
    /// # Errors
    /// If it cannot be taken, and there is to be no quote then.
    fn offer(&mut self, pricing: &dyn Pricing, answer: &Answer) -> Result<(), Objection> {
        let source = pricing.name().to_owned();
        let failed = |why: &String| Unfit::Failed { why: why.clone() };
        let operations = answer.proposed.as_ref().map_err(failed);
        let checked = operations.and_then(|operations| self.checked(&source, operations));
        match checked {
            Err(why) if pricing.on_failure() == OnFailure::Refuse => {
                let (payer, pricing) = (self.request.payer, source);
                return Err(Objection::Unpriced { payer, pricing, why });
            }
            Err(why) => self.dropped.push(Dropped { source, why }),
            Ok(checked) if self.policy.stacking == Stacking::All => {
                for item in checked.set {
                    self.set[item] = Some(source.clone());
                }
                let lines = self.adjustments.iter_mut().zip(checked.adjustments);
                lines.for_each(|(line, more)| line.extend(more));
            }
            Ok(checked) if checked.adjustments.iter().all(Vec::is_empty) => {}
            Ok(checked) => self.rival(source, checked.adjustments),
        }
        Ok(())
    }

    /// Keeps the proposal that is better for the payer.
    fn rival(&mut self, source: String, adjustments: Vec<Vec<Adjustment>>) {
        let sum = |lines: &[Vec<Adjustment>]| -> i128 {
            lines
                .iter()
                .flatten()
                .map(|it| i128::from(it.amount.minor()))
                .sum()
        };
        let wins = self.best.is_none() || sum(&adjustments) < sum(&self.adjustments);
        let loser = if wins {
            self.best.replace(source.clone())
        } else {
            Some(source)
        };
        if wins {
            self.adjustments = adjustments;
        }
        let better = self.best.clone().unwrap_or_default();
        self.dropped.extend(loser.map(|source| Dropped {
            source,
            why: Unfit::Stacked { better },
        }));
    }

    /// Turns operations into adjustments, beside those already taken, or says why they cannot be.
    fn checked(&self, source: &str, operations: &[Operation]) -> Result<Checked, Unfit> {
        let items = &self.request.items;
        let set = self.set(operations)?;
        let mut more: Vec<Vec<Adjustment>> = vec![Vec::new(); items.len()];
        for Operation { item, change, text } in operations {
            let missing = Unfit::NoItem {
                item: *item,
                items: items.len(),
            };
            let (asked, line) = items.get(*item).zip(more.get_mut(*item)).ok_or(missing)?;
            if !is_line(text, 200) {
                return Err(Unfit::Text { item: *item });
            }
            let amount = amount(*item, asked, *change)?;
            if !amount.is_zero() {
                line.push(Adjustment {
                    source: Source::Pricing(source.to_owned()),
                    amount,
                    text: text.clone(),
                });
            }
        }
        let stacks = self.policy.stacking == Stacking::All;
        for (at, (item, new)) in items
            .iter()
            .zip(&more)
            .enumerate()
            .filter(|(_, (_, new))| !new.is_empty())
        {
            let before = if stacks {
                self.adjustments[at].as_slice()
            } else {
                &[]
            };
            let price = after(item.list, before).and_then(|price| after(price, new));
            self.within(at, item, price.map_err(|_| Unfit::Overflow { item: at })?)?;
        }
        Ok(Checked {
            adjustments: more,
            set,
        })
    }

    /// Returns the items whose price an answer sets: each once, beside no share of the price that it replaces, and
    /// where nobody has before.
    fn set(&self, operations: &[Operation]) -> Result<BTreeSet<usize>, Unfit> {
        let mut set = BTreeSet::new();
        for operation in operations {
            let item = operation.item;
            if matches!(operation.change, Change::Price(_)) && !set.insert(item) {
                return Err(Unfit::Set { item });
            }
        }
        for Operation { item, change, .. } in operations {
            if matches!(change, Change::Percent(_)) && set.contains(item) {
                return Err(Unfit::Set { item: *item });
            }
        }
        let before = set
            .iter()
            .find_map(|item| Some((*item, self.set.get(*item)?.clone()?)));
        match before {
            Some((item, by)) => Err(Unfit::SetBefore { item, by }),
            None => Ok(set),
        }
    }

    fn within(&self, at: usize, item: &Item, price: Money) -> Result<(), Unfit> {
        let share = |rate| percent(item.list, rate).map_err(|_| Unfit::Overflow { item: at });
        let (floor, ceiling) = (
            share(self.policy.bounds.floor)?,
            share(self.policy.bounds.ceiling)?,
        );
        if price < floor || price.is_negative() {
            return Err(Unfit::Floor {
                item: at,
                price,
                floor,
            });
        }
        if price > ceiling {
            return Err(Unfit::Ceiling {
                item: at,
                price,
                ceiling,
            });
        }
        Ok(())
    }
}

fn amount(at: usize, item: &Item, change: Change) -> Result<Money, Unfit> {
    let expected = item.list.currency();
    match change {
        Change::Amount(amount) | Change::Price(amount) if amount.currency() != expected => {
            Err(Unfit::Currency {
                item: at,
                amount,
                expected,
            })
        }
        _ => change.step(item.list).map_err(|_| Unfit::Overflow { item: at }),
    }
}
