//! RMS norm over addresses: x is (rows, len), row major.

use normlayers::{layer_norm, rms_norm};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::memory::{affine, gradients, in_out, incoming, read, read_optional, working_memory, write, write_optional};

/// x is (rows, len); rstd (rows) is saved unless 0.
#[wasm_bindgen]
pub unsafe fn rms_norm_forward(
    x: *const f32,
    y: *mut f32,
    weight: *const f32,
    bias: *const f32,
    rstd: *mut f64,
    rows: usize,
    len: usize,
    eps: f64,
) {
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        rms_norm::forward(len, in_out(x, y, rows * len), affine(weight, bias, len), eps, write_optional(rstd, rows));
    }
}

/// rstd (rows) of x (rows, len).
#[wasm_bindgen]
pub unsafe fn rms_norm_statistics(x: *const f32, rstd: *mut f64, rows: usize, len: usize, eps: f64) {
    // SAFETY: the contract of `memory` is this function's.
    unsafe { rms_norm::statistics(len, read(x, rows * len), eps, write(rstd, rows)) }
}

/// Gradients of RMS norm; `scratch` of `layer_norm_scratch` bytes.
#[wasm_bindgen]
pub unsafe fn rms_norm_backward(
    dy: *const f32,
    x: *const f32,
    weight: *const f32,
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
        rms_norm::backward(
            len,
            read(x, rows * len),
            incoming(dy, dx, rows * len, accumulate),
            read_optional(weight, len),
            read(rstd, rows),
            gradients(dweight, dbias, len, accumulate),
            working_memory(scratch, layer_norm::scratch(rows, len)),
        );
    }
}
