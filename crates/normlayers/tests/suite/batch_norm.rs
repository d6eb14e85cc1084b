//! Batch norm in training, forward and backward, is its definition in both layouts.

use crate::support::{AFFINE, Norm, Problem, assert_solves, batch, batch_last, test};

fn check(norms: impl IntoIterator<Item = Norm>) {
    norms.into_iter().for_each(|norm| assert_solves(&Problem::new(norm)));
}

#[test]
fn every_number_of_positions_from_1_to_130() {
    check((1..=130).flat_map(|s| [batch(3, 2, s), batch(1, 3, s), batch_last(2, s, 5)]));
}

#[test]
fn every_number_of_data_points_from_1_to_130() {
    check((1..=130).flat_map(|n| [batch(n, 2, 3), batch(n, 3, 1), batch(n, 7, 1), batch(n, 16, 1), batch(n, 1, 1)]));
}

#[test]
fn every_number_of_channels_from_1_to_130() {
    check((1..=130).flat_map(|c| [batch(2, c, 5), batch_last(1, 3, c), batch_last(2, 35, c)]));
}

#[test]
fn channels_around_whole_vectors_and_the_folding_of_narrow_rows() {
    for c in [1, 2, 3, 5, 8, 12, 24, 31, 32, 33, 63, 64, 65, 100, 257, 1024] {
        check([7, 8, 15, 16, 17, 63, 64, 65, 129, 257].map(|n| batch(n, c, 1)));
        check([batch(2, c, 3 * 5 * 7), batch_last(3, 49, c)]);
    }
}

#[test]
fn more_rows_than_a_block_of_sums_holds() {
    check([(4099, 1), (2053, 3), (1031, 5), (5000, 10), (1537, 64)].map(|(n, c)| batch(n, c, 1)));
    check([batch(3, 2, 1009), batch(70, 2, 257), batch(5, 3, 4096), batch(1, 1, 70_001)]);
}

#[test]
fn with_and_without_weight_and_bias() {
    for affine in AFFINE {
        for norm in [batch(4, 3, 17), batch(4, 3, 64), batch_last(4, 9, 3), batch_last(2, 16, 65), batch(33, 64, 1)] {
            assert_solves(&Problem::with_affine(norm, affine));
        }
    }
}
