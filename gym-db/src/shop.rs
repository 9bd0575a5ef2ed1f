//! Products, prices, stock and sales as rows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use gym_core::billing::tax::TaxCode;
use gym_core::id::LocationId;
use gym_core::money::Money;
use gym_core::shop::{Product, Sale, StockMove, StockReason};

use crate::billing::payment::money;
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{bad, count, id, number, stamp};
use crate::schema::{product_prices, products, sales, stock_moves};
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = products, treat_none_as_default_value = false)]
pub(crate) struct ProductRow {
    #[diesel(skip_insertion)]
    id: i64,
    name: String,
    tax_code: String,
    may_go_negative: bool,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = product_prices, treat_none_as_default_value = false)]
struct PriceRow {
    product_id: i64,
    location_id: i64,
    currency: String,
    amount: i64,
}

impl PriceRow {
    fn new(product_id: i64, location: LocationId, price: Money) -> Self {
        Self {
            product_id,
            location_id: location.get(),
            currency: price.currency().code().to_owned(),
            amount: price.minor(),
        }
    }
}

/// Adds a product with its prices.
pub(crate) fn insert(connection: &mut AnyConnection, product: Product) -> Result<i64, StoreError> {
    let row = ProductRow {
        id: 0,
        name: product.name,
        tax_code: product.tax.into(),
        may_go_negative: product.may_go_negative,
    };
    let insert = diesel::insert_into(products::table)
        .values(row)
        .returning(products::id);
    let new: i64 = on_backend!(&mut *connection, |c| insert.get_result(c)?);
    for (location, price) in product.prices {
        set_price(connection, new, location, Some(price))?;
    }
    Ok(new)
}

/// Sets what a product costs at a location, or that it is not sold there.
pub(crate) fn set_price(
    connection: &mut AnyConnection,
    product: i64,
    location: LocationId,
    price: Option<Money>,
) -> Result<(), StoreError> {
    let old = product_prices::table
        .filter(product_prices::product_id.eq(product))
        .filter(product_prices::location_id.eq(location.get()));
    diesel::delete(old).execute(connection)?;
    if let Some(price) = price {
        let insert =
            diesel::insert_into(product_prices::table).values(PriceRow::new(product, location, price));
        on_backend!(connection, |c| insert.execute(c)?);
    }
    Ok(())
}

/// Loads products, all of them or one.
pub(crate) fn load(connection: &mut AnyConnection, only: Option<i64>) -> Result<Vec<Product>, StoreError> {
    let query = products::table
        .order(products::id)
        .select(ProductRow::as_select());
    let prices = product_prices::table.select(PriceRow::as_select());
    let (rows, prices): (Vec<ProductRow>, Vec<PriceRow>) = match only {
        Some(one) => (
            query.filter(products::id.eq(one)).load(connection)?,
            prices
                .filter(product_prices::product_id.eq(one))
                .load(connection)?,
        ),
        None => (query.load(connection)?, prices.load(connection)?),
    };
    let mut by_product: BTreeMap<i64, BTreeMap<LocationId, Money>> = BTreeMap::new();
    for price in prices {
        let amount = money("product_prices.currency", price.amount, &price.currency)?;
        let of = by_product.entry(price.product_id).or_default();
        of.insert(id(price.location_id), amount);
    }
    let value = |row: ProductRow| {
        Ok(Product {
            id: id(row.id),
            name: row.name,
            tax: TaxCode::new(&row.tax_code).map_err(|error| bad("products.tax_code", error.0))?,
            may_go_negative: row.may_go_negative,
            prices: by_product.remove(&row.id).unwrap_or_default(),
        })
    };
    rows.into_iter().map(value).collect()
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_moves, treat_none_as_default_value = false)]
pub(crate) struct StockRow {
    #[diesel(skip_insertion)]
    id: i64,
    product_id: i64,
    location_id: i64,
    seq: i32,
    pieces: i32,
    pieces_after: i32,
    reason: String,
    sale_id: Option<i64>,
    moved_at: Stamp,
}

impl From<StockMove> for StockRow {
    fn from(moved: StockMove) -> Self {
        let (reason, sale) = moved.reason.parts();
        Self {
            id: moved.id.get(),
            product_id: moved.product.get(),
            location_id: moved.location.get(),
            seq: number(moved.seq),
            pieces: moved.change,
            pieces_after: moved.after,
            reason: reason.to_owned(),
            sale_id: sale.map(|it| it.get()),
            moved_at: stamp(moved.at),
        }
    }
}

impl TryFrom<StockRow> for StockMove {
    type Error = StoreError;

    fn try_from(row: StockRow) -> Result<Self, StoreError> {
        let reason = match (row.reason.as_str(), row.sale_id) {
            ("received", None) => StockReason::Received,
            ("counted", None) => StockReason::Counted,
            ("lost", None) => StockReason::Lost,
            ("sold", Some(sale)) => StockReason::Sold(id(sale)),
            ("returned", Some(sale)) => StockReason::Returned(id(sale)),
            _ => return Err(bad("stock_moves.reason", row.reason)),
        };
        Ok(Self {
            id: id(row.id),
            product: id(row.product_id),
            location: id(row.location_id),
            seq: count("stock_moves.seq", row.seq)?,
            change: row.pieces,
            after: row.pieces_after,
            reason,
            at: row.moved_at.at(),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sales, treat_none_as_default_value = false)]
pub(crate) struct SaleRow {
    #[diesel(skip_insertion)]
    id: i64,
    location_id: i64,
    pub(crate) buyer_id: i64,
    product_id: i64,
    quantity: i32,
    returned: i32,
    currency: String,
    amount: i64,
    sold_at: Stamp,
}

impl From<Sale> for SaleRow {
    fn from(sale: Sale) -> Self {
        Self {
            id: sale.id.get(),
            location_id: sale.location.get(),
            buyer_id: sale.buyer.get(),
            product_id: sale.product.get(),
            quantity: number(sale.quantity),
            returned: number(sale.returned),
            currency: sale.amount.currency().code().to_owned(),
            amount: sale.amount.minor(),
            sold_at: stamp(sale.at),
        }
    }
}

impl TryFrom<SaleRow> for Sale {
    type Error = StoreError;

    fn try_from(row: SaleRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            location: id(row.location_id),
            buyer: id(row.buyer_id),
            product: id(row.product_id),
            quantity: count("sales.quantity", row.quantity)?,
            returned: count("sales.returned", row.returned)?,
            amount: money("sales.currency", row.amount, &row.currency)?,
            at: row.sold_at.at(),
        })
    }
}
