//! The constants of channels as the passes read them: those of four channels lie together in a record, vector by
//! vector, so that they are made of four at once, and a pass follows one pointer for all.

use core::ops::Range;

use crate::Affine;
use crate::affine::{weight_of, weights_of};
use crate::channel::{Differentiate, Normalize};
use crate::simd::{F32x4, F64x4};
use crate::statistics::{Statistics, narrow_factors};

pub(crate) const LANES: usize = 4;

/// The channels `0..c`, in groups of four and a last one of fewer.
pub(crate) fn groups_of(c: usize) -> impl Iterator<Item = Range<usize>> {
    (0..c).step_by(LANES).map(move |first| first..c.min(first + LANES))
}

/// The lane of channel `j` in vector `k` of its record, records being `size` vectors long.
#[inline(always)]
pub(crate) fn lane(j: usize, k: usize, size: usize) -> usize {
    (j / LANES * size + k) * LANES + j % LANES
}

/// The four values from `first`, a multiple of 4.
#[inline(always)]
pub(crate) fn four<T>(values: &[T], first: usize) -> &[T; LANES] {
    &values.as_chunks().0[first / LANES]
}

/// [`four`], to be changed.
#[inline(always)]
pub(crate) fn four_mut<T>(values: &mut [T], first: usize) -> &mut [T; LANES] {
    &mut values.as_chunks_mut().0[first / LANES]
}

/// Writes the constants of every channel: of four at once, where that can be done, or of one.
/// Whether none is NaN.
#[inline(always)]
pub(crate) fn set_records<const K: usize>(
    records: &mut [f32],
    c: usize,
    of_four: impl Fn(usize) -> Option<[F32x4; K]>,
    of_one: impl Fn(usize) -> [f32; K],
) -> bool {
    let mut whole = true;
    for group in groups_of(c) {
        if group.len() == LANES
            && let Some(constants) = of_four(group.start)
        {
            for (k, constant) in constants.into_iter().enumerate() {
                constant.write(four_mut(records, lane(group.start, k, K)));
            }
            continue;
        }
        for j in group {
            for (k, constant) in of_one(j).into_iter().enumerate() {
                whole &= !constant.is_nan();
                records[lane(j, k, K)] = constant;
            }
        }
    }
    whole
}

/// The constants of channel `j`.
#[inline(always)]
pub(crate) fn get_record<const K: usize>(records: &[f32], j: usize) -> [f32; K] {
    core::array::from_fn(|k| records[lane(j, k, K)])
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
    pub fn four(self, first: usize) -> Option<[F32x4; 3]> {
        match self {
            Self::Of(statistics, affine) => Normalize::four(statistics.four(first), affine.four(first)),
            Self::Scale(weight, rstd) => {
                let a = F64x4::from_f32(weights_of(weight, first)) * F64x4::of(four(rstd, first));
                Some([F32x4::splat(0.0), narrow_factors(a)?, F32x4::splat(-0.0)])
            }
        }
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
    pub fn four(self, first: usize) -> Option<[F32x4; 4]> {
        let means = self.means.map(|means| F64x4::of(four(means, first)));
        Differentiate::four(self.statistics.four(first), weights_of(self.weight, first), means)
    }
}
