//! Instance norm over addresses: group norm with a channel per group, and running statistics.

use normlayers::{group_norm, instance_norm};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::memory::{affine, in_out, running, saved, working_memory};

/// x as in `group_norm_forward`; mean and rstd (n, c) are saved, running statistics (c) updated, unless 0.
#[wasm_bindgen]
pub unsafe fn instance_norm_forward(
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
    channels_last: bool,
    eps: f64,
    momentum: f64,
    unbiased: bool,
    scratch: *mut f64,
) {
    let shape = group_norm::Shape { n, c, s, groups: c, channels_last };
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        let (io, affine) = (in_out(x, y, n * c * s), affine(weight, bias, c));
        let running = running(running_mean, running_var, c, momentum, unbiased);
        let scratch = working_memory(scratch, shape.scratch());
        instance_norm::forward(shape, io, affine, eps, saved(mean, rstd, n * c), running, scratch);
    }
}
