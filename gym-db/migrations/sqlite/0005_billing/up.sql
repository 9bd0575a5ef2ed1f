-- Tax rates of a location from a day of supply on; `body` holds the rates by code.
CREATE TABLE tax_tables (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    valid_from  DATE NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX tax_tables_location ON tax_tables (location_id);

CREATE TABLE certificates (
    id          INTEGER NOT NULL PRIMARY KEY,
    member_id   BIGINT NOT NULL REFERENCES members (id),
    kind        TEXT NOT NULL,
    body        TEXT NOT NULL,
    reference   TEXT NOT NULL,
    valid_from  DATE NOT NULL,
    valid_until DATE,
    CONSTRAINT certificates_kind CHECK (kind IN ('exemption', 'concession'))
);
CREATE INDEX certificates_member ON certificates (member_id);

CREATE TABLE discounts (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT REFERENCES locations (id),
    code        TEXT,
    valid_from  DATE NOT NULL,
    valid_until DATE,
    body        TEXT NOT NULL
);
CREATE INDEX discounts_location ON discounts (location_id);
CREATE UNIQUE INDEX discounts_code ON discounts (code);

CREATE TABLE discount_redemptions (
    id          INTEGER NOT NULL PRIMARY KEY,
    discount_id BIGINT NOT NULL REFERENCES discounts (id),
    member_id   BIGINT NOT NULL REFERENCES members (id),
    redeemed_on DATE NOT NULL
);
CREATE INDEX discount_redemptions_discount ON discount_redemptions (discount_id);
CREATE INDEX discount_redemptions_member ON discount_redemptions (member_id);

CREATE TABLE billing_policies (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT REFERENCES locations (id),
    body        TEXT NOT NULL
);
CREATE INDEX billing_policies_location ON billing_policies (location_id);

-- What invoice lines charge, beside what the tables before hold.
CREATE TABLE gift_cards (
    id          INTEGER NOT NULL PRIMARY KEY,
    code        TEXT NOT NULL,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    buyer_id    BIGINT NOT NULL REFERENCES members (id),
    currency    TEXT NOT NULL,
    amount      BIGINT NOT NULL,
    balance     BIGINT NOT NULL,
    sold_at     TIMESTAMP NOT NULL,
    expires_on  DATE,
    turn        INTEGER NOT NULL,
    CONSTRAINT gift_cards_balance CHECK (balance BETWEEN 0 AND amount)
);
CREATE UNIQUE INDEX gift_cards_code ON gift_cards (code);
CREATE INDEX gift_cards_location ON gift_cards (location_id);
CREATE INDEX gift_cards_buyer ON gift_cards (buyer_id);

CREATE TABLE products (
    id              INTEGER NOT NULL PRIMARY KEY,
    name            TEXT NOT NULL,
    tax_code        TEXT NOT NULL,
    may_go_negative BOOLEAN NOT NULL
);

CREATE TABLE sales (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    buyer_id    BIGINT NOT NULL REFERENCES members (id),
    product_id  BIGINT NOT NULL REFERENCES products (id),
    quantity    INTEGER NOT NULL,
    returned    INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    amount      BIGINT NOT NULL,
    sold_at     TIMESTAMP NOT NULL,
    CONSTRAINT sales_returned CHECK (quantity > 0 AND returned BETWEEN 0 AND quantity)
);
CREATE INDEX sales_location ON sales (location_id);
CREATE INDEX sales_buyer ON sales (buyer_id);
CREATE INDEX sales_product ON sales (product_id);

-- What is charged once, on the next invoice. Exactly one of the ids says for what.
CREATE TABLE charges (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    payer_id    BIGINT NOT NULL REFERENCES members (id),
    obligation_key TEXT NOT NULL,
    membership_id BIGINT REFERENCES memberships (id),
    session_id BIGINT REFERENCES sessions (id),
    registration_id BIGINT REFERENCES class_registrations (id),
    penalty_id BIGINT REFERENCES penalties (id),
    lot_id BIGINT REFERENCES lots (id),
    sale_id BIGINT REFERENCES sales (id),
    gift_card_id BIGINT REFERENCES gift_cards (id),
    plan_version_id BIGINT REFERENCES plan_versions (id),
    days_from   DATE,
    days_until  DATE,
    due_on      DATE NOT NULL,
    amount      BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    tax_code    TEXT NOT NULL,
    text        TEXT NOT NULL,
    CONSTRAINT charges_amount CHECK (amount > 0),
    CONSTRAINT charges_charged CHECK (
        CASE WHEN membership_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN session_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN registration_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN penalty_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN sale_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN gift_card_id IS NULL THEN 0 ELSE 1 END = 1
    )
);
CREATE UNIQUE INDEX charges_once ON charges (obligation_key);
CREATE INDEX charges_location ON charges (location_id, payer_id);
CREATE INDEX charges_payer ON charges (payer_id);
CREATE INDEX charges_membership ON charges (membership_id);
CREATE INDEX charges_session ON charges (session_id);
CREATE INDEX charges_registration ON charges (registration_id);
CREATE INDEX charges_penalty ON charges (penalty_id);
CREATE INDEX charges_lot ON charges (lot_id);
CREATE INDEX charges_sale ON charges (sale_id);
CREATE INDEX charges_gift_card ON charges (gift_card_id);
CREATE INDEX charges_plan_version ON charges (plan_version_id);

-- The last numbers of each location: who takes the next holds this row, so that there are no gaps.
CREATE TABLE document_numbers (
    location_id      INTEGER NOT NULL PRIMARY KEY REFERENCES locations (id),
    last_invoice     BIGINT NOT NULL,
    last_credit_note BIGINT NOT NULL,
    CONSTRAINT document_numbers_last CHECK (last_invoice >= 0 AND last_credit_note >= 0)
);
INSERT INTO document_numbers SELECT id, 0, 0 FROM locations;

CREATE TABLE invoices (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    payer_id    BIGINT NOT NULL REFERENCES members (id),
    currency    TEXT NOT NULL,
    number      BIGINT,
    state       TEXT NOT NULL,
    issued_on   DATE NOT NULL,
    due_on      DATE NOT NULL,
    line_rows   INTEGER NOT NULL,
    net         BIGINT NOT NULL,
    tax         BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    settled     BIGINT NOT NULL,
    credited    BIGINT NOT NULL,
    schedule    TEXT,
    dropped     TEXT,
    priced      TEXT,
    CONSTRAINT invoices_state CHECK (
        state IN ('draft', 'open', 'partially_paid', 'paid', 'uncollectible', 'void')
    ),
    CONSTRAINT invoices_numbered CHECK (
        (state <> 'draft' OR number IS NULL) AND (number IS NOT NULL OR state IN ('draft', 'void'))
    ),
    CONSTRAINT invoices_total CHECK (total = net + tax)
);
CREATE UNIQUE INDEX invoices_number ON invoices (location_id, number);
CREATE INDEX invoices_payer ON invoices (payer_id);
-- Dunning looks for what is not paid.
CREATE INDEX invoices_state ON invoices (location_id, state, id);

-- A line charges exactly one thing; what it charges is on one live line only.
CREATE TABLE invoice_lines (
    id          INTEGER NOT NULL PRIMARY KEY,
    invoice_id  BIGINT NOT NULL REFERENCES invoices (id),
    seq         INTEGER NOT NULL,
    obligation_key TEXT NOT NULL,
    live        BOOLEAN NOT NULL,
    membership_id BIGINT REFERENCES memberships (id),
    session_id BIGINT REFERENCES sessions (id),
    registration_id BIGINT REFERENCES class_registrations (id),
    penalty_id BIGINT REFERENCES penalties (id),
    lot_id BIGINT REFERENCES lots (id),
    sale_id BIGINT REFERENCES sales (id),
    gift_card_id BIGINT REFERENCES gift_cards (id),
    subscription_id BIGINT REFERENCES subscriptions (id),
    plan_version_id BIGINT REFERENCES plan_versions (id),
    days_from   DATE,
    days_until  DATE,
    due_on      DATE NOT NULL,
    amount      BIGINT NOT NULL,
    tax_code    TEXT NOT NULL,
    text        TEXT NOT NULL,
    net         BIGINT NOT NULL,
    gross       BIGINT NOT NULL,
    adjustment_rows INTEGER NOT NULL,
    tax_rows    INTEGER NOT NULL,
    CONSTRAINT invoice_lines_charged CHECK (
        CASE WHEN membership_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN session_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN registration_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN penalty_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN sale_id IS NULL THEN 0 ELSE 1 END
        + CASE WHEN gift_card_id IS NULL THEN 0 ELSE 1 END = 1
    )
);
CREATE UNIQUE INDEX invoice_lines_live ON invoice_lines (obligation_key) WHERE live;
CREATE INDEX invoice_lines_key ON invoice_lines (obligation_key);
CREATE UNIQUE INDEX invoice_lines_seq ON invoice_lines (invoice_id, seq);
CREATE INDEX invoice_lines_membership ON invoice_lines (membership_id);
CREATE INDEX invoice_lines_session ON invoice_lines (session_id);
CREATE INDEX invoice_lines_registration ON invoice_lines (registration_id);
CREATE INDEX invoice_lines_penalty ON invoice_lines (penalty_id);
CREATE INDEX invoice_lines_lot ON invoice_lines (lot_id);
CREATE INDEX invoice_lines_sale ON invoice_lines (sale_id);
CREATE INDEX invoice_lines_gift_card ON invoice_lines (gift_card_id);
CREATE INDEX invoice_lines_subscription ON invoice_lines (subscription_id);
CREATE INDEX invoice_lines_plan_version ON invoice_lines (plan_version_id);

CREATE TABLE invoice_adjustments (
    id              INTEGER NOT NULL PRIMARY KEY,
    invoice_line_id BIGINT NOT NULL REFERENCES invoice_lines (id),
    seq             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    discount_id     BIGINT REFERENCES discounts (id),
    source          TEXT,
    amount          BIGINT NOT NULL,
    text            TEXT NOT NULL,
    CONSTRAINT invoice_adjustments_kind CHECK (
        (kind = 'discount' AND discount_id IS NOT NULL AND source IS NULL)
        OR (kind = 'pricing' AND discount_id IS NULL AND source IS NOT NULL)
        OR (kind = 'charged' AND discount_id IS NULL AND source IS NULL)
    )
);
CREATE UNIQUE INDEX invoice_adjustments_seq ON invoice_adjustments (invoice_line_id, seq);
CREATE INDEX invoice_adjustments_discount ON invoice_adjustments (discount_id);

CREATE TABLE invoice_taxes (
    id              INTEGER NOT NULL PRIMARY KEY,
    invoice_line_id BIGINT NOT NULL REFERENCES invoice_lines (id),
    seq             INTEGER NOT NULL,
    name            TEXT NOT NULL,
    rate            INTEGER NOT NULL,
    net             BIGINT NOT NULL,
    tax             BIGINT NOT NULL
);
CREATE UNIQUE INDEX invoice_taxes_seq ON invoice_taxes (invoice_line_id, seq);

CREATE TABLE credit_notes (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    payer_id    BIGINT NOT NULL REFERENCES members (id),
    invoice_id  BIGINT NOT NULL REFERENCES invoices (id),
    currency    TEXT NOT NULL,
    number      BIGINT NOT NULL,
    issued_on   DATE NOT NULL,
    why         TEXT NOT NULL,
    net         BIGINT NOT NULL,
    tax         BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    CONSTRAINT credit_notes_total CHECK (total = net + tax)
);
CREATE UNIQUE INDEX credit_notes_number ON credit_notes (location_id, number);
CREATE INDEX credit_notes_payer ON credit_notes (payer_id);
CREATE INDEX credit_notes_invoice ON credit_notes (invoice_id);

CREATE TABLE credit_note_lines (
    id              INTEGER NOT NULL PRIMARY KEY,
    credit_note_id  BIGINT NOT NULL REFERENCES credit_notes (id),
    seq             INTEGER NOT NULL,
    invoice_line_id BIGINT NOT NULL REFERENCES invoice_lines (id),
    net             BIGINT NOT NULL,
    gross           BIGINT NOT NULL
);
CREATE UNIQUE INDEX credit_note_lines_seq ON credit_note_lines (credit_note_id, seq);
CREATE INDEX credit_note_lines_line ON credit_note_lines (invoice_line_id);

CREATE TABLE credit_note_taxes (
    id                  INTEGER NOT NULL PRIMARY KEY,
    credit_note_line_id BIGINT NOT NULL REFERENCES credit_note_lines (id),
    seq                 INTEGER NOT NULL,
    name                TEXT NOT NULL,
    rate                INTEGER NOT NULL,
    net                 BIGINT NOT NULL,
    tax                 BIGINT NOT NULL
);
CREATE UNIQUE INDEX credit_note_taxes_seq ON credit_note_taxes (credit_note_line_id, seq);

CREATE TRIGGER document_numbers_open AFTER INSERT ON locations
BEGIN
    INSERT INTO document_numbers VALUES (NEW.id, 0, 0);
END;

CREATE TRIGGER invoice_numbers_insert BEFORE INSERT ON invoices
WHEN NEW.number IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'invoice_numbers') WHERE NEW.number <> 1 + COALESCE(
        (SELECT MAX(number) FROM invoices WHERE location_id = NEW.location_id), 0
    );
