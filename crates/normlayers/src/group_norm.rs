//! Group normalization (Wu & He, 2018): x is (n, c, s), or (n, s, c) with channels last; a statistic
//! per data point and group of adjacent channels, parameters per channel.

use core::ops::Range;

use crate::affine::{weight_of, weighted_means};
use crate::caches::{NEAR, NEAR_FOR_TWO, beside};
use crate::channel::Slopes;
use crate::columns::{self, Columns};
use crate::layer_norm;
use crate::layout::Layout;
use crate::planes::{self, Planes};
use crate::rows::{self, Find, RowStatistics};
use crate::statistics::{Moments, Sink};
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch, ScratchSize, Statistics, StatisticsMut};

/// The shape of the input.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Data points.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Positions.
    pub s: usize,
    /// Groups; they divide the channels evenly.
    pub groups: usize,
    /// Whether the channels come behind the positions.
    pub channels_last: bool,
}

impl Shape {
    /// What every function of this module and of [`instance_norm`](crate::instance_norm) writes to at most.
    pub fn scratch(self) -> ScratchSize {
        let core = if self.is_rows() { self.rows().scratch() } else { self.layout().scratch() };
        if self.n == 0 { ScratchSize::default() } else { core.with_f64s(self.c.saturating_mul(6)) }
    }

    fn check(self, x: &[f32]) {
        assert!(x.len() == self.n * self.c * self.s, "a tensor does not fit its shape");
    }

    fn per_group(self) -> usize {
        self.c / self.groups
    }

    /// How the channels of a data point lie. (A single one lies the same either way, and a run is faster than a folded
    /// column.)
    fn layout(self) -> Layout {
        if self.channels_last && self.c > 1 {
            Layout::Columns(Columns { rows: self.s, c: self.c })
        } else {
            Layout::Planes(Planes::of_point(self.c, self.s))
        }
    }

    /// Whether there are single positions: a group is a row then, however the channels lie.
    fn is_rows(self) -> bool {
        self.s == 1
    }

    /// Single positions: a group is a row, whose parameters repeat with the data points.
    fn rows(self) -> rows::Shape {
        rows::Shape { rows: self.n * self.groups, len: self.per_group(), period: self.groups }
    }

    /// The data points in parts: of channels first as many groups as have about `near` elements.
    fn parts(self, near: usize) -> impl Iterator<Item = Part> {
        let per_group = self.per_group();
        let groups = match self.layout() {
            Layout::Planes(_) => (near / (per_group * self.s).max(1)).clamp(1, self.groups),
            Layout::Columns(_) => self.groups,
        };
        let mut next = 0;
        core::iter::from_fn(move || {
            let first = next;
            let group = first % self.groups;
            next += groups.min(self.groups - group);
            (first < self.n * self.groups).then(|| {
                let channels = group * per_group..(group + next - first) * per_group;
                let start = first * per_group * self.s;
                let layout = self.layout().of_channels(channels.len());
                let elements = start..start + channels.len() * self.s;
                Part { layout, elements, statistics: first..next, channels }
            })
        })
    }
}

/// What is taken at once: groups of a data point.
struct Part {
    layout: Layout,
    elements: Range<usize>,
    /// Those of its groups among all.
    statistics: Range<usize>,
    /// Its channels among those of the data point.
    channels: Range<usize>,
}

/// y, and mean and rstd of each (data point, group) where they are to be saved.
pub fn forward(
    shape: Shape,
    io: InOut<'_>,
    affine: Affine<'_>,
    eps: f64,
    saved: Option<StatisticsMut<'_>>,
    scratch: Scratch<'_>,
) {
    normalize(shape, io, affine, Sink { eps, saved, sums: None }, scratch);
}

/// [`forward`] with what is to become of the statistics.
pub(crate) fn normalize(
    shape: Shape,
    mut io: InOut<'_>,
    affine: Affine<'_>,
    mut sink: Sink<'_>,
    mut scratch: Scratch<'_>,
) {
    shape.check(io.source());
    if shape.n == 0 {
        return;
    }
    if shape.is_rows() {
        return rows::normalize(shape.rows(), io, affine, Find::Moments(sink));
    }
    for part in shape.parts(NEAR) {
        let io = io.part(part.elements.clone());
        match part.layout {
            Layout::Planes(_) => normalize_planes(shape, part, io, affine, &mut sink, &mut scratch),
            Layout::Columns(columns) => {
                let ([mean, rstd], mut scratch) = scratch.arrays(shape.c);
                group_moments(shape, part, io.source(), columns, &mut sink, [mean, rstd], &mut scratch);
                columns::normalize(io, columns, Statistics { mean, rstd }, affine, scratch.f32s);
            }
        }
    }
}

/// Mean and rstd of the group of each channel, with channels last.
#[inline(never)]
fn group_moments(
    shape: Shape,
    part: Part,
    x: &[f32],
    columns: Columns,
    sink: &mut Sink<'_>,
    [mean, rstd]: [&mut [f64]; 2],
    scratch: &mut Scratch<'_>,
) {
    columns::moments(x, columns, sink.eps, mean, rstd, scratch);
    let groups = mean.chunks_exact_mut(shape.per_group()).zip(rstd.chunks_exact_mut(shape.per_group()));
    for (index, (mean, rstd)) in part.statistics.zip(groups) {
        let statistic = sink.one(index, combine(mean, rstd));
        mean.fill(statistic.mean);
        rstd.fill(statistic.rstd);
    }
}

