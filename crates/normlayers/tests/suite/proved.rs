//! What docs/accuracy.md proves for every input, on inputs that are made so that roundings conspire: each
//! term is chosen for the sum so far to be rounded up by as much as it can be.

use crate::support::test;
use crate::support::*;

const UNIT: f64 = f32::EPSILON as f64;

/// Roundings on the longest way of a term into an f32 sum of a statistic or of a run, and into one down 8 rows.
const STATISTIC_DEPTH: f64 = 19.0;
const ROWS_DEPTH: f64 = 7.0;

/// The f32 near `about` that, added to `sum`, is rounded up most.
fn rounded_up(sum: f32, about: f32) -> f32 {
    let gain = |term: f32| f64::from(sum + term) - (f64::from(sum) + f64::from(term));
    let near = (0..256).map(|bits| f32::from_bits(about.to_bits() + bits));
    near.max_by(|a, b| gain(*a).total_cmp(&gain(*b))).unwrap()
}

/// Terms near `about` whose running sum from `start` is rounded up again and again, and by how much in all,
/// in units of the exact sum.
fn conspiracy(start: f32, about: f32, count: usize) -> (Vec<f32>, f64) {
    let (mut sum, mut exact) = (start, f64::from(start));
    let terms = (0..count).map(|_| {
        let term = rounded_up(sum, about);
        sum += term;
        exact += f64::from(term);
        term
    });
    let terms = terms.collect();
    (terms, (f64::from(sum) - exact) / exact.abs() / UNIT)
}

/// In units: what sums of depth 19 may do to y, with a shift that is √t deviations from the mean.
fn proved_of_y(t: f64, normalized: f64) -> f64 {
    let mean = (STATISTIC_DEPTH + 1.0) * (1.0 + t).sqrt();
    let variance = (STATISTIC_DEPTH + 3.0) * (1.0 + t) + 2.0 * t.sqrt() * mean;
    // Half a unit for each rounding; and half of what the variance is off, rstd is off.
    0.5 * mean + 0.25 * variance * normalized.abs()
}

/// Where the first 16 elements of a statistic lie, which are the shift: its square in variances.
fn distances_of_shifts(problem: &Problem, solution: &Solution) -> Vec<f64> {
    let norm = problem.norm;
    let mut sample = vec![(0.0, 0.0); norm.statistics()];
    for (i, &x) in problem.x.iter().enumerate() {
        let (sum, count) = &mut sample[norm.statistic(i)];
        if *count < 16.0 {
            (*sum, *count) = (*sum + f64::from(x), *count + 1.0);
        }
    }
    let distance = |k: usize| (sample[k].0 / sample[k].1 - solution.mean[k]) * solution.rstd[k];
    // A shift farther away than one deviation is replaced.
    (0..sample.len()).map(|k| distance(k).powi(2).min(1.0)).collect()
}

/// The proved bounds in place of the promised ones.
fn solve_proved(problem: &Problem) -> Solution {
    let mut solution = solve(problem);
    let t = distances_of_shifts(problem, &solution);
    let normalized = Exact::from(problem).all_normalized();
    for (i, bound) in solution.y.bounds.iter_mut().enumerate() {
        let weight = problem.weight.as_ref().map_or(1.0, |w| f64::from(w[problem.norm.parameter(i)].abs()));
        *bound += UNIT * weight * proved_of_y(t[problem.norm.statistic(i)], normalized[i]);
    }
    // Two units are promised; a term has three more at most, and the statistics within x̂ as much as y.
    let depth = match problem.norm {
        Norm::Layer { .. } | Norm::Rms { .. } => ROWS_DEPTH,
        _ => STATISTIC_DEPTH,
    };
    let grown = |bounds: &mut [f64]| bounds.iter_mut().for_each(|b| *b *= (3.0 + 0.5 * depth) / 2.0);
    grown(&mut solution.dweight.bounds);
    grown(&mut solution.dbias.bounds);
    solution
}

fn assert_proved(problem: &Problem) {
    let solution = solve_proved(problem);
    let Forward { y, saved } = forward(problem, Place::default());
    assert_close(&y, &solution.y, || format!("y of {}", problem.case()));
    let Gradients { dweight, dbias, .. } = backward(problem, &saved, Ask::ALL, Place::default());
    assert_close(&dweight.unwrap(), &solution.dweight, || format!("dweight of {}", problem.case()));
    assert_close(&dbias.unwrap(), &solution.dbias, || format!("dbias of {}", problem.case()));
}

#[test]
fn the_conspiracies_come_near_to_what_is_proved() {
    // Terms of one size: the partial sums are half of the whole on average, and so are their roundings.
    for (count, least) in [(16, 2.5), (64, 11.0)] {
        let (_, units) = conspiracy(0.0, 1.28125, count);
        let proved = 0.5 * (count as f64 + 1.0) / 2.0;
        assert!(least < units && units < proved, "{count} terms: {units} of {proved}");
    }
}

/// Blocks of 256 elements in 16 lanes of 16: the first of each is far out, for the shift to be 0 and still a
/// deviation away; the others are near 1.
fn lanes(first: f32) -> Vec<f32> {
    let mut x = vec![0.0; 256];
    for lane in 0..16 {
        x[lane] = if lane % 2 == 0 { first } else { -first };
        let (terms, _) = conspiracy(x[lane], 1.0, 15);
        terms.into_iter().enumerate().for_each(|(k, term)| x[16 * (k + 1) + lane] = term);
    }
    x
}

#[test]
fn y_of_statistics_whose_sums_are_rounded_up() {
    for first in [1.0, 2.5, 3.6, 3.75, 4.0, 6.0] {
        let x = lanes(first);
        for norm in [layer(3, 256), rms(3, 256), batch(3, 1, 256), instance(3, 1, 256), group(2, 2, 256, 1)] {
            let mut problem = Problem::with_affine(norm, (false, false)).named(format!("lanes from ±{first}")).eps(0.0);
            problem.x = x.iter().copied().cycle().take(norm.elements()).collect();
            problem.dy = problem.x.iter().map(|x| x.abs()).collect();
            assert_proved(&problem);
        }
    }
}

#[test]
fn parameter_gradients_whose_sums_are_rounded_up() {
    let (terms, _) = conspiracy(0.0, 1.28125, 64);
    let (steps, _) = conspiracy(0.0, 1.28125, 16);
    let constant = |value: f32| vec![value; 64];
    let all = [("64 terms", terms), ("16 terms", steps), ("0.1", constant(0.1)), ("1.9394341", constant(1.939_434))];
    for (name, terms) in all {
        for rows in [64, 331] {
            let along = [layer(rows, 4), layer(rows, 17), rms(rows, 4), group(rows, 8, 1, 2)];
            let across = [batch(rows, 3, 1), batch_last(1, rows, 64), instance_last(1, rows, 3), batch(3, 2, rows)];
            for norm in along.into_iter().chain(across) {
                let mut problem = Problem::new(norm).named(format!("dy of {name}")).eps(0.0);
                let per_row = norm.elements() / rows;
                // Row after row, or position after position: the terms of a parameter come one by one.
                problem.dy = (0..norm.elements()).map(|i| terms[i / per_row % terms.len()]).collect();
                assert_proved(&problem);
            }
        }
    }
}

#[test]
fn parameter_gradients_of_data_that_comes_back_row_after_row() {
    for rows in [64, 195] {
        for norm in [layer(rows, 4), rms(rows, 19), batch_last(1, rows, 64), batch(rows, 3, 1), frozen(rows, 3, 1)] {
            for data in Data::few().step_by(3) {
                for value in [|x: f64| x, |x: f64| 1.0 + x, |x: f64| 0.1 + x.abs()] {
                    let mut problem = Problem::new(norm).eps(0.0).of(data).with_its_moments();
                    if !matches!(norm, Norm::Batch { .. }) {
                        let (row, len) = (problem.x[..norm.elements() / rows].to_vec(), norm.elements());
                        problem.x = row.into_iter().cycle().take(len).collect();
                    }
                    let normalized = Exact::from(&problem).all_normalized();
                    problem.dy = normalized.into_iter().map(|x| value(x) as f32).collect();
                    assert_proved(&problem);
                }
            }
        }
    }
}
