//! Norms whose statistics are constants (evaluation, frozen layers) are their definition in both layouts.

use crate::support::{
    AFFINE, Ask, Norm, Place, Problem, assert_close, assert_solves, backward, forward, frozen, frozen_last, same_bits,
    solve, test,
};

fn check(norms: impl IntoIterator<Item = Norm>) {
    norms.into_iter().for_each(|norm| assert_solves(&Problem::new(norm)));
}

#[test]
fn every_number_of_positions_from_1_to_130() {
    check((1..=130).flat_map(|s| [frozen(3, 2, s), frozen(1, 3, s), frozen_last(2, s, 5)]));
}

#[test]
fn every_number_of_data_points_from_0_to_130() {
    check((0..=130).flat_map(|n| [frozen(n, 2, 3), frozen(n, 3, 1), frozen(n, 7, 1), frozen(n, 16, 1)]));
}

#[test]
fn every_number_of_channels_from_1_to_130() {
    check((1..=130).flat_map(|c| [frozen(2, c, 5), frozen_last(1, 3, c), frozen_last(2, 35, c)]));
}

#[test]
fn odd_and_large_shapes() {
    for c in [1, 2, 3, 5, 63, 64, 65, 100, 257, 1024] {
        check([frozen(2, c, 3 * 5 * 7), frozen_last(3, 7, c), frozen(65, c, 1)]);
    }
    check([frozen(4099, 1, 1), frozen(2053, 3, 1), frozen(70, 2, 257), frozen(1, 1, 70_001)]);
}

#[test]
fn with_and_without_weight_and_bias() {
    for affine in AFFINE {
        for norm in [frozen(4, 3, 17), frozen(4, 3, 64), frozen_last(4, 9, 3), frozen_last(2, 16, 65)] {
            assert_solves(&Problem::with_affine(norm, affine));
        }
    }
}

#[test]
fn single_values_need_no_statistic_of_their_own() {
    check([frozen(1, 1, 1), frozen(1, 5, 1), frozen(1, 64, 1)]);
}

#[test]
fn constants_beyond_the_range_of_f32_products() {
    for (mean, var, weight) in [
        (0.0, 1e-38, 1e-10),
        (3e38, 1e38, 1.0),
        (-3e38, 1e38, 1e20),
        (1e-40, 1e-44, 1e-20),
        (0.5, 1e38, 1e-25),
        (0.0, 3e38, 1e-38),
    ] {
        for norm in [frozen(3, 5, 21), frozen_last(3, 7, 5)] {
            let mut p = Problem::new(norm).eps(0.0);
            // One channel only: the others stay as they are.
            (p.running_mean[2], p.running_var[2]) = (mean, var);
            p.weight.as_mut().unwrap()[2] = weight;
            for i in 0..p.x.len() {
                if norm.statistic(i) == 2 {
                    p.x[i] = (f64::from(mean) + f64::from(p.x[i]) * f64::from(var).sqrt()) as f32;
                }
            }
            assert_solves(&p);
        }
    }
}

#[test]
fn no_variance_and_no_eps_give_bias() {
    for norm in [frozen(3, 5, 21), frozen_last(3, 7, 5)] {
        let mut p = Problem::new(norm).eps(0.0);
        p.running_var.fill(0.0);
        let got = forward(&p, Place::default());
        assert!(got.saved.rstd.iter().all(|&r| r == 0.0));
        assert!((0..p.x.len()).all(|i| got.y[i] == p.bias_at(i)));
        assert_solves(&p);
    }
}

#[test]
fn dx_does_not_depend_on_x() {
    for norm in [frozen(3, 5, 21), frozen_last(3, 7, 5), frozen_last(9, 7, 5)] {
        // With constants that f32 holds in every channel, and in all channels but one.
        for (var, weight) in [(1.0, 1.0), (3e38, 1e-20)] {
            let mut p = Problem::new(norm).eps(0.0);
            (p.running_var[2], p.weight.as_mut().unwrap()[2]) = (var, weight);
            let saved = forward(&p, Place::default()).saved;
            let dx = |p: &Problem| backward(p, &saved, Ask::ALL, Place::default()).dx.unwrap();
            let want = dx(&p);
            assert_close(&want, &solve(&p).dx, || p.case());
            for x in [f32::NAN, f32::INFINITY, f32::MIN, 0.0] {
                p.x.fill(x);
                assert!(same_bits(&dx(&p), &want), "x of {x}, {}", p.case());
            }
        }
    }
}
