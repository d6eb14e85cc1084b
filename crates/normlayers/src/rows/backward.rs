//! Backward, per row, with g = dy·weight and x̂ = ((x − hi) − lo)·rstd:
//!
//! 1. one pass over x and dy: Σg and Σg·x̂, while dy·x̂ and dy add up per column;
//! 2. dx = g·rstd + ((x − hi)·k2 + k0) with k2 = −rstd²·Σ(g·x̂)/n, k0 = −rstd·Σg/n − lo·k2.
//!
//! Parameter gradients add up in f32 over at most 8 rows, and in f64 across those blocks, in the order of
//! the rows. What f32 cannot hold is made in f64: dx of the row, or a parameter's sum over the block.

use core::ops::Range;

use super::parameters::{ColumnSums, Wanted};
use super::short::Row;
use super::{Centre, Shape};
use crate::gradient::{Dx, Incoming, ParameterGradients};
use crate::runs::{Totals, blocks, squares, zero_pairs};
use crate::scratch::Scratch;
use crate::simd::{F32x4, map, visit};
use crate::statistics::{Statistic, may_have_underflowed, narrow_factor, narrow_term};

/// Mean and rstd of every row; without a mean it is zero.
#[derive(Clone, Copy)]
pub(crate) struct RowStatistics<'a> {
    pub mean: Option<&'a [f64]>,
    pub rstd: &'a [f64],
}

impl RowStatistics<'_> {
    #[inline(always)]
    pub fn at(self, row: usize) -> Statistic {
        Statistic { mean: self.mean.map_or(0.0, |mean| mean[row]), rstd: self.rstd[row] }
    }
}

/// dx and parameter gradients.
pub(crate) fn differentiate(
    shape: Shape,
    x: &[f32],
    mut incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistics: RowStatistics<'_>,
    gradients: ParameterGradients<'_>,
    scratch: Scratch<'_>,
) {
    shape.check(x);
    shape.check(incoming.dy());
    let parameters = shape.parameters();
    if shape.rows == 0 {
        return gradients.set_zeros();
    }
    let (ones, partial) = scratch.f32s.split_at_mut(parameters);
    let weight = weight.unwrap_or_else(|| {
        ones.fill(1.0);
        ones
    });
    let centred = statistics.mean.is_some();
    let rows = Rows { shape, x, weight, statistics, inverse: 1.0 / shape.len as f64, centred };
    let scratch = Scratch { f32s: partial, f64s: scratch.f64s };
    let mut columns = ColumnSums::new(gradients, scratch, shape);
    if shape.is_short() {
        columns.clear();
        rows.exactly(0..shape.rows, &mut incoming, &mut columns);
    } else {
        rows.blocks(&mut incoming, &mut columns, false);
        if !incoming.is_in_place() && !columns.hold(rows.add_up()) {
            rows.blocks(&mut Incoming::Read(incoming.dy()), &mut columns, true);
        }
    }
    columns.finish();
}

/// What the rows have in common.
struct Rows<'a> {
    shape: Shape,
    x: &'a [f32],
    weight: &'a [f32],
    statistics: RowStatistics<'a>,
    /// 1/n.
    inverse: f64,
    /// Whether there is a mean. Where there is none it is 0, and Σg is of no account.
    centred: bool,
}

