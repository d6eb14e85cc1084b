//! Batch normalization (Ioffe & Szegedy, 2015): x is (n, c, s), a statistic per channel over batch and
//! positions. Channels last is s = 1, with the positions counted into n.

use crate::affine::{weight_of, weighted_means};
use crate::channel::{Differentiate, Normalize, Slopes};
use crate::columns::{self, Columns};
use crate::records::LANES;
use crate::runs::{Runs, gradient_sums, moments};
use crate::statistics::{Moments, to_rstd};
use crate::{Affine, InOut, Incoming, ParameterGradients, Running, Scratch, ScratchSize, Statistics, StatisticsMut};

/// The shape of the input.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Data points; with channels last, data points times positions.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Positions behind a channel; 1 with channels last.
    pub s: usize,
}

impl Shape {
    /// What every function of this module writes to at most.
    pub fn scratch(self) -> ScratchSize {
        match self {
            Self { n: 0, .. } => ScratchSize::default(),
            Self { s: 1, .. } => self.columns().scratch().with_f64s(self.c.saturating_mul(2)),
            _ => ScratchSize { f32s: self.c.saturating_add(LANES - 1).saturating_mul(3), f64s: 0 },
        }
    }

    pub(crate) fn check(self, x: &[f32]) {
        assert!(x.len() == self.n * self.c * self.s, "a tensor does not fit its shape");
    }

    pub(crate) fn is_columns(self) -> bool {
        self.s == 1
    }

    pub(crate) fn columns(self) -> Columns {
        Columns { rows: self.n, c: self.c }
    }

    /// The runs of channel `c`.
    pub(crate) fn channel(self, c: usize) -> Runs {
        Runs { start: c * self.s, len: self.s, stride: self.c * self.s, count: self.n }
    }

    /// The runs of data point `n`, one of each channel.
    pub(crate) fn point(self, n: usize) -> Runs {
        Runs::adjacent(n * self.c * self.s, self.s, self.c)
    }

    /// The elements that share a statistic.
    fn count(self) -> usize {
        self.n * self.s
    }
}

/// y in training; mean and rstd of each channel where they are to be saved; running statistics updated
/// where they are given. Of an empty batch mean and rstd are 0, and running statistics stay.
pub fn forward(
    shape: Shape,
    mut io: InOut<'_>,
    affine: Affine<'_>,
    eps: f64,
    mut saved: Option<StatisticsMut<'_>>,
    mut running: Option<Running<'_>>,
    mut scratch: Scratch<'_>,
) {
    shape.check(io.source());
    if shape.n == 0 {
        return saved.iter_mut().for_each(StatisticsMut::clear);
    }
    if shape.is_columns() {
        let ([mean, rstd], mut scratch) = scratch.arrays(shape.c);
        columns::moments(io.source(), shape.columns(), eps, mean, rstd, &mut scratch);
        if let Some(running) = &mut running {
            running.observe_all(mean, rstd, shape.count());
        }
        to_rstd(rstd, eps);
        if let Some(saved) = &mut saved {
            saved.mean.copy_from_slice(mean);
            saved.rstd.copy_from_slice(rstd);
        }
        return columns::normalize(io, shape.columns(), Statistics { mean, rstd }, affine, scratch.f32s);
    }
    let mut observe = |c: usize, moments: Moments| {
        let statistic = moments.statistic(eps);
        if let Some(saved) = &mut saved {
            saved.set(c, statistic);
        }
        if let Some(running) = &mut running {
            running.observe(c, moments, shape.count());
        }
        statistic
    };
    for c in 0..shape.c {
        let runs = shape.channel(c);
        let statistic = observe(c, moments(io.source(), runs, eps));
        let (weight, bias) = affine.channel(c);
        Normalize::new(statistic, weight, bias).runs(&mut io, runs);
    }
}

/// Mean and rstd of each channel.
pub fn statistics(shape: Shape, x: &[f32], eps: f64, mut saved: StatisticsMut<'_>, mut scratch: Scratch<'_>) {
    shape.check(x);
    if shape.n == 0 {
        return saved.clear();
    }
    let StatisticsMut { mean, rstd } = saved;
    if shape.is_columns() {
        columns::moments(x, shape.columns(), eps, mean, rstd, &mut scratch);
        to_rstd(rstd, eps);
    } else {
        let mut saved = StatisticsMut { mean, rstd };
        for c in 0..shape.c {
            saved.set(c, moments(x, shape.channel(c), eps).statistic(eps));
        }
    }
}

/// Gradients of the training pass, from the statistics that forward saved:
/// dx = rstd·(g − Σg/n − x̂·Σ(g·x̂)/n) with g = dy·weight; dweight = Σ dy·x̂ and dbias = Σ dy per channel.
pub fn backward(
    shape: Shape,
    x: &[f32],
    incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistics: Statistics<'_>,
    gradients: ParameterGradients<'_>,
    scratch: Scratch<'_>,
) {
    backward_with(shape, x, incoming, weight, statistics, gradients, scratch, false);
}

/// The passes over each channel. The sums over dy are made when a parameter gradient needs them, and where dx
/// does: it does not where the statistics are `frozen`.
#[allow(clippy::too_many_arguments)]
pub(crate) fn backward_with(
    shape: Shape,
    x: &[f32],
    mut incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistics: Statistics<'_>,
    mut gradients: ParameterGradients<'_>,
    mut scratch: Scratch<'_>,
    frozen: bool,
) {
    shape.check(x);
    shape.check(incoming.dy());
    if shape.n == 0 {
        return gradients.set_zeros();
    }
    let sums_needed = !gradients.is_empty() || (!frozen && incoming.wants_dx());
    let n = shape.count() as f64;
    if shape.is_columns() {
        let ([sum, sum_x], mut scratch) = scratch.arrays(shape.c);
        if sums_needed {
            columns::gradient_sums(x, incoming.dy(), shape.columns(), statistics, [sum, sum_x], &mut scratch);
            (0..shape.c).for_each(|c| gradients.set(c, sum_x[c] * statistics.rstd[c], sum[c]));
        }
        if let Some(dx) = incoming.dx(0..x.len()) {
            if frozen {
                columns::scale(dx, shape.columns(), weight, statistics.rstd, scratch.f32s);
            } else if shape.count() == 1 {
                // One value is its own mean: y does not depend on x, to the last bit.
                sum.fill(0.0);
                columns::scale(dx, shape.columns(), None, sum, scratch.f32s);
            } else {
                weighted_means(weight, sum, n);
                weighted_means(weight, sum_x, n);
                let slopes = Slopes { statistics, weight, means: [sum, sum_x] };
                columns::differentiate(x, dx, shape.columns(), slopes, scratch.f32s);
            }
        }
        return;
    }
    for c in 0..shape.c {
        let (runs, statistic) = (shape.channel(c), statistics.at(c));
        let mut sums = [0.0; 2];
        if sums_needed {
            sums = gradient_sums(x, incoming.dy(), runs, statistic);
            gradients.set(c, sums[1] * statistic.rstd, sums[0]);
        }
        if let Incoming::Into(dx) = &mut incoming {
            let weight = weight_of(weight, c);
            if frozen {
                Normalize::scale(statistic.rstd, weight).runs_of_dx(dx, runs);
            } else {
                let [mean_g, mean_gx] = sums.map(|sum| f64::from(weight) * sum / n);
                Differentiate::new(statistic, weight, mean_g, mean_gx).runs(x, dx, runs);
            }
        }
    }
}
