//! Layer normalization (Ba, Kiros & Hinton, 2016): x is (rows, len), a statistic per row, parameters
//! per element of the row.

use crate::rows::{self, RowStatistics, Shape};
use crate::runs::{Runs, moments, moments_inline};
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch, ScratchSize, Statistics, StatisticsMut};

/// y, and mean and rstd of each row where they are to be saved.
pub fn forward(len: usize, mut io: InOut<'_>, affine: Affine<'_>, eps: f64, mut saved: Option<StatisticsMut<'_>>) {
    rows::normalize(Shape::new(io.len(), len), &mut io, affine, true, |row, x| {
        let statistic = moments_inline(x, Runs::one(0, len), eps).statistic(eps);
        if let Some(saved) = &mut saved {
            saved.set(row, statistic);
        }
        statistic
    });
}

/// Mean and rstd of each row.
pub fn statistics(len: usize, x: &[f32], eps: f64, mut saved: StatisticsMut<'_>) {
    for row in 0..Shape::new(x.len(), len).rows {
        saved.set(row, moments(x, Runs::one(row * len, len), eps).statistic(eps));
    }
}

/// Gradients, from the statistics that forward saved:
/// dx = rstd·(g − Σg/n − x̂·Σ(g·x̂)/n) with g = dy·weight; dweight = Σ dy·x̂ and dbias = Σ dy over the rows.
pub fn backward(
    len: usize,
    x: &[f32],
    incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistics: Statistics<'_>,
    gradients: ParameterGradients<'_>,
    scratch: Scratch<'_>,
) {
    let statistics = RowStatistics { mean: Some(statistics.mean), rstd: statistics.rstd };
    rows::differentiate(Shape::new(x.len(), len), x, incoming, weight, statistics, gradients, scratch);
}

/// What [`backward`] writes to (for RMS norm too); forward needs nothing.
pub fn scratch(rows: usize, len: usize) -> ScratchSize {
    Shape { rows, len, period: 1 }.scratch()
}
