CREATE TABLE payment_policies (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT REFERENCES locations (id),
    body        TEXT NOT NULL
);
CREATE INDEX payment_policies_location ON payment_policies (location_id);

CREATE TABLE payments (
    id           INTEGER NOT NULL PRIMARY KEY,
    payer_id     BIGINT NOT NULL REFERENCES members (id),
    location_id  BIGINT NOT NULL REFERENCES locations (id),
    invoice_id   BIGINT REFERENCES invoices (id),
    payment_type TEXT,
    method       TEXT NOT NULL,
    gift_card_id BIGINT REFERENCES gift_cards (id),
    provider     TEXT,
    means        TEXT,
    provider_key TEXT,
    reference    TEXT,
    currency     TEXT NOT NULL,
    amount       BIGINT NOT NULL,
    allocated    BIGINT NOT NULL,
    refunded     BIGINT NOT NULL,
    state        TEXT NOT NULL,
    made_at      TIMESTAMP NOT NULL,
    told_at      TIMESTAMP,
    turn         INTEGER NOT NULL,
    CONSTRAINT payments_type CHECK (payment_type IN ('membership', 'session', 'class', 'product')),
    CONSTRAINT payments_method CHECK (
        (method IN ('cash', 'bank_transfer') AND gift_card_id IS NULL AND provider IS NULL)
        OR (method = 'gift_card' AND gift_card_id IS NOT NULL AND provider IS NULL)
        OR (method = 'provider' AND gift_card_id IS NULL AND provider IS NOT NULL AND provider_key IS NOT NULL)
        OR (method = 'credit' AND gift_card_id IS NULL AND provider IS NULL AND invoice_id IS NOT NULL)
    ),
    CONSTRAINT payments_state CHECK (state IN (
        'created', 'submitted', 'pending', 'settled', 'failed_soft', 'failed_hard', 'unknown', 'refunded', 'disputed'
    )),
    CONSTRAINT payments_spent CHECK (
        amount > 0 AND allocated >= 0 AND refunded >= 0 AND refunded <= amount AND allocated <= amount - refunded
    )
);
CREATE INDEX payments_payer ON payments (payer_id, made_at);
CREATE INDEX payments_location ON payments (location_id, made_at);
CREATE INDEX payments_invoice ON payments (invoice_id);
CREATE INDEX payments_gift_card ON payments (gift_card_id);
CREATE INDEX payments_states ON payments (state);
CREATE UNIQUE INDEX payments_provider_key ON payments (provider_key);
-- At most one payment of an invoice is under way.
CREATE UNIQUE INDEX payments_in_flight ON payments (invoice_id)
WHERE method = 'provider' AND state IN ('created', 'submitted', 'pending', 'unknown');

CREATE TABLE allocations (
    id           INTEGER NOT NULL PRIMARY KEY,
    payment_id   BIGINT NOT NULL REFERENCES payments (id),
    invoice_id   BIGINT NOT NULL REFERENCES invoices (id),
    amount       BIGINT NOT NULL,
    payment_type TEXT NOT NULL,
    releases     INTEGER NOT NULL,
    CONSTRAINT allocations_amount CHECK (amount >= 0),
    CONSTRAINT allocations_type CHECK (payment_type IN ('membership', 'session', 'class', 'product'))
);
CREATE INDEX allocations_payment ON allocations (payment_id);
CREATE INDEX allocations_invoice ON allocations (invoice_id);

CREATE TABLE refunds (
    id           INTEGER NOT NULL PRIMARY KEY,
    payment_id   BIGINT NOT NULL REFERENCES payments (id),
    amount       BIGINT NOT NULL,
    why          TEXT NOT NULL,
    provider_key TEXT,
    state        TEXT NOT NULL,
    made_at      TIMESTAMP NOT NULL,
    turn         INTEGER NOT NULL,
    hand         TEXT,
    CONSTRAINT refunds_hand CHECK (hand IN ('cash', 'bank_transfer')),
    CONSTRAINT refunds_amount CHECK (amount > 0),
    CONSTRAINT refunds_state CHECK (state IN ('submitted', 'unknown', 'settled', 'failed'))
);
CREATE INDEX refunds_payment ON refunds (payment_id);
CREATE INDEX refunds_states ON refunds (state);
CREATE UNIQUE INDEX refunds_provider_key ON refunds (provider_key);

