//! Reductions over runs: contiguous stretches of equal length that share one statistic.
//!
//! 1. One sweep in f32 over `x - shift`, with the mean of the first elements as the shift: four plus
//!    four vector accumulators, over balanced blocks of at most 256 elements, whose totals add up in
//!    f64. Longer blocks are no faster and less exact.
//! 2. When the shift proves poor, a second sweep with the mean that the first one found.
//! 3. When f32 cannot hold the sums (or the second shift is poor too), two sweeps in f64.

use core::ops::Range;

pub(crate) use crate::simd::Runs;
use crate::simd::{F32x4, F64x2, InOut, map_and_visit, visit, visit_runs};
use crate::statistics::{Moments, Verdict, judge};

const BLOCK: usize = 256;
pub(crate) const SHIFT_SAMPLE: usize = 16;
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

/// Mean and variance of a run. `eps` is what will be added to the variance.
#[inline(always)]
pub(crate) fn moments_of_run(x: &[f32], beside: Option<&[f32]>, run: Runs, eps: f64) -> Moments {
    let elements = &x[run.start..][..run.len];
    if run.len < SHIFT_SAMPLE {
        return short_moments(elements);
    }
    Sums::of_runs(x, beside, run).moments(x, run, eps)
}

/// Sums of x − shift and of its square over all of some runs.
#[derive(Clone, Copy)]
pub(crate) struct Sums {
    pub shift: f32,
    pub sums: [f64; 2],
}

impl Sums {
    /// With the mean of the first elements as the shift.
    #[inline(never)]
    pub fn of_runs(x: &[f32], beside: Option<&[f32]>, runs: Runs) -> Self {
        let shift = first_mean(&x[runs.start..][..runs.len]);
        Self { shift, sums: shifted_sums(x, beside, runs, shift) }
    }

    /// Mean and variance; from x once more, where the sums are no good.
    #[inline(never)]
    pub fn moments(self, x: &[f32], runs: Runs, eps: f64) -> Moments {
        let Self { shift, sums: [sum, squares] } = self;
        match judge(shift, runs.elements(), sum, squares, eps) {
            Verdict::Good(moments) => moments,
            verdict => moments_again(x, runs, verdict.better_shift(), eps),
        }
    }
}

/// Of a few elements, in f64 at once: nothing to judge, and equal ones have exactly their value as mean.
/// (Rows of 4 are normalized in 5.7 instead of 7.2 ns per element.)
#[inline(always)]
pub(crate) fn short_moments(x: &[f32]) -> Moments {
    let n = x.len() as f64;
    let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let squares: f64 = x.iter().map(|&v| (f64::from(v) - mean) * (f64::from(v) - mean)).sum();
    Moments { mean, var: squares / n }
}

/// With a better shift; in f64 where there is none, or it is no good.
#[cold]
#[inline(never)]
pub(crate) fn moments_again(x: &[f32], runs: Runs, shift: Option<f32>, eps: f64) -> Moments {
    let n = runs.elements();
    if let Some(shift) = shift {
        let [sum, squares] = shifted_sums(x, None, runs, shift);
        if let Verdict::Good(moments) = judge(shift, n, sum, squares, eps) {
            return moments;
        }
    }
    exact_moments(x, runs)
}

/// The mean of squares over one run.
#[inline(always)]
pub(crate) fn mean_square(x: &[f32], beside: Option<&[f32]>, eps: f64) -> f64 {
    let n = x.len() as f64;
    if x.len() < SHORT_ROW {
        return x.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / n;
    }
    let squares = beside.map_or_else(|| squares(x), |beside| squares_beside(x, beside));
    match judge(0.0, n, 0.0, squares, eps) {
        Verdict::Good(moments) => moments.var,
        _ => x.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / n,
    }
}

/// The sum of squares.
#[inline(never)]
pub(crate) fn squares(x: &[f32]) -> f64 {
    add_squares(x, None)
}

/// [`squares`], while what is beside x is prefetched. (Rows of 128 pay 7 % for one function that asks.)
#[inline(never)]
fn squares_beside(x: &[f32], beside: &[f32]) -> f64 {
    add_squares(x, Some(beside))
}

#[inline(always)]
fn add_squares(x: &[f32], beside: Option<&[f32]>) -> f64 {
    let mut total = F64x2::splat(0.0);
    let block = block_len(x.len());
    for (i, x) in x.chunks(block).enumerate() {
        let beside = beside.map(|beside| &beside[i * block..][..x.len()]);
        let sums = visit([x], beside, [0.0], [], [F32x4::splat(0.0); 4], |q, [x], []| (q + x * x, []));
        let [low, high] = total_of(sums).widen();
        total = total + (low + high);
    }
    let [low, high] = total.to_array();
    low + high
}

/// The mean of the first elements, where they are equal exactly their value: sixteen add up without
/// rounding then, fewer do in f64.
#[inline(always)]
pub(crate) fn first_mean(x: &[f32]) -> f32 {
    match x.first_chunk() {
        Some(sample) => mean_of_sample(sample),
        None => mean_in_f64(x.iter().copied()),
    }
}

