CREATE TABLE users (
    id      INTEGER NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    email   TEXT,
    born_on DATE
);

CREATE TABLE locations (
    id          INTEGER NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    zone        TEXT NOT NULL,
    currency    TEXT NOT NULL,
    hours_from  DATE,
    hours_until DATE
);

CREATE TABLE role_grants (
    id          INTEGER NOT NULL PRIMARY KEY,
    user_id     BIGINT NOT NULL REFERENCES users (id),
    role        TEXT NOT NULL,
    location_id BIGINT REFERENCES locations (id),
    valid_from  DATE NOT NULL,
    valid_until DATE,
    CONSTRAINT role_grants_role CHECK (role IN ('admin', 'trainer', 'front_desk', 'member'))
);
CREATE INDEX role_grants_user ON role_grants (user_id);
CREATE INDEX role_grants_location ON role_grants (location_id);

CREATE TABLE opening_hours (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    weekday     INTEGER NOT NULL,
    opens       TEXT NOT NULL,
    closes      TEXT NOT NULL,
    CONSTRAINT opening_hours_weekday CHECK (weekday BETWEEN 0 AND 6)
);
CREATE INDEX opening_hours_location ON opening_hours (location_id);

CREATE TABLE closures (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    closed_from DATE NOT NULL,
    closed_until DATE NOT NULL,
    reason      TEXT NOT NULL,
    lifted      BOOLEAN NOT NULL,
    CONSTRAINT closures_days CHECK (closed_from <= closed_until)
);
CREATE INDEX closures_location ON closures (location_id);

CREATE TABLE rooms (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    name        TEXT NOT NULL,
    capacity    INTEGER NOT NULL,
    CONSTRAINT rooms_capacity CHECK (typeof(capacity) = 'integer' AND capacity > 0)
);
CREATE INDEX rooms_location ON rooms (location_id);

CREATE TABLE equipment (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations (id),
    name        TEXT NOT NULL
);
CREATE INDEX equipment_location ON equipment (location_id);

CREATE TABLE equipment_units (
    id           INTEGER NOT NULL PRIMARY KEY,
    equipment_id BIGINT NOT NULL REFERENCES equipment (id),
    label        TEXT NOT NULL
);
CREATE INDEX equipment_units_equipment ON equipment_units (equipment_id);

CREATE TABLE maintenance_logs (
    id        INTEGER NOT NULL PRIMARY KEY,
    unit_id   BIGINT NOT NULL REFERENCES equipment_units (id),
    starts_at TIMESTAMP NOT NULL,
    ends_at   TIMESTAMP NOT NULL,
    work      TEXT NOT NULL,
    done      BOOLEAN NOT NULL,
    CONSTRAINT maintenance_logs_period CHECK (starts_at < ends_at)
);
CREATE INDEX maintenance_logs_unit ON maintenance_logs (unit_id);

CREATE TABLE members (
    id        INTEGER NOT NULL PRIMARY KEY,
    user_id   BIGINT REFERENCES users (id),
    name      TEXT NOT NULL,
    email     TEXT,
    born_on   DATE,
    home_id   BIGINT NOT NULL REFERENCES locations (id),
    joined_on DATE NOT NULL
);
CREATE UNIQUE INDEX members_user ON members (user_id);
CREATE INDEX members_home ON members (home_id);

CREATE TABLE member_location_access (
    id          INTEGER NOT NULL PRIMARY KEY,
    member_id   BIGINT NOT NULL REFERENCES members (id),
    location_id BIGINT NOT NULL REFERENCES locations (id),
    valid_from  DATE NOT NULL,
    valid_until DATE
);
CREATE INDEX member_location_access_member ON member_location_access (member_id);
CREATE INDEX member_location_access_location ON member_location_access (location_id);

CREATE TABLE trainers (
    id      INTEGER NOT NULL PRIMARY KEY,
    user_id BIGINT REFERENCES users (id),
    name    TEXT NOT NULL,
    email   TEXT,
    born_on DATE,
    home_id BIGINT NOT NULL REFERENCES locations (id),
    -- When the trainer joined the team, and with how many turns, so that who is new does not get every session at first.
    joined_at TIMESTAMP NOT NULL,
    starting_turns INTEGER NOT NULL
);
CREATE UNIQUE INDEX trainers_user ON trainers (user_id);
CREATE INDEX trainers_home ON trainers (home_id);

