//! How values lie in memory between a host and a plugin, by the canonical ABI of the component model: in a component,
//! where an address has 32 bits, a record lies as `repr(C)` has it, and a case as `repr(C, u8)`.
//!
//! Bindings that are generated do the same, in 3 to 6 KB more of a component and more steps: they read each list of facts with
//! code of its own, let go of every text of a request, and have the host ask for that of an answer too. What a call was
//! sent and what it answers is here left where it is: it ends with the instance, or when the host calls again.

#![allow(unsafe_code, reason = "what the host has written is read at its address")]

mod advice;
mod price;
#[cfg(test)]
mod tests;

use std::mem::forget;

pub use self::advice::{RawOfferRequest, RawRankRequest};
pub use self::price::RawQuoteRequest;
use crate::{Date, Fact, FactValue, Failure, FailureCode, Money};

/// What the host has written, which becomes a value of Rust.
pub trait Lift {
    /// The value.
    type Value;

    /// Makes the value, which owns what is pointed at.
    ///
    /// # Safety
    /// What is pointed at was written by the host, in memory that it was given for that, and is lifted once.
    unsafe fn lift(self) -> Self::Value;
}

/// What is written for the host. It points into the value, which stays as it is from then on.
pub trait Lower {
    /// As it lies in memory.
    type Raw;

    /// Makes that, and counts the blocks of memory that it and the value consist of.
    fn lower(&self, blocks: &mut usize) -> Self::Raw;
}

/// A text: where it begins, and its bytes.
#[derive(Debug)]
#[repr(C)]
pub struct Text {
    /// Its first byte.
    pub start: *mut u8,
    /// How many there are.
    pub length: usize,
}

impl Lift for Text {
    type Value = String;

    unsafe fn lift(self) -> String {
        // SAFETY: the host writes UTF-8 into memory that was handed out for it, at a dangling address if there is none.
        unsafe { String::from_raw_parts(self.start, self.length, self.length) }
    }
}

impl Lower for String {
    type Raw = Text;

    fn lower(&self, blocks: &mut usize) -> Text {
        *blocks += usize::from(self.capacity() > 0);
        Text {
            start: self.as_ptr().cast_mut(),
            length: self.len(),
        }
    }
}

/// A list: where it begins, and its length.
#[derive(Debug)]
#[repr(C)]
pub struct List<R> {
    start: *mut R,
    length: usize,
}

impl<R: Lift> Lift for List<R> {
    type Value = Vec<R::Value>;

    #[inline(never)]
    unsafe fn lift(self) -> Vec<R::Value> {
        // SAFETY: the host has written so many, and each is read once.
        let item = |at| unsafe { self.start.add(at).read().lift() };
        (0..self.length).map(item).collect()
    }
}

impl<T: Lower> Lower for Vec<T> {
    type Raw = List<T::Raw>;

    fn lower(&self, blocks: &mut usize) -> List<T::Raw> {
        let mut raw: Vec<T::Raw> = self.iter().map(|item| item.lower(blocks)).collect();
        *blocks += usize::from(self.capacity() > 0) + usize::from(raw.capacity() > 0);
        let (start, length) = (raw.as_mut_ptr(), raw.len());
        forget(raw);
        List { start, length }
    }
}

/// Perhaps a value.
#[derive(Debug)]
#[repr(C, u8)]
pub enum Maybe<R> {
    /// None.
    No,
    /// This one.
    Yes(R),
}

impl<R: Lift> Lift for Maybe<R> {
    type Value = Option<R::Value>;

    unsafe fn lift(self) -> Option<R::Value> {
        match self {
            Self::No => None,
            // SAFETY: as the caller promises.
            Self::Yes(raw) => Some(unsafe { raw.lift() }),
        }
    }
}

impl<T: Lower> Lower for Option<T> {
    type Raw = Maybe<T::Raw>;

    fn lower(&self, blocks: &mut usize) -> Maybe<T::Raw> {
        match self {
            None => Maybe::No,
            Some(value) => Maybe::Yes(value.lower(blocks)),
        }
    }
}

/// An answer, or why there is none.
#[derive(Debug)]
#[repr(C, u8)]
pub enum Outcome<R> {
    /// The answer.
    Answer(R),
    /// Why there is none.
    Failure(RawFailure),
}

impl<T: Lower> Lower for Result<T, Failure> {
    type Raw = Outcome<T::Raw>;

