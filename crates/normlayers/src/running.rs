//! Running statistics: what training leaves for evaluation.

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
    #[inline(always)]
    pub(crate) fn observe(&mut self, c: usize, moments: Moments, n: usize) {
        // One value has no unbiased variance; its biased one is 0.
        let unbiased = if self.unbiased && n > 1 { n as f64 / (n as f64 - 1.0) } else { 1.0 };
        let mix =
            |old: &mut f32, new: f64| *old = (f64::from(*old) * (1.0 - self.momentum) + new * self.momentum) as f32;
        mix(&mut self.mean[c], moments.mean);
        mix(&mut self.var[c], moments.var * unbiased);
    }
}
