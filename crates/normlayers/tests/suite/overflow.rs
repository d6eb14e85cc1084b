//! Parameter gradients whose terms, or the sums of some of them, are beyond f32, although they are not: they
//! are finite wherever the exact result is.

use crate::support::test;
use crate::support::*;

/// The sign of dy, and what else it is multiplied by, in each row.
type Signs = (&'static str, fn(usize) -> f32);

const SIGNS: [Signs; 3] = [
    ("by turns", |row| if row % 2 == 0 { 1.0 } else { -1.0 }),
    ("four by four", |row| if row % 8 < 4 { 1.0 } else { -1.0 }),
    ("of two rows", |row| [-1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1e-38, 3e-39][row.min(8)]),
];

fn norms() -> impl Iterator<Item = Norm> {
    [2, 4, 7, 8, 9, 16, 20, 33].into_iter().flat_map(|rows| {
        let along = [5, 8, 19, 300].into_iter().flat_map(move |len| [layer(rows, len), rms(rows, len)]);
        along.chain([layer(rows, 34_000 / rows), group(rows, 30, 1, 2), group(rows, 24, 1, 3)])
    })
}

/// Rows of equal bits, with dy of 3·10³⁸ and these signs.
fn problem(norm: Norm, (name, sign): Signs) -> Problem {
    let mut problem = Problem::new(norm).named(format!("dy of 3e38, signs {name}"));
    let period = norm.parameters();
    for i in period..problem.x.len() {
        problem.x[i] = problem.x[i % period];
    }
    problem.dy = (0..problem.x.len()).map(|i| 3e38 * sign(i / period)).collect();
    problem
}

#[test]
fn parameter_gradients_that_cancel_beyond_f32_are_finite() {
    for norm in norms() {
        for signs in SIGNS {
            let problem = problem(norm, signs);
            let solution = solve(&problem);
            let saved = assert_solves_forward(&problem, &solution);
            for ask in Ask::each() {
                for in_place in [false, true] {
                    assert_solves_backward(&problem, &solution, &saved, ask, Place { in_place, ..Place::default() });
                }
            }
        }
    }
}

#[test]
fn columns_and_blocks_that_do_not_overflow_keep_their_bits() {
    for norm in [layer(20, 19), layer(20, 300), layer(7, 300), rms(20, 19), rms(7, 300), group(20, 38, 1, 2)] {
        let plain = Problem::new(norm);
        let saved = forward(&plain, Place::default()).saved;
        let want = backward(&plain, &saved, Ask::ALL, Place::default());
        let mut problem = plain.clone();
        for row in 0..8.min(norm.elements() / norm.parameters()) {
            problem.dy[row * norm.parameters() + 3] = 3e38 * SIGNS[1].1(row);
        }
        for in_place in [false, true] {
            let got = backward(&problem, &saved, Ask::ALL, Place { in_place, ..Place::default() });
            for (got, want) in [(got.dweight, &want.dweight), (got.dbias, &want.dbias)] {
                let others = |values: &[f32]| [&values[..3], &values[4..]].concat();
                let same = same_bits(&others(&got.unwrap()), &others(want.as_ref().unwrap()));
                assert!(same, "{norm:?}, in place: {in_place}");
            }
        }
    }
}

#[test]
fn in_place_or_not_sums_that_overflow_have_the_same_bits() {
    for norm in norms() {
        for signs in SIGNS {
            let problem = problem(norm, signs);
            let saved = forward(&problem, Place::default()).saved;
            let [a, b] = [false, true]
                .map(|in_place| backward(&problem, &saved, Ask::ALL, Place { in_place, ..Place::default() }));
            for (a, b) in [(a.dx, b.dx), (a.dweight, b.dweight), (a.dbias, b.dbias)] {
                assert!(same_bits(&a.unwrap(), &b.unwrap()), "{}", problem.case());
            }
        }
    }
}
