//! Areas under the ROC and the precision-recall curve.

use super::Scored;

/// Returns the rows from the highest probability to the lowest, equal ones in their order.
pub(super) fn order(scored: &Scored) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scored.rows() as u32).collect();
    order.sort_by(|&a, &b| scored.probabilities[b as usize].total_cmp(&scored.probabilities[a as usize]));
    order
}

/// Walks groups of equal probability, the highest first: (true rows, false rows), each counted as often as drawn.
fn groups(scored: &Scored, order: &[u32], counts: Option<&[u32]>, mut see: impl FnMut(f64, f64)) {
    let (mut yes, mut no) = (0u64, 0u64);
    for (at, &row) in order.iter().enumerate() {
        let row = row as usize;
        let times = counts.map_or(1, |counts| u64::from(counts[row]));
        if scored.outcomes[row] {
            yes += times;
        } else {
            no += times;
        }
        let next = order.get(at + 1).map(|&next| scored.probabilities[next as usize]);
        if next != Some(scored.probabilities[row]) {
            see(yes as f64, no as f64);
            (yes, no) = (0, 0);
        }
    }
}

/// Returns the ROC area, or none where only one outcome was drawn.
pub(super) fn roc(scored: &Scored, order: &[u32], counts: Option<&[u32]>) -> Option<f64> {
    let (mut above, mut below, mut area) = (0.0, 0.0, 0.0);
    groups(scored, order, counts, |yes, no| {
        area += no * (above + yes / 2.0);
        above += yes;
        below += no;
    });
    (above > 0.0 && below > 0.0).then(|| area / (above * below))
}

/// Returns the average precision, or none where no outcome is true.
pub(super) fn precision_recall(scored: &Scored, order: &[u32]) -> Option<f64> {
    let (mut hits, mut seen, mut sum) = (0.0, 0.0, 0.0);
    groups(scored, order, None, |yes, no| {
        hits += yes;
        seen += yes + no;
        sum += yes * hits / seen;
    });
    (hits > 0.0).then(|| sum / hits)
}