/// Some groups, channels first: all their statistics, then all their constants, then y. What is done once for a
/// statistic is done of four at a time so, and waits for nothing.
#[inline(never)]
fn normalize_planes(
    shape: Shape,
    part: Part,
    io: InOut<'_>,
    affine: Affine<'_>,
    sink: &mut Sink<'_>,
    scratch: &mut Scratch<'_>,
) {
    let (per_group, groups, count) = (shape.per_group(), part.statistics.len(), part.channels.len());
    let ([mean, rstd, channel_mean, channel_rstd], scratch) = scratch.arrays(shape.c);
    let (mean, rstd) = (&mut mean[..groups], &mut rstd[..groups]);
    let of_groups = Planes::of_point(groups, per_group * shape.s);
    let beside = beside(&io, io.len(), shape.n * shape.c * shape.s);
    planes::moments(io.source(), beside, of_groups, sink.eps, [mean, rstd], scratch.f32s);
    sink.take(part.statistics.start, mean, rstd);
    let statistics = Statistics { mean, rstd }.repeated(per_group, [channel_mean, channel_rstd]);
    let of_channels = Planes::of_point(count, shape.s);
    planes::normalize(io, of_channels, statistics, affine.part(part.channels.start, count), scratch.f32s);
}

/// Mean and variance of equally many elements each, taken together.
fn combine(means: &[f64], vars: &[f64]) -> Moments {
    let n = means.len() as f64;
    let about = means[0];
    let mean = about + means.iter().map(|m| m - about).sum::<f64>() / n;
    let between = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>();
    Moments { mean, var: (between + vars.iter().sum::<f64>()) / n }
}

/// Mean and rstd of each (data point, group).
pub fn statistics(shape: Shape, x: &[f32], eps: f64, saved: StatisticsMut<'_>, mut scratch: Scratch<'_>) {
    shape.check(x);
    let columns = match shape.layout() {
        Layout::Columns(columns) if !shape.is_rows() => columns,
        _ => return layer_norm::statistics(shape.per_group() * shape.s, x, eps, saved),
    };
    if shape.n == 0 {
        return;
    }
    let ([mean, rstd], mut scratch) = scratch.arrays(shape.c);
    let mut sink = Sink { eps, saved: Some(saved), sums: None };
    for part in shape.parts(NEAR) {
        let x = &x[part.elements.clone()];
        group_moments(shape, part, x, columns, &mut sink, [mean, rstd], &mut scratch);
    }
}

/// Gradients, from the statistics that forward saved:
/// dx = rstd·(g − Σg/n − x̂·Σ(g·x̂)/n) with g = dy·weight; dweight = Σ dy·x̂ and dbias = Σ dy per channel.
pub fn backward(
    shape: Shape,
    x: &[f32],
    mut incoming: Incoming<'_>,
    weight: Option<&[f32]>,
    statistics: Statistics<'_>,
    gradients: ParameterGradients<'_>,
    mut scratch: Scratch<'_>,
) {
    shape.check(x);
    shape.check(incoming.dy());
    if shape.is_rows() {
        let statistics = RowStatistics { mean: Some(statistics.mean), rstd: statistics.rstd };
        rows::differentiate(shape.rows(), x, incoming, weight, statistics, gradients, scratch);
        return;
    }
    if shape.n == 0 {
        return gradients.set_zeros();
    }
    let ([dweight, dbias, sum, sum_x, mean, rstd], mut scratch) = scratch.arrays(shape.c);
    dweight.fill(0.0);
    dbias.fill(0.0);
    for part in shape.parts(NEAR_FOR_TWO) {
        let (count, channels) = (part.channels.len(), part.channels.clone());
        let (sum, sum_x) = (&mut sum[..count], &mut sum_x[..count]);
        let statistics = statistics.part(part.statistics).repeated(shape.per_group(), [mean, rstd]);
        let x = &x[part.elements.clone()];
        let dy = &incoming.dy()[part.elements.clone()];
        let beside = incoming.beside(part.elements.clone(), x.len(), shape.n * shape.c * shape.s);
        part.layout.gradient_sums(x, dy, beside, statistics, [sum, sum_x], &mut scratch);
        dweight[channels.clone()]
            .iter_mut()
            .zip(sum_x.iter().zip(statistics.rstd))
            .for_each(|(dweight, (sum, rstd))| *dweight += sum * rstd);
        dbias[channels.clone()].iter_mut().zip(&*sum).for_each(|(dbias, sum)| *dbias += sum);
        if let Some(dx) = incoming.dx(part.elements) {
            let weight = weight.map(|weight| &weight[channels]);
            group_means(shape, weight, sum);
            group_means(shape, weight, sum_x);
            let slopes = Slopes { statistics, weight, means: [sum, sum_x] };
            part.layout.differentiate(x, dx, slopes, &mut scratch);
        }
    }
    gradients.set_all([dweight, dbias]);
}

/// Replaces the sum of each channel by weight · sum, averaged over the elements of its group.
fn group_means(shape: Shape, weight: Option<&[f32]>, sums: &mut [f64]) {
    if shape.per_group() == 1 {
        return weighted_means(weight, sums, shape.s as f64);
    }
    let (per_group, n) = (shape.per_group(), (shape.per_group() * shape.s) as f64);
    for (g, sums) in sums.chunks_exact_mut(per_group).enumerate() {
        let weighted = sums.iter().enumerate().map(|(i, sum)| f64::from(weight_of(weight, g * per_group + i)) * sum);
        let mean = weighted.sum::<f64>() / n;
        sums.iter_mut().for_each(|sum| *sum = mean);
    }
}
