//! The bounds hold on data that breaks careless kernels: far from zero, at the ends of f32, far from
//! normally distributed. The result is finite wherever the exact one fits f32.

use crate::support::test;
use crate::support::*;

type Family = (&'static str, fn(&mut Random, usize, usize) -> f64);

/// Element j of the n of a statistic.
const FAMILIES: [Family; 26] = [
    ("offset 1e2", |r, _, _| 1e2 + r.normal()),
    ("offset 1e3", |r, _, _| -1e3 + r.normal()),
    ("offset 1e4", |r, _, _| 1e4 + r.normal()),
    ("offset 1e5", |r, _, _| 1e5 + r.normal()),
    ("offset 1e6", |r, _, _| -1e6 + r.normal()),
    ("offset 1e4, spread 0.01", |r, _, _| 1e4 + 0.01 * r.normal()),
    ("100 and a little", |r, _, _| 100.0 + 0.01 * r.normal()),
    ("1e30", |r, _, _| 1e30 * r.normal()),
    ("1e30 from afar", |r, _, _| 1e30 * (1.0 + 1e-3 * r.normal())),
    ("1e-30", |r, _, _| 1e-30 * r.normal()),
    ("1e-18", |r, _, _| 1e-18 * r.normal()),
    ("1e20", |r, _, _| 1e20 * r.normal()),
    ("subnormal", |r, _, _| 1e-40 * r.normal()),
    ("the smallest numbers", |_, j, _| 1.5e-45 * (j % 3) as f64),
    ("the largest numbers", |r, _, _| f64::from(f32::MAX) * (r.uniform() * 2.0 - 1.0)),
    ("both ends of f32", |_, j, _| f64::from(if j % 2 == 0 { f32::MAX } else { f32::MIN })),
    ("one value plus one ulp", |_, j, n| if j == n / 2 { f64::from(1000.0f32.next_up()) } else { 1000.0 }),
    (
        "one value plus one ulp at the start",
        |_, j, _| if j == 0 { f64::from(0.1f32.next_up()) } else { f64::from(0.1f32) },
    ),
    ("sorted", |_, j, n| j as f64 / n as f64),
    ("sorted, falling, far away", |_, j, n| 5e4 - 10.0 * j as f64 / n as f64),
    ("two levels", |r, j, n| if j < n / 2 { 50.0 } else { -50.0 } + 1e-2 * r.normal()),
    ("two levels, unequal", |r, j, n| if j < n - n / 8 { 1.0 } else { 1e4 } + r.normal()),
    ("one outlier of 1e30", |r, j, n| if j == n - 1 { 1e30 } else { r.normal() }),
    ("a first outlier of 1e30", |r, j, _| if j == 0 { 1e30 } else { r.normal() }),
    ("first 16 unlike the rest", |r, j, _| if j < 16 { 1e4 } else { 0.0 } + r.normal()),
    ("a coarse grid", |r, _, _| 16_777_216.0 + 2.0 * (r.normal() * 2.0).round()),
];

/// Every norm in both layouts, with about `n` elements per statistic.
fn norms(n: usize) -> [Norm; 11] {
    [
        layer(2, n),
        rms(2, n),
        batch(1, 2, n),
        batch(4, 2, n / 4 + 1),
        batch(n, 3, 1),
        group(2, 4, n / 2 + 1, 2),
        group_last(1, n / 2 + 1, 6, 3),
        group(2, 2 * n, 1, 2),
        instance(1, 2, n),
        instance_last(1, n, 3),
        batch(n, 64, 1),
    ]
}

fn check(n: usize, eps: &[f64], ask: Ask) {
    for norm in norms(n) {
        for (k, (name, value)) in FAMILIES.into_iter().enumerate() {
            for &eps in eps {
                let problem = Problem::new(norm).eps(eps).fill(value).named(name);
                let solution = solve(&problem);
                let saved = assert_solves_forward(&problem, &solution);
                let place = Place { in_place: k % 2 == 0, offset: k % 4, ..Place::default() };
                assert_solves_backward(&problem, &solution, &saved, ask, place);
            }
        }
    }
}

#[test]
fn every_family_of_data_in_short_statistics() {
    [2, 5, 16, 19].into_iter().for_each(|n| check(n, &[1e-5, 0.0], Ask::ALL));
}

#[test]
fn every_family_of_data_in_medium_statistics() {
    [67, 300].into_iter().for_each(|n| check(n, &[1e-5, 0.0], Ask::ALL));
}

#[test]
fn every_family_of_data_in_long_statistics() {
    check(4099, &[1e-5], Ask::ALL);
}

#[test]
fn every_family_of_data_beside_every_other() {
    for n in [3, 16, 40, 131] {
        let channels =
            [batch(n, 29, 1), batch(n, 130, 1), batch(2, 29, n), instance(1, 29, n), instance_last(2, n, 29)];
        let rows = [layer(29, n), rms(29, n), group(2, 29 * n, 1, 29), group(1, 58, n, 29), group_last(1, n, 58, 29)];
        for norm in channels.into_iter().chain(rows) {
            for eps in [1e-5, 0.0] {
                let family = |k: usize| FAMILIES[(k * 7 + n) % FAMILIES.len()].1;
                let problem = Problem::new(norm).eps(eps).fill_each(|r, k, j, n| family(k)(r, j, n));
                assert_solves(&problem.named("all families"));
            }
        }
    }
}

#[test]
fn every_family_of_data_added_to_what_is_there() {
    check(19, &[0.0], Ask { accumulate: true, ..Ask::ALL });
}

#[test]
fn every_family_of_data_with_its_moments_as_constants() {
    for (train, norm) in [(batch(3, 2, 67), frozen(3, 2, 67)), (batch(201, 2, 1), frozen(201, 2, 1))] {
        for (name, value) in FAMILIES {
            let mut problem = Problem::new(train).fill(value).named(name);
            let (mean, var) = Exact::from(&problem).moments();
            problem.norm = norm;
            problem.running_mean = mean.into_iter().map(|v| v as f32).collect();
            problem.running_var = var.into_iter().map(|v| v.min(f64::from(f32::MAX)) as f32).collect();
            for eps in [1e-5, 0.0] {
                assert_solves(&problem.clone().eps(eps));
            }
        }
    }
}

#[test]
fn layer_norm_of_four_neighbouring_integers() {
    let mut problem = Problem::with_affine(layer(1, 4), (false, false));
    problem.x = vec![40000.0, 40001.0, 40002.0, 40003.0];
    let y = forward(&problem, Place::default()).y;
    let want = [-1.341_635_4f32, -0.447_211_8, 0.447_211_8, 1.341_635_4];
    assert!(y.iter().zip(want).all(|(a, b)| (a - b).abs() < 3e-7), "{y:?}");
}

#[test]
fn rows_of_a_million() {
    for norm in [layer(1, 1_000_003), rms(1, 1_000_003), batch(1, 1, 1_000_003)] {
        let problem = Problem::new(norm).fill(|r, _, _| 100.0 + 0.01 * r.normal());
        assert_solves_forward(&problem, &solve(&problem));
    }
}

#[test]
fn parameters_at_the_ends_of_f32() {
    for (weight, bias) in
        [(1e-40, 1.0), (1e-30, 1e-30), (1e30, -1e30), (3e38, 0.0), (3e38, 3e38), (0.0, 2.0), (-1.0, 3e38), (1.0, 1e-42)]
    {
        for norm in norms(21) {
            for scale in [1e-20, 1.0, 1e20] {
                let mut problem = Problem::new(norm).eps(0.0).fill(|_, j, n| j as f64 / n as f64 - 0.4);
                problem.x.iter_mut().for_each(|v| *v *= scale);
                problem.weight.as_mut().unwrap()[0] = weight;
                problem.bias.as_mut().unwrap()[0] = bias;
                problem.name = format!("weight {weight:e}, bias {bias:e}, x · {scale:e}");
                assert_solves(&problem);
            }
        }
    }
}

#[test]
fn incoming_gradients_at_the_ends_of_f32() {
    for size in [1e-42, 1e-38, 1e-30, 1e-20, 1e20, 1e30, 1e37] {
        for norm in norms(21).into_iter().chain(norms(300)) {
            let mut problem = Problem::new(norm);
            problem.dy.iter_mut().for_each(|v| *v = (f64::from(*v) * size) as f32);
            assert_solves(&problem);
        }
    }
}

#[test]
fn gradients_whose_products_underflow_keep_their_digits() {
    for norm in norms(21) {
        for spread in [1e-10, 1e-7, 1e-4, 1.0] {
            for (weight, dy) in [(1.0, 1e-30), (1.0, 1e-35), (1.0, 1e-38), (1e-5, 1e-38), (1e-15, 1e-28)] {
                let mut problem = Problem::new(norm).eps(0.0).fill(|r, _, _| r.normal());
                problem.x.iter_mut().for_each(|v| *v *= spread);
                problem.weight.as_mut().unwrap().iter_mut().for_each(|v| *v *= weight);
                problem.dy.iter_mut().for_each(|v| *v *= dy);
                problem.name = format!("x · {spread:e}, weight · {weight:e}, dy · {dy:e}");
                assert_solves(&problem);
            }
        }
    }
}
