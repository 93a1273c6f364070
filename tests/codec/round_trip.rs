//! What goes in comes out.

use crate::each_codec;

macro_rules! round_trip {
    ($codec:expr, $message:ty, $messages:expr) => {
        proptest! {
            #[test]
            fn a_message_comes_back_as_it_was(message in $messages) {
                let frame = crate::encode::<$message>($codec, &message);
                prop_assert_eq!(crate::read($codec, &frame), Some(message));
            }
        }
    };
}

each_codec!(round_trip);

/// Tags among the fields, untagged values and flattened maps.
macro_rules! describing_itself {
    ($($test:ident: $codec:ident,)+) => {
        proptest::proptest! {$(
            #[test]
            fn $test(record in crate::strategy::record()) {
                let frame = crate::encode(&tautline::codec::$codec, &record);
                let back = crate::read(&tautline::codec::$codec, &frame);
                proptest::prop_assert_eq!(back, Some(record));
            }
        )+}
    };
}

describing_itself! {
    json_reads_types_that_ask_the_format: Json,
    messagepack_reads_types_that_ask_the_format: MessagePack,
    cbor_reads_types_that_ask_the_format: Cbor,
}
