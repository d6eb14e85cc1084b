//! What the loops share: vectors and partial vectors from and to memory, and pointers that move on.

use super::F32x4;

/// Elements of a vector.
pub const LANES: usize = 4;
/// Elements of a step.
pub const STEP: usize = 4 * LANES;

/// The first `count` (1 to 3) lanes from memory, `pad` in the others.
///
/// # Safety
/// * `from` is valid for reads of `count` f32.
#[inline(always)]
pub unsafe fn load_partial(from: *const f32, count: usize, pad: f32) -> F32x4 {
    let mut lanes = [pad; LANES];
    // SAFETY: lane k is read only when `count` > k.
    unsafe {
        lanes[0] = from.read();
        if count > 1 {
            lanes[1] = from.add(1).read();
        }
        if count > 2 {
            lanes[2] = from.add(2).read();
        }
    }
    F32x4::from_array(lanes)
}

/// The first `count` (1 to 3) lanes to memory.
///
/// # Safety
/// * `to` is valid for writes of `count` f32.
#[inline(always)]
pub unsafe fn store_partial(value: F32x4, to: *mut f32, count: usize) {
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

/// A vector at `offset` elements behind each pointer.
///
/// # Safety
/// * every pointer is valid for reads of `offset + 4` f32.
#[inline(always)]
pub unsafe fn load_all<const N: usize>(from: &[*const f32; N], offset: usize) -> [F32x4; N] {
    // SAFETY: by this function's contract.
    core::array::from_fn(|i| unsafe { F32x4::load(from[i].add(offset)) })
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