impl Rows<'_> {
    #[inline(always)]
    fn row(&self, row: usize) -> Row<'_> {
        Row {
            x: &self.x[self.shape.elements(row)],
            weight: &self.weight[self.shape.columns(row)],
            statistic: self.statistics.at(row),
        }
    }

    /// Both passes over all rows, block by block. `careful` tells to look at the sums over each block.
    #[inline(never)]
    fn blocks(&self, incoming: &mut Incoming<'_>, columns: &mut ColumnSums<'_>, careful: bool) {
        columns.clear();
        let in_place = incoming.is_in_place() && columns.wanted != Wanted::Nothing;
        let len = self.shape.block();
        for first in (0..self.shape.rows).step_by(len) {
            let rows = first..self.shape.rows.min(first + len);
            if careful || in_place && !self.sums_will_hold(rows.clone(), incoming.dy()) {
                self.block_carefully(rows, incoming, columns);
            } else {
                self.block(rows, incoming, columns);
            }
            columns.fold();
        }
    }

    /// Whether parameter gradients are sums at all.
    fn add_up(&self) -> bool {
        self.shape.rows > self.shape.period
    }

    /// Whether no sum over the block leaves f32: not with dy below 2⁶⁴ and rows that f32 holds. (To read dy for this
    /// costs 10 to 35 %, and dx in dy's place alone: elsewhere dy can be read when sums did overflow.)
    fn sums_will_hold(&self, mut rows: Range<usize>, dy: &[f32]) -> bool {
        let dy = &dy[self.shape.elements(rows.start).start..self.shape.elements(rows.end - 1).end];
        rows.all(|row| Centre::new(self.statistics.at(row)).is_some())
            && (!self.add_up() || squares(dy) < f64::INFINITY)
    }

    /// The sums of a block first, those that left f32 once more in f64, and then dx, which may take dy's place.
    #[cold]
    #[inline(never)]
    fn block_carefully(&self, rows: Range<usize>, incoming: &mut Incoming<'_>, columns: &mut ColumnSums<'_>) {
        let dy = incoming.dy();
        self.block(rows.clone(), &mut Incoming::Read(dy), columns);
        columns.mend(|column| {
            let of_column = rows.clone().filter(|&row| self.shape.columns(row).contains(&column));
            of_column.fold([0.0; 2], |[dweight, dbias], row| {
                let i = column - self.shape.columns(row).start;
                let [to_weight, to_bias] = self.row(row).terms(&dy[self.shape.elements(row)], i);
                [dweight + to_weight, dbias + to_bias]
            })
        });
        if incoming.wants_dx() {
            let wanted = core::mem::replace(&mut columns.wanted, Wanted::Nothing);
            self.block(rows, incoming, columns);
            columns.wanted = wanted;
        }
    }

    /// Both passes over a block. (A function for V8 to compile by itself.)
    #[inline(never)]
    fn block(&self, rows: Range<usize>, incoming: &mut Incoming<'_>, columns: &mut ColumnSums<'_>) {
        for index in rows {
            let row = self.row(index);
            let Some(centre) = Centre::new(row.statistic) else {
                self.one_wide(index, incoming, columns);
                continue;
            };
            let dy = &incoming.dy()[self.shape.elements(index)];
            let beside = incoming.beside(self.shape.elements(index), self.shape.len, self.x.len());
            let sums = self.sums(row, dy, beside, centre, columns.wanted, columns.partial(self.shape.columns(index)));
            if let Incoming::Into(dx) = incoming {
                self.dx(row, dx.part(self.shape.elements(index)), centre, sums);
            }
        }
    }

    /// Both passes over short rows.
    #[inline(never)]
    fn exactly(&self, rows: Range<usize>, incoming: &mut Incoming<'_>, columns: &mut ColumnSums<'_>) {
        let wanted = columns.wanted;
        let mut totals = columns.totals();
        for row in rows {
            let (range, columns) = (self.shape.elements(row), self.shape.columns(row));
            let row = self.row(row);
            let dy = &incoming.dy()[range.clone()];
            let sums = row.sums_into(dy, wanted, totals.each_mut().map(|totals| &mut totals[columns.clone()]));
            if let Incoming::Into(dx) = incoming {
                self.exact_dx(row, dx.part(range), sums);
            }
        }
    }

    /// dx of a row in f64.
    #[inline(always)]
    fn exact_dx(&self, row: Row<'_>, mut dx: Dx<'_>, sums: [f64; 2]) {
        if self.centred && self.shape.len == 1 {
            // One value is its own mean: y does not depend on x, to the last bit.
            return (0..row.x.len()).for_each(|i| dx.update(i, |_| 0.0));
        }
        row.dx(dx, self.constants(row.statistic, sums));
    }

    /// `[k2, k0]`, the part of lo not included.
    #[inline(always)]
    fn constants(&self, Statistic { rstd, .. }: Statistic, [sum_g, sum_gx]: [f64; 2]) -> [f64; 2] {
        // Nothing changes when −0 is added.
        let k0 = if self.centred { -rstd * (sum_g * self.inverse) } else { -0.0 };
        [-rstd * rstd * (sum_gx * self.inverse), k0]
    }

    /// [`row_sums`] with the partial sums that are wanted. (Without a mean most want those of the weight; the others
    /// are made with a mean of 0, which changes nothing but Σg.)
    #[inline(always)]
    fn sums(
        &self,
        Row { x, weight, .. }: Row<'_>,
        dy: &[f32],
        beside: Option<&[f32]>,
        centre: Centre,
        wanted: Wanted,
        [dweight, dbias]: [&mut [f32]; 2],
    ) -> [f64; 2] {
        let [sum_g, sum_gx] = match wanted {
            Wanted::Nothing => row_sums::<true, 0>(x, dy, weight, beside, centre, []),
            Wanted::Weight if self.centred => row_sums::<true, 1>(x, dy, weight, beside, centre, [dweight]),
            Wanted::Weight => row_sums::<false, 1>(x, dy, weight, beside, centre, [dweight]),
            Wanted::Both => row_sums::<true, 2>(x, dy, weight, beside, centre, [dweight, dbias]),
        };
        [if self.centred { sum_g } else { 0.0 }, sum_gx]
    }

    /// dx of a row that f32 does not hold; sums over its block are to be made anew.
    #[cold]
    #[inline(never)]
    fn one_wide(&self, row: usize, incoming: &mut Incoming<'_>, columns: &mut ColumnSums<'_>) {
        columns.spoil(self.shape.columns(row));
        if let Incoming::Into(dx) = incoming {
            self.wide_dx(self.row(row), dx.part(self.shape.elements(row)));
        }
    }

    /// dx from the sums, if f32 could hold their products; else all of it in f64.
    #[inline(always)]
    fn dx(&self, row: Row<'_>, dx: Dx<'_>, centre: Centre, sums: [f64; 2]) {
        let finite = sums.iter().all(|s| s.is_finite());
        if finite && (!may_have_underflowed(sums, self.shape.len as f64) || self.is_nothing(row, dx.dy())) {
            let [k2, k0] = self.constants(row.statistic, sums);
            let lo = row.statistic.mean - f64::from(centre.hi);
            if let (Some(k2), Some(k0)) = (narrow_factor(k2), narrow_term(k0 - lo * k2)) {
                let (Centre { hi, rstd, .. }, Row { x, weight, .. }) = (centre, row);
                return if self.centred {
                    differentiate_row::<true>(x, weight, dx, hi, rstd, k2, k0)
                } else {
                    differentiate_row::<false>(x, weight, dx, hi, rstd, k2, k0)
                };
            }
        }
        self.wide_dx(row, dx);
    }

    #[cold]
    #[inline(never)]
    fn wide_dx(&self, row: Row<'_>, dx: Dx<'_>) {
        let sums = row.sums(dx.dy());
        self.exact_dx(row, dx, sums);
    }

    /// Whether every product is zero, not merely too small for f32. (Without a mean, those with x are where x is; dx has
    /// dy·weight alone there.)
    #[cold]
    #[inline(never)]
    fn is_nothing(&self, row: Row<'_>, dy: &[f32]) -> bool {
        (0..dy.len()).all(|i| {
            let (dy, weight) = (dy[i], row.weight[i]);
            dy == 0.0 || weight == 0.0 || (!self.centred && row.x[i] == 0.0 && (dy * weight).is_normal())
        })
    }
}

