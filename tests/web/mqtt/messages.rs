//! What is published arrives, at each quality of service and in both versions.

use std::pin::pin;
use std::task::Poll;

use futures_sink::Sink;
use tautline::codec::Text;
use tautline::mqtt::{
    Builder, Client, Publish, PublishError, QoS, ReasonCode, RequestError, RetainHandling,
    Subscribe, SubscribeError, Version,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, embedded, mosquitto, ms, next, open, texts, unique};
use crate::support::calm;
use crate::support::calm::awaits;

const LEVELS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// Every level to every level.
async fn matrix(builder: impl Fn() -> Builder, version: Version) {
    let sender = builder().version(version).connect().unwrap();
    let receiver = builder().version(version).connect().unwrap();
    let topic = unique("matrix");
    for granted in LEVELS {
        awaits("a subscription");
        let filter = Subscribe::to(format!("{topic}/+/{}", granted as u8)).qos(granted);
        let stream = receiver.subscribe(filter).await.unwrap();
        assert_eq!(stream.granted(), Some(granted));
        for qos in LEVELS {
            let name = format!("{topic}/{}/{}", qos as u8, granted as u8);
            awaits("an acknowledgement");
            let answer = sender
                .publish(Publish::new(name.clone(), "hi").qos(qos))
                .await;
            assert_eq!(answer.unwrap().reason, ReasonCode::Success);
            let message = next(&stream).await;
            assert_eq!(
                (message.topic.as_str(), message.text()),
                (&*name, Some("hi"))
            );
            assert_eq!(message.qos, qos.min(granted));
            assert!(!message.retain && !message.dup);
        }
        stream.unsubscribe().await;
    }
    close(sender).await;
    close(receiver).await;
}

