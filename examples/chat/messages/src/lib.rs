//! What the chat of `tautline-server` says, and what a page keeps of it. Pure, and the same for all apps:
//! each of them is only connection and user interface.

mod chat;
mod protocol;
mod settings;

pub use chat::{Chat, Line, MAX_LINES};
pub use protocol::{ClientMessage, ServerMessage};
pub use settings::Settings;