#[inline(always)]
fn mean_of_sample(sample: &[f32; SHIFT_SAMPLE]) -> f32 {
    let sums = visit([sample], None, [0.0], [], [F32x4::splat(0.0); 4], |s, [x], []| (s + x, []));
    let [a, b, c, d] = total_of(sums).to_array();
    ((a + b) + (c + d)) * (1.0 / SHIFT_SAMPLE as f32)
}

/// The mean of a few values; of equal ones exactly their value.
pub(crate) fn mean_in_f64(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let n = values.len() as f64;
    (values.map(f64::from).sum::<f64>() / n) as f32
}

/// Sums of x − shift and of its square over all runs.
fn shifted_sums(x: &[f32], beside: Option<&[f32]>, runs: Runs, shift: f32) -> [f64; 2] {
    let [mut sum, mut squares] = [[0.0]; 2];
    find_shifted_sums(x, beside, runs, &[shift], [&mut sum, &mut squares], true);
    [sum[0], squares[0]]
}

/// The sums of x − shift and of its square over each run: to `add` to what there is, or instead of it. Every run has a
/// shift and sums of its own; or one stands for all, which adds up.
#[inline(never)]
pub(crate) fn find_shifted_sums(
    x: &[f32],
    beside: Option<&[f32]>,
    runs: Runs,
    shifts: &[f32],
    mut sums: [&mut [f64]; 2],
    add: bool,
) {
    assert!(shifts.len() == 1 || shifts.len() >= runs.count, "shifts do not fit the runs");
    let own = |i: usize| i.min(shifts.len() - 1);
    let mut totals = Totals::new();
    visit_runs(
        [x],
        beside,
        runs,
        block_len(runs.len),
        |i| (shifts[own(i)], [shifts[own(i)]]),
        |sums, [x], shift| add_shifted(sums, x, shift),
        |i, ends, of_block| totals.take(of_block, ends, &mut sums, own(i), add),
    );
}

/// Takes in x − shift and its square.
#[inline(always)]
fn add_shifted([s, q]: Pair, x: F32x4, shift: F32x4) -> Pair {
    let d = x - shift;
    [s + d, q + d * d]
}

/// Writes a function of the source and of further streams, while the sums of `x − shift` and of its square over
/// `next`, as many elements elsewhere, are made.
#[inline(always)]
pub(crate) fn map_and_sum<const N: usize>(
    mut io: InOut<'_>,
    reads: [&[f32]; N],
    next: &[f32],
    shift: f32,
    f: impl Fn(F32x4, [F32x4; N]) -> F32x4 + Copy,
) -> [f64; 2] {
    let k = F32x4::splat(shift);
    let mut totals = Totals::new();
    for r in blocks(next.len()) {
        let (io, reads) = (io.part(r.clone()), reads.map(|values| &values[r.clone()]));
        totals.add(map_and_visit(io, reads, &next[r], shift, zero_pairs(), f, |sums, x| add_shifted(sums, x, k)));
    }
    totals.sums()
}

/// The sums of dy and of dy·(x − hi) over each run, to `add` to what there is, or instead of it; hi is the nearest f32
/// to the run's mean.
#[inline(never)]
pub(crate) fn find_centred_sums(
    [x, dy]: [&[f32]; 2],
    beside: Option<&[f32]>,
    runs: Runs,
    means: &[f64],
    mut sums: [&mut [f64]; 2],
    add: bool,
) {
    let mut totals = Totals::new();
    visit_runs(
        [x, dy],
        beside,
        runs,
        block_len(runs.len),
        |i| (means[i] as f32, [means[i] as f32, 0.0]),
        |[s, q], [x, dy], k| [s + dy, q + dy * (x - k)],
        |i, ends, of_block| totals.take(of_block, ends, &mut sums, i, add),
    );
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

/// What is more than 0 for every number but 0, the smallest too.
#[inline(always)]
pub(crate) fn magnitude(value: F32x4) -> F32x4 {
    const SCALE: f32 = f32::from_bits(0x7180_0000); // 2¹⁰⁰
    let scaled = value * F32x4::splat(SCALE);
    scaled * scaled
}

/// Whether all elements are 0.
#[cold]
#[inline(never)]
pub(crate) fn are_zeros(values: &[f32], runs: Runs) -> bool {
    runs.ranges().all(|run| {
        let sizes = visit([&values[run]], None, [0.0], [], [F32x4::splat(0.0); 4], |sum, [value], []| {
            (sum + magnitude(value), [])
        });
        total_of(sizes).to_array() == [0.0; 4]
    })
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

    /// Takes in a block; where a run `ends` with it, its sums go to those at `i`. (Sums that had to be 0 before would
    /// cost a call out of the module for each part of a tensor: rows of 16 take 0.91 of the time without, of 128
    /// 0.96.)
    #[inline(always)]
    fn take(&mut self, block: [Pair; 4], ends: bool, sums: &mut [&mut [f64]; 2], i: usize, add: bool) {
        self.add(block);
        if ends {
            let of_run = core::mem::replace(self, Self::new()).sums();
            for (sums, sum) in sums.iter_mut().zip(of_run) {
                sums[i] = if add { sums[i] + sum } else { sum };
            }
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
