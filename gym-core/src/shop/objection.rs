//! Why a sale or a movement of stock is refused: an [`Objection`], with the facts that it used.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{LocationId, LotId, ProductId, SaleId};
use crate::money::Money;

/// Why the shop cannot do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences say it")]
#[non_exhaustive]
pub enum Objection {
    NoPrice {
        product: ProductId,
        location: LocationId,
    },
    OutOfStock {
        product: ProductId,
        location: LocationId,
        there: i32,
        asked: i64,
    },
    TooMany {
        product: ProductId,
        there: i32,
        change: i64,
    },
    Twice {
        product: ProductId,
    },
    Nothing,
    NotAMove,
    MoreThanSold {
        sale: SaleId,
        left: u32,
        asked: u32,
    },
    Kept {
        sale: SaleId,
        kept: u32,
    },
    Used {
        lot: LotId,
        used: u32,
    },
    MoreThanFree {
        lot: LotId,
        free: u32,
        most: Money,
        asked: Money,
    },
    NoParts {
        lot: LotId,
    },
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrice { product, location } => {
                write!(f, "product {product} has no price at location {location}")
            }
            Self::OutOfStock {
                product,
                location,
                there,
                asked,
            } => {
                write!(
                    f,
                    "{there} pieces of product {product} are at location {location}, not {asked}"
                )
            }
            Self::TooMany {
                product,
                there,
                change,
            } => {
                write!(
                    f,
                    "{there} pieces of product {product} and {change} more are too many to count"
                )
            }
            Self::Twice { product } => {
                write!(f, "product {product} is there twice; expected one item for it")
            }
            Self::Nothing => f.write_str("nothing would move; expected one piece at least"),
            Self::NotAMove => {
                f.write_str("a sale moves stock by itself; expected a delivery, a count or a loss")
            }
            Self::MoreThanSold { sale, left, asked } => {
                write!(
                    f,
                    "{asked} pieces are more than the {left} that are left of sale {sale}"
                )
            }
            Self::Kept { sale, kept } => write!(
                f,
                "{kept} pieces of sale {sale} are not back; expected that they are taken back, which credits them"
            ),
            Self::Used { lot, used } => write!(
                f,
                "pass {lot} was used {used} times; expected a credit that leaves the price of that"
            ),
            Self::MoreThanFree {
                lot,
                free,
                most,
                asked,
            } => write!(
                f,
                "pass {lot}: {asked} is not accepted; expected at most {most}, what its {free} free uses or days cost"
            ),
            Self::NoParts { lot } => write!(
                f,
                "pass {lot} has no number of uses or days to take a part of; expected a credit of all of it"
            ),
        }
    }
}