#[wasm_bindgen_test]
async fn every_quality_of_service_arrives_by_mosquitto() {
    calm(async {
        matrix(mosquitto, Version::V5).await;
        matrix(mosquitto, Version::V311).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn every_quality_of_service_arrives_by_the_test_servers_broker() {
    calm(async {
        matrix(|| embedded("matrix"), Version::V5).await;
        matrix(|| embedded("matrix"), Version::V311).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn all_of_a_message_arrives() {
    calm(async {
        let client = mosquitto().connect().unwrap();
        let topic = unique("whole");
        awaits("a subscription");
        let stream = client.subscribe(&*topic).await.unwrap();
        let message = Publish::new(topic.clone(), vec![0, 1, 255])
            .content_type("application/octet-stream")
            .user_property("a", "1")
            .user_property("a", "2")
            .response_topic("answers")
            .correlation_data(b"7")
            .expiry(ms(60_000));
        client.try_publish(message).unwrap();
        let message = next(&stream).await;
        assert_eq!(message.payload, [0, 1, 255]);
        assert!(!message.is_text());
        assert_eq!(message.content_type(), Some("application/octet-stream"));
        assert_eq!(
            message.user_properties().collect::<Vec<_>>(),
            [("a", "1"), ("a", "2")]
        );
        assert_eq!(message.response_topic(), Some("answers"));
        assert_eq!(message.correlation_data(), Some(&b"7"[..]));
        assert_eq!(message.expiry_s(), Some(60));
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn retained_messages_come_as_they_are_asked_for() {
    calm(async {
        let client = mosquitto().connect().unwrap();
        let topic = unique("retained");
        let kept = Publish::new(topic.clone(), "kept")
            .qos(QoS::AtLeastOnce)
            .retain();
        awaits("an acknowledgement");
        client.publish(kept).await.unwrap();
        let without = Subscribe::to(&*topic).retained(RetainHandling::DoNotSend);
        awaits("a subscription");
        let without = client.subscribe(without).await.unwrap();
        client
            .publish(Publish::new(topic.clone(), "live").qos(QoS::AtLeastOnce))
            .await
            .unwrap();
        assert_eq!(next(&without).await.text(), Some("live"));
        without.unsubscribe().await;
        let with = client.subscribe(&*topic).await.unwrap();
        let message = next(&with).await;
        assert_eq!((message.text(), message.retain), (Some("kept"), true));
        client
            .publish(Publish::new(topic, "").qos(QoS::AtLeastOnce).retain())
            .await
            .unwrap();
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn each_stream_of_a_topic_gets_each_message() {
    calm(async {
        let client = mosquitto().connect().unwrap();
        let topic = unique("streams");
        awaits("subscriptions");
        let first = client.subscribe(&*topic).await.unwrap();
        let second = client.subscribe(&*topic).await.unwrap();
        let wide = client.subscribe(format!("{topic}/#")).await.unwrap();
        let publish = |text: &str| {
            client
                .try_publish(Publish::new(topic.clone(), text))
                .unwrap();
        };
        publish("a");
        for stream in [&first, &second, &wide] {
            assert_eq!(next(stream).await.text(), Some("a"));
        }
        // The others go on.
        drop(first);
        publish("b");
        for stream in [&second, &wide] {
            assert_eq!(next(stream).await.text(), Some("b"));
        }
        close(client).await;
        assert!(second.next().await.is_none());
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_request_brings_its_response() {
    calm(async {
        let client = mosquitto().connect().unwrap();
        let server = mosquitto().connect().unwrap();
        let topic = unique("double");
        awaits("a subscription");
        let requests = server.subscribe(&*topic).await.unwrap();
        let handle = server.handle();
        wasm_bindgen_futures::spawn_local(async move {
            let mut waiting = Vec::new();
            while let Some(Ok(request)) = requests.next().await {
                let number: u32 = request.text().unwrap().parse().unwrap();
                let response =
                    Publish::new(request.response_topic().unwrap(), (2 * number).to_string())
                        .correlation_data(request.correlation_data().unwrap());
                waiting.push(response);
                // Two at a time, the later one first.
                if waiting.len() == 2 {
                    while let Some(response) = waiting.pop() {
                        handle.try_publish(response).unwrap();
                    }
                }
            }
        });
        let ask = |number: u32| {
            client.request(Publish::new(topic.clone(), number.to_string()).qos(QoS::AtLeastOnce))
        };
        let (mut one, mut two) = (Box::pin(ask(1)), Box::pin(ask(2)));
        let (mut first, mut second) = (None, None);
        awaits("responses");
        std::future::poll_fn(|context| {
            if first.is_none()
                && let Poll::Ready(response) = one.as_mut().poll(context)
            {
                first = Some(response);
            }
            if second.is_none()
                && let Poll::Ready(response) = two.as_mut().poll(context)
            {
                second = Some(response);
            }
            if first.is_some() && second.is_some() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        assert_eq!(first.unwrap().unwrap().text(), Some("2"));
        assert_eq!(second.unwrap().unwrap().text(), Some("4"));
        awaits("a timeout");
        let late = client
            .request(Publish::new(unique("nobody"), "").timeout(ms(50)))
            .await;
        assert_eq!(late, Err(RequestError::Timeout));
        drop((one, two));
        close(server).await;
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_sink_of_values_ends_when_the_broker_has_them() {
    calm(async {
        let client = mosquitto().connect().unwrap();
        let topic = unique("sink");
        awaits("a subscription");
        let filter = Subscribe::to(&*topic).qos(QoS::ExactlyOnce);
        let stream = client
            .subscribe(filter)
            .await
            .unwrap()
            .decode::<String, _>(Text);
        let mut sink = pin!(
            client
                .publisher::<String, _>(topic, Text)
                .qos(QoS::ExactlyOnce)
        );
        for number in 0..200 {
            std::future::poll_fn(|context| sink.as_mut().poll_ready(context))
                .await
                .unwrap();
            sink.as_mut().start_send(number.to_string()).unwrap();
        }
        awaits("acknowledgements");
        std::future::poll_fn(|context| sink.as_mut().poll_flush(context))
            .await
            .unwrap();
        assert_eq!(client.stats().held_messages, 0);
        for number in 0..200 {
            let typed = stream.next().await.unwrap().unwrap();
            assert_eq!(typed.value, number.to_string());
        }
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn many_messages_arrive_once_and_in_order() {
    calm(async {
        let sender = mosquitto().connect().unwrap();
        let receiver = mosquitto().connect().unwrap();
        let topic = unique("many");
        awaits("a subscription");
        let filter = Subscribe::to(&*topic).qos(QoS::AtLeastOnce);
        let stream = receiver.subscribe(filter).await.unwrap();
        open(&sender).await;
        let sent: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
        for text in &sent {
            sender
                .try_publish(Publish::new(topic.clone(), text.as_str()).qos(QoS::AtLeastOnce))
                .unwrap();
        }
        awaits("acknowledgements");
        sender.flushed().await.unwrap();
        assert_eq!(texts(&stream, sent.len()).await, sent);
        close(sender).await;
        close(receiver).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_the_broker_does_not_take_is_told() {
    calm(async {
        let client = mosquitto().connect().unwrap();
        open(&client).await;
        let huge = Publish::new("a/#", "");
        assert!(matches!(
            client.publish(huge).await,
            Err(PublishError::Packet(_))
        ));
        let refused = client.subscribe("a/#/b").await;
        assert!(matches!(refused, Err(SubscribeError::Packet(_))));
        assert_eq!(client.version(), Version::V5);
        assert!(!client.client_id().is_empty());
        close(client).await;
        let after = client_of_nothing().publish(Publish::new("a", "")).await;
        assert_eq!(after, Err(PublishError::Closed { is_sent: false }));
    })
    .await;
}

/// A handle whose client is gone.
fn client_of_nothing() -> tautline::mqtt::Handle {
    let client: Client = embedded("nothing").auto_connect(false).connect().unwrap();
    client.handle()
}
