//! What models said.

diesel::table! {
    analytics_runs (id) {
        id -> BigInt,
        model -> Text,
        version -> Text,
        as_of -> Timestamp,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    analytics_data (id) {
        id -> BigInt,
        run_id -> BigInt,
        member_id -> Nullable<BigInt>,
        class_id -> Nullable<BigInt>,
        trainer_id -> Nullable<BigInt>,
        name -> Text,
        value -> Double,
    }
}

diesel::table! {
    ai_insights (id) {
        id -> BigInt,
        run_id -> BigInt,
        member_id -> BigInt,
        kind -> Text,
        score -> Double,
    }
}

diesel::table! {
    ai_insight_reasons (id) {
        id -> BigInt,
        insight_id -> BigInt,
        place -> Integer,
        words -> Text,
        adds -> Double,
    }
}
