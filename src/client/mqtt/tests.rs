//! The client natively, where nothing connects.
