//! Keeps the list, serves the pages, and tells each page what another has done.
//!
//! ```text
//! todo-server <folder of the pages> <file of the list> [port]
//! ```
//!
//! It ends when its standard input does.

mod room;

use std::error::Error;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use todo_messages::{ClientMessage, ServerMessage};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

use crate::room::Room;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(pages), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: todo-server <folder of the pages> <file of the list> [port]".into());
    };
    let port = arguments.next().map_or(Ok(0), |port| port.parse())?;

    let room = Arc::new(Room::open(PathBuf::from(file))?);
    let site = Router::new()
        .route("/ws", get(upgrade))
        .with_state(room)
        .fallback_service(ServeDir::new(pages));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        served = axum::serve(listener, site) => served?,
        () = end_of_input() => {}
    }
    Ok(())
}

/// Whoever started the server has gone, or wants it to go.
async fn end_of_input() {
    let mut input = tokio::io::stdin();
    let mut bytes = [0; 64];
    while input.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

async fn upgrade(State(room): State<Arc<Room>>, request: WebSocketUpgrade) -> Response {
    request.on_upgrade(move |socket| talk(socket, room))
}

/// One page, until it goes.
async fn talk(mut socket: WebSocket, room: Arc<Room>) {
    let (list, mut changes) = room.enter();
    if say(&mut socket, &list).await.is_err() {
        return;
    }
    loop {
        let answer = tokio::select! {
            change = changes.recv() => match change {
                Ok(change) => Some(change),
                // Too slow for all that happens: it begins anew.
                Err(_) => return,
            },
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => hear(&room, &text),
                Some(Ok(Message::Binary(_))) => Some(refused("text is expected")),
                Some(Ok(_)) => None,
                Some(Err(_)) | None => return,
            },
        };
        if let Some(answer) = answer
            && say(&mut socket, &answer).await.is_err()
        {
            return;
        }
    }
}

/// The answer for this page alone; what concerns all comes by way of the room.
fn hear(room: &Room, text: &str) -> Option<ServerMessage> {
    match serde_json::from_str(text) {
        Ok(ClientMessage::Ping { id }) => Some(ServerMessage::Pong { id }),
        Ok(ClientMessage::Count { request }) => Some(room.count(request)),
        Ok(message) => room.change(message).err().map(refused),
        Err(error) => Some(refused(error)),
    }
}

fn refused(why: impl ToString) -> ServerMessage {
    let why = why.to_string();
    ServerMessage::Refused { why }
}

async fn say(socket: &mut WebSocket, message: &ServerMessage) -> Result<(), Box<dyn Error>> {
    let text = serde_json::to_string(message)?;
    socket.send(Message::Text(text.into())).await?;
    Ok(())
}
