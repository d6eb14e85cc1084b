//! The core of channels last: x is (rows, c), and every column has its own statistic and parameters.
//!
//! Narrow matrices are folded: m rows side by side are one folded row of m·c columns, so that loops are
//! long and loads whole; the rows that are left over make a shorter last row. The constants and sums
//! of 4 columns lie together in a record, so that a pass follows one pointer for all of them.
//!
//! Sums are made of four rows at once, or row by row where the matrix comes from memory; constants are applied row by
//! row.
//!
//! Sums run in f32 down at most 64 folded rows (of gradients, 16), then in f64. Shifts are the means of the first 16
//! rows. A poor shift is replaced in a second sweep in which the other columns repeat their bits; a column that f32
//! cannot hold is summed in f64.
//!
//! * `moments`, `gradient_sums`: the sums, and what they are judged to be worth;
//! * `apply`: y and dx.

mod apply;
mod gradient_sums;
mod moments;

pub(crate) use apply::{differentiate, normalize, scale};
pub(crate) use gradient_sums::gradient_sums;
pub(crate) use moments::moments;

use core::ops::Range;

use crate::records::{lane, padded};
use crate::runs::Runs;
use crate::scratch::ScratchSize;
use crate::simd::LANES;

const ROW_BLOCK: usize = 64;
/// Folded rows whose sums are made four at once have about so many columns, where there are rows enough: what is read
/// is read nearly in the order of memory.
const WIDTH: usize = 64;
/// Sums of more elements go row by row. (Four rows of 128 or 256 columns at once, from memory, make
/// forward 1.4 and backward 1.6 times as long; from the cache forward takes 0.9 of the time with them.)
const STREAMED: usize = 3 << 20;
/// Constants are applied row by row, to rows of at least about so many columns. (Four rows at once share the loads of
/// their constants, and take 1.0 to 1.2 times as long; but in matrices of some thousand elements, of 3 to 16 columns,
/// 0.8.)
const APPLY_WIDTH: usize = 256;

/// A matrix whose columns are channels.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    pub rows: usize,
    pub c: usize,
}

impl Columns {
    /// What the passes write to: records of up to four vectors, and two totals.
    pub fn scratch(self) -> ScratchSize {
        let (sums, apply) = (padded(self.for_sums().width), padded(self.for_apply().width));
        ScratchSize { f32s: sums.max(apply).saturating_mul(4), f64s: sums.saturating_mul(2) }
    }

    /// Whether sums over `streams` such matrices go row by row: of moments with no more roundings than in fours, of
    /// gradients with 7 in place of 5, as promised.
    fn is_streamed(self, streams: usize) -> bool {
        self.c > WIDTH && self.rows.saturating_mul(self.c).saturating_mul(streams) >= STREAMED
    }

    /// `fold` rows side by side. Few rows are not folded: adding up the copies would cost more.
    fn folded(self, fold: usize) -> Folded {
        Folded {
            c: self.c,
            width: self.c.saturating_mul(fold.min(self.rows / 8).max(1)),
            len: self.rows.saturating_mul(self.c),
        }
    }

    /// How sums are made: about `WIDTH` columns in whole steps of 16, rather fewer, where that is near, than more.
    #[inline(never)]
    fn for_sums(self) -> Folded {
        if self.c >= WIDTH {
            return self.folded(1);
        }
        let step = 16 >> self.c.trailing_zeros().min(4);
        let most = WIDTH / self.c;
        self.folded(if most >= step.max(4) {
            most & !(step - 1)
        } else {
            WIDTH.div_ceil(self.c).next_multiple_of(step)
        })
    }

    /// How constants are applied.
    #[inline(never)]
    fn for_apply(self) -> Folded {
        let fold = (APPLY_WIDTH / self.c).next_multiple_of(4 >> self.c.trailing_zeros().min(2));
        self.folded(if self.c >= APPLY_WIDTH { 1 } else { fold })
    }

    /// Every element, with its column.
    fn each(self, mut f: impl FnMut(usize, usize)) {
        for r in 0..self.rows {
            (0..self.c).for_each(|j| f(r * self.c + j, j));
        }
    }

    /// Column `j`, as runs of one element.
    fn column(self, j: usize) -> Runs {
        Runs { start: j, len: 1, stride: self.c, count: self.rows }
    }
}

/// A folded matrix: `c` columns, and copies of them.
#[derive(Clone, Copy)]
struct Folded {
    c: usize,
    width: usize,
    len: usize,
}

impl Folded {
    /// Gives the copies of every column the records of the first: one by one until whole vectors repeat.
    #[inline(never)]
    fn repeat_records(self, size: usize, records: &mut [f32]) {
        let period = self.c * (LANES >> self.c.trailing_zeros().min(2));
        for j in self.c..period.min(self.width) {
            for k in 0..size {
                records[lane(j, k, size)] = records[lane(j - self.c, k, size)];
            }
        }
        let (mut done, end) = (size * period, size * padded(self.width));
        while done < end {
            let count = done.min(end - done);
            records.copy_within(..count, done);
            done += count;
        }
    }

    /// Adds the totals of the copies of every column to those of the first: half of them to the other, as a tree.
    #[inline(never)]
    fn add_copies(self, totals: &mut [f64]) {
        let mut copies = self.width / self.c;
        while copies > 1 {
            let (lower, upper) = totals[..copies * self.c].split_at_mut(copies.div_ceil(2) * self.c);
            lower.iter_mut().zip(upper).for_each(|(total, value)| *total += *value);
            copies = copies.div_ceil(2);
        }
    }

    /// Folded rows, `height` at a time, each range in elements; what is left over comes last.
    fn rows(self, height: usize) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let (step, len) = (height * self.width, self.len);
        (0..len).step_by(step.max(1)).map(move |start| start..len.min(start + step))
    }
}
