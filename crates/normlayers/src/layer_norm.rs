//! Layer normalization (Ba, Kiros & Hinton, 2016): x is (rows, len), a statistic per row, parameters
//! per element of the row.

use crate::planes::{self, Planes};
use crate::rows::{self, AT_ONCE, RowStatistics, Shape};
use crate::runs::{Runs, moments_of_run};
use crate::statistics::{Found, to_rstd};
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch, ScratchSize, Statistics, StatisticsMut};

/// y, and mean and rstd of each row where they are to be saved.
pub fn forward(len: usize, io: InOut<'_>, affine: Affine<'_>, eps: f64, saved: Option<StatisticsMut<'_>>) {
    normalize(Shape::new(io.len(), len), io, affine, Found { eps, saved, sums: None });
}

/// [`forward`] of rows that may differ in their parameters.
#[inline(never)]
pub(crate) fn normalize(shape: Shape, mut io: InOut<'_>, affine: Affine<'_>, mut found: Found<'_>) {
    rows::normalize(shape, &mut io, affine, true, |rows, x, [mean, rstd]| {
        moments(shape.len, x, found.eps, [mean, rstd]);
        found.take(rows.start, mean, rstd);
    });
}

/// Mean and rstd of each row.
pub fn statistics(len: usize, x: &[f32], eps: f64, saved: StatisticsMut<'_>) {
    for rows in Shape::new(x.len(), len).groups() {
        let x = &x[rows.start * len..rows.end * len];
        moments(len, x, eps, [&mut saved.mean[rows.clone()], &mut saved.rstd[rows]]);
    }
    to_rstd(saved.rstd, eps);
}

/// Mean and variance of a few rows. (One by itself is long, and takes a tenth less time by itself.)
#[inline(never)]
fn moments(len: usize, x: &[f32], eps: f64, [mean, var]: [&mut [f64]; 2]) {
    if let ([mean], [var]) = (&mut *mean, &mut *var) {
        let moments = moments_of_run(x, Runs::one(0, len), eps);
        (*mean, *var) = (moments.mean, moments.var);
        return;
    }
    let (mut f32s, mut f64s) = ([0.0; AT_ONCE], [0.0; 2 * AT_ONCE]);
    let mut scratch = Scratch { f32s: &mut f32s, f64s: &mut f64s };
    planes::moments(x, Planes { n: 1, c: mean.len(), s: len }, eps, mean, var, &mut scratch);
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
