//! The core of channels last: x is (rows, c), and every column has its own statistic and parameters.
//!
//! Narrow matrices are folded: m rows side by side are one wide row of m·c columns, so that loops are
//! long and loads whole; the rows that are left over make a shorter last row. The constants and sums
//! of 4 columns lie together in a record, so that a pass follows one pointer for all of them.
//!
//! What comes from the cache is taken four rows at once; what comes from memory in its order, row by row.
//!
//! Sums run in f32 down at most 64 wide rows (of gradients, 16), then in f64. Shifts are the means of the first 16 rows.
//! A poor shift is replaced in a second sweep in which the other columns repeat their bits; a column
//! that f32 cannot hold is summed in f64.

use core::ops::Range;

use crate::Affine;
use crate::affine::{weight_of, weights_of};
use crate::channel::{Differentiate, Normalize};
use crate::gradient::Dx;
use crate::runs::{exact_gradient_sums, exact_moments, mean_in_f64, products_fit, products_fit_four, total_of};
use crate::scratch::{Scratch, ScratchSize};
use crate::simd::{F32x4, F64x4, InOut, drain_records, map_rows, visit_rows};
use crate::statistics::{
    Statistic, Statistics, Verdict, judge, judge_four, may_have_underflowed, narrow_factors, none_underflowed, split,
    split_four,
};

const ROW_BLOCK: usize = 64;
/// Gradients of parameters are promised more than moments are, and terms of one sign and size round alike.
/// (As 4 times 4 rows; 8 times 4 leave it.)
const GRADIENT_BLOCK: usize = 16;
const SHIFT_SAMPLE: usize = 16;
const LANES: usize = 4;
/// Wide rows that are taken four at once have about so many columns, where there are rows enough: what is read
/// is read nearly in the order of memory.
const WIDTH: usize = 64;
/// Matrices of fewer elements come from the cache; of twice as many, when all of a row is near. (At 50,176 rows
/// of 64 columns eval takes 0.32 ns an element in fours and 0.24 one by one, at 25,088 0.15 and 0.18; at 6,272 of 256
/// 0.29 and 0.18.)
const CACHED: usize = 1 << 20;
/// Sums of more elements go row by row. (Four rows of 128 or 256 columns at once, from memory, make
/// forward 1.4 and backward 1.6 times as long; from the cache forward takes 0.9 of the time with them.)
const STREAMED: usize = 3 << 20;
/// From memory rows are taken one by one, and are at least about so long.
const STREAM_WIDTH: usize = 256;

/// A matrix whose columns are channels.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    pub rows: usize,
    pub c: usize,
}

impl Columns {
    /// What the passes write to: records of up to four vectors, and two totals.
    pub fn scratch(self) -> ScratchSize {
        let (sums, apply) = (self.for_sums().padded_width(), self.for_apply().padded_width());
        ScratchSize { f32s: sums.max(apply).saturating_mul(4), f64s: sums.saturating_mul(2) }
    }

    fn is_cached(self) -> bool {
        self.rows.saturating_mul(self.c) < if self.c > WIDTH { CACHED } else { 2 * CACHED + 1 }
    }

    /// Whether sums over `streams` such matrices go row by row, with no more roundings than in fours.
    fn is_streamed(self, streams: usize) -> bool {
        self.c > WIDTH && self.rows.saturating_mul(self.c).saturating_mul(streams) >= STREAMED
    }

    /// `fold` rows side by side. Few rows are not folded: adding up the copies would cost more.
    fn folded(self, fold: usize) -> Wide {
        Wide {
            c: self.c,
            width: self.c.saturating_mul(fold.min(self.rows / 8).max(1)),
            len: self.rows.saturating_mul(self.c),
        }
    }

    /// About `WIDTH` columns in whole steps of 16: rather fewer, where that is near, than more.
    fn in_fours(self) -> Wide {
        if self.c >= WIDTH {
            return self.folded(1);
        }
        let step = 16 >> self.c.trailing_zeros().min(4);
        let most = WIDTH / self.c;
        self.folded(if most >= step.max(4) {
            most & !(step - 1)
        } else {
            WIDTH.div_ceil(self.c).next_multiple_of(step)
        })
    }

    /// How sums are made.
    fn for_sums(self) -> Wide {
        self.in_fours()
    }

