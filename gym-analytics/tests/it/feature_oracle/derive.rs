//! Each feature of what was aggregated for a member.

use gym_core::history::NO_DAY;

use crate::random::DAY;

/// Makes a feature of what was aggregated for a member.
pub fn derive(name: &str, of: &dyn Fn(&str, f64) -> f64) -> f64 {
    let share = |part: &str, whole: &str| {
        if of(whole, 0.0) == 0.0 {
            0.0
        } else {
            of(part, 0.0) / of(whole, 0.0)
        }
    };
    let weekly = || of("d364", 0.0) / (of("lived", 0.0).max(7.0) / 7.0);
    let runs = of("held", -1.0) >= 0.0;
    match name {
        "days_since_visit" => of("nearest", of("tenure", 0.0)),
        "visits_total" => of("total", 0.0),
        "visit_days_7" => of("d7", 0.0),
        "visit_days_28" => of("d28", 0.0),
        "visit_days_91" => of("d91", 0.0),
        "visit_days_182" => of("d182", 0.0),
        "visit_days_364" => of("d364", 0.0),
        "visit_days_per_week" => weekly(),
        "trend" => of("d28", 0.0) / (of("lived", 0.0).clamp(7.0, 28.0) / 7.0) - weekly(),
        "active_weeks_12" => of("active", 0.0),
        "streak_weeks" => of("streak", 52.0),
        "weekly_sd_12" => {
            let n = of("weeks", 1.0);
            (of("squares", 0.0) / n - (of("sum", 0.0) / n).powi(2))
                .max(0.0)
                .sqrt()
        }
        "longest_gap_91" => of("gap", 1.0) - 1.0,
        "mean_gap" if of("d364", 0.0) >= 2.0 => {
            (of("first", 0.0) - of("last", 0.0)) / (of("d364", 0.0) - 1.0)
        }
        "mean_gap" => 364.0,
        "share_weekend" => share("weekend", "d364"),
        "share_early" => share("early", "in_year"),
        "share_evening" => share("evening", "in_year"),
        "share_late" => share("late", "in_year"),
        "places_seen" => of("places", 0.0),
        "stay_minutes" => of("stay", 0.0),
        "tenure_days" => of("tenure", 0.0),
        "membership_days" if runs => of("now", 0.0) - of("starts", 0.0),
        "membership_days" => 0.0,
        "memberships_begun" => of("begun", 0.0),
        "term_months" => of("months", 0.0),
        "price_per_month" => of("price", 0.0) / 1_000.0,
        "days_to_cliff" => {
            let committed = of("committed", f64::from(NO_DAY)) - of("now", 0.0);
            let committed = if committed > 0.0 { committed } else { 366.0 };
            of("term_left", 366.0).min(committed).min(366.0)
        }
        "is_ending" => of("known", 0.0),
        "is_frozen" => of("is_frozen", 0.0),
        "days_frozen_364" => of("frozen", 0.0),
        "payments_failed_182" => of("failed", 0.0),
        "days_since_failure" => (of("since_failure", 1e18) / DAY as f64).floor().min(366.0),
        "is_behind" => f64::from(of("since_failure", 1e18) < of("since_payment", 1e18)),
        "bookings_91" => of("booked", 0.0),
        "classes_attended_91" => of("attended", 0.0),
        "late_cancels_182" => of("late_cancels", 0.0),
        "no_shows_182" => of("no_shows", 0.0),
        "programmes_seen" => of("programmes", 0.0),
        "visits_recent" => {
            let weight = |days: f64| (1.0 - 0.5_f64.powf(days / 30.0)) / (1.0 - 0.5_f64.powf(1.0 / 30.0));
            let before = weight(364.0) - weight(of("lived", 0.0));
            (of("recent", 0.0) * 7.0 + before * 2.0) / weight(364.0)
        }
        "visits_missed" => of("nearest", of("tenure", 0.0)) * weekly() / 7.0,
        "renewals" => of("renewed", 0.0),
        "age" => of("age", 0.0),
        "is_age_known" => of("age_known", 0.0),
        "join_quarter" => of("quarter", 0.0),
        _ => f64::NAN,
    }
}
