//! The core of the norms whose parameters vary along the row (layer and RMS norm, and group norm of
//! single positions): x is (rows, len), a statistic per row, weight and bias per element.
//!
//! Forward:  y = ((x − hi) − lo)·rstd·weight + bias.
//! Backward, per row, with g = dy·weight and x̂ = ((x − hi) − lo)·rstd:
//!   1. one pass over x and dy: Σg and Σg·x̂, while dy and dy·x̂ add up per column;
//!   2. dx = g·rstd + ((x − hi)·k2 + k0) with k2 = −rstd²·Σ(g·x̂)/n, k0 = −rstd·Σg/n − lo·k2.
//!
//! Without centring (RMS norm) the mean and Σg vanish from all of these.
//!
//! Parameter gradients add up in f32 over at most 64 rows and in f64 across those blocks, in the
//! order of the rows.

use core::ops::Range;

use crate::Affine;
use crate::gradient::{Dx, Incoming, ParameterGradients};
use crate::runs::{Totals, blocks, squares, zero_pairs};
use crate::scratch::{Scratch, ScratchSize};
use crate::simd::{F32x4, InOut, map, visit};
use crate::statistics::{Statistic, may_have_underflowed, narrow_factor, narrow_term, split};

/// Rows whose parameter gradients add up in f32 before they go into the f64 totals.
const ROW_BLOCK: usize = 64;

/// Rows up to this length are taken in pairs: a tenth faster, from memory too.
const PAIRED_LENGTH: usize = 64;
/// Rows of a tensor up to this size (256 KiB) are taken in pairs: a tenth faster while they stay in cache,
/// up to half slower from memory.
const PAIRED_ELEMENTS: usize = 1 << 16;

/// What the passes over one row need of its statistic, in f32; `None` where that does not hold it.
#[derive(Clone, Copy)]
struct Centre {
    hi: f32,
    lo: f32,
    rstd: f32,
}

/// [`Centre`] in every lane.
#[derive(Clone, Copy)]
struct Lanes {
    hi: F32x4,
    lo: F32x4,
    rstd: F32x4,
}

impl Centre {
    #[inline(always)]
    fn new(Statistic { mean, rstd }: Statistic) -> Option<Self> {
        let (_, lo) = split(mean);
        Some(Self { hi: narrow_term(mean)?, lo: lo as f32, rstd: narrow_factor(rstd)? })
    }

    #[inline(always)]
    fn lanes(self) -> Lanes {
        Lanes { hi: F32x4::splat(self.hi), lo: F32x4::splat(self.lo), rstd: F32x4::splat(self.rstd) }
    }
}

impl Lanes {
    #[inline(always)]
    fn normalize<const CENTRED: bool>(self, x: F32x4) -> F32x4 {
        if CENTRED { ((x - self.hi) - self.lo) * self.rstd } else { x * self.rstd }
    }
}

/// y of all rows, of which the one numbered r has the parameters of row r % period. `statistic` is asked
/// for that of each row, once, in order.
#[inline(always)]
pub(crate) fn normalize<const CENTRED: bool>(
    len: usize,
    period: usize,
    io: &mut InOut<'_>,
    affine: Affine<'_>,
    mut statistic: impl FnMut(usize, &[f32]) -> Statistic,
) {
    assert!(io.len().is_multiple_of(len), "x is not a number of whole rows");
    // Beside a bias of f32's last binades, weight · x̂ may overflow although y does not.
    let bias_fits = affine.bias.is_none_or(|bias| squares(bias) < f64::INFINITY);
    for row in 0..io.len() / len.max(1) {
        let range = row * len..(row + 1) * len;
        let statistic = statistic(row, &io.source()[range.clone()]);
        let affine = affine.part(row % period * len, len);
        match Centre::new(statistic).filter(|_| bias_fits) {
            Some(centre) => normalize_row::<CENTRED>(io.part(range), centre, affine),
            None => normalize_exactly(io.part(range), statistic, affine),
        }
    }
}

