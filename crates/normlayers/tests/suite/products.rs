//! Products dy·(x − mean), where the norm is of channels: they are made and summed in f32 while rstd is within 2^±24,
//! and in f64 beyond, where they may leave f32 although dy and x are normal numbers.

use crate::support::test;
use crate::support::*;

/// Norms that sum these products by themselves. (Rows sum dy·x̂: what x̂ is does not depend on the size of x.)
fn norms() -> impl Iterator<Item = Norm> {
    let by_rows = |norm: &Norm| matches!(norm, Norm::Layer { .. } | Norm::Rms { .. } | Norm::Group { s: 1, .. });
    [4, 16, 65, 300].into_iter().flat_map(every_norm).filter(move |norm| !by_rows(norm))
}

/// Normal data about a mean of the same size, all times 2^`power`, and as many constants.
fn scaled(norm: Norm, power: i32) -> Problem {
    let scale = 2f32.powi(power);
    let mut problem = Problem::new(norm).eps(0.0);
    problem.x.iter_mut().chain(&mut problem.running_mean).for_each(|x| *x *= scale);
    problem.running_var.iter_mut().for_each(|var| *var *= scale * scale);
    problem.named(format!("times 2^{power}"))
}

#[test]
fn within_the_limit_a_power_of_two_moves_exponents_alone() {
    for norm in norms() {
        let run = |power| {
            let problem = scaled(norm, power);
            let saved = forward(&problem, Place::default()).saved;
            backward(&problem, &saved, Ask::ALL, Place::default())
        };
        let want = run(0);
        for power in [-20, -17, -9, 9, 17, 20] {
            let got = run(power);
            let dx = got.dx.map(|dx| dx.iter().map(|dx| dx * 2f32.powi(power)).collect::<Vec<_>>());
            assert_eq!((dx, got.dweight, got.dbias), (want.dx.clone(), want.dweight.clone(), want.dbias.clone()));
        }
    }
}

#[test]
fn beyond_the_limit_the_gradient_of_weight_is_rounded_once() {
    for power in [-40, -31, -28, 28, 31, 40] {
        for norm in norms() {
            let problem = scaled(norm, power);
            let saved = forward(&problem, Place::default()).saved;
            let got = backward(&problem, &saved, Ask::ALL, Place::default()).dweight.unwrap();
            let want = Exact::from(&problem).over_parameters(|i| {
                let k = norm.statistic(i);
                f64::from(problem.dy[i]) * (f64::from(problem.x[i]) - saved.mean[k]) * saved.rstd[k]
            });
            for (got, want) in got.into_iter().zip(want) {
                let half = 0.5 * f64::from((want as f32).abs().next_up() - (want as f32).abs());
                let off = (f64::from(got) - want).abs() / half;
                assert!(off < 1.0 + 1e-5, "{got} instead of {want}, {off} halves of a unit off, {}", problem.case());
            }
        }
    }
}

#[test]
fn gradients_that_cancel_exactly_of_tiny_data() {
    for power in [0, -10, -20, -23, -25, -28, -31, -40, -60, -100] {
        for size in [-149, -146, -138, -130, -126, -122, -118, -110, -90, -60, 0, 60] {
            for norm in norms() {
                // Σ dy is 0 in every statistic, and each dy·x̂ the same.
                let mut problem = Problem::new(norm).eps(0.0);
                problem = problem.fill(|_, j, _| if j % 2 == 0 { 2f64.powi(power) } else { -2f64.powi(power) });
                problem.dy = problem.x.iter().map(|x| x.signum() * 2f64.powi(size) as f32).collect();
                problem.running_mean.fill(0.0);
                assert_solves(&problem.named(format!("x of ±2^{power}, dy of ±2^{size}")));
            }
        }
    }
}

#[test]
fn gradients_of_zero_add_nothing() {
    for norm in norms() {
        let mut problem = Problem::new(norm).eps(0.0);
        problem.dy.fill(0.0);
        problem.dy.iter_mut().step_by(3).for_each(|dy| *dy = -0.0);
        let saved = forward(&problem, Place::default()).saved;
        let got = backward(&problem, &saved, Ask::ALL, Place::default());
        for (name, values) in [("dx", got.dx), ("dweight", got.dweight), ("dbias", got.dbias)] {
            assert!(values.unwrap().iter().all(|&v| v == 0.0), "{name}, {}", problem.case());
        }
    }
}
