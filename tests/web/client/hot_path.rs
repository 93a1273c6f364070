//! What a message costs in linear memory, beside the message itself.

use tautline::Socket;
use tautline::client::SendStatus;
use tautline::codec::{Codec, CodecError, Payload, PayloadRef};
use wasm_bindgen_test::wasm_bindgen_test;

use super::poll;
use crate::support::browser::StandIns;
use crate::support::{allocator, calm};

/// Single bytes: messages that need no memory of their own.
struct Single;

impl Codec<u8, u8> for Single {
    fn encode(&self, message: &u8) -> Result<Payload, CodecError> {
        Ok(Payload::Binary(vec![*message]))
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<u8, CodecError> {
        let first = payload.binary()?.first().copied();
        first.ok_or_else(|| CodecError::malformed("empty"))
    }
}

#[wasm_bindgen_test]
async fn a_message_through_the_stream_allocates_nothing_and_one_that_is_sent_only_its_payload() {
    calm(async {
        let stand_ins = StandIns::new();
        let socket: Socket<u8, u8> = Socket::builder("wss://example.com/live")
            .codec(Single)
            .connect()
            .unwrap();
        let native = stand_ins.last();
        stand_ins.end();
        native.open();
        let frame = js_sys::Uint8Array::from(&[7][..]).buffer();
        let receive = || {
            // A reader waits, is woken, and waits again.
            let mut next = std::pin::pin!(socket.next());
            assert!(poll(&mut next).is_pending());
            native.message(&frame, 1);
            assert!(matches!(
                poll(&mut next),
                std::task::Poll::Ready(Some(Ok(7)))
            ));
        };
        let send = || assert_eq!(socket.try_send(7).unwrap(), SendStatus::Sent);
        receive();
        send();
        let before = allocator::calls();
        for _ in 0..1_000 {
            receive();
        }
        assert_eq!(allocator::calls(), before, "received");
        for _ in 0..1_000 {
            send();
        }
        assert_eq!(allocator::calls(), before + 1_000, "sent");
        drop(socket);
        native.end(1_000, "");
    })
    .await;
}
