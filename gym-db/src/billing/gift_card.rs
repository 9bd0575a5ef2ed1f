//! Gift cards as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::gift_card::{GiftCard, GiftCode};

use crate::billing::payment::money;
use crate::error::StoreError;
use crate::row::{bad, count, id, number, stamp};
use crate::schema::gift_cards;
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = gift_cards, treat_none_as_default_value = false)]
pub(crate) struct GiftCardRow {
    #[diesel(skip_insertion)]
    id: i64,
    code: String,
    location_id: i64,
    buyer_id: i64,
    currency: String,
    amount: i64,
    balance: i64,
    sold_at: Stamp,
    expires_on: Option<NaiveDate>,
    turn: i32,
}

impl From<GiftCard> for GiftCardRow {
    fn from(card: GiftCard) -> Self {
        Self {
            id: card.id.get(),
            code: card.code.into(),
            location_id: card.location.get(),
            buyer_id: card.buyer.get(),
            currency: card.amount.currency().code().to_owned(),
            amount: card.amount.minor(),
            balance: card.balance.minor(),
            sold_at: stamp(card.sold_at),
            expires_on: card.expires_on,
            turn: number(card.turn),
        }
    }
}

impl TryFrom<GiftCardRow> for GiftCard {
    type Error = StoreError;

    fn try_from(row: GiftCardRow) -> Result<Self, StoreError> {
        let money = |minor| money("gift_cards.currency", minor, &row.currency);
        Ok(Self {
            id: id(row.id),
            code: GiftCode::new(&row.code).map_err(|error| bad("gift_cards.code", error.0))?,
            location: id(row.location_id),
            buyer: id(row.buyer_id),
            amount: money(row.amount)?,
            balance: money(row.balance)?,
            sold_at: row.sold_at.at(),
            expires_on: row.expires_on,
            turn: count("gift_cards.turn", row.turn)?,
        })
    }
}
