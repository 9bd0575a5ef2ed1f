//! What can be known of a simulated club: by laws that are those of the simulation, as often as it happens.

#[path = "../../examples/quality/knowable.rs"]
mod best;

use gym_core::sim::teacher::{Lesson, Profile, Teacher};

use self::best::{Grid, disagreement, foresee};

fn lesson(profile: Profile, members: u32) -> Lesson {
    Teacher::new(profile, 29, members, "2022-01-01".parse().unwrap(), 20).teach()
}

#[test]
fn the_laws_are_those_of_the_simulation() {
    for profile in Profile::ALL {
        let lesson = lesson(profile, 120);
        assert!(lesson.truth.months.len() > 200);
        assert_eq!(disagreement(&lesson, profile), None);
        let mut others = Profile::ALL.into_iter().filter(|it| *it != profile);
        assert!(others.all(|it| disagreement(&lesson, it).is_some()));
    }
}

#[test]
fn what_is_foreseen_lies_between_the_truth_and_the_average() {
    let lesson = lesson(Profile::Uk, 600);
    let found = foresee(&lesson, Profile::Uk, Grid::default(), 1);
    let months = &lesson.truth.months;
    assert_eq!(found.len(), months.len());
    let truth: Vec<f64> = months.iter().map(|it| it.leaves()).collect();
    let best: Vec<f64> = months.iter().map(|it| found[&(it.member, it.month)]).collect();
    let n = truth.len() as f64;
    let mean = truth.iter().sum::<f64>() / n;
    let average = best.iter().sum::<f64>() / n;
    assert!((average / mean - 1.0).abs() < 0.05, "{average} {mean}");
    // The expected log-loss of each, by the truth: none knows more than it, and who sees knows more than who counts.
    let loss = |told: &dyn Fn(usize) -> f64| {
        let one = |row: usize| truth[row] * told(row).ln() + (1.0 - truth[row]) * (1.0 - told(row)).ln();
        -(0..truth.len()).map(one).sum::<f64>() / n
    };
    let (knows, sees, counts) = (loss(&|row| truth[row]), loss(&|row| best[row]), loss(&|_| mean));
    assert!(
        knows < sees && sees < counts - 0.5 * (counts - knows),
        "{knows} {sees} {counts}"
    );
}

#[test]
fn a_finer_grid_foresees_the_same() {
    let lesson = lesson(Profile::NorthAmerica, 20);
    let fine = Grid {
        rates: 52,
        moods: 45,
        frailties: 21,
        moved: 6,
    };
    let (found, finer) = (
        foresee(&lesson, Profile::NorthAmerica, Grid::default(), 1),
        foresee(&lesson, Profile::NorthAmerica, fine, 2),
    );
    let gap = found.iter().map(|(key, p)| (p - finer[key]).abs()).sum::<f64>() / found.len() as f64;
    assert!(gap < 4e-4, "{gap}");
}