CREATE TABLE trainer_locations (
    id          INTEGER NOT NULL PRIMARY KEY,
    trainer_id  BIGINT NOT NULL REFERENCES trainers (id),
    location_id BIGINT NOT NULL REFERENCES locations (id)
);
CREATE UNIQUE INDEX trainer_locations_once ON trainer_locations (trainer_id, location_id);
CREATE INDEX trainer_locations_location ON trainer_locations (location_id);

-- Weekly hours, dated overrides (a day off has no hours) and time off.
CREATE TABLE trainer_availability (
    id          INTEGER NOT NULL PRIMARY KEY,
    trainer_id  BIGINT NOT NULL REFERENCES trainers (id),
    kind        TEXT NOT NULL,
    location_id BIGINT REFERENCES locations (id),
    weekday     INTEGER,
    on_date     DATE,
    opens       TEXT,
    closes      TEXT,
    valid_from  DATE,
    valid_until DATE,
    off_from    TIMESTAMP,
    off_until   TIMESTAMP,
    CONSTRAINT trainer_availability_kind CHECK (
        (kind = 'weekly' AND weekday BETWEEN 0 AND 6 AND opens IS NOT NULL AND closes IS NOT NULL)
        OR (kind = 'override' AND on_date IS NOT NULL AND (opens IS NULL) = (closes IS NULL))
        OR (kind = 'time_off' AND off_from < off_until)
    )
);
CREATE INDEX trainer_availability_trainer ON trainer_availability (trainer_id);
CREATE INDEX trainer_availability_location ON trainer_availability (location_id);

CREATE TABLE trainer_members (
    id          INTEGER NOT NULL PRIMARY KEY,
    trainer_id  BIGINT NOT NULL REFERENCES trainers (id),
    member_id   BIGINT NOT NULL REFERENCES members (id),
    care        TEXT NOT NULL,
    is_primary  BOOLEAN NOT NULL,
    valid_from  DATE NOT NULL,
    valid_until DATE,
    CONSTRAINT trainer_members_care CHECK (care IN ('training', 'nutrition', 'rehabilitation')),
    -- Only one form of a date compares rightly as text. IS, because NULL would pass a CHECK.
    CONSTRAINT trainer_members_days CHECK (
        typeof(valid_from) = 'text' AND valid_from IS strftime('%Y-%m-%d', valid_from)
        AND (valid_until IS NULL OR (
            typeof(valid_until) = 'text' AND valid_until IS strftime('%Y-%m-%d', valid_until)
            AND valid_from <= valid_until
        ))
    )
);
CREATE INDEX trainer_members_trainer ON trainer_members (trainer_id);
CREATE INDEX trainer_members_member ON trainer_members (member_id);

-- Of one kind of care a member has one primary trainer on a day.
CREATE TRIGGER trainer_members_primary_insert BEFORE INSERT ON trainer_members
WHEN NEW.is_primary
BEGIN
    SELECT RAISE(ABORT, 'trainer_members_primary') WHERE EXISTS (
        SELECT 1 FROM trainer_members AS other
        WHERE other.member_id = NEW.member_id AND other.care = NEW.care AND other.is_primary
          AND (other.valid_until IS NULL OR NEW.valid_from <= other.valid_until)
          AND (NEW.valid_until IS NULL OR other.valid_from <= NEW.valid_until)
    );
END;

CREATE TRIGGER trainer_members_primary_update BEFORE UPDATE ON trainer_members
WHEN NEW.is_primary
BEGIN
    SELECT RAISE(ABORT, 'trainer_members_primary') WHERE EXISTS (
        SELECT 1 FROM trainer_members AS other
        WHERE other.member_id = NEW.member_id AND other.care = NEW.care AND other.is_primary AND other.id <> OLD.id
          AND (other.valid_until IS NULL OR NEW.valid_from <= other.valid_until)
          AND (NEW.valid_until IS NULL OR other.valid_from <= NEW.valid_until)
    );
END;

CREATE TABLE policies (
    id          INTEGER NOT NULL PRIMARY KEY,
    location_id BIGINT REFERENCES locations (id),
    body        TEXT NOT NULL
);
CREATE INDEX policies_location ON policies (location_id);

