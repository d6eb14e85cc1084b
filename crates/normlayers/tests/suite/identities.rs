//! What mathematics says of the norms: which are special cases of which, what scaling the input does, and
//! which directions a gradient cannot have.

use crate::support::test;
use crate::support::*;

/// `other` on the data of `problem`, which has as many elements and parameters.
fn as_norm(problem: &Problem, other: Norm) -> Problem {
    Problem { norm: other, ..problem.clone() }
}

/// Each gives what the other's definition says.
fn assert_equal(problem: &Problem, other: Norm) {
    let other = as_norm(problem, other);
    let (mine, theirs) = (solve(problem), solve(&other));
    for (problem, solution) in [(problem, &theirs), (&other, &mine)] {
        let saved = assert_solves_forward(problem, solution);
        assert_solves_backward(problem, solution, &saved, Ask::ALL, Place::default());
    }
}

#[test]
fn group_norm_with_as_many_groups_as_channels_is_instance_norm() {
    assert_equal(&Problem::new(group(3, 5, 21, 5)), instance(3, 5, 21));
    assert_equal(&Problem::new(group_last(3, 21, 5, 5)), instance_last(3, 21, 5));
}

#[test]
fn group_norm_with_one_group_of_single_positions_is_layer_norm() {
    assert_equal(&Problem::new(group(4, 37, 1, 1)), layer(4, 37));
    let plain = Problem::with_affine(group(4, 6, 37, 1), (false, false));
    let y = forward(&plain, Place::default()).y;
    assert_close(&y, &solve(&Problem { norm: layer(4, 6 * 37), ..plain }).y, || "group norm with one group".into());
}

#[test]
fn instance_norm_of_one_data_point_is_batch_norm_of_a_batch_of_one() {
    assert_equal(&Problem::new(instance(1, 5, 67)), batch(1, 5, 67));
    assert_equal(&Problem::new(instance_last(1, 67, 5)), batch_last(1, 67, 5));
}

fn norms() -> [Norm; 9] {
    let last = [batch_last(3, 19, 5), group_last(3, 35, 6, 2), instance_last(3, 35, 5), group(3, 66, 1, 2)];
    let [a, b, c, d] = last;
    [layer(3, 67), rms(3, 67), batch(3, 5, 19), group(3, 6, 35, 2), instance(3, 5, 35), a, b, c, d]
}

#[test]
fn scaling_the_input_leaves_y_but_for_the_sign_and_divides_dx() {
    for norm in norms() {
        let problem = Problem::with_affine(norm, (true, false)).eps(0.0);
        let Solution { y, dx, .. } = solve(&problem);
        // Powers of two, which round nothing.
        for a in [0.25, 1024.0, -1.0, -8.0] {
            let mut scaled = problem.clone().named(format!("scaled by {a}"));
            scaled.x.iter_mut().for_each(|v| *v *= a);
            let got = forward(&scaled, Place::default());
            let times = |v: &Bounded, by: f32| Bounded {
                values: v.values.iter().map(|v| v * f64::from(by)).collect(),
                bounds: v.bounds.iter().map(|v| v * f64::from(by.abs())).collect(),
            };
            assert_close(&got.y, &times(&y, a.signum()), || scaled.case());
            let got = backward(&scaled, &got.saved, Ask::ALL, Place::default());
            assert_close(&got.dx.unwrap(), &times(&dx, 1.0 / a.abs()), || format!("dx, {}", scaled.case()));
        }
    }
}

#[test]
fn dx_neither_moves_nor_scales_a_statistic() {
    for norm in norms() {
        let problem = Problem::new(norm).eps(0.0);
        let saved = forward(&problem, Place::default()).saved;
        let dx = backward(&problem, &saved, Ask::ALL, Place::default()).dx.unwrap();
        let mut sums = vec![[0.0f64; 3]; norm.statistics()];
        for (i, &dx) in dx.iter().enumerate() {
            let k = norm.statistic(i);
            let normalized = (f64::from(problem.x[i]) - saved.mean[k]) * saved.rstd[k];
            let [sum, product, size] = &mut sums[k];
            *sum += f64::from(dx);
            *product += f64::from(dx) * normalized;
            *size += f64::from(dx.abs()) * normalized.abs().max(1.0);
        }
        for [sum, product, size] in sums {
            assert!(product.abs() < 1e-6 * size, "Σ dx·x̂ = {product} of {norm:?}");
            assert!(!norm.is_centred() || sum.abs() < 1e-6 * size, "Σ dx = {sum} of {norm:?}");
        }
    }
}

#[test]
fn the_standard_deviation_as_weight_and_the_mean_as_bias_give_the_input_back() {
    for norm in [batch(3, 5, 19), batch_last(3, 19, 5), instance(1, 5, 35), instance_last(1, 35, 5)] {
        let mut problem = Problem::new(norm);
        let saved = statistics(&problem, Place::default());
        problem.weight = Some(saved.rstd.iter().map(|r| (1.0 / r) as f32).collect());
        problem.bias = Some(saved.mean.iter().map(|&m| m as f32).collect());
        let y = forward(&problem, Place::default()).y;
        assert!(y.iter().zip(&problem.x).all(|(y, x)| (y - x).abs() < 2e-6), "{norm:?}");
    }
}
