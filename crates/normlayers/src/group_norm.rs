//! Group normalization (Wu & He, 2018): x is (n, c, s), or (n, s, c) with channels last; a statistic
//! per data point and group of adjacent channels, parameters per channel.

use core::ops::Range;

use crate::affine::{weight_of, weighted_means};
use crate::channel::Slopes;
use crate::columns::{self, Columns};
use crate::layer_norm;
use crate::layout::Layout;
use crate::planes::{self, Planes};
use crate::rows::{self, Find, RowStatistics};
use crate::runs::NEAR;
use crate::statistics::{Found, Moments};
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
            Layout::Planes(Planes { n: 1, c: self.c, s: self.s })
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

    /// The elements of data point `n`.
    fn point(self, n: usize) -> Range<usize> {
        n * self.c * self.s..(n + 1) * self.c * self.s
    }

    /// The channels of group `g`.
    fn channels(self, g: usize) -> Range<usize> {
        g * self.per_group()..(g + 1) * self.per_group()
    }
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
    normalize(shape, io, affine, Found { eps, saved, sums: None }, scratch);
}

/// [`forward`] with what is to become of the statistics.
pub(crate) fn normalize(
    shape: Shape,
    mut io: InOut<'_>,
    affine: Affine<'_>,
    mut found: Found<'_>,
    mut scratch: Scratch<'_>,
) {
    shape.check(io.source());
    if shape.n == 0 {
        return;
    }
    if shape.is_rows() {
        return rows::normalize(shape.rows(), io, affine, Find::Moments(found));
    }
    match shape.layout() {
        Layout::Planes(_) => {
            let at_once = (NEAR / (shape.per_group() * shape.s).max(1)).max(1);
            for n in 0..shape.n {
                for first in (0..shape.groups).step_by(at_once) {
                    let groups = first..shape.groups.min(first + at_once);
                    normalize_groups(shape, n, groups, &mut io, affine, &mut found, &mut scratch);
                }
            }
        }
        Layout::Columns(columns) => {
            let ([mean, rstd], mut scratch) = scratch.arrays(shape.c);
            for n in 0..shape.n {
                let io = io.part(shape.point(n));
                group_moments(shape, n, io.source(), columns, &mut found, [mean, rstd], &mut scratch);
                columns::normalize(io, columns, Statistics { mean, rstd }, affine, scratch.f32s);
            }
        }
    }
}

/// Mean and rstd of the group of each channel, of data point `n` with channels last.
#[inline(never)]
fn group_moments(
    shape: Shape,
    n: usize,
    x: &[f32],
    columns: Columns,
    found: &mut Found<'_>,
    [mean, rstd]: [&mut [f64]; 2],
    scratch: &mut Scratch<'_>,
) {
    columns::moments(x, columns, found.eps, mean, rstd, scratch);
    for g in 0..shape.groups {
        let channels = shape.channels(g);
        let group = combine(&mean[channels.clone()], &rstd[channels.clone()]);
        let statistic = found.one(n * shape.groups + g, group);
        mean[channels.clone()].fill(statistic.mean);
        rstd[channels].fill(statistic.rstd);
    }
}

/// Some groups of data point `n`, channels first: all their statistics, then all their constants, then y. What is done
/// once for a statistic is done of four at a time so, and waits for nothing.
#[inline(never)]
fn normalize_groups(
    shape: Shape,
    n: usize,
    groups: Range<usize>,
    io: &mut InOut<'_>,
    affine: Affine<'_>,
    found: &mut Found<'_>,
    scratch: &mut Scratch<'_>,
) {
    let (per_group, s) = (shape.per_group(), shape.s);
    let channels = groups.start * per_group..groups.end * per_group;
    let (start, count) = (shape.point(n).start + channels.start * s, channels.len());
    let (elements, affine) = (start..start + count * s, affine.part(channels.start, count));
    let ([mean, rstd, channel_mean, channel_rstd], mut scratch) = scratch.arrays(shape.c);
    let (mean, rstd) = (&mut mean[..groups.len()], &mut rstd[..groups.len()]);
    let planes = Planes { n: 1, c: groups.len(), s: per_group * s };
    planes::moments(&io.source()[elements.clone()], planes, found.eps, mean, rstd, &mut scratch);
    found.take(n * shape.groups + groups.start, mean, rstd);
    let statistics = Statistics { mean, rstd }.repeated(per_group, [channel_mean, channel_rstd]);
    let channels = Planes { n: 1, c: count, s };
    planes::normalize(io.part(elements), channels, statistics, affine, scratch.f32s);
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
    let mut found = Found { eps, saved: Some(saved), sums: None };
    for n in 0..shape.n {
        group_moments(shape, n, &x[shape.point(n)], columns, &mut found, [mean, rstd], &mut scratch);
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
    let (layout, per_group) = (shape.layout(), shape.per_group());
    let ([dweight, dbias, sum, sum_x, mean, rstd], mut scratch) = scratch.arrays(shape.c);
    dweight.fill(0.0);
    dbias.fill(0.0);
    for n in 0..shape.n {
        let statistics = statistics.part(n * shape.groups..(n + 1) * shape.groups).repeated(per_group, [mean, rstd]);
        let point = shape.point(n);
        let (x, dy) = (&x[point.clone()], &incoming.dy()[point.clone()]);
        layout.gradient_sums(x, dy, statistics, [sum, sum_x], &mut scratch);
        dweight
            .iter_mut()
            .zip(sum_x.iter().zip(statistics.rstd))
            .for_each(|(dweight, (sum, rstd))| *dweight += sum * rstd);
        dbias.iter_mut().zip(&*sum).for_each(|(dbias, sum)| *dbias += sum);
        if let Some(dx) = incoming.dx(point) {
            group_means(shape, weight, sum);
            group_means(shape, weight, sum_x);
            let slopes = Slopes { statistics, weight, means: [sum, sum_x] };
            layout.differentiate(x, dx, slopes, &mut scratch);
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
