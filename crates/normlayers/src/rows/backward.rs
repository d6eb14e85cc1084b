//! Backward, per row, with g = dy·weight and x̂ = ((x − hi) − lo)·rstd:
//!
//! 1. one pass over x and dy: Σg and Σg·x̂, while dy·x̂ and dy add up per column;
//! 2. dx = g·rstd + ((x − hi)·k2 + k0) with k2 = −rstd²·Σ(g·x̂)/n, k0 = −rstd·Σg/n − lo·k2.
//!
//! Parameter gradients add up in f32 over at most 8 rows, and in f64 across those blocks, in the order of
//! the rows. What f32 cannot hold of a row is made in f64.

use core::ops::Range;

use super::short::Row;
use super::{Centre, Shape};
use crate::gradient::{Dx, Incoming, ParameterGradients};
use crate::runs::{Totals, blocks, zero_pairs};
use crate::scratch::Scratch;
use crate::simd::{F32x4, drain, visit};
use crate::statistics::{Statistic, may_have_underflowed, narrow_factor, narrow_term};

/// Rows whose parameter gradients add up in f32 before they go into the f64 totals. (16 are 2 to 5 %
/// faster, and 12 to 15 % on 4096 rows of 768, but terms of one sign then round up to three units.)
const ROW_BLOCK: usize = 8;
/// Rows up to this length are taken in pairs: a tenth faster, from memory too.
const PAIRED_LENGTH: usize = 64;
/// Rows of a tensor up to this size (256 KiB) are taken in pairs: a tenth faster while they stay in cache,
/// up to half slower from memory.
const PAIRED_ELEMENTS: usize = 1 << 16;

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

/// Sums per parameter: of dy·x̂, and of dy.
struct ColumnSums<'a> {
    partial: [&'a mut [f32]; 2],
    total: [&'a mut [f64]; 2],
    wanted: Wanted,
}

/// Which sums per parameter are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing = 0,
    Weight = 1,
    Both = 2,
}

/// dx and parameter gradients.
pub(crate) fn differentiate<const CENTRED: bool>(
    shape: Shape,
    x: &[f32],
    mut incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistics: RowStatistics<'_>,
    mut gradients: ParameterGradients<'_>,
    scratch: Scratch<'_>,
) {
    shape.check(x);
    shape.check(incoming.dy());
    let parameters = shape.parameters();
    if shape.rows == 0 {
        return (0..parameters).for_each(|i| gradients.set(i, 0.0, 0.0));
    }
    let (ones, partial) = scratch.f32s[..3 * parameters].split_at_mut(parameters);
    let weight = weight.unwrap_or_else(|| {
        ones.fill(1.0);
        ones
    });
    let mut columns = ColumnSums {
        partial: halves(partial, parameters),
        total: halves(&mut scratch.f64s[..2 * parameters], parameters),
        wanted: match (&gradients.weight, &gradients.bias) {
            (None, None) => Wanted::Nothing,
            (_, None) => Wanted::Weight,
            (_, Some(_)) => Wanted::Both,
        },
    };
    columns.partial.iter_mut().for_each(|partial| partial.fill(0.0));
    columns.total.iter_mut().for_each(|total| total.fill(0.0));
    let rows = Rows { shape, x, weight, statistics, inverse: 1.0 / shape.len as f64 };
    if shape.is_short() {
        rows.exactly::<CENTRED>(0..shape.rows, &mut incoming, &mut columns);
    } else {
        // Two rows at once share the loads and stores of the columns' sums, and have the same dx. (RMS norm
        // has fewer of those to share: no gain.)
        let paired = CENTRED
            && shape.period == 1
            && columns.wanted == Wanted::Both
            && incoming.wants_dx()
            && (shape.len <= PAIRED_LENGTH || x.len() <= PAIRED_ELEMENTS);
        // Blocks hold whole periods, so that each parameter meets as many rows per block.
        let block = ROW_BLOCK.next_multiple_of(shape.period);
        for first in (0..shape.rows).step_by(block) {
            let last = shape.rows.min(first + block);
            let mut next = first;
            while next < last {
                if paired && next + 1 < last && rows.pair(next, &mut incoming, &mut columns) {
                    next += 2;
                } else {
                    rows.one::<CENTRED>(next, &mut incoming, &mut columns);
                    next += 1;
                }
            }
            columns.fold();
        }
    }
    let [dweight, dbias] = columns.total;
    (0..parameters).for_each(|i| gradients.set(i, dweight[i], dbias[i]));
}

