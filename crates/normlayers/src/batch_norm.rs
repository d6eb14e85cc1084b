//! Batch normalization (Ioffe & Szegedy, 2015): x is (n, c, s), a statistic per channel over batch and
//! positions. Channels last is s = 1, with the positions counted into n.

use core::ops::Range;

use crate::affine::weighted_means;
use crate::caches::{NEAR_CHANNEL, NEAR_FOR_TWO, beside, is_far};
use crate::channel::{Normalize, Slopes};
use crate::columns::Columns;
use crate::layout::Layout;
use crate::planes::{Planes, normalize_and_sum};
use crate::runs::Sums;
use crate::simd::LANES;
use crate::statistics::{Statistic, rstd, to_rstd};
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
        if self.n == 0 { ScratchSize::default() } else { self.layout().scratch().with_f64s(self.c.saturating_mul(2)) }
    }

    pub(crate) fn check(self, x: &[f32]) {
        assert!(x.len() == self.n * self.c * self.s, "a tensor does not fit its shape");
    }

    pub(crate) fn layout(self) -> Layout {
        let Self { n, c, s } = self;
        if s == 1 {
            Layout::Columns(Columns { rows: n, c })
        } else {
            Layout::Planes(Planes { n, c, s, stride: c.saturating_mul(s) })
        }
    }

    /// The channels, as many at a time as have about `near` elements, where those lie together well enough: backward of
    /// 8 × 256 × 14 × 14 takes 0.87 of the time so.
    fn parts(self, near: usize) -> impl Iterator<Item = Part> {
        let together = (near / self.count().max(1)) & !(LANES - 1);
        let channels = if self.s > 1 && together.saturating_mul(self.s) >= LEAST_TOGETHER { together } else { self.c };
        (0..self.c).step_by(channels.max(1)).map(move |first| {
            let channels = first..self.c.min(first + channels);
            let layout = self.layout().of_channels(channels.len());
            Part { layout, elements: first * self.s..self.n * self.c * self.s, channels }
        })
    }

    /// Planes from far memory, where they are large and a channel stays near from its sums to its y: 32 × 64 × 56 × 56
    /// takes 0.7 to 0.8 of the time of two sweeps in the order of memory, 32 × 128 × 28 × 28 0.93.
    fn by_channel(self) -> Option<Planes> {
        let near = is_far(self.c * self.count()) && self.s >= LARGE_PLANE && self.count() <= NEAR_CHANNEL;
        match self.layout() {
            Layout::Planes(planes) if near => Some(planes),
            _ => None,
        }
    }

    /// The elements that share a statistic.
    fn count(self) -> usize {
        self.n * self.s
    }
}

/// What is taken at once: channels.
struct Part {
    layout: Layout,
    /// From the first element to the end of the tensor.
    elements: Range<usize>,
    channels: Range<usize>,
}

/// Smaller planes are better read in the order of memory.
const LARGE_PLANE: usize = 512;

/// Where the channels of a part have fewer elements side by side, the tensor is better read in the order of memory.
const LEAST_TOGETHER: usize = 1024;

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
    if let Some(planes) = shape.by_channel() {
        return forward_by_channel(planes, io, affine, eps, saved, running);
    }
    let all = io.len();
    for Part { layout, elements, channels } in shape.parts(NEAR_FOR_TWO) {
        // (Variances are in `rstd` until `to_rstd`.)
        let io = io.part(elements);
        let ([mean, rstd], mut scratch) = scratch.arrays(channels.len());
        let beside = beside(&io, channels.len() * shape.count(), all);
        layout.moments(io.source(), beside, eps, [mean, rstd], &mut scratch);
        if let Some(running) = &mut running {
            running.part(channels.clone()).observe_all(mean, rstd, shape.count());
        }
        to_rstd(rstd, eps);
        if let Some(saved) = &mut saved {
            saved.mean[channels.clone()].copy_from_slice(mean);
            saved.rstd[channels.clone()].copy_from_slice(rstd);
        }
        layout.normalize(io, Statistics { mean, rstd }, affine.part(channels.start, channels.len()), scratch);
    }
}

/// [`forward`], channel by channel.
fn forward_by_channel(
    planes: Planes,
    mut io: InOut<'_>,
    affine: Affine<'_>,
    eps: f64,
    mut saved: Option<StatisticsMut<'_>>,
    mut running: Option<Running<'_>>,
) {
    let mut found = None;
    for c in 0..planes.c {
        let (x, runs) = (io.source(), planes.channel(c));
        let moments = found.take().unwrap_or_else(|| Sums::of_runs(x, None, runs)).moments(x, runs, eps);
        if let Some(running) = &mut running {
            running.observe(c, moments, planes.n * planes.s);
        }
        let statistic = Statistic { mean: moments.mean, rstd: rstd(moments.var, eps) };
        if let Some(saved) = &mut saved {
            saved.set(c, statistic);
        }
        let (weight, bias) = affine.channel(c);
        let constants = Normalize::new(statistic, weight, bias);
        found = normalize_and_sum(io.whole(), planes, c, constants);
    }
}

/// Mean and rstd of each channel.
pub fn statistics(shape: Shape, x: &[f32], eps: f64, mut saved: StatisticsMut<'_>, mut scratch: Scratch<'_>) {
    shape.check(x);
    if shape.n == 0 {
        return saved.clear();
    }
    let StatisticsMut { mean, rstd } = saved;
    shape.layout().moments(x, None, eps, [mean, rstd], &mut scratch);
    to_rstd(rstd, eps);
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
    let all = x.len();
    let sums_are_wanted = !gradients.is_empty() || (!frozen && incoming.wants_dx());
    let near = if sums_are_wanted { NEAR_FOR_TWO } else { usize::MAX };
    for Part { layout, elements, channels } in shape.parts(near) {
        let (count, first) = (channels.len(), channels.start);
        let (statistics, weight) = (statistics.part(channels.clone()), weight.map(|weight| &weight[channels]));
        let ([sum, sum_x], mut scratch) = scratch.arrays(count);
        let x = &x[elements.clone()];
        if sums_are_wanted {
            let dy = &incoming.dy()[elements.clone()];
            let beside = incoming.beside(elements.clone(), count * shape.count(), all);
            layout.gradient_sums(x, dy, beside, statistics, [sum, sum_x], &mut scratch);
            (0..count).for_each(|c| gradients.set(first + c, sum_x[c] * statistics.rstd[c], sum[c]));
        }
        let Some(dx) = incoming.dx(elements) else { continue };
        if frozen {
            layout.scale(dx, weight, statistics.rstd, scratch);
        } else if shape.count() == 1 {
            // One value is its own mean: y does not depend on x, to the last bit.
            sum.fill(0.0);
            layout.scale(dx, None, sum, scratch);
        } else {
            let n = shape.count() as f64;
            weighted_means(weight, sum, n);
            weighted_means(weight, sum_x, n);
            layout.differentiate(x, dx, Slopes { statistics, weight, means: [sum, sum_x] }, &mut scratch);
        }
    }
}
