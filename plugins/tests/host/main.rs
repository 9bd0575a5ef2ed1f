//! The host with guests that are made on the spot: honest ones, hostile ones, and files that are no guests at all.

#![allow(clippy::unwrap_used)]

mod attack;
mod contract;
mod early;
mod fuzz;
mod guest;
mod home;
mod hostile;
mod input;
mod lies;
mod lookup;
mod price;
mod recommend;
mod repeat;
