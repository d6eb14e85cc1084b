//! Layer norm over addresses: x is (rows, len), row major.

use normlayers::layer_norm;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::memory::{
    affine, gradients, in_out, incoming, read, read_optional, saved, scratch_bytes, statistics, statistics_mut,
    working_memory,
};

/// x is (rows, len); mean and rstd (rows) are saved unless 0.
#[wasm_bindgen]
pub unsafe fn layer_norm_forward(
    x: *const f32,
    y: *mut f32,
    weight: *const f32,
    bias: *const f32,
    mean: *mut f64,
    rstd: *mut f64,
    rows: usize,
    len: usize,
    eps: f64,
) {
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        layer_norm::forward(len, in_out(x, y, rows * len), affine(weight, bias, len), eps, saved(mean, rstd, rows));
    }
}

/// Mean and rstd (rows) of x (rows, len).
#[wasm_bindgen]
pub unsafe fn layer_norm_statistics(x: *const f32, mean: *mut f64, rstd: *mut f64, rows: usize, len: usize, eps: f64) {
    // SAFETY: the contract of `memory` is this function's.
    unsafe { layer_norm::statistics(len, read(x, rows * len), eps, statistics_mut(mean, rstd, rows)) }
}

/// Gradients of layer norm; `scratch` of `layer_norm_scratch` bytes.
#[wasm_bindgen]
pub unsafe fn layer_norm_backward(
    dy: *const f32,
    x: *const f32,
    weight: *const f32,
    mean: *const f64,
    rstd: *const f64,
    dx: *mut f32,
    dweight: *mut f32,
    dbias: *mut f32,
    rows: usize,
    len: usize,
    accumulate: u32,
    scratch: *mut f64,
) {
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        layer_norm::backward(
            len,
            read(x, rows * len),
            incoming(dy, dx, rows * len, accumulate),
            read_optional(weight, len),
            statistics(mean, rstd, rows),
            gradients(dweight, dbias, len, accumulate),
            working_memory(scratch, layer_norm::scratch(rows, len)),
        );
    }
}

/// The bytes of scratch of `layer_norm_backward` and `rms_norm_backward`.
#[wasm_bindgen]
pub fn layer_norm_scratch(rows: usize, len: usize) -> f64 {
    scratch_bytes(layer_norm::scratch(rows, len))
}
