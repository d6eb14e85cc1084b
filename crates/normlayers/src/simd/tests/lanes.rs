//! Vectors do what plain arithmetic does, bit for bit, whatever is in their lanes.

use core::array::from_fn;

use super::{std, test};
use crate::simd::{F32x4, F64x2, F64x4, sqrt};

const AWKWARD: [f32; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    1.0 / 3.0,
    16_777_215.0,
    -16_777_216.0,
    1e-20,
    -1e20,
    3e38,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE,
    1e-40,
    -1.4e-45,
    f32::EPSILON,
    1.0 + f32::EPSILON,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Bits, with every NaN the same.
fn bits32(v: f32) -> u32 {
    if v.is_nan() { f32::NAN.to_bits() } else { v.to_bits() }
}

fn bits64(v: f64) -> u64 {
    if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() }
}

/// Vectors that bring every awkward value into every lane, beside different ones.
fn vectors() -> impl Iterator<Item = [f32; 4]> {
    let n = AWKWARD.len();
    (0..n * n)
        .step_by(if cfg!(miri) { 79 } else { 1 })
        .map(move |k| from_fn(|lane| AWKWARD[(k % n + lane * (1 + k / n)) % n]))
}

fn assert_lanes(op: fn(F32x4, F32x4) -> F32x4, plain: fn(f32, f32) -> f32) {
    for a in vectors() {
        for b in AWKWARD {
            for b in [[b; 4], [b, 1.0, -b, 0.25]] {
                let got = op(F32x4::from_array(a), F32x4::from_array(b)).to_array();
                let want: [f32; 4] = from_fn(|i| plain(a[i], b[i]));
                assert_eq!(got.map(bits32), want.map(bits32), "{a:?} {b:?}");
            }
        }
    }
}

#[test]
fn lanes_add_subtract_and_multiply_as_f32_does() {
    assert_lanes(|a, b| a + b, |a, b| a + b);
    assert_lanes(|a, b| a - b, |a, b| a - b);
    assert_lanes(|a, b| a * b, |a, b| a * b);
}

#[test]
fn lanes_keep_their_order_through_arrays_splats_and_memory() {
    for a in vectors() {
        assert_eq!(F32x4::from_array(a).to_array().map(bits32), a.map(bits32));
        assert_eq!(F32x4::splat(a[0]).to_array().map(bits32), [bits32(a[0]); 4]);
        for offset in 0..4 {
            let mut memory = [7.0f32; 12];
            memory[offset..offset + 4].copy_from_slice(&a);
            // SAFETY: `offset + 4 <= 12`, and so is `offset + 4 + 4`.
            unsafe { F32x4::load(memory.as_ptr().add(offset)).store(memory.as_mut_ptr().add(offset + 4)) };
            let want: [f32; 12] = from_fn(|i| if i < offset || i >= offset + 8 { 7.0 } else { a[(i - offset) % 4] });
            assert_eq!(memory.map(bits32), want.map(bits32));
        }
    }
}

#[test]
fn widen_gives_every_lane_in_f64() {
    for a in vectors() {
        let [low, high] = F32x4::from_array(a).widen().map(F64x2::to_array);
        assert_eq!([low[0], low[1], high[0], high[1]].map(bits64), a.map(|v| bits64(f64::from(v))));
    }
}

#[test]
fn four_f64_compute_as_f64_does() {
    let four = |op: fn(F64x4, F64x4) -> F64x4, a: &[f64; 4], b: &[f64; 4]| {
        let mut result = [9.0; 4];
        op(F64x4::of(a), F64x4::of(b)).write(&mut result);
        result.map(bits64)
    };
    for (a, b) in vectors().flat_map(|a| vectors().map(move |b| (a, b))) {
        let (mut narrowed, mut widened) = ([9.0; 4], [9.0; 4]);
        let [x, y] = [a, b].map(|v| v.map(|v| f64::from(v) / 3.0));
        let plain = |op: fn(f64, f64) -> f64| from_fn(|i| bits64(op(x[i], y[i])));
        assert_eq!(four(|a, b| a + b, &x, &y), plain(|a, b| a + b));
        assert_eq!(four(|a, b| a - b, &x, &y), plain(|a, b| a - b));
        assert_eq!(four(|a, b| a * b, &x, &y), plain(|a, b| a * b));
        assert_eq!(four(|a, b| a / b, &x, &y), plain(|a, b| a / b));
        assert_eq!(four(|a, _| a.sqrt(), &x, &y), plain(|a, _| sqrt(a)));
        assert_eq!(four(F64x4::zero_where_zero, &x, &y), plain(|a, b| if b == 0.0 { 0.0 } else { a }));
        assert_eq!(F64x4::of(&x).all_le(F64x4::of(&y)), (0..4).all(|i| x[i] <= y[i]));
        F64x4::of(&x).narrow().write(&mut narrowed);
        F64x4::from_f32(F32x4::of(&a)).write(&mut widened);
        assert_eq!(narrowed.map(bits32), x.map(|v| bits32(v as f32)));
        assert_eq!(widened.map(bits64), a.map(|v| bits64(f64::from(v))));
    }
}

#[test]
fn pairs_of_f64_add_load_and_store_as_f64_does() {
    for a in AWKWARD.map(|v| f64::from(v) / 3.0) {
        for b in AWKWARD.map(f64::from) {
            let mut memory = [9.0, a, b, 9.0, 9.0];
            // SAFETY: two f64 from 1 and two from 2 are within the five.
            unsafe { (F64x2::load(memory.as_ptr().add(1)) + F64x2::splat(b)).store(memory.as_mut_ptr().add(2)) };
            assert_eq!(memory.map(bits64), [9.0, a, a + b, b + b, 9.0].map(bits64));
            assert_eq!(F64x2::splat(a).to_array().map(bits64), [a, a].map(bits64));
        }
    }
}

#[test]
fn sqrt_is_correctly_rounded() {
    let values = AWKWARD.map(f64::from).into_iter().chain((0..1000).map(|i| f64::from(i) * 1.000_1e-3));
    for v in values.chain([f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e300]) {
        assert_eq!(bits64(sqrt(v)), bits64(std::primitive::f64::sqrt(v)), "{v}");
    }
}