END;
CREATE TRIGGER invoice_numbers_update BEFORE UPDATE ON invoices
WHEN NEW.number IS NOT NULL AND OLD.number IS NULL
BEGIN
    SELECT RAISE(ABORT, 'invoice_numbers') WHERE NEW.number <> 1 + COALESCE(
        (SELECT MAX(number) FROM invoices WHERE location_id = NEW.location_id), 0
    );
END;
CREATE TRIGGER credit_note_numbers_insert BEFORE INSERT ON credit_notes
BEGIN
    SELECT RAISE(ABORT, 'credit_note_numbers') WHERE NEW.number <> 1 + COALESCE(
        (SELECT MAX(number) FROM credit_notes WHERE location_id = NEW.location_id), 0
    );
END;

-- An invoice that was opened keeps all but its progress, and a void one that as well.
CREATE TRIGGER invoice_frozen_update BEFORE UPDATE ON invoices
WHEN OLD.state <> 'draft' AND (
    NEW.state = 'draft' OR OLD.state = 'void'
    OR NEW.location_id IS NOT OLD.location_id
    OR NEW.payer_id IS NOT OLD.payer_id
    OR NEW.currency IS NOT OLD.currency
    OR NEW.number IS NOT OLD.number
    OR NEW.issued_on IS NOT OLD.issued_on
    OR NEW.due_on IS NOT OLD.due_on
    OR NEW.line_rows IS NOT OLD.line_rows
    OR NEW.net IS NOT OLD.net
    OR NEW.tax IS NOT OLD.tax
    OR NEW.total IS NOT OLD.total
    OR NEW.schedule IS NOT OLD.schedule
    OR NEW.dropped IS NOT OLD.dropped
    OR NEW.priced IS NOT OLD.priced
)
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;
CREATE TRIGGER invoice_frozen_delete BEFORE DELETE ON invoices
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;
CREATE TRIGGER invoice_frozen_line_insert BEFORE INSERT ON invoice_lines
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen') WHERE (SELECT line_rows FROM invoices WHERE id = NEW.invoice_id) <= (
        SELECT COUNT(*) FROM invoice_lines WHERE invoice_id = NEW.invoice_id
    );
