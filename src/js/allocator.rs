//! The allocator of the npm modules, where payloads do not stay in linear memory: the smallest one serves best. Its search grows
//! with the free blocks, of which an engine leaves a handful. Rust applications choose their own.

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

// SAFETY: the module is built without the `atomics` feature, so its memory cannot be shared between threads.
#[cfg(not(target_feature = "atomics"))]
#[allow(unsafe_code)]
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };
