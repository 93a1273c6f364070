//! Only edges of the diagram: a copy of it, made from the documentation and not from the code.

use tautline::session::{Auth, Config, Event, Output, State, StateName, StateName::*};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::coverage::Coverage;

/// From where to where. An edge from a state to itself is a new attempt, a longer wait or another reason to rest.
pub const EDGES: &[(StateName, StateName)] = &[
    (Idle, Connecting),
    (Idle, Closed),
    (Connecting, Connecting),
    (Connecting, Authenticating),
    (Connecting, Restoring),
    (Connecting, Open),
    (Connecting, Waiting),
    (Connecting, Suspended),
    (Connecting, Closing),
    (Connecting, Closed),
    (Authenticating, Connecting),
    (Authenticating, Restoring),
    (Authenticating, Open),
    (Authenticating, Waiting),
    (Authenticating, Suspended),
    (Authenticating, Closing),
    (Authenticating, Closed),
    (Restoring, Connecting),
    (Restoring, Open),
    (Restoring, Waiting),
    (Restoring, Suspended),
    (Restoring, Closing),
    (Restoring, Closed),
    (Open, Connecting),
    (Open, Waiting),
    (Open, Suspended),
    (Open, Closing),
    (Open, Closed),
    (Waiting, Connecting),
    (Waiting, Waiting),
    (Waiting, Suspended),
    (Waiting, Closing),
    (Waiting, Closed),
    (Suspended, Connecting),
    (Suspended, Suspended),
    (Suspended, Closed),
    (Closing, Closed),
    (Closed, Connecting),
];

/// Whether the steps that this configuration leaves out, or asks for, are left out or taken.
fn fits(config: &Config, from: StateName, to: StateName) -> bool {
    let auth = config.auth != Auth::None;
    match (from, to) {
        (_, Authenticating) => auth,
        (Connecting, Restoring) => config.restore && !auth,
        (Authenticating, Restoring) => config.restore,
        (Connecting, Open) => !config.restore && !auth,
        (Authenticating, Open) => !config.restore,
        _ => true,
    }
}

pub struct Edges;

impl Edges {
    pub fn see(&mut self, context: &Context, seen: &Seen, coverage: &mut Coverage) -> Verdict {
        match *seen {
            Seen::Output(Output::Notify(Event::State { state, .. })) => {
                let edge = (context.shown, state.name());
                let known = EDGES.iter().position(|&known| known == edge);
                if let Some(index) = known {
                    coverage.edges[index] += 1;
                }
                if let State::Closed(why) = state {
                    coverage.ends[*why as usize] += 1;
                }
                let (from, to) = edge;
                ensure(
                    known.is_some() && fits(context.config, from, to),
                    Invariant::Edges,
                    || format!("there is no edge from {} to {}", from.name(), to.name()),
                )
            }
            Seen::Settled { state, .. } if !context.farewell => ensure(
                *context.state == *state || is_step(context.shown, state.name()),
                Invariant::Edges,
                || format!("{:?} is shown, but the state is {state:?}", context.state),
            ),
            _ => Ok(()),
        }
    }
}

/// Steps within these are not shown.
fn is_step(shown: StateName, state: StateName) -> bool {
    shown == state && matches!(state, Connecting | Authenticating | Closed)
}