END;
-- The lines of an invoice that is numbered add up to it.
CREATE TRIGGER invoice_sums_line_insert AFTER INSERT ON invoice_lines
BEGIN
    SELECT RAISE(ABORT, 'invoice_sums') FROM invoices
    WHERE id = NEW.invoice_id AND number IS NOT NULL
        AND line_rows = (SELECT COUNT(*) FROM invoice_lines WHERE invoice_id = NEW.invoice_id)
        AND (
            net <> (SELECT SUM(net) FROM invoice_lines WHERE invoice_id = NEW.invoice_id)
            OR total <> (SELECT SUM(gross) FROM invoice_lines WHERE invoice_id = NEW.invoice_id)
        );
END;
CREATE TRIGGER invoice_sums_update AFTER UPDATE ON invoices
WHEN OLD.state = 'draft' AND NEW.number IS NOT NULL AND (
    NEW.net <> (SELECT COALESCE(SUM(net), 0) FROM invoice_lines WHERE invoice_id = NEW.id)
    OR NEW.total <> (SELECT COALESCE(SUM(gross), 0) FROM invoice_lines WHERE invoice_id = NEW.id)
)
BEGIN
    SELECT RAISE(ABORT, 'invoice_sums');
END;
CREATE TRIGGER invoice_frozen_line_update BEFORE UPDATE ON invoice_lines
WHEN (SELECT state FROM invoices WHERE id = OLD.invoice_id) <> 'draft' AND (
    NEW.live OR (SELECT state FROM invoices WHERE id = OLD.invoice_id) <> 'void'
    OR NEW.invoice_id IS NOT OLD.invoice_id
    OR NEW.seq IS NOT OLD.seq
    OR NEW.obligation_key IS NOT OLD.obligation_key
    OR NEW.membership_id IS NOT OLD.membership_id
    OR NEW.session_id IS NOT OLD.session_id
    OR NEW.registration_id IS NOT OLD.registration_id
    OR NEW.penalty_id IS NOT OLD.penalty_id
    OR NEW.lot_id IS NOT OLD.lot_id
    OR NEW.sale_id IS NOT OLD.sale_id
    OR NEW.gift_card_id IS NOT OLD.gift_card_id
    OR NEW.subscription_id IS NOT OLD.subscription_id
    OR NEW.plan_version_id IS NOT OLD.plan_version_id
    OR NEW.days_from IS NOT OLD.days_from
    OR NEW.days_until IS NOT OLD.days_until
    OR NEW.due_on IS NOT OLD.due_on
    OR NEW.amount IS NOT OLD.amount
    OR NEW.tax_code IS NOT OLD.tax_code
    OR NEW.text IS NOT OLD.text
    OR NEW.net IS NOT OLD.net
    OR NEW.gross IS NOT OLD.gross
    OR NEW.adjustment_rows IS NOT OLD.adjustment_rows
    OR NEW.tax_rows IS NOT OLD.tax_rows
)
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;
CREATE TRIGGER invoice_frozen_line_delete BEFORE DELETE ON invoice_lines
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;

