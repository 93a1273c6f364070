//! The connection to the list, as a class for pages in TypeScript. All of it is in the two lines of the macro; what follows
//! says how the connection behaves, so that no page has to know.

use std::time::Duration;

use serde::Deserialize;
use tautline::client::{Builder, NoCodec, Pong};
use tautline::codec::Json;
use tautline::{Heartbeat, Requests, Socket};
use todo_messages::{ClientMessage, ServerMessage};

/// The list of things to do, as the server has it.
///
/// @example
/// const list = new TodoSocket("/ws", {});
/// list.subscribe((message) => console.log(message.type));
/// list.send({ type: "add", title: "Buy rope" });
#[tautline::typescript_client(codec = Json, builder = configure, options = TodoOptions, requests)]
pub type TodoSocket = Socket<ClientMessage, ServerMessage>;

/// What a page may say about the connection.
#[derive(Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct TodoOptions {
    /// The silence after which the link is asked whether it is alive, in ms. Default 25,000.
    #[cfg_attr(target_arch = "wasm32", tsify(optional))]
    pub heartbeat: Option<u32>,
}

type TodoBuilder = Builder<ClientMessage, ServerMessage, NoCodec>;

/// How the connection behaves.
pub fn configure(builder: TodoBuilder, options: TodoOptions) -> TodoBuilder {
    let heartbeat = Duration::from_millis(options.heartbeat.unwrap_or(25_000).into());
    builder
        .heartbeat(
            Heartbeat::every(heartbeat)
                .ping_with(|id| ClientMessage::Ping { id })
                .pong_with(|message| match message {
                    ServerMessage::Pong { id } => Some(Pong::Of(*id)),
                    _ => None,
                }),
        )
        .requests(Requests::new(reply_of, stamp))
}

/// The request that a message answers.
fn reply_of(message: &ServerMessage) -> Option<u32> {
    match message {
        ServerMessage::Counted { request, .. } => Some(*request),
        _ => None,
    }
}

fn stamp(message: &mut ClientMessage, id: u32) {
    if let ClientMessage::Count { request } = message {
        *request = id;
    }
}
