-- What models said, so that what came of it can be held against it: a run of one version of a model at an instant, its
-- figures, each of the club or of one member, class or trainer, and what it said of members with its reasons.
CREATE TABLE analytics_runs (
    id          INTEGER NOT NULL PRIMARY KEY,
    model       TEXT NOT NULL,
    version     TEXT NOT NULL,
    as_of       TIMESTAMP NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
-- Of one version at one instant there is one run.
CREATE UNIQUE INDEX analytics_runs_once ON analytics_runs (model, version, as_of);

CREATE TABLE analytics_data (
    id         INTEGER NOT NULL PRIMARY KEY,
    run_id     BIGINT NOT NULL REFERENCES analytics_runs (id),
    member_id  BIGINT REFERENCES members (id),
    class_id   BIGINT REFERENCES classes (id),
    trainer_id BIGINT REFERENCES trainers (id),
    name       TEXT NOT NULL,
    value      DOUBLE PRECISION NOT NULL,
    CONSTRAINT analytics_data_about CHECK (
        (member_id IS NULL OR class_id IS NULL) AND (member_id IS NULL OR trainer_id IS NULL)
        AND (class_id IS NULL OR trainer_id IS NULL)
    )
);
CREATE INDEX analytics_data_run ON analytics_data (run_id);
CREATE INDEX analytics_data_member ON analytics_data (member_id);
CREATE INDEX analytics_data_class ON analytics_data (class_id);
CREATE INDEX analytics_data_trainer ON analytics_data (trainer_id);

CREATE TABLE ai_insights (
    id        INTEGER NOT NULL PRIMARY KEY,
    run_id    BIGINT NOT NULL REFERENCES analytics_runs (id),
    member_id BIGINT NOT NULL REFERENCES members (id),
    kind      TEXT NOT NULL,
    score     DOUBLE PRECISION NOT NULL
);
CREATE UNIQUE INDEX ai_insights_once ON ai_insights (run_id, member_id, kind);
CREATE INDEX ai_insights_member ON ai_insights (member_id);

CREATE TABLE ai_insight_reasons (
    id         INTEGER NOT NULL PRIMARY KEY,
    insight_id BIGINT NOT NULL REFERENCES ai_insights (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    words      TEXT NOT NULL,
    adds       DOUBLE PRECISION NOT NULL
);
CREATE UNIQUE INDEX ai_insight_reasons_once ON ai_insight_reasons (insight_id, place);

-- What was said of somebody goes when they are erased, whoever erases them.
CREATE TRIGGER members_erased_insights AFTER UPDATE OF name ON members WHEN NEW.name = '(erased)'
BEGIN
    DELETE FROM ai_insights WHERE member_id = NEW.id;
    DELETE FROM analytics_data WHERE member_id = NEW.id;
END;
