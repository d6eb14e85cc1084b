//! Statistics as values: mean and variance of one statistic, how they are judged, and the constants
//! that the apply loops make of them.
//!
//! Notation: the mean is kept in f64 and split as `hi + lo` with `hi` its nearest f32, so that
//! `x - hi` is exact in f32 where it matters, and `lo` goes into a constant.

use core::ops::Range;

use crate::records::four;
use crate::simd::{F32x4, F64x4, sqrt};

/// Mean and biased variance of one statistic.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    pub mean: f64,
    pub var: f64,
}

/// What sums of `x - shift` and `(x - shift)²`, taken in f32, are worth.
pub(crate) enum Verdict {
    Good(Moments),
    /// The shift was more than a spread from the mean, and the variance lost bits; here is a better one.
    /// (The mean of a sample of 16 is that far off once in 16,000 normal samples.)
    PoorShift(f32),
    /// A sum overflowed, underflowed or is NaN: only f64 can tell.
    OutOfRange,
}

impl Verdict {
    /// The shift to try next, where there is one.
    pub fn better_shift(self) -> Option<f32> {
        if let Self::PoorShift(better) = self { Some(better) } else { None }
    }
}

/// Below this mean square, squares of f32 begin to lose bits to underflow.
const SMALLEST_MEAN_SQUARE: f64 = f64::from_bits(0x3AF0_0000_0000_0000); // 2⁻⁸⁰

/// Judges shifted sums over `n` elements. Underflow is of no account where `eps` outweighs it.
#[inline(always)]
pub(crate) fn judge(shift: f32, n: f64, sum: f64, squares: f64, eps: f64) -> Verdict {
    let inverse = 1.0 / n;
    let (offset, mean_square) = (sum * inverse, squares * inverse);
    let var = mean_square - offset * offset;
    if !(mean_square + eps >= SMALLEST_MEAN_SQUARE && mean_square < f64::INFINITY) {
        Verdict::OutOfRange
    } else if offset * offset > var {
        Verdict::PoorShift((f64::from(shift) + offset) as f32)
    } else {
        Verdict::Good(Moments { mean: f64::from(shift) + offset, var })
    }
}

/// Mean and variance of four statistics, with the bits of [`judge`], where it is plain that all are good.
#[inline(always)]
pub(crate) fn judge_four(shift: F32x4, n: f64, sum: F64x4, squares: F64x4, eps: f64) -> Option<[F64x4; 2]> {
    let inverse = F64x4::splat(1.0 / n);
    let (offset, mean_square) = (sum * inverse, squares * inverse);
    let var = mean_square - offset * offset;
    let good = F64x4::splat(SMALLEST_MEAN_SQUARE).all_le(mean_square + F64x4::splat(eps))
        && mean_square.all_le(F64x4::splat(f64::MAX))
        && (offset * offset).all_le(var);
    good.then_some([F64x4::from_f32(shift) + offset, var])
}

const TINY: f64 = f64::from_bits(0x3B30_0000_0000_0000); // 2⁻⁷⁶

/// Whether the sums of n products dy and dy·x̂ may have lost products to underflow: both are tiny. (2⁻⁷⁶ leaves f32's
/// 23 bits where x − mean is as small as 2⁻²⁴.) Sums of exactly 0 are among them: all products may have vanished.
#[inline(always)]
pub(crate) fn may_have_underflowed([sum, sum_x]: [f64; 2], n: f64) -> bool {
    sum.abs() <= n * TINY && sum_x.abs() <= n * n * TINY
}

/// `1 / sqrt(var + eps)`, and 0 where that is 1 / 0.
#[inline(always)]
pub(crate) fn rstd(var: f64, eps: f64) -> f64 {
    let sum = var + eps;
    if sum == 0.0 { 0.0 } else { 1.0 / sqrt(sum) }
}

/// [`may_have_underflowed`] of four: whether it is plain that none has, for Σ dy alone is large enough.
#[inline(always)]
pub(crate) fn none_underflowed(sum: F64x4, n: f64) -> bool {
    F64x4::splat((n * TINY) * (n * TINY) * 2.0).all_le(sum * sum)
}

/// [`rstd`] of every variance, in its place.
#[inline(never)]
pub(crate) fn to_rstd(vars: &mut [f64], eps: f64) {
    let (fours, rest) = vars.as_chunks_mut::<4>();
    for four in fours {
        let sum = F64x4::of(four) + F64x4::splat(eps);
        (F64x4::splat(1.0) / sum.sqrt()).zero_where_zero(sum).write(four);
    }
    rest.iter_mut().for_each(|var| *var = rstd(*var, eps));
}

/// The mean as the nearest f32 and the rest.
#[inline(always)]
pub(crate) fn split(mean: f64) -> (f32, f64) {
    let hi = mean as f32;
    (hi, mean - f64::from(hi))
}

/// Constants at least this large (2¹⁰⁰) could overflow f32 in the middle of a formula whose result fits.
const LARGE: f32 = f32::from_bits(0x7180_0000);

/// A factor rounded to f32, where that keeps its relative precision: it is 0 or a normal number.
#[inline(always)]
pub(crate) fn narrow_factor(wide: f64) -> Option<f32> {
    let narrow = wide as f32;
    (narrow.is_normal() || wide == 0.0).then_some(narrow)
}

