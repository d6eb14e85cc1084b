//! Mean and variance of every channel.

use super::Planes;
use crate::channel_sums::judge_moments;
use crate::records::padded;
use crate::runs::{Runs, SHIFT_SAMPLE, find_shifted_sums, first_mean, moments_again, short_moments};

/// Mean and variance of every channel. `eps` is what will be added to the variance.
#[inline(never)]
pub(crate) fn moments(
    x: &[f32],
    beside: Option<&[f32]>,
    shape: Planes,
    eps: f64,
    [mean, var]: [&mut [f64]; 2],
    shifts: &mut [f32],
) {
    let planes = Runs::adjacent(0, shape.s, shape.c).ranges();
    if shape.n == 1 && shape.s < SHIFT_SAMPLE {
        for (plane, (mean, var)) in planes.zip(mean.iter_mut().zip(var)) {
            let moments = short_moments(&x[plane]);
            (*mean, *var) = (moments.mean, moments.var);
        }
        return;
    }
    let shifts = &mut shifts[..padded(shape.c)];
    for (shift, plane) in shifts.iter_mut().zip(planes) {
        *shift = first_mean(&x[plane]);
    }
    for (n, planes) in shape.points().enumerate() {
        find_shifted_sums(x, beside, planes, shifts, [mean, var], n > 0);
    }
    judge_moments(shifts, 1, shape.count(), eps, [mean, var], &mut |c, verdict, _| {
        Some(moments_again(x, shape.channel(c), verdict.better_shift(), eps))
    });
}