    /// How constants are applied.
    fn for_apply(self) -> Wide {
        if self.is_cached() {
            return self.in_fours();
        }
        let fold = (STREAM_WIDTH / self.c).next_multiple_of(4 >> self.c.trailing_zeros().min(2));
        self.folded(if self.c >= STREAM_WIDTH { 1 } else { fold })
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

    /// The columns, in groups of four and a last one of fewer.
    fn groups(self) -> impl Iterator<Item = Range<usize>> {
        (0..self.c).step_by(LANES).map(move |first| first..self.c.min(first + LANES))
    }
}

/// A folded matrix: `c` columns, and copies of them.
#[derive(Clone, Copy)]
struct Wide {
    c: usize,
    width: usize,
    len: usize,
}

impl Wide {
    fn padded_width(self) -> usize {
        self.width.saturating_add(LANES - 1) & !(LANES - 1)
    }

    /// Gives the copies of every column the records of the first: one by one until whole vectors repeat.
    fn repeat_records<const K: usize>(self, records: &mut [f32]) {
        let period = self.c * (LANES >> self.c.trailing_zeros().min(2));
        for j in self.c..period.min(self.width) {
            for k in 0..K {
                records[lane(j, k, K)] = records[lane(j - self.c, k, K)];
            }
        }
        let (mut done, end) = (K * period, K * self.padded_width());
        while done < end {
            let count = done.min(end - done);
            records.copy_within(..count, done);
            done += count;
        }
    }

    /// Adds the totals of the copies of every column to those of the first: half of them to the other, as a tree.
    fn add_copies(self, totals: &mut [f64]) {
        let mut copies = self.width / self.c;
        while copies > 1 {
            let (lower, upper) = totals[..copies * self.c].split_at_mut(copies.div_ceil(2) * self.c);
            lower.iter_mut().zip(upper).for_each(|(total, value)| *total += *value);
            copies = copies.div_ceil(2);
        }
    }

    /// Wide rows, `height` at a time, each range in elements; what is left over comes last.
    fn rows(self, height: usize) -> impl Iterator<Item = Range<usize>> {
        let (step, len) = (height * self.width, self.len);
        (0..len).step_by(step.max(1)).map(move |start| start..len.min(start + step))
    }

    /// dx of all wide rows: `kernel` is given some of them, their elements, their width, and the records of theirs.
    /// (Or a part of one, where dx is added.)
    #[inline(always)]
    fn each_block<const K: usize>(
        self,
        mut dx: Dx<'_>,
        records: &[f32],
        kernel: impl Fn(InOut<'_>, Range<usize>, usize, &[f32]),
    ) {
        if let Some(io) = dx.overwritten() {
            return self.rows(ROW_BLOCK).for_each(|block| kernel(io.part(block.clone()), block, self.width, records));
        }
        for row in self.rows(1) {
            dx.part(row.clone()).add_in_parts(&|mut dx, part| {
                let Some(io) = dx.overwritten() else { return };
                let records = &records[K * part.start..][..K * part.len().next_multiple_of(LANES)];
                kernel(io.whole(), row.start + part.start..row.start + part.end, part.len(), records);
            });
        }
    }
}

/// The lane of column `j` in vector `k` of its record, records being `size` vectors long.
#[inline(always)]
fn lane(j: usize, k: usize, size: usize) -> usize {
    (j / LANES * size + k) * LANES + j % LANES
}

/// The four values from `first`, a multiple of 4.
#[inline(always)]
fn four<T>(values: &[T], first: usize) -> &[T; LANES] {
    &values.as_chunks().0[first / LANES]
}

/// [`four`], to be changed.
#[inline(always)]
fn four_mut<T>(values: &mut [T], first: usize) -> &mut [T; LANES] {
    &mut values.as_chunks_mut().0[first / LANES]
}

/// Writes the constants of every column: of four at once, where that can be done, or of one.
/// Whether none is NaN.
#[inline(always)]
fn set_records<const K: usize>(
    records: &mut [f32],
    shape: Columns,
    of_four: impl Fn(usize) -> Option<[F32x4; K]>,
    of_one: impl Fn(usize) -> [f32; K],
) -> bool {
    let mut whole = true;
    for group in shape.groups() {
        if group.len() == LANES
            && let Some(constants) = of_four(group.start)
        {
            for (k, constant) in constants.into_iter().enumerate() {
                constant.write(four_mut(records, lane(group.start, k, K)));
            }
            continue;
        }
        for j in group {
            for (k, constant) in of_one(j).into_iter().enumerate() {
                whole &= !constant.is_nan();
                records[lane(j, k, K)] = constant;
            }
        }
    }
    whole
}

/// The constants of column `j`.
#[inline(always)]
fn get_record<const K: usize>(records: &[f32], j: usize) -> [f32; K] {
    core::array::from_fn(|k| records[lane(j, k, K)])
}

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
                    _ => exact_moments(shape.column(j).map(|i| x[i]), n),
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

/// What each column is normalized with.
#[derive(Clone, Copy)]
enum Constants<'a> {
    /// A statistic and parameters.
    Of(Statistics<'a>, Affine<'a>),
    /// Factors weight·rstd alone: what statistics that are constants leave of dx.
    Scale(Option<&'a [f32]>, &'a [f64]),
}

impl Constants<'_> {
    #[inline(always)]
    fn at(self, j: usize) -> Normalize {
        match self {
            Self::Of(statistics, affine) => Normalize::of(statistics, affine, j),
            Self::Scale(weight, rstd) => Normalize::scale(rstd[j], weight_of(weight, j)),
        }
    }

