//! Mean and variance of every column.

use super::{Columns, ROW_BLOCK};
use crate::records::{LANES, four, four_mut, lane};
use crate::runs::{exact_moments, mean_in_f64, total_of};
use crate::scratch::Scratch;
use crate::simd::{F32x4, F64x4, drain_records, visit_rows};
use crate::statistics::{Verdict, judge, judge_four};

const SHIFT_SAMPLE: usize = 16;

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
    let wide = shape.for_sums();
    let padded = wide.padded_width();
    let (records, sample) = scratch.f32s.split_at_mut(3 * padded);
    let (sums, squares) = scratch.f64s[..2 * padded].split_at_mut(padded);
    set_shifts(x, shape, records, sample);
    wide.repeat_records::<3>(records);
    for last in [false, true] {
        sweep(x, shape, records, [sums, squares]);
        let mut poor = false;
        for group in shape.groups() {
            let first = group.start;
            if group.len() == LANES {
                let shift = F32x4::of(four(records, lane(first, 0, 3)));
                let [sum, square] = [&sums, &squares].map(|values| F64x4::of(four(values, first)));
                if let Some([means, vars]) = judge_four(shift, n, sum, square, eps) {
                    means.write(four_mut(mean, first));
                    vars.write(four_mut(var, first));
                    continue;
                }
            }
            for j in group {
                let shift = records[lane(j, 0, 3)];
                let moments = match judge(shift, n, sums[j], squares[j], eps) {
                    Verdict::Good(moments) => moments,
                    Verdict::PoorShift(better) if !last => {
                        records[lane(j, 0, 3)] = better;
                        poor = true;
                        continue;
                    }
                    _ => exact_moments(x, shape.column(j)),
                };
                (mean[j], var[j]) = (moments.mean, moments.var);
            }
        }
        if !poor {
            return;
        }
        wide.repeat_records::<3>(records);
    }
}

/// Starts the records `[shift, sum, square]` with the means of the first rows. They are exact where the
/// values are equal: sixteen, as eight and eight, add up without rounding then, and fewer do in f64.
fn set_shifts(x: &[f32], shape: Columns, records: &mut [f32], sample: &mut [f32]) {
    let Columns { rows, c } = shape;
    records.fill(0.0);
    let sums = &mut sample[..c.next_multiple_of(LANES)];
    if rows >= SHIFT_SAMPLE {
        sums.fill(0.0);
        sample_sums(&x[..SHIFT_SAMPLE * c], c, sums);
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

#[inline(never)]
fn sample_sums(x: &[f32], c: usize, sums: &mut [f32]) {
    let eight = |[rows]: [[F32x4; 8]; 1], [sum]: [F32x4; 1]| {
        let [a, b, c, d, e, f, g, h] = rows;
        [sum + (((a + b) + (c + d)) + ((e + f) + (g + h)))]
    };
    visit_rows([x], c, sums, true, eight, |[x], [sum]| [sum + x]);
}

/// Shifted sums and squares of every column of the wide matrix; records are `[shift, sum, square]`.
fn sweep(x: &[f32], shape: Columns, records: &mut [f32], [sums, squares]: [&mut [f64]; 2]) {
    let wide = shape.for_sums();
    sums.fill(0.0);
    squares.fill(0.0);
    let in_fours = !shape.is_streamed(1);
    for block in wide.rows(if in_fours { ROW_BLOCK } else { ROW_BLOCK / 4 }) {
        sweep_block(&x[block], wide.width, records, in_fours);
        drain_records::<3, 2>(records, [sums, squares]);
    }
    wide.add_copies(sums);
    wide.add_copies(squares);
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
