//! What the sums over every channel are worth: four channels are judged at a time where all are plainly good, with the
//! bits of one at a time.

use crate::records::{four, four_mut, groups_of, lane};
use crate::simd::{F32x4, F64x4, LANES};
use crate::statistics::{
    Moments, Statistic, Statistics, Verdict, judge, judge_four, may_have_underflowed, none_underflowed, split,
    split_four,
};

/// Sums of `x − shift` and `(x − shift)²` over `n` elements of every channel as its mean and variance, in place. The
/// shift is the first constant in its record of `size` of them. `otherwise` is asked where the sums are no good, and
/// may give nothing but a better shift for another try.
#[inline(never)]
pub(crate) fn judge_moments(
    records: &mut [f32],
    size: usize,
    n: f64,
    eps: f64,
    [sum, squares]: [&mut [f64]; 2],
    otherwise: &mut dyn FnMut(usize, Verdict, &mut f32) -> Option<Moments>,
) {
    for group in groups_of(sum.len()) {
        let first = group.start;
        if group.len() == LANES {
            let shift = F32x4::of(four(records, lane(first, 0, size)));
            let [s, q] = [&sum, &squares].map(|values| F64x4::of(four(values, first)));
            if let Some([means, vars]) = judge_four(shift, n, s, q, eps) {
                means.write(four_mut(sum, first));
                vars.write(four_mut(squares, first));
                continue;
            }
        }
        for c in group {
            let shift = &mut records[lane(c, 0, size)];
            let moments = match judge(*shift, n, sum[c], squares[c], eps) {
                Verdict::Good(moments) => Some(moments),
                verdict => otherwise(c, verdict, shift),
            };
            if let Some(moments) = moments {
                (sum[c], squares[c]) = (moments.mean, moments.var);
            }
        }
    }
}

/// Sums of dy and dy·(x − hi) over `n` elements of every channel as those of dy and dy·(x − mean), in place. (Exact
/// and free: what lo changes is known.) Where x differs from the mean by very much or very little (`rstd` tells), or
/// products overflow or underflow in f32, `again` is given the channel and its sums, and makes them anew.
#[inline(never)]
pub(crate) fn centre(
    statistics: Statistics<'_>,
    n: f64,
    [sum, sum_x]: [&mut [f64]; 2],
    again: &mut dyn FnMut(usize, [f64; 2]) -> [f64; 2],
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
        for c in group {
            let Statistic { mean, rstd } = statistics.at(c);
            let (_, lo) = split(mean);
            let q = sum_x[c] - lo * sum[c];
            if products_fit(rstd) && q.is_finite() && !may_have_underflowed([sum[c], q * rstd], n) {
                sum_x[c] = q;
            } else {
                [sum[c], sum_x[c]] = again(c, [sum[c], q]);
            }
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
