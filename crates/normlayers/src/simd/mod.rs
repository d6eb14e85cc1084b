//! Vectors, and the loops that run over slices with them: the only unsafe code of this crate.
//!
//! * `lanes_*`: [`F32x4`] and [`F64x2`], over simd128 in wasm, and a scalar twin elsewhere that
//!   performs the same IEEE operations in the same order and so gives the same bits.
//! * `access`: what the loops share: how they go along, partial vectors, pointers that move on, and fetching.
//! * `four`: four f64 beside four f32, for the constants of four channels.
//! * `in_out`: a source and a destination that are either disjoint or the same memory.
//! * `streams`, `runs` and `records`: loops along slices, along runs with constants of their own, and down the rows of
//!   matrices, to reduce (`visit`) or to write (`map`); safe drivers that take the arithmetic as a closure.
//!
//! Everything above this module is written with these, in safe Rust.

mod access;
mod four;
mod in_out;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[path = "lanes_scalar.rs"]
mod lanes;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "lanes_wasm.rs"]
mod lanes;
mod records;
mod runs;
mod streams;

#[cfg(test)]
mod tests;

pub(crate) use access::LANES;
pub(crate) use four::F64x4;
pub use in_out::InOut;
pub(crate) use lanes::{F32x4, F64x2, sqrt};
pub(crate) use records::{drain_records, map_rows, visit_rows};
pub(crate) use runs::{Runs, map_runs, visit_runs};
pub(crate) use streams::{drain, map, map_and_visit, visit};
