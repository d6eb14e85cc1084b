//! Normalization with constants: evaluation, and frozen layers in training. x is (n, c, s) as in
//! [`batch_norm`](crate::batch_norm); mean and rstd of each channel come from running statistics.

use crate::batch_norm::{Shape, backward_with};
use crate::statistics::to_rstd;
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch, Statistics, StatisticsMut};

/// Running mean and variance as mean and rstd.
pub fn statistics(running_mean: &[f32], running_var: &[f32], eps: f64, saved: StatisticsMut<'_>) {
    let c = saved.mean.len();
    assert!(running_mean.len() == c && running_var.len() == c, "running statistics differ in length");
    let widen = |(to, &from): (&mut f64, &f32)| *to = f64::from(from);
    saved.mean.iter_mut().zip(running_mean).for_each(widen);
    saved.rstd.iter_mut().zip(running_var).for_each(widen);
    to_rstd(saved.rstd, eps);
}

/// y.
pub fn forward(shape: Shape, io: InOut<'_>, affine: Affine<'_>, statistics: Statistics<'_>, scratch: Scratch<'_>) {
    shape.check(io.source());
    if shape.n > 0 {
        shape.layout().normalize(io, statistics, affine, scratch);
    }
}

/// Gradients: dx = dy·weight·rstd; dweight = Σ dy·x̂ and dbias = Σ dy per channel.
pub fn backward(
    shape: Shape,
    x: &[f32],
    incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistics: Statistics<'_>,
    gradients: ParameterGradients<'_>,
    scratch: Scratch<'_>,
) {
    backward_with(shape, x, incoming, weight, statistics, gradients, scratch, true);
}
