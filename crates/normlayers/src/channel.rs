//! The element-wise passes where weight and bias are one number for a whole run (a channel).
//!
//! Forward:  y = (x − hi)·a + b   with  a = weight·rstd,  b = bias − lo·a.
//! Backward: dx = dy·a + ((x − hi)·k2 + k0), with k2 and k0 from the two sums over the statistic;
//! where statistics are constants, dx = dy·a.
//!
//! All constants are rounded once, from f64. The folded form x·a + b is never used: it hides the
//! mean. Where a constant leaves f32's normal range, the pass runs in f64.

use crate::Affine;
use crate::affine::{weight_of, weights_of};
use crate::gradient::Dx;
use crate::records::{Record, four, same_lanes, set_records};
use crate::runs::Runs;
use crate::simd::{F32x4, F64x4, InOut, LANES, map_runs};
use crate::statistics::{
    Statistic, Statistics, narrow_factor, narrow_factors, narrow_term, narrow_terms, split, split_four,
};

/// The constants of the forward pass over one channel.
#[derive(Clone, Copy)]
pub(crate) enum Normalize {
    Narrow { hi: f32, a: f32, b: f32 },
    Wide { mean: f64, a: f64, b: f64 },
}

impl Normalize {
    #[inline(always)]
    pub fn new(Statistic { mean, rstd }: Statistic, weight: f32, bias: f32) -> Self {
        let (_, lo) = split(mean);
        let a = f64::from(weight) * rstd;
        let narrow = || {
            let b = narrow_term(f64::from(bias) - lo * a)?;
            Some(Self::Narrow { hi: narrow_term(mean)?, a: narrow_factor(a)?, b })
        };
        narrow().unwrap_or(Self::Wide { mean, a, b: f64::from(bias) })
    }

    /// The constants of channel `c`.
    #[inline(never)]
    pub fn of(statistics: Statistics<'_>, affine: Affine<'_>, c: usize) -> Self {
        let (weight, bias) = affine.channel(c);
        Self::new(statistics.at(c), weight, bias)
    }

    /// The records of four channels, with the bits of [`Normalize::new`], where all are plainly narrow.
    #[inline(always)]
    pub fn four([mean, rstd]: [F64x4; 2], [weight, bias]: [F32x4; 2]) -> Option<[F32x4; 3]> {
        let (_, lo) = split_four(mean);
        let a = F64x4::from_f32(weight) * rstd;
        let b = F64x4::from_f32(bias) - lo * a;
        Some([narrow_terms(mean)?, narrow_factors(a)?, narrow_terms(b)?])
    }

    /// Nothing but a factor weight·rstd: (x − 0)·a + −0 has the bits of x·a.
    #[inline(never)]
    pub fn scale(rstd: f64, weight: f32) -> Self {
        let a = f64::from(weight) * rstd;
        narrow_factor(a).map_or(Self::Wide { mean: 0.0, a, b: 0.0 }, |a| Self::Narrow { hi: 0.0, a, b: -0.0 })
    }

    /// One element, with the bits that [`Normalize::runs`] gives it.
    #[inline(always)]
    pub fn element(self, x: f32) -> f32 {
        match self {
            Self::Narrow { hi, a, b } => (x - hi) * a + b,
            Self::Wide { mean, a, b } => ((f64::from(x) - mean) * a + b) as f32,
        }
    }

    /// The constants as three f32; a NaN stands for those that need f64.
    pub fn to_record(self) -> [f32; 3] {
        match self {
            Self::Narrow { hi, a, b } => [hi, a, b],
            Self::Wide { .. } => [f32::NAN; 3],
        }
    }

    /// What [`Normalize::to_record`] wrote, unless f64 is needed (narrow constants are never NaN).
    #[inline(always)]
    pub fn from_record([hi, a, b]: [f32; 3]) -> Option<Self> {
        (!a.is_nan()).then_some(Self::Narrow { hi, a, b })
    }

    /// y of all the runs.
    #[inline(never)]
    pub fn runs(self, io: &mut InOut<'_>, runs: Runs) {
        match self {
            Self::Narrow { hi, a, b } => normalize_runs(io, runs, &[same_lanes([hi, a, b])]),
            Self::Wide { .. } => self.wide_runs(io, runs),
        }
    }

