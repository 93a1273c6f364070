//! What the tests share.

pub mod allocator;
pub mod browser;
pub mod calm;
pub mod face;
pub mod server;
pub mod standing;

pub use calm::calm;
pub use face::{Call, Link};
pub use standing::Standing;
