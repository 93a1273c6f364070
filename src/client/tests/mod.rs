//! The client where there is no browser: what it takes, keeps and says without a connection.

mod bare;
#[cfg(all(feature = "delivery", feature = "events", feature = "steps"))]
mod inert;
