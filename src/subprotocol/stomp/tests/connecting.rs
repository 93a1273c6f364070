//! CONNECT, CONNECTED and what a broker may say instead ("Connecting", "Protocol Negotiation").

use super::*;
use crate::session::Signal;

#[test]
fn the_first_frame_is_connect_and_the_queue_leaves_after_connected() {
    let mut d = Dialogue::new(Config::default(), StompConfig::default());
    d.stomp.session_mut().open(0);
    d.drain();
    d.expects(
        "connecting, authenticating, > CONNECT|accept-version:1.0,1.1,1.2|heart-beat:10000,10000|host:/||^",
    );
    d.sends_text("early", false, false);
    d.expects("");
    d.hears("CONNECTED|version:1.2|heart-beat:0,0||^")
        .expects("connected 1.2, restoring, open, opened false, > SEND|destination:/q||early^");
}

#[test]
fn a_broker_that_names_no_version_speaks_1_0() {
    Dialogue::connecting(quiet())
        .hears("CONNECTED|session:x\\y||^")
        .expects("connected 1.0, restoring, open, opened false");
}

#[test]
fn only_versions_that_were_offered_are_taken() {
    let only_12 = StompConfig {
        versions: Versions::of(&[Version::V12]),
        ..quiet()
    };
    let mut d = Dialogue::connecting(only_12);
    d.hears("CONNECTED|version:1.1||^")
        .expects("violated version, abandon 4002, waiting 1 (protocol)");
    let mut d = Dialogue::connecting(only_12);
    d.hears("CONNECTED||^")
        .expects("violated version, abandon 4002, waiting 1 (protocol)");
    let mut d = Dialogue::connecting(quiet());
    d.hears("CONNECTED|version:1.3||^")
        .expects("violated version, abandon 4002, waiting 1 (protocol)");
}

#[test]
fn headers_of_connect_are_not_escaped_and_hold_no_line_end() {
    let d = Dialogue::new(Config::default(), quiet());
    for (name, value) in [("login", "a\nb"), ("login", "a\rb"), ("lo:gin", "a")] {
        let mut bad = Headers::new();
        bad.push(name, value).unwrap();
        assert_eq!(d.stomp.write_connect(&bad), Err(HeaderError));
    }
    let mut good = Headers::new();
    good.push("login", "a:b\\c").unwrap();
    assert_eq!(
        d.stomp.write_connect(&good).as_deref(),
        Ok("CONNECT\naccept-version:1.0,1.1,1.2\nheart-beat:0,0\nlogin:a:b\\c\n\n\0")
    );
}

#[test]
fn the_frame_stomp_takes_the_place_of_connect_and_has_escaped_headers() {
    let config = StompConfig {
        stomp_frame: true,
        ..quiet()
    };
    let d = Dialogue::new(Config::default(), config);
    let mut headers = Headers::new();
    headers.push("lo:gin", "a:b\\c\n").unwrap();
    assert_eq!(
        d.stomp.write_connect(&headers).as_deref(),
        Ok("STOMP\naccept-version:1.0,1.1,1.2\nheart-beat:0,0\nlo\\cgin:a\\cb\\\\c\\n\n\n\0")
    );
}

#[test]
fn refused_credentials_are_asked_for_once_more_and_then_it_is_over() {
    let mut d = Dialogue::connecting(quiet());
    let refusal = "ERROR|message:Bad CONNECT|content-type:text/plain|version:1.0,1.1,1.2||Access refused for user 'x'|^";
    d.hears(refusal)
        .expects("failed Unknown Bad CONNECT, abandon 0, waiting 1 (unauthorized)");
    let (at, _) = d.stomp.session().poll_timeout().unwrap();
    d.at(at);
    d.said.clear();
    d.hears(refusal)
        .expects("failed Unknown Bad CONNECT, abandon 0, closed unauthorized (unauthorized)");
}

#[test]
fn brokers_that_refuse_credentials_in_other_words_are_understood() {
    for (message, body) in [
        ("User name [x] or password is invalid.", ""),
        ("AMQ229031: Unable to validate user: x", ""),
        ("Authentication failed", "java.lang.SecurityException"),
        ("oops", "LOGIN failed"),
    ] {
        let mut d = Dialogue::connecting(quiet());
        d.hears(&format!("ERROR|message:{message}||{body}^"));
        let said = d.all();
        assert!(
            said.ends_with("waiting 1 (unauthorized)"),
            "{message}: {said}"
        );
    }
}

#[test]
fn a_broker_in_trouble_is_asked_again_and_one_without_our_versions_is_not() {
    Dialogue::connecting(quiet())
        .hears("ERROR|message:Too many connections||^")
        .expects("failed Unknown Too many connections, abandon 0, waiting 1 (closed)");
    Dialogue::connecting(quiet())
        .hears("ERROR|version:1.3,2.0|message:Version mismatch||Supported versions are 1.3^")
        .expects("failed Unknown Version mismatch, abandon 0, closed final (closed)");
}

#[test]
fn no_answer_to_connect_is_an_attempt_that_failed() {
    let mut d = Dialogue::connecting(quiet());
    d.at(10_000)
        .expects("abandon 0, waiting 1 (connect-timeout)");
}

#[test]
fn an_error_on_an_open_connection_breaks_it_and_does_not_reset_the_backoff() {
    let mut d = Dialogue::open("1.2");
    d.hears("ERROR|message:access_refused||no^")
        .expects("failed Unknown access_refused, abandon 0, waiting 1 (closed)");
    d.comes_back("1.2");
    d.said.clear();
    d.hears("ERROR|message:access_refused||no^");
    let said = d.all();
    assert!(said.ends_with("waiting 2 (closed)"), "{said}");
}

#[test]
fn an_error_is_read_leniently_so_that_its_words_are_known() {
    Dialogue::open("1.2")
        .hears("ERROR|message:C\\:\\temp\\cgone\\||^")
        .expects("failed Unknown C\\:\\temp:gone\\, abandon 0, waiting 1 (closed)");
}

#[test]
fn a_page_that_goes_away_says_so_to_the_broker() {
    let mut d = Dialogue::open("1.2");
    d.stomp
        .session_mut()
        .handle_signal(0, Signal::PageHidePersisted);
    d.drain();
    d.expects("> DISCONNECT||^, abandon 1000, suspended (page-hide)");
}
