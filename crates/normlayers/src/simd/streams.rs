//! Loops along contiguous streams: 16 elements a step in four independent vectors, then whole vectors, then one
//! partial vector (of what is only mapped, a whole one that overlaps the one before). The arithmetic comes as a
//! closure, so that an element meets the same operations wherever in its slice it stands.
//!
//! The shape of the loops is what V8 compiles best: pointers that are bumped, `do … while` (which LLVM makes of
//! `while`), and no more than 4 + 4 live accumulators (8 + 8 spill).
//!
//! Contract of the unsafe parts (the bullets that their `SAFETY` comments name):
//! * LEN — every stream was asserted to hold `len` elements;
//! * STEP — a full step is taken only while at least 16 elements are left, a vector only while 4 are;
//! * ALIAS — streams are shared slices; a written stream is exclusive, or (`InOut`) is read at an
//!   element before it is written there.
#![allow(clippy::needless_range_loop, reason = "an index keeps several arrays in step")]

use super::access::{
    Beside, LANES, STEP, bump, bump_mut, load_all, load_few, load_tail, load_updates, store_few, walk,
};
use super::{F32x4, F64x2, InOut};

/// Runs over `N` read streams and `M` updated ones, and reduces into `P` accumulators (1, 2 or 4):
/// vector k of a step goes to accumulator k modulo `P`.
///
/// Where a stream ends within a vector, `pads` fill the missing lanes of the read streams; choose
/// them so that they add nothing. Updated streams see zeros there. What is `beside` is prefetched.
///
/// # Panics
/// When the lengths differ.
#[inline(always)]
pub fn visit<const N: usize, const M: usize, const P: usize, A: Copy>(
    reads: [&[f32]; N],
    beside: Option<&[f32]>,
    pads: [f32; N],
    updates: [&mut [f32]; M],
    mut acc: [A; P],
    f: impl Fn(A, [F32x4; N], [F32x4; M]) -> (A, [F32x4; M]),
) -> [A; P] {
    let len = reads[0].len();
    let fit = reads.iter().all(|s| s.len() == len) && updates.iter().all(|s| s.len() == len);
    let fit = fit && beside.is_none_or(|beside| beside.len() == len);
    assert!(fit, "streams differ in length");
    let beside = beside.map(|beside| Beside::new(beside, reads[0]));
    let mut from = reads.map(<[f32]>::as_ptr);
    let mut to = updates.map(<[f32]>::as_mut_ptr);

    macro_rules! vector {
        ($k:expr, $offset:expr) => {{
            // SAFETY: LEN, STEP, ALIAS.
            unsafe {
                let old = load_updates(&to, $offset);
                let (a, new) = f(acc[$k % P], load_all(&from, $offset), old);
                acc[$k % P] = a;
                for i in 0..M {
                    new[i].store(to[i].add($offset));
                }
            }
        }};
    }
    macro_rules! advance {
        ($count:expr) => {
            // SAFETY: LEN, STEP: `$count` elements were there.
            unsafe {
                bump(&mut from, $count);
                bump_mut(&mut to, $count);
            }
        };
    }

    let end = from[0].wrapping_add(len & !(STEP - 1));
    while from[0] < end {
        if let Some(beside) = beside {
            // SAFETY: LEN.
            unsafe { beside.touch(from[0]) };
        }
        vector!(0, 0);
        vector!(1, LANES);
        if P > 1 {
            vector!(2, 2 * LANES);
            vector!(3, 3 * LANES);
            advance!(STEP);
        } else {
            advance!(2 * LANES);
        }
    }
    let end = from[0].wrapping_add(len & (STEP - 1) & !(LANES - 1));
    while from[0] < end {
        vector!(0, 0);
        advance!(LANES);
    }
    let rest = len & (LANES - 1);
    if rest > 0 {
        let room = len >= LANES;
        // SAFETY: LEN, ALIAS: `rest` elements, 1 to 3, are left in every stream; `room`: of 4 or more.
        unsafe {
            let old = to.map(|p| load_few(p, rest, 0.0));
            let read = core::array::from_fn(|i| load_tail(from[i], rest, pads[i], room));
            let (a, new) = f(acc[1 % P], read, old);
            acc[1 % P] = a;
            for i in 0..M {
                store_few(new[i], to[i], rest);
            }
        }
    }
    acc
}

