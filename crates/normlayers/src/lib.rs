//! Forward and backward passes of batch, layer, instance, group and RMS normalization, over f32 data.
//!
//! Every operation is `y = weight · (x − mean) · rstd + bias`, with the statistics taken over one set
//! of axes and the parameters indexed by another. Variance is the biased one, `rstd = 1/sqrt(var + eps)`.
//!
//! | module | statistics over | parameters per |
//! | --- | --- | --- |
//! | [`layer_norm`], [`rms_norm`] | the row | element of the row |
//! | [`batch_norm`] | batch and positions, per channel | channel |
//! | [`group_norm`], [`instance_norm`] | positions and the channels of a group, per data point | channel |
//! | [`frozen`] | constants (running statistics) | channel |
//!
//! How it hangs together, from the top: an operation's module maps its shape onto a core (`rows`, or `planes` and
//! `columns`, the two sides of `layout`); a core combines `statistics` (values) with the loops of
//! `simd`. All memory is the caller's, [`Scratch`] included. The order of every sum is fixed by the
//! shape alone.
//!
//! Numerics: the mean is kept in f64 and subtracted as hi + lo; sums run in short f32 blocks that
//! add up in f64; where f32 cannot hold a statistic, its passes run in f64.
//!
//! All functions panic when a slice does not fit its shape.
#![no_std]

mod affine;
mod caches;
mod channel;
mod channel_sums;
mod columns;
mod gradient;
mod layout;
mod planes;
mod records;
mod rows;
mod running;
mod runs;
mod scratch;
mod simd;
mod statistics;

pub mod batch_norm;
pub mod frozen;
pub mod group_norm;
pub mod instance_norm;
pub mod layer_norm;
pub mod rms_norm;

pub use affine::Affine;
pub use gradient::{Dx, Gradient, Incoming, ParameterGradients};
pub use running::Running;
pub use scratch::{Scratch, ScratchSize};
pub use simd::InOut;
pub use statistics::{Statistics, StatisticsMut};
