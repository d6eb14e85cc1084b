//! A slice shorter than its shape says is refused, never read or written beyond its end. (In wasm a panic
//! ends the program.)

use crate::support::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn norms() -> impl Iterator<Item = Norm> {
    [1, 3, 4, 16, 67].into_iter().flat_map(|len| {
        [
            batch(3, 2, len),
            batch(len, 5, 1),
            batch(9 * len, 3, 1),
            frozen(3, 2, len),
            frozen_last(2, len, 5),
            group(2, 4, len, 2),
            group_last(2, len, 6, 2),
            group(2, 2 * len, 1, 2),
            instance(2, 3, len),
            instance_last(2, len, 5),
        ]
    })
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

fn assert_refused(norm: Norm, shorten: fn(&mut Problem) -> Option<f32>) {
    let problem = Problem::new(norm);
    let saved = forward(&problem, Place::default()).saved;
    let mut short = problem.clone();
    shorten(&mut short).unwrap();
    if (&short.x, &short.weight, &short.bias) != (&problem.x, &problem.weight, &problem.bias) {
        assert!(panics(|| drop(forward(&short, Place::default()))), "forward of {norm:?}");
    }
    if short.bias == problem.bias {
        assert!(panics(|| drop(backward(&short, &saved, Ask::ALL, Place::default()))), "backward of {norm:?}");
    }
}

#[test]
fn a_short_x() {
    norms().for_each(|norm| assert_refused(norm, |p| p.x.pop()));
}

#[test]
fn a_short_dy() {
    norms().chain([layer(3, 5), rms(3, 5)]).for_each(|norm| assert_refused(norm, |p| p.dy.pop()));
}

#[test]
fn a_short_weight() {
    // Backward reads no weight where a statistic has one value: dx is 0.
    let norms = norms().chain([layer(3, 5), rms(3, 5)]).filter(|norm| norm.elements() > norm.statistics());
    norms.for_each(|norm| assert_refused(norm, |p| p.weight.as_mut().unwrap().pop()));
}

#[test]
fn a_short_bias() {
    norms().chain([layer(3, 5), rms(3, 5)]).for_each(|norm| assert_refused(norm, |p| p.bias.as_mut().unwrap().pop()));
}

#[test]
fn short_statistics() {
    for norm in norms().chain([layer(3, 5), rms(3, 5)]) {
        let problem = Problem::new(norm);
        let mut saved = forward(&problem, Place::default()).saved;
        saved.rstd.pop();
        assert!(panics(|| drop(backward(&problem, &saved, Ask::ALL, Place::default()))), "{norm:?}");
    }
}
