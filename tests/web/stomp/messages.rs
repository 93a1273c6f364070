//! What is published arrives, and receipts, acknowledgements and transactions do what they say.

use tautline::client::{ClosedWhy, State};
use tautline::codec::Text;
use tautline::stomp::{AckError, AckMode, Event, News, Publish, Version};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, next, open, queue, rabbit, unique};
use crate::support::calm;
use crate::support::calm::awaits;

#[wasm_bindgen_test]
async fn messages_arrive_with_headers_and_bodies_of_any_kind() {
    calm(async {
        for version in [Version::V12, Version::V11, Version::V10] {
            let client = rabbit().versions(&[version]).connect().unwrap();
            let name = format!("/topic/{}", unique("kinds"));
            awaits("a subscription");
            let stream = client.subscribe(&*name).await.unwrap();
            assert_eq!(client.version(), Some(version));
            // STOMP 1.0 escapes nothing, and RabbitMQ takes a backslash there for an escape all the same.
            let colour = if version == Version::V10 {
                "ab"
            } else {
                "a\\b"
            };
            let text = Publish::new(&name, "žluť")
                .content_type("text/plain")
                .header("colour", colour);
            awaits("a receipt");
            client.publish(text).await.unwrap();
            let message = next(&stream).await;
            assert_eq!(message.destination(), name);
            assert_eq!(message.text(), Some("žluť"));
            assert_eq!(message.content_type(), Some("text/plain"));
            assert_eq!(message.header("colour"), Some(colour));
            // RabbitMQ answers in text frames, unless it is told otherwise.
            let bytes = vec![0, 10, 0, 65];
            client
                .publish(Publish::new(&name, bytes.clone()))
                .await
                .unwrap();
            assert_eq!(next(&stream).await.body, bytes);
            client.publish(Publish::new(&name, "")).await.unwrap();
            assert_eq!(next(&stream).await.body, b"");
            close(client).await;
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn headers_may_hold_what_stomp_escapes() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let name = format!("/topic/{}", unique("escapes"));
        awaits("a subscription");
        let stream = client.subscribe(&*name).await.unwrap();
        let odd = "a:b\\c\nd\re";
        awaits("a receipt");
        client
            .publish(Publish::new(&name, "").header("x:y", odd))
            .await
            .unwrap();
        assert_eq!(next(&stream).await.header("x:y"), Some(odd));
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn many_messages_arrive_once_and_in_order() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let name = format!("/topic/{}", unique("many"));
        awaits("a subscription");
        let stream = client
            .subscribe(&*name)
            .await
            .unwrap()
            .decode::<String, _>(Text);
        let numbers = client.publisher::<String, _>(&name, Text);
        awaits("messages");
        // A thousand at once and the watch of RabbitMQ 3.10 over heart-beats sometimes crashes, and the connection with it.
        for round in 0..10 {
            let all = round * 100..(round + 1) * 100;
            for number in all.clone() {
                numbers.try_publish(&number.to_string()).unwrap();
            }
            for number in all {
                let typed = stream.next().await.unwrap().unwrap();
                assert_eq!(typed.value, number.to_string());
            }
        }
        assert_eq!(client.stats().attempts, 1);
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn each_message_is_acknowledged_once() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let name = format!("/queue/{}", unique("acks"));
        awaits("a subscription");
        let stream = client
            .subscribe(queue(&name).ack(AckMode::ClientIndividual))
            .await
            .unwrap();
        for text in ["a", "b"] {
            client.publish(Publish::new(&name, text)).await.unwrap();
        }
        let (first, second) = (next(&stream).await, next(&stream).await);
        assert_eq!((first.text(), second.text()), (Some("a"), Some("b")));
        client.ack(&second).unwrap();
        // What is refused comes again at RabbitMQ.
        client.nack(&first).unwrap();
        let again = next(&stream).await;
        assert_eq!(again.text(), Some("a"));
        assert_eq!(again.header("redelivered"), Some("true"));
        client.ack(&again).unwrap();
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn cumulative_acknowledgements_settle_all_before() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let name = format!("/queue/{}", unique("cumulative"));
        awaits("a subscription");
        let stream = client
            .subscribe(queue(&name).ack(AckMode::Client))
            .await
            .unwrap();
        for text in ["a", "b", "c"] {
            client.publish(Publish::new(&name, text)).await.unwrap();
        }
        let (first, second) = (next(&stream).await, next(&stream).await);
        client.ack(&second).unwrap();
        assert_eq!(client.ack(&first), Err(AckError::Settled));
        client.ack(&next(&stream).await).unwrap();
        let auto = client
            .subscribe(&*format!("/topic/{}", unique("auto")))
            .await
            .unwrap();
        drop(auto);
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_transaction_takes_effect_together_or_not_at_all() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let name = format!("/queue/{}", unique("transaction"));
        awaits("a subscription");
        let stream = client.subscribe(queue(&name)).await.unwrap();
        let aborted = client.begin().unwrap();
        aborted.publish(Publish::new(&name, "never")).unwrap();
        drop(aborted);
        let committed = client.begin().unwrap();
        committed.publish(Publish::new(&name, "one")).unwrap();
        committed.publish(Publish::new(&name, "two")).unwrap();
        // Outside of it, and before.
        awaits("a receipt");
        client.publish(Publish::new(&name, "zero")).await.unwrap();
        assert_eq!(next(&stream).await.text(), Some("zero"));
        awaits("the commit");
        committed.commit().await.unwrap();
        assert_eq!(next(&stream).await.text(), Some("one"));
        assert_eq!(next(&stream).await.text(), Some("two"));
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_the_broker_refuses_is_told_with_its_words() {
    calm(async {
        let client = rabbit().connect().unwrap();
        open(&client).await;
        let mut events = client.events();
        let stream = client.listen("/nowhere/at/all").unwrap();
        awaits("a refusal");
        loop {
            let event = events.next().await.expect("a client");
            if let Event::Protocol(News::Failed(error)) = event {
                break assert!(!error.message.is_empty());
            }
        }
        // RabbitMQ does not say what it refuses: without the subscription the next connection stays.
        drop(stream);
        open(&client).await;
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn wrong_credentials_end_it_after_one_more_question() {
    calm(async {
        let client = rabbit().login("guest", "wrong").connect().unwrap();
        awaits("the end");
        let closed = client.closed().await;
        assert_eq!(closed.why, ClosedWhy::Unauthorized);
        assert!(matches!(client.state(), State::Closed { .. }));
        assert_eq!(client.stats().attempts, 2);
    })
    .await;
}
