//! Group norm, forward and backward, is its definition in both layouts.

use crate::support::{AFFINE, Norm, Problem, assert_solves, group, group_last, test};

fn check(norms: impl IntoIterator<Item = Norm>) {
    norms.into_iter().for_each(|norm| assert_solves(&Problem::new(norm)));
}

/// Both layouts.
fn both(n: usize, c: usize, s: usize, groups: usize) -> [Norm; 2] {
    [group(n, c, s, groups), group_last(n, s, c, groups)]
}

#[test]
fn every_number_of_positions_from_1_to_130() {
    check((1..=130).flat_map(|s| both(2, 6, s, 2)));
    check((1..=130).flat_map(|s| both(1, 3, s, 1)));
}

#[test]
fn every_number_of_data_points_from_0_to_130() {
    check((0..=130).flat_map(|n| both(n, 4, 3, 2).into_iter().chain(both(n, 6, 1, 3))));
}

#[test]
fn every_number_of_channels_per_group_from_1_to_130() {
    check((1..=130).flat_map(|k| both(2, 3 * k, 5, 3).into_iter().chain(both(3, 2 * k, 1, 2))));
}

#[test]
fn every_number_of_groups_from_1_to_130() {
    check(
        (1..=130).flat_map(|groups| both(2, 2 * groups, 3, groups).into_iter().chain(both(2, 3 * groups, 1, groups))),
    );
}

#[test]
fn odd_and_large_shapes() {
    for (n, c, s, groups) in [
        (2, 64, 3 * 5 * 7, 32),
        (3, 63, 49, 9),
        (2, 65, 17, 5),
        (1, 100, 257, 10),
        (2, 257, 19, 1),
        (1, 1024, 37, 32),
        (2, 5, 1009, 5),
        (66, 12, 4, 3),
        (130, 130, 1, 65),
        (300, 6, 1, 2),
        (70, 1024, 1, 2),
        (1, 2, 40_009, 1),
        (2, 3, 4099, 3),
        (1, 8, 2048, 4),
    ] {
        check(both(n, c, s, groups));
    }
}

#[test]
fn with_and_without_weight_and_bias() {
    for affine in AFFINE {
        for norm in [both(3, 6, 17, 2), both(2, 64, 64, 8), both(5, 12, 1, 3)].into_iter().flatten() {
            assert_solves(&Problem::with_affine(norm, affine));
        }
    }
}

/// Means that lie between two f32 far from zero, all in the same place: their sum would be rounded the same way with
/// each, by 35 units of y and more. What they differ from each other by adds up exactly.
#[test]
fn many_channels_far_from_zero() {
    for (s, c, groups) in [(7, 8192, 1), (7, 16_384, 2), (3, 65_536, 1)] {
        let norm = group_last(1, s, c, groups);
        let problem = Problem::new(norm).eps(0.0).fill(|_, j, _| {
            let position = j / (c / groups);
            8_388_608.0 + if position == 0 { 1.0 } else { 0.0 }
        });
        assert_solves(&problem.named("of 2²³ and one more"));
    }
}
