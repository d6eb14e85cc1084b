//! Group normalization (Wu & He, 2018): x is (n, c, s), or (n, s, c) with channels last; a statistic
//! per data point and group of adjacent channels, parameters per channel.

use crate::affine::weight_of;
use crate::channel::{Normalize, Slopes, differentiate_runs};
use crate::columns::{self, Columns};
use crate::layer_norm;
use crate::records::{LANES, as_records};
use crate::rows::{self, RowStatistics};
use crate::runs::{Runs, gradient_sums, moments};
use crate::statistics::{Moments, Statistic};
use crate::{Affine, InOut, Incoming, ParameterGradients, Scratch, ScratchSize, Statistics, StatisticsMut};

/// Statistics of so many elements are found four at a time. (Images of 5 × 5 take 0.9 of the time.)
const SHORT: usize = 1024;

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
        let core = match self.layout() {
            Layout::Rows => self.rows().scratch(),
            Layout::Columns => self.columns().scratch(),
            Layout::Runs => ScratchSize { f32s: self.c.saturating_add(LANES - 1).saturating_mul(4), f64s: 0 },
        };
        if self.n == 0 { ScratchSize::default() } else { core.with_f64s(self.c.saturating_mul(6)) }
    }

    fn check(self, x: &[f32]) {
        assert!(x.len() == self.n * self.c * self.s, "a tensor does not fit its shape");
    }

    fn per_group(self) -> usize {
        self.c / self.groups
    }

    fn layout(self) -> Layout {
        match self {
            Self { s: 1, .. } => Layout::Rows,
            // A single channel lies the same either way, and a run is faster than a folded column.
            Self { channels_last: true, c: 2.., .. } => Layout::Columns,
            _ => Layout::Runs,
        }
    }

    /// Single positions: a group is a row, whose parameters repeat with the data points.
    fn rows(self) -> rows::Shape {
        rows::Shape { rows: self.n * self.groups, len: self.per_group(), period: self.groups }
    }

    /// One data point with channels last.
    fn columns(self) -> Columns {
        Columns { rows: self.s, c: self.c }
    }

    /// The elements of data point `n`.
    fn point(self, n: usize) -> core::ops::Range<usize> {
        n * self.c * self.s..(n + 1) * self.c * self.s
    }

    /// The channels of group `g`.
    fn channels(self, g: usize) -> core::ops::Range<usize> {
        g * self.per_group()..(g + 1) * self.per_group()
    }
}

/// Which core serves a shape.
enum Layout {
    Rows,
    Columns,
    Runs,
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
    forward_observed(shape, io, affine, eps, saved, scratch, &mut |_, _| {});
}