-- When a payer gave other details to charge; `means` is a provider's name of them.
CREATE TABLE payment_details (
    id         INTEGER NOT NULL PRIMARY KEY,
    payer_id   BIGINT NOT NULL REFERENCES members (id),
    means      TEXT,
    changed_at TIMESTAMP NOT NULL
);
CREATE INDEX payment_details_payer ON payment_details (payer_id);

CREATE TABLE reminders (
    id         INTEGER NOT NULL PRIMARY KEY,
    invoice_id BIGINT NOT NULL REFERENCES invoices (id),
    action     TEXT NOT NULL,
    step       INTEGER NOT NULL,
    taken_on   DATE NOT NULL,
    CONSTRAINT reminders_action CHECK (action IN ('retry', 'remind', 'hand_over'))
);
CREATE INDEX reminders_invoice ON reminders (invoice_id);

-- What caused an entry is named by kind and number, as nothing that causes one is ever deleted.
CREATE TABLE ledger_entries (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    posted_on   DATE NOT NULL,
    currency    TEXT NOT NULL,
    cause       TEXT NOT NULL,
    cause_id    BIGINT NOT NULL,
    part        INTEGER NOT NULL,
    CONSTRAINT ledger_entries_cause CHECK (cause IN (
        'invoice', 'credit_note', 'write_off', 'payment', 'allocation', 'refund', 'gift_card', 'recognition', 'pay_run'
    ))
);
CREATE INDEX ledger_entries_location ON ledger_entries (location_id, posted_on);
CREATE UNIQUE INDEX ledger_entries_once ON ledger_entries (cause, cause_id, part);

-- A move debits what it credits, so that no row can leave the ledger unbalanced.
CREATE TABLE ledger_moves (
    id       INTEGER NOT NULL PRIMARY KEY,
    entry_id BIGINT NOT NULL REFERENCES ledger_entries (id),
    debit    TEXT NOT NULL,
    credit   TEXT NOT NULL,
    amount   BIGINT NOT NULL,
    CONSTRAINT ledger_moves_sides CHECK (debit <> credit AND amount > 0)
);
CREATE INDEX ledger_moves_entry ON ledger_moves (entry_id);

-- The id is that of the invoice line.
CREATE TABLE deferrals (
    id           INTEGER NOT NULL PRIMARY KEY REFERENCES invoice_lines (id),
    invoice_id   BIGINT NOT NULL REFERENCES invoices (id),
    location_id  BIGINT NOT NULL REFERENCES locations (id),
    kind         TEXT NOT NULL,
    lot_id       BIGINT REFERENCES lots (id),
    currency     TEXT NOT NULL,
    base         BIGINT NOT NULL,
    days_from    DATE,
    days_until   DATE,
    first_use    BIGINT NOT NULL,
    lapsed       BIGINT NOT NULL,
    earned       BIGINT NOT NULL,
    earned_until DATE,
    turn         INTEGER NOT NULL,
    CONSTRAINT deferrals_kind CHECK (kind IN ('membership', 'session', 'class', 'product')),
    CONSTRAINT deferrals_days CHECK ((days_from IS NULL) = (days_until IS NULL) AND days_from < days_until)
);
CREATE INDEX deferrals_invoice ON deferrals (invoice_id);
CREATE INDEX deferrals_location ON deferrals (location_id);
CREATE INDEX deferrals_lot ON deferrals (lot_id);

CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;

CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;

