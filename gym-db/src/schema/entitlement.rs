//! The tables of lots and what they are used for.

use super::{class_registrations, memberships};

diesel::table! {
    lots (id) {
        id -> BigInt,
        owner_id -> BigInt,
        location_id -> BigInt,
        uses -> Nullable<Integer>,
        terms -> Text,
        price_minor -> BigInt,
        price_currency -> Text,
        source -> Text,
        membership_id -> Nullable<BigInt>,
        restores_id -> Nullable<BigInt>,
        granted_at -> Timestamp,
        withdrawn -> Bool,
        due_on -> Nullable<Date>,
        is_over -> Bool,
    }
}

diesel::table! {
    lot_members (id) {
        id -> BigInt,
        lot_id -> BigInt,
        member_id -> BigInt,
        is_over -> Bool,
    }
}

diesel::table! {
    lot_breakages (id) {
        id -> BigInt,
        lot_id -> BigInt,
        cycle -> Integer,
        uses -> Integer,
        expired_on -> Date,
    }
}

diesel::table! {
    lot_uses (id) {
        id -> BigInt,
        lot_id -> BigInt,
        cycle -> Integer,
        member_id -> BigInt,
        registration_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        visit_id -> Nullable<BigInt>,
        seat -> Integer,
        visit_on -> Date,
        state -> Text,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(lot_uses, class_registrations);
diesel::allow_tables_to_appear_in_same_query!(lots, lot_members, memberships);
