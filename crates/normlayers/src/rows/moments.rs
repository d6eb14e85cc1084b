//! Mean and rstd of rows, of short ones a few at a time.

use core::ops::Range;

use super::AT_ONCE;
use crate::planes::{self, Planes};
use crate::runs::{Runs, mean_square, moments_of_run};
use crate::statistics::{Sink, rstd, to_rstd};

/// What a row is normalized by, and what becomes of it.
pub(crate) enum Find<'a> {
    /// Mean and variance.
    Moments(Sink<'a>),
    /// The mean of squares alone.
    MeanSquares {
        /// What is added to it.
        eps: f64,
        /// Where rstd is saved.
        saved: Option<&'a mut [f64]>,
    },
}

impl Find<'_> {
    /// Whether there is a mean.
    pub fn is_centred(&self) -> bool {
        matches!(self, Self::Moments(_))
    }

    /// Mean, unless there is none, and rstd of `rows`, of which x holds the elements.
    #[inline(always)]
    pub fn statistics(
        &mut self,
        len: usize,
        rows: Range<usize>,
        x: &[f32],
        beside: Option<&[f32]>,
        [mean, rstd]: [&mut [f64]; 2],
    ) {
        match self {
            Self::Moments(sink) => {
                moments(len, x, beside, sink.eps, [mean, rstd]);
                sink.take(rows.start, mean, rstd);
            }
            Self::MeanSquares { eps, saved } => {
                mean_square_rstd(len, x, beside, *eps, rstd);
                if let Some(saved) = saved {
                    saved[rows].iter_mut().zip(rstd).for_each(|(saved, rstd)| *saved = *rstd);
                }
            }
        }
    }
}

/// Mean and variance of a few rows. (One that comes alone, long or the last of all, takes a tenth less time so.)
#[inline(never)]
pub(crate) fn moments(len: usize, x: &[f32], beside: Option<&[f32]>, eps: f64, [mean, var]: [&mut [f64]; 2]) {
    if let ([mean], [var]) = (&mut *mean, &mut *var) {
        let moments = moments_of_run(x, beside, Runs::one(0, len), eps);
        (*mean, *var) = (moments.mean, moments.var);
        return;
    }
    // A few rows are planes of one data point: a statistic each.
    planes::moments(x, beside, Planes::of_point(mean.len(), len), eps, [mean, var], &mut [0.0; AT_ONCE]);
}

/// `1 / sqrt(mean(x²) + eps)` of rows. (One that comes alone takes a tenth less time so.)
#[inline(never)]
pub(crate) fn mean_square_rstd(len: usize, x: &[f32], beside: Option<&[f32]>, eps: f64, rstds: &mut [f64]) {
    if let [one] = rstds {
        *one = rstd(mean_square(x, beside, eps), eps);
        return;
    }
    for (row, rstd) in rstds.iter_mut().enumerate() {
        let row = row * len..(row + 1) * len;
        *rstd = mean_square(&x[row.clone()], beside.map(|beside| &beside[row]), eps);
    }
    to_rstd(rstds, eps);
}
