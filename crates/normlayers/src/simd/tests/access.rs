//! Partial vectors from and to memory touch their elements alone.

use core::array::from_fn;

use super::{Guarded, test};
use crate::simd::F32x4;
use crate::simd::access::{load_few, load_tail, store_few};

/// The last `count` elements of a slice of `len`, by themselves and after others: nothing before the first
/// element is read, nor behind the last.
#[test]
fn tails_begin_and_end_with_their_slice() {
    for len in 1..=8 {
        for count in 1..=len.min(3) {
            let mut x = Guarded::new(len, 1, 1);
            let mut want = x.values().to_vec();
            let tail: [f32; 4] = from_fn(|k| if k < count { want[len - count + k] } else { 9.0 });
            // SAFETY: `count <= len` elements are left behind `at`, and with `room` 4 end with the slice.
            unsafe {
                let at = x.values().as_ptr().add(len - count);
                assert_eq!(load_few(at, count, 9.0).to_array(), tail, "{len} {count}");
                assert_eq!(load_tail(at, count, 9.0, len >= 4).to_array(), tail, "{len} {count}");
                let value = F32x4::from_array([1.5, 2.5, 3.5, 4.5]);
                store_few(value, x.values_mut().as_mut_ptr().add(len - count), count);
            }
            want[len - count..].copy_from_slice(&[1.5, 2.5, 3.5][..count]);
            x.assert(&want, (len, count));
        }
    }
}
