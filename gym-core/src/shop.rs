//! The shop: a [`Product`] has a price where it is sold, its stock is a journal of [`StockMove`]s that never goes
//! below zero unless the product allows it, and a [`Sale`] at the counter is invoiced like anything else.

mod command;
mod objection;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use command::{Item, ShopCommand, ShopEvent};
pub use objection::Objection;

use crate::billing::tax::TaxCode;
use crate::event::{Ids, Resolve, resolve};
use crate::id::{LocationId, MemberId, ProductId, SaleId, StockMoveId};
use crate::money::Money;
use crate::time::Instant;

/// Something that is sold over the counter, at any location that has a price for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The product.
    pub id: ProductId,
    /// What people call it.
    pub name: String,
    /// What kind of thing it is, for tax.
    pub tax: TaxCode,
    /// Whether more may be sold than there is, such as a drink from the tap.
    pub may_go_negative: bool,
    /// What it costs where, as the price list says it.
    pub prices: BTreeMap<LocationId, Money>,
}

/// Why stock moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockReason {
    /// It was delivered.
    Received,
    /// It was counted, and found to be more or less.
    Counted,
    /// It was lost, broken or used.
    Lost,
    /// It was sold.
    Sold(SaleId),
    /// It was sold, and came back fit for sale.
    Returned(SaleId),
}

impl StockReason {
    /// Returns the name in the database, and the sale.
    pub const fn parts(self) -> (&'static str, Option<SaleId>) {
        match self {
            Self::Received => ("received", None),
            Self::Counted => ("counted", None),
            Self::Lost => ("lost", None),
            Self::Sold(sale) => ("sold", Some(sale)),
            Self::Returned(sale) => ("returned", Some(sale)),
        }
    }
}

/// One movement of stock: a line of a journal that is never changed, with what there is after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockMove {
    /// The movement.
    pub id: StockMoveId,
    /// Of what.
    pub product: ProductId,
    /// Where.
    pub location: LocationId,
    /// The number of the movement of this product there, from 1 without gaps.
    pub seq: u32,
    /// By how many pieces.
    pub change: i32,
    /// How many there are then.
    pub after: i32,
    /// Why.
    pub reason: StockReason,
    /// When.
    pub at: Instant,
}

/// Pieces of one product that were sold at the counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The sale.
    pub id: SaleId,
    /// Where.
    pub location: LocationId,
    /// To whom.
    pub buyer: MemberId,
    /// What.
    pub product: ProductId,
    /// How many.
    pub quantity: u32,
    /// How many came back.
    pub returned: u32,
    /// What they cost together, as the price list says it.
    pub amount: Money,
    /// When.
    pub at: Instant,
}

resolve! {
    StockMove: id, product, location, reason;
    Sale: id, location, buyer, product;
}

impl Resolve for Product {
    fn resolve(&mut self, ids: &Ids) {
        self.id.resolve(ids);
    }
}

impl Resolve for StockReason {
    fn resolve(&mut self, ids: &Ids) {
        if let Self::Sold(sale) | Self::Returned(sale) = self {
            sale.resolve(ids);
        }
    }
}
