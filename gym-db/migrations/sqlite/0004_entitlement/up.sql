-- Uses that were granted together. `uses` is how many, once or per cycle; without limit if none. The terms are frozen.
CREATE TABLE lots (
    id             INTEGER NOT NULL PRIMARY KEY,
    owner_id       BIGINT NOT NULL REFERENCES members (id),
    location_id    BIGINT NOT NULL REFERENCES locations (id),
    uses           INTEGER,
    terms          TEXT NOT NULL,
    price_minor    BIGINT NOT NULL,
    price_currency TEXT NOT NULL,
    source         TEXT NOT NULL,
    membership_id  BIGINT REFERENCES memberships (id),
    restores_id    BIGINT REFERENCES lots (id),
    granted_at     TIMESTAMP NOT NULL,
    withdrawn      BOOLEAN NOT NULL,
    due_on         DATE,
    is_over        BOOLEAN NOT NULL,
    CONSTRAINT lots_uses CHECK (uses > 0),
    CONSTRAINT lots_price CHECK (price_minor >= 0),
    CONSTRAINT lots_source CHECK (source IN ('sale', 'plan', 'gift', 'restore')),
    CONSTRAINT lots_plan CHECK ((source = 'plan') = (membership_id IS NOT NULL)),
    CONSTRAINT lots_restore CHECK ((source = 'restore') = (restores_id IS NOT NULL))
);
CREATE INDEX lots_owner ON lots (owner_id);
CREATE INDEX lots_location ON lots (location_id, due_on);
CREATE INDEX lots_membership ON lots (membership_id);
CREATE INDEX lots_restores ON lots (restores_id);

