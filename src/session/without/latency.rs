//! In place of the round trips where no ping measures any.

#[derive(Clone, Debug)]
pub(super) struct Latency {}

impl Latency {
    pub(super) const fn new() -> Self {
        Latency {}
    }

    pub(super) fn last_ms(&self) -> Option<u32> {
        None
    }

    pub(super) fn percentile_ms(&self, _: usize) -> Option<u32> {
        None
    }
}
