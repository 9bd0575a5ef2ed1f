//! Money that moves: payments, refunds, gift cards, dunning, the ledger, the shop and the payroll.

mod books;
mod card;
mod credit;
mod dunning;
mod laws;
mod ledger;
mod passes;
mod payment;
mod payroll;
mod refund;
mod shop;
mod till;
