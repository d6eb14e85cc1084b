//! The statistics alone are those that forward saves, bit for bit, and those of the definition.

use crate::support::test;
use crate::support::*;

fn assert_statistics(problem: &Problem, offset: usize) {
    let saved = assert_solves_forward(problem, &solve(problem));
    let alone = statistics(problem, Place { offset, ..Place::default() });
    assert!(same_bits64(&alone.mean, &saved.mean), "means of {}", problem.case());
    assert!(same_bits64(&alone.rstd, &saved.rstd), "rstd of {}", problem.case());
}

#[test]
fn at_every_length_from_1_to_130() {
    for len in 1..=130 {
        along(len).into_iter().for_each(|norm| assert_statistics(&Problem::new(norm), len % 4));
    }
}

#[test]
fn of_long_statistics_and_many_channels() {
    for len in [257, 1009, 1024] {
        along(len).into_iter().for_each(|norm| assert_statistics(&Problem::new(norm), 1));
    }
}

#[test]
fn with_every_eps_and_poor_shifts() {
    for eps in [0.0, 1e-12, 1e-5, 1.0, 1e10] {
        // (Long rows are judged by themselves.)
        for norm in along(67).into_iter().chain([layer(3, 531), rms(3, 531), group(2, 2 * 531, 1, 2)]) {
            let far = Problem::new(norm).eps(eps).fill(|r, j, _| r.normal() + if j < 16 { 1e3 } else { 0.0 });
            assert_statistics(&far.named("first 16 far away"), 0);
            let tiny = Problem::new(norm).eps(eps).fill(|r, _, _| 1e-35 * r.normal());
            assert_statistics(&tiny.named("tiny"), 0);
            let huge = Problem::new(norm).eps(eps).fill(|r, _, _| 1e35 * r.normal());
            assert_statistics(&huge.named("huge"), 0);
        }
    }
}
