//! The club remembered.

pub mod feed;
pub mod import;