CREATE TRIGGER invoice_frozen_invoice_taxes_insert BEFORE INSERT ON invoice_taxes
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen') WHERE (SELECT tax_rows FROM invoice_lines WHERE id = NEW.invoice_line_id) <= (
        SELECT COUNT(*) FROM invoice_taxes WHERE invoice_line_id = NEW.invoice_line_id
    );
END;
CREATE TRIGGER invoice_frozen_invoice_taxes_update BEFORE UPDATE ON invoice_taxes
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;
CREATE TRIGGER invoice_frozen_invoice_taxes_delete BEFORE DELETE ON invoice_taxes
WHEN (
    SELECT state FROM invoices JOIN invoice_lines ON invoice_lines.invoice_id = invoices.id
    WHERE invoice_lines.id = OLD.invoice_line_id
) <> 'draft'
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;

CREATE TRIGGER invoice_frozen_invoice_adjustments_insert BEFORE INSERT ON invoice_adjustments
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen') WHERE (SELECT adjustment_rows FROM invoice_lines WHERE id = NEW.invoice_line_id) <= (
        SELECT COUNT(*) FROM invoice_adjustments WHERE invoice_line_id = NEW.invoice_line_id
    );
END;
CREATE TRIGGER invoice_frozen_invoice_adjustments_update BEFORE UPDATE ON invoice_adjustments
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;
CREATE TRIGGER invoice_frozen_invoice_adjustments_delete BEFORE DELETE ON invoice_adjustments
WHEN (
    SELECT state FROM invoices JOIN invoice_lines ON invoice_lines.invoice_id = invoices.id
    WHERE invoice_lines.id = OLD.invoice_line_id
) <> 'draft'
BEGIN
    SELECT RAISE(ABORT, 'invoice_frozen');
