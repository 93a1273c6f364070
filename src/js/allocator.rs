//! The allocators of the npm modules. Rust applications choose their own.

/// Where payloads do not stay in linear memory, the smallest one serves best. Its search grows with the free blocks, of
/// which an engine leaves a handful.
#[cfg(not(any(feature = "js-mqtt", target_feature = "atomics")))]
mod small {
    use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

    // SAFETY: the module is built without the `atomics` feature, so its memory cannot be shared between threads.
    #[allow(unsafe_code)]
    #[global_allocator]
    static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
        unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };
}

/// MQTT keeps what is in flight: thousands of blocks of all sizes.
#[cfg(all(feature = "js-mqtt", not(target_feature = "atomics")))]
mod binned {
    use talc::cell::TalcSyncCell;
    use talc::wasm::{WasmBinning, WasmGrowAndClaim};

    #[global_allocator]
    static ALLOCATOR: TalcSyncCell<WasmGrowAndClaim, WasmBinning> =
        TalcSyncCell::new_wasm(WasmGrowAndClaim);
}
