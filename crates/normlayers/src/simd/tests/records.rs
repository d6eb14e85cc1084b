//! Every element of a matrix is met and written once, with the record of its column, whatever the width and the number
//! of rows.

use core::array::from_fn;

use super::std::vec::Vec;
use super::{Guarded, test};
use crate::simd::{InOut, drain_records, map_rows, visit_rows};

/// Widths and heights: every width with a few rows, every number of rows with a few widths, and how
/// much of one more row there is.
fn matrices() -> impl Iterator<Item = (usize, usize, usize)> {
    let step = |usual, under_miri| if cfg!(miri) { under_miri } else { usual };
    let all_widths = (1..=step(130, 20)).step_by(step(1, 3)).flat_map(move |w| [(w, 3), (w, step(8, 1))]);
    let all_heights = (0..=step(35, 9)).step_by(step(1, 9)).flat_map(|h| [(1, h), (6, h), (20, h)]);
    all_widths.chain(all_heights).flat_map(|(w, h)| [0, 1, w / 2, w - 1].map(move |short| (w, h, short)))
}

/// Where lane `column` of vector `k` lies in records of `size` vectors per 4 columns.
fn lane(column: usize, k: usize, size: usize) -> usize {
    column / 4 * 4 * size + k * 4 + column % 4
}

fn check_visit_rows<const R: usize>(at_once: bool) {
    for (width, rows, short) in matrices() {
        let len = width * rows + short;
        let (x, y) = (Guarded::new(len, R % 4, 1), Guarded::new(len, 1, 2));
        let mut records = Guarded::new(3 * width.next_multiple_of(4), 3, 3);
        let mut want = records.values().to_vec();
        for (i, (x, y)) in x.values().iter().zip(y.values()).enumerate() {
            let column = i % width;
            want[lane(column, 1, 3)] += x - want[lane(column, 0, 3)];
            want[lane(column, 2, 3)] += x * y;
        }
        visit_rows::<R, 2, 3, 2>(
            [x.values(), y.values()],
            width,
            records.values_mut(),
            at_once,
            |[x, y], [k, s, q]| (0..R).fold([s, q], |[s, q], r| [s + (x[r] - k), q + x[r] * y[r]]),
            |[x, y], [k, s, q]| [s + (x - k), q + x * y],
        );
        records.assert(&want, (R, at_once, width, rows, short));
    }
}

#[test]
fn visit_rows_meets_every_element_once_and_stores_no_padding() {
    check_visit_rows::<2>(true);
    check_visit_rows::<4>(true);
    check_visit_rows::<4>(false);
    check_visit_rows::<8>(true);
}

fn check_map_rows(in_place: bool) {
    for (width, rows, short) in matrices() {
        let len = width * rows + short;
        let (x, a) = (Guarded::new(len, 1, 1), Guarded::new(len, rows % 4, 2));
        let mut y = Guarded::new(len, if in_place { 1 } else { 2 }, if in_place { 1 } else { 4 });
        let records = Guarded::new(2 * width.next_multiple_of(4), 3, 3);
        let io = if in_place { InOut::in_place(y.values_mut()) } else { InOut::new(x.values(), y.values_mut()) };
        map_rows(io, [a.values()], width, records.values(), |x, [a], [k, b]| (x - k) * a + b);
        let constant = |i: usize, k: usize| records.values()[lane(i % width, k, 2)];
        let value = |i: usize| (x.values()[i] - constant(i, 0)) * a.values()[i] + constant(i, 1);
        let want: Vec<f32> = (0..len).map(value).collect();
        y.assert(&want, (width, rows, short, in_place));
    }
}

#[test]
fn map_rows_writes_every_element_once_in_place_and_out_of_place() {
    check_map_rows(false);
    check_map_rows(true);
}

#[test]
fn drain_records_moves_the_sums_to_the_totals_and_leaves_the_rest() {
    for padded in (0..=if cfg!(miri) { 12 } else { 132 }).step_by(4) {
        let mut records = Guarded::new(3 * padded, 1, 1);
        let before = records.values().to_vec();
        let mut totals: [Vec<f64>; 2] = from_fn(|k| (0..padded + 1).map(|j| (j * 3 + k) as f64 + 0.5).collect());
        let old = totals.clone();
        let [s, q] = &mut totals;
        drain_records::<3, 2>(records.values_mut(), [&mut s[..padded], &mut q[..padded]]);
        for k in 0..2 {
            let added = |j: usize| if j < padded { f64::from(before[lane(j, k + 1, 3)]) } else { 0.0 };
            let want: Vec<f64> = old[k].iter().enumerate().map(|(j, t)| t + added(j)).collect();
            assert_eq!(totals[k], want);
        }
        let want: Vec<f32> = before.iter().enumerate().map(|(i, &v)| if i / 4 % 3 == 0 { v } else { 0.0 }).collect();
        records.assert(&want, padded);
    }
}
