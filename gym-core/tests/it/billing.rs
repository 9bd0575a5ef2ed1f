//! Billing: taxes, discounts, prices, invoices, credit notes, and what must hold of all of them.

mod back;
mod civil;
mod credit_note;
mod detail;
mod discount;
mod instalment;
mod invoice;
mod laws;
mod make;
mod mistakes;
mod parked;
mod pricing;
mod refused;
mod run;
mod tax;
pub(crate) mod year;
