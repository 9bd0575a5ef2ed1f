//! The tables, as both databases have them after all migrations.

diesel::table! {
    idempotency_keys (key) {
        key -> Text,
        body_hash -> Text,
        outcome -> Nullable<Text>,
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

diesel::joinable!(journal -> idempotency_keys (key));
diesel::allow_tables_to_appear_in_same_query!(idempotency_keys, journal, claims, scheduled_blocks);
