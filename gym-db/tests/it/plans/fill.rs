//! Rows by the thousand in every table that grows, so that a scan is never the better plan.

use crate::support::Db;

/// Fills the tables that grow, so that a scan is never the better plan.
pub(super) fn fill(db: &Db) {
    let mut raw = db.raw();
    let later = |days: u32| match db.is_sqlite() {
        true => format!("datetime('2026-04-01', '+' || ({days} * 24 + n) || ' hours')"),
        false => format!("TIMESTAMP '2026-04-01' + ({days} * 24 + n) * INTERVAL '1 hour'"),
    };
    let (start, end) = (later(0), later(1));
    let offered = "SELECT 1 + n % 20, 'Spin', 'cycling', 5, 60, 0, 0";
    let block = format!("{start}, {end}, {start}, {end}");
    for (into, select) in [
        (
            "locations (name, zone, currency)",
            "SELECT 'Place', 'Europe/Berlin', 'EUR'".to_owned(),
        ),
        (
            "rooms (location_id, name, capacity)",
            "SELECT n, 'Room', 20".to_owned(),
        ),
        (
            "closures (location_id, closed_from, closed_until, reason, lifted)",
            "SELECT n, '2025-01-01', '2025-01-02', 'works', 1 = 1".to_owned(),
        ),
        (
            "policies (location_id, body)",
            "SELECT CASE n % 5 WHEN 0 THEN NULL ELSE 2 + n END, '{\"admits\":\"anyone\"}'".to_owned(),
        ),
        (
            "opening_hours (location_id, weekday, opens, closes)",
            "SELECT 1 + n, 1, '08:00', '20:00'".to_owned(),
        ),
        ("equipment (location_id, name)", "SELECT n, 'Mat'".to_owned()),
        (
            "equipment_units (equipment_id, label)",
            "SELECT n, 'Mat 1'".to_owned(),
        ),
        (
            "trainers (name, home_id, joined_at, starting_turns)",
            "SELECT 'Trainer', n, '2026-01-01 00:00:00', 0".to_owned(),
        ),
        (
            "trainer_availability (trainer_id, kind, weekday, opens, closes)",
            "SELECT 2 + n, 'weekly', 1, '08:00', '20:00'".to_owned(),
        ),
        (
            "trainer_locations (trainer_id, location_id)",
            "SELECT 2 + n, 2 + n".to_owned(),
        ),
        ("users (name)", "SELECT 'User'".to_owned()),
        (
            "members (name, home_id, joined_on)",
            "SELECT 'Member', 1, '2026-01-01'".to_owned(),
        ),
        (
            "trainer_members (trainer_id, member_id, care, is_primary, valid_from)",
            "SELECT 2 + n, 6 + n, 'training', 1 = 0, '2026-01-01'".to_owned(),
        ),
        (
            "member_location_access (member_id, location_id, valid_from)",
            "SELECT n, 2, '2026-01-01'".to_owned(),
        ),
        (
            "role_grants (user_id, role, valid_from)",
            "SELECT n, 'member', '2026-01-01'".to_owned(),
        ),
        (
            "classes (location_id, title, programme, capacity, minutes, before_minutes, after_minutes, \
             starts_at, ends_at, state)",
            format!("{offered}, {start}, {end}, 'scheduled'"),
        ),
        (
            "class_registrations (class_id, member_id, seats, channel, state, ends_at, booked_at)",
            format!("SELECT 9 + n, n, 1, 'club', 'booked', {end}, {start}"),
        ),
        (
            "class_waitlist (class_id, member_id, seats, channel, entry_seq, state, entered_at)",
            format!("SELECT 6 + n, n, 1, 'club', 1, 'waiting', {start}"),
        ),
        (
            "holds (class_id, member_id, seats, channel, held_until, ended)",
            format!("SELECT 6 + n, n, 1, 'club', {end}, n % 9 > 0"),
        ),
        (
            "penalties (member_id, class_id, registration_id, offence, at)",
            format!("SELECT n, 6 + n, n, 'no_show', {start}"),
        ),
        (
            "bans (member_id, penalty_id, banned_from, banned_until, lifted)",
            format!("SELECT n, n, {start}, {end}, 1 = 1"),
        ),
        (
            "sessions (trainer_id, member_id, location_id, starts_at, ends_at, before_minutes, after_minutes, state, \
             booked_at)",
            format!("SELECT 2 + n, n, 1, {start}, {end}, 0, 0, 'booked', {start}"),
        ),
        (
            "claims (resource_kind, resource_id, owner_kind, owner_id, block_start, block_end, starts_at, ends_at, state)",
            format!(
                "SELECT 'trainer', 100 + n, 'class', n, {block}, CASE n % 3 WHEN 0 THEN 'released' ELSE 'live' END"
            ),
        ),
        (
            "jurisdictions (location_id, body)",
            "SELECT CASE n % 5 WHEN 0 THEN NULL ELSE 2 + n END, '{\"name\":\"Law\"}'".to_owned(),
        ),
        ("membership_types (name)", "SELECT 'Type'".to_owned()),
        (
            "plan_versions (membership_type_id, valid_from, reach, price, currency, body)",
            "SELECT 3 + n, '2026-01-01', 'sales', 1, 'EUR', '{}'".to_owned(),
        ),
        (
            "memberships (member_id, membership_type_id, plan_version_id, location_id, sold_on, starts_on, intro, \
             needs_consent, lasts_until)",
            "SELECT 6 + n, 3 + n, 3 + n, 2 + n, '2026-01-01', '2026-01-01', 1 = 0, 1 = 0, '2027-01-01'".to_owned(),
        ),
        (
            "membership_terms (membership_id, number, plan_version_id, starts_on, recorded_on)",
            "SELECT 6 + n, 0, 3 + n, '2026-01-01', '2026-01-01'".to_owned(),
        ),
        (
            "subscriptions (membership_id, payer_id, anchor)",
            "SELECT 6 + n, 6 + n, '2026-01-01'".to_owned(),
        ),
        (
            "membership_links (person_id, bond, membership_id, valid_from, recorded_on, recorded_at)",
            "SELECT 6 + n, 'payer', 6 + n, '2026-01-01', '2026-01-01', '2026-01-01 09:00:00'".to_owned(),
        ),
        (
            "membership_edits (membership_id, kind, starts_on, compensation, fee, reason, ends_on_return, \
             recorded_on, recorded_at)",
            "SELECT 6 + n, 'gift', '2026-01-01', 'extend', 'free', 'club', 1 = 0, '2026-01-01', '2026-01-01 09:00:00'".to_owned(),
        ),
        (
            "membership_notices (membership_id, kind, given_on, given_at, lasts_until, ends_on, back)",
            "SELECT 6 + n, 'ordinary', '2026-01-01', '2026-01-01 09:00:00', '2027-01-01', '2027-01-01', 'unused'".to_owned(),
        ),
        (
            "lots (owner_id, location_id, uses, terms, price_minor, price_currency, source, granted_at, withdrawn, \
             due_on, is_over)",
            format!(
                "SELECT 6 + n, 1 + n % 20, 10, '{{}}', 100, 'EUR', 'sale', {start}, 1 = 0, '2027-01-01', 1 = 0"
            ),
        ),
        (
            "lot_members (lot_id, member_id, is_over)",
            "SELECT 5 + n, 6 + n, 1 = 0".to_owned(),
        ),
        (
            "lot_breakages (lot_id, cycle, uses, expired_on)",
            "SELECT 5 + n, 0, 1, '2026-04-01'".to_owned(),
        ),
        (
            "waivers (location_id, title, required_from)",
            "SELECT 2 + n, 'Rules', '2027-01-01'".to_owned(),
        ),
        (
            "waiver_signatures (waiver_id, member_id, signed_on)",
            "SELECT 1 + n, 6 + n, '2026-04-01'".to_owned(),
        ),
        (
            "visits (member_id, location_id, entered_at, entered_on, opened_by)",
            format!("SELECT 6 + n, 3 + n % 20, {start}, '2026-04-01', 'desk'"),
        ),
        (
            "guest_visits (host_id, guest_id, location_id, entered_at, entered_on)",
            format!("SELECT 6 + n, 5 + n, 3 + n % 20, {start}, '2026-04-01'"),
        ),
        (
            "lot_uses (lot_id, cycle, member_id, visit_id, seat, visit_on, state)",
            "SELECT 5 + n, 0, 6 + n, 1 + n, 1, '2026-04-01', 'consumed'".to_owned(),
        ),
        (
            "tax_tables (location_id, valid_from, body)",
            "SELECT 2 + n, '2026-01-01', '{}'".to_owned(),
        ),
        (
            "certificates (member_id, kind, body, reference, valid_from)",
            "SELECT 6 + n, 'concession', '{}', 'card', '2026-01-01'".to_owned(),
        ),
        (
            "discounts (location_id, code, valid_from, body)",
            "SELECT 2 + n, 'CODE ' || n, '2026-01-01', '{}'".to_owned(),
        ),
        (
            "discount_redemptions (discount_id, member_id, redeemed_on)",
            "SELECT 2 + n, 6 + n, '2026-01-01'".to_owned(),
        ),
        (
            "billing_policies (location_id, body)",
            "SELECT 2 + n, '{}'".to_owned(),
        ),
        (
            "charges (location_id, payer_id, obligation_key, session_id, due_on, amount, currency, tax_code, text)",
            "SELECT 2 + n, 6 + n, 'session ' || (900 + n), n, '2026-01-01', 1, 'EUR', 'class', 'x'"
                .to_owned(),
        ),
        (
            "invoices (location_id, payer_id, currency, state, issued_on, due_on, line_rows, net, tax, total, settled, \
             credited)",
            "SELECT 2 + n, 6 + n, 'EUR', 'draft', '2026-01-01', '2026-01-01', 1, 0, 0, 0, 0, 0".to_owned(),
        ),
        (
            "invoice_lines (invoice_id, seq, obligation_key, live, session_id, due_on, amount, tax_code, text, net, \
             gross, adjustment_rows, tax_rows)",
            "SELECT (SELECT MAX(id) FROM invoices) - 2000 + n, 0, 'session ' || (900 + n), 1 = 1, n, '2026-01-01', 1, 'class', 'x', 1, 1, 1, 1"
                .to_owned(),
        ),
        (
            "invoice_adjustments (invoice_line_id, seq, kind, amount, text)",
            "SELECT (SELECT MAX(id) FROM invoice_lines) - 2000 + n, 0, 'charged', 1, 'x'".to_owned(),
        ),
        (
            "invoice_taxes (invoice_line_id, seq, name, rate, net, tax)",
            "SELECT (SELECT MAX(id) FROM invoice_lines) - 2000 + n, 0, 'VAT', 19000, 1, 1".to_owned(),
        ),
        (
            "credit_notes (location_id, payer_id, invoice_id, currency, number, issued_on, why, net, tax, total)",
            "SELECT 2 + n, 6 + n, (SELECT MAX(id) FROM invoices) - 2000 + n, 'EUR', 1, '2026-01-01', 'x', 0, 0, 0".to_owned(),
        ),
        (
            "credit_note_lines (credit_note_id, seq, invoice_line_id, net, gross)",
            "SELECT n, 0, (SELECT MAX(id) FROM invoice_lines) - 2000 + n, 1, 1".to_owned(),
        ),
        (
            "credit_note_taxes (credit_note_line_id, seq, name, rate, net, tax)",
            "SELECT n, 0, 'VAT', 19000, 1, 1".to_owned(),
        ),
    ]
    .into_iter()
    .chain(crate::filling::money(&start))
    {
        let numbers = "WITH RECURSIVE ns (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ns WHERE n < 2000)";
        let statement = format!("{numbers} INSERT INTO {into} {select} FROM ns");
        raw.run(&statement)
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}
