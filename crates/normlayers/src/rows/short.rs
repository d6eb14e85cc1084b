//! A row element by element in f64, where nothing of f32 data overflows, underflows or cancels: for rows of a
//! few elements, where it is also the fastest way, and for those that f32 does not hold.

use crate::Affine;
use crate::gradient::Dx;
use crate::simd::InOut;
use crate::statistics::Statistic;

/// y of one row.
#[inline(always)]
pub(super) fn normalize(mut io: InOut<'_>, Statistic { mean, rstd }: Statistic, affine: Affine<'_>) {
    for i in 0..io.len() {
        let (weight, bias) = affine.channel(i);
        io.update(i, |x| ((f64::from(x) - mean) * rstd * f64::from(weight) + f64::from(bias)) as f32);
    }
}

/// What the passes over one row read.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub x: &'a [f32],
    pub weight: &'a [f32],
    pub statistic: Statistic,
}

impl Row<'_> {
    #[inline(always)]
    fn normalized(&self, i: usize) -> f64 {
        (f64::from(self.x[i]) - self.statistic.mean) * self.statistic.rstd
    }

    /// `[Σg, Σg·x̂]` with g = dy·weight.
    #[inline(always)]
    pub fn sums(&self, dy: &[f32]) -> [f64; 2] {
        (0..self.x.len()).fold([0.0; 2], |[s, q], i| {
            let g = f64::from(dy[i]) * f64::from(self.weight[i]);
            [s + g, q + g * self.normalized(i)]
        })
    }

    /// Adds dy·x̂ and dy to the totals of the parameters.
    #[inline(always)]
    pub fn add_columns(&self, dy: &[f32], [dweight, dbias]: [&mut [f64]; 2]) {
        for i in 0..self.x.len() {
            dweight[i] += f64::from(dy[i]) * self.normalized(i);
            dbias[i] += f64::from(dy[i]);
        }
    }

    /// dx = g·rstd + ((x − mean)·k2 + k0).
    #[inline(always)]
    pub fn dx(&self, mut dx: Dx<'_>, [k2, k0]: [f64; 2]) {
        let Statistic { mean, rstd } = self.statistic;
        for i in 0..self.x.len() {
            dx.update(i, |dy| {
                let g = f64::from(dy) * f64::from(self.weight[i]);
                (g * rstd + ((f64::from(self.x[i]) - mean) * k2 + k0)) as f32
            });
        }
    }
}