CREATE TABLE class_series (
    id             INTEGER NOT NULL PRIMARY KEY,
    location_id    BIGINT NOT NULL REFERENCES locations (id),
    title          TEXT NOT NULL,
    programme      TEXT NOT NULL,
    trainer_id     BIGINT REFERENCES trainers (id),
    room_id        BIGINT REFERENCES rooms (id),
    equipment_id   BIGINT REFERENCES equipment (id),
    capacity       INTEGER NOT NULL,
    minutes        INTEGER NOT NULL,
    before_minutes INTEGER NOT NULL,
    after_minutes  INTEGER NOT NULL,
    recurrence     TEXT NOT NULL,
    CONSTRAINT class_series_capacity CHECK (typeof(capacity) = 'integer' AND capacity > 0),
    CONSTRAINT class_series_minutes CHECK (minutes > 0 AND before_minutes >= 0 AND after_minutes >= 0)
);
CREATE INDEX class_series_location ON class_series (location_id);
CREATE INDEX class_series_trainer ON class_series (trainer_id);
CREATE INDEX class_series_room ON class_series (room_id);
CREATE INDEX class_series_equipment ON class_series (equipment_id);

-- A dated class. `original_start` is the civil start that the series first gave it, and names it for good.
CREATE TABLE classes (
    id             INTEGER NOT NULL PRIMARY KEY,
    series_id      BIGINT REFERENCES class_series (id),
    original_start TEXT,
    location_id    BIGINT NOT NULL REFERENCES locations (id),
    title          TEXT NOT NULL,
    programme      TEXT NOT NULL,
    trainer_id     BIGINT REFERENCES trainers (id),
    room_id        BIGINT REFERENCES rooms (id),
    equipment_id   BIGINT REFERENCES equipment (id),
    capacity       INTEGER NOT NULL,
    minutes        INTEGER NOT NULL,
    before_minutes INTEGER NOT NULL,
    after_minutes  INTEGER NOT NULL,
    starts_at      TIMESTAMP NOT NULL,
    ends_at        TIMESTAMP NOT NULL,
    state          TEXT NOT NULL,
    closure_id     BIGINT REFERENCES closures (id),
    CONSTRAINT classes_state CHECK (state IN ('scheduled', 'cancelled', 'closed')),
    CONSTRAINT classes_closure CHECK ((state = 'closed') = (closure_id IS NOT NULL)),
    CONSTRAINT classes_original CHECK ((series_id IS NULL) = (original_start IS NULL)),
    CONSTRAINT classes_capacity CHECK (typeof(capacity) = 'integer' AND capacity > 0),
    CONSTRAINT classes_period CHECK (starts_at < ends_at),
    CONSTRAINT classes_times CHECK (
        typeof(starts_at) = 'text' AND starts_at IS strftime('%Y-%m-%d %H:%M:%S', starts_at)
        AND typeof(ends_at) = 'text' AND ends_at IS strftime('%Y-%m-%d %H:%M:%S', ends_at)
    )
);
CREATE UNIQUE INDEX classes_occurrence ON classes (series_id, original_start);
CREATE INDEX classes_start ON classes (starts_at);
CREATE INDEX classes_location ON classes (location_id, starts_at);
CREATE INDEX classes_trainer ON classes (trainer_id);
CREATE INDEX classes_room ON classes (room_id, starts_at);
CREATE INDEX classes_equipment ON classes (equipment_id, starts_at);
CREATE INDEX classes_closure ON classes (closure_id);

CREATE TABLE sessions (
    id             INTEGER NOT NULL PRIMARY KEY,
    trainer_id     BIGINT NOT NULL REFERENCES trainers (id),
    member_id      BIGINT NOT NULL REFERENCES members (id),
    location_id    BIGINT NOT NULL REFERENCES locations (id),
    room_id        BIGINT REFERENCES rooms (id),
    starts_at      TIMESTAMP NOT NULL,
    ends_at        TIMESTAMP NOT NULL,
    before_minutes INTEGER NOT NULL,
    after_minutes  INTEGER NOT NULL,
    state          TEXT NOT NULL,
    booked_at      TIMESTAMP NOT NULL,
    closure_id     BIGINT REFERENCES closures (id),
    CONSTRAINT sessions_state CHECK (state IN ('booked', 'attended', 'cancelled', 'no_show')),
    CONSTRAINT sessions_period CHECK (starts_at < ends_at),
    CONSTRAINT sessions_times CHECK (
        typeof(starts_at) = 'text' AND starts_at IS strftime('%Y-%m-%d %H:%M:%S', starts_at)
        AND typeof(ends_at) = 'text' AND ends_at IS strftime('%Y-%m-%d %H:%M:%S', ends_at)
    )
);
CREATE INDEX sessions_trainer ON sessions (trainer_id, starts_at);
CREATE INDEX sessions_member ON sessions (member_id, ends_at);
CREATE INDEX sessions_location ON sessions (location_id, starts_at);
CREATE INDEX sessions_room ON sessions (room_id);
CREATE INDEX sessions_closure ON sessions (closure_id);

