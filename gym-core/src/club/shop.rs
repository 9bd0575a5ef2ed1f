//! Decisions about the shop: products, stock, sales over the counter.

mod pass;
mod sale;

use super::Club;
use super::tally::{Outcome, Reasons, Tally, missing};
use crate::billing::tax::TaxCode;
use crate::booking::refusal::Reason;
use crate::command::Context;
use crate::decision::Decision;
use crate::event::Event;
use crate::id::{LocationId, ProductId};
use crate::shop::{Objection, Product, ShopCommand, ShopEvent, StockMove, StockReason};

impl Club {
    pub(super) fn decide_shop(&self, command: &ShopCommand, context: &Context) -> Decision {
        let tally = Tally::new(self, context);
        match command {
            ShopCommand::AddProduct {
                name,
                tax,
                may_go_negative,
                prices,
            } => tally.decide("add the product", |tally| {
                let product = Product {
                    id: tally.draft.local(),
                    name: name.clone(),
                    tax: tax.clone(),
                    may_go_negative: *may_go_negative,
                    prices: prices.clone(),
                };
                tally.add_product(product)
            }),
            ShopCommand::SetPrice {
                product,
                location,
                price,
            } => tally.decide("set the price", |tally| {
                tally.set_price(*product, *location, *price)
            }),
            ShopCommand::MoveStock {
                product,
                location,
                change,
                reason,
            } => tally.decide("move the stock", |tally| {
                tally.receive_stock(*product, *location, *change, *reason)
            }),
            ShopCommand::Sell {
                location,
                buyer,
                items,
                paid,
            } => tally.decide("sell that", |tally| tally.sell(*location, *buyer, items, *paid)),
            ShopCommand::SellPass {
                grant,
                payer,
                amount,
                tax,
                paid,
            } => tally.decide("sell the pass", |tally| {
                tally.sell_pass(grant, *payer, (*amount, tax), *paid)
            }),
            ShopCommand::TakeBack {
                sale,
                quantity,
                restock,
                why,
                key,
            } => tally.decide("take that back", |tally| {
                tally.take_back(*sale, *quantity, *restock, (why, key.as_ref()))
            }),
        }
    }

    /// Returns how many pieces of a product there are at a location.
    pub fn stock_of(&self, product: ProductId, location: LocationId) -> i32 {
        self.last_move(product, location).map_or(0, |last| last.after)
    }

    fn last_move(&self, product: ProductId, location: LocationId) -> Option<&StockMove> {
        let mut moves = self.stock.of(super::Key::Product(product)).rev();
        moves.find(|it| it.location == location)
    }
}

impl Tally<'_> {
    pub(super) fn product(&self, id: ProductId) -> Outcome<Product> {
        self.club
            .products
            .get(id)
            .cloned()
            .ok_or_else(|| missing("product", id))
    }

    fn check_price(
        &self,
        tax: Option<&TaxCode>,
        location: LocationId,
        price: crate::money::Money,
        reasons: &mut Reasons,
    ) {
        let Some(place) = self.club.locations.get(location) else {
            return reasons.push(missing("location", location));
        };
        let ok = !price.is_negative() && price.currency() == place.currency;
        reasons.value(
            ok,
            "price",
            price,
            &format!("an amount of at least 0 in {}", place.currency),
        );
        let why = tax.and_then(|tax| self.club.misnamed(location, tax, place.date(self.now())));
        why.into_iter()
            .for_each(|why| reasons.push(Reason::Billing { why }));
    }

    fn add_product(&mut self, product: Product) -> Outcome {
        self.admin(None, "add products")?;
        let mut reasons = Reasons::default();
        super::payment::check_text("name", Some(&product.name), &mut reasons);
        for (location, price) in &product.prices {
            self.check_price(Some(&product.tax), *location, *price, &mut reasons);
        }
        reasons.done()?;
        self.draft.push(Event::Shop(ShopEvent::ProductAdded(product)));
        Ok(())
    }

    fn set_price(
        &mut self,
        product: ProductId,
        location: LocationId,
        price: Option<crate::money::Money>,
    ) -> Outcome {
        self.admin(Some(location), "set prices")?;
        let mut reasons = Reasons::default();
        let found = self.club.products.get(product);
        if found.is_none() {
            reasons.push(missing("product", product));
        }
        if let Some(price) = price {
            self.check_price(found.map(|it| &it.tax), location, price, &mut reasons);
        }
        reasons.done()?;
        self.draft.push(Event::Shop(ShopEvent::PriceSet {
            product,
            location,
            price,
        }));
        Ok(())
    }

    fn receive_stock(
        &mut self,
        product: ProductId,
        location: LocationId,
        change: i32,
        reason: StockReason,
    ) -> Outcome {
        self.staff(location, None, "move stock")?;
        let found = self.product(product)?;
        let mut reasons = Reasons::default();
        if change == 0 {
            reasons.push(Objection::Nothing);
        }
        let wrong_way = match reason {
            StockReason::Received => change < 0,
            StockReason::Lost => change > 0,
            StockReason::Counted => false,
            StockReason::Sold(_) | StockReason::Returned(_) => {
                reasons.push(Objection::NotAMove);
                false
            }
        };
        reasons.value(!wrong_way, "change", change, "more by a delivery, less by a loss");
        reasons.done()?;
        self.move_stock(&found, location, i64::from(change), reason)
    }

    /// Moves stock, unless there would be less than nothing.
    pub(super) fn move_stock(
        &mut self,
        product: &Product,
        location: LocationId,
        change: i64,
        reason: StockReason,
    ) -> Outcome {
        let last = self.club.last_move(product.id, location);
        let (seq, there) = last.map_or((0, 0), |last| (last.seq, last.after));
        let after = i64::from(there) + change;
        if after < 0 && change < 0 && !product.may_go_negative {
            let (product, asked) = (product.id, -change);
            return Err(Objection::OutOfStock {
                product,
                location,
                there,
                asked,
            }
            .into());
        }
        let too_many = || Objection::TooMany {
            product: product.id,
            there,
            change,
        };
        let moved = StockMove {
            id: self.draft.local(),
            product: product.id,
            location,
            seq: seq.checked_add(1).ok_or_else(too_many)?,
            change: change.try_into().map_err(|_| too_many())?,
            after: after.try_into().map_err(|_| too_many())?,
            reason,
            at: self.now(),
        };
        self.draft.push(Event::Shop(ShopEvent::StockMoved(moved)));
        Ok(())
    }
}