END;

-- What is credited of a line is never more than the line, and what was credited stays.
CREATE TRIGGER credit_note_limit_insert AFTER INSERT ON credit_note_lines
BEGIN
    SELECT RAISE(ABORT, 'credit_note_limit') WHERE abs(
        (SELECT SUM(gross) FROM credit_note_lines WHERE invoice_line_id = NEW.invoice_line_id)
    ) > abs((SELECT gross FROM invoice_lines WHERE id = NEW.invoice_line_id))
    OR EXISTS (SELECT 1 FROM invoice_lines WHERE id = NEW.invoice_line_id AND sign(gross) * sign(NEW.gross) < 0);
END;
CREATE TRIGGER credit_note_tax_limit_insert AFTER INSERT ON credit_note_taxes
BEGIN
    SELECT RAISE(ABORT, 'credit_note_tax_limit') FROM (
        SELECT
            (
                SELECT COALESCE(SUM(charged.tax), 0) FROM credit_note_lines AS own
                JOIN invoice_taxes AS charged ON charged.invoice_line_id = own.invoice_line_id
                WHERE own.id = NEW.credit_note_line_id AND charged.name = NEW.name AND charged.rate = NEW.rate
            ) AS charged,
            (
                SELECT SUM(credited.tax) FROM credit_note_lines AS own
                JOIN credit_note_lines AS line ON line.invoice_line_id = own.invoice_line_id
                JOIN credit_note_taxes AS credited ON credited.credit_note_line_id = line.id
                WHERE own.id = NEW.credit_note_line_id AND credited.name = NEW.name AND credited.rate = NEW.rate
            ) AS credited
    ) WHERE abs(credited) > abs(charged) OR sign(charged) * sign(NEW.tax) < 0;
END;
CREATE TRIGGER credit_note_frozen_credit_notes_update BEFORE UPDATE ON credit_notes
BEGIN
    SELECT RAISE(ABORT, 'credit_note_frozen');
END;
CREATE TRIGGER credit_note_frozen_credit_notes_delete BEFORE DELETE ON credit_notes
BEGIN
    SELECT RAISE(ABORT, 'credit_note_frozen');
END;
CREATE TRIGGER credit_note_frozen_credit_note_lines_update BEFORE UPDATE ON credit_note_lines
BEGIN
    SELECT RAISE(ABORT, 'credit_note_frozen');
END;
CREATE TRIGGER credit_note_frozen_credit_note_lines_delete BEFORE DELETE ON credit_note_lines
BEGIN
    SELECT RAISE(ABORT, 'credit_note_frozen');
END;
CREATE TRIGGER credit_note_frozen_credit_note_taxes_update BEFORE UPDATE ON credit_note_taxes
BEGIN
    SELECT RAISE(ABORT, 'credit_note_frozen');
END;
CREATE TRIGGER credit_note_frozen_credit_note_taxes_delete BEFORE DELETE ON credit_note_taxes
BEGIN
    SELECT RAISE(ABORT, 'credit_note_frozen');
END;