/// `[Σg, Σg·x̂]` of a row, while its dy·x̂ and dy are added to the first `M` of the columns' partial sums.
#[inline(never)]
fn row_sums<const CENTRED: bool, const M: usize>(
    x: &[f32],
    dy: &[f32],
    w: &[f32],
    beside: Option<&[f32]>,
    centre: Centre,
    mut columns: [&mut [f32]; M],
) -> [f64; 2] {
    let c = centre.lanes();
    let mut totals = Totals::new();
    for r in blocks(x.len()) {
        totals.add(visit(
            [&x[r.clone()], &dy[r.clone()], &w[r.clone()]],
            beside.map(|beside| &beside[r.clone()]),
            // Padding adds dy · x̂ = 0 whatever x̂ is, as long as that is finite.
            [0.0; 3],
            columns.each_mut().map(|sums| &mut sums[r.clone()]),
            zero_pairs::<1>(),
            |[s, q], [x, dy, w], columns| {
                let (normalized, g) = (c.normalize::<CENTRED>(x), dy * w);
                let added = [dy * normalized, dy];
                let sums = [if CENTRED { s + g } else { s }, q + g * normalized];
                (sums, core::array::from_fn(|k| columns[k] + added[k]))
            },
        ));
    }
    totals.sums()
}

/// dx of a row from its constants. (One by one: four f32 that were just written to memory are read slowly as a vector.)
#[inline(never)]
fn differentiate_row<const CENTRED: bool>(
    x: &[f32],
    weight: &[f32],
    mut dx: Dx<'_>,
    hi: f32,
    rstd: f32,
    k2: f32,
    k0: f32,
) {
    let Some(io) = dx.overwritten() else { return add_row::<CENTRED>(x, weight, dx, [hi, rstd, k2, k0]) };
    let [hi, rstd, k2, k0] = [hi, rstd, k2, k0].map(F32x4::splat);
    let tail = |x: F32x4| if CENTRED { (x - hi) * k2 + k0 } else { x * k2 };
    map(io.whole(), [x, weight], |dy, [x, w]| dy * w * rstd + tail(x));
}

/// [`differentiate_row`] where dx is added.
#[cold]
#[inline(never)]
fn add_row<const CENTRED: bool>(x: &[f32], weight: &[f32], dx: Dx<'_>, [hi, rstd, k2, k0]: [f32; 4]) {
    dx.add_in_parts(&|dx, part| {
        differentiate_row::<CENTRED>(&x[part.clone()], &weight[part], dx, hi, rstd, k2, k0);
    });
}
