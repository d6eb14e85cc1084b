//! Mean and variance of every column.

use core::ops::Add;

use super::{Columns, ROW_BLOCK};
use crate::channel_sums::judge_moments;
use crate::records::{four, four_mut, groups_of, lane, padded};
use crate::runs::{SHIFT_SAMPLE, exact_moments, mean_in_f64, total_of};
use crate::scratch::Scratch;
use crate::simd::{F32x4, LANES, drain_records, visit_rows};
use crate::statistics::Verdict;

/// Mean and variance of every column. `eps` is what will be added to the variance.
#[inline(never)]
pub(crate) fn moments(
    x: &[f32],
    shape: Columns,
    eps: f64,
    mean: &mut [f64],
    var: &mut [f64],
    scratch: &mut Scratch<'_>,
) {
    let n = shape.rows as f64;
    let folded = shape.for_sums();
    let padded = padded(folded.width);
    let (records, sample) = scratch.f32s.split_at_mut(3 * padded);
    let (sums, squares) = scratch.f64s[..2 * padded].split_at_mut(padded);
    set_shifts(x, shape, records, sample);
    folded.repeat_records(3, records);
    for last in [false, true] {
        sweep(x, shape, records, [sums, squares]);
        let mut poor = false;
        mean.copy_from_slice(&sums[..shape.c]);
        var.copy_from_slice(&squares[..shape.c]);
        judge_moments(records, 3, n, eps, [mean, var], &mut |j, verdict, shift| match verdict {
            Verdict::PoorShift(better) if !last => {
                *shift = better;
                poor = true;
                None
            }
            _ => Some(exact_moments(x, shape.column(j))),
        });
        if !poor {
            return;
        }
        folded.repeat_records(3, records);
    }
}

/// Starts the records `[shift, sum, square]` with the means of the first rows. They are exact where the
/// values are equal: sixteen, as eight and eight, add up without rounding then, and fewer do in f64.
fn set_shifts(x: &[f32], shape: Columns, records: &mut [f32], sample: &mut [f32]) {
    let Columns { rows, c } = shape;
    records.fill(0.0);
    let sums = &mut sample[..padded(c)];
    if rows >= SHIFT_SAMPLE {
        sample_sums(x, c, sums);
    }
    for j in 0..c {
        let shift = if rows >= SHIFT_SAMPLE {
            sums[j] * (1.0 / SHIFT_SAMPLE as f32)
        } else {
            mean_in_f64((0..rows).map(|r| x[r * c + j]))
        };
        records[lane(j, 0, 3)] = shift;
    }
}

/// Of the first sixteen rows, eight at once: sixteen may be more than a set of the cache holds.
#[inline(never)]
fn sample_sums(x: &[f32], c: usize, sums: &mut [f32]) {
    sums.fill(0.0);
    for half in x[..SHIFT_SAMPLE * c].chunks_exact(8 * c) {
        for group in groups_of(c) {
            if group.len() == LANES {
                let sums = four_mut(sums, group.start);
                (F32x4::of(sums) + eight(|row| F32x4::of(four(&half[row * c + group.start..], 0)))).write(sums);
            } else {
                group.for_each(|j| sums[j] += eight(|row| half[row * c + j]));
            }
        }
    }
}

#[inline(always)]
fn eight<T: Add<Output = T>>(at: impl Fn(usize) -> T) -> T {
    let two = |row: usize| at(row) + at(row + 1);
    (two(0) + two(2)) + (two(4) + two(6))
}

/// Shifted sums and squares of every column of the folded matrix; records are `[shift, sum, square]`.
fn sweep(x: &[f32], shape: Columns, records: &mut [f32], [sums, squares]: [&mut [f64]; 2]) {
    let folded = shape.for_sums();
    sums.fill(0.0);
    squares.fill(0.0);
    let in_fours = !shape.is_streamed(1);
    for block in folded.rows(if in_fours { ROW_BLOCK } else { ROW_BLOCK / 4 }) {
        sweep_block(&x[block], folded.width, records, in_fours);
        drain_records::<3, 2>(records, [sums, squares]);
    }
    folded.add_copies(sums);
    folded.add_copies(squares);
}

#[inline(never)]
fn sweep_block(x: &[f32], width: usize, records: &mut [f32], in_fours: bool) {
    let rows = |[x]: [[F32x4; 4]; 1], [k, s, q]: [F32x4; 3]| {
        let d = x.map(|x| x - k);
        [s + total_of(d), q + total_of(d.map(|d| d * d))]
    };
    let row = |[x]: [F32x4; 1], [k, s, q]: [F32x4; 3]| {
        let d = x - k;
        [s + d, q + d * d]
    };
    visit_rows([x], width, records, in_fours, rows, row);
}
