//! Scale and shift.

use crate::records::four;
use crate::simd::{F32x4, F64x4};

/// Weight and bias, each optional: absent, weight is 1 and bias is 0.
#[derive(Clone, Copy, Default)]
pub struct Affine<'a> {
    /// The scale.
    pub weight: Option<&'a [f32]>,
    /// The shift.
    pub bias: Option<&'a [f32]>,
}

impl<'a> Affine<'a> {
    /// The scale and shift of channel `c`.
    #[inline(always)]
    pub(crate) fn channel(self, c: usize) -> (f32, f32) {
        (weight_of(self.weight, c), self.bias.map_or(0.0, |b| b[c]))
    }

    /// The scales and shifts of the four channels from `first`, a multiple of 4.
    #[inline(always)]
    pub(crate) fn four(self, first: usize) -> [F32x4; 2] {
        [four_of(self.weight, 1.0, first), four_of(self.bias, 0.0, first)]
    }

    /// The parameters of elements `start..start + len`.
    #[inline(always)]
    pub(crate) fn part(self, start: usize, len: usize) -> Self {
        Self { weight: self.weight.map(|w| &w[start..start + len]), bias: self.bias.map(|b| &b[start..start + len]) }
    }
}

/// The scale of channel `c`.
#[inline(always)]
pub(crate) fn weight_of(weight: Option<&[f32]>, c: usize) -> f32 {
    weight.map_or(1.0, |w| w[c])
}

/// The parameters of the four channels from `first`, a multiple of 4.
#[inline(always)]
fn four_of(values: Option<&[f32]>, absent: f32, first: usize) -> F32x4 {
    values.map_or(F32x4::splat(absent), |values| F32x4::of(four(values, first)))
}

/// The scales of the four channels from `first`, a multiple of 4.
#[inline(always)]
pub(crate) fn weights_of(weight: Option<&[f32]>, first: usize) -> F32x4 {
    four_of(weight, 1.0, first)
}

/// Replaces the sum of each channel by weight · sum / n.
#[inline(never)]
pub(crate) fn weighted_means(weight: Option<&[f32]>, sums: &mut [f64], n: f64) {
    let whole = sums.len() & !3;
    for (i, four) in sums.as_chunks_mut().0.iter_mut().enumerate() {
        (F64x4::from_f32(weights_of(weight, 4 * i)) * F64x4::of(four) / F64x4::splat(n)).write(four);
    }
    for (c, sum) in sums.iter_mut().enumerate().skip(whole) {
        *sum = f64::from(weight_of(weight, c)) * *sum / n;
    }
}
