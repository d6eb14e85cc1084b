//! Reductions over runs: contiguous stretches of equal length that share one statistic.
//!
//! 1. One sweep in f32 over `x - shift`, with the mean of the first elements as the shift: four plus
//!    four vector accumulators, over balanced blocks of at most 256 elements, whose totals add up in
//!    f64. Longer blocks are no faster and less exact.
//! 2. When the shift proves poor, a second sweep with the mean that the first one found.
//! 3. When f32 cannot hold the sums (or the second shift is poor too), two sweeps in f64.

use core::ops::Range;

pub(crate) use crate::simd::Runs;
use crate::simd::{F32x4, F64x2, F64x4, visit};
use crate::statistics::{Moments, Statistic, Verdict, judge, may_have_underflowed, split};

const BLOCK: usize = 256;
const SHIFT_SAMPLE: usize = 16;
/// Shorter rows run in f64 throughout, squares included: rows of 3 take half the time so.
pub(crate) const SHORT_ROW: usize = 8;

/// The length of a block: `len` in as few nearly equal parts of at most 256 elements as there can be.
#[inline(always)]
fn block_len(len: usize) -> usize {
    if len <= BLOCK { len.max(1) } else { len.div_ceil(len.div_ceil(BLOCK)).next_multiple_of(16) }
}

/// `0..len` in blocks.
#[inline(always)]
pub(crate) fn blocks(len: usize) -> impl Iterator<Item = Range<usize>> {
    let block = block_len(len);
    (0..len).step_by(block).map(move |start| start..len.min(start + block))
}

/// [`moments_inline`], as a function.
#[inline(never)]
pub(crate) fn moments(x: &[f32], runs: Runs, eps: f64) -> Moments {
    moments_inline(x, runs, eps)
}

/// Mean and variance over all the runs. `eps` is what will be added to the variance.
#[inline(always)]
pub(crate) fn moments_inline(x: &[f32], runs: Runs, eps: f64) -> Moments {
    if runs.count == 1 && runs.len < SHIFT_SAMPLE {
        return short_moments(&x[runs.start..][..runs.len]);
    }
    let n = runs.elements();
    let shift = first_mean(&x[runs.start..][..runs.len]);
    let [sum, squares] = shifted_sums(x, runs, shift);
    match judge(shift, n, sum, squares, eps) {
        Verdict::Good(moments) => moments,
        Verdict::PoorShift(better) => moments_again(x, runs, Some(better), eps),
        Verdict::OutOfRange => moments_again(x, runs, None, eps),
    }
}

/// Of a few elements, in f64 at once: nothing to judge, and equal ones have exactly their value as mean.
/// (Rows of 4 are normalised in 5.7 instead of 7.2 ns per element.)
#[inline(always)]
fn short_moments(x: &[f32]) -> Moments {
    let n = x.len() as f64;
    let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let squares: f64 = x.iter().map(|&v| (f64::from(v) - mean) * (f64::from(v) - mean)).sum();
    Moments { mean, var: squares / n }
}

/// With a better shift; in f64 where there is none, or it is no good.
#[cold]
#[inline(never)]
fn moments_again(x: &[f32], runs: Runs, shift: Option<f32>, eps: f64) -> Moments {
    let n = runs.elements();
    if let Some(shift) = shift {
        let [sum, squares] = shifted_sums(x, runs, shift);
        if let Verdict::Good(moments) = judge(shift, n, sum, squares, eps) {
            return moments;
        }
    }
    exact_moments(runs.ranges().flat_map(|run| &x[run]).copied(), n)
}

/// The mean of squares over one run.
#[inline(always)]
pub(crate) fn mean_square(x: &[f32], eps: f64) -> f64 {
    let n = x.len() as f64;
    if x.len() < SHORT_ROW {
        return x.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / n;
    }
    match judge(0.0, n, 0.0, squares(x), eps) {
        Verdict::Good(moments) => moments.var,
        _ => x.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / n,
    }
}

/// The sum of squares.
#[inline(never)]
pub(crate) fn squares(x: &[f32]) -> f64 {
    let mut total = F64x2::splat(0.0);
    for x in x.chunks(block_len(x.len())) {
        let sums = visit([x], [0.0], [], [F32x4::splat(0.0); 4], |q, [x], []| (q + x * x, []));
        let [low, high] = total_of(sums).widen();
        total = total + (low + high);
    }
    let [low, high] = total.to_array();
    low + high
}

/// The mean of the first elements, where they are equal exactly their value: sixteen add up without
/// rounding then, fewer do in f64.
#[inline(always)]
fn first_mean(x: &[f32]) -> f32 {
    match x.get(..SHIFT_SAMPLE) {
        Some(sample) => {
            let sums = visit([sample], [0.0], [], [F32x4::splat(0.0); 4], |s, [x], []| (s + x, []));
            let [a, b, c, d] = total_of(sums).to_array();
            ((a + b) + (c + d)) * (1.0 / SHIFT_SAMPLE as f32)
        }
        None => mean_in_f64(x.iter().copied()),
    }
}

/// The mean of a few values; of equal ones exactly their value.
pub(crate) fn mean_in_f64(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let n = values.len() as f64;
    (values.map(f64::from).sum::<f64>() / n) as f32
}

