//! Group norm over addresses: x is (n, c, s), or (n, s, c) with `channels_last`. Instance norm has its
//! statistics and backward here, with groups = c.

use normlayers::group_norm;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::memory::{
    affine, gradients, in_out, incoming, read, read_optional, saved, scratch_bytes, statistics, statistics_mut,
    working_memory,
};

/// x is (n, c, s), or (n, s, c) with `channels_last`; mean and rstd (n, groups) are saved unless 0;
/// `scratch` of `group_norm_scratch` bytes.
#[wasm_bindgen]
pub unsafe fn group_norm_forward(
    x: *const f32,
    y: *mut f32,
    weight: *const f32,
    bias: *const f32,
    mean: *mut f64,
    rstd: *mut f64,
    n: usize,
    c: usize,
    s: usize,
    groups: usize,
    channels_last: bool,
    eps: f64,
    scratch: *mut f64,
) {
    let shape = group_norm::Shape { n, c, s, groups, channels_last };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        let (io, affine) = (in_out(x, y, n * c * s), affine(weight, bias, c));
        let scratch = working_memory(scratch, shape.scratch());
        group_norm::forward(shape, io, affine, eps, saved(mean, rstd, n * groups), scratch);
    }
}

/// Mean and rstd (n, groups) of x; `scratch` of `group_norm_scratch` bytes. Instance norm: groups = c.
#[wasm_bindgen]
pub unsafe fn group_norm_statistics(
    x: *const f32,
    mean: *mut f64,
    rstd: *mut f64,
    n: usize,
    c: usize,
    s: usize,
    groups: usize,
    channels_last: bool,
    eps: f64,
    scratch: *mut f64,
) {
    let shape = group_norm::Shape { n, c, s, groups, channels_last };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        let saved = statistics_mut(mean, rstd, n * groups);
        group_norm::statistics(shape, read(x, n * c * s), eps, saved, working_memory(scratch, shape.scratch()));
    }
}

/// Gradients of group norm, and of instance norm (groups = c); `scratch` of `group_norm_scratch` bytes.
#[wasm_bindgen]
pub unsafe fn group_norm_backward(
    dy: *const f32,
    x: *const f32,
    weight: *const f32,
    mean: *const f64,
    rstd: *const f64,
    dx: *mut f32,
    dweight: *mut f32,
    dbias: *mut f32,
    n: usize,
    c: usize,
    s: usize,
    groups: usize,
    channels_last: bool,
    accumulate: u32,
    scratch: *mut f64,
) {
    let shape = group_norm::Shape { n, c, s, groups, channels_last };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        group_norm::backward(
            shape,
            read(x, n * c * s),
            incoming(dy, dx, n * c * s, accumulate),
            read_optional(weight, c),
            statistics(mean, rstd, n * groups),
            gradients(dweight, dbias, c, accumulate),
            working_memory(scratch, shape.scratch()),
        );
    }
}

/// The bytes of scratch of the `group_norm_*` and `instance_norm_*` exports.
#[wasm_bindgen]
pub fn group_norm_scratch(n: usize, c: usize, s: usize, groups: usize, channels_last: bool) -> f64 {
    scratch_bytes(group_norm::Shape { n, c, s, groups, channels_last }.scratch())
}
