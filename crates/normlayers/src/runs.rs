//! Reductions over runs: contiguous stretches of equal length that share one statistic.
//!
//! 1. One sweep in f32 over `x - shift`, with the mean of the first elements as the shift: four plus
//!    four vector accumulators, over balanced blocks of at most 256 elements, whose totals add up in
//!    f64. Longer blocks are no faster and less exact.
//! 2. When the shift proves poor, a second sweep with the mean that the first one found.
//! 3. When f32 cannot hold the sums (or the second shift is poor too), two sweeps in f64.

use core::ops::Range;

use crate::records::{LANES, four, four_mut, groups_of};
pub(crate) use crate::simd::Runs;
use crate::simd::{F32x4, F64x2, F64x4, visit, visit_runs};
use crate::statistics::{
    Moments, Statistic, Statistics, Verdict, judge, judge_four, may_have_underflowed, none_underflowed, split,
    split_four,
};

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
    let [sum, squares] = shifted_sums(x, runs, shift, None);
    match judge(shift, n, sum, squares, eps) {
        Verdict::Good(moments) => moments,
        Verdict::PoorShift(better) => moments_again(x, runs, Some(better), eps),
        Verdict::OutOfRange => moments_again(x, runs, None, eps),
    }
}

/// [`moments`] of each run by itself, four side by side where they are long enough. (Some f32 are written to.)
#[inline(never)]
pub(crate) fn moments_of_each(x: &[f32], runs: Runs, eps: f64, mean: &mut [f64], var: &mut [f64], shifts: &mut [f32]) {
    let run = |i: usize| Runs::one(runs.start + i * runs.stride, runs.len);
    let in_fours = if runs.len >= SHIFT_SAMPLE { runs.count & !3 } else { 0 };
    // All sums before all that is made of them: they do not wait for one another.
    for (i, shift) in shifts[..in_fours].iter_mut().enumerate() {
        *shift = first_mean(&x[run(i).start..][..runs.len]);
    }
    let (runs_in_fours, each) = (Runs { count: in_fours, ..runs }, Each { constants: shifts, sums: [mean, var] });
    shifted_sums(x, runs_in_fours, 0.0, Some(each));
    let mut done = 0;
    while done < runs.count {
        if done < in_fours {
            let shift = F32x4::of(four(shifts, done));
            let [sums, squares] = [&mean, &var].map(|values| F64x4::of(four(values, done)));
            if let Some([means, vars]) = judge_four(shift, runs.len as f64, sums, squares, eps) {
                means.write(four_mut(mean, done));
                vars.write(four_mut(var, done));
                done += LANES;
                continue;
            }
        }
        let last = if done < in_fours { done + LANES } else { runs.count };
        for i in done..last {
            let moments = moments(x, run(i), eps);
            (mean[i], var[i]) = (moments.mean, moments.var);
        }
        done = last;
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
        let [sum, squares] = shifted_sums(x, runs, shift, None);
        if let Verdict::Good(moments) = judge(shift, n, sum, squares, eps) {
            return moments;
        }
    }
    exact_moments(x, runs)
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

/// Sums of x − shift and its square: over all runs, and where `each` is given instead over each, with its own shift.
#[inline(never)]
fn shifted_sums(x: &[f32], runs: Runs, shift: f32, each: Option<Each<'_, f32>>) -> [f64; 2] {
    let (shifts, mut sums_of) = Each::parts(each);
    let mut totals = Totals::new();
    visit_runs(
        [x],
        runs,
        block_len(runs.len),
        zero_pairs::<1>()[0],
        |i| shifts.map_or(shift, |shifts| shifts[i]),
        |k| [k],
        |[s, q], [x], k| {
            let d = x - k;
            [s + d, q + d * d]
        },
        |i, ends, sums| {
            totals.add(sums);
            if ends && let Some(sums_of) = &mut sums_of {
                totals.become_sums(i, sums_of);
            }
        },
    );
    totals.sums()
}

/// What each run has of its own: a constant, and two sums.
struct Each<'a, T> {
    constants: &'a [T],
    sums: [&'a mut [f64]; 2],
}

impl<'a, T> Each<'a, T> {
    fn parts(each: Option<Self>) -> (Option<&'a [T]>, Option<[&'a mut [f64]; 2]>) {
        each.map_or((None, None), |each| (Some(each.constants), Some(each.sums)))
    }
}

/// Two sweeps in f64: finite wherever f32 data has a finite answer.
#[cold]
#[inline(never)]
pub(crate) fn exact_moments(x: &[f32], runs: Runs) -> Moments {
    let n = runs.elements();
    let first = x.get(runs.start).map_or(0.0, |&v| f64::from(v));
    let sums_about = |about: f64| {
        let mut sums = [0.0; 2];
        for &v in runs.ranges().flat_map(|run| &x[run]) {
            let d = f64::from(v) - about;
            sums = [sums[0] + d, sums[1] + d * d];
        }
        sums
    };
    let about = first + sums_about(first)[0] / n;
    let [residual, squares] = sums_about(about);
    let correction = residual / n;
    Moments { mean: about + correction, var: squares / n - correction * correction }
}