fn halves<T>(both: &mut [T], len: usize) -> [&mut [T]; 2] {
    let (first, second) = both.split_at_mut(len);
    [first, second]
}

impl ColumnSums<'_> {
    /// Adds the partial sums to the totals, and clears them.
    #[inline(never)]
    fn fold(&mut self) {
        let wanted = self.wanted as usize;
        self.partial.iter_mut().zip(&mut self.total).take(wanted).for_each(|(partial, total)| drain(partial, total));
    }
}

/// What the rows have in common.
struct Rows<'a> {
    shape: Shape,
    x: &'a [f32],
    weight: &'a [f32],
    statistics: RowStatistics<'a>,
    /// 1/n.
    inverse: f64,
}

impl Rows<'_> {
    #[inline(always)]
    fn row(&self, row: usize) -> Row<'_> {
        let column = self.shape.column(row);
        Row {
            x: &self.x[self.shape.elements(row)],
            weight: &self.weight[column..column + self.shape.len],
            statistic: self.statistics.at(row),
        }
    }

    /// Both passes over rows that are short, or that f32 does not hold.
    #[inline(never)]
    fn exactly<const CENTRED: bool>(
        &self,
        rows: Range<usize>,
        incoming: &mut Incoming<'_>,
        columns: &mut ColumnSums<'_>,
    ) {
        for row in rows {
            let (range, column) = (self.shape.elements(row), self.shape.column(row));
            let row = self.row(row);
            let dy = &incoming.dy()[range.clone()];
            let sums = row.sums(dy);
            if columns.wanted != Wanted::Nothing {
                row.add_columns(dy, columns.total.each_mut().map(|total| &mut total[column..column + self.shape.len]));
            }
            if let Incoming::Into(dx) = incoming {
                self.exact_dx::<CENTRED>(row, dx.part(range), sums);
            }
        }
    }

    /// dx of a row in f64.
    #[inline(always)]
    fn exact_dx<const CENTRED: bool>(&self, row: Row<'_>, dx: Dx<'_>, sums: [f64; 2]) {
        if CENTRED && self.shape.len == 1 {
            // One value is its own mean: y does not depend on x, to the last bit.
            return dx.each(|_, _| 0.0);
        }
        row.dx(dx, self.constants::<CENTRED>(row.statistic, sums));
    }

    /// `[k2, k0]`, the part of lo not included.
    #[inline(always)]
    fn constants<const CENTRED: bool>(&self, Statistic { rstd, .. }: Statistic, [sum_g, sum_gx]: [f64; 2]) -> [f64; 2] {
        let k0 = if CENTRED { -rstd * (sum_g * self.inverse) } else { 0.0 };
        [-rstd * rstd * (sum_gx * self.inverse), k0]
    }

    /// Both passes over a row.
    #[inline(always)]
    fn one<const CENTRED: bool>(&self, row: usize, incoming: &mut Incoming<'_>, columns: &mut ColumnSums<'_>) {
        let (range, column) = (self.shape.elements(row), self.shape.column(row));
        let Some(centre) = Centre::new(self.statistics.at(row)) else {
            return self.exactly::<CENTRED>(row..row + 1, incoming, columns);
        };
        let row = self.row(row);
        let dy = &incoming.dy()[range.clone()];
        let [dweight, dbias] = columns.partial.each_mut().map(|partial| &mut partial[column..column + self.shape.len]);
        let sums = match columns.wanted {
            Wanted::Nothing => row_sums::<CENTRED, 0>(row.x, dy, row.weight, centre, []),
            Wanted::Weight => row_sums::<CENTRED, 1>(row.x, dy, row.weight, centre, [dweight]),
            Wanted::Both => row_sums::<CENTRED, 2>(row.x, dy, row.weight, centre, [dweight, dbias]),
        };
        if let Incoming::Into(dx) = incoming {
            self.dx::<CENTRED>(row, centre, dx.part(range), sums);
        }
    }

    /// Both passes over two rows, where f32 holds them.
    #[inline(always)]
    fn pair(&self, row: usize, incoming: &mut Incoming<'_>, columns: &mut ColumnSums<'_>) -> bool {
        let ranges = [self.shape.elements(row), self.shape.elements(row + 1)];
        let [first, second] = [self.row(row), self.row(row + 1)];
        let (Some(c0), Some(c1)) = (Centre::new(first.statistic), Centre::new(second.statistic)) else { return false };
        let Incoming::Into(dx) = incoming else { return false };
        let dy = ranges.clone().map(|range| &dx.dy()[range]);
        let [dweight, dbias] = &mut columns.partial;
        let sums = pair_sums([first.x, second.x], dy, first.weight, [c0, c1], [dweight, dbias]);
        let [range, next] = ranges;
        self.dx::<true>(first, c0, dx.part(range), sums[0]);
        self.dx::<true>(second, c1, dx.part(next), sums[1]);
        true
    }

    /// dx from the sums, if f32 could hold their products; else all of it in f64.
    #[inline(always)]
    fn dx<const CENTRED: bool>(&self, row: Row<'_>, centre: Centre, dx: Dx<'_>, sums: [f64; 2]) {
        let fit = sums.iter().all(|s| s.is_finite()) && !may_have_underflowed(sums, self.shape.len as f64);
        if fit && (sums != [0.0; 2] || is_nothing::<CENTRED>(row, dx.dy())) {
            let [k2, k0] = self.constants::<CENTRED>(row.statistic, sums);
            let lo = row.statistic.mean - f64::from(centre.hi);
            if let (Some(k2), Some(k0)) = (narrow_factor(k2), narrow_term(k0 - lo * k2)) {
                return differentiate_row::<CENTRED>(row.x, row.weight, dx, [centre.hi, centre.rstd, k2, k0]);
            }
        }
        self.wide_dx::<CENTRED>(row, dx);
    }

    #[cold]
    #[inline(never)]
    fn wide_dx<const CENTRED: bool>(&self, row: Row<'_>, dx: Dx<'_>) {
        let sums = row.sums(dx.dy());
        self.exact_dx::<CENTRED>(row, dx, sums);
    }
}

