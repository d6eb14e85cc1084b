//! Loops along runs, contiguous stretches of equal length, of which each has constants of its own.
//!
//! What is done once for a run counts here as much as what is done for its elements: nothing is checked, sliced or
//! called between two runs. (With a slice and a loop for each, eval of images of 5 × 5 takes 1.35 times as long and of
//! 8 × 8 1.1 times, and batch norm's backward 1.2 and 1.1 times.)
//!
//! Contract of the unsafe parts (the bullets that their `SAFETY` comments name):
//! * LEN — every run was asserted to end within every stream, and every block of it but the last to be whole steps;
//! * STEP — a full step is taken only while at least 16 elements of a run are left, a vector only while 4 are;
//! * ALIAS — streams are shared slices; the written stream is exclusive, or is read at an element before it is
//!   written there.

use core::ops::Range;

use super::access::{Beside, LANES, STEP, bump, load_all, walk};
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
/// When the runs do not fit the streams or overlap, or there are neither one record nor enough.
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
    assert!(count <= 1 || stride >= len, "runs overlap");
    assert!(records.len() == 1 || records.len() >= count.div_ceil(LANES), "records do not fit");
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
            ($k:expr) => {
                // SAFETY: LEN, STEP, ALIAS.
                unsafe {
                    let value = f(F32x4::load(source.add($k * LANES)), load_all(&from, $k * LANES), constants);
                    value.store(destination.add($k * LANES));
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

        walk!(source, len, vector, advance);
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

/// Reduces runs over `N` read streams to `S` sums, in blocks of at most `block` elements, a multiple of 16 where there
/// are more: each in four accumulators that start at zero, as `visit` does. A run has a `constant`, which `f` is
/// given, with the pads that fill the missing lanes of its last vector. `each` is told the run, whether it ends here,
/// and what there is of the block. The same runs of `beside` are prefetched.
///
/// # Panics
/// When the runs do not fit the streams.
#[inline(always)]
pub fn visit_runs<const N: usize, const S: usize>(
    reads: [&[f32]; N],
    beside: Option<&[f32]>,
    runs: Runs,
    block: usize,
    constant: impl Fn(usize) -> (f32, [f32; N]),
    f: impl Fn([F32x4; S], [F32x4; N], F32x4) -> [F32x4; S],
    mut each: impl FnMut(usize, bool, [[F32x4; S]; 4]),
) {
    let fit = reads.iter().all(|s| runs.fit(s.len())) && beside.is_none_or(|beside| runs.fit(beside.len()));
    assert!(fit, "runs do not fit");
    let beside = beside.map(|beside| Beside::new(beside, reads[0]));
    assert!(block > 0 && (block >= runs.len || block.is_multiple_of(STEP)), "blocks do not fit");
    let Runs { start, len, stride, count } = runs;
    let mut from = reads.map(|s| s.as_ptr().wrapping_add(start));
    for i in 0..count {
        let (constant, pads) = constant(i);
        let k = F32x4::splat(constant);
        let mut left = len;
        loop {
            let here = left.min(block);
            let mut acc = [[F32x4::splat(0.0); S]; 4];

            macro_rules! vector {
                ($k:expr, $offset:expr) => {
                    // SAFETY: LEN, STEP.
                    acc[$k] = f(acc[$k], unsafe { load_all(&from, $offset) }, k);
                };
            }

            let end = from[0].wrapping_add(here & !(STEP - 1));
            while from[0] < end {
                if let Some(beside) = beside {
                    // SAFETY: LEN, STEP.
                    unsafe { beside.touch(from[0]) };
                }
                vector!(0, 0);
                vector!(1, LANES);
                vector!(2, 2 * LANES);
                vector!(3, 3 * LANES);
                // SAFETY: LEN, STEP.
                unsafe { bump(&mut from, STEP) };
            }
            let end = from[0].wrapping_add(here & (STEP - 1) & !(LANES - 1));
            while from[0] < end {
                vector!(0, 0);
                // SAFETY: LEN, STEP.
                unsafe { bump(&mut from, LANES) };
            }
            let rest = here & (LANES - 1);
            if rest > 0 {
                // SAFETY: LEN: `rest` elements, 1 to 3, are left, of four or more where a vector is read up to their
                // end.
                unsafe {
                    let read = core::array::from_fn(|i| match len < LANES {
                        true => few(from[i], rest, pads[i]),
                        false => F32x4::load(from[i].sub(LANES - rest)).tail(rest, F32x4::splat(pads[i])),
                    });
                    acc[1] = f(acc[1], read, k);
                    bump(&mut from, rest);
                }
            }
            left -= here;
            each(i, left == 0, acc);
            if left == 0 {
                break;
            }
        }
        from = from.map(|p| p.wrapping_add(stride.wrapping_sub(len)));
    }
}

/// [`load_few`](super::access::load_few) without a call, around which accumulators would wait in memory.
///
/// # Safety
/// * `from` is valid for reads of `count` f32, 1 to 3.
#[inline(always)]
unsafe fn few(from: *const f32, count: usize, pad: f32) -> F32x4 {
    // SAFETY: lane k is read only when `count` > k.
    let lane = |k: usize| if k < count { unsafe { from.add(k).read() } } else { pad };
    F32x4::from_array([lane(0), lane(1), lane(2), pad])
}