#[inline(never)]
fn normalize_row<const CENTRED: bool>(io: InOut<'_>, centre: Centre, affine: Affine<'_>) {
    let c = centre.lanes();
    match (affine.weight, affine.bias) {
        (Some(w), Some(b)) => map::<false, 2>(io, [w, b], |x, [w, b]| c.normalize::<CENTRED>(x) * w + b),
        (Some(w), None) => map::<false, 1>(io, [w], |x, [w]| c.normalize::<CENTRED>(x) * w),
        (None, Some(b)) => map::<false, 1>(io, [b], |x, [b]| c.normalize::<CENTRED>(x) + b),
        (None, None) => map::<false, 0>(io, [], |x, []| c.normalize::<CENTRED>(x)),
    }
}

#[cold]
#[inline(never)]
fn normalize_exactly(mut io: InOut<'_>, statistic: Statistic, affine: Affine<'_>) {
    for i in 0..io.len() {
        let (weight, bias) = affine.channel(i);
        io.update(i, |x| {
            let normalized = (f64::from(x) - statistic.mean) * statistic.rstd;
            (normalized * f64::from(weight) + f64::from(bias)) as f32
        });
    }
}

/// The shape of a backward pass: row r has statistic r and parameters `(r % period) · len ..`.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub rows: usize,
    pub len: usize,
    pub period: usize,
}

impl Shape {
    fn parameters(self) -> usize {
        self.len * self.period
    }

    fn check(self, x: &[f32], dy: &[f32]) {
        assert!(x.len() == self.rows * self.len && dy.len() == x.len(), "x and dy do not fit their shape");
    }

    /// What [`differentiate`] writes to: f32 partial sums and f64 totals.
    pub fn scratch(self) -> ScratchSize {
        let both = if self.rows == 0 { 0 } else { self.parameters().saturating_mul(2) };
        ScratchSize { f32s: both, f64s: both }
    }
}

/// dx and parameter gradients. `statistic(r)` is that of row r.
pub(crate) fn differentiate<const CENTRED: bool>(
    shape: Shape,
    x: &[f32],
    mut incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistic: impl Fn(usize) -> Statistic,
    mut gradients: ParameterGradients<'_>,
    scratch: Scratch<'_>,
) {
    let Shape { rows, len, period } = shape;
    let parameters = shape.parameters();
    shape.check(x, incoming.dy());
    if rows == 0 {
        return (0..parameters).for_each(|i| gradients.set(i, 0.0, 0.0));
    }
    let (partial_dweight, partial_dbias) = scratch.f32s[..2 * parameters].split_at_mut(parameters);
    let (total_dweight, total_dbias) = scratch.f64s[..2 * parameters].split_at_mut(parameters);
    let (wants_dweight, wants_dbias) = (gradients.weight.is_some(), gradients.bias.is_some());
    clear(total_dweight, wants_dweight);
    clear(total_dbias, wants_dbias);
    let inverse = 1.0 / len as f64;
    // Two short rows at once share the loads and stores of the columns' sums, and give the same bits. Not
    // so long ones from memory, where their streams get into each other's way.
    let paired = period == 1
        && (len <= PAIRED_LENGTH || rows * len <= PAIRED_ELEMENTS)
        && (wants_dweight && wants_dbias && incoming.wants_dx());
    // Blocks hold whole periods, so that each parameter meets as many rows per block.
    let block = ROW_BLOCK.next_multiple_of(period.max(1)).max(period);
    for first in (0..rows).step_by(block) {
        clear(partial_dweight, wants_dweight);
        clear(partial_dbias, wants_dbias);
        let last = rows.min(first + block);
        let mut next = first;
        while next < last {
            let range = |row: usize| row * len..(row + 1) * len;
            let columns = (next % period) * len..(next % period + 1) * len;
            let row_at = |row: usize| Row::new(&x[range(row)], weight.map(|w| &w[columns.clone()]), statistic(row));
            let (mut row, dy) = (row_at(next), incoming.dy());
            if paired && next + 1 < last {
                let mut other = row_at(next + 1);
                let columns = [&mut partial_dweight[..len], &mut partial_dbias[..len]];
                let dys = [&dy[range(next)], &dy[range(next + 1)]];
                if let Some([sums, other_sums]) = row.sums_beside::<CENTRED>(&mut other, dys, columns) {
                    incoming.dx(range(next)).into_iter().for_each(|dx| row.dx::<CENTRED>(dx, sums, inverse));
                    incoming
                        .dx(range(next + 1))
                        .into_iter()
                        .for_each(|dx| other.dx::<CENTRED>(dx, other_sums, inverse));
                    next += 2;
                    continue;
                }
            }
            let sums = row.sums::<CENTRED>(
                &dy[range(next)],
                wants_dweight.then_some(&mut partial_dweight[columns.clone()]),
                wants_dbias.then_some(&mut partial_dbias[columns.clone()]),
                incoming.wants_dx(),
            );
            incoming.dx(range(next)).into_iter().for_each(|dx| row.dx::<CENTRED>(dx, sums, inverse));
            next += 1;
        }
        fold(partial_dweight, total_dweight, wants_dweight);
        fold(partial_dbias, total_dbias, wants_dbias);
    }
    for i in 0..parameters {
        gradients.set(i, total_dweight[i], total_dbias[i]);
    }
}

