//! Frames that are no messages: told, with what they held, and the stream goes on.

use tautline::Socket;
use tautline::client::Invalid;
use tautline::codec::{Bytes, Codec, CodecError, Payload, PayloadRef, Raw};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, next_invalid, quick};
use crate::support::{calm, server};

/// Text out, and what comes back is expected to be a number.
struct Numbers;

impl Codec<String, u32> for Numbers {
    fn encode(&self, message: &String) -> Result<Payload, CodecError> {
        if message.is_empty() {
            return Err(CodecError::unencodable("nothing is no number"));
        }
        Ok(Payload::Text(message.clone()))
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<u32, CodecError> {
        payload.text()?.parse().map_err(CodecError::malformed)
    }
}

#[wasm_bindgen_test]
async fn a_frame_that_is_malformed_is_told_and_the_stream_goes_on() {
    calm(async {
        let socket: Socket<String, u32> =
            Socket::builder(server::at("/ws/echo", "numbers", "raw=1"))
                .codec(Numbers)
                .connect()
                .unwrap();
        for text in ["1", "two", "3"] {
            socket.send(text.into()).await.unwrap();
        }
        assert_eq!(socket.next().await.unwrap().unwrap(), 1);
        match socket.next().await.unwrap() {
            Err(Invalid::Frame {
                payload,
                source: CodecError::Malformed(_),
            }) => {
                assert_eq!(payload, Payload::Text("two".into()));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(socket.next().await.unwrap().unwrap(), 3);
        let refused = socket.send(String::new()).await.unwrap_err();
        assert_eq!(refused.into_message(), "");
        drop(socket);
        server::wait("numbers", "open=0").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn bytes_where_text_is_expected_are_told() {
    calm(async {
        let socket = quick(server::at("/ws/flood", "mismatch", "count=1&binary=1"))
            .connect()
            .unwrap();
        match next_invalid(&socket).await {
            Invalid::Frame {
                payload: Payload::Binary(_),
                source: CodecError::UnexpectedBinary,
            } => {}
            other => panic!("{other:?}"),
        }
        socket.send("text".into()).await.unwrap();
        close(socket, "mismatch").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn text_where_bytes_are_expected_is_told() {
    calm(async {
        let socket: Socket<Vec<u8>, Vec<u8>> =
            Socket::builder(server::at("/ws/flood", "bytes", "count=1"))
                .codec(Bytes)
                .connect()
                .unwrap();
        match socket.next().await.unwrap() {
            Err(Invalid::Frame {
                source: CodecError::UnexpectedText,
                ..
            }) => {}
            other => panic!("{other:?}"),
        }
        drop(socket);
        server::wait("bytes", "open=0").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn payloads_of_both_kinds_and_of_all_sizes_come_back_as_they_were() {
    calm(async {
        let socket: Socket<Payload, Payload> =
            Socket::builder(server::at("/ws/echo", "raw", "raw=1"))
                .codec(Raw)
                .connect()
                .unwrap();
        for size in [0, 1, 127, 128, 129, 1_000, 65_536, 1_000_000] {
            let bytes: Vec<u8> = (0..size).map(|it| it as u8).collect();
            let text: String = "aß語🦀".chars().cycle().take(size).collect();
            for payload in [Payload::Binary(bytes), Payload::Text(text)] {
                socket.send(payload.clone()).await.unwrap();
                let back = socket.next().await.unwrap().unwrap();
                assert!(back == payload, "{size}");
            }
        }
        drop(socket);
        server::wait("raw", "open=0").await;
    })
    .await;
}
