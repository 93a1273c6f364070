use proc_macro2::TokenStream;
use quote::quote;

use super::*;

fn expanded(arguments: TokenStream, item: TokenStream) -> String {
    expand(arguments, item).expect("it expands").to_string()
}

fn error(arguments: TokenStream, item: TokenStream) -> String {
    expand(arguments, item)
        .expect_err("it is refused")
        .to_string()
}

fn socket() -> TokenStream {
    quote!(
        /// The chat.
        pub type ChatSocket = tautline::Socket<messages::ClientMessage, ServerMessage>;
    )
}

#[test]
fn the_alias_stays_as_it_is() {
    let tokens = expanded(quote!(codec = Json), socket());
    assert!(tokens.starts_with(&socket().to_string()), "{tokens}");
}

#[test]
fn the_class_is_for_wasm_only_and_parses() {
    for arguments in [
        quote!(codec = Json),
        quote!(codec = Json::default(), builder = configure),
        quote!(builder = crate::configure),
        quote!(
            builder = configure,
            options = Settings,
            requests,
            crate = my::tautline,
        ),
    ] {
        let file: syn::File = parse2(expand(arguments, socket()).unwrap()).expect("it is Rust");
        let [_, class, _] = &file.items[..] else {
            panic!("an alias, a class and a check")
        };
        let Item::Const(class) = class else {
            panic!("a scope of its own")
        };
        let condition = class.attrs[0].to_token_stream().to_string();
        assert_eq!(
            condition,
            quote!(#[cfg(target_arch = "wasm32")]).to_string()
        );
    }
}

#[test]
fn messages_have_their_names_in_the_declarations() {
    let tokens = expanded(quote!(codec = Json), socket());
    for part in [
        r#"js_name = "ChatSocket""#,
        r#"unchecked_param_type = "ClientMessage""#,
        r#"unchecked_param_type = "(message: ServerMessage) => void""#,
        r#"unchecked_param_type = "(drop: SocketDrop<ClientMessage>) => void""#,
    ] {
        assert!(tokens.contains(part), "{part} in {tokens}");
    }
    // The documentation of the alias, on the alias and on the class.
    assert_eq!(tokens.matches("The chat.").count(), 2);
}

#[test]
fn requests_are_there_only_if_they_are_asked_for() {
    let without = expanded(quote!(builder = configure), socket());
    let with = expanded(quote!(builder = configure, requests), socket());
    assert!(!without.contains("pub fn request"));
    assert!(with.contains(r#"unchecked_return_type = "Promise<ServerMessage>""#));
}

#[test]
fn options_of_the_application_are_declared() {
    let tokens = expanded(
        quote!(builder = configure, options = app::Settings),
        socket(),
    );
    assert!(tokens.contains(r#"unchecked_param_type = "SocketOptions & Settings""#));
    assert!(tokens.contains("connect_with :: < app :: Settings , _ >"));
}

#[test]
fn only_an_alias_of_a_socket_becomes_a_class() {
    let codec = || quote!(codec = Json);
    assert!(
        error(
            codec(),
            quote!(
                struct ChatSocket;
            )
        )
        .contains("stands on a type alias")
    );
    assert!(
        error(
            codec(),
            quote!(
                fn chat() {}
            )
        )
        .contains("stands on a type alias")
    );
    for alias in [
        quote!(
            type A = &'static str;
        ),
        quote!(
            type A = Socket;
        ),
        quote!(
            type A = Socket<Out>;
        ),
        quote!(
            type A = Socket<Out, In, Json>;
        ),
        quote!(
            type A = Socket<'static, In>;
        ),
    ] {
        let text = error(codec(), alias.clone());
        assert!(
            text.contains("expected `tautline::Socket<Out, In>`"),
            "{alias}: {text}"
        );
    }
    let generic = quote!(
        type A<T> = Socket<T, T>;
    );
    assert!(error(codec(), generic).contains("no type parameters"));
    let unnamed = quote!(
        type A = Socket<&'static str, In>;
    );
    assert!(error(codec(), unnamed).contains("no name in TypeScript"));
}

#[test]
fn wrong_arguments_are_named() {
    for (arguments, text) in [
        (quote!(), "give a codec"),
        (
            quote!(coded = Json),
            "unknown argument `coded`: expected `codec = …`",
        ),
        (quote!(codec), "expected `=`"),
        (quote!(codec = Json, codec = Json), "`codec` is given twice"),
        (
            quote!(codec = Json, options = Settings),
            "name the function that takes them",
        ),
        (
            quote!(codec = Json, requests),
            "how replies find their requests",
        ),
        (quote!(codec = Json builder = configure), "expected `,`"),
    ] {
        let found = error(arguments.clone(), socket());
        assert!(found.contains(text), "{arguments}: {found}");
    }
}

/// Documentation in raw strings came out with their quotes in the declarations.
#[test]
fn no_string_is_raw() {
    let tokens = expanded(quote!(builder = configure, requests), socket());
    let class = tokens.split("const _").nth(1).expect("a class");
    assert!(class.contains(r#"doc = " Ends pause().""#), "{class}");
    assert!(
        !class.contains(" r\"") && !class.contains(" r#\""),
        "{class}"
    );
}
