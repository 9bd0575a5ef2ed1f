//! What is wanted of the shop, and what happened in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Product, Sale, StockMove, StockReason};
use crate::billing::payment::{Hand, ProviderKey};
use crate::billing::tax::TaxCode;
use crate::entitlement::Grant;
use crate::event::{Ids, New, Resolve};
use crate::id::{LocationId, MemberId, ProductId, SaleId};
use crate::money::Money;

/// Pieces of one product in a basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What.
    pub product: ProductId,
    /// How many, from 1.
    pub quantity: u32,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ShopCommand {
    /// Adds a product.
    AddProduct {
        /// Its name.
        name: String,
        /// What kind of thing it is, for tax.
        tax: TaxCode,
        /// Whether more may be sold than there is.
        may_go_negative: bool,
        /// What it costs where.
        prices: BTreeMap<LocationId, Money>,
    },
    /// Sets what a product costs at a location; what was sold keeps its price.
    SetPrice {
        /// Which product.
        product: ProductId,
        /// Where.
        location: LocationId,
        /// How much; it is not sold there any more if none.
        price: Option<Money>,
    },
    /// Moves stock that is not sold: a delivery, a count, a loss.
    MoveStock {
        /// Of what.
        product: ProductId,
        /// Where.
        location: LocationId,
        /// By how many pieces.
        change: i32,
        /// Why; not a sale.
        reason: StockReason,
    },
    /// Sells over the counter, with an invoice at once.
    Sell {
        /// Where.
        location: LocationId,
        /// To whom.
        buyer: MemberId,
        /// What; one item for each product.
        items: Vec<Item>,
        /// How it is paid at once; it stays owed if none.
        paid: Option<Hand>,
    },
    /// Sells a pass over the counter, with an invoice at once. What is paid for it is earned use by use, or by the day if
    /// it has no number of uses and days that are known.
    SellPass {
        /// The pass; its owner need not be who pays.
        grant: Box<Grant>,
        /// Who pays.
        payer: MemberId,
        /// What it costs, as the price list says it.
        amount: Money,
        /// What kind of thing it is, for tax.
        tax: TaxCode,
        /// How it is paid at once; it stays owed if none.
        paid: Option<Hand>,
    },
    /// Takes pieces of a sale back: a credit note, and the money back if it was paid.
    TakeBack {
        /// Of which sale.
        sale: SaleId,
        /// How many.
        quantity: u32,
        /// Whether they go back into stock.
        restock: bool,
        /// Why.
        why: String,
        /// The provider's key of the refund, where a provider was paid.
        key: Option<ProviderKey>,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
pub enum ShopEvent {
    ProductAdded(Product),
    PriceSet {
        product: ProductId,
        location: LocationId,
        price: Option<Money>,
    },
    StockMoved(StockMove),
    Sold(Sale),
    TakenBack {
        sale: SaleId,
        returned: u32,
    },
}

impl ShopEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::ProductAdded(new) => ("product", new.id.get()),
            Self::StockMoved(new) => ("stock move", new.id.get()),
            Self::Sold(new) => ("sale", new.id.get()),
            _ => return None,
        };
        Some(New { kind, local })
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::ProductAdded(new) => new.resolve(ids),
            Self::StockMoved(new) => new.resolve(ids),
            Self::Sold(new) => new.resolve(ids),
            Self::PriceSet { product, .. } => product.resolve(ids),
            Self::TakenBack { sale, .. } => sale.resolve(ids),
        }
    }
}
