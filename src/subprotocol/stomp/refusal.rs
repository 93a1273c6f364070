//! What an ERROR frame means. The specification leaves its words to the server, and brokers have no codes.

use crate::session::Action;

/// Words of brokers that refuse credentials: RabbitMQ "Bad CONNECT", "Access refused"; ActiveMQ "User name or password is
/// invalid", "SecurityException"; Artemis "Unable to validate user", "Security error"; others "Authentication failed".
const CREDENTIALS: [&[u8]; 9] = [
    b"bad connect",
    b"access",
    b"auth",
    b"credential",
    b"denied",
    b"login",
    b"passw",
    b"security",
    b"validate user",
];

/// What follows an ERROR that answers CONNECT. One that is about versions and names those of the server says that none of
/// ours was taken (RabbitMQ names them in every ERROR). Other words are of a server in trouble, which is asked again.
pub(super) fn of_connect(names_versions: bool, message: &[u8], body: &[u8]) -> Action {
    let says = |text: &[u8], word: &[u8]| {
        text.windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word))
    };
    let is_about = |word: &&[u8]| says(message, word) || says(body, word);
    if CREDENTIALS.iter().any(is_about) {
        Action::Unauthorized
    } else if names_versions && says(message, b"version") {
        Action::Final
    } else {
        Action::Jitter
    }
}
