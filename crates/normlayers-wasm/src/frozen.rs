//! Batch and instance norm with constants, over addresses: shapes as in `batch_norm`.

use normlayers::{batch_norm, frozen};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::memory::{
    affine, gradients, in_out, incoming, read, read_optional, statistics, statistics_mut, working_memory,
};

/// Running mean and variance (c, f32) as mean and rstd (c, f64).
#[wasm_bindgen]
pub unsafe fn frozen_statistics(
    running_mean: *const f32,
    running_var: *const f32,
    mean: *mut f64,
    rstd: *mut f64,
    c: usize,
    eps: f64,
) {
    // SAFETY: the contract of `memory` is this function's.
    unsafe { frozen::statistics(read(running_mean, c), read(running_var, c), eps, statistics_mut(mean, rstd, c)) }
}

/// y with constants mean and rstd (c), of batch and instance norm; shape and scratch as in `batch_norm_forward`.
#[wasm_bindgen]
pub unsafe fn frozen_forward(
    x: *const f32,
    y: *mut f32,
    weight: *const f32,
    bias: *const f32,
    mean: *const f64,
    rstd: *const f64,
    n: usize,
    c: usize,
    s: usize,
    scratch: *mut f64,
) {
    let shape = batch_norm::Shape { n, c, s };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        let (io, affine) = (in_out(x, y, n * c * s), affine(weight, bias, c));
        frozen::forward(shape, io, affine, statistics(mean, rstd, c), working_memory(scratch, shape.scratch()));
    }
}

/// Gradients with constants mean and rstd (c); shape and scratch as in `batch_norm_backward`.
#[wasm_bindgen]
pub unsafe fn frozen_backward(
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
        frozen::backward(
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
