//! The suites of the kernels, natively and in wasm: one binary, since linking is what takes the time.

mod arguments;
mod batch_norm;
mod boundary;
mod corpus;
mod degenerate;
mod determinism;
mod edges;
mod finite_differences;
mod frozen;
mod group_norm;
mod instance_norm;
mod isolation;
mod layer_norm;
mod millions;
mod numerics;
mod overflow;
#[cfg(not(target_arch = "wasm32"))]
mod panics;
mod products;
#[cfg(not(target_arch = "wasm32"))]
mod properties;
mod proved;
#[cfg(not(target_arch = "wasm32"))]
mod pytorch;
mod rms_norm;
mod running;
mod scratch;
mod statistics;
mod support;
