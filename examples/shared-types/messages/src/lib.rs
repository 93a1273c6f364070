//! What server and pages say to each other about a list of things to do. The only place where it stands.

mod list;
mod protocol;

pub use list::TodoList;
pub use protocol::{ClientMessage, Item, ServerMessage};