    /// [`Normalize::runs`] from dy to dx.
    #[inline(never)]
    pub fn runs_of_dx(self, dx: &mut Dx<'_>, runs: Runs) {
        match dx.overwritten() {
            Some(io) => self.runs(io, runs),
            None => runs.ranges().for_each(|run| {
                dx.part(run).add_in_parts(&|mut dx, part| self.runs_of_dx(&mut dx, Runs::one(0, part.len())));
            }),
        }
    }

    #[cold]
    #[inline(never)]
    fn wide_runs(self, io: &mut InOut<'_>, runs: Runs) {
        runs.ranges().flatten().for_each(|i| io.update(i, |x| self.element(x)));
    }
}

/// What each channel is normalized with.
#[derive(Clone, Copy)]
pub(crate) enum Constants<'a> {
    /// A statistic and parameters.
    Of(Statistics<'a>, Affine<'a>),
    /// Factors weight·rstd alone: what statistics that are constants leave of dx.
    Scale(Option<&'a [f32]>, &'a [f64]),
}

impl Constants<'_> {
    #[inline(always)]
    pub fn at(self, j: usize) -> Normalize {
        match self {
            Self::Of(statistics, affine) => Normalize::of(statistics, affine, j),
            Self::Scale(weight, rstd) => Normalize::scale(rstd[j], weight_of(weight, j)),
        }
    }

    #[inline(always)]
    fn four(self, first: usize) -> Option<[F32x4; 3]> {
        match self {
            Self::Of(statistics, affine) => Normalize::four(statistics.four(first), affine.four(first)),
            Self::Scale(weight, rstd) => {
                let a = F64x4::from_f32(weights_of(weight, first)) * F64x4::of(four(rstd, first));
                Some([F32x4::splat(0.0), narrow_factors(a)?, F32x4::splat(-0.0)])
            }
        }
    }

    /// The records of the channels `0..c`. Whether all are narrow.
    #[inline(never)]
    pub fn set_records(self, c: usize, records: &mut [f32]) -> bool {
        set_records(records, c, |first| self.four(first), |j| self.at(j).to_record())
    }
}

/// y of runs that have a narrow record each, or all of them one. (A function that is entered for each run makes
/// images of 5 × 5 twice as slow in eval.)
#[inline(never)]
pub(crate) fn normalize_runs(io: &mut InOut<'_>, runs: Runs, records: &[Record<3>]) {
    map_runs(io.whole(), [], runs, records, |x, [], [hi, a, b]| (x - hi) * a + b);
}

/// The constants of the backward pass over one channel.
#[derive(Clone, Copy)]
pub(crate) enum Differentiate {
    Narrow { hi: f32, a: f32, k2: f32, k0: f32 },
    Wide { mean: f64, a: f64, k2: f64, k0: f64 },
}

impl Differentiate {
    /// `mean_g` = Σg/n and `mean_gx` = Σg·(x − mean)/n over the statistic, with g = dy·weight.
    #[inline(always)]
    pub fn new(Statistic { mean, rstd }: Statistic, weight: f32, mean_g: f64, mean_gx: f64) -> Self {
        let (_, lo) = split(mean);
        let a = f64::from(weight) * rstd;
        let k2 = -rstd * rstd * rstd * mean_gx;
        let k0 = -rstd * mean_g;
        let narrow = || {
            let k0 = narrow_term(k0 - lo * k2)?;
            Some(Self::Narrow { hi: narrow_term(mean)?, a: narrow_factor(a)?, k2: narrow_factor(k2)?, k0 })
        };
        narrow().unwrap_or(Self::Wide { mean, a, k2, k0 })
    }

    /// The records of four channels, with the bits of [`Differentiate::new`], where all are plainly narrow.
    #[inline(always)]
    pub fn four([mean, rstd]: [F64x4; 2], weight: F32x4, [mean_g, mean_gx]: [F64x4; 2]) -> Option<[F32x4; 4]> {
        let (_, lo) = split_four(mean);
        let minus = F64x4::splat(-1.0) * rstd;
        let a = F64x4::from_f32(weight) * rstd;
        let k2 = minus * rstd * rstd * mean_gx;
        let k0 = minus * mean_g - lo * k2;
        Some([narrow_terms(mean)?, narrow_factors(a)?, narrow_factors(k2)?, narrow_terms(k0)?])
    }

