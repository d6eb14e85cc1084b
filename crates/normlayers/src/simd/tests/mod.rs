//! Vectors do what plain arithmetic does, bit for bit, and every driver visits and writes each element
//! once, whatever the length and the alignment, and nothing beside it.
//!
//! The drivers run on small integers, whose sums are exact in any order: each is compared for equality
//! with a naive loop.

extern crate std;

mod access;
mod guarded;
mod in_out;
mod lanes;
#[cfg(not(target_arch = "wasm32"))]
mod panics;
mod records;
mod runs;
mod streams;

#[cfg(not(target_arch = "wasm32"))]
use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use self::guarded::Guarded;
use super::F32x4;

fn sum_of_lanes<const P: usize>(acc: [F32x4; P]) -> f32 {
    acc.iter().flat_map(|v| v.to_array()).sum()
}
