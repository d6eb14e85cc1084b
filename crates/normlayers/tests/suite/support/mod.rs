//! What the suites share: seeded numbers, one exact oracle for all norms, the kernels behind one
//! interface, and comparisons.

mod bounds;
mod check;
mod families;
#[cfg(not(target_arch = "wasm32"))]
mod fixtures;
mod kernels;
mod norm;
mod oracle;
mod problem;
mod random;

pub use bounds::{Bounded, Solution, solve};
pub use check::{
    assert_close, assert_running, assert_solves, assert_solves_backward, assert_solves_forward, same_bits, same_bits64,
};
pub use families::{Data, INCOMING, Incoming};
#[cfg(not(target_arch = "wasm32"))]
pub use fixtures::{Fixture, each_fixture};
pub use kernels::{Ask, Dirty, Forward, Gradients, Place, Saved, backward, forward, forward_with, statistics};
pub use norm::{
    Norm, along, batch, batch_last, every_norm, frozen, frozen_last, group, group_last, instance, instance_last, layer,
    rms,
};
pub use oracle::Exact;
pub use problem::{AFFINE, Problem};
pub use random::Random;

/// The attribute of a test: the standard one, or that of the runner in wasm.
#[cfg(not(target_arch = "wasm32"))]
pub use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
pub use wasm_bindgen_test::wasm_bindgen_test as test;
