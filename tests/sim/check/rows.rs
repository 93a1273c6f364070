//! The documented table of causes and consequences, written down a second time: from the documentation and the
//! protocols of the presets' servers, not from the code.

use tautline::session::{Action, Advice, Auth, Cause, CauseKind, Config, Millis, Preset};

use crate::counted::counted;

counted! {
    /// The rows of the table, and what stands beside it.
    pub enum Row {
        Heartbeat = "heartbeat missed: jitter",
        ConnectTimeout = "connect timeout: jitter",
        Refused = "refused: jitter",
        Provider = "provider failed: jitter",
        Restore = "restore failed: jitter",
        C1000 = "1000: jitter",
        C1005 = "1005: jitter",
        C1006 = "1006: jitter",
        C1008 = "1008 without authentication: jitter",
        C1011 = "1011: jitter",
        C1014 = "1014: jitter",
        C1015 = "1015: jitter",
        Unnamed = "a code not named: jitter",
        C1001 = "1001: spread",
        C1012 = "1012: spread",
        C1013 = "1013: spread",
        C4408 = "4408: spread",
        C4425 = "4425: spread",
        C4429 = "4429: spread",
        ToldJson = "told by JSON",
        ToldText = "told by text",
        C4401 = "4401: unauthorized",
        C4403 = "4403: unauthorized",
        C3000 = "3000: unauthorized",
        C3003 = "3003: unauthorized",
        C1008Auth = "1008 with authentication: unauthorized",
        AuthNo = "a no from the auth step",
        FreshToken = "unauthorized: one fresh token",
        Unauthorized = "unauthorized again: closed",
        NoTokenSource = "unauthorized, no token source: closed",
        C1002 = "1002: final",
        C1003 = "1003: final",
        C1007 = "1007: final",
        C1009 = "1009: final",
        C1010 = "1010: final",
        C44xx = "4400-4499 not named: final",
        ToldNever = "told never to come back: final",
        LimitExceeded = "limit exceeded (4009): jitter",
        ProtocolViolation = "protocol violation (4002): jitter",
        ThirdStrike = "three in a row: closed",
        UserClose = "the user's close: closed",
        WordJitter = "the server's last word: jitter",
        WordSpread = "the server's last word: spread, served in full",
        WordFinal = "the server's last word: closed",
        WordDelay = "the server's last word: a delay",
        Insecure = "insecure address: closed",
        MaxAttempts = "max attempts: closed",
        MaxElapsed = "max elapsed: closed",
        OwnRule = "a rule of the user's own",
        GraphqlWs = "preset graphql-ws",
        Pusher = "preset pusher",
        Centrifuge = "preset centrifuge",
        YWebsocket = "preset y-websocket",
        AdviceStop = "retry function: false",
        AdviceRetry = "retry function: true",
        AdviceAfter = "retry function: a delay",
        OnlineDials = "online: dials at once",
        ShownDials = "shown: dials at once",
        ResumedDials = "resumed: dials at once",
        LateDials = "broken before good news, read after it: dials at once",
        CachedDials = "pageshow: dials at once",
        WakeDials = "wake: dials at once",
        OnlineProbes = "online: probes",
        ShownProbes = "shown: probes",
        ResumedProbes = "resumed: probes",
        CachedProbes = "pageshow: probes",
        WakeProbes = "wake: probes",
        KeepsTold = "good news leaves a told delay alone",
        KeepsSpread = "good news leaves a 1012/1013 spread alone",
        KeepsAuthorization = "good news leaves an auth wait alone",
        TakesItsTurn = "good news too soon after the last: takes its turn",
    Unstretched = "online again: the delay that was due, and no more",
        OfflineProbes = "offline: probes",
        OfflineStretches = "offline: dials 30 s apart",
        SleepReplaces = "slept without a heartbeat: replaced",
        PageHideSuspends = "pagehide: suspended",
        PageShowReturns = "pageshow out of suspension: dials at once",
    }
}

/// What must follow from a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Jitter; good news cuts it short.
    Jitter,
    /// The first window doubled.
    Spread {
        served_in_full: bool,
    },
    /// The server's delay and up to a fifth.
    Told(Millis),
    /// Exactly this delay.
    Exact(Millis),
    /// One fresh token, or the end.
    Unauthorized,
    Final,
    Insecure,
}

