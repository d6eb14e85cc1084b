//! Working memory goes by the parameters: a call asks for so many numbers for each, however long the batch and the
//! images. (That no call writes to more than it asked for is seen everywhere: scratch is of just that size.)

use normlayers::{ScratchSize, batch_norm, group_norm, layer_norm};

use crate::support::test;

/// Few columns are taken as several rows side by side, of at most so many columns.
const FOLDED: usize = 1088;

/// At most so many f32 and f64.
fn assert_within(size: ScratchSize, f32s: usize, f64s: usize, case: &str) {
    assert!(size.f32s <= f32s && size.f64s <= f64s, "{size:?} instead of {f32s} f32 and {f64s} f64, {case}");
}

/// Records of four for each channel, or each column of rows side by side.
fn columns(rows: usize, c: usize, last: bool) -> usize {
    let side_by_side = if last { FOLDED.min(c.saturating_mul((rows / 8).max(1))) } else { 0 };
    c.max(side_by_side).next_multiple_of(4)
}

const LENGTHS: [usize; 12] = [1, 2, 7, 8, 16, 63, 64, 100, 1000, 5000, 100_000, 10_000_000];
const CHANNELS: [usize; 14] = [1, 2, 3, 5, 16, 31, 63, 64, 65, 127, 256, 1001, 4096, 100_000];

#[test]
fn of_rows_three_f32_and_two_f64_for_each_parameter() {
    for rows in LENGTHS {
        for len in CHANNELS {
            assert_within(layer_norm::scratch(rows, len), 3 * len, 2 * len, &format!("{rows} rows of {len}"));
            let shape = group_norm::Shape { n: rows, c: 2 * len, s: 1, groups: 2, channels_last: false };
            let most = (4 * (2 * len).next_multiple_of(4), 8 * 2 * len);
            assert_within(shape.scratch(), most.0, most.1, &format!("{shape:?}"));
        }
    }
}

#[test]
fn of_channels_four_f32_and_a_few_f64_for_each() {
    for s in LENGTHS {
        for c in CHANNELS {
            for n in [1, 2, 100] {
                let width = columns(n * s, c, true);
                let shape = batch_norm::Shape { n: n * s, c, s: 1 };
                assert_within(shape.scratch(), 4 * width, 2 * width + 2 * c, &format!("{shape:?}"));
                let shape = batch_norm::Shape { n, c, s };
                let width = columns(n, c, s == 1);
                assert_within(shape.scratch(), 4 * width, 2 * width + 2 * c, &format!("{shape:?}"));
                for last in [false, true] {
                    let shape = group_norm::Shape { n, c, s, groups: 1, channels_last: last };
                    let width = columns(s, c, last);
                    assert_within(shape.scratch(), 4 * width, 2 * width + 6 * c, &format!("{shape:?}"));
                }
            }
        }
    }
}
