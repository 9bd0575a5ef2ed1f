//! Rows that fill the tables of money, so that a scan is never the better plan.

/// Lists tables with what to select for the `n`-th row; `start` is a time that grows with `n`.
pub fn money(start: &str) -> Vec<(&'static str, String)> {
    [
        ("payment_policies (location_id, body)", "2 + n, '{}'"),
        (
            "gift_cards (code, location_id, buyer_id, currency, amount, balance, sold_at, turn)",
            "'CARD ' || n, 2 + n, 6 + n, 'EUR', 1, 1, AT, 0",
        ),
        (
            "payments (payer_id, location_id, invoice_id, method, currency, amount, allocated, refunded, state, \
             made_at, turn)",
            "6 + n, 2 + n, (SELECT MAX(id) FROM invoices) - 2000 + n, 'cash', 'EUR', 1, 0, 0, 'settled', AT, 0",
        ),
        (
            "allocations (payment_id, invoice_id, amount, payment_type, releases)",
            "(SELECT MAX(id) FROM payments) - 2000 + n, (SELECT MAX(id) FROM invoices) - 2000 + n, 0, 'class', 0",
        ),
        (
            "refunds (payment_id, amount, why, state, made_at, turn)",
            "(SELECT MAX(id) FROM payments) - 2000 + n, 1, 'x', 'settled', AT, 0",
        ),
        (
            "reminders (invoice_id, action, step, taken_on)",
            "(SELECT MAX(id) FROM invoices) - 2000 + n, 'remind', 1, '2026-01-01'",
        ),
        ("payment_details (payer_id, changed_at)", "6 + n, AT"),
        (
            "ledger_entries (location_id, posted_on, currency, cause, cause_id, part)",
            "2 + n, '2026-01-01', 'EUR', 'payment', 900 + n, 0",
        ),
        (
            "ledger_moves (entry_id, debit, credit, amount)",
            "n, 'cash', 'bank', 1",
        ),
        (
            "deferrals (id, invoice_id, location_id, kind, currency, base, first_use, lapsed, earned, turn)",
            "(SELECT MAX(id) FROM invoice_lines) - 2000 + n, (SELECT MAX(id) FROM invoices) - 2000 + n, 2 + n, 'class', 'EUR', 1, 0, 0, 0, 0",
        ),
        ("products (name, tax_code, may_go_negative)", "'Bar', 'class', 1 = 0"),
        (
            "product_prices (product_id, location_id, currency, amount)",
            "1 + n, 2 + n, 'EUR', 1",
        ),
        (
            "sales (location_id, buyer_id, product_id, quantity, returned, currency, amount, sold_at)",
            "2 + n, 6 + n, 1 + n, 1, 0, 'EUR', 1, AT",
        ),
        (
            "stock_moves (product_id, location_id, seq, pieces, pieces_after, reason, moved_at)",
            "1 + n, 2 + n, 1, 1, 1, 'received', AT",
        ),
        (
            "pay_rules (trainer_id, work, valid_from, terms)",
            "2 + n, 'class', '2026-01-01', '{}'",
        ),
        (
            "pay_runs (location_id, days_from, days_until, ran_at, currency, total)",
            "2 + n, '2026-01-01', '2026-01-02', AT, 'EUR', 0",
        ),
        (
            "pay_lines (run_id, trainer_id, class_id, rule_id, currency, amount, text)",
            "n, 2 + n, 6 + n, 1 + n, 'EUR', 1, 'x'",
        ),
    ]
    .map(|(into, select)| (into, format!("SELECT {}", select.replace("AT", start))))
    .into()
}
