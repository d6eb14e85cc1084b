//! The wasm boundary of normlayers: one export per operation and pass, over addresses in linear memory.
//!
//! Arguments are numbers. Addresses are byte offsets, 0 for what is absent; tensors are contiguous and
//! row major; x, y, dy, dx, parameters, their gradients and running statistics are f32, mean and rstd
//! are f64. `accumulate` is a set of bits: 1 adds to dx, 2 to dweight, 4 to dbias.
//!
//! Nothing here allocates: memory from `heap_base` on belongs to the caller, who has checked every
//! argument. The contract of all the exports is that of [`memory`].
#![no_std]
#![allow(clippy::too_many_arguments, reason = "the exports are numbers only: a parameter block in memory costs more")]
#![allow(clippy::missing_safety_doc, reason = "one contract for all of them, stated in `memory`")]

mod memory;
mod module;

use memory::{gradients, in_out, incoming, read, read_optional, saved, scratch_bytes, statistics, write_optional};
use normlayers::{Affine, Running, StatisticsMut};
use normlayers::{batch_norm, frozen, group_norm, instance_norm, layer_norm, rms_norm};
use wasm_bindgen::prelude::wasm_bindgen;

/// The first address that belongs to the caller.
#[wasm_bindgen]
pub fn heap_base() -> usize {
    memory::heap_base()
}

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
            memory::scratch(scratch, layer_norm::scratch(len)),
        );
    }
}

/// The bytes of scratch of `layer_norm_backward` and `rms_norm_backward`.
#[wasm_bindgen]
pub fn layer_norm_scratch(_rows: usize, len: usize) -> usize {
    scratch_bytes(layer_norm::scratch(len))
}

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
    unsafe { rms_norm::statistics(len, read(x, rows * len), eps, memory::write(rstd, rows)) }
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
            memory::scratch(scratch, layer_norm::scratch(len)),
        );
    }
}

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
        let scratch = memory::scratch(scratch, shape.scratch());
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
        group_norm::statistics(shape, read(x, n * c * s), eps, saved, memory::scratch(scratch, shape.scratch()));
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
            memory::scratch(scratch, shape.scratch()),
        );
    }
}

/// The bytes of scratch of the `group_norm_*` and `instance_norm_*` exports.
#[wasm_bindgen]
pub fn group_norm_scratch(n: usize, c: usize, s: usize, groups: usize, channels_last: bool) -> usize {
    scratch_bytes(group_norm::Shape { n, c, s, groups, channels_last }.scratch())
}

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
        let scratch = memory::scratch(scratch, shape.scratch());
        instance_norm::forward(shape, io, affine, eps, saved(mean, rstd, n * c), running, scratch);
    }
}

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
        let scratch = memory::scratch(scratch, shape.scratch());
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
        batch_norm::statistics(shape, read(x, n * c * s), eps, saved, memory::scratch(scratch, shape.scratch()));
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
            memory::scratch(scratch, shape.scratch()),
        );
    }
}

/// The bytes of scratch of the `batch_norm_*` and `frozen_*` exports.
#[wasm_bindgen]
pub fn batch_norm_scratch(n: usize, c: usize, s: usize) -> usize {
    scratch_bytes(batch_norm::Shape { n, c, s }.scratch())
}

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
        frozen::forward(shape, io, affine, statistics(mean, rstd, c), memory::scratch(scratch, shape.scratch()));
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
            memory::scratch(scratch, shape.scratch()),
        );
    }
}

unsafe fn affine<'a>(weight: *const f32, bias: *const f32, len: usize) -> Affine<'a> {
    // SAFETY: the contract of `memory` is this function's.
    unsafe { Affine { weight: read_optional(weight, len), bias: read_optional(bias, len) } }
}

unsafe fn statistics_mut<'a>(mean: *mut f64, rstd: *mut f64, len: usize) -> StatisticsMut<'a> {
    // SAFETY: the contract of `memory` is this function's.
    unsafe { StatisticsMut { mean: memory::write(mean, len), rstd: memory::write(rstd, len) } }
}

unsafe fn running<'a>(mean: *mut f32, var: *mut f32, c: usize, momentum: f64, unbiased: bool) -> Option<Running<'a>> {
    // SAFETY: the contract of `memory` is this function's.
    unsafe {
        let mean = write_optional(mean, c)?;
        Some(Running { mean, var: write_optional(var, c)?, momentum, unbiased })
    }
}
