//! The host with guests that are made on the spot: honest ones, hostile ones, and files that are no guests at all.

#![allow(clippy::unwrap_used)]

mod absent;
mod attack;
mod compile;
mod contract;
mod crash;
mod details;
mod early;
mod first;
mod fuzz;
mod guest;
mod home;
mod hostile;
mod input;
mod install;
mod lies;
mod lookup;
mod off;
mod place;
mod price;
mod process;
mod recommend;
mod repeat;
mod shadow;
