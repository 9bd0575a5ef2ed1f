//! The tables of bookings: seats, waitlists, holds and penalties.

use super::{classes, rooms};

diesel::table! {
    class_registrations (id) {
        id -> BigInt,
        class_id -> BigInt,
        member_id -> BigInt,
        seats -> Integer,
        channel -> Text,
        state -> Text,
        ends_at -> Timestamp,
        booked_at -> Timestamp,
        grace_until -> Nullable<Timestamp>,
        settled_at -> Nullable<Timestamp>,
        closure_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    class_waitlist (id) {
        id -> BigInt,
        class_id -> BigInt,
        member_id -> BigInt,
        seats -> Integer,
        channel -> Text,
        entry_seq -> Integer,
        state -> Text,
        entered_at -> Timestamp,
        offer_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    holds (id) {
        id -> BigInt,
        class_id -> BigInt,
        member_id -> BigInt,
        seats -> Integer,
        channel -> Text,
        held_until -> Timestamp,
        ended -> Bool,
    }
}

diesel::table! {
    penalties (id) {
        id -> BigInt,
        member_id -> BigInt,
        class_id -> BigInt,
        registration_id -> BigInt,
        offence -> Text,
        at -> Timestamp,
        waiver -> Nullable<Text>,
        costs -> Text,
        fee_minor -> Nullable<BigInt>,
        fee_currency -> Nullable<Text>,
        due_at -> Nullable<Timestamp>,
        pardoned -> Bool,
    }
}

diesel::table! {
    bans (id) {
        id -> BigInt,
        member_id -> BigInt,
        penalty_id -> BigInt,
        banned_from -> Timestamp,
        banned_until -> Timestamp,
        lifted -> Bool,
    }
}

diesel::joinable!(class_registrations -> classes (class_id));
diesel::joinable!(class_waitlist -> classes (class_id));
diesel::joinable!(penalties -> classes (class_id));
diesel::allow_tables_to_appear_in_same_query!(class_registrations, class_waitlist, classes, penalties, rooms);
