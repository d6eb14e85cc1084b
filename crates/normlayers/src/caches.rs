//! How large the caches are taken to be, since WebAssembly cannot ask: what stays near between two passes, and what comes
//! from memory behind them. None of it changes a bit of a result.

use crate::simd::InOut;

/// So many elements stay near from their statistics to y: rows, or groups, that are taken together.
pub(crate) const NEAR: usize = if cfg!(miri) { 64 } else { 4096 };
/// So many elements of x, with as many of dy and of dx, stay in the second cache between two passes: backward of one
/// image of 320 × 64 × 64 in 32 groups takes 0.7 of the time that it takes with sums over all of the image first.
pub(crate) const NEAR_FOR_TWO: usize = 1 << 15;
/// Tensors of so many elements come from memory behind the caches. (Few in debug builds: tests go both ways then, and
/// neither may change a bit.)
const FAR: usize = if cfg!(miri) {
    1
} else if cfg!(debug_assertions) {
    1 << 12
} else {
    1 << 21
};

/// So many elements of a channel, and of its y, stay in a second cache of a megabyte.
pub(crate) const NEAR_CHANNEL: usize = 1 << 17;

/// Whether tensors of so many elements come from memory behind the caches.
pub(crate) fn is_far(elements: usize) -> bool {
    elements >= FAR
}

/// What a pass of sums over a `part` of so many elements of `all` prefetches on its way: where the next pass will
/// write, for stores to wait less. In far memory group norm takes 0.75 of the time so, its backward 0.88, that of layer
/// norm 0.8 to 0.9. (What is nearer takes up to 1.1 times as long, and is left alone.)
pub(crate) fn beside<'a>(io: &'a InOut<'_>, part: usize, all: usize) -> Option<&'a [f32]> {
    (is_far(all) && part <= NEAR_FOR_TWO).then(|| io.before())
}
