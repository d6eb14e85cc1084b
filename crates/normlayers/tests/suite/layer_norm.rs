//! Layer norm, forward and backward, is its definition at every row length and every number of rows.

use crate::support::{AFFINE, Problem, assert_solves, layer, test};

#[test]
fn every_row_length_from_0_to_130() {
    (0..=130).for_each(|len| assert_solves(&Problem::new(layer(3, len))));
}

#[test]
fn every_number_of_rows_from_0_to_130() {
    (0..=130).for_each(|rows| assert_solves(&Problem::new(layer(rows, 7))));
}

#[test]
fn rows_and_lengths_around_the_blocks_of_the_sums() {
    for len in [1, 2, 15, 16, 17, 255, 256, 257, 263, 511, 512, 513, 769, 1009, 1024, 4099] {
        [1, 2, 63, 64, 65].into_iter().for_each(|rows| assert_solves(&Problem::new(layer(rows, len))));
    }
}

#[test]
fn many_rows_and_long_rows() {
    for (rows, len) in [(257, 5), (300, 64), (1031, 3), (2, 65_537), (1, 32_768), (4, 3 * 5 * 7)] {
        assert_solves(&Problem::new(layer(rows, len)));
    }
}

#[test]
fn with_and_without_weight_and_bias() {
    for affine in AFFINE {
        (1..=40).for_each(|len| assert_solves(&Problem::with_affine(layer(5, len), affine)));
        assert_solves(&Problem::with_affine(layer(67, 257), affine));
        assert_solves(&Problem::with_affine(layer(9, 771), affine));
    }
}