    fn lower(&self, blocks: &mut usize) -> Outcome<T::Raw> {
        match self {
            Ok(answer) => Outcome::Answer(answer.lower(blocks)),
            Err(failure) => Outcome::Failure(failure.lower(blocks)),
        }
    }
}

/// Values that lie in memory as they are.
macro_rules! plain {
    ($($plain:ty)*) => {$(
        impl $crate::abi::Lift for $plain {
            type Value = Self;

            unsafe fn lift(self) -> Self {
                self
            }
        }

        impl $crate::abi::Lower for $plain {
            type Raw = Self;

            fn lower(&self, _: &mut usize) -> Self {
                *self
            }
        }
    )*};
}

/// A record as it lies in memory, and which way it goes.
macro_rules! record {
    ($raw:ident of $value:ident $parts:tt $($way:ident)*) => {
        $crate::abi::record!(@lies $raw $value $parts);
        $($crate::abi::record!(@$way $raw $value $parts);)*
    };
    (@lies $raw:ident $value:ident { $($field:ident: $type:ty),* $(,)? }) => {
        #[doc = concat!("A [`", stringify!($value), "`] as it lies in memory.")]
        #[derive(Debug)]
        #[repr(C)]
        pub struct $raw {
            $($field: $type,)*
        }

        #[cfg(test)]
        impl $crate::abi::tests::Lies for $raw {
            const NAME: &str = stringify!($value);
            const PARTS: &[(&str, usize)] = &[$((stringify!($field), std::mem::offset_of!($raw, $field)),)*];
        }
    };
    (@lift $raw:ident $value:ident { $($field:ident: $type:ty),* $(,)? }) => {
        impl $crate::abi::Lift for $raw {
            type Value = $value;

            unsafe fn lift(self) -> $value {
                // SAFETY: as the caller promises.
                unsafe { $value { $($field: self.$field.lift(),)* } }
            }
        }
    };
    (@lower $raw:ident $value:ident { $($field:ident: $type:ty),* $(,)? }) => {
        impl $crate::abi::Lower for $value {
            type Raw = $raw;

            fn lower(&self, blocks: &mut usize) -> $raw {
                $raw { $($field: self.$field.lower(blocks),)* }
            }
        }
    };
}

/// A variant each of whose cases has a value.
macro_rules! variant {
    ($raw:ident of $value:ident $parts:tt $($way:ident)*) => {
        $crate::abi::variant!(@lies $raw $value $parts);
        $($crate::abi::variant!(@$way $raw $value $parts);)*
    };
    (@lies $raw:ident $value:ident { $($case:ident($type:ty)),* $(,)? }) => {
        #[doc = concat!("A [`", stringify!($value), "`] as it lies in memory.")]
        #[derive(Debug)]
        #[repr(C, u8)]
        #[allow(missing_docs)]
        pub enum $raw {
            $($case($type),)*
        }

        #[cfg(test)]
        impl $crate::abi::tests::Lies for $raw {
            const NAME: &str = stringify!($value);
            const PARTS: &[(&str, usize)] = &[$((stringify!($case), 0),)*];
        }
    };
    (@lift $raw:ident $value:ident { $($case:ident($type:ty)),* $(,)? }) => {
        impl $crate::abi::Lift for $raw {
            type Value = $value;

            unsafe fn lift(self) -> $value {
                match self {
                    // SAFETY: as the caller promises.
                    $(Self::$case(raw) => $value::$case(unsafe { raw.lift() }),)*
                }
            }
        }
    };
    (@lower $raw:ident $value:ident { $($case:ident($type:ty)),* $(,)? }) => {
        impl $crate::abi::Lower for $value {
            type Raw = $raw;

            fn lower(&self, blocks: &mut usize) -> $raw {
                match self {
                    $(Self::$case(value) => $raw::$case(value.lower(blocks)),)*
                }
            }
        }
    };
}

use {plain, record, variant};

plain!(() bool u8 i32 u32 i64 u64 Date FailureCode);

record!(RawMoney of Money { minor_units: i64, currency: Text } lift lower);

record!(RawFact of Fact { key: Text, value: RawFactValue } lift lower);

variant!(RawFactValue of FactValue {
    Text(Text),
    Whole(i64),
    Ratio(i32),
    Flag(bool),
    Day(Date),
    Amount(RawMoney),
} lift lower);

record!(RawFailure of Failure { code: FailureCode, message: Text } lower);
