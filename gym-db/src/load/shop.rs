//! Loading what commands about the shop are decided on: products are locked first, then who buys.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::id::{LocationId, MemberId, ProductId, SaleId};
use gym_core::shop::ShopCommand;

use super::Load;
use super::lock::Table;
use crate::error::StoreError;
use crate::row::id;
use crate::schema::*;
use crate::shop::{self, SaleRow, StockRow};

impl Load<'_> {
    pub(super) fn shop(&mut self, command: &ShopCommand) -> Result<(), StoreError> {
        match command {
            ShopCommand::AddProduct { prices, .. } => {
                for location in prices.keys() {
                    self.location(*location)?;
                    self.rates(*location)?;
                }
                Ok(())
            }
            ShopCommand::SetPrice {
                product, location, ..
            } => {
                self.location(*location)?;
                self.rates(*location)?;
                self.product(*product, None)
            }
            ShopCommand::MoveStock {
                product, location, ..
            } => {
                self.location(*location)?;
                self.product(*product, Some(*location))
            }
            ShopCommand::Sell {
                location,
                buyer,
                items,
                ..
            } => {
                let products: BTreeSet<ProductId> = items.iter().map(|item| item.product).collect();
                self.lock(products.iter().map(|it| (Table::Product, it.get())))?;
                self.location(*location)?;
                for product in products {
                    self.product(product, Some(*location))?;
                }
                self.buyer(*buyer, *location)
            }
            ShopCommand::SellPass { grant, payer, .. } => {
                let mut people = grant.shared_with.clone();
                people.extend([grant.member, *payer]);
                self.lock_members(&people)?;
                let people = self.granting(grant)?;
                self.holdings(&people)?;
                self.buyer(*payer, grant.location)
            }
            ShopCommand::TakeBack { sale, .. } => self.sale(*sale),
            _ => Ok(()),
        }
    }

    /// Loads who buys, and on what terms, with the next numbers of the location.
    pub(super) fn buyer(&mut self, buyer: MemberId, location: LocationId) -> Result<(), StoreError> {
        let only = BTreeSet::from([buyer]);
        self.lock_members([&buyer])?;
        self.numbers(location)?;
        self.payer(buyer)?;
        self.terms(location, &only)
    }

    /// Loads a product under its lock, and the last movement of it at a location.
    fn product(&mut self, product: ProductId, location: Option<LocationId>) -> Result<(), StoreError> {
        self.lock([(Table::Product, product.get())])?;
        for found in shop::load(self.connection, Some(product.get()))? {
            self.club.products.insert(found);
        }
        let Some(location) = location else { return Ok(()) };
        let last = stock_moves::table
            .filter(stock_moves::product_id.eq(product.get()))
            .filter(stock_moves::location_id.eq(location.get()))
            .order(stock_moves::seq.desc())
            .select(StockRow::as_select());
        if let Some(row) = last.first::<StockRow>(self.connection).optional()? {
            self.club.stock.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Loads a sale with its product, its invoice, and what settles that.
    fn sale(&mut self, sale: SaleId) -> Result<(), StoreError> {
        let row = sales::table.find(sale.get());
        let found: Option<(i64, i64)> = row
            .select((sales::product_id, sales::location_id))
            .first(self.connection)
            .optional()?;
        let Some((product, location)) = found else {
            return Ok(());
        };
        self.location(id(location))?;
        self.product(id(product), Some(id(location)))?;
        let bill = invoice_lines::table
            .filter(invoice_lines::sale_id.eq(sale.get()))
            .select(invoice_lines::invoice_id);
        if let Some(bill) = bill.first::<i64>(self.connection).optional()? {
            self.invoice(id(bill))?;
            self.settling(id(bill))?;
        }
        let row: SaleRow = row.select(SaleRow::as_select()).first(self.connection)?;
        self.club.sales.insert(row.try_into()?);
        Ok(())
    }
}