    #[inline(always)]
    fn four(self, first: usize) -> Option<[F32x4; 3]> {
        match self {
            Self::Of(statistics, affine) => Normalize::four(statistics.four(first), affine.four(first)),
            Self::Scale(weight, rstd) => {
                let a = F64x4::from_f32(weights_of(weight, first)) * F64x4::of(four(rstd, first));
                Some([F32x4::splat(0.0), narrow_factors(a)?, F32x4::splat(-0.0)])
            }
        }
    }
}

/// y.
pub(crate) fn normalize(
    io: InOut<'_>,
    shape: Columns,
    statistics: Statistics<'_>,
    affine: Affine<'_>,
    records: &mut [f32],
) {
    apply(Dx::overwrite(io), shape, Constants::Of(statistics, affine), records);
}

/// dx where statistics are constants: dy·weight·rstd.
pub(crate) fn scale(dx: Dx<'_>, shape: Columns, weight: Option<&[f32]>, rstd: &[f64], records: &mut [f32]) {
    apply(dx, shape, Constants::Scale(weight, rstd), records);
}

#[inline(never)]
fn apply(mut dx: Dx<'_>, shape: Columns, constants: Constants<'_>, records: &mut [f32]) {
    let wide = shape.for_apply();
    let records = &mut records[..3 * wide.padded_width()];
    if !set_records(records, shape, |first| constants.four(first), |j| constants.at(j).to_record()) {
        // One wide column and all go element by element; the narrow ones keep their bits.
        return shape.each(|i, j| {
            let constants = Normalize::from_record(get_record(records, j)).unwrap_or_else(|| constants.at(j));
            dx.update(i, |x| constants.element(x));
        });
    }
    wide.repeat_records::<3>(records);
    wide.each_block::<3>(dx, records, |io, _, width, records| {
        normalize_block(io, width, records, shape.is_cached());
    });
}

#[inline(never)]
fn normalize_block(io: InOut<'_>, width: usize, records: &[f32], in_fours: bool) {
    map_rows::<4, 0, 3>(io, [], width, records, in_fours, |x, [], [hi, a, b]| (x - hi) * a + b);
}

