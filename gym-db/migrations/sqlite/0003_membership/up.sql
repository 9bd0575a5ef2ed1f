CREATE TABLE jurisdictions (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT REFERENCES locations (id),
    body        TEXT NOT NULL
);
CREATE INDEX jurisdictions_location ON jurisdictions (location_id);

CREATE TABLE membership_types (
    id          INTEGER NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    location_id BIGINT REFERENCES locations (id)
);
CREATE INDEX membership_types_location ON membership_types (location_id);

CREATE TABLE plan_versions (
    id                 INTEGER NOT NULL PRIMARY KEY,
    membership_type_id BIGINT NOT NULL REFERENCES membership_types (id),
    valid_from         DATE NOT NULL,
    reach              TEXT NOT NULL,
    price              BIGINT NOT NULL,
    currency           TEXT NOT NULL,
    uses               INTEGER,
    body               TEXT NOT NULL,
    CONSTRAINT plan_versions_reach CHECK (reach IN ('sales', 'renewals', 'running')),
    CONSTRAINT plan_versions_price CHECK (price >= 0),
    CONSTRAINT plan_versions_uses CHECK (uses > 0)
);
CREATE INDEX plan_versions_type ON plan_versions (membership_type_id);

CREATE TABLE memberships (
    id                 INTEGER NOT NULL PRIMARY KEY,
    member_id          BIGINT NOT NULL REFERENCES members (id),
    membership_type_id BIGINT NOT NULL REFERENCES membership_types (id),
    plan_version_id    BIGINT NOT NULL REFERENCES plan_versions (id),
    location_id        BIGINT NOT NULL REFERENCES locations (id),
    law_id             BIGINT REFERENCES jurisdictions (id),
    needs_consent      BOOLEAN NOT NULL,
    consented_on       DATE,
    sold_on            DATE NOT NULL,
    starts_on          DATE NOT NULL,
    committed_until    DATE,
    intro              BOOLEAN NOT NULL,
    follows_id         BIGINT REFERENCES memberships (id),
    lasts_until        DATE,
    ended_on           DATE,
    CONSTRAINT memberships_consent CHECK (needs_consent OR consented_on IS NULL),
    CONSTRAINT memberships_days CHECK (
        committed_until > starts_on AND lasts_until >= starts_on AND ended_on >= starts_on
    )
);
CREATE INDEX memberships_member ON memberships (member_id);
CREATE INDEX memberships_type ON memberships (membership_type_id);
CREATE INDEX memberships_plan ON memberships (plan_version_id);
CREATE INDEX memberships_location ON memberships (location_id, starts_on);
CREATE INDEX memberships_law ON memberships (law_id);
CREATE UNIQUE INDEX memberships_follows ON memberships (follows_id);
CREATE INDEX memberships_lasting ON memberships (location_id, lasts_until) WHERE ended_on IS NULL;

CREATE TABLE membership_terms (
    id              INTEGER NOT NULL PRIMARY KEY,
    membership_id   BIGINT NOT NULL REFERENCES memberships (id),
    number          INTEGER NOT NULL,
    plan_version_id BIGINT NOT NULL REFERENCES plan_versions (id),
    length_count    INTEGER,
    length_unit     TEXT,
    starts_on       DATE NOT NULL,
    lasts_until     DATE,
    recorded_on     DATE NOT NULL,
    CONSTRAINT membership_terms_number CHECK (number >= 0),
    CONSTRAINT membership_terms_length CHECK (
        (length_count IS NULL) = (length_unit IS NULL) AND (length_count IS NULL) = (lasts_until IS NULL)
        AND length_count BETWEEN 1 AND 1200 AND length_unit IN ('day', 'week', 'month', 'year')
    ),
    CONSTRAINT membership_terms_days CHECK (lasts_until > starts_on)
);
CREATE UNIQUE INDEX membership_terms_membership ON membership_terms (membership_id, number);
CREATE INDEX membership_terms_plan ON membership_terms (plan_version_id);

CREATE TABLE subscriptions (
    id            INTEGER NOT NULL PRIMARY KEY,
    membership_id BIGINT NOT NULL REFERENCES memberships (id),
    payer_id      BIGINT NOT NULL REFERENCES members (id),
    anchor        DATE NOT NULL
);
CREATE UNIQUE INDEX subscriptions_membership ON subscriptions (membership_id);
CREATE INDEX subscriptions_payer ON subscriptions (payer_id);

