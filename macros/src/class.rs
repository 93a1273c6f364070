//! The class: one line for each method, because all work is done by `tautline::typescript::Client`.

use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, ItemType, LitStr, Type, parse_str};

use crate::arguments::Arguments;

pub struct Class<'a> {
    pub alias: &'a ItemType,
    pub arguments: &'a Arguments,
    pub out: &'a Type,
    pub incoming: &'a Type,
    pub out_name: String,
    pub incoming_name: String,
    pub options_name: Option<String>,
}

pub fn class(class: &Class<'_>) -> TokenStream {
    let krate = &class.arguments.krate;
    let bindgen = quote!(#krate::typescript::__private::wasm_bindgen);
    let attribute = quote!(#bindgen::prelude::wasm_bindgen);
    let value = quote!(#bindgen::JsValue);
    let (out, incoming) = (class.out, class.incoming);
    let name = class.alias.ident.to_string();
    let docs = class.alias.attrs.iter().filter(|it| is_doc(it));
    let constructor = constructor(class, &value);
    let request = request(class, &value);
    let methods = methods(class, &value);
    plain(quote! {
        #(#docs)*
        #[#attribute(wasm_bindgen = #bindgen, js_name = #name)]
        pub struct __TypescriptClient {
            client: #krate::typescript::Client<#out, #incoming>,
        }

        #[#attribute(wasm_bindgen = #bindgen, js_class = #name)]
        impl __TypescriptClient {
            #constructor
            #methods
            #request
        }
    })
}

/// The same with plain strings in the place of raw ones, as which `quote` writes documentation: wasm-bindgen would hand
/// their quotes on.
fn plain(tokens: TokenStream) -> TokenStream {
    let tokens = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let mut inside = Group::new(group.delimiter(), plain(group.stream()));
            inside.set_span(group.span());
            TokenTree::Group(inside)
        }
        TokenTree::Literal(literal) => match parse_str::<LitStr>(&literal.to_string()) {
            Ok(text) if literal.to_string().starts_with('r') => {
                let mut text = Literal::string(&text.value());
                text.set_span(literal.span());
                TokenTree::Literal(text)
            }
            _ => TokenTree::Literal(literal),
        },
        other => other,
    });
    tokens.collect()
}

fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