fn clear<T: Default + Copy>(sums: &mut [T], wanted: bool) {
    if wanted {
        sums.fill(T::default());
    }
}

fn fold(partial: &[f32], totals: &mut [f64], wanted: bool) {
    if wanted {
        for (total, &value) in totals.iter_mut().zip(partial) {
            *total += f64::from(value);
        }
    }
}

/// One row of a backward pass.
struct Row<'a> {
    x: &'a [f32],
    weight: Option<&'a [f32]>,
    statistic: Statistic,
    centre: Option<Centre>,
}

impl<'a> Row<'a> {
    #[inline(always)]
    fn new(x: &'a [f32], weight: Option<&'a [f32]>, statistic: Statistic) -> Self {
        Self { x, weight, statistic, centre: Centre::new(statistic) }
    }

    /// `[Σg, Σg·x̂]` when they are wanted, while dy·x̂ and dy are added to the columns' partial sums. A row
    /// whose products f32 cannot hold loses its centre, so that its dx is made in f64 as well.
    #[inline(always)]
    fn sums<const CENTRED: bool>(
        &mut self,
        dy: &[f32],
        dweight: Option<&mut [f32]>,
        dbias: Option<&mut [f32]>,
        wanted: bool,
    ) -> [f64; 2] {
        let Some(centre) = self.centre else {
            self.exact_parameter_sums(dy, dweight, dbias);
            return self.exact_sums(dy);
        };
        let sums = match (wanted, self.weight) {
            (false, _) => row_sums::<CENTRED, false, false>(self.x, dy, self.x, centre, dweight, dbias),
            (true, None) => row_sums::<CENTRED, false, true>(self.x, dy, self.x, centre, dweight, dbias),
            (true, Some(w)) => row_sums::<CENTRED, true, true>(self.x, dy, w, centre, dweight, dbias),
        };
        if wanted { self.settle::<CENTRED>(sums, dy) } else { sums }
    }

    /// [`Row::sums`] of this row and another, with everything wanted; `None` where one of them, or the
    /// weight, is not there for f32.
    #[inline(always)]
    fn sums_beside<const CENTRED: bool>(
        &mut self,
        other: &mut Self,
        [dy, other_dy]: [&[f32]; 2],
        columns: [&mut [f32]; 2],
    ) -> Option<[[f64; 2]; 2]> {
        let centres = [self.centre?, other.centre?];
        let [sums, other_sums] =
            pair_sums::<CENTRED>([self.x, other.x], [dy, other_dy], self.weight?, centres, columns);
        Some([self.settle::<CENTRED>(sums, dy), other.settle::<CENTRED>(other_sums, other_dy)])
    }

