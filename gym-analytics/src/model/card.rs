//! A model card: what a model was learned from, how good it is, for whom, and what it is not for.

use std::fmt::Write as _;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Engine;
use crate::columns::FeatureSet;
use crate::evaluate::{Interval, Report, Slice};

/// The days that rows were made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first.
    pub first: NaiveDate,
    /// The last: nothing after it was seen as a feature.
    pub last: NaiveDate,
}

/// A feature over the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureNote {
    /// Its name.
    pub name: String,
    /// The least value.
    pub least: f64,
    /// The middle one.
    pub median: f64,
    /// The greatest value.
    pub greatest: f64,
    /// The share of rows without a value.
    pub missing: f64,
}

/// What everybody should know of a model (after Mitchell et al. 2019, doi:10.1145/3287560.3287596).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What the model is called.
    pub name: String,
    /// What it is, in words.
    pub kind: String,
    /// The version of the library that fitted it.
    pub library: String,
    /// The days that it learned from.
    pub window: Window,
    /// How many rows it learned from.
    pub rows: u64,
    /// The share of true outcomes among them.
    pub prevalence: f64,
    /// The features, in order, over the training rows.
    pub features: Vec<FeatureNote>,
    /// The hash of the features in order.
    pub features_hash: String,
    /// How the figures below were found, in words.
    pub tested: String,
    /// Figures on rows that were not learned from.
    pub report: Option<Report>,
    /// The same for parts of the members.
    pub slices: Vec<Slice>,
    /// What it is not for.
    pub limits: Vec<String>,
}

impl Card {
    /// Makes the card say what the engine is.
    pub(super) fn of(mut self, engine: &Engine) -> Self {
        self.kind = engine.kind().to_owned();
        self.features_hash = FeatureSet::hash(engine.features());
        self
    }

    /// Returns the card as JSON, for programs.
    ///
    /// # Errors
    ///
    /// Where a number is none that JSON can hold.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Returns the card as Markdown, for people.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "# {}\n", cell(&self.name))?;
        writeln!(text, "{}, fitted by gym-analytics {}.\n", self.kind, self.library)?;
        writeln!(text, "| learned from | |\n|---|---|")?;
        writeln!(text, "| days | {} to {} |", self.window.first, self.window.last)?;
        writeln!(text, "| rows | {} |", self.rows)?;
        writeln!(text, "| prevalence | {:.2} % |", self.prevalence * 100.0)?;
        writeln!(
            text,
            "| features | {}, SHA-256 `{}` |",
            self.features.len(),
            self.features_hash
        )?;
        if let Some(report) = &self.report {
            writeln!(text, "\n## How good it is\n\n{}\n", self.tested)?;
            self.write_report(text, report)?;
        }
        if !self.slices.is_empty() {
            self.write_slices(text)?;
        }
        writeln!(
            text,
            "\n## Features\n\n| name | least | median | greatest | missing |\n|---|---|---|---|---|"
        )?;
        for note in &self.features {
            let share = note.missing * 100.0;
            let name = cell(&note.name);
            writeln!(
                text,
                "| {name} | {} | {} | {} | {share:.1} % |",
                note.least, note.median, note.greatest
            )?;
        }
        writeln!(text, "\n## What it is not for\n")?;
        self.limits
            .iter()
            .try_for_each(|limit| writeln!(text, "- {limit}"))
    }

    fn write_report(&self, text: &mut String, report: &Report) -> std::fmt::Result {
        writeln!(text, "| figure | value |\n|---|---|")?;
        writeln!(text, "| rows, events | {}, {} |", report.rows, report.events)?;
        writeln!(text, "| ROC-AUC | {} |", interval(&report.roc_auc))?;
        writeln!(text, "| PR-AUC | {:.4} |", report.pr_auc)?;
        writeln!(text, "| log-loss | {:.4} |", report.log_loss)?;
        let brier = &report.brier;
        let (score, off, apart) = (brier.score, brier.reliability, brier.resolution);
        writeln!(
            text,
            "| Brier score | {score:.4} (reliability {off:.4}, resolution {apart:.4}) |"
        )?;
        writeln!(text, "| calibration error | {} |", interval(&report.ece))?;
        if let Some(line) = report.calibration {
            writeln!(
                text,
                "| calibration line | slope {:.3}, intercept {:.3} |",
                line.slope, line.intercept
            )?;
        }
        writeln!(text, "| lift at {} calls | {:.2} |", report.calls, report.lift)?;
        writeln!(text, "\n| predicted | happened | rows |\n|---|---|---|")?;
        for bin in &report.reliability {
            let (predicted, observed) = (bin.predicted * 100.0, bin.observed * 100.0);
            writeln!(text, "| {predicted:.1} % | {observed:.1} % | {} |", bin.rows)?;
        }
        Ok(())
    }

    fn write_slices(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "\n## For whom\n\n| slice | rows | events | ROC-AUC | observed / expected | false positives |"
        )?;
        writeln!(text, "|---|---|---|---|---|---|")?;
        let known = |figure: &Option<Interval>| figure.as_ref().map_or("–".to_owned(), interval);
        for slice in &self.slices {
            let measures = &slice.measures;
            let figures = [
                &measures.roc_auc,
                &measures.observed_expected,
                &measures.false_positives,
            ]
            .map(known);
            let name = cell(&slice.name);
            writeln!(
                text,
                "| {name} | {} | {} | {} |",
                slice.rows,
                slice.events,
                figures.join(" | ")
            )?;
        }
        Ok(())
    }
}

fn interval(figure: &Interval) -> String {
    format!("{:.4} ({:.4} to {:.4})", figure.value, figure.low, figure.high)
}

/// A name must not break the table that it stands in.
fn cell(name: &str) -> String {
    name.replace('|', "\\|").replace(['\n', '\r'], " ")
}
