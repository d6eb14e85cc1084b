//! The two sums that backward needs of every channel.

use super::Planes;
use crate::channel_sums::centre;
use crate::runs::{are_zeros, exact_gradient_sums, find_centred_sums};
use crate::statistics::Statistics;

/// `Σ dy` and `Σ dy·(x − mean)` of every channel.
#[inline(never)]
pub(crate) fn gradient_sums(
    x: &[f32],
    dy: &[f32],
    beside: Option<&[f32]>,
    shape: Planes,
    statistics: Statistics<'_>,
    [sum, sum_x]: [&mut [f64]; 2],
) {
    for (n, planes) in shape.points().enumerate() {
        find_centred_sums([x, dy], beside, planes, statistics.mean, [sum, sum_x], n > 0);
    }
    centre(statistics, shape.count(), [sum, sum_x], &mut |c, sums| {
        if sums == [0.0; 2] && are_zeros(dy, shape.channel(c)) {
            return sums;
        }
        exact_gradient_sums(x, dy, shape.channel(c), statistics.mean[c])
    });
}