    /// The sums, if f32 could hold their products.
    #[inline(always)]
    fn settle<const CENTRED: bool>(&mut self, sums: [f64; 2], dy: &[f32]) -> [f64; 2] {
        let fit = sums.iter().all(|s| s.is_finite()) && !may_have_underflowed(sums, self.x.len() as f64);
        if fit && (sums != [0.0; 2] || self.is_nothing::<CENTRED>(dy)) {
            return sums;
        }
        self.centre = None;
        self.exact_sums(dy)
    }

    /// Whether the sums are zero, not merely too small for f32.
    #[cold]
    fn is_nothing<const CENTRED: bool>(&self, dy: &[f32]) -> bool {
        (0..dy.len()).all(|i| dy[i] == 0.0 || self.weight(i) == 0.0 || (!CENTRED && self.x[i] == 0.0))
    }

    fn normalized(&self, i: usize) -> f64 {
        (f64::from(self.x[i]) - self.statistic.mean) * self.statistic.rstd
    }

    fn weight(&self, i: usize) -> f64 {
        self.weight.map_or(1.0, |w| f64::from(w[i]))
    }

    #[cold]
    fn exact_sums(&self, dy: &[f32]) -> [f64; 2] {
        dy.iter().enumerate().fold([0.0; 2], |[s, q], (i, &dy)| {
            let g = f64::from(dy) * self.weight(i);
            [s + g, q + g * self.normalized(i)]
        })
    }

    #[cold]
    fn exact_parameter_sums(&self, dy: &[f32], dweight: Option<&mut [f32]>, dbias: Option<&mut [f32]>) {
        if let Some(sums) = dweight {
            sums.iter_mut().enumerate().for_each(|(i, sum)| *sum += (f64::from(dy[i]) * self.normalized(i)) as f32);
        }
        if let Some(sums) = dbias {
            sums.iter_mut().zip(dy).for_each(|(sum, dy)| *sum += dy);
        }
    }

    /// dx from the two sums; `inverse` is 1/n.
    #[inline(always)]
    fn dx<const CENTRED: bool>(&self, dx: Dx<'_>, [sum_g, sum_gx]: [f64; 2], inverse: f64) {
        let Statistic { mean, rstd } = self.statistic;
        let k2 = -rstd * rstd * (sum_gx * inverse);
        let k0 = if CENTRED { -rstd * (sum_g * inverse) } else { 0.0 };
        if CENTRED && self.x.len() == 1 {
            // One value is its own mean: y does not depend on x, to the last bit.
            return dx.each(|_, _| 0.0);
        }
        if let Some(Centre { hi, rstd, .. }) = self.centre {
            let narrow_k0 = narrow_term(k0 - (mean - f64::from(hi)) * k2);
            if let (Some(k2), Some(k0)) = (narrow_factor(k2), narrow_k0) {
                return differentiate_row::<CENTRED>(self.x, self.weight, dx, [hi, rstd, k2, k0]);
            }
        }
        self.exact_dx(dx, k2, k0);
    }

    #[cold]
    fn exact_dx(&self, dx: Dx<'_>, k2: f64, k0: f64) {
        let Statistic { mean, rstd } = self.statistic;
        dx.each(|i, dy| {
            let g = f64::from(dy) * self.weight(i);
            (g * rstd + ((f64::from(self.x[i]) - mean) * k2 + k0)) as f32
        });
    }
}

