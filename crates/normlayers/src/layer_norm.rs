//! Layer normalization (Ba, Kiros & Hinton, 2016): x is (rows, len), a statistic per row, parameters
//! per element of the row.

use crate::rows::{self, Find, RowStatistics, Shape};
use crate::statistics::{Sink, to_rstd};
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch, ScratchSize, Statistics, StatisticsMut};

/// y, and mean and rstd of each row where they are to be saved.
pub fn forward(len: usize, io: InOut<'_>, affine: Affine<'_>, eps: f64, saved: Option<StatisticsMut<'_>>) {
    rows::normalize(Shape::new(io.len(), len), io, affine, Find::Moments(Sink { eps, saved, sums: None }));
}

/// Mean and rstd of each row.
pub fn statistics(len: usize, x: &[f32], eps: f64, saved: StatisticsMut<'_>) {
    let shape = Shape::new(x.len(), len);
    let fits = |len: usize| len == shape.rows || shape.len == 0;
    assert!(fits(saved.mean.len()) && fits(saved.rstd.len()), "statistics do not fit their shape");
    for rows in shape.groups() {
        let x = &x[rows.start * len..rows.end * len];
        rows::moments(len, x, None, eps, [&mut saved.mean[rows.clone()], &mut saved.rstd[rows]]);
    }
    to_rstd(saved.rstd, eps);
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