CREATE TABLE membership_links (
    id            INTEGER NOT NULL PRIMARY KEY,
    person_id     BIGINT NOT NULL REFERENCES members (id),
    bond          TEXT NOT NULL,
    membership_id BIGINT REFERENCES memberships (id),
    ward_id       BIGINT REFERENCES members (id),
    valid_from    DATE NOT NULL,
    valid_until   DATE,
    recorded_on   DATE NOT NULL,
    recorded_at   TIMESTAMP NOT NULL,
    CONSTRAINT membership_links_bond CHECK (
        (bond = 'guardian' AND membership_id IS NULL AND ward_id IS NOT NULL AND ward_id <> person_id)
        OR (bond IN ('payer', 'beneficiary') AND membership_id IS NOT NULL AND ward_id IS NULL)
    ),
    CONSTRAINT membership_links_days CHECK (valid_until >= valid_from)
);
CREATE INDEX membership_links_person ON membership_links (person_id);
CREATE INDEX membership_links_membership ON membership_links (membership_id);
CREATE INDEX membership_links_ward ON membership_links (ward_id);

CREATE TABLE membership_edits (
    id                INTEGER NOT NULL PRIMARY KEY,
    membership_id     BIGINT REFERENCES memberships (id),
    location_id       BIGINT REFERENCES locations (id),
    kind              TEXT NOT NULL,
    starts_on         DATE NOT NULL,
    lasts_until       DATE,
    compensation      TEXT NOT NULL,
    fee               TEXT NOT NULL,
    fee_amount        BIGINT,
    fee_currency      TEXT,
    reason            TEXT NOT NULL,
    ends_on_return    BOOLEAN NOT NULL,
    recorded_on       DATE NOT NULL,
    recorded_at       TIMESTAMP NOT NULL,
    ended_on          DATE,
    ended_recorded_on DATE,
    ended_recorded_at TIMESTAMP,
    returned_on       DATE,
    returned_at       TIMESTAMP,
    CONSTRAINT membership_edits_whose CHECK ((membership_id IS NULL) <> (location_id IS NULL)),
    CONSTRAINT membership_edits_kind CHECK (
        (kind = 'closure') = (location_id IS NOT NULL) AND kind IN ('freeze', 'gift', 'closure', 'used')
    ),
    CONSTRAINT membership_edits_compensation CHECK (compensation IN ('extend', 'credit', 'none')),
    CONSTRAINT membership_edits_fee CHECK (
        (fee = 'free' AND fee_amount IS NULL AND fee_currency IS NULL)
        OR (fee IN ('once', 'per_period') AND fee_amount >= 0 AND fee_amount IS NOT NULL AND fee_currency IS NOT NULL)
    ),
    CONSTRAINT membership_edits_reason CHECK (
        reason IN ('medical', 'parenthood', 'travel', 'work', 'service', 'club', 'other')
    ),
    CONSTRAINT membership_edits_days CHECK (lasts_until > starts_on),
    CONSTRAINT membership_edits_ended CHECK (
        (ended_on IS NULL) = (ended_recorded_on IS NULL) AND (ended_on IS NULL) = (ended_recorded_at IS NULL)
        AND ended_on >= starts_on AND ended_recorded_on >= recorded_on AND ended_recorded_at >= recorded_at
    ),
    CONSTRAINT membership_edits_returned CHECK (
        (returned_on IS NULL) = (returned_at IS NULL) AND returned_on >= starts_on AND returned_on >= recorded_on
        AND returned_at >= recorded_at
    )
);
CREATE INDEX membership_edits_membership ON membership_edits (membership_id);
CREATE INDEX membership_edits_location ON membership_edits (location_id);

CREATE TABLE membership_notices (
    id            INTEGER NOT NULL PRIMARY KEY,
    membership_id BIGINT NOT NULL REFERENCES memberships (id),
    kind          TEXT NOT NULL,
    ground        TEXT,
    successor_id  BIGINT REFERENCES memberships (id),
    given_on      DATE NOT NULL,
    given_at      TIMESTAMP NOT NULL,
    lasts_until   DATE NOT NULL,
    ends_on       DATE NOT NULL,
    back          TEXT NOT NULL,
    fee_amount    BIGINT,
    fee_currency  TEXT,
    CONSTRAINT membership_notices_kind CHECK (
        kind IN ('ordinary', 'early', 'cooling_off', 'exit', 'switch')
        AND (kind = 'exit') = (ground IS NOT NULL) AND (kind = 'switch') = (successor_id IS NOT NULL)
    ),
    CONSTRAINT membership_notices_ground CHECK (
        ground IN ('death', 'disability', 'moved', 'pregnancy', 'service', 'club_closed')
    ),
    CONSTRAINT membership_notices_back CHECK (back IN ('unused', 'all')),
    CONSTRAINT membership_notices_fee CHECK (
        (fee_amount IS NULL) = (fee_currency IS NULL) AND fee_amount >= 0
    )
);
CREATE INDEX membership_notices_membership ON membership_notices (membership_id);
CREATE INDEX membership_notices_successor ON membership_notices (successor_id);

-- Members by their e-mail address, whatever the case of its letters A to Z.
CREATE INDEX members_email ON members (lower(email));
CREATE INDEX members_born ON members (born_on);
CREATE VIEW member_emails AS SELECT id AS member_id, lower(email) AS email FROM members;