/// `w` is read only `WEIGHT`, and sums are made only `SUMS`.
#[inline(never)]
fn row_sums<const CENTRED: bool, const WEIGHT: bool, const SUMS: bool>(
    x: &[f32],
    dy: &[f32],
    w: &[f32],
    centre: Centre,
    dweight: Option<&mut [f32]>,
    dbias: Option<&mut [f32]>,
) -> [f64; 2] {
    let centre = centre.lanes();
    let sums = |[s, q]: [F32x4; 2], dy: F32x4, w: F32x4, normalized: F32x4| {
        if !SUMS {
            return [s, q];
        }
        let g = if WEIGHT { dy * w } else { dy };
        [if CENTRED { s + g } else { s }, q + g * normalized]
    };
    let reads = |r: &Range<usize>| [&x[r.clone()], &dy[r.clone()], &w[r.clone()]];
    // A partial vector of padding adds dy · x̂ = 0 whatever x̂ is, as long as that is finite.
    let pads = [0.0; 3];
    let mut totals = Totals::new();
    match (dweight, dbias) {
        (Some(dweight), Some(dbias)) => blocks(x.len()).for_each(|r| {
            totals.add(visit(
                reads(&r),
                pads,
                [&mut dweight[r.clone()], &mut dbias[r]],
                zero_pairs::<1>(),
                |acc, [x, dy, w], [dweight, dbias]| {
                    let normalized = centre.normalize::<CENTRED>(x);
                    (sums(acc, dy, w, normalized), [dweight + dy * normalized, dbias + dy])
                },
            ));
        }),
        (Some(dweight), None) => blocks(x.len()).for_each(|r| {
            totals.add(visit(reads(&r), pads, [&mut dweight[r]], zero_pairs::<1>(), |acc, [x, dy, w], [dweight]| {
                let normalized = centre.normalize::<CENTRED>(x);
                (sums(acc, dy, w, normalized), [dweight + dy * normalized])
            }));
        }),
        (None, Some(dbias)) => blocks(x.len()).for_each(|r| {
            totals.add(visit(reads(&r), pads, [&mut dbias[r]], zero_pairs::<1>(), |acc, [x, dy, w], [dbias]| {
                (sums(acc, dy, w, centre.normalize::<CENTRED>(x)), [dbias + dy])
            }));
        }),
        (None, None) => blocks(x.len()).for_each(|r| {
            totals.add(visit(reads(&r), pads, [], zero_pairs::<1>(), |acc, [x, dy, w], []| {
                (sums(acc, dy, w, centre.normalize::<CENTRED>(x)), [])
            }));
        }),
    }
    totals.sums()
}

/// [`row_sums`] of two rows, with weight and everything wanted.
#[inline(never)]
fn pair_sums<const CENTRED: bool>(
    [x0, x1]: [&[f32]; 2],
    [dy0, dy1]: [&[f32]; 2],
    w: &[f32],
    centres: [Centre; 2],
    [dweight, dbias]: [&mut [f32]; 2],
) -> [[f64; 2]; 2] {
    let [c0, c1] = centres.map(Centre::lanes);
    let mut totals = [Totals::new(), Totals::new()];
    for r in blocks(x0.len()) {
        let reads = [x0, dy0, x1, dy1, w].map(|stream| &stream[r.clone()]);
        let [[s0, q0, s1, q1]] = visit(
            reads,
            [0.0; 5],
            [&mut dweight[r.clone()], &mut dbias[r]],
            [[F32x4::splat(0.0); 4]],
            |[s0, q0, s1, q1], [x0, dy0, x1, dy1, w], [dweight, dbias]| {
                let (n0, n1) = (c0.normalize::<CENTRED>(x0), c1.normalize::<CENTRED>(x1));
                let (g0, g1) = (dy0 * w, dy1 * w);
                let (s0, s1) = if CENTRED { (s0 + g0, s1 + g1) } else { (s0, s1) };
                ([s0, q0 + g0 * n0, s1, q1 + g1 * n1], [(dweight + dy0 * n0) + dy1 * n1, (dbias + dy0) + dy1])
            },
        );
        totals[0].add([[s0, q0]]);
        totals[1].add([[s1, q1]]);
    }
    totals.map(Totals::sums)
}

#[inline(never)]
fn differentiate_row<const CENTRED: bool>(x: &[f32], weight: Option<&[f32]>, dx: Dx<'_>, constants: [f32; 4]) {
    let [hi, rstd, k2, k0] = constants.map(F32x4::splat);
    let tail = |x: F32x4| if CENTRED { (x - hi) * k2 + k0 } else { x * k2 };
    match weight {
        Some(w) => dx.map([x, w], |dy, [x, w]| dy * w * rstd + tail(x)),
        None => dx.map([x], |dy, [x]| dy * rstd + tail(x)),
    }
}
