//! The macro of [tautline](https://docs.rs/tautline) that makes typed JavaScript clients. Use it as
//! `tautline::typescript_client`, with the feature `typescript`.

mod arguments;
mod class;
mod expand;
mod names;

use proc_macro::TokenStream;

/// Makes a JavaScript class of a socket, for pages in TypeScript: with the alias's name, its documentation, and methods
/// whose declarations have the exact message types.
///
/// ```ignore
/// /// The chat.
/// #[tautline::typescript_client(codec = Json, builder = configure)]
/// pub type ChatSocket = tautline::Socket<ClientMessage, ServerMessage>;
///
/// fn configure(builder: Builder<ClientMessage, ServerMessage, NoCodec>) -> Builder<ClientMessage, ServerMessage, NoCodec> {
///     builder.heartbeat(Heartbeat::every(Duration::from_secs(25)).ping(ClientMessage::Ping).pong(is_pong))
/// }
/// ```
///
/// | argument | meaning |
/// |---|---|
/// | `codec = Json` | how messages become frames: any expression that is a codec |
/// | `builder = path` | a function that gets the `Builder` and gives it back, with heartbeat, authentication and whatever else the page should not have to know. It sets the codec itself where `codec` is left out |
/// | `options = Type` | a `Deserialize` type with options of your own, which the page gives to the constructor beside those of the socket; the `builder` gets them as a second argument |
/// | `requests` | the class has the method `request`; the `builder` configures how replies find their requests |
/// | `crate = path` | where `tautline` is, if not at `::tautline` |
///
/// Both messages implement `Serialize` and `Deserialize`. In the declarations they have the names that they have in the alias,
/// and standard types (`String`, `Vec`, `Option`, numbers …) those of TypeScript.
///
/// The class exists on `wasm32` only; everywhere else the alias remains and the arguments are checked, so that the crate may be
/// shared.
#[proc_macro_attribute]
pub fn typescript_client(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