/// The two sums that backward needs of a statistic with a given mean: `[Σ dy, Σ dy·(x − mean)]`.
///
/// Where x differs from the mean by very much or very little (`rstd` tells), products are taken in
/// f64, as they are when they overflow or underflow in f32.
pub(crate) fn gradient_sums(x: &[f32], dy: &[f32], runs: Runs, statistic: Statistic) -> [f64; 2] {
    if products_fit(statistic.rstd) {
        let sums = centred_sums(x, dy, runs, statistic.mean as f32, None);
        if let Some(sums) = centred(sums, statistic, runs.elements()) {
            return sums;
        }
    }
    exact_gradient_sums(x, dy, runs, statistic.mean)
}

/// [`gradient_sums`] of each run by itself.
#[inline(never)]
pub(crate) fn gradient_sums_of_each(
    x: &[f32],
    dy: &[f32],
    runs: Runs,
    statistics: Statistics<'_>,
    [sum, sum_x]: [&mut [f64]; 2],
) {
    let run = |i: usize| Runs::one(runs.start + i * runs.stride, runs.len);
    centred_sums(x, dy, runs, 0.0, Some(Each { constants: statistics.mean, sums: [sum, sum_x] }));
    centre(statistics, runs.len as f64, [sum, sum_x], &|i| exact_gradient_sums(x, dy, run(i), statistics.mean[i]));
}

/// Sums over x − hi of `n` elements as sums over x − mean, if they are worth it. (Exact and free: what lo changes is known.)
#[inline(always)]
fn centred([s, q]: [f64; 2], Statistic { mean, rstd }: Statistic, n: f64) -> Option<[f64; 2]> {
    let (_, lo) = split(mean);
    let q = q - lo * s;
    (products_fit(rstd) && q.is_finite() && !may_have_underflowed([s, q * rstd], n)).then_some([s, q])
}

/// [`centred`] of all statistics, in place; those that are not worth it are the `exact` ones.
#[inline(never)]
pub(crate) fn centre(
    statistics: Statistics<'_>,
    n: f64,
    [sum, sum_x]: [&mut [f64]; 2],
    exact: &dyn Fn(usize) -> [f64; 2],
) {
    for group in groups_of(sum.len()) {
        let first = group.start;
        if group.len() == LANES {
            let [mean, rstd] = statistics.four(first);
            let [s, q] = [&sum, &sum_x].map(|values| F64x4::of(four(values, first)));
            let (_, lo) = split_four(mean);
            let q = q - lo * s;
            if products_fit_four(rstd) && none_underflowed(s, n) && (q * F64x4::splat(0.0)).all_le(F64x4::splat(0.0)) {
                q.write(four_mut(sum_x, first));
                continue;
            }
        }
        for i in group {
            let sums = centred([sum[i], sum_x[i]], statistics.at(i), n);
            [sum[i], sum_x[i]] = sums.unwrap_or_else(|| exact(i));
        }
    }
}

const PRODUCT_LIMIT: f64 = 16_777_216.0;

/// Whether products with x - mean are safe in f32: rstd within 2^±24.
#[inline(always)]
fn products_fit(rstd: f64) -> bool {
    rstd < PRODUCT_LIMIT && rstd * PRODUCT_LIMIT > 1.0
}

/// [`products_fit`] of four, where that is plain.
#[inline(always)]
fn products_fit_four(rstd: F64x4) -> bool {
    let [least, most] = [2.0 / PRODUCT_LIMIT, PRODUCT_LIMIT / 2.0].map(F64x4::splat);
    least.all_le(rstd) && rstd.all_le(most)
}

/// Sums of dy and dy·(x − hi), as [`shifted_sums`].
#[inline(never)]
fn centred_sums(x: &[f32], dy: &[f32], runs: Runs, hi: f32, each: Option<Each<'_, f64>>) -> [f64; 2] {
    let (means, mut sums_of) = Each::parts(each);
    let mut totals = Totals::new();
    visit_runs(
        [x, dy],
        runs,
        block_len(runs.len),
        zero_pairs::<1>()[0],
        |i| means.map_or(hi, |means| means[i] as f32),
        |k| [k, 0.0],
        |[s, q], [x, dy], k| [s + dy, q + dy * (x - k)],
        |i, ends, sums| {
            totals.add(sums);
            if ends && let Some(sums_of) = &mut sums_of {
                totals.become_sums(i, sums_of);
            }
        },
    );
    totals.sums()
}

/// `[Σ dy, Σ dy·(x − mean)]` in f64.
#[cold]
#[inline(never)]
pub(crate) fn exact_gradient_sums(x: &[f32], dy: &[f32], runs: Runs, mean: f64) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for run in runs.ranges() {
        for (&x, &dy) in x[run.clone()].iter().zip(&dy[run]) {
            let dy = f64::from(dy);
            sums = [sums[0] + dy, sums[1] + dy * (f64::from(x) - mean)];
        }
    }
    sums
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

    /// Writes the sums of run `i`, and starts those of the next.
    #[inline(always)]
    fn become_sums(&mut self, i: usize, sums_of: &mut [&mut [f64]; 2]) {
        let sums = core::mem::replace(self, Self::new()).sums();
        sums_of.iter_mut().zip(sums).for_each(|(of, sum)| of[i] = sum);
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