/// The reasons that the emulated server gives, with what they mean.
pub const REASONS: &[(&str, Told)] = &[
    ("", Told::Nothing),
    ("going down", Told::Nothing),
    ("{\"retry_after_ms\": 2500}", Told::Json(2_500)),
    (
        "{\"retry_after_ms\":45000,\"why\":\"deploy\"}",
        Told::Json(45_000),
    ),
    ("retry-after=0", Told::Text(0)),
    ("retry-after=12000", Told::Text(12_000)),
    ("{\"reconnect\": false}", Told::Never),
    ("{\"reconnect\": true}", Told::Nothing),
    ("retry-after=soon", Told::Nothing),
];

/// How the emulated server ends a conversation by its subprotocol.
pub const LAST_WORDS: &[(Action, Millis)] = &[
    (Action::Jitter, 0),
    (Action::Spread, 0),
    (Action::Final, 0),
    (Action::Unauthorized, 0),
    (Action::Delay, 0),
    (Action::Delay, 7_000),
];

/// What a close reason says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Nothing,
    Json(Millis),
    Text(Millis),
    Never,
}

/// What the reason of the last close says about this break.
pub fn told(cause: &Cause, reason: &str) -> Told {
    let reason = if cause.code.is_some() { reason } else { "" };
    REASONS
        .iter()
        .find(|(text, _)| *text == reason)
        .map_or(Told::Nothing, |&(_, told)| told)
}

/// The consequence that the table names, and the rows that it took.
pub fn plan(
    config: &Config,
    cause: &Cause,
    told: Told,
    word: (Action, Millis),
    advice: Advice,
    rows: &mut Vec<Row>,
) -> Plan {
    let by_kind = |rows: &mut Vec<Row>, row| {
        rows.push(row);
        Plan::Jitter
    };
    match cause.kind {
        CauseKind::Insecure => {
            rows.push(Row::Insecure);
            return Plan::Insecure;
        }
        CauseKind::TooLarge => rows.push(Row::LimitExceeded),
        CauseKind::Protocol => rows.push(Row::ProtocolViolation),
        _ => {}
    }
    match advice {
        Advice::Stop => {
            rows.push(Row::AdviceStop);
            return Plan::Final;
        }
        Advice::Retry => {
            rows.push(Row::AdviceRetry);
            return with_told(Plan::Jitter, told, rows);
        }
        Advice::After(delay) => {
            rows.push(Row::AdviceAfter);
            return Plan::Exact(delay);
        }
        Advice::Default => {}
    }
    match cause.kind {
        CauseKind::Heartbeat => by_kind(rows, Row::Heartbeat),
        CauseKind::ConnectTimeout => by_kind(rows, Row::ConnectTimeout),
        CauseKind::Provider => by_kind(rows, Row::Provider),
        CauseKind::Restore => by_kind(rows, Row::Restore),
        CauseKind::Unauthorized => {
            rows.push(Row::AuthNo);
            Plan::Unauthorized
        }
        CauseKind::Closed if cause.code.is_none() => by_word(word, rows),
        CauseKind::Closed | CauseKind::Refused => by_code(config, cause, told, rows),
        _ => Plan::Jitter,
    }
}

fn by_word((action, delay): (Action, Millis), rows: &mut Vec<Row>) -> Plan {
    let (row, plan) = match action {
        Action::Spread => (
            Row::WordSpread,
            Plan::Spread {
                served_in_full: true,
            },
        ),
        Action::Final => (Row::WordFinal, Plan::Final),
        Action::Delay => (Row::WordDelay, Plan::Told(delay)),
        Action::Jitter | Action::Unauthorized => (Row::WordJitter, Plan::Jitter),
    };
    rows.push(row);
    plan
}

fn by_code(config: &Config, cause: &Cause, told: Told, rows: &mut Vec<Row>) -> Plan {
    let code = cause.code.unwrap_or(1006);
    let own = config
        .rules
        .iter()
        .find(|rule| (rule.from..=rule.to).contains(&code));
    if let Some(rule) = own {
        rows.push(Row::OwnRule);
        let plan = of_action(rule.action, rule.delay_ms, code);
        return with_told(plan, told, rows);
    }
    if told == Told::Never {
        rows.push(Row::ToldNever);
        return Plan::Final;
    }
    let plan = match by_preset(config.preset, code) {
        Some((row, plan)) => {
            rows.push(row);
            plan
        }
        None => {
            let (row, plan) = by_table(config.auth != Auth::None, code);
            let refused = cause.kind == CauseKind::Refused;
            rows.push(if refused { Row::Refused } else { row });
            plan
        }
    };
    with_told(plan, told, rows)
}

