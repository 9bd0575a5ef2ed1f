//! What the domain promises, one noun a file: features by one check each, laws by random cases.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod attendance;
mod billing;
mod booking;
mod chances;
mod channels;
mod check_in;
mod closure;
mod consequence;
mod contract;
mod coverage;
mod entitlement;
mod free_slots;
mod history;
mod laws;
mod laws_schedule;
mod lived;
mod money;
mod parsers;
mod parties;
mod pay;
mod people;
mod recommendation;
mod refusal;
mod replay;
mod revise;
mod schedule;
mod sentences;
mod series;
mod series_dateutil;
mod series_dst;
mod series_laws;
mod series_parse;
mod series_rfc;
mod series_rules;
mod sessions;
mod several;
mod sim;
mod standing;
mod support;
mod teacher;
mod text;
mod tidy;
mod waitlist;
mod waiver;