-- INSERT OR REPLACE deletes the old row without firing its DELETE trigger.
CREATE TRIGGER ledger_entries_no_replace BEFORE INSERT ON ledger_entries
WHEN EXISTS (SELECT 1 FROM ledger_entries WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;

CREATE TRIGGER ledger_moves_no_update BEFORE UPDATE ON ledger_moves
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;

CREATE TRIGGER ledger_moves_no_delete BEFORE DELETE ON ledger_moves
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;

-- INSERT OR REPLACE deletes the old row without firing its DELETE trigger.
CREATE TRIGGER ledger_moves_no_replace BEFORE INSERT ON ledger_moves
WHEN EXISTS (SELECT 1 FROM ledger_moves WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;

-- What settles invoices and what goes back are never more than was paid, and what is not there settles nothing.
CREATE TRIGGER allocations_spent_insert AFTER INSERT ON allocations
BEGIN
    SELECT RAISE(ABORT, 'payment_overspent') WHERE
        (SELECT SUM(amount) FROM allocations WHERE payment_id = NEW.payment_id)
        > (SELECT CASE WHEN state IN ('settled', 'disputed') THEN amount - refunded ELSE 0 END
           FROM payments WHERE id = NEW.payment_id);
END;

CREATE TRIGGER allocations_spent_update AFTER UPDATE ON allocations
WHEN NEW.amount > OLD.amount OR NEW.payment_id <> OLD.payment_id
BEGIN
    SELECT RAISE(ABORT, 'payment_overspent') WHERE
        (SELECT SUM(amount) FROM allocations WHERE payment_id = NEW.payment_id)
        > (SELECT CASE WHEN state IN ('settled', 'disputed') THEN amount - refunded ELSE 0 END
           FROM payments WHERE id = NEW.payment_id);
END;

CREATE TRIGGER refunds_spent_insert AFTER INSERT ON refunds
BEGIN
    SELECT RAISE(ABORT, 'payment_overspent') WHERE
        (SELECT SUM(amount) FROM refunds WHERE payment_id = NEW.payment_id AND state <> 'failed')
        > (SELECT amount FROM payments WHERE id = NEW.payment_id);
END;

CREATE TRIGGER refunds_spent_update AFTER UPDATE ON refunds
WHEN NEW.amount > OLD.amount OR NEW.payment_id <> OLD.payment_id OR (OLD.state = 'failed' AND NEW.state <> 'failed')
BEGIN
    SELECT RAISE(ABORT, 'payment_overspent') WHERE
        (SELECT SUM(amount) FROM refunds WHERE payment_id = NEW.payment_id AND state <> 'failed')
        > (SELECT amount FROM payments WHERE id = NEW.payment_id);
END;

-- What settles an invoice is never more than its total, nor, of one that owes the payer, than what a credit note took back of
-- the credit that they have kept.
CREATE TRIGGER allocations_paid_insert AFTER INSERT ON allocations
BEGIN
    SELECT RAISE(ABORT, 'invoice_overpaid') WHERE
        (SELECT SUM(amount) FROM allocations WHERE invoice_id = NEW.invoice_id)
        > (
            SELECT MAX(total, 0, total - credited + (
                SELECT COALESCE(SUM(kept.amount), 0) FROM payments AS kept
                WHERE kept.invoice_id = invoices.id AND kept.method = 'credit'
            )) FROM invoices WHERE id = NEW.invoice_id
        );
END;

CREATE TRIGGER allocations_paid_update AFTER UPDATE ON allocations
WHEN NEW.amount > OLD.amount OR NEW.invoice_id <> OLD.invoice_id
BEGIN
    SELECT RAISE(ABORT, 'invoice_overpaid') WHERE
        (SELECT SUM(amount) FROM allocations WHERE invoice_id = NEW.invoice_id)
        > (
            SELECT MAX(total, 0, total - credited + (
                SELECT COALESCE(SUM(kept.amount), 0) FROM payments AS kept
                WHERE kept.invoice_id = invoices.id AND kept.method = 'credit'
            )) FROM invoices WHERE id = NEW.invoice_id
        );
END;
