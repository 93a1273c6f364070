//! Signals of page and network, and sleep.

use super::builder::Builder;

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// Whether page, network and sleep signals are acted on. Default yes.
    pub fn lifecycle(mut self, is_acted_on: bool) -> Self {
        self.config().lifecycle = is_acted_on;
        self
    }
}
