//! The gradients are those of the function: a step in any input changes the loss Σ dy·y, taken in f64,
//! as the kernels' gradients say.

use crate::support::test;
use crate::support::*;

/// Central differences of the loss, by each element of one input.
fn differences(exact: &Exact, input: fn(&mut Exact) -> &mut Vec<f64>) -> Vec<f64> {
    const STEP: f64 = 1e-4;
    let mut exact = exact.clone();
    (0..input(&mut exact).len())
        .map(|i| {
            let at = input(&mut exact)[i];
            let mut loss = |v: f64| {
                input(&mut exact)[i] = v;
                exact.loss()
            };
            let slope = (loss(at + STEP) - loss(at - STEP)) / (2.0 * STEP);
            input(&mut exact)[i] = at;
            slope
        })
        .collect()
}

fn assert_slopes(got: Option<Vec<f32>>, want: &[f64], case: &str) {
    let got = got.unwrap();
    let size = want.iter().fold(1.0f64, |size, v| size.max(v.abs()));
    for (i, (got, want)) in got.into_iter().zip(want).enumerate() {
        assert!((f64::from(got) - want).abs() < 3e-6 * size, "{case} {i}: {got} instead of {want}");
    }
}

#[test]
fn gradients_are_slopes_of_the_loss() {
    let layouts = [batch(3, 2, 5), batch_last(3, 4, 3), frozen(2, 3, 5), frozen_last(2, 5, 3), group(2, 6, 5, 2)];
    let more = [group_last(2, 5, 6, 2), group(3, 6, 1, 2), instance(2, 3, 9), instance_last(2, 9, 3)];
    for norm in [layer(3, 11), layer(2, 16), rms(3, 11), rms(4, 1)].into_iter().chain(layouts).chain(more) {
        for affine in AFFINE {
            let problem = Problem::with_affine(norm, affine).eps(1e-2);
            let exact = Exact::from(&problem);
            let saved = forward(&problem, Place::default()).saved;
            let got = backward(&problem, &saved, Ask::ALL, Place::default());
            assert_slopes(got.dx, &differences(&exact, |e| &mut e.x), &format!("dx of {norm:?}"));
            assert_slopes(got.dweight, &differences(&exact, |e| &mut e.weight), &format!("dweight of {norm:?}"));
            assert_slopes(got.dbias, &differences(&exact, |e| &mut e.bias), &format!("dbias of {norm:?}"));
        }
    }
}
