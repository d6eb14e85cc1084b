//! Loops along runs, contiguous stretches of equal length, of which each has constants of its own.
//!
//! What is done once for a run counts here as much as what is done for its elements: nothing is checked, sliced
//! or called between two runs.
//!
//! Contract of the unsafe parts (the bullets that their `SAFETY` comments name):
//! * LEN — every run was asserted to end within every stream;
//! * STEP — a full step is taken only while at least 16 elements of a run are left, a vector only while 4 are;
//! * ALIAS — streams are shared slices; the written stream is exclusive, or is read at an element before it is
//!   written there.

use core::ops::Range;

use super::access::{LANES, STEP, bump, load_all};
use super::streams::map_few;
use super::{F32x4, InOut};

/// `count` runs of `len` elements, the first at `start`, each `stride` behind the one before.
#[derive(Clone, Copy)]
pub struct Runs {
    pub start: usize,
    pub len: usize,
    pub stride: usize,
    pub count: usize,
}

impl Runs {
    /// One run.
    #[inline(always)]
    pub fn one(start: usize, len: usize) -> Self {
        Self { start, len, stride: 0, count: 1 }
    }

    /// Runs one behind the other.
    #[inline(always)]
    pub fn adjacent(start: usize, len: usize, count: usize) -> Self {
        Self { start, len, stride: len, count }
    }

    #[inline(always)]
    pub fn ranges(self) -> impl Iterator<Item = Range<usize>> + Clone {
        (0..self.count).map(move |i| {
            let start = self.start + i * self.stride;
            start..start + self.len
        })
    }

    pub fn elements(self) -> f64 {
        (self.len * self.count) as f64
    }

    /// Whether all of them are within a stream of `len` elements.
    fn fit(self, len: usize) -> bool {
        let Some(last) = self.count.checked_sub(1) else { return true };
        let end = || last.checked_mul(self.stride)?.checked_add(self.start)?.checked_add(self.len);
        end().is_some_and(|end| end <= len)
    }
}

/// Writes a function of the source, of `N` further streams and of the `K` constants of each run, element by element.
///
/// Records hold the constants of four runs. One record, with the same in all its lanes, may stand for all.
///
/// # Panics
/// When the runs do not fit the streams, or have no records.
#[inline(always)]
pub fn map_runs<const N: usize, const K: usize>(
    mut io: InOut<'_>,
    reads: [&[f32]; N],
    runs: Runs,
    records: &[[[f32; LANES]; K]],
    f: impl Fn(F32x4, [F32x4; N], [F32x4; K]) -> F32x4,
) {
    assert!(runs.fit(io.len()) && reads.iter().all(|s| runs.fit(s.len())), "runs do not fit");
    let Runs { start, len, stride, count } = runs;
    let constants = |i: usize| records[(i / LANES).min(records.len() - 1)].map(|lanes| F32x4::splat(lanes[i % LANES]));
    let (source, destination) = io.pointers();
    let (mut source, mut destination) = (source.wrapping_add(start), destination.wrapping_add(start));
    let mut from = reads.map(|s| s.as_ptr().wrapping_add(start));
    if len < LANES {
        for i in 0..count {
            let (constants, at) = (constants(i), i * stride);
            // SAFETY: LEN, ALIAS.
            unsafe {
                let from = from.map(|p| p.add(at));
                map_few(source.add(at), destination.add(at), from, len, |x, read| f(x, read, constants));
            }
        }
        return;
    }
    let rest = len & (LANES - 1);
    for i in 0..count {
        let constants = constants(i);
        // SAFETY: LEN: there are four elements.
        let last = unsafe { F32x4::load(source.add(len - LANES)) };

        macro_rules! vector {
            ($offset:expr) => {
                // SAFETY: LEN, STEP, ALIAS.
                unsafe {
                    let value = f(F32x4::load(source.add($offset)), load_all(&from, $offset), constants);
                    value.store(destination.add($offset));
                }
            };
        }
        macro_rules! advance {
            ($count:expr) => {
                // SAFETY: LEN, STEP: `$count` elements were there.
                unsafe {
                    source = source.add($count);
                    destination = destination.add($count);
                    bump(&mut from, $count);
                }
            };
        }

        let end = source.wrapping_add(len & !(STEP - 1));
        while source < end {
            vector!(0);
            vector!(LANES);
            vector!(2 * LANES);
            vector!(3 * LANES);
            advance!(STEP);
        }
        let end = source.wrapping_add(len & (STEP - 1) & !(LANES - 1));
        while source < end {
            vector!(0);
            advance!(LANES);
        }
        if rest > 0 {
            let back = LANES - rest;
            // SAFETY: LEN: of four elements or more, `rest` are left; ALIAS: their source was read before any of the
            // run was written.
            unsafe { f(last, from.map(|p| F32x4::load(p.sub(back))), constants).store(destination.sub(back)) };
        }
        let on = stride.wrapping_sub(len - rest);
        source = source.wrapping_add(on);
        destination = destination.wrapping_add(on);
        from = from.map(|p| p.wrapping_add(on));
    }
}
