//! Running statistics: what training leaves for evaluation.

use core::ops::Range;

use crate::simd::{F32x4, F64x4};
use crate::statistics::Moments;

/// Running mean and variance of each channel, to be updated by a training pass:
/// `running += momentum · (observed − running)`.
pub struct Running<'a> {
    /// The running mean.
    pub mean: &'a mut [f32],
    /// The running variance.
    pub var: &'a mut [f32],
    /// The weight of the new observation, 0 to 1.
    pub momentum: f64,
    /// Whether the variance observed is n/(n − 1) times the biased one.
    pub unbiased: bool,
}

impl Running<'_> {
    /// Takes in what was observed of channel `c` over `n` elements; each value is rounded once.
    #[inline(never)]
    pub(crate) fn observe(&mut self, c: usize, moments: Moments, n: usize) {
        let [old, new] = [1.0 - self.momentum, self.momentum];
        let mix = |value: &mut f32, observed: f64| *value = (f64::from(*value) * old + observed * new) as f32;
        let correction = self.correction(n);
        mix(&mut self.mean[c], moments.mean);
        mix(&mut self.var[c], moments.var * correction);
    }

    /// Those of `channels`.
    pub(crate) fn part(&mut self, channels: Range<usize>) -> Running<'_> {
        Running { mean: &mut self.mean[channels.clone()], var: &mut self.var[channels], ..*self }
    }

    /// [`Running::observe`] of all channels.
    #[inline(never)]
    pub(crate) fn observe_all(&mut self, mean: &[f64], var: &[f64], n: usize) {
        let [old, new] = [1.0 - self.momentum, self.momentum].map(F64x4::splat);
        let correction = F64x4::splat(self.correction(n));
        let mix = |value: &mut [f32; 4], observed: F64x4| {
            (F64x4::from_f32(F32x4::of(value)) * old + observed * new).narrow().write(value);
        };
        let ((means, _), (vars, _)) = (self.mean.as_chunks_mut(), self.var.as_chunks_mut());
        for (value, observed) in means.iter_mut().zip(mean.as_chunks().0) {
            mix(value, F64x4::of(observed));
        }
        for (value, observed) in vars.iter_mut().zip(var.as_chunks().0) {
            mix(value, F64x4::of(observed) * correction);
        }
        for c in mean.len() & !3..mean.len() {
            self.observe(c, Moments { mean: mean[c], var: var[c] }, n);
        }
    }

    /// How many times the biased variance is observed. (One value has no unbiased one; its biased one is 0.)
    #[inline(always)]
    fn correction(&self, n: usize) -> f64 {
        if self.unbiased && n > 1 { n as f64 / (n as f64 - 1.0) } else { 1.0 }
    }
}
