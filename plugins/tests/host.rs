//! The host with guests that are made on the spot: honest ones, hostile ones, and files that are no guests at all.

#![allow(clippy::unwrap_used)]

#[path = "host/contract.rs"]
mod contract;
#[path = "host/early.rs"]
mod early;
#[path = "host/fuzz.rs"]
mod fuzz;
#[path = "host/guest.rs"]
mod guest;
#[path = "host/home.rs"]
mod home;
#[path = "host/hostile.rs"]
mod hostile;
#[path = "host/input.rs"]
mod input;
#[path = "host/lies.rs"]
mod lies;
#[path = "host/lookup.rs"]
mod lookup;
#[path = "host/price.rs"]
mod price;
#[path = "host/recommend.rs"]
mod recommend;
#[path = "host/repeat.rs"]
mod repeat;
