//! What stands in the brackets of the attribute.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, Path, Result, Token, Type, parse_quote};

const EXPECTED: &str =
    "expected `codec = …`, `builder = …`, `options = …`, `requests` or `crate = …`";

/// The arguments of the macro.
pub struct Arguments {
    pub codec: Option<Expr>,
    pub builder: Option<Path>,
    pub options: Option<Type>,
    pub requests: bool,
    pub krate: Path,
}

/// One of them, with its name for errors.
struct Argument {
    name: Ident,
    value: Value,
}

enum Value {
    Codec(Expr),
    Builder(Path),
    Options(Type),
    Requests,
    Crate(Path),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let equals = |input: ParseStream<'_>| input.parse::<Token![=]>();
        let value = match name.to_string().as_str() {
            "codec" => {
                equals(input)?;
                Value::Codec(input.parse()?)
            }
            "builder" => {
                equals(input)?;
                Value::Builder(input.parse()?)
            }
            "options" => {
                equals(input)?;
                Value::Options(input.parse()?)
            }
            "requests" => Value::Requests,
            "crate" => {
                equals(input)?;
                Value::Crate(input.call(Path::parse_mod_style)?)
            }
            other => {
                let text = format!("unknown argument `{other}`: {EXPECTED}");
                return Err(Error::new(name.span(), text));
            }
        };
        Ok(Argument { name, value })
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Arguments {
            codec: None,
            builder: None,
            options: None,
            requests: false,
            krate: parse_quote!(::tautline),
        };
        let mut seen: Vec<Ident> = Vec::new();
        for Argument { name, value } in Punctuated::<Argument, Token![,]>::parse_terminated(input)?
        {
            if seen.contains(&name) {
                return Err(Error::new(name.span(), format!("`{name}` is given twice")));
            }
            seen.push(name);
            match value {
                Value::Codec(codec) => arguments.codec = Some(codec),
                Value::Builder(builder) => arguments.builder = Some(builder),
                Value::Options(options) => arguments.options = Some(options),
                Value::Requests => arguments.requests = true,
                Value::Crate(krate) => arguments.krate = krate,
            }
        }
        arguments.check(input)
    }
}

impl Arguments {
    fn check(self, input: ParseStream<'_>) -> Result<Self> {
        let builder = self.builder.is_some();
        let missing = match &self {
            it if it.codec.is_none() && !builder => {
                "how messages become frames is missing: give a codec, as in `#[typescript_client(codec = Json)]`, \
                 or a `builder` that sets one"
            }
            it if it.options.is_some() && !builder => {
                "`options` are for the `builder`: name the function that takes them with `builder = …`"
            }
            it if it.requests && !builder => {
                "`requests` needs a `builder = …` that says how replies find their requests"
            }
            _ => return Ok(self),
        };
        Err(input.error(missing))
    }
}
