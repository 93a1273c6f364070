//! What a type of Rust is called in TypeScript.

use syn::{Error, GenericArgument, PathArguments, Result, Type};

/// The name of a type as serde's JSON has it. A type of the application's is called as in Rust.
pub fn typescript(ty: &Type) -> Result<String> {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            let Some(segment) = path.path.segments.last() else {
                return Err(unnamed(ty));
            };
            let arguments = arguments(&segment.arguments, ty)?;
            named(&segment.ident.to_string(), &arguments, ty)
        }
        Type::Tuple(tuple) if tuple.elems.is_empty() => Ok("null".into()),
        Type::Tuple(tuple) => {
            let elements: Vec<_> = tuple.elems.iter().map(typescript).collect::<Result<_>>()?;
            Ok(format!("[{}]", elements.join(", ")))
        }
        Type::Array(array) => Ok(format!("Array<{}>", typescript(&array.elem)?)),
        Type::Paren(paren) => typescript(&paren.elem),
        Type::Group(group) => typescript(&group.elem),
        _ => Err(unnamed(ty)),
    }
}

fn named(name: &str, arguments: &[String], ty: &Type) -> Result<String> {
    Ok(match (name, arguments) {
        ("String" | "char", []) => "string".into(),
        ("bool", []) => "boolean".into(),
        (
            "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" | "f32"
            | "f64",
            [],
        ) => "number".into(),
        ("Vec" | "VecDeque" | "HashSet" | "BTreeSet", [element, ..]) => format!("Array<{element}>"),
        ("Option", [some]) => format!("{some} | null"),
        ("Box" | "Rc" | "Arc", [inner]) => inner.clone(),
        ("HashMap" | "BTreeMap", [key, value, ..]) => format!("Record<{key}, {value}>"),
        (_, []) => name.into(),
        (_, arguments) if !name.is_empty() => format!("{name}<{}>", arguments.join(", ")),
        _ => return Err(unnamed(ty)),
    })
}

fn arguments(arguments: &PathArguments, ty: &Type) -> Result<Vec<String>> {
    match arguments {
        PathArguments::None => Ok(Vec::new()),
        PathArguments::AngleBracketed(brackets) => brackets
            .args
            .iter()
            .map(|argument| match argument {
                GenericArgument::Type(ty) => typescript(ty),
                _ => Err(unnamed(ty)),
            })
            .collect(),
        _ => Err(unnamed(ty)),
    }
}

fn unnamed(ty: &Type) -> Error {
    Error::new_spanned(
        ty,
        "this type has no name in TypeScript: give it one with a struct or an enum that derives Tsify",
    )
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;

    fn name(ty: &str) -> Option<String> {
        typescript(&parse_str(ty).unwrap()).ok()
    }

    #[test]
    fn types_of_the_application_keep_their_names() {
        assert_eq!(name("ClientMessage").unwrap(), "ClientMessage");
        assert_eq!(name("messages::ClientMessage").unwrap(), "ClientMessage");
        assert_eq!(
            name("Envelope<messages::Say, u32>").unwrap(),
            "Envelope<Say, number>"
        );
    }

    #[test]
    fn standard_types_have_the_names_of_typescript() {
        for (rust, typescript) in [
            ("String", "string"),
            ("std::string::String", "string"),
            ("bool", "boolean"),
            ("u64", "number"),
            ("()", "null"),
            ("(String, f64)", "[string, number]"),
            ("[u8; 4]", "Array<number>"),
            ("Vec<Option<Say>>", "Array<Say | null>"),
            ("Box<Say>", "Say"),
            ("HashMap<String, Vec<u8>>", "Record<string, Array<number>>"),
        ] {
            assert_eq!(name(rust).unwrap(), typescript, "{rust}");
        }
    }

    #[test]
    fn what_has_no_name_is_refused() {
        for rust in [
            "&'static str",
            "dyn Say",
            "impl Say",
            "fn() -> u8",
            "<A as B>::C",
            "Cow<'static, str>",
        ] {
            assert_eq!(name(rust), None, "{rust}");
        }
    }
}
