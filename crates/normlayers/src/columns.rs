//! The core of channels last: x is (rows, c), and every column has its own statistic and parameters.
//!
//! Narrow matrices are folded: m rows side by side are one wide row of m·c columns, so that loops are
//! long and loads whole; the rows that are left over make a shorter last row. The constants and sums
//! of 4 columns lie together in a record, so that a pass follows one pointer for all of them.
//!
//! Sums run in f32 down at most 64 wide rows (of gradients, 16), then in f64. Shifts are the means of the first 16 rows.
//! A poor shift is replaced in a second sweep in which the other columns repeat their bits; a column
//! that f32 cannot hold is summed in f64.

use core::ops::Range;

use crate::Affine;
use crate::channel::{Differentiate, Normalize};
use crate::gradient::Dx;
use crate::runs::{exact_gradient_sums, exact_moments, mean_in_f64, products_fit};
use crate::scratch::{Scratch, ScratchSize};
use crate::simd::{F32x4, InOut, drain_records, map_rows, visit_rows};
use crate::statistics::{Statistic, Statistics, Verdict, judge, may_have_underflowed, split};

const ROW_BLOCK: usize = 64;
/// Gradients of parameters are promised more than moments are, and terms of one sign and size round alike.
/// (As 4 times 4 rows; 8 times 4 leave it.)
const GRADIENT_BLOCK: usize = 16;
const SHIFT_SAMPLE: usize = 16;
/// Wide rows are at least about this long where there are rows enough. (Longer ones make streams a row
/// apart that get into each other's way: from memory 2 to 3 times slower with 128 or 256.)
const WIDTH: usize = 64;
const LANES: usize = 4;

/// A matrix whose columns are channels.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    pub rows: usize,
    pub c: usize,
}

impl Columns {
    /// How many rows make a wide one. Few rows are not folded: adding up the copies would cost more.
    fn fold(self) -> usize {
        let wanted = WIDTH.div_ceil(self.c).next_multiple_of(16 >> self.c.trailing_zeros().min(4));
        if self.c >= WIDTH { 1 } else { wanted.min(self.rows / 8).max(1) }
    }

    fn width(self) -> usize {
        self.c * self.fold()
    }

    fn padded_width(self) -> usize {
        self.width().saturating_add(LANES - 1) & !(LANES - 1)
    }

    /// What the passes write to: records of up to four vectors, and two totals.
    pub fn scratch(self) -> ScratchSize {
        let width = self.padded_width();
        ScratchSize { f32s: width.saturating_mul(4), f64s: width.saturating_mul(2) }
    }

    /// Gives the copies of every column the records of the first.
    fn repeat_records<const K: usize>(self, records: &mut [f32]) {
        for j in self.c..self.width() {
            for k in 0..K {
                records[lane(j, k, K)] = records[lane(j - self.c, k, K)];
            }
        }
    }

    /// Adds the totals of the copies of every column to those of the first.
    fn add_copies(self, totals: &mut [f64]) {
        let (first, copies) = totals[..self.width()].split_at_mut(self.c);
        for copy in copies.chunks_exact(self.c) {
            first.iter_mut().zip(copy).for_each(|(total, &value)| *total += value);
        }
    }

    /// Wide rows, `height` at a time, each range in elements; what is left over comes last.
    fn wide_rows(self, height: usize) -> impl Iterator<Item = Range<usize>> {
        let (step, len) = (height * self.width(), self.rows * self.c);
        (0..len).step_by(step.max(1)).map(move |start| start..len.min(start + step))
    }

    /// Every element, with its column.
    fn each(self, mut f: impl FnMut(usize, usize)) {
        for r in 0..self.rows {
            (0..self.c).for_each(|j| f(r * self.c + j, j));
        }
    }

    /// The elements of column `j`.
    fn column(self, j: usize) -> impl Iterator<Item = usize> + Clone {
        (0..self.rows).map(move |r| r * self.c + j)
    }
}

/// The lane of column `j` in vector `k` of its record, records being `size` vectors long.
#[inline(always)]
fn lane(j: usize, k: usize, size: usize) -> usize {
    (j / LANES * size + k) * LANES + j % LANES
}

/// Writes the constants of column `j`.
#[inline(always)]
fn set_record<const K: usize>(records: &mut [f32], j: usize, constants: [f32; K]) {
    for (k, constant) in constants.into_iter().enumerate() {
        records[lane(j, k, K)] = constant;
    }
}

