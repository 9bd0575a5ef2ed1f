//! The tables of payments, of the reminders to pay, and of the ledger.

diesel::table! {
    payment_policies (id) {
        id -> BigInt,
        location_id -> Nullable<BigInt>,
        body -> Text,
    }
}

diesel::table! {
    gift_cards (id) {
        id -> BigInt,
        code -> Text,
        location_id -> BigInt,
        buyer_id -> BigInt,
        currency -> Text,
        amount -> BigInt,
        balance -> BigInt,
        sold_at -> Timestamp,
        expires_on -> Nullable<Date>,
        turn -> Integer,
    }
}

diesel::table! {
    payments (id) {
        id -> BigInt,
        payer_id -> BigInt,
        location_id -> BigInt,
        invoice_id -> Nullable<BigInt>,
        payment_type -> Nullable<Text>,
        method -> Text,
        gift_card_id -> Nullable<BigInt>,
        provider -> Nullable<Text>,
        means -> Nullable<Text>,
        provider_key -> Nullable<Text>,
        reference -> Nullable<Text>,
        currency -> Text,
        amount -> BigInt,
        allocated -> BigInt,
        refunded -> BigInt,
        state -> Text,
        made_at -> Timestamp,
        told_at -> Nullable<Timestamp>,
        turn -> Integer,
    }
}

diesel::table! {
    allocations (id) {
        id -> BigInt,
        payment_id -> BigInt,
        invoice_id -> BigInt,
        amount -> BigInt,
        payment_type -> Text,
        releases -> Integer,
    }
}

diesel::table! {
    refunds (id) {
        id -> BigInt,
        payment_id -> BigInt,
        amount -> BigInt,
        why -> Text,
        provider_key -> Nullable<Text>,
        state -> Text,
        made_at -> Timestamp,
        turn -> Integer,
        hand -> Nullable<Text>,
    }
}

diesel::table! {
    payment_details (id) {
        id -> BigInt,
        payer_id -> BigInt,
        means -> Nullable<Text>,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    reminders (id) {
        id -> BigInt,
        invoice_id -> BigInt,
        action -> Text,
        step -> Integer,
        taken_on -> Date,
    }
}

diesel::table! {
    ledger_entries (id) {
        id -> BigInt,
        location_id -> BigInt,
        posted_on -> Date,
        currency -> Text,
        cause -> Text,
        cause_id -> BigInt,
        part -> Integer,
    }
}

diesel::table! {
    ledger_moves (id) {
        id -> BigInt,
        entry_id -> BigInt,
        debit -> Text,
        credit -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    deferrals (id) {
        id -> BigInt,
        invoice_id -> BigInt,
        location_id -> BigInt,
        kind -> Text,
        lot_id -> Nullable<BigInt>,
        currency -> Text,
        base -> BigInt,
        days_from -> Nullable<Date>,
        days_until -> Nullable<Date>,
        first_use -> BigInt,
        lapsed -> BigInt,
        earned -> BigInt,
        earned_until -> Nullable<Date>,
        turn -> Integer,
    }
}

diesel::joinable!(ledger_moves -> ledger_entries (entry_id));
diesel::joinable!(payments -> gift_cards (gift_card_id));
diesel::joinable!(refunds -> payments (payment_id));
diesel::allow_tables_to_appear_in_same_query!(ledger_entries, ledger_moves);
diesel::allow_tables_to_appear_in_same_query!(gift_cards, payments, refunds);
