DROP TRIGGER members_erased_insights;
DROP TABLE ai_insight_reasons;
DROP TABLE ai_insights;
DROP TABLE analytics_data;
DROP TABLE analytics_runs;