/// Whether the sums are zero, not merely too small for f32.
#[cold]
#[inline(never)]
fn is_nothing<const CENTRED: bool>(row: Row<'_>, dy: &[f32]) -> bool {
    (0..dy.len()).all(|i| dy[i] == 0.0 || row.weight[i] == 0.0 || (!CENTRED && row.x[i] == 0.0))
}

/// `[Σg, Σg·x̂]` of a row, while its dy·x̂ and dy are added to the first `M` of the columns' partial sums.
#[inline(never)]
fn row_sums<const CENTRED: bool, const M: usize>(
    x: &[f32],
    dy: &[f32],
    w: &[f32],
    centre: Centre,
    mut columns: [&mut [f32]; M],
) -> [f64; 2] {
    let c = centre.lanes();
    let mut totals = Totals::new();
    for r in blocks(x.len()) {
        totals.add(visit(
            [&x[r.clone()], &dy[r.clone()], &w[r.clone()]],
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

/// [`row_sums`] of two rows, with the same sums; per column the two are added to each other first.
#[inline(never)]
fn pair_sums(
    [x0, x1]: [&[f32]; 2],
    [dy0, dy1]: [&[f32]; 2],
    w: &[f32],
    centres: [Centre; 2],
    mut columns: [&mut [f32]; 2],
) -> [[f64; 2]; 2] {
    let [c0, c1] = centres.map(Centre::lanes);
    let mut totals = [Totals::new(), Totals::new()];
    for r in blocks(x0.len()) {
        let [[s0, q0, s1, q1]] = visit(
            [x0, dy0, x1, dy1, w].map(|stream| &stream[r.clone()]),
            [0.0; 5],
            columns.each_mut().map(|sums| &mut sums[r.clone()]),
            [[F32x4::splat(0.0); 4]],
            |[s0, q0, s1, q1], [x0, dy0, x1, dy1, w], columns| {
                let (n0, n1) = (c0.normalize::<true>(x0), c1.normalize::<true>(x1));
                let (g0, g1) = (dy0 * w, dy1 * w);
                let sums = [s0 + g0, q0 + g0 * n0, s1 + g1, q1 + g1 * n1];
                (sums, [columns[0] + (dy0 * n0 + dy1 * n1), columns[1] + (dy0 + dy1)])
            },
        );
        totals[0].add([[s0, q0]]);
        totals[1].add([[s1, q1]]);
    }
    totals.map(Totals::sums)
}

/// dx of a row from its constants `[hi, rstd, k2, k0]`.
#[inline(never)]
fn differentiate_row<const CENTRED: bool>(x: &[f32], weight: &[f32], dx: Dx<'_>, constants: [f32; 4]) {
    let [hi, rstd, k2, k0] = constants.map(F32x4::splat);
    let tail = |x: F32x4| if CENTRED { (x - hi) * k2 + k0 } else { x * k2 };
    dx.map([x, weight], |dy, [x, w]| dy * w * rstd + tail(x));
}
