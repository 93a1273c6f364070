//! Connections that end.

use tautline::stomp::{AckError, AckMode, Publish, PublishError, Subscribe};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, next, open, rabbit, unique};
use crate::support::calm;
use crate::support::calm::awaits;

#[wasm_bindgen_test]
async fn subscriptions_are_made_again_before_the_queue_leaves() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let name = format!("/topic/{}", unique("again"));
        awaits("a subscription");
        let stream = client.subscribe(&*name).await.unwrap();
        for round in 0..3 {
            client.reconnect();
            client
                .try_publish(Publish::new(&name, round.to_string()))
                .unwrap();
            assert_eq!(next(&stream).await.text(), Some(&*round.to_string()));
        }
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_belongs_to_a_connection_is_stale_over_the_next() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let name = format!("/queue/{}", unique("stale"));
        awaits("a subscription");
        let stream = client
            .subscribe(Subscribe::to(&name).ack(AckMode::ClientIndividual))
            .await
            .unwrap();
        client.publish(Publish::new(&name, "job")).await.unwrap();
        let job = next(&stream).await;
        let transaction = client.begin().unwrap();
        client.reconnect();
        open(&client).await;
        assert_eq!(client.ack(&job), Err(AckError::Stale));
        let refused = transaction.publish(Publish::new(&name, "late"));
        assert_eq!(refused, Err(PublishError::Stale));
        awaits("the commit");
        assert_eq!(transaction.commit().await, Err(PublishError::Stale));
        // The broker delivers it again.
        let again = next(&stream).await;
        assert_eq!(again.text(), Some("job"));
        client.ack(&again).unwrap();
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_has_no_receipt_goes_again() {
    calm(async {
        let client = rabbit().connect().unwrap();
        let reader = rabbit().connect().unwrap();
        let name = format!("/topic/{}", unique("receipts"));
        awaits("a subscription");
        let stream = reader.subscribe(&*name).await.unwrap();
        open(&client).await;
        let mut published = Box::pin(client.publish(Publish::new(&name, "kept")));
        // It is handed in, and its connection is gone before the receipt can be read.
        assert!(crate::client::poll(&mut published).is_pending());
        client.reconnect();
        awaits("a receipt");
        published.await.unwrap();
        // Once or twice, as at-least-once has it.
        assert_eq!(next(&stream).await.text(), Some("kept"));
        close(reader).await;
        close(client).await;
    })
    .await;
}