    /// One element, with the bits that [`Differentiate::runs`] gives it.
    #[inline(always)]
    pub fn element(self, x: f32, dy: f32) -> f32 {
        match self {
            Self::Narrow { hi, a, k2, k0 } => dy * a + ((x - hi) * k2 + k0),
            // x may be infinite where k2 = 0.
            Self::Wide { a, k2: 0.0, k0, .. } => (f64::from(dy) * a + k0) as f32,
            Self::Wide { mean, a, k2, k0 } => (f64::from(dy) * a + ((f64::from(x) - mean) * k2 + k0)) as f32,
        }
    }

    /// The constants as four f32; a NaN stands for those that need f64.
    pub fn to_record(self) -> [f32; 4] {
        match self {
            Self::Narrow { hi, a, k2, k0 } => [hi, a, k2, k0],
            Self::Wide { .. } => [f32::NAN; 4],
        }
    }

    /// What [`Differentiate::to_record`] wrote of narrow constants (they are never NaN).
    #[inline(always)]
    pub fn from_record([hi, a, k2, k0]: [f32; 4]) -> Option<Self> {
        (!a.is_nan()).then_some(Self::Narrow { hi, a, k2, k0 })
    }

    /// dx of all the runs.
    #[inline(never)]
    pub fn runs(self, x: &[f32], dx: &mut Dx<'_>, runs: Runs) {
        match self {
            Self::Narrow { hi, a, k2, k0 } => differentiate_runs(x, dx, runs, &[same_lanes([hi, a, k2, k0])]),
            Self::Wide { .. } => self.wide_runs(x, dx, runs),
        }
    }

    #[cold]
    #[inline(never)]
    fn wide_runs(self, x: &[f32], dx: &mut Dx<'_>, runs: Runs) {
        runs.ranges().flatten().for_each(|i| dx.update(i, |dy| self.element(x[i], dy)));
    }
}

/// What the constants of dx are made of, for each channel.
#[derive(Clone, Copy)]
pub(crate) struct Slopes<'a> {
    pub statistics: Statistics<'a>,
    pub weight: Option<&'a [f32]>,
    /// Σg/n and Σg·(x − mean)/n over the statistic, with g = dy·weight.
    pub means: [&'a [f64]; 2],
}

impl Slopes<'_> {
    #[inline(always)]
    pub fn at(self, j: usize) -> Differentiate {
        let [mean_g, mean_gx] = self.means.map(|means| means[j]);
        Differentiate::new(self.statistics.at(j), weight_of(self.weight, j), mean_g, mean_gx)
    }

    /// [`Slopes::at`] as a function, where few channels need it.
    #[inline(never)]
    pub fn seldom_at(self, j: usize) -> Differentiate {
        self.at(j)
    }

    #[inline(always)]
    fn four(self, first: usize) -> Option<[F32x4; 4]> {
        let means = self.means.map(|means| F64x4::of(four(means, first)));
        Differentiate::four(self.statistics.four(first), weights_of(self.weight, first), means)
    }

    /// The records of the channels `0..c`. Whether all are narrow.
    #[inline(never)]
    pub fn set_records(self, c: usize, records: &mut [f32]) -> bool {
        set_records(records, c, |first| self.four(first), |j| self.seldom_at(j).to_record())
    }
}

/// dx of runs that have a narrow record each, or all of them one.
#[inline(never)]
pub(crate) fn differentiate_runs(x: &[f32], dx: &mut Dx<'_>, runs: Runs, records: &[Record<4>]) {
    match dx.overwritten() {
        Some(io) => {
            map_runs(io.whole(), [x], runs, records, |dy, [x], [hi, a, k2, k0]| dy * a + ((x - hi) * k2 + k0));
        }
        None => add_runs(x, dx, runs, records),
    }
}

/// [`differentiate_runs`] where dx is added.
#[cold]
#[inline(never)]
fn add_runs(x: &[f32], dx: &mut Dx<'_>, runs: Runs, records: &[Record<4>]) {
    for (i, run) in runs.ranges().enumerate() {
        let record = same_lanes(records[(i / LANES).min(records.len() - 1)].map(|lanes| lanes[i % LANES]));
        dx.part(run.clone()).add_in_parts(&|mut dx, part| {
            let x = &x[run.clone()][part.clone()];
            differentiate_runs(x, &mut dx, Runs::one(0, part.len()), &[record]);
        });
    }
}
