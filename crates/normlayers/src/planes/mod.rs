//! The core of channels first: x is (n, c, s), and every channel has its own statistic and parameters. What a data
//! point holds of a channel is a plane of it: s elements in a run.
//!
//! Most passes go through memory in its order, plane by plane, with the sums and constants of all channels at hand:
//! those that the caller asks for, who may take a tensor in parts. y and dx begin at the last data point: that is what
//! the caches still hold where sums were made before.
//!
//! * `moments`, `gradient_sums`: the sums, and what they are judged to be worth;
//! * `apply`: y and dx;
//! * `by_channel`: y of a channel with the sums of the next, where memory is far and planes are large.

mod apply;
mod by_channel;
mod gradient_sums;
mod moments;

pub(crate) use apply::{differentiate, normalize, scale};
pub(crate) use by_channel::normalize_and_sum;
pub(crate) use gradient_sums::gradient_sums;
pub(crate) use moments::moments;

use crate::records::padded;
use crate::runs::Runs;
use crate::scratch::ScratchSize;

/// `n` data points of `c` planes of `s` elements, each `stride` elements behind the one before.
#[derive(Clone, Copy)]
pub(crate) struct Planes {
    pub n: usize,
    pub c: usize,
    pub s: usize,
    pub stride: usize,
}

impl Planes {
    /// Planes of one data point.
    pub fn of_point(c: usize, s: usize) -> Self {
        Self { n: 1, c, s, stride: c.saturating_mul(s) }
    }

    /// What the passes write to: records of up to four constants.
    pub fn scratch(self) -> ScratchSize {
        ScratchSize { f32s: padded(self.c).saturating_mul(4), f64s: 0 }
    }

    /// The elements that share a statistic.
    fn count(self) -> f64 {
        self.n as f64 * self.s as f64
    }

    /// The planes of channel `c`.
    pub fn channel(self, c: usize) -> Runs {
        Runs { start: c * self.s, len: self.s, stride: self.stride, count: self.n }
    }

    /// The planes of every data point.
    fn points(self) -> impl DoubleEndedIterator<Item = Runs> {
        (0..self.n).map(move |n| Runs::adjacent(n * self.stride, self.s, self.c))
    }
}