#[inline(never)]
fn shifted_sums(x: &[f32], runs: Runs, shift: f32) -> [f64; 2] {
    let k = F32x4::splat(shift);
    let block = block_len(runs.len);
    let mut totals = Totals::new();
    for run in runs.ranges() {
        for x in x[run].chunks(block) {
            totals.add(visit([x], [shift], [], zero_pairs::<4>(), |[s, q], [x], []| {
                let d = x - k;
                ([s + d, q + d * d], [])
            }));
        }
    }
    totals.sums()
}

/// Two sweeps in f64: finite wherever f32 data has a finite answer.
pub(crate) fn exact_moments(x: impl Iterator<Item = f32> + Clone, n: f64) -> Moments {
    let first = x.clone().next().map_or(0.0, f64::from);
    let about = first + x.clone().map(|v| f64::from(v) - first).sum::<f64>() / n;
    let (residual, squares) = x.fold((0.0, 0.0), |(s, q), v| {
        let d = f64::from(v) - about;
        (s + d, q + d * d)
    });
    let correction = residual / n;
    Moments { mean: about + correction, var: squares / n - correction * correction }
}

/// The two sums that backward needs of a statistic with a given mean: `[Σ dy, Σ dy·(x − mean)]`.
///
/// Where x differs from the mean by very much or very little (`rstd` tells), products are taken in
/// f64, as they are when they overflow or underflow in f32.
pub(crate) fn gradient_sums(x: &[f32], dy: &[f32], runs: Runs, Statistic { mean, rstd }: Statistic) -> [f64; 2] {
    if products_fit(rstd) {
        let (hi, lo) = split(mean);
        let [s, q] = centred_sums(x, dy, runs, hi);
        // Exact and free: the sums are over x - hi, what lo changes is known.
        let sums = [s, q - lo * s];
        if sums[1].is_finite() && !may_have_underflowed([s, sums[1] * rstd], runs.elements()) {
            return sums;
        }
    }
    exact_gradient_sums(runs.ranges().flat_map(|run| x[run.clone()].iter().copied().zip(dy[run].iter().copied())), mean)
}

const PRODUCT_LIMIT: f64 = 16_777_216.0;

/// Whether products with x - mean are safe in f32: rstd within 2^±24.
#[inline(always)]
pub(crate) fn products_fit(rstd: f64) -> bool {
    rstd < PRODUCT_LIMIT && rstd * PRODUCT_LIMIT > 1.0
}

/// [`products_fit`] of four, where that is plain.
#[inline(always)]
pub(crate) fn products_fit_four(rstd: F64x4) -> bool {
    let [least, most] = [2.0 / PRODUCT_LIMIT, PRODUCT_LIMIT / 2.0].map(F64x4::splat);
    least.all_le(rstd) && rstd.all_le(most)
}

#[inline(never)]
fn centred_sums(x: &[f32], dy: &[f32], runs: Runs, hi: f32) -> [f64; 2] {
    let k = F32x4::splat(hi);
    let mut totals = Totals::new();
    for run in runs.ranges() {
        let (x, dy) = (&x[run.clone()], &dy[run]);
        for block in blocks(x.len()) {
            totals.add(visit(
                [&x[block.clone()], &dy[block]],
                [hi, 0.0],
                [],
                zero_pairs::<4>(),
                |[s, q], [x, dy], []| ([s + dy, q + dy * (x - k)], []),
            ));
        }
    }
    totals.sums()
}

/// `[Σ dy, Σ dy·(x − mean)]` in f64, from pairs (x, dy).
pub(crate) fn exact_gradient_sums(pairs: impl Iterator<Item = (f32, f32)>, mean: f64) -> [f64; 2] {
    pairs.fold([0.0; 2], |[s, q], (x, dy)| {
        let dy = f64::from(dy);
        [s + dy, q + dy * (f64::from(x) - mean)]
    })
}

/// Two sums in f64 that take in the accumulators of one block after another.
pub(crate) struct Totals([F64x2; 2]);

/// Accumulators for two sums.
type Pair = [F32x4; 2];

impl Totals {
    #[inline(always)]
    pub fn new() -> Self {
        Self([F64x2::splat(0.0); 2])
    }

    #[inline(always)]
    pub fn add<const P: usize>(&mut self, pairs: [Pair; P]) {
        for (i, total) in self.0.iter_mut().enumerate() {
            let [low, high] = total_of(pairs.map(|pair| pair[i])).widen();
            *total = *total + (low + high);
        }
    }

    #[inline(always)]
    pub fn sums(self) -> [f64; 2] {
        self.0.map(|total| {
            let [low, high] = total.to_array();
            low + high
        })
    }
}

/// The sum of one or four vectors, as a tree.
#[inline(always)]
pub(crate) fn total_of<const P: usize>(v: [F32x4; P]) -> F32x4 {
    if P == 1 { v[0] } else { (v[0] + v[1 % P]) + (v[2 % P] + v[3 % P]) }
}

/// Where two sums start.
#[inline(always)]
pub(crate) fn zero_pairs<const P: usize>() -> [Pair; P] {
    [[F32x4::splat(0.0); 2]; P]
}