/// [`forward`], which tells what it finds of each statistic.
pub(crate) fn forward_observed(
    shape: Shape,
    mut io: InOut<'_>,
    affine: Affine<'_>,
    eps: f64,
    mut saved: Option<StatisticsMut<'_>>,
    mut scratch: Scratch<'_>,
    observe: &mut dyn FnMut(usize, Moments),
) {
    shape.check(io.source());
    if shape.n == 0 {
        return;
    }
    let mut found = |unit: usize, moments: Moments| {
        observe(unit, moments);
        let statistic = moments.statistic(eps);
        if let Some(saved) = &mut saved {
            saved.set(unit, statistic);
        }
        statistic
    };
    let constants = |statistic: Statistic, c: usize| {
        let (weight, bias) = affine.channel(c);
        Normalize::new(statistic, weight, bias)
    };
    match shape.layout() {
        Layout::Rows => {
            let len = shape.per_group();
            rows::normalize(shape.rows(), &mut io, affine, true, |row, x| {
                found(row, moments(x, Runs::one(0, len), eps))
            });
        }
        Layout::Runs => {
            let (per_group, s) = (shape.per_group(), shape.s);
            // What one statistic waits for, four do side by side where they fit the first cache.
            let (units, at_once) = (shape.n * shape.groups, if per_group * s > SHORT { 1 } else { 4 });
            for first in (0..units).step_by(at_once) {
                let block = first..units.min(first + at_once);
                let mut statistics = [Statistic::default(); 4];
                for (statistic, unit) in statistics.iter_mut().zip(block.clone()) {
                    let run = Runs::one(unit * per_group * s, per_group * s);
                    *statistic = found(unit, moments(io.source(), run, eps));
                }
                for (statistic, unit) in statistics.into_iter().zip(block) {
                    for (i, c) in shape.channels(unit % shape.groups).enumerate() {
                        constants(statistic, c).runs(&mut io, Runs::one((unit * per_group + i) * s, s));
                    }
                }
            }
        }
        Layout::Columns => {
            let ([mean, rstd], mut scratch) = scratch.arrays(shape.c);
            for n in 0..shape.n {
                let mut io = io.part(shape.point(n));
                columns::moments(io.source(), shape.columns(), eps, mean, rstd, &mut scratch);
                for g in 0..shape.groups {
                    let channels = shape.channels(g);
                    let group = combine(&mean[channels.clone()], &rstd[channels.clone()]);
                    let statistic = found(n * shape.groups + g, group);
                    mean[channels.clone()].fill(statistic.mean);
                    rstd[channels].fill(statistic.rstd);
                }
                let statistics = Statistics { mean, rstd };
                columns::normalize(io.part(0..io.len()), shape.columns(), statistics, affine, scratch.f32s);
            }
        }
    }
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
pub fn statistics(shape: Shape, x: &[f32], eps: f64, mut saved: StatisticsMut<'_>, mut scratch: Scratch<'_>) {
    shape.check(x);
    let len = shape.per_group() * shape.s;
    match shape.layout() {
        Layout::Rows | Layout::Runs => layer_norm::statistics(len, x, eps, saved),
        Layout::Columns => {
            if shape.n == 0 {
                return;
            }
            let ([mean, var], mut scratch) = scratch.arrays(shape.c);
            for n in 0..shape.n {
                columns::moments(&x[shape.point(n)], shape.columns(), eps, mean, var, &mut scratch);
                for g in 0..shape.groups {
                    let channels = shape.channels(g);
                    let group = combine(&mean[channels.clone()], &var[channels]);
                    saved.set(n * shape.groups + g, group.statistic(eps));
                }
            }
        }
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
    if let Layout::Rows = shape.layout() {
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
    for n in 0..shape.n {
        for g in 0..shape.groups {
            let statistic = statistics.at(n * shape.groups + g);
            mean[shape.channels(g)].fill(statistic.mean);
            rstd[shape.channels(g)].fill(statistic.rstd);
        }
        let statistics = Statistics { mean, rstd };
        point_sums(shape, n, x, incoming.dy(), statistics, [sum, sum_x], &mut scratch);
        for c in 0..shape.c {
            dbias[c] += sum[c];
            dweight[c] += sum_x[c] * rstd[c];
        }
        if incoming.wants_dx() {
            group_means(shape, weight, sum);
            group_means(shape, weight, sum_x);
            let slopes = Slopes { statistics, weight, means: [sum, sum_x] };
            point_dx(shape, n, x, &mut incoming, slopes, scratch.f32s);
        }
    }
    gradients.set_all([dweight, dbias]);
}

/// `Σ dy` and `Σ dy·(x − mean)` of every channel of data point `n`.
fn point_sums(
    shape: Shape,
    n: usize,
    x: &[f32],
    dy: &[f32],
    statistics: Statistics<'_>,
    [sum, sum_x]: [&mut [f64]; 2],
    scratch: &mut Scratch<'_>,
) {
    let point = shape.point(n);
    if let Layout::Columns = shape.layout() {
        columns::gradient_sums(&x[point.clone()], &dy[point], shape.columns(), statistics, [sum, sum_x], scratch);
        return;
    }
    for c in 0..shape.c {
        [sum[c], sum_x[c]] = gradient_sums(x, dy, Runs::one(point.start + c * shape.s, shape.s), statistics.at(c));
    }
}

/// Replaces the sum of each channel by weight · sum, averaged over the elements of its group.
fn group_means(shape: Shape, weight: Option<&[f32]>, sums: &mut [f64]) {
    let n = (shape.per_group() * shape.s) as f64;
    for g in 0..shape.groups {
        let total: f64 = shape.channels(g).map(|c| f64::from(weight_of(weight, c)) * sums[c]).sum();
        sums[shape.channels(g)].fill(total / n);
    }
}

fn point_dx(shape: Shape, n: usize, x: &[f32], incoming: &mut Incoming<'_>, slopes: Slopes<'_>, records: &mut [f32]) {
    let point = shape.point(n);
    if let Layout::Columns = shape.layout() {
        if let Some(dx) = incoming.dx(point.clone()) {
            columns::differentiate(&x[point], dx, shape.columns(), slopes, records);
        }
        return;
    }
    let Incoming::Into(dx) = incoming else { return };
    let runs = Runs::adjacent(point.start, shape.s, shape.c);
    let records = &mut records[..4 * shape.c.next_multiple_of(LANES)];
    if slopes.set_records(shape.c, records) {
        return differentiate_runs(x, dx, runs, as_records(records));
    }
    (0..shape.c).for_each(|c| slopes.seldom_at(c).runs(x, dx, Runs::one(point.start + c * shape.s, shape.s)));
}
