//! What the numbers promise: features against polars, frames against what may come in, landmarks against what was true.

#![allow(clippy::unwrap_used, missing_docs)]

mod check;
mod feature;
mod feature_oracle;
mod frame;
mod landmark;
mod random;
