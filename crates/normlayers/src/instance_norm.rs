//! Instance normalization (Ulyanov, Vedaldi & Lempitsky, 2016): group normalization with a channel per
//! group, to which running statistics may be added. Backward and the statistics alone are those of
//! [`group_norm`] with `groups = c`.

use crate::group_norm::{self, Shape};
use crate::statistics::{Moments, Sink};
use crate::{Affine, InOut, Running, Scratch, StatisticsMut};

/// y; mean and rstd of each (data point, channel) where they are to be saved; the mean of the
/// statistics over the batch updates the running ones where those are given.
pub fn forward(
    shape: Shape,
    io: InOut<'_>,
    affine: Affine<'_>,
    eps: f64,
    saved: Option<StatisticsMut<'_>>,
    running: Option<Running<'_>>,
    mut scratch: Scratch<'_>,
) {
    let Shape { n, c, s, .. } = shape;
    if n == 0 {
        return;
    }
    let Some(mut running) = running else { return group_norm::forward(shape, io, affine, eps, saved, scratch) };
    let ([mean, var], scratch) = scratch.arrays(c);
    mean.fill(0.0);
    var.fill(0.0);
    group_norm::normalize(shape, io, affine, Sink { eps, saved, sums: Some([&mut *mean, &mut *var]) }, scratch);
    for c in 0..c {
        running.observe(c, Moments { mean: mean[c] / n as f64, var: var[c] / n as f64 }, s);
    }
}
