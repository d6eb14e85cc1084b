//! Statistics without spread or without data: one value gives exactly bias and dx = 0, whatever its size
//! and eps; an empty batch gives zero parameter gradients.

use crate::support::test;
use crate::support::*;
use normlayers::{batch_norm, group_norm, layer_norm};

/// Centred norms over `n` elements per statistic.
fn norms(n: usize) -> [Norm; 9] {
    [
        layer(3, n),
        batch(1, 3, n),
        batch(n, 5, 1),
        batch(n, 64, 1),
        group(2, 4, n, 4),
        group_last(2, n, 6, 6),
        group(2, 3 * n, 1, 3),
        instance(2, 3, n),
        instance_last(2, n, 5),
    ]
}

const VALUES: [f32; 10] = [0.0, 1234.0, 0.1, -7.3, 1e-30, 3.3e30, 1e-42, -1e-45, 16_777_215.0, f32::MAX];

#[test]
fn equal_values_give_exactly_bias() {
    for n in [1, 2, 3, 5, 7, 15, 16, 17, 31, 64, 100, 257, 1000, 1031] {
        for norm in norms(n) {
            for value in VALUES {
                for eps in [1e-5, 0.0] {
                    let problem = Problem::new(norm).eps(eps).fill(|_, _, _| f64::from(value));
                    let got = forward(&problem, Place::default());
                    let exact = (0..got.y.len()).all(|i| got.y[i] == problem.bias_at(i));
                    assert!(exact, "{value:e}, eps {eps}, {norm:?}");
                    assert!(got.saved.mean.iter().all(|&m| m == f64::from(value)), "mean {value:e}, {norm:?}");
                    let rstd = if eps == 0.0 { 0.0 } else { 1.0 / eps.sqrt() };
                    assert!(got.saved.rstd.iter().all(|&r| r == rstd), "rstd {value:e}, eps {eps}, {norm:?}");
                }
            }
        }
    }
}

#[test]
fn without_variance_and_eps_all_gradients_but_dbias_are_zero() {
    for n in [2, 5, 16, 33, 300] {
        for norm in norms(n) {
            let problem = Problem::new(norm).eps(0.0).fill(|_, _, _| 4.2);
            let saved = forward(&problem, Place::default()).saved;
            let got = backward(&problem, &saved, Ask::ALL, Place::default());
            let zero = |v: Option<Vec<f32>>| v.unwrap().iter().all(|&v| v == 0.0);
            assert!(zero(got.dx) && zero(got.dweight), "{norm:?}");
            assert_close(&got.dbias.unwrap(), &solve(&problem).dbias, || format!("dbias of {norm:?}"));
        }
    }
}

#[test]
fn equal_values_have_the_gradients_of_the_definition() {
    for n in [1, 2, 5, 16, 33, 300] {
        norms(n).into_iter().for_each(|norm| assert_solves(&Problem::new(norm).fill(|_, _, _| 4.2)));
    }
}

#[test]
fn a_statistic_of_one_value_gives_bias_and_no_dx() {
    for norm in norms(1) {
        for affine in AFFINE {
            let problem = Problem::with_affine(norm, affine);
            let Forward { y, saved } = forward(&problem, Place::default());
            assert!((0..y.len()).all(|i| y[i] == problem.bias_at(i)), "y of {norm:?}");
            let dx = backward(&problem, &saved, Ask::ALL, Place::default()).dx.unwrap();
            assert!(dx.iter().all(|&v| v == 0.0), "dx of {norm:?}, {affine:?}: {dx:?}");
        }
    }
}

#[test]
fn zeros_under_rms_norm_give_bias_and_keep_gradients() {
    for len in [1, 2, 16, 33, 300] {
        for eps in [1e-5, 0.0] {
            let problem = Problem::new(rms(3, len)).eps(eps).fill(|_, _, _| 0.0);
            let y = forward(&problem, Place::default()).y;
            assert!((0..y.len()).all(|i| y[i] == problem.bias_at(i)), "{len}, eps {eps}");
            assert_solves(&problem);
        }
    }
}

/// Products dy·weight below f32's normal range, which rstd lifts into it: where x is zero no sum tells of them.
#[test]
fn zeros_under_rms_norm_keep_the_digits_of_small_gradients() {
    for len in [1, 7, 8, 9, 16, 33, 300] {
        for beside in [0.0, 1e-3] {
            for size in [1.0, 1e20, 1e36] {
                // Every other element of x is zero at least, and dy is there alone.
                let mut problem = Problem::new(rms(3, len)).named(format!("{beside} beside zeros, dy of {size}·2⁻¹⁴⁰"));
                problem = problem.eps(1e-12).fill(|_, i, _| if i % 2 == 0 { 0.0 } else { beside });
                problem.weight = Some(vec![(-70f32).exp2(); len]);
                let dy = 1.7 * size * (-70f32).exp2();
                problem.dy = (0..3 * len).map(|i| if i % len % 2 == 0 { dy } else { 0.0 }).collect();
                assert_solves(&problem);
            }
        }
    }
}

#[test]
fn an_empty_batch_has_parameter_gradients_of_zero() {
    let empty = [layer(0, 5), rms(0, 5), batch(0, 3, 4), batch(0, 3, 1), frozen(0, 3, 4), frozen(0, 3, 1)];
    let more =
        [group(0, 4, 3, 2), group_last(0, 3, 4, 2), group(0, 4, 1, 2), instance(0, 3, 4), instance_last(0, 4, 3)];
    for norm in empty.into_iter().chain(more) {
        let problem = Problem::new(norm);
        let saved = forward(&problem, Place::default()).saved;
        for ask in Ask::each() {
            let got = backward(&problem, &saved, ask, Place::default());
            let start = |i: usize| if ask.accumulate { [-2.25, -1.5, -0.75, 0.0, 0.75][i] } else { 0.0 };
            for gradient in [got.dweight, got.dbias].into_iter().flatten() {
                assert!(gradient.iter().enumerate().all(|(i, &v)| v == start(i)), "{norm:?} {ask:?}");
            }
        }
    }
}

#[test]
fn an_empty_batch_needs_no_working_memory_however_wide_it_is() {
    let c = 1_000_000;
    let group = |s, channels_last| group_norm::Shape { n: 0, c, s, groups: 10, channels_last }.scratch();
    let batch = [1, 4].map(|s| batch_norm::Shape { n: 0, c, s }.scratch());
    let rest = [layer_norm::scratch(0, c), group(1, false), group(4, false), group(4, true)];
    for size in batch.into_iter().chain(rest) {
        assert_eq!((size.f32s, size.f64s), (0, 0));
    }
}
