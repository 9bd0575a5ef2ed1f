//! The tables, as both databases have them after all migrations.

mod membership;

pub(crate) use self::membership::*;

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

diesel::table! {
    waivers (id) {
        id -> BigInt,
        location_id -> Nullable<BigInt>,
        title -> Text,
        required_from -> Date,
    }
}

diesel::table! {
    waiver_signatures (id) {
        id -> BigInt,
        waiver_id -> BigInt,
        member_id -> BigInt,
        guardian_id -> Nullable<BigInt>,
        signed_on -> Date,
    }
}

diesel::table! {
    visits (id) {
        id -> BigInt,
        member_id -> BigInt,
        location_id -> BigInt,
        area -> Nullable<Text>,
        entered_at -> Timestamp,
        entered_on -> Date,
        opened_by -> Text,
        lot_id -> Nullable<BigInt>,
        registration_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        left_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    guest_visits (id) {
        id -> BigInt,
        host_id -> BigInt,
        guest_id -> BigInt,
        location_id -> BigInt,
        entered_at -> Timestamp,
        entered_on -> Date,
    }
}

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

diesel::allow_tables_to_appear_in_same_query!(lot_uses, class_registrations);
diesel::joinable!(journal -> idempotency_keys (key));
diesel::joinable!(class_registrations -> classes (class_id));
diesel::joinable!(class_waitlist -> classes (class_id));
diesel::allow_tables_to_appear_in_same_query!(idempotency_keys, journal, claims, scheduled_blocks);
diesel::allow_tables_to_appear_in_same_query!(class_registrations, class_waitlist, classes, penalties, rooms);
diesel::joinable!(penalties -> classes (class_id));
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
        earned -> BigInt,
        earned_until -> Nullable<Date>,
        turn -> Integer,
    }
}

diesel::table! {
    products (id) {
        id -> BigInt,
        name -> Text,
        tax_code -> Text,
        may_go_negative -> Bool,
    }
}

diesel::table! {
    product_prices (id) {
        id -> BigInt,
        product_id -> BigInt,
        location_id -> BigInt,
        currency -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    sales (id) {
        id -> BigInt,
        location_id -> BigInt,
        buyer_id -> BigInt,
        product_id -> BigInt,
        quantity -> Integer,
        returned -> Integer,
        currency -> Text,
        amount -> BigInt,
        sold_at -> Timestamp,
    }
}

diesel::table! {
    stock_moves (id) {
        id -> BigInt,
        product_id -> BigInt,
        location_id -> BigInt,
        seq -> Integer,
        pieces -> Integer,
        pieces_after -> Integer,
        reason -> Text,
        sale_id -> Nullable<BigInt>,
        moved_at -> Timestamp,
    }
}

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

diesel::joinable!(ledger_moves -> ledger_entries (entry_id));
diesel::joinable!(payments -> gift_cards (gift_card_id));
diesel::joinable!(refunds -> payments (payment_id));
diesel::allow_tables_to_appear_in_same_query!(ledger_entries, ledger_moves);
diesel::allow_tables_to_appear_in_same_query!(gift_cards, payments, refunds);
