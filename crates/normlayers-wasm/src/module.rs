//! What a `no_std` module must bring: an end for panics, and an allocator, which refuses, since nothing
//! in here allocates.

use core::alloc::{GlobalAlloc, Layout};

struct Refuse;

// SAFETY: a null pointer is always a valid answer of `alloc`; `dealloc` is never given a block.
unsafe impl GlobalAlloc for Refuse {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Refuse = Refuse;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
