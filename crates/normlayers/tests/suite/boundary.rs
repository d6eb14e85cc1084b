//! The wasm boundary makes of addresses the slices that were meant, absent ones of 0, and one slice of x and y that are
//! the same. The module is that of the wasm crate, which builds for wasm alone: here Miri can watch it.

#[allow(dead_code, reason = "where the heap starts, only a linker for wasm knows")]
#[path = "../../../normlayers-wasm/src/memory.rs"]
mod memory;

use crate::support::{Dirty, test};
use core::ptr::{null, null_mut};
use normlayers::{Incoming, ParameterGradients, ScratchSize, Statistics, batch_norm, frozen};

#[test]
fn slices_have_the_elements_asked_for() {
    let mut x = vec![1.0f32, 2.0, 3.0];
    // SAFETY: RANGE, ALIAS, LIFE: three elements, used one borrow at a time.
    unsafe {
        assert_eq!(memory::read(x.as_ptr(), 3), [1.0, 2.0, 3.0]);
        assert_eq!(memory::read(x.as_ptr().add(2), 1), [3.0]);
        memory::write(x.as_mut_ptr(), 3)[2] = 7.0;
        memory::write(x.as_mut_ptr(), 1)[0] = 5.0;
    }
    assert_eq!(x, [5.0, 2.0, 7.0]);
}

#[test]
fn nothing_is_read_or_written_of_an_empty_tensor() {
    let (mut single, mut double) = ([1.0f32], [2.0f64]);
    let at = single.as_mut_ptr();
    // SAFETY: RANGE: no elements are asked for, at addresses that are aligned and not 0.
    unsafe {
        assert!(memory::read(at, 0).is_empty());
        assert!(memory::write(double.as_mut_ptr(), 0).is_empty());
        assert_eq!(memory::in_out(at, at, 0).len(), 0);
    }
    assert_eq!((single, double), ([1.0], [2.0]));
}

#[test]
fn an_address_of_0_is_absence() {
    let mut v = vec![1.0f32, 2.0];
    let mut d = vec![3.0f64, 4.0];
    let (at, d_at) = (v.as_mut_ptr(), d.as_mut_ptr());
    // SAFETY: RANGE, ALIAS, LIFE: two elements each, or none where the address is 0.
    unsafe {
        assert!(memory::read_optional::<f32>(null(), 2).is_none());
        assert!(memory::write_optional::<f32>(null_mut(), 2).is_none());
        assert_eq!(memory::read_optional(at.cast_const(), 2), Some(&[1.0, 2.0][..]));
        assert_eq!(memory::write_optional(at, 2), Some(&mut [1.0, 2.0][..]));

        let affine = memory::affine(at, null(), 2);
        assert!(affine.weight == Some(&[1.0, 2.0]) && affine.bias.is_none());
        let affine = memory::affine(null(), at, 2);
        assert!(affine.weight.is_none() && affine.bias == Some(&[1.0, 2.0]));

        assert!(memory::saved(null_mut(), d_at, 2).is_none());
        let saved = memory::saved(d_at, d_at.add(1), 1).unwrap();
        assert!(saved.mean == [3.0] && saved.rstd == [4.0]);
        let given = memory::statistics_mut(d_at.add(1), d_at, 1);
        assert!(given.mean == [4.0] && given.rstd == [3.0]);
        let known = memory::statistics(d_at, d_at.add(1), 1);
        assert!(known.mean == [3.0] && known.rstd == [4.0]);

        assert!(memory::running(null_mut(), at, 1, 0.5, true).is_none());
        assert!(memory::running(at, null_mut(), 1, 0.5, true).is_none());
        let running = memory::running(at, at.add(1), 1, 0.5, true).unwrap();
        assert!(running.mean == [1.0] && running.var == [2.0]);
        assert!(running.momentum == 0.5 && running.unbiased);
    }
}

#[test]
fn one_address_is_in_place_and_two_are_not() {
    let (x, mut y) = (vec![1.0f32, 2.0, 3.0], vec![0.0f32; 3]);
    // SAFETY: RANGE, ALIAS, LIFE: three elements each, apart or the same.
    unsafe {
        memory::in_out(x.as_ptr(), y.as_mut_ptr(), 3).update(2, |v| v * 2.0);
        assert_eq!(y, [0.0, 0.0, 6.0]);
        let at = y.as_mut_ptr();
        memory::in_out(at, at, 3).update(2, |v| v + 1.0);
    }
    assert_eq!((x, y), (vec![1.0, 2.0, 3.0], vec![0.0, 0.0, 7.0]));
}

#[test]
fn each_bit_of_accumulate_is_of_one_gradient() {
    let mut v = vec![0.0f32; 4];
    let (dweight, dbias) = (v.as_mut_ptr(), v.as_mut_ptr().wrapping_add(2));
    for bits in 0..8 {
        // SAFETY: RANGE, ALIAS, LIFE: two elements each, apart.
        let asked = unsafe { memory::gradients(dweight, dbias, 2, bits) };
        assert_eq!(asked.weight.unwrap().accumulate, bits & 2 != 0, "{bits}");
        assert_eq!(asked.bias.unwrap().accumulate, bits & 4 != 0, "{bits}");
    }
    // SAFETY: none is asked for.
    let none = unsafe { memory::gradients(null_mut(), null_mut(), 2, 7) };
    assert!(none.weight.is_none() && none.bias.is_none());
}

#[test]
fn dx_is_overwritten_or_added_to_or_not_asked_for() {
    let dy = [1.0f32, 2.0];
    for (bits, want) in [(0, [1.0, 2.0]), (6, [1.0, 2.0]), (1, [11.0, 22.0]), (7, [11.0, 22.0])] {
        let mut dx = vec![10.0f32, 20.0];
        // SAFETY: RANGE, ALIAS, LIFE: two elements each, apart.
        let incoming = unsafe { memory::incoming(dy.as_ptr(), dx.as_mut_ptr(), 2, bits) };
        let shape = batch_norm::Shape { n: 1, c: 1, s: 2 };
        let mut dirty = Dirty::new(shape.scratch(), f32::NAN);
        let statistics = Statistics { mean: &[0.0], rstd: &[1.0] };
        let none = ParameterGradients { weight: None, bias: None };
        frozen::backward(shape, &[0.0; 2], incoming, None, statistics, none, dirty.lend());
        assert_eq!(dx, want, "{bits}");
    }
    // SAFETY: as above.
    assert!(matches!(unsafe { memory::incoming(dy.as_ptr(), null_mut(), 2, 1) }, Incoming::Read([1.0, 2.0])));
}

#[test]
fn working_memory_has_both_kinds_of_numbers_apart_and_within_its_bytes() {
    for (f64s, f32s) in [(0, 0), (3, 0), (0, 5), (3, 5), (1, 1)] {
        let size = ScratchSize { f64s, f32s };
        let bytes = memory::scratch_bytes(size);
        assert_eq!(bytes, (8 * f64s + 4 * f32s) as f64);
        let mut memory = vec![0.0f64; (bytes / 8.0).ceil() as usize];
        // SAFETY: RANGE, ALIAS, LIFE: `bytes` bytes, aligned to 8.
        let scratch = unsafe { memory::working_memory(memory.as_mut_ptr(), size) };
        assert_eq!((scratch.f64s.len(), scratch.f32s.len()), (f64s, f32s));
        scratch.f32s.fill(1.0);
        scratch.f64s.fill(2.0);
        assert!(scratch.f32s.iter().all(|&v| v == 1.0));
    }
}
