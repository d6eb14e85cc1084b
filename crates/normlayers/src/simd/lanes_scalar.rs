//! The scalar twin of the simd128 vectors: the same operations, lane by lane, with the same bits.

extern crate std;

use core::array::from_fn;
use core::ops::{Add, Div, Mul, Sub};

/// Four f32 lanes.
#[derive(Clone, Copy)]
pub struct F32x4([f32; 4]);

/// Two f64 lanes.
#[derive(Clone, Copy)]
pub struct F64x2([f64; 2]);

impl F32x4 {
    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    pub fn from_array(lanes: [f32; 4]) -> Self {
        Self(lanes)
    }

    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        self.0
    }

    /// # Safety
    /// * `from` is valid for reads of four f32; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        // SAFETY: `from` is valid for 16 bytes by this function's contract; the read is unaligned.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    /// # Safety
    /// * `to` is valid for writes of four f32; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        // SAFETY: `to` is valid for 16 bytes by this function's contract; the write is unaligned.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    /// The last `count` (1 to 3) lanes moved to the front, those of `pad` behind them.
    #[inline(always)]
    pub fn tail(self, count: usize, pad: Self) -> Self {
        Self(from_fn(|k| if k < count { self.0[4 - count + k] } else { pad.0[k] }))
    }

    /// The first `count` (1 to 3) lanes replaced by those of `value`.
    #[inline(always)]
    pub fn with_head(self, value: Self, count: usize) -> Self {
        Self(from_fn(|k| if k < count { value.0[k] } else { self.0[k] }))
    }

    /// The opposite of [`F32x4::widen`]: each lane rounded to the nearest f32.
    #[inline(always)]
    pub fn narrow([low, high]: [F64x2; 2]) -> Self {
        Self([low.0[0] as f32, low.0[1] as f32, high.0[0] as f32, high.0[1] as f32])
    }

    /// The lower and the upper two lanes in f64: `[0, 1]` and `[2, 3]`.
    #[inline(always)]
    pub fn widen(self) -> [F64x2; 2] {
        let [a, b, c, d] = self.0.map(f64::from);
        [F64x2([a, b]), F64x2([c, d])]
    }
}

impl F64x2 {
    #[inline(always)]
    pub fn splat(value: f64) -> Self {
        Self([value; 2])
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(self.0.map(sqrt))
    }

    /// Zero in the lanes where `other` is zero.
    #[inline(always)]
    pub fn zero_where_zero(self, other: Self) -> Self {
        Self(from_fn(|i| if other.0[i] == 0.0 { 0.0 } else { self.0[i] }))
    }

    /// Whether every lane is at most that of `other`; none is NaN then.
    #[inline(always)]
    pub fn all_le(self, other: Self) -> bool {
        self.0[0] <= other.0[0] && self.0[1] <= other.0[1]
    }

    #[inline(always)]
    pub fn to_array(self) -> [f64; 2] {
        self.0
    }

    /// # Safety
    /// * `from` is valid for reads of two f64; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn load(from: *const f64) -> Self {
        // SAFETY: `from` is valid for 16 bytes by this function's contract; the read is unaligned.
        Self(unsafe { from.cast::<[f64; 2]>().read_unaligned() })
    }

    /// # Safety
    /// * `to` is valid for writes of two f64; no alignment is asked for.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f64) {
        // SAFETY: `to` is valid for 16 bytes by this function's contract; the write is unaligned.
        unsafe { to.cast::<[f64; 2]>().write_unaligned(self.0) }
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] * other.0[i]))
    }
}

impl Add for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] * other.0[i]))
    }
}

impl Div for F64x2 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] / other.0[i]))
    }
}

/// The square root, correctly rounded.
#[inline(always)]
pub fn sqrt(value: f64) -> f64 {
    std::primitive::f64::sqrt(value)
}