-- `ends_at` is the end of the class, so that a member's diary is one range of one index.
CREATE TABLE class_registrations (
    id          INTEGER NOT NULL PRIMARY KEY,
    class_id    BIGINT NOT NULL REFERENCES classes (id),
    member_id   BIGINT NOT NULL REFERENCES members (id),
    seats       INTEGER NOT NULL,
    channel     TEXT NOT NULL,
    state       TEXT NOT NULL,
    ends_at     TIMESTAMP NOT NULL,
    booked_at   TIMESTAMP NOT NULL,
    grace_until TIMESTAMP,
    settled_at  TIMESTAMP,
    closure_id  BIGINT REFERENCES closures (id),
    CONSTRAINT class_registrations_seats CHECK (typeof(seats) = 'integer' AND seats > 0),
    CONSTRAINT class_registrations_channel CHECK (channel IN ('club', 'online', 'aggregator')),
    CONSTRAINT class_registrations_state CHECK (
        state IN ('booked', 'attended', 'cancelled', 'late_cancelled', 'no_show', 'club_cancelled')
    )
);
CREATE UNIQUE INDEX class_registrations_live ON class_registrations (class_id, member_id)
    WHERE state IN ('booked', 'attended');
CREATE INDEX class_registrations_class ON class_registrations (class_id);
CREATE INDEX class_registrations_member ON class_registrations (member_id, ends_at);
CREATE INDEX class_registrations_closure ON class_registrations (closure_id);

CREATE TABLE class_waitlist (
    id          INTEGER NOT NULL PRIMARY KEY,
    class_id    BIGINT NOT NULL REFERENCES classes (id),
    member_id   BIGINT NOT NULL REFERENCES members (id),
    seats       INTEGER NOT NULL,
    channel     TEXT NOT NULL,
    entry_seq   INTEGER NOT NULL,
    state       TEXT NOT NULL,
    entered_at  TIMESTAMP NOT NULL,
    offer_until TIMESTAMP,
    CONSTRAINT class_waitlist_seats CHECK (typeof(seats) = 'integer' AND seats > 0),
    CONSTRAINT class_waitlist_seq CHECK (typeof(entry_seq) = 'integer'),
    CONSTRAINT class_waitlist_channel CHECK (channel IN ('club', 'online', 'aggregator')),
    CONSTRAINT class_waitlist_state CHECK (state IN ('waiting', 'offered', 'promoted', 'left', 'lapsed', 'ended')),
    CONSTRAINT class_waitlist_offer CHECK ((state = 'offered') = (offer_until IS NOT NULL))
);
CREATE UNIQUE INDEX waitlist_order ON class_waitlist (class_id, entry_seq);
CREATE UNIQUE INDEX class_waitlist_live ON class_waitlist (class_id, member_id)
    WHERE state IN ('waiting', 'offered');
CREATE INDEX class_waitlist_member ON class_waitlist (member_id, state);

CREATE TABLE holds (
    id         INTEGER NOT NULL PRIMARY KEY,
    class_id   BIGINT NOT NULL REFERENCES classes (id),
    member_id  BIGINT NOT NULL REFERENCES members (id),
    seats      INTEGER NOT NULL,
    channel    TEXT NOT NULL,
    held_until TIMESTAMP NOT NULL,
    ended      BOOLEAN NOT NULL,
    CONSTRAINT holds_seats CHECK (typeof(seats) = 'integer' AND seats > 0),
    CONSTRAINT holds_channel CHECK (channel IN ('club', 'online', 'aggregator'))
);
CREATE INDEX holds_class ON holds (class_id, ended);
CREATE INDEX holds_member ON holds (member_id);

