//! The passes over channels that have a statistic and parameters each, however their elements lie in memory.

use crate::channel::Slopes;
use crate::columns::{self, Columns};
use crate::planes::{self, Planes};
use crate::{Affine, Dx, InOut, Scratch, ScratchSize, Statistics};

/// How the channels lie.
#[derive(Clone, Copy)]
pub(crate) enum Layout {
    /// Last: each is a column.
    Columns(Columns),
    /// First: each is a plane of every data point.
    Planes(Planes),
}

impl Layout {
    /// Of channels first the first `count`; of channels last there are only all.
    pub fn of_channels(self, count: usize) -> Self {
        match self {
            Self::Columns(_) => self,
            Self::Planes(planes) => Self::Planes(Planes { c: count, ..planes }),
        }
    }

    /// What the passes write to.
    pub fn scratch(self) -> ScratchSize {
        match self {
            Self::Columns(shape) => shape.scratch(),
            Self::Planes(shape) => shape.scratch(),
        }
    }

    /// Mean and variance of every channel. `eps` is what will be added to the variance.
    pub fn moments(
        self,
        x: &[f32],
        beside: Option<&[f32]>,
        eps: f64,
        [mean, var]: [&mut [f64]; 2],
        scratch: &mut Scratch<'_>,
    ) {
        match self {
            Self::Columns(shape) => columns::moments(x, shape, eps, mean, var, scratch),
            Self::Planes(shape) => planes::moments(x, beside, shape, eps, [mean, var], scratch.f32s),
        }
    }

    /// y.
    pub fn normalize(self, io: InOut<'_>, statistics: Statistics<'_>, affine: Affine<'_>, scratch: Scratch<'_>) {
        match self {
            Self::Columns(shape) => columns::normalize(io, shape, statistics, affine, scratch.f32s),
            Self::Planes(shape) => planes::normalize(io, shape, statistics, affine, scratch.f32s),
        }
    }

    /// `Σ dy` and `Σ dy·(x − mean)` of every channel.
    pub fn gradient_sums(
        self,
        x: &[f32],
        dy: &[f32],
        beside: Option<&[f32]>,
        statistics: Statistics<'_>,
        sums: [&mut [f64]; 2],
        scratch: &mut Scratch<'_>,
    ) {
        match self {
            Self::Columns(shape) => columns::gradient_sums(x, dy, shape, statistics, sums, scratch),
            Self::Planes(shape) => planes::gradient_sums(x, dy, beside, shape, statistics, sums),
        }
    }

    /// dx.
    pub fn differentiate(self, x: &[f32], dx: Dx<'_>, slopes: Slopes<'_>, scratch: &mut Scratch<'_>) {
        match self {
            Self::Columns(shape) => columns::differentiate(x, dx, shape, slopes, scratch.f32s),
            Self::Planes(shape) => planes::differentiate(x, dx, shape, slopes, scratch.f32s),
        }
    }

    /// dx where statistics are constants: dy·weight·rstd.
    pub fn scale(self, dx: Dx<'_>, weight: Option<&[f32]>, rstd: &[f64], scratch: Scratch<'_>) {
        match self {
            Self::Columns(shape) => columns::scale(dx, shape, weight, rstd, scratch.f32s),
            Self::Planes(shape) => planes::scale(dx, shape, weight, rstd, scratch.f32s),
        }
    }
}
