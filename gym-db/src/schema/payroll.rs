//! The tables of the payroll.

diesel::table! {
    pay_rules (id) {
        id -> BigInt,
        trainer_id -> BigInt,
        location_id -> Nullable<BigInt>,
        work -> Text,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        terms -> Text,
    }
}

diesel::table! {
    pay_runs (id) {
        id -> BigInt,
        location_id -> BigInt,
        days_from -> Date,
        days_until -> Date,
        ran_at -> Timestamp,
        currency -> Text,
        total -> BigInt,
    }
}

diesel::table! {
    pay_lines (id) {
        id -> BigInt,
        run_id -> BigInt,
        trainer_id -> BigInt,
        class_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        rule_id -> BigInt,
        currency -> Text,
        amount -> BigInt,
        text -> Text,
    }
}
