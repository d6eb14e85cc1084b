//! Batch normalization (Ioffe & Szegedy, 2015): x is (n, c, s), a statistic per channel over batch and
//! positions. Channels last is s = 1, with the positions counted into n.

use crate::affine::weight_of;
use crate::channel::{Differentiate, Normalize};
use crate::columns::{self, Columns};
use crate::runs::{Runs, gradient_sums, moments};
use crate::statistics::{Moments, Statistic};
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
            _ => ScratchSize { f32s: self.c.saturating_mul(3), f64s: 0 },
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
    let constants = |statistic: Statistic, c: usize| {
        let (weight, bias) = affine.channel(c);
        Normalize::new(statistic, weight, bias)
    };
    if shape.is_columns() {
        let ([mean, rstd], mut scratch) = scratch.arrays(shape.c);
        columns::moments(io.source(), shape.columns(), eps, mean, rstd, &mut scratch);
        for c in 0..shape.c {
            rstd[c] = observe(c, Moments { mean: mean[c], var: rstd[c] }).rstd;
        }
        let statistics = Statistics { mean, rstd };
        columns::normalize(io, shape.columns(), statistics, affine, scratch.f32s);
    } else {
        for c in 0..shape.c {
            let runs = shape.channel(c);
            let constants = constants(observe(c, moments(io.source(), runs, eps)), c);
            constants.runs(&mut io, runs);
        }
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
        rstd.iter_mut().for_each(|value| *value = crate::statistics::rstd(*value, eps));
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
    let n = shape.count() as f64;
    backward_with(shape, x, incoming, statistics, gradients, scratch, true, &|c, [sum, sum_x]| {
        if shape.count() == 1 {
            // One value is its own mean: y does not depend on x, to the last bit.
            return Differentiate::Scale(0.0);
        }
        let w = weight_of(weight, c);
        Differentiate::new(statistics.at(c), w, f64::from(w) * sum / n, f64::from(w) * sum_x / n)
    });
}

/// The passes over each channel, with dx's constants made of the channel's `[Σ dy, Σ dy·(x − mean)]`.
/// Those sums are made when a parameter gradient needs them, and where dx does.
#[allow(clippy::too_many_arguments)]
pub(crate) fn backward_with(
    shape: Shape,
    x: &[f32],
    mut incoming: Incoming<'_>,
    statistics: Statistics<'_>,
    mut gradients: ParameterGradients<'_>,
    mut scratch: Scratch<'_>,
    dx_needs_sums: bool,
    constants: &dyn Fn(usize, [f64; 2]) -> Differentiate,
) {
    shape.check(x);
    shape.check(incoming.dy());
    if shape.n == 0 {
        return (0..shape.c).for_each(|c| gradients.set(c, 0.0, 0.0));
    }
    let sums_needed = !gradients.is_empty() || (dx_needs_sums && incoming.wants_dx());
    if shape.is_columns() {
        let ([sum, sum_x], mut scratch) = scratch.arrays(shape.c);
        if sums_needed {
            columns::gradient_sums(
                x,
                incoming.dy(),
                shape.columns(),
                &|c| statistics.at(c),
                [sum, sum_x],
                &mut scratch,
            );
            (0..shape.c).for_each(|c| gradients.set(c, sum_x[c] * statistics.rstd[c], sum[c]));
        }
        if let Some(dx) = incoming.dx(0..x.len()) {
            columns::differentiate(x, dx, shape.columns(), &|c| constants(c, [sum[c], sum_x[c]]), scratch.f32s);
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
            constants(c, sums).runs(x, dx, runs);
        }
    }
}
