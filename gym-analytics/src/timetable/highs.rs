//! The program by HiGHS, all of it at once.

use highs::{HighsModelStatus, HighsSolutionStatus, HighsStatus, RowProblem, Sense, SolvedModel};

use super::Limits;
use super::program::Program;

/// What came of it.
pub(super) enum Solved {
    /// There is no answer.
    Infeasible,
    /// The best that was found until a limit, and what no answer is above.
    Searched { values: Option<Vec<f64>>, bound: f64 },
}

pub(super) fn solve(program: &Program, limits: Limits) -> Solved {
    // What the solver cannot answer bounds nothing.
    searched(program, limits).unwrap_or(Solved::Searched {
        values: None,
        bound: f64::INFINITY,
    })
}

fn searched(program: &Program, limits: Limits) -> Result<Solved, HighsStatus> {
    if program.choices.is_empty() {
        // HiGHS calls that empty, whatever the rows ask for.
        return Ok(match program.rows.iter().any(|row| row.least > 0.0) {
            true => Solved::Infeasible,
            false => Solved::Searched {
                values: Some(Vec::new()),
                bound: 0.0,
            },
        });
    }
    let mut problem = RowProblem::default();
    let choices: Vec<_> = program
        .worth
        .iter()
        .map(|worth| problem.add_integer_column(*worth, 0.0..=1.0))
        .collect();
    for row in &program.rows {
        let terms = row.terms.iter().map(|(at, factor)| (choices[*at], *factor));
        problem.add_row(row.least..=row.most, terms);
    }
    let mut model = problem.try_optimise(Sense::Maximise)?;
    let refused = |_| HighsStatus::Error;
    model.try_set_option("output_flag", false).map_err(refused)?;
    // The same question has the same answer, whoever else computes.
    model.try_set_option("parallel", "off").map_err(refused)?;
    model
        .try_set_option("time_limit", limits.time.as_secs_f64())
        .map_err(refused)?;
    model
        .try_set_option("mip_max_nodes", i32::try_from(limits.nodes).unwrap_or(i32::MAX))
        .map_err(refused)?;
    model
        .try_set_option("mip_rel_gap", limits.gap.max(0.0))
        .map_err(refused)?;
    model.try_set_option("mip_abs_gap", 0.0).map_err(refused)?;
    read(&model.try_solve()?)
}

fn read(solved: &SolvedModel) -> Result<Solved, HighsStatus> {
    // No choice is unbounded.
    if let HighsModelStatus::Infeasible | HighsModelStatus::UnboundedOrInfeasible = solved.status() {
        return Ok(Solved::Infeasible);
    }
    let is_feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let whole = || {
        let solution = solved.get_solution();
        solution.columns().iter().map(|value| value.round()).collect()
    };
    let bound = solved.double_info_value(c"mip_dual_bound")?;
    Ok(Solved::Searched {
        values: is_feasible.then(whole),
        bound: if bound.is_finite() { bound } else { f64::INFINITY },
    })
}