/// `Σ dy` and `Σ dy·(x − mean)` of every column.
#[inline(never)]
pub(crate) fn gradient_sums(
    x: &[f32],
    dy: &[f32],
    shape: Columns,
    statistics: Statistics<'_>,
    [sum, sum_x]: [&mut [f64]; 2],
    scratch: &mut Scratch<'_>,
) {
    let wide = shape.for_sums();
    let padded = wide.padded_width();
    let records = &mut scratch.f32s[..3 * padded];
    let (sums, products) = scratch.f64s[..2 * padded].split_at_mut(padded);
    records.fill(0.0);
    sums.fill(0.0);
    products.fill(0.0);
    for (j, &mean) in statistics.mean.iter().enumerate() {
        records[lane(j, 0, 3)] = split(mean).0;
    }
    wide.repeat_records::<3>(records);
    let in_fours = !shape.is_streamed(2);
    for block in wide.rows(if in_fours { GRADIENT_BLOCK } else { GRADIENT_BLOCK / 2 }) {
        let (x, dy) = (&x[block.clone()], &dy[block]);
        gradient_block(x, dy, wide.width, records, in_fours);
        drain_records::<3, 2>(records, [sums, products]);
    }
    wide.add_copies(sums);
    wide.add_copies(products);
    let n = shape.rows as f64;
    for group in shape.groups() {
        let first = group.start;
        if group.len() == LANES {
            let [mean, rstd] = statistics.four(first);
            let [s, q] = [&sums, &products].map(|values| F64x4::of(four(values, first)));
            let (_, lo) = split_four(mean);
            let q = q - lo * s;
            if products_fit_four(rstd) && none_underflowed(s, n) && (q * F64x4::splat(0.0)).all_le(F64x4::splat(0.0)) {
                s.write(four_mut(sum, first));
                q.write(four_mut(sum_x, first));
                continue;
            }
        }
        for j in group {
            let Statistic { mean, rstd } = statistics.at(j);
            let (_, lo) = split(mean);
            let s = sums[j];
            let q = products[j] - lo * s;
            [sum[j], sum_x[j]] = if products_fit(rstd) && q.is_finite() && !may_have_underflowed([s, q * rstd], n) {
                [s, q]
            } else {
                exact_gradient_sums(shape.column(j).map(|i| (x[i], dy[i])), mean)
            };
        }
    }
}

#[inline(never)]
fn gradient_block(x: &[f32], dy: &[f32], width: usize, records: &mut [f32], in_fours: bool) {
    let rows = |[x, dy]: [[F32x4; 4]; 2], [k, s, q]: [F32x4; 3]| {
        [s + total_of(dy), q + total_of(core::array::from_fn::<_, 4, _>(|r| dy[r] * (x[r] - k)))]
    };
    let row = |[x, dy]: [F32x4; 2], [k, s, q]: [F32x4; 3]| [s + dy, q + dy * (x - k)];
    visit_rows([x, dy], width, records, in_fours, rows, row);
}

/// What the constants of dx are made of, for each column.
#[derive(Clone, Copy)]
pub(crate) struct Slopes<'a> {
    pub statistics: Statistics<'a>,
    pub weight: Option<&'a [f32]>,
    /// Σg/n and Σg·(x − mean)/n over the statistic, with g = dy·weight.
    pub means: [&'a [f64]; 2],
}

impl Slopes<'_> {
    #[inline(always)]
    pub fn at(self, j: usize) -> Differentiate {
        let [mean_g, mean_gx] = self.means.map(|means| means[j]);
        Differentiate::new(self.statistics.at(j), weight_of(self.weight, j), mean_g, mean_gx)
    }

    /// [`Slopes::at`] as a function, where few columns need it.
    #[inline(never)]
    pub fn seldom_at(self, j: usize) -> Differentiate {
        self.at(j)
    }

    #[inline(always)]
    fn four(self, first: usize) -> Option<[F32x4; 4]> {
        let means = self.means.map(|means| F64x4::of(four(means, first)));
        Differentiate::four(self.statistics.four(first), weights_of(self.weight, first), means)
    }
}

/// dx.
#[inline(never)]
pub(crate) fn differentiate(x: &[f32], mut dx: Dx<'_>, shape: Columns, slopes: Slopes<'_>, records: &mut [f32]) {
    let wide = shape.for_apply();
    let records = &mut records[..4 * wide.padded_width()];
    if !set_records(records, shape, |first| slopes.four(first), |j| slopes.seldom_at(j).to_record()) {
        return shape.each(|i, j| {
            let constants = Differentiate::from_record(get_record(records, j)).unwrap_or_else(|| slopes.seldom_at(j));
            dx.update(i, |dy| constants.element(x[i], dy));
        });
    }
    wide.repeat_records::<4>(records);
    wide.each_block::<4>(dx, records, |io, block, width, records| {
        differentiate_block(&x[block], io, width, records, shape.is_cached());
    });
}

#[inline(never)]
fn differentiate_block(x: &[f32], io: InOut<'_>, width: usize, records: &[f32], in_pairs: bool) {
    map_rows::<2, 1, 4>(io, [x], width, records, in_pairs, |dy, [x], [hi, a, k2, k0]| dy * a + ((x - hi) * k2 + k0));
}