-- Everyone who may use a lot, the owner included; whether it is over is written here too, for one range of one index.
CREATE TABLE lot_members (
    id        INTEGER NOT NULL PRIMARY KEY,
    lot_id    BIGINT NOT NULL REFERENCES lots (id),
    member_id BIGINT NOT NULL REFERENCES members (id),
    is_over   BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX lot_members_once ON lot_members (lot_id, member_id);
CREATE INDEX lot_members_member ON lot_members (member_id, is_over);

-- What expired of a lot unused.
CREATE TABLE lot_breakages (
    id         INTEGER NOT NULL PRIMARY KEY,
    lot_id     BIGINT NOT NULL REFERENCES lots (id),
    cycle      INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    expired_on DATE NOT NULL,
    CONSTRAINT lot_breakages_uses CHECK (uses > 0 AND cycle >= 0)
);
CREATE INDEX lot_breakages_lot ON lot_breakages (lot_id);

-- One version of what people sign before they train.
CREATE TABLE waivers (
    id            INTEGER NOT NULL PRIMARY KEY,
    location_id   BIGINT REFERENCES locations (id),
    title         TEXT NOT NULL,
    required_from DATE NOT NULL
);
CREATE INDEX waivers_location ON waivers (location_id);

CREATE TABLE waiver_signatures (
    id          INTEGER NOT NULL PRIMARY KEY,
    waiver_id   BIGINT NOT NULL REFERENCES waivers (id),
    member_id   BIGINT NOT NULL REFERENCES members (id),
    guardian_id BIGINT REFERENCES members (id),
    signed_on   DATE NOT NULL,
    CONSTRAINT waiver_signatures_guardian CHECK (guardian_id <> member_id)
);
CREATE INDEX waiver_signatures_waiver ON waiver_signatures (waiver_id);
CREATE INDEX waiver_signatures_member ON waiver_signatures (member_id);
CREATE INDEX waiver_signatures_guardian ON waiver_signatures (guardian_id);

CREATE TABLE visits (
    id              INTEGER NOT NULL PRIMARY KEY,
    member_id       BIGINT NOT NULL REFERENCES members (id),
    location_id     BIGINT NOT NULL REFERENCES locations (id),
    area            TEXT,
    entered_at      TIMESTAMP NOT NULL,
    entered_on      DATE NOT NULL,
    opened_by       TEXT NOT NULL,
    lot_id          BIGINT REFERENCES lots (id),
    registration_id BIGINT REFERENCES class_registrations (id),
    session_id      BIGINT REFERENCES sessions (id),
    left_at         TIMESTAMP,
    CONSTRAINT visits_opened CHECK (
        (opened_by = 'lot') = (lot_id IS NOT NULL)
        AND (opened_by = 'booking') = (registration_id IS NOT NULL)
        AND (opened_by = 'session') = (session_id IS NOT NULL)
        AND opened_by IN ('lot', 'booking', 'session', 'desk', 'open')
    ),
    CONSTRAINT visits_left CHECK (left_at >= entered_at)
);
CREATE INDEX visits_member ON visits (member_id, entered_on);
CREATE INDEX visits_location ON visits (location_id, entered_on);
CREATE INDEX visits_lot ON visits (lot_id);
CREATE INDEX visits_registration ON visits (registration_id);
CREATE INDEX visits_session ON visits (session_id);

CREATE TABLE guest_visits (
    id          INTEGER NOT NULL PRIMARY KEY,
    host_id     BIGINT NOT NULL REFERENCES members (id),
    guest_id    BIGINT NOT NULL REFERENCES members (id),
    location_id BIGINT NOT NULL REFERENCES locations (id),
    entered_at  TIMESTAMP NOT NULL,
    entered_on  DATE NOT NULL,
    CONSTRAINT guest_visits_two CHECK (host_id <> guest_id)
);
CREATE INDEX guest_visits_host ON guest_visits (host_id, entered_on);
CREATE INDEX guest_visits_guest ON guest_visits (guest_id, entered_on);
CREATE INDEX guest_visits_location ON guest_visits (location_id, entered_on);

-- One seat of one visit, and the lot that covers it now; `moving` only within the statement pair that moves several.
CREATE TABLE lot_uses (
    id              INTEGER NOT NULL PRIMARY KEY,
    lot_id          BIGINT NOT NULL REFERENCES lots (id),
    cycle           INTEGER NOT NULL,
    member_id       BIGINT NOT NULL REFERENCES members (id),
    registration_id BIGINT REFERENCES class_registrations (id),
    session_id      BIGINT REFERENCES sessions (id),
    visit_id        BIGINT REFERENCES visits (id),
    seat            INTEGER NOT NULL,
    visit_on        DATE NOT NULL,
    state           TEXT NOT NULL,
    settled_at      TIMESTAMP,
    CONSTRAINT lot_uses_state CHECK (state IN ('held', 'consumed', 'released', 'moving')),
    CONSTRAINT lot_uses_seat CHECK (seat > 0 AND cycle >= 0),
    CONSTRAINT lot_uses_target CHECK (
        (CASE WHEN registration_id IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN session_id IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN visit_id IS NULL THEN 0 ELSE 1 END) = 1
    )
);
CREATE INDEX lot_uses_lot ON lot_uses (lot_id, state);
CREATE INDEX lot_uses_member ON lot_uses (member_id, visit_on);
CREATE INDEX lot_uses_registration ON lot_uses (registration_id);
CREATE INDEX lot_uses_session ON lot_uses (session_id);
CREATE INDEX lot_uses_visit ON lot_uses (visit_id);
CREATE UNIQUE INDEX lot_uses_registration_live ON lot_uses (registration_id, seat) WHERE state <> 'released';
CREATE UNIQUE INDEX lot_uses_session_live ON lot_uses (session_id, seat) WHERE state <> 'released';
CREATE UNIQUE INDEX lot_uses_visit_live ON lot_uses (visit_id, seat) WHERE state <> 'released';

-- A lot gives no more than it granted, whoever writes.
CREATE TRIGGER lot_uses_granted_insert AFTER INSERT ON lot_uses
WHEN NEW.state IN ('held', 'consumed')
BEGIN
    SELECT RAISE(ABORT, 'lot_uses_granted')
    WHERE (SELECT uses FROM lots WHERE id = NEW.lot_id) < (
        SELECT COUNT(*) FROM lot_uses
        WHERE lot_id = NEW.lot_id AND state IN ('held', 'consumed') AND cycle = NEW.cycle
    );
END;

CREATE TRIGGER lot_uses_granted_update AFTER UPDATE ON lot_uses
WHEN NEW.state IN ('held', 'consumed')
    AND (OLD.state NOT IN ('held', 'consumed') OR NEW.lot_id <> OLD.lot_id OR NEW.cycle <> OLD.cycle)
BEGIN
    SELECT RAISE(ABORT, 'lot_uses_granted')
    WHERE (SELECT uses FROM lots WHERE id = NEW.lot_id) < (
        SELECT COUNT(*) FROM lot_uses
        WHERE lot_id = NEW.lot_id AND state IN ('held', 'consumed') AND cycle = NEW.cycle
    );
END;

-- What a penalty costs, the fee or the use, and whether the desk forgave it.
ALTER TABLE penalties ADD COLUMN costs TEXT NOT NULL DEFAULT 'nothing'
    CONSTRAINT penalties_costs CHECK (costs IN ('nothing', 'use', 'fee'));
ALTER TABLE penalties ADD COLUMN fee_minor BIGINT;
ALTER TABLE penalties ADD COLUMN fee_currency TEXT;
ALTER TABLE penalties ADD COLUMN due_at TIMESTAMP;
ALTER TABLE penalties ADD COLUMN pardoned BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX penalties_fees ON penalties (costs, member_id);
