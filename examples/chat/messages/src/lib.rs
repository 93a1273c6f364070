//! What the chat of `tautline-server` says, what a page keeps of it, and how it connects. The same for all apps: each of
//! them is only user interface.

mod chat;
mod connection;
mod protocol;
mod settings;

pub use chat::{Chat, Line, MAX_LINES};
pub use connection::connection;
pub use protocol::{ClientMessage, ServerMessage};
pub use settings::Settings;
