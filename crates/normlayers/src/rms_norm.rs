//! RMS normalization (Zhang & Sennrich, 2019): x is (rows, len); the mean is not subtracted and
//! rstd = 1/sqrt(mean(x²) + eps), per row; parameters per element of the row.

use crate::rows::{self, RowStatistics, Shape};
use crate::runs::mean_square;
use crate::statistics::{rstd, to_rstd};
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch};

/// y = x·rstd·weight + bias, and rstd of each row where it is to be saved.
pub fn forward(len: usize, mut io: InOut<'_>, affine: Affine<'_>, eps: f64, mut saved: Option<&mut [f64]>) {
    rows::normalize(Shape::new(io.len(), len), &mut io, affine, false, |rows, x, [_, rstd]| {
        set_rstd(len, x, eps, rstd);
        if let Some(saved) = &mut saved {
            saved[rows].iter_mut().zip(rstd).for_each(|(saved, rstd)| *saved = *rstd);
        }
    });
}

/// rstd of each row.
pub fn statistics(len: usize, x: &[f32], eps: f64, saved: &mut [f64]) {
    assert!(Shape::new(x.len(), len).rows == saved.len(), "statistics do not fit their shape");
    set_rstd(len, x, eps, saved);
}

/// rstd of each row. (One by itself is long, and takes a tenth less time by itself.)
#[inline(never)]
fn set_rstd(len: usize, x: &[f32], eps: f64, rstds: &mut [f64]) {
    if let [one] = rstds {
        *one = rstd(mean_square(&x[..len], eps), eps);
        return;
    }
    for (row, rstd) in rstds.iter_mut().enumerate() {
        *rstd = mean_square(&x[row * len..(row + 1) * len], eps);
    }
    to_rstd(rstds, eps);
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