/// The builder that the class connects, from a `builder` and, where there are options, an `own`.
fn build(arguments: &Arguments) -> TokenStream {
    let made = match (&arguments.builder, &arguments.options) {
        (Some(builder), Some(_)) => quote!(#builder(builder, own)),
        (Some(builder), None) => quote!(#builder(builder)),
        (None, _) => quote!(builder),
    };
    let codec = arguments.codec.iter();
    quote!(#made #(.codec(#codec))*)
}

/// What is compiled where there is no class: mistakes in the arguments show on every target, and nothing that they name is
/// unused.
pub fn check(class: &Class<'_>) -> TokenStream {
    let Class {
        arguments,
        out,
        incoming,
        ..
    } = class;
    let krate = &arguments.krate;
    let build = build(arguments);
    let options = arguments.options.iter();
    quote! {
        #[allow(dead_code)]
        fn build(
            builder: #krate::client::Builder<#out, #incoming, #krate::client::NoCodec>,
            #(own: #options,)*
        ) -> #krate::client::Builder<#out, #incoming, impl #krate::codec::Codec<#out, #incoming>> {
            #build
        }
    }
}

fn constructor(class: &Class<'_>, value: &TokenStream) -> TokenStream {
    let Class {
        arguments,
        out,
        incoming,
        ..
    } = class;
    let krate = &arguments.krate;
    let client = quote!(#krate::typescript::Client::<#out, #incoming>);
    let build = build(arguments);
    let (options, connect) = match &arguments.options {
        Some(ty) => {
            let name = class.options_name.as_deref().unwrap_or("object");
            let declared = format!("SocketOptions & {name}");
            (
                quote!(#[wasm_bindgen(unchecked_param_type = #declared)]),
                quote!(connect_with::<#ty, _>(&url, &options, |builder, own| #build)),
            )
        }
        None => (
            quote!(#[wasm_bindgen(unchecked_optional_param_type = "SocketOptions")]),
            quote!(connect(&url, &options, |builder| #build)),
        ),
    };
    quote! {
        /// Makes a socket, which dials by itself and comes back by itself: `ws:`, `wss:`, `http:`, `https:`, or relative to
        /// the page.
        ///
        /// It lives as long as its connection, also if nobody holds it: close() lets go of it, free() ends it at once.
        ///
        /// @throws {TypeError} An argument is wrong.
        #[wasm_bindgen(constructor)]
        pub fn new(
            #[wasm_bindgen(unchecked_param_type = "string | URL")] url: #value,
            #options options: #value,
        ) -> ::core::result::Result<#value, #value> {
            let client = #client::#connect?;
            ::core::result::Result::Ok(client.into_object(|client| #value::from(__TypescriptClient { client })))
        }
    }
}

/// Only where the builder says how replies find their requests.
fn request(class: &Class<'_>, value: &TokenStream) -> TokenStream {
    if !class.arguments.requests {
        return TokenStream::new();
    }
    let (out, reply) = (&class.out_name, format!("Promise<{}>", class.incoming_name));
    quote! {
        /// Sends a request and resolves with its reply. On a break it rejects or, with `idempotent`, is sent again.
        ///
        /// @throws {TypeError} It is no message.
        /// @throws {SocketError} `timeout`, `unanswered` (sent, and the connection ended before the reply),
        ///   `too-many-requests`, `queue-full`, `too-large`, `closed`. `sent` tells whether it has left.
        #[wasm_bindgen(unchecked_return_type = #reply)]
        pub fn request(
            &self,
            #[wasm_bindgen(unchecked_param_type = #out)] message: #value,
            #[wasm_bindgen(unchecked_optional_param_type = "SocketRequestOptions")] options: #value,
        ) -> #value {
            self.client.request(&message, &options)
        }
    }
}

fn methods(class: &Class<'_>, value: &TokenStream) -> TokenStream {
    let out = &class.out_name;
    let on_message = format!("(message: {}) => void", class.incoming_name);
    let on_drop = format!("(drop: SocketDrop<{out}>) => void");
    let result = quote!(::core::result::Result<#value, #value>);
    quote! {
        /// Sends a message: at once where the socket is open, otherwise from the queue once it is. A message dropped, now
        /// or later, is told to onDrop, with the reason.
        ///
        /// @throws {TypeError} It is no message of this type: the text says what is wrong. Nothing is sent then.
        #[wasm_bindgen(unchecked_return_type = r#""sent" | "queued" | "dropped""#)]
        pub fn send(
            &self,
            #[wasm_bindgen(unchecked_param_type = #out)] message: #value,
            #[wasm_bindgen(unchecked_optional_param_type = "SocketSendOptions")] options: #value,
        ) -> #result {
            self.client.send(&message, &options)
        }

        /// Sends a message like send() and tells its fate: resolves when it is handed to the browser or, with `until:
        /// "confirmed"`, when a pong shows that the server has received it.
        ///
        /// @throws {TypeError} It is no message.
        /// @throws {SocketError} `queue-full`, `too-large`, `expired`, `replaced`, `closed`, `timeout`, or `unconfirmed`: it
        ///   was sent, and the connection ended before a pong. `sent` tells whether it has left; if not, it never will.
        #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
        pub fn deliver(
            &self,
            #[wasm_bindgen(unchecked_param_type = #out)] message: #value,
            #[wasm_bindgen(unchecked_optional_param_type = "SocketDeliverOptions")] options: #value,
        ) -> #value {
            self.client.deliver(&message, &options)
        }

        /// Calls `listener` with each message. Returns the function that ends it. Outlives reconnections and close().
        #[wasm_bindgen(unchecked_return_type = "() => void")]
        pub fn subscribe(
            &self,
            #[wasm_bindgen(unchecked_param_type = #on_message)] listener: #value,
        ) -> #result {
            self.client.subscribe(listener)
        }

        /// Calls `listener` with each change of the state. Returns the function that ends it.
        #[wasm_bindgen(js_name = onState, unchecked_return_type = "() => void")]
        pub fn on_state(
            &self,
            #[wasm_bindgen(unchecked_param_type = "(change: SocketStateChange) => void")] listener: #value,
        ) -> #result {
            self.client.on_state(listener)
        }

        /// Calls `listener` with each frame that is no message of this type. Returns the function that ends it.
        #[wasm_bindgen(js_name = onInvalid, unchecked_return_type = "() => void")]
        pub fn on_invalid(
            &self,
            #[wasm_bindgen(unchecked_param_type = "(invalid: SocketInvalid) => void")] listener: #value,
        ) -> #result {
            self.client.on_invalid(listener)
        }

        /// Calls `listener` with each message of send() that will not be sent. Returns the function that ends it.
        #[wasm_bindgen(js_name = onDrop, unchecked_return_type = "() => void")]
        pub fn on_drop(
            &self,
            #[wasm_bindgen(unchecked_param_type = #on_drop)] listener: #value,
        ) -> #result {
            self.client.on_drop(listener)
        }

        /// Calls `listener` with what goes wrong; the socket goes on by itself. Returns the function that ends it.
        #[wasm_bindgen(js_name = onError, unchecked_return_type = "() => void")]
        pub fn on_error(
            &self,
            #[wasm_bindgen(unchecked_param_type = "(failure: SocketFailure) => void")] listener: #value,
        ) -> #result {
            self.client.on_error(listener)
        }

        /// Where the connection stands.
        #[wasm_bindgen(getter, unchecked_return_type = "SocketState")]
        pub fn state(&self) -> #value {
            self.client.state()
        }

        /// The subprotocol that the server selected; empty for none, and while there is no connection.
        #[wasm_bindgen(getter)]
        pub fn protocol(&self) -> ::std::string::String {
            self.client.protocol()
        }

        /// Figures since the socket was made.
        #[wasm_bindgen(unchecked_return_type = "SocketStats")]
        pub fn stats(&self) -> #value {
            self.client.stats()
        }

        /// Resolves when the socket is open: at once if it is.
        ///
        /// @throws {SocketError} `closed`: the socket is closed, or closes first.
        #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
        pub fn opened(&self) -> #value {
            self.client.opened()
        }

        /// The first dial, where the socket does not dial by itself.
        pub fn open(&self) {
            self.client.open();
        }

        /// Dials now: instead of waiting, in place of the current connection, or after close().
        pub fn reconnect(&self) {
            self.client.reconnect();
        }

        /// Closes the connection and stays without one until resume() or reconnect(). What is sent meanwhile is queued.
        pub fn pause(&self) {
            self.client.pause();
        }

        /// Ends pause().
        pub fn resume(&self) {
            self.client.resume();
        }

        /// Closes the socket until reconnect(). Resolves when it is closed, within `drain` + 1 s also on a dead connection.
        ///
        /// @throws {RangeError} At once: `code` is neither 1000 nor 3000–4999, or `reason` is longer than 123 bytes.
        #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
        pub fn close(
            &self,
            #[wasm_bindgen(unchecked_optional_param_type = "number")] code: #value,
            #[wasm_bindgen(unchecked_optional_param_type = "string")] reason: #value,
            #[wasm_bindgen(unchecked_optional_param_type = "SocketCloseOptions")] options: #value,
        ) -> #result {
            self.client.close(&code, &reason, &options)
        }
    }
}
