//! Instance norm, forward and backward, is its definition in both layouts.

use crate::support::{AFFINE, Norm, Problem, assert_solves, instance, instance_last, test};

fn check(norms: impl IntoIterator<Item = Norm>) {
    norms.into_iter().for_each(|norm| assert_solves(&Problem::new(norm)));
}

/// Both layouts.
fn both(n: usize, c: usize, s: usize) -> [Norm; 2] {
    [instance(n, c, s), instance_last(n, s, c)]
}

#[test]
fn every_number_of_positions_from_1_to_130() {
    check((1..=130).flat_map(|s| both(2, 3, s)));
}

#[test]
fn every_number_of_data_points_from_0_to_130() {
    check((0..=130).flat_map(|n| both(n, 3, 5)));
}

#[test]
fn every_number_of_channels_from_1_to_130() {
    check((1..=130).flat_map(|c| both(2, c, 7)));
}

#[test]
fn odd_and_large_shapes() {
    for c in [1, 2, 3, 5, 63, 64, 65, 100, 257, 1024] {
        check(both(2, c, 17).into_iter().chain(both(1, c, 3 * 5 * 7)));
    }
    check(both(66, 3, 9).into_iter().chain(both(1, 2, 40_009)).chain(both(2, 3, 4099)));
}

#[test]
fn with_and_without_weight_and_bias() {
    for affine in AFFINE {
        for norm in [both(3, 6, 17), both(2, 64, 64)].into_iter().flatten() {
            assert_solves(&Problem::with_affine(norm, affine));
        }
    }
}
