//! The same for Protocol Buffers.

use std::collections::BTreeMap;

#[derive(Clone, PartialEq, prost::Message)]
pub struct ProtoMessage {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5")]
    pub kind: Option<Kind>,
    #[prost(message, repeated, tag = "6")]
    pub batch: Vec<ProtoMessage>,
    #[prost(message, optional, boxed, tag = "7")]
    pub wrapped: Option<Box<ProtoMessage>>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Kind {
    #[prost(message, tag = "1")]
    Say(Say),
    #[prost(double, tag = "2")]
    Price(f64),
    #[prost(message, tag = "3")]
    Numbers(Numbers),
    #[prost(bytes = "vec", tag = "4")]
    Bytes(Vec<u8>),
    #[prost(bool, tag = "5")]
    Flag(bool),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Say {
    #[prost(string, tag = "1")]
    pub from: String,
    #[prost(string, tag = "2")]
    pub text: String,
    #[prost(string, repeated, tag = "3")]
    pub mentions: Vec<String>,
    #[prost(uint64, optional, tag = "4")]
    pub reply_to: Option<u64>,
    #[prost(btree_map = "string, double", tag = "5")]
    pub prices: BTreeMap<String, f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Numbers {
    #[prost(int64, tag = "1")]
    pub signed: i64,
    #[prost(sint64, tag = "2")]
    pub zigzag: i64,
    #[prost(uint64, tag = "3")]
    pub unsigned: u64,
    #[prost(fixed32, tag = "4")]
    pub fixed: u32,
    #[prost(float, tag = "5")]
    pub float: f32,
    #[prost(sint32, repeated, tag = "6")]
    pub packed: Vec<i32>,
}
