//! Addresses in linear memory as slices: the only unsafe code of this crate but for exports that pass the contract on.
//!
//! Contract of every function here, and so of every export that passes addresses on:
//! * RANGE — an address starts as many elements of memory as are asked for, all of them at or above
//!   [`heap_base`]; it is aligned to the element, and not 0 even where none are asked for (a slice must
//!   not start there), but where 0 says that something is absent;
//! * ALIAS — what is written overlaps nothing else of the call, but y may be x and dx may be dy;
//! * LIFE — the memory is left alone by others until the call returns.
//!
//! The TypeScript side keeps it: it owns the memory above `heap_base`, and checks every tensor before a call.

use core::slice;

use normlayers::{
    Affine, Dx, Gradient, InOut, Incoming, ParameterGradients, Running, Scratch, ScratchSize, Statistics, StatisticsMut,
};

/// The first address that neither static data nor the stack occupies.
pub fn heap_base() -> usize {
    unsafe extern "C" {
        #[link_name = "__heap_base"]
        static HEAP_BASE: u8;
    }
    &raw const HEAP_BASE as usize
}

/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn read<'a, T>(at: *const T, len: usize) -> &'a [T] {
    // SAFETY: by this function's contract.
    unsafe { slice::from_raw_parts(at, len) }
}

/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn write<'a, T>(at: *mut T, len: usize) -> &'a mut [T] {
    // SAFETY: by this function's contract.
    unsafe { slice::from_raw_parts_mut(at, len) }
}

/// Absent where the address is 0.
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn read_optional<'a, T>(at: *const T, len: usize) -> Option<&'a [T]> {
    // SAFETY: by this function's contract.
    (!at.is_null()).then(|| unsafe { read(at, len) })
}

/// Absent where the address is 0.
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn write_optional<'a, T>(at: *mut T, len: usize) -> Option<&'a mut [T]> {
    // SAFETY: by this function's contract.
    (!at.is_null()).then(|| unsafe { write(at, len) })
}

/// x and y, in place where they are the same address.
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn in_out<'a>(x: *const f32, y: *mut f32, len: usize) -> InOut<'a> {
    // SAFETY: by this function's contract; x is read through y's slice where they are one.
    unsafe {
        if x == y.cast_const() { InOut::in_place(write(y, len)) } else { InOut::new(read(x, len), write(y, len)) }
    }
}

/// dy, and dx where it is asked for. Bit 0 of `accumulate` asks for a sum. (Not inlined: every
/// export of a backward would hold a copy.)
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
#[inline(never)]
pub unsafe fn incoming<'a>(dy: *const f32, dx: *mut f32, len: usize, accumulate: u32) -> Incoming<'a> {
    // SAFETY: by this function's contract.
    unsafe {
        if dx.is_null() {
            Incoming::Read(read(dy, len))
        } else if accumulate & 1 != 0 {
            Incoming::Into(Dx::accumulate(read(dy, len), write(dx, len)))
        } else {
            Incoming::Into(Dx::overwrite(in_out(dy, dx, len)))
        }
    }
}

/// The parameter gradients that are asked for. Bits 1 and 2 of `accumulate` ask for sums. (Not inlined: every
/// export of a backward would hold a copy.)
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
#[inline(never)]
pub unsafe fn gradients<'a>(dweight: *mut f32, dbias: *mut f32, len: usize, accumulate: u32) -> ParameterGradients<'a> {
    // SAFETY: by this function's contract.
    let gradient = |at, bit: u32| unsafe {
        write_optional(at, len).map(|values| Gradient { values, accumulate: accumulate & bit != 0 })
    };
    ParameterGradients { weight: gradient(dweight, 2), bias: gradient(dbias, 4) }
}

/// # Safety
/// * RANGE, LIFE.
pub unsafe fn statistics<'a>(mean: *const f64, rstd: *const f64, len: usize) -> Statistics<'a> {
    // SAFETY: by this function's contract.
    unsafe { Statistics { mean: read(mean, len), rstd: read(rstd, len) } }
}

/// Absent where the address of the mean is 0.
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn saved<'a>(mean: *mut f64, rstd: *mut f64, len: usize) -> Option<StatisticsMut<'a>> {
    // SAFETY: by this function's contract.
    (!mean.is_null()).then(|| unsafe { StatisticsMut { mean: write(mean, len), rstd: write(rstd, len) } })
}

/// Working memory: the f64 first, so that both are aligned.
///
/// # Safety
/// * RANGE (for `scratch_bytes(size)` bytes, aligned to 8), ALIAS, LIFE.
pub unsafe fn working_memory<'a>(at: *mut f64, size: ScratchSize) -> Scratch<'a> {
    // SAFETY: by this function's contract; both parts lie within `scratch_bytes(size)`.
    unsafe { Scratch { f64s: write(at, size.f64s), f32s: write(at.wrapping_add(size.f64s).cast(), size.f32s) } }
}

/// The bytes that [`working_memory`] takes: perhaps more than an address can count, for the caller to refuse.
pub fn scratch_bytes(size: ScratchSize) -> f64 {
    size.f64s as f64 * size_of::<f64>() as f64 + size.f32s as f64 * size_of::<f32>() as f64
}

/// Weight and bias, each absent where its address is 0.
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn affine<'a>(weight: *const f32, bias: *const f32, len: usize) -> Affine<'a> {
    // SAFETY: by this function's contract.
    unsafe { Affine { weight: read_optional(weight, len), bias: read_optional(bias, len) } }
}

/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn statistics_mut<'a>(mean: *mut f64, rstd: *mut f64, len: usize) -> StatisticsMut<'a> {
    // SAFETY: by this function's contract.
    unsafe { StatisticsMut { mean: write(mean, len), rstd: write(rstd, len) } }
}

/// Absent where the address of the mean is 0.
///
/// # Safety
/// * RANGE, ALIAS, LIFE.
pub unsafe fn running<'a>(
    mean: *mut f32,
    var: *mut f32,
    c: usize,
    momentum: f64,
    unbiased: bool,
) -> Option<Running<'a>> {
    // SAFETY: by this function's contract.
    unsafe {
        let mean = write_optional(mean, c)?;
        Some(Running { mean, var: write_optional(var, c)?, momentum, unbiased })
    }
}