/// The constants of column `j`.
#[inline(always)]
fn get_record<const K: usize>(records: &[f32], j: usize) -> [f32; K] {
    core::array::from_fn(|k| records[lane(j, k, K)])
}

/// Mean and variance of every column. `eps` is what will be added to the variance.
pub(crate) fn moments(
    x: &[f32],
    shape: Columns,
    eps: f64,
    mean: &mut [f64],
    var: &mut [f64],
    scratch: &mut Scratch<'_>,
) {
    let (c, n) = (shape.c, shape.rows as f64);
    let padded = shape.padded_width();
    let (records, sample) = scratch.f32s.split_at_mut(3 * padded);
    let (sums, squares) = scratch.f64s[..2 * padded].split_at_mut(padded);
    set_shifts(x, shape, records, sample);
    for last in [false, true] {
        sweep(x, shape, records, [sums, squares]);
        let mut poor = false;
        for j in 0..c {
            let shift = records[lane(j, 0, 3)];
            let moments = match judge(shift, n, sums[j], squares[j], eps) {
                Verdict::Good(moments) => moments,
                Verdict::PoorShift(better) if !last => {
                    records[lane(j, 0, 3)] = better;
                    poor = true;
                    continue;
                }
                _ => exact_moments(shape.column(j).map(|i| x[i]), n),
            };
            (mean[j], var[j]) = (moments.mean, moments.var);
        }
        if !poor {
            return;
        }
        shape.repeat_records::<3>(records);
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
    shape.repeat_records::<3>(records);
}

#[inline(never)]
fn sample_sums(x: &[f32], c: usize, sums: &mut [f32]) {
    let eight = |[rows]: [[F32x4; 8]; 1], [sum]: [F32x4; 1]| {
        let [a, b, c, d, e, f, g, h] = rows;
        [sum + (((a + b) + (c + d)) + ((e + f) + (g + h)))]
    };
    visit_rows::<8, 1, 1, 1>([x], c, sums, eight, |[x], [sum]| [sum + x]);
}

/// Shifted sums and squares of every column of the wide matrix; records are `[shift, sum, square]`.
fn sweep(x: &[f32], shape: Columns, records: &mut [f32], [sums, squares]: [&mut [f64]; 2]) {
    sums.fill(0.0);
    squares.fill(0.0);
    for block in shape.wide_rows(ROW_BLOCK) {
        sweep_block(&x[block], shape.width(), records);
        drain_records::<3, 2>(records, [sums, squares]);
    }
    shape.add_copies(sums);
    shape.add_copies(squares);
}

#[inline(never)]
fn sweep_block(x: &[f32], width: usize, records: &mut [f32]) {
    visit_rows::<4, 1, 3, 2>(
        [x],
        width,
        records,
        |[x], [k, s, q]| {
            let [a, b, c, d] = x.map(|x| x - k);
            [s + ((a + b) + (c + d)), q + ((a * a + b * b) + (c * c + d * d))]
        },
        |[x], [k, s, q]| {
            let d = x - k;
            [s + d, q + d * d]
        },
    );
}

/// y, from the statistic and the parameters of each column.
pub(crate) fn normalize(
    mut io: InOut<'_>,
    shape: Columns,
    statistics: Statistics<'_>,
    affine: Affine<'_>,
    records: &mut [f32],
) {
    let constants = |j: usize| {
        let (weight, bias) = affine.channel(j);
        Normalize::new(statistics.at(j), weight, bias)
    };
    let records = &mut records[..3 * shape.padded_width()];
    let mut all_narrow = true;
    for (first, record) in (0..shape.c).step_by(LANES).zip(records.as_chunks_mut::<{ 3 * LANES }>().0) {
        for lane in 0..LANES.min(shape.c - first) {
            let [hi, a, b] = constants(first + lane).to_record();
            all_narrow &= !a.is_nan();
            (record[lane], record[LANES + lane], record[2 * LANES + lane]) = (hi, a, b);
        }
    }
    if !all_narrow {
        // One wide column and all go element by element; the narrow ones keep their bits.
        return shape.each(|i, j| {
            let constants = Normalize::from_record(get_record(records, j)).unwrap_or_else(|| constants(j));
            io.update(i, |x| constants.element(x));
        });
    }
    shape.repeat_records::<3>(records);
    for block in shape.wide_rows(ROW_BLOCK) {
        normalize_block(io.part(block), shape.width(), records);
    }
}

#[inline(never)]
fn normalize_block(io: InOut<'_>, width: usize, records: &[f32]) {
    map_rows::<false, 4, 0, 3>(io, [], width, records, |x, [], [hi, a, b]| (x - hi) * a + b);
}

/// `Σ dy` and `Σ dy·(x − mean)` of every column.
pub(crate) fn gradient_sums(
    x: &[f32],
    dy: &[f32],
    shape: Columns,
    statistic: &dyn Fn(usize) -> Statistic,
    [sum, sum_x]: [&mut [f64]; 2],
    scratch: &mut Scratch<'_>,
) {
    let padded = shape.padded_width();
    let records = &mut scratch.f32s[..3 * padded];
    let (sums, products) = scratch.f64s[..2 * padded].split_at_mut(padded);
    records.fill(0.0);
    sums.fill(0.0);
    products.fill(0.0);
    for j in 0..shape.c {
        records[lane(j, 0, 3)] = split(statistic(j).mean).0;
    }
    shape.repeat_records::<3>(records);
    for block in shape.wide_rows(GRADIENT_BLOCK) {
        gradient_block(&x[block.clone()], &dy[block], shape.width(), records);
        drain_records::<3, 2>(records, [sums, products]);
    }
    shape.add_copies(sums);
    shape.add_copies(products);
    for j in 0..shape.c {
        let Statistic { mean, rstd } = statistic(j);
        let (_, lo) = split(mean);
        let s = sums[j];
        let q = products[j] - lo * s;
        let n = shape.rows as f64;
        [sum[j], sum_x[j]] = if products_fit(rstd) && q.is_finite() && !may_have_underflowed([s, q * rstd], n) {
            [s, q]
        } else {
            exact_gradient_sums(shape.column(j).map(|i| (x[i], dy[i])), mean)
        };
    }
}

#[inline(never)]
fn gradient_block(x: &[f32], dy: &[f32], width: usize, records: &mut [f32]) {
    visit_rows::<4, 2, 3, 2>(
        [x, dy],
        width,
        records,
        |[x, [a, b, c, d]], [k, s, q]| {
            let [e, f, g, h] = x.map(|x| x - k);
            [s + ((a + b) + (c + d)), q + ((a * e + b * f) + (c * g + d * h))]
        },
        |[x, dy], [k, s, q]| [s + dy, q + dy * (x - k)],
    );
}

/// dx, with the constants of each column.
pub(crate) fn differentiate(
    x: &[f32],
    mut dx: Dx<'_>,
    shape: Columns,
    constants: &dyn Fn(usize) -> Differentiate,
    records: &mut [f32],
) {
    let (mut all_narrow, mut all_scale) = (true, true);
    for j in 0..shape.c {
        match constants(j) {
            Differentiate::Narrow { hi, a, k2, k0 } => {
                all_scale = false;
                set_record(records, j, [hi, a, k2, k0]);
            }
            Differentiate::Scale(a) => {
                all_narrow = false;
                set_record(records, j, [a]);
            }
            Differentiate::Wide { .. } => (all_narrow, all_scale) = (false, false),
        }
    }
    if !all_narrow && !all_scale {
        (0..shape.c).for_each(|j| set_record(records, j, constants(j).to_record()));
        return shape.each(|i, j| {
            let constants = Differentiate::from_record(get_record(records, j)).unwrap_or_else(|| constants(j));
            dx.update(i, |dy| constants.element(x[i], dy));
        });
    }
    if all_scale {
        shape.repeat_records::<1>(records);
    } else {
        shape.repeat_records::<4>(records);
    }
    for block in shape.wide_rows(ROW_BLOCK) {
        let (x, dx) = (&x[block.clone()], dx.part(block));
        if all_scale {
            scale_block(dx, shape.width(), &records[..shape.padded_width()]);
        } else {
            differentiate_block(x, dx, shape.width(), &records[..4 * shape.padded_width()]);
        }
    }
}

#[inline(never)]
fn differentiate_block(x: &[f32], dx: Dx<'_>, width: usize, records: &[f32]) {
    dx.map_rows::<2, 1, 4>([x], width, records, |dy, [x], [hi, a, k2, k0]| dy * a + ((x - hi) * k2 + k0));
}

#[inline(never)]
fn scale_block(dx: Dx<'_>, width: usize, records: &[f32]) {
    dx.map_rows::<1, 0, 1>([], width, records, |dy, [], [a]| dy * a);
}
