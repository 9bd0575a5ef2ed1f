//! Money that moves: payments, refunds, gift cards, dunning, the ledger, the shop and the payroll.

pub(crate) mod books;
mod card;
mod credit;
mod dunning;
mod forgiven;
pub(crate) mod laws;
mod ledger;
mod parts;
mod passes;
mod payment;
mod payroll;
mod permits;
mod refund;
mod shop;
pub(crate) mod till;