CREATE TABLE penalties (
    id              INTEGER NOT NULL PRIMARY KEY,
    member_id       BIGINT NOT NULL REFERENCES members (id),
    class_id        BIGINT NOT NULL REFERENCES classes (id),
    registration_id BIGINT NOT NULL REFERENCES class_registrations (id),
    offence         TEXT NOT NULL,
    at              TIMESTAMP NOT NULL,
    waiver          TEXT,
    CONSTRAINT penalties_offence CHECK (offence IN ('late_cancel', 'no_show')),
    CONSTRAINT penalties_waiver CHECK (waiver IN ('allowance', 'club_cancelled', 'attended'))
);
CREATE INDEX penalties_member ON penalties (member_id);
CREATE INDEX penalties_class ON penalties (class_id);
CREATE INDEX penalties_registration ON penalties (registration_id);

CREATE TABLE bans (
    id           INTEGER NOT NULL PRIMARY KEY,
    member_id    BIGINT NOT NULL REFERENCES members (id),
    penalty_id   BIGINT NOT NULL REFERENCES penalties (id),
    banned_from  TIMESTAMP NOT NULL,
    banned_until TIMESTAMP NOT NULL,
    lifted       BOOLEAN NOT NULL,
    CONSTRAINT bans_period CHECK (banned_from < banned_until)
);
CREATE INDEX bans_member ON bans (member_id);
CREATE INDEX bans_penalty ON bans (penalty_id);

-- Seats may only increase up to what class, room and the units that the class has allow; lowering these is never refused.
CREATE TRIGGER class_capacity_insert AFTER INSERT ON class_registrations
WHEN NEW.state IN ('booked', 'attended')
BEGIN
    SELECT RAISE(ABORT, 'class_capacity') WHERE (
        SELECT SUM(seats) FROM class_registrations
        WHERE class_id = NEW.class_id AND state IN ('booked', 'attended')
    ) > (
        SELECT MIN(
            classes.capacity,
            COALESCE(rooms.capacity, classes.capacity),
            CASE WHEN classes.equipment_id IS NULL THEN classes.capacity ELSE (
                SELECT COUNT(*) FROM claims
                WHERE owner_kind = 'class' AND owner_id = NEW.class_id AND resource_kind = 'unit' AND state = 'live'
            ) END
        )
        FROM classes LEFT JOIN rooms ON rooms.id = classes.room_id WHERE classes.id = NEW.class_id
    );
END;

CREATE TRIGGER class_capacity_update AFTER UPDATE ON class_registrations
WHEN NEW.state IN ('booked', 'attended')
    AND (OLD.state NOT IN ('booked', 'attended') OR NEW.seats > OLD.seats OR NEW.class_id <> OLD.class_id)
BEGIN
    SELECT RAISE(ABORT, 'class_capacity') WHERE (
        SELECT SUM(seats) FROM class_registrations
        WHERE class_id = NEW.class_id AND state IN ('booked', 'attended')
    ) > (
        SELECT MIN(
            classes.capacity,
            COALESCE(rooms.capacity, classes.capacity),
            CASE WHEN classes.equipment_id IS NULL THEN classes.capacity ELSE (
                SELECT COUNT(*) FROM claims
                WHERE owner_kind = 'class' AND owner_id = NEW.class_id AND resource_kind = 'unit' AND state = 'live'
            ) END
        )
        FROM classes LEFT JOIN rooms ON rooms.id = classes.room_id WHERE classes.id = NEW.class_id
    );
END;

-- The order of a waitlist only grows, and an entry keeps its place.
CREATE TRIGGER waitlist_order_insert BEFORE INSERT ON class_waitlist
BEGIN
    SELECT RAISE(ABORT, 'waitlist_order') WHERE NEW.entry_seq <= (
        SELECT MAX(entry_seq) FROM class_waitlist WHERE class_id = NEW.class_id
    );
END;

CREATE TRIGGER waitlist_order_update BEFORE UPDATE ON class_waitlist
WHEN NEW.entry_seq <> OLD.entry_seq OR NEW.class_id <> OLD.class_id
BEGIN
    SELECT RAISE(ABORT, 'waitlist_order');
END;
