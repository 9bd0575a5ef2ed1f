CREATE TABLE product_prices (
    id          INTEGER NOT NULL PRIMARY KEY,
    product_id  BIGINT NOT NULL REFERENCES products (id),
    location_id BIGINT NOT NULL REFERENCES locations (id),
    currency    TEXT NOT NULL,
    amount      BIGINT NOT NULL,
    CONSTRAINT product_prices_amount CHECK (amount >= 0)
);
CREATE UNIQUE INDEX product_prices_once ON product_prices (product_id, location_id);
CREATE INDEX product_prices_location ON product_prices (location_id);

-- A journal: each row says what there is after it.
CREATE TABLE stock_moves (
    id           INTEGER NOT NULL PRIMARY KEY,
    product_id   BIGINT NOT NULL REFERENCES products (id),
    location_id  BIGINT NOT NULL REFERENCES locations (id),
    seq          INTEGER NOT NULL,
    pieces       INTEGER NOT NULL,
    pieces_after INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    sale_id      BIGINT REFERENCES sales (id),
    moved_at     TIMESTAMP NOT NULL,
    CONSTRAINT stock_moves_reason CHECK (
        (reason IN ('received', 'counted', 'lost') AND sale_id IS NULL)
        OR (reason IN ('sold', 'returned') AND sale_id IS NOT NULL)
    )
);
CREATE UNIQUE INDEX stock_moves_seq ON stock_moves (product_id, location_id, seq);
CREATE INDEX stock_moves_location ON stock_moves (location_id);
CREATE INDEX stock_moves_sale ON stock_moves (sale_id);

CREATE TABLE pay_rules (
    id          INTEGER NOT NULL PRIMARY KEY,
    trainer_id  BIGINT NOT NULL REFERENCES trainers (id),
    location_id BIGINT REFERENCES locations (id),
    work        TEXT NOT NULL,
    valid_from  DATE NOT NULL,
    valid_until DATE,
    terms       TEXT NOT NULL,
    CONSTRAINT pay_rules_work CHECK (work IN ('class', 'session'))
);
CREATE INDEX pay_rules_trainer ON pay_rules (trainer_id);
CREATE INDEX pay_rules_location ON pay_rules (location_id);

CREATE TABLE pay_runs (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    days_from   DATE NOT NULL,
    days_until  DATE NOT NULL,
    ran_at      TIMESTAMP NOT NULL,
    currency    TEXT NOT NULL,
    total       BIGINT NOT NULL,
    CONSTRAINT pay_runs_days CHECK (days_from < days_until)
);
CREATE INDEX pay_runs_location ON pay_runs (location_id);

CREATE TABLE pay_lines (
    id         INTEGER NOT NULL PRIMARY KEY,
    run_id     BIGINT NOT NULL REFERENCES pay_runs (id),
    trainer_id BIGINT NOT NULL REFERENCES trainers (id),
    class_id   BIGINT REFERENCES classes (id),
    session_id BIGINT REFERENCES sessions (id),
    rule_id    BIGINT NOT NULL REFERENCES pay_rules (id),
    currency   TEXT NOT NULL,
    amount     BIGINT NOT NULL,
    text       TEXT NOT NULL,
    CONSTRAINT pay_lines_work CHECK ((class_id IS NULL) <> (session_id IS NULL)),
    CONSTRAINT pay_lines_amount CHECK (amount >= 0)
);
CREATE INDEX pay_lines_run ON pay_lines (run_id);
CREATE INDEX pay_lines_trainer ON pay_lines (trainer_id);
CREATE INDEX pay_lines_rule ON pay_lines (rule_id);
-- Who is paid for a piece of work is paid once.
CREATE UNIQUE INDEX pay_lines_class ON pay_lines (class_id, trainer_id);
CREATE UNIQUE INDEX pay_lines_session ON pay_lines (session_id, trainer_id);

CREATE TRIGGER stock_moves_no_update BEFORE UPDATE ON stock_moves
BEGIN
    SELECT RAISE(ABORT, 'stock_append_only');
END;

CREATE TRIGGER stock_moves_no_delete BEFORE DELETE ON stock_moves
BEGIN
    SELECT RAISE(ABORT, 'stock_append_only');
END;

-- INSERT OR REPLACE deletes the old row without firing its DELETE trigger.
CREATE TRIGGER stock_moves_no_replace BEFORE INSERT ON stock_moves
WHEN EXISTS (SELECT 1 FROM stock_moves WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'stock_append_only');
END;

CREATE TRIGGER stock_moves_chain BEFORE INSERT ON stock_moves
BEGIN
    SELECT RAISE(ABORT, 'stock_chain') WHERE
        NEW.seq <> 1 + COALESCE((
            SELECT MAX(seq) FROM stock_moves WHERE product_id = NEW.product_id AND location_id = NEW.location_id
        ), 0)
        OR NEW.pieces_after <> NEW.pieces + COALESCE((
            SELECT pieces_after FROM stock_moves
            WHERE product_id = NEW.product_id AND location_id = NEW.location_id ORDER BY seq DESC LIMIT 1
        ), 0);
    SELECT RAISE(ABORT, 'stock_not_negative') WHERE NEW.pieces_after < 0 AND NEW.pieces < 0
        AND NOT (SELECT may_go_negative FROM products WHERE id = NEW.product_id);
END;
