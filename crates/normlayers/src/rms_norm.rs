//! RMS normalization (Zhang & Sennrich, 2019): x is (rows, len); the mean is not subtracted and
//! rstd = 1/sqrt(mean(x²) + eps), per row; parameters per element of the row.

use crate::rows::{self, Find, RowStatistics, Shape};
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch};

/// y = x·rstd·weight + bias, and rstd of each row where it is to be saved.
pub fn forward(len: usize, io: InOut<'_>, affine: Affine<'_>, eps: f64, saved: Option<&mut [f64]>) {
    rows::normalize(Shape::new(io.len(), len), io, affine, Find::MeanSquares { eps, saved });
}

/// rstd of each row.
pub fn statistics(len: usize, x: &[f32], eps: f64, saved: &mut [f64]) {
    assert!(Shape::new(x.len(), len).rows == saved.len(), "statistics do not fit their shape");
    rows::mean_square_rstd(len, x, None, eps, saved);
}

/// Gradients, from the rstd that forward saved:
/// dx = rstd·(g − x̂·Σ(g·x̂)/n) with g = dy·weight and x̂ = x·rstd; dweight = Σ dy·x̂ and dbias = Σ dy over the rows.
pub fn backward(
    len: usize,
    x: &[f32],
    incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    rstd: &[f64],
    gradients: ParameterGradients<'_>,
    scratch: Scratch<'_>,
) {
    let statistics = RowStatistics { mean: None, rstd };
    rows::differentiate(Shape::new(x.len(), len), x, incoming, weight, statistics, gradients, scratch);
}
