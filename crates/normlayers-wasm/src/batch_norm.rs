//! Batch norm over addresses: x is (n, c, s); with channels last, n counts the positions too and s = 1.

use normlayers::batch_norm;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::memory::{
    affine, gradients, in_out, incoming, read, read_optional, running, saved, scratch_bytes, statistics,
    statistics_mut, working_memory,
};

/// x is (n, c, s); with channels last, n counts the positions too and s = 1; mean and rstd (c) are saved,
/// running statistics (c) updated, unless 0; `scratch` of `batch_norm_scratch` bytes.
#[wasm_bindgen]
pub unsafe fn batch_norm_forward(
    x: *const f32,
    y: *mut f32,
    weight: *const f32,
    bias: *const f32,
    mean: *mut f64,
    rstd: *mut f64,
    running_mean: *mut f32,
    running_var: *mut f32,
    n: usize,
    c: usize,
    s: usize,
    eps: f64,
    momentum: f64,
    unbiased: bool,
    scratch: *mut f64,
) {
    let shape = batch_norm::Shape { n, c, s };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        let (io, affine) = (in_out(x, y, n * c * s), affine(weight, bias, c));
        let running = running(running_mean, running_var, c, momentum, unbiased);
        let scratch = working_memory(scratch, shape.scratch());
        batch_norm::forward(shape, io, affine, eps, saved(mean, rstd, c), running, scratch);
    }
}

/// Mean and rstd (c) of x; `scratch` of `batch_norm_scratch` bytes.
#[wasm_bindgen]
pub unsafe fn batch_norm_statistics(
    x: *const f32,
    mean: *mut f64,
    rstd: *mut f64,
    n: usize,
    c: usize,
    s: usize,
    eps: f64,
    scratch: *mut f64,
) {
    let shape = batch_norm::Shape { n, c, s };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        let saved = statistics_mut(mean, rstd, c);
        batch_norm::statistics(shape, read(x, n * c * s), eps, saved, working_memory(scratch, shape.scratch()));
    }
}

/// Gradients of batch norm in training; `scratch` of `batch_norm_scratch` bytes.
#[wasm_bindgen]
pub unsafe fn batch_norm_backward(
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
    accumulate: u32,
    scratch: *mut f64,
) {
    let shape = batch_norm::Shape { n, c, s };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        batch_norm::backward(
            shape,
            read(x, n * c * s),
            incoming(dy, dx, n * c * s, accumulate),
            read_optional(weight, c),
            statistics(mean, rstd, c),
            gradients(dweight, dbias, c, accumulate),
            working_memory(scratch, shape.scratch()),
        );
    }
}

/// The bytes of scratch of the `batch_norm_*` and `frozen_*` exports.
#[wasm_bindgen]
pub fn batch_norm_scratch(n: usize, c: usize, s: usize) -> f64 {
    scratch_bytes(batch_norm::Shape { n, c, s }.scratch())
}
