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

mod batch_norm;
mod frozen;
mod group_norm;
mod instance_norm;
mod layer_norm;
mod memory;
mod module;
mod rms_norm;

use wasm_bindgen::prelude::wasm_bindgen;

/// The first address that belongs to the caller.
#[wasm_bindgen]
pub fn heap_base() -> usize {
    memory::heap_base()
}