/// A term rounded to f32, where adding it cannot overflow needlessly.
#[inline(always)]
pub(crate) fn narrow_term(wide: f64) -> Option<f32> {
    let narrow = wide as f32;
    (narrow.abs() < LARGE).then_some(narrow)
}

/// [`narrow_factor`] of four, where all are plainly normal numbers or 0.
#[inline(always)]
pub(crate) fn narrow_factors(wide: F64x4) -> Option<F32x4> {
    const LEAST: f64 = f64::from_bits(0x3050_0000_0000_0000); // (2⁻¹²⁵)²
    const MOST: f64 = f64::from_bits(0x4FB0_0000_0000_0000); // (2¹²⁶)²
    let square = wide * wide;
    (F64x4::splat(LEAST).zero_where_zero(wide).all_le(square) && square.all_le(F64x4::splat(MOST)))
        .then(|| wide.narrow())
}

/// [`narrow_term`] of four, where all are plainly small enough.
#[inline(always)]
pub(crate) fn narrow_terms(wide: F64x4) -> Option<F32x4> {
    const MOST: f64 = f64::from_bits(0x4C50_0000_0000_0000); // (2⁹⁹)²
    (wide * wide).all_le(F64x4::splat(MOST)).then(|| wide.narrow())
}

/// The means of four statistics as the nearest f32 and the rest.
#[inline(always)]
pub(crate) fn split_four(mean: F64x4) -> (F32x4, F64x4) {
    let hi = mean.narrow();
    (hi, mean - F64x4::from_f32(hi))
}

/// One statistic as the passes use it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Statistic {
    pub mean: f64,
    pub rstd: f64,
}

/// Mean and `rstd = 1/sqrt(var + eps)` of every statistic, as forward saved them for backward.
#[derive(Clone, Copy)]
pub struct Statistics<'a> {
    /// The means.
    pub mean: &'a [f64],
    /// The reciprocal standard deviations.
    pub rstd: &'a [f64],
}

impl<'a> Statistics<'a> {
    /// Those of `range`.
    pub(crate) fn part(self, range: Range<usize>) -> Self {
        Self { mean: &self.mean[range.clone()], rstd: &self.rstd[range] }
    }

    /// Each of them `times`, one after another, in the memory given where that is needed.
    pub(crate) fn repeated(self, times: usize, memory: [&'a mut [f64]; 2]) -> Self {
        if times == 1 {
            return self;
        }
        let [mean, rstd] = memory;
        Self { mean: repeat(self.mean, times, mean), rstd: repeat(self.rstd, times, rstd) }
    }

    #[inline(always)]
    pub(crate) fn at(self, index: usize) -> Statistic {
        Statistic { mean: self.mean[index], rstd: self.rstd[index] }
    }

    /// Mean and rstd of the four statistics from `first`, a multiple of 4.
    #[inline(always)]
    pub(crate) fn four(self, first: usize) -> [F64x4; 2] {
        [self.mean, self.rstd].map(|values| F64x4::of(four(values, first)))
    }
}

#[inline(never)]
fn repeat<'a>(values: &[f64], times: usize, memory: &'a mut [f64]) -> &'a [f64] {
    let repeated = &mut memory[..times * values.len()];
    let mut places = repeated.iter_mut();
    values.iter().for_each(|&value| places.by_ref().take(times).for_each(|place| *place = value));
    repeated
}

/// Where forward saves mean and rstd of every statistic.
pub struct StatisticsMut<'a> {
    /// The means.
    pub mean: &'a mut [f64],
    /// The reciprocal standard deviations.
    pub rstd: &'a mut [f64],
}

impl StatisticsMut<'_> {
    /// The statistics of nothing.
    pub(crate) fn clear(&mut self) {
        self.mean.fill(0.0);
        self.rstd.fill(0.0);
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, index: usize, statistic: Statistic) {
        self.mean[index] = statistic.mean;
        self.rstd[index] = statistic.rstd;
    }
}

/// What becomes of the statistics that a forward finds.
pub(crate) struct Sink<'a> {
    /// What is added to a variance.
    pub eps: f64,
    pub saved: Option<StatisticsMut<'a>>,
    /// Where mean and variance of each channel add up over the data points.
    pub sums: Option<[&'a mut [f64]; 2]>,
}

impl Sink<'_> {
    /// Takes in statistic `first` and some behind it. Their variances become rstd.
    #[inline(never)]
    pub fn take(&mut self, first: usize, mean: &[f64], rstd: &mut [f64]) {
        if let Some(sums) = &mut self.sums {
            for (sums, values) in sums.iter_mut().zip([mean, rstd]) {
                let channels = sums.len();
                values.iter().enumerate().for_each(|(i, value)| sums[(first + i) % channels] += value);
            }
        }
        to_rstd(rstd, self.eps);
        if let Some(saved) = &mut self.saved {
            // One by one: a few copied as a block are a call out of the module.
            for (i, (&mean, &mut rstd)) in mean.iter().zip(rstd).enumerate() {
                saved.set(first + i, Statistic { mean, rstd });
            }
        }
    }

    /// [`Sink::take`] of one.
    pub fn one(&mut self, index: usize, moments: Moments) -> Statistic {
        let mut rstd = [moments.var];
        self.take(index, &[moments.mean], &mut rstd);
        Statistic { mean: moments.mean, rstd: rstd[0] }
    }
}
