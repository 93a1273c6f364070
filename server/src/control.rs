//! Reaching into living connections: `POST /api/control`, or a control frame on the connection itself.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::connection::{Command, Connection};
use crate::pongs::PongFault;
use crate::server::App;
use crate::{fault, limits, params, wire};

/// Default length of a window in which upgrades or tokens are refused.
const WINDOW_MS: u64 = 1_000;

/// What to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    Kill,
    Stall {
        ms: Option<u64>,
    },
    Close {
        code: u16,
        reason: Option<String>,
    },
    DropPongs {
        on: bool,
    },
    DelayPongs {
        ms: u64,
    },
    DoublePongs {
        on: bool,
    },
    Refuse {
        ms: Option<u64>,
        kill: Option<bool>,
    },
    Unavailable {
        ms: Option<u64>,
        status: Option<u16>,
    },
    Restart {
        ms: Option<u64>,
    },
    RefuseToken {
        ms: Option<u64>,
    },
    Send {
        data: Value,
    },
    Ping,
    Pong {
        id: Option<Value>,
    },
}

#[derive(Deserialize)]
struct Request {
    client: Option<String>,
    #[serde(flatten)]
    action: Action,
}

/// Whom it concerns.
#[derive(Clone, Debug)]
pub enum Target {
    Everybody,
    Label(String),
    One(Arc<Connection>),
}

impl Target {
    /// The label whose future connections are meant.
    ///
    /// # Errors
    /// A connection without a label has no future ones.
    fn future(&self) -> Result<Option<&str>, String> {
        match self {
            Self::Everybody => Ok(None),
            Self::Label(label) => Ok(Some(label)),
            Self::One(_) => Err(
                "this action concerns coming connections too: connect with client=LABEL".to_owned(),
            ),
        }
    }

    fn open(&self, app: &App) -> Vec<Arc<Connection>> {
        match self {
            Self::Everybody => app.registry.open(None),
            Self::Label(label) => app.registry.open(Some(label)),
            Self::One(connection) => vec![Arc::clone(connection)],
        }
    }
}

/// Carries out the body of `POST /api/control` and returns the number of connections touched.
///
/// # Errors
/// A sentence naming what is wrong with the body.
pub fn from_body(app: &App, body: &[u8]) -> Result<usize, String> {
    let request: Request =
        serde_json::from_slice(body).map_err(|e| format!("the control body does not fit: {e}"))?;
    let target = match request.client {
        None => Target::Everybody,
        Some(label) => {
            params::check_name("client", &label)?;
            Target::Label(label)
        }
    };
    apply(app, &target, request.action)
}

/// Carries out a control frame that a connection sent about itself, or about its label.
///
/// # Errors
/// A sentence naming what is wrong with the frame.
pub fn from_frame(app: &App, connection: &Arc<Connection>, frame: Value) -> Result<usize, String> {
    let action: Action = serde_json::from_value(frame)
        .map_err(|e| format!("the control frame does not fit: {e}"))?;
    let target = match &connection.client {
        Some(label) => Target::Label(label.clone()),
        None => Target::One(Arc::clone(connection)),
    };
    apply(app, &target, action)
}

fn apply(app: &App, target: &Target, action: Action) -> Result<usize, String> {
    let everyone = |act: &dyn Fn(&Connection) -> bool| {
        target
            .open(app)
            .iter()
            .filter(|connection| act(connection))
            .count()
    };
    let kill = |connection: &Connection| {
        connection.kill();
        true
    };
    Ok(match action {
        Action::Kill => everyone(&kill),
        Action::Stall { ms } => {
            let time = ms.map(|ms| window(Some(ms))).transpose()?;
            everyone(&|connection| {
                connection.stall(time);
                true
            })
        }
        Action::Close { code, reason } => {
            let reason = reason.unwrap_or_default();
            wire::check_close(code, &reason)?;
            everyone(&|connection| {
                connection.order(Command::Close {
                    code,
                    reason: reason.clone(),
                })
            })
        }
        Action::DropPongs { on } => everyone(&pongs(PongFault::Drop(on))),
        Action::DelayPongs { ms } => {
            let time = window(Some(ms))?;
            everyone(&pongs(PongFault::Delay(time)))
        }
        Action::DoublePongs { on } => everyone(&pongs(PongFault::Double(on))),
        Action::Refuse { ms, kill: and_kill } => {
            app.policies.refuse(target.future()?, window(ms)?);
            if and_kill.unwrap_or(false) {
                everyone(&kill)
            } else {
                0
            }
        }
        Action::Unavailable { ms, status } => {
            let status = fault::refusal(status.unwrap_or(503))?;
            app.policies
                .unavailable(target.future()?, window(ms)?, status);
            0
        }
        Action::Restart { ms } => {
            app.policies.refuse(target.future()?, window(ms)?);
            let restart = Command::Close {
                code: 1012,
                reason: "restart".to_owned(),
            };
            everyone(&|connection| connection.order(restart.clone()))
        }
        Action::RefuseToken { ms } => {
            app.policies.refuse_tokens(target.future()?, window(ms)?);
            let expired = Command::Close {
                code: 4401,
                reason: "token expired".to_owned(),
            };
            everyone(&|connection| connection.is_auth() && connection.order(expired.clone()))
        }
        Action::Send { data } => {
            let text = match data {
                Value::String(text) => text,
                other => other.to_string(),
            };
            everyone(&|connection| connection.order(Command::Send(text.clone())))
        }
        Action::Ping => {
            everyone(&|connection| connection.order(Command::Send(r#"{"type":"ping"}"#.to_owned())))
        }
        Action::Pong { id } => {
            let pong = wire::pong(id.as_ref());
            everyone(&|connection| connection.order(Command::Send(pong.clone())))
        }
    })
}

fn pongs(fault: PongFault) -> impl Fn(&Connection) -> bool {
    move |connection| {
        connection.pongs.set(fault);
        true
    }
}

fn window(ms: Option<u64>) -> Result<Duration, String> {
    let ms = ms.unwrap_or(WINDOW_MS);
    if ms > limits::DELAY_MS {
        return Err(format!("ms is above {}", limits::DELAY_MS));
    }
    Ok(Duration::from_millis(ms))
}