fn with_told(plan: Plan, told: Told, rows: &mut Vec<Row>) -> Plan {
    match (plan, told) {
        (Plan::Jitter | Plan::Spread { .. }, Told::Json(delay)) => {
            rows.push(Row::ToldJson);
            Plan::Told(delay)
        }
        (Plan::Jitter | Plan::Spread { .. }, Told::Text(delay)) => {
            rows.push(Row::ToldText);
            Plan::Told(delay)
        }
        _ => plan,
    }
}

fn of_action(action: Action, delay: Millis, code: u16) -> Plan {
    match action {
        Action::Jitter => Plan::Jitter,
        Action::Spread => spread(code),
        Action::Final => Plan::Final,
        Action::Unauthorized => Plan::Unauthorized,
        Action::Delay => Plan::Exact(delay),
    }
}

fn spread(code: u16) -> Plan {
    Plan::Spread {
        served_in_full: matches!(code, 1012 | 1013),
    }
}

fn by_table(auth: bool, code: u16) -> (Row, Plan) {
    match code {
        1000 => (Row::C1000, Plan::Jitter),
        1005 => (Row::C1005, Plan::Jitter),
        1006 => (Row::C1006, Plan::Jitter),
        1008 if auth => (Row::C1008Auth, Plan::Unauthorized),
        1008 => (Row::C1008, Plan::Jitter),
        1011 => (Row::C1011, Plan::Jitter),
        1014 => (Row::C1014, Plan::Jitter),
        1015 => (Row::C1015, Plan::Jitter),
        1001 => (Row::C1001, spread(code)),
        1012 => (Row::C1012, spread(code)),
        1013 => (Row::C1013, spread(code)),
        4408 => (Row::C4408, spread(code)),
        4425 => (Row::C4425, spread(code)),
        4429 => (Row::C4429, spread(code)),
        4401 => (Row::C4401, Plan::Unauthorized),
        4403 => (Row::C4403, Plan::Unauthorized),
        3000 => (Row::C3000, Plan::Unauthorized),
        3003 => (Row::C3003, Plan::Unauthorized),
        1002 => (Row::C1002, Plan::Final),
        1003 => (Row::C1003, Plan::Final),
        1007 => (Row::C1007, Plan::Final),
        1009 => (Row::C1009, Plan::Final),
        1010 => (Row::C1010, Plan::Final),
        4400..=4499 => (Row::C44xx, Plan::Final),
        _ => (Row::Unnamed, Plan::Jitter),
    }
}

fn by_preset(preset: Preset, code: u16) -> Option<(Row, Plan)> {
    match preset {
        Preset::None => None,
        Preset::GraphqlWs => {
            let plan = match code {
                1008 | 1011 | 1015 | 4004 | 4005 | 4429 | 4500 => Plan::Final,
                4403 | 4408 | 4499 | 4504 => Plan::Jitter,
                _ => return None,
            };
            Some((Row::GraphqlWs, plan))
        }
        Preset::Pusher => {
            let plan = match code {
                4000..=4099 | 4300..=4999 => Plan::Final,
                4100..=4199 => Plan::Exact(1_000),
                4200..=4299 => Plan::Exact(0),
                _ => return None,
            };
            Some((Row::Pusher, plan))
        }
        Preset::Centrifuge => {
            let plan = match code {
                3001 => spread(code),
                1000..=1011 | 3000..=3499 | 4000..=4499 => Plan::Jitter,
                3500..=3999 | 4500..=4999 => Plan::Final,
                _ => return None,
            };
            Some((Row::Centrifuge, plan))
        }
        Preset::YWebsocket => {
            let plan = match code {
                4401 | 4403 | 4408 | 4425 | 4429 => return None,
                1002 | 1003 | 1007 | 1009 | 1010 | 4400..=4499 => Plan::Jitter,
                _ => return None,
            };
            Some((Row::YWebsocket, plan))
        }
    }
}
