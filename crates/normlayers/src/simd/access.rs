//! What the loops share: vectors and partial vectors from and to memory, and pointers that move on.

use super::F32x4;

/// Elements of a vector.
pub const LANES: usize = 4;
/// Elements of a step.
pub const STEP: usize = 4 * LANES;

/// Goes along `$len` elements in steps and then in vectors: `$vector!(k)` is vector k, 0 to 3, of a step, and `$advance!(n)`
/// moves all pointers on, `$pointer` among them. What is left at the end fills no vector.
macro_rules! walk {
    ($pointer:expr, $len:expr, $vector:ident, $advance:ident) => {
        let end = $pointer.wrapping_add($len & !(STEP - 1));
        while $pointer < end {
            $vector!(0);
            $vector!(1);
            $vector!(2);
            $vector!(3);
            $advance!(STEP);
        }
        let end = $pointer.wrapping_add($len & (STEP - 1) & !(LANES - 1));
        while $pointer < end {
            $vector!(0);
            $advance!(LANES);
        }
    };
}
pub(super) use walk;

/// The `count` (1 to 3) elements at `from` in the first lanes, `pad` in the others. `room` tells that four
/// elements may be read up to their end: one load and a shuffle then, instead of a load for each.
///
/// # Safety
/// * `from` is valid for reads of `count` f32, and with `room` for those of `4 - count` before it.
#[inline(always)]
pub unsafe fn load_tail(from: *const f32, count: usize, pad: f32, room: bool) -> F32x4 {
    if room {
        // SAFETY: by this function's contract.
        unsafe { F32x4::load(from.sub(LANES - count)) }.tail(count, F32x4::splat(pad))
    } else {
        // SAFETY: by this function's contract.
        unsafe { load_few(from, count, pad) }
    }
}

/// The first `count` (1 to 3) lanes to memory, one by one: a vector that was read there first would have to
/// wait for the stores before it.
///
/// # Safety
/// * `to` is valid for writes of `count` f32.
#[inline(always)]
pub unsafe fn store_few(value: F32x4, to: *mut f32, count: usize) {
    let lanes = value.to_array();
    // SAFETY: lane k is written only when `count` > k.
    unsafe {
        to.write(lanes[0]);
        if count > 1 {
            to.add(1).write(lanes[1]);
        }
        if count > 2 {
            to.add(2).write(lanes[2]);
        }
    }
}

/// [`load_tail`] without room.
///
/// # Safety
/// * `from` is valid for reads of `count` f32.
#[inline(never)]
pub unsafe fn load_few(from: *const f32, count: usize, pad: f32) -> F32x4 {
    // SAFETY: lane k is read only when `count` > k.
    F32x4::from_array(core::array::from_fn(|k| if k < count { unsafe { from.add(k).read() } } else { pad }))
}

/// A vector at `offset` elements behind each pointer.
///
/// # Safety
/// * every pointer is valid for reads of `offset + 4` f32.
#[inline(always)]
pub unsafe fn load_all<const N: usize>(from: &[*const f32; N], offset: usize) -> [F32x4; N] {
    // SAFETY: by this function's contract.
    core::array::from_fn(|i| unsafe { F32x4::load(from[i].add(offset)) })
}

/// A stream that is prefetched while another is read: with every step there, an element is read here too, and not used,
/// which brings its line into the cache.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    values: &'a [f32],
    distance: usize,
}

impl<'a> Beside<'a> {
    #[inline(always)]
    pub fn new(values: &'a [f32], stream: &[f32]) -> Self {
        Self { values, distance: values.as_ptr().addr().wrapping_sub(stream.as_ptr().addr()) }
    }

    /// Reads the element that has the index of `at`.
    ///
    /// # Safety
    /// * `at` is an element of the other stream, at an index below `values.len()`.
    #[inline(always)]
    pub unsafe fn touch(self, at: *const f32) {
        let beside = self.values.as_ptr().with_addr(at.addr().wrapping_add(self.distance));
        // SAFETY: by this function's contract. (Volatile: what is not used is else not read.)
        unsafe { beside.read_volatile() };
    }
}

/// [`load_all`] for updated streams.
///
/// # Safety
/// * every pointer is valid for reads of `offset + 4` f32.
#[inline(always)]
pub unsafe fn load_updates<const N: usize>(from: &[*mut f32; N], offset: usize) -> [F32x4; N] {
    // SAFETY: by this function's contract.
    core::array::from_fn(|i| unsafe { F32x4::load(from[i].add(offset)) })
}

/// Moves every pointer on. (In place: LLVM packs a mapped pair of pointers into an i64.)
///
/// # Safety
/// * every pointer stays within, or one past the end of, its slice.
#[inline(always)]
pub unsafe fn bump<const N: usize>(pointers: &mut [*const f32; N], count: usize) {
    for p in pointers {
        // SAFETY: by this function's contract.
        *p = unsafe { p.add(count) };
    }
}

/// [`bump`] for destinations.
///
/// # Safety
/// * every pointer stays within, or one past the end of, its slice.
#[inline(always)]
pub unsafe fn bump_mut<const N: usize>(pointers: &mut [*mut f32; N], count: usize) {
    for p in pointers {
        // SAFETY: by this function's contract.
        *p = unsafe { p.add(count) };
    }
}