/// Writes a function of the source and of `N` further streams, element by element.
///
/// Where they end within a vector, their last four elements are one more vector, so that some are written twice, with
/// the same bits: 2 to 6 % less for rows of 49, 127 and 129 than loads and stores of what is left over.
///
/// # Panics
/// When the lengths differ.
#[inline(always)]
pub fn map<const N: usize>(mut io: InOut<'_>, reads: [&[f32]; N], f: impl Fn(F32x4, [F32x4; N]) -> F32x4) {
    let len = io.len();
    assert!(reads.iter().all(|s| s.len() == len), "streams differ in length");
    let (mut source, mut destination) = io.pointers();
    let mut from = reads.map(<[f32]>::as_ptr);
    // (Before all else: with a call in their way the constants of `f` would wait in memory.)
    if len < LANES {
        // SAFETY: LEN: `len` elements are left in every stream; ALIAS.
        return unsafe { map_few(source, destination, from, len, f) };
    }
    // SAFETY: LEN: there are four elements.
    let last = unsafe { F32x4::load(source.add(len - LANES)) };

    macro_rules! vector {
        ($k:expr) => {
            // SAFETY: LEN, STEP, ALIAS.
            unsafe {
                let value = f(F32x4::load(source.add($k * LANES)), load_all(&from, $k * LANES));
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
    let rest = len & (LANES - 1);
    if rest > 0 {
        let back = LANES - rest;
        // SAFETY: LEN: of four elements or more, `rest` are left; ALIAS: their source was read before anything was
        // written.
        unsafe { f(last, from.map(|p| F32x4::load(p.sub(back)))).store(destination.sub(back)) };
    }
}

/// [`map`], while a stream that lies elsewhere is reduced into four accumulators, as [`visit`] does it: what the one
/// waits for leaves time for the other.
///
/// # Panics
/// When the lengths differ.
#[inline(always)]
pub fn map_and_visit<const N: usize, A: Copy>(
    mut io: InOut<'_>,
    reads: [&[f32]; N],
    visited: &[f32],
    pad: f32,
    mut acc: [A; 4],
    map: impl Fn(F32x4, [F32x4; N]) -> F32x4,
    visit: impl Fn(A, F32x4) -> A,
) -> [A; 4] {
    let len = io.len();
    assert!(visited.len() == len && reads.iter().all(|s| s.len() == len), "streams differ in length");
    let (mut source, mut destination) = io.pointers();
    let (mut from, mut next) = (reads.map(<[f32]>::as_ptr), visited.as_ptr());
    if len < LANES {
        if len > 0 {
            // SAFETY: LEN: `len` elements are left in every stream; ALIAS.
            unsafe {
                map_few(source, destination, from, len, map);
                acc[1] = visit(acc[1], load_few(next, len, pad));
            }
        }
        return acc;
    }
    // SAFETY: LEN: there are four elements.
    let last = unsafe { F32x4::load(source.add(len - LANES)) };

    macro_rules! vector {
        ($k:expr) => {
            // SAFETY: LEN, STEP, ALIAS.
            unsafe {
                let value = map(F32x4::load(source.add($k * LANES)), load_all(&from, $k * LANES));
                value.store(destination.add($k * LANES));
                acc[$k] = visit(acc[$k], F32x4::load(next.add($k * LANES)));
            }
        };
    }
    macro_rules! advance {
        ($count:expr) => {
            // SAFETY: LEN, STEP: `$count` elements were there.
            unsafe {
                source = source.add($count);
                destination = destination.add($count);
                next = next.add($count);
                bump(&mut from, $count);
            }
        };
    }

    walk!(source, len, vector, advance);
    let rest = len & (LANES - 1);
    if rest > 0 {
        let back = LANES - rest;
        // SAFETY: LEN: of four elements or more, `rest` are left; ALIAS: their source was read before anything was
        // written.
        unsafe {
            map(last, from.map(|p| F32x4::load(p.sub(back)))).store(destination.sub(back));
            acc[1] = visit(acc[1], load_tail(next, rest, pad, true));
        }
    }
    acc
}

/// [`map`] of at most three elements.
///
/// # Safety
/// * `source` and every pointer of `from` are valid for reads, `destination` for writes, of `len` f32; it overlaps
///   nothing but, element by element, its source.
#[inline(always)]
pub unsafe fn map_few<const N: usize>(
    source: *const f32,
    destination: *mut f32,
    from: [*const f32; N],
    len: usize,
    f: impl Fn(F32x4, [F32x4; N]) -> F32x4,
) {
    if len > 0 {
        // SAFETY: by this function's contract.
        unsafe { store_few(f(load_few(source, len, 0.0), from.map(|p| load_few(p, len, 0.0))), destination, len) };
    }
}

/// Adds every element to its f64 total, and sets it to zero.
///
/// # Panics
/// When the lengths differ.
#[inline(always)]
pub fn drain(partial: &mut [f32], totals: &mut [f64]) {
    let len = partial.len();
    assert!(totals.len() == len, "streams differ in length");
    let (mut from, mut to) = (partial.as_mut_ptr(), totals.as_mut_ptr());

    macro_rules! vector {
        ($k:expr) => {
            // SAFETY: LEN, STEP; ALIAS: both streams are exclusive.
            unsafe {
                let (from, to) = (from.add($k * LANES), to.add($k * LANES));
                let [low, high] = F32x4::load(from).widen();
                F32x4::splat(0.0).store(from);
                (F64x2::load(to) + low).store(to);
                (F64x2::load(to.add(2)) + high).store(to.add(2));
            }
        };
    }
    macro_rules! advance {
        ($count:expr) => {
            // SAFETY: LEN, STEP: `$count` elements were there.
            unsafe {
                from = from.add($count);
                to = to.add($count);
            }
        };
    }

    walk!(from, len, vector, advance);
    for _ in 0..len & (LANES - 1) {
        // SAFETY: LEN, ALIAS: 1 to 3 elements are left in both streams.
        unsafe {
            *to += f64::from(from.replace(0.0));
        }
        advance!(1);
    }
}
