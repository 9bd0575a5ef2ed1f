//! The tables of billing: taxes, discounts, invoices and credit notes.

diesel::table! {
    tax_tables (id) {
        id -> BigInt,
        location_id -> BigInt,
        valid_from -> Date,
        body -> Text,
    }
}

diesel::table! {
    certificates (id) {
        id -> BigInt,
        member_id -> BigInt,
        kind -> Text,
        body -> Text,
        reference -> Text,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    discounts (id) {
        id -> BigInt,
        location_id -> Nullable<BigInt>,
        code -> Nullable<Text>,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        body -> Text,
    }
}

diesel::table! {
    discount_redemptions (id) {
        id -> BigInt,
        discount_id -> BigInt,
        member_id -> BigInt,
        redeemed_on -> Date,
    }
}

diesel::table! {
    billing_policies (id) {
        id -> BigInt,
        location_id -> Nullable<BigInt>,
        body -> Text,
    }
}

diesel::table! {
    charges (id) {
        id -> BigInt,
        location_id -> BigInt,
        payer_id -> BigInt,
        obligation_key -> Text,
        membership_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        registration_id -> Nullable<BigInt>,
        penalty_id -> Nullable<BigInt>,
        lot_id -> Nullable<BigInt>,
        sale_id -> Nullable<BigInt>,
        gift_card_id -> Nullable<BigInt>,
        plan_version_id -> Nullable<BigInt>,
        days_from -> Nullable<Date>,
        days_until -> Nullable<Date>,
        due_on -> Date,
        amount -> BigInt,
        currency -> Text,
        tax_code -> Text,
        text -> Text,
    }
}

diesel::table! {
    document_numbers (location_id) {
        location_id -> BigInt,
        last_invoice -> BigInt,
        last_credit_note -> BigInt,
    }
}

diesel::table! {
    invoices (id) {
        id -> BigInt,
        location_id -> BigInt,
        payer_id -> BigInt,
        currency -> Text,
        number -> Nullable<BigInt>,
        state -> Text,
        issued_on -> Date,
        due_on -> Date,
        line_rows -> Integer,
        net -> BigInt,
        tax -> BigInt,
        total -> BigInt,
        settled -> BigInt,
        credited -> BigInt,
        schedule -> Nullable<Text>,
        dropped -> Nullable<Text>,
        priced -> Nullable<Text>,
    }
}

diesel::table! {
    invoice_lines (id) {
        id -> BigInt,
        invoice_id -> BigInt,
        seq -> Integer,
        obligation_key -> Text,
        live -> Bool,
        membership_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        registration_id -> Nullable<BigInt>,
        penalty_id -> Nullable<BigInt>,
        lot_id -> Nullable<BigInt>,
        sale_id -> Nullable<BigInt>,
        gift_card_id -> Nullable<BigInt>,
        subscription_id -> Nullable<BigInt>,
        plan_version_id -> Nullable<BigInt>,
        days_from -> Nullable<Date>,
        days_until -> Nullable<Date>,
        due_on -> Date,
        amount -> BigInt,
        tax_code -> Text,
        text -> Text,
        net -> BigInt,
        gross -> BigInt,
        adjustment_rows -> Integer,
        tax_rows -> Integer,
    }
}

diesel::table! {
    invoice_adjustments (id) {
        id -> BigInt,
        invoice_line_id -> BigInt,
        seq -> Integer,
        kind -> Text,
        discount_id -> Nullable<BigInt>,
        source -> Nullable<Text>,
        amount -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    invoice_taxes (id) {
        id -> BigInt,
        invoice_line_id -> BigInt,
        seq -> Integer,
        name -> Text,
        rate -> Integer,
        net -> BigInt,
        tax -> BigInt,
    }
}

diesel::table! {
    credit_notes (id) {
        id -> BigInt,
        location_id -> BigInt,
        payer_id -> BigInt,
        invoice_id -> BigInt,
        currency -> Text,
        number -> BigInt,
        issued_on -> Date,
        why -> Text,
        net -> BigInt,
        tax -> BigInt,
        total -> BigInt,
    }
}

diesel::table! {
    credit_note_lines (id) {
        id -> BigInt,
        credit_note_id -> BigInt,
        seq -> Integer,
        invoice_line_id -> BigInt,
        net -> BigInt,
        gross -> BigInt,
    }
}

diesel::table! {
    credit_note_taxes (id) {
        id -> BigInt,
        credit_note_line_id -> BigInt,
        seq -> Integer,
        name -> Text,
        rate -> Integer,
        net -> BigInt,
        tax -> BigInt,
    }
}

diesel::joinable!(invoice_lines -> invoices (invoice_id));
diesel::joinable!(invoice_adjustments -> invoice_lines (invoice_line_id));
diesel::joinable!(invoice_taxes -> invoice_lines (invoice_line_id));
diesel::joinable!(credit_note_lines -> credit_notes (credit_note_id));
diesel::joinable!(credit_note_taxes -> credit_note_lines (credit_note_line_id));
diesel::allow_tables_to_appear_in_same_query!(
    invoices,
    invoice_lines,
    invoice_adjustments,
    invoice_taxes,
    credit_notes,
    credit_note_lines,
    credit_note_taxes,
);
