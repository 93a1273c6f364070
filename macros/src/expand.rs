//! From the alias to the alias and the class.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, GenericArgument, Item, ItemType, PathArguments, Result, Type, parse2};

use crate::arguments::Arguments;
use crate::class::{Class, check, class};
use crate::names::typescript;

/// The macro itself, on tokens that a test can make.
pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let alias = alias(item)?;
    let arguments: Arguments = parse2(arguments)?;
    let [out, incoming] = messages(&alias)?;
    let parts = Class {
        alias: &alias,
        arguments: &arguments,
        out,
        incoming,
        out_name: typescript(out)?,
        incoming_name: typescript(incoming)?,
        options_name: arguments.options.as_ref().map(typescript).transpose()?,
    };
    let (class, check) = (class(&parts), check(&parts));
    let mut tokens = alias.to_token_stream();
    tokens.extend(quote! {
        #[cfg(target_arch = "wasm32")]
        const _: () = { #class };
        #[cfg(not(target_arch = "wasm32"))]
        const _: () = { #check };
    });
    Ok(tokens)
}

fn alias(item: TokenStream) -> Result<ItemType> {
    let alias = match parse2::<Item>(item)? {
        Item::Type(alias) => alias,
        other => {
            return Err(Error::new_spanned(
                other,
                "`typescript_client` stands on a type alias, as in \
                 `pub type ChatSocket = tautline::Socket<ClientMessage, ServerMessage>;`",
            ));
        }
    };
    if alias.generics.params.is_empty() {
        Ok(alias)
    } else {
        Err(Error::new_spanned(
            alias.generics,
            "a JavaScript class has no type parameters: name the message types",
        ))
    }
}

/// The two types of the messages.
fn messages(alias: &ItemType) -> Result<[&Type; 2]> {
    let wrong = || {
        Error::new_spanned(
            &alias.ty,
            "expected `tautline::Socket<Out, In>`, with the types of the messages to send and to receive",
        )
    };
    let Type::Path(path) = &*alias.ty else {
        return Err(wrong());
    };
    let socket = path.path.segments.last().ok_or_else(wrong)?;
    let PathArguments::AngleBracketed(arguments) = &socket.arguments else {
        return Err(wrong());
    };
    let mut types = arguments.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Ok(ty),
        _ => Err(wrong()),
    });
    match (types.next(), types.next(), types.next()) {
        (Some(out), Some(incoming), None) => Ok([out?, incoming?]),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests;
