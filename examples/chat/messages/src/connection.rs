//! The connection, as far as it is the same for all apps.

use tautline::client::{Builder, Delivery, Pong, Restoring};
use tautline::codec::Json;
use tautline::{Heartbeat, Socket};

use crate::{ClientMessage, ServerMessage, Settings};

/// The connection of a chat: it comes back by itself, and no line is lost or said twice. `join` makes the message that
/// enters the room, from the name; it is asked for each connection, because it says what has been heard already.
pub fn connection(
    settings: &Settings,
    join: impl Fn(&str) -> ClientMessage + 'static,
) -> Builder<ClientMessage, ServerMessage, Json> {
    let name = settings.name.clone();
    Socket::builder(settings.server.as_str())
        .codec(Json)
        .heartbeat(
            Heartbeat::every(settings.heartbeat)
                .ping_with(|id| ClientMessage::Ping { id })
                .pong_with(|message| match message {
                    ServerMessage::Pong { id } => Some(id.map_or(Pong::Unnumbered, Pong::Of)),
                    _ => None,
                }),
        )
        .delivery(Delivery::AtLeastOnce)
        .stamp(ClientMessage::mark)
        .restore(move |restoring: Restoring<_>| {
            let joined = restoring.send(&join(&name));
            async move { joined }
        })
}
