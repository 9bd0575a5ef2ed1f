//! The tables, as both databases have them after all migrations.

mod billing;
mod booking;
mod check_in;
mod entitlement;
mod insight;
mod membership;
mod payment;
mod payroll;
mod shop;

pub(crate) use self::billing::*;
pub(crate) use self::booking::*;
pub(crate) use self::check_in::*;
pub(crate) use self::entitlement::*;
pub(crate) use self::insight::*;
pub(crate) use self::membership::*;
pub(crate) use self::payment::*;
pub(crate) use self::payroll::*;
pub(crate) use self::shop::*;

diesel::table! {
    idempotency_keys (key) {
        key -> Text,
        body_hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    journal (id) {
        id -> BigInt,
        at -> Timestamp,
        command -> Text,
        body -> Text,
        actor -> Text,
        key -> Text,
        policy_version -> Nullable<BigInt>,
        tzdb -> Text,
        decision_version -> Integer,
        outcome -> Text,
        ids -> Text,
    }
}

diesel::table! {
    journal_reasons (key) {
        key -> Text,
        why -> Text,
    }
}

diesel::table! {
    secrets (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    claims (id) {
        id -> BigInt,
        resource_kind -> Text,
        resource_id -> BigInt,
        owner_kind -> Text,
        owner_id -> BigInt,
        block_start -> Timestamp,
        block_end -> Timestamp,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        state -> Text,
    }
}

diesel::table! {
    /// The seed's `Scheduled_Blocks`: one row per trainer and live block, without buffers.
    scheduled_blocks (id) {
        trainer_id -> BigInt,
        /// The start, UTC.
        date -> Timestamp,
        /// The same start as text, `YYYY-MM-DD HH:MM:SS`.
        start_time -> Text,
        /// The end, UTC.
        end_time -> Timestamp,
        /// `session` or `class`.
        #[sql_name = "type"]
        owner_kind -> Text,
        /// The session or the dated class.
        id -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        email -> Nullable<Text>,
        born_on -> Nullable<Date>,
    }
}

diesel::table! {
    locations (id) {
        id -> BigInt,
        name -> Text,
        zone -> Text,
        currency -> Text,
        hours_from -> Nullable<Date>,
        hours_until -> Nullable<Date>,
    }
}

diesel::table! {
    role_grants (id) {
        id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        location_id -> Nullable<BigInt>,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    opening_hours (id) {
        id -> BigInt,
        location_id -> BigInt,
        weekday -> Integer,
        opens -> Text,
        closes -> Text,
    }
}

diesel::table! {
    closures (id) {
        id -> BigInt,
        location_id -> BigInt,
        closed_from -> Date,
        closed_until -> Date,
        reason -> Text,
        lifted -> Bool,
    }
}

diesel::table! {
    rooms (id) {
        id -> BigInt,
        location_id -> BigInt,
        name -> Text,
        capacity -> Integer,
    }
}

diesel::table! {
    equipment (id) {
        id -> BigInt,
        location_id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    equipment_units (id) {
        id -> BigInt,
        equipment_id -> BigInt,
        label -> Text,
    }
}

diesel::table! {
    maintenance_logs (id) {
        id -> BigInt,
        unit_id -> BigInt,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        work -> Text,
        done -> Bool,
    }
}

diesel::table! {
    members (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        name -> Text,
        email -> Nullable<Text>,
        born_on -> Nullable<Date>,
        home_id -> BigInt,
        joined_on -> Date,
    }
}

diesel::table! {
    member_location_access (id) {
        id -> BigInt,
        member_id -> BigInt,
        location_id -> BigInt,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    trainers (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        name -> Text,
        email -> Nullable<Text>,
        born_on -> Nullable<Date>,
        home_id -> BigInt,
        joined_at -> Timestamp,
        starting_turns -> Integer,
    }
}

diesel::table! {
    trainer_locations (id) {
        id -> BigInt,
        trainer_id -> BigInt,
        location_id -> BigInt,
    }
}

diesel::table! {
    trainer_availability (id) {
        id -> BigInt,
        trainer_id -> BigInt,
        kind -> Text,
        location_id -> Nullable<BigInt>,
        weekday -> Nullable<Integer>,
        on_date -> Nullable<Date>,
        opens -> Nullable<Text>,
        closes -> Nullable<Text>,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        off_from -> Nullable<Timestamp>,
        off_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    trainer_members (id) {
        id -> BigInt,
        trainer_id -> BigInt,
        member_id -> BigInt,
        care -> Text,
        is_primary -> Bool,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    policies (id) {
        id -> BigInt,
        location_id -> Nullable<BigInt>,
        body -> Text,
    }
}

diesel::table! {
    class_series (id) {
        id -> BigInt,
        location_id -> BigInt,
        title -> Text,
        programme -> Text,
        trainer_id -> Nullable<BigInt>,
        room_id -> Nullable<BigInt>,
        equipment_id -> Nullable<BigInt>,
        capacity -> Integer,
        minutes -> Integer,
        before_minutes -> Integer,
        after_minutes -> Integer,
        recurrence -> Text,
    }
}

diesel::table! {
    classes (id) {
        id -> BigInt,
        series_id -> Nullable<BigInt>,
        original_start -> Nullable<Text>,
        location_id -> BigInt,
        title -> Text,
        programme -> Text,
        trainer_id -> Nullable<BigInt>,
        room_id -> Nullable<BigInt>,
        equipment_id -> Nullable<BigInt>,
        capacity -> Integer,
        minutes -> Integer,
        before_minutes -> Integer,
        after_minutes -> Integer,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        state -> Text,
        closure_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        trainer_id -> BigInt,
        member_id -> BigInt,
        location_id -> BigInt,
        room_id -> Nullable<BigInt>,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        before_minutes -> Integer,
        after_minutes -> Integer,
        state -> Text,
        booked_at -> Timestamp,
        closure_id -> Nullable<BigInt>,
    }
}

diesel::joinable!(journal -> idempotency_keys (key));
diesel::joinable!(journal_reasons -> idempotency_keys (key));
diesel::allow_tables_to_appear_in_same_query!(
    idempotency_keys,
    journal,
    journal_reasons,
    claims,
    scheduled_blocks
);
