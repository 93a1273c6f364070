//! The authentication step right after the handshake.

use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::time::Duration;

use super::builder::Builder;
use super::error::{BoxError, Failure, ReauthenticateError};
use super::millis;
use super::sender::Sender;
use super::steps::{Answer, AuthStep, DialContext, LocalFuture, Provider, Renewal, provider};
use super::wakers::Promise;
use crate::codec::Codec;
use crate::session::{self, Millis, Session, Verdict};

type Accept<In> = Box<dyn Fn(&In) -> Option<bool>>;
type ExpiresIn<In> = Box<dyn Fn(&In) -> Option<Duration>>;

/// Who we are, as the first message of each connection. Nothing else leaves before the server's yes.
///
/// ```
/// use tautline::Auth;
///
/// struct Credentials { token: String }
/// enum Reply { Welcome, Denied, Other }
///
/// # async fn fresh_token() -> Result<String, std::io::Error> { Ok("secret".into()) }
/// let auth: Auth<_, Reply> = Auth::message(|_| async {
///     Ok::<_, std::io::Error>(Credentials { token: fresh_token().await? })
/// })
/// .accept(|reply| match reply {
///     Reply::Welcome => Some(true),
///     Reply::Denied => Some(false),
///     Reply::Other => None,
/// });
/// ```
pub struct Auth<Out, In> {
    message: Provider<Out>,
    accept: Accept<In>,
    expires_in: Option<ExpiresIn<In>>,
    is_insecure: bool,
}

/// The first half of an [`Auth`]: how to read the server's answer is missing.
pub struct Credentials<Out> {
    message: Provider<Out>,
}

impl<Out: 'static> Auth<Out, ()> {
    /// Makes the first message of each connection, and the one of each renewal. Where it fails, the attempt failed.
    pub fn message<F, Fut, E>(message: F) -> Credentials<Out>
    where
        F: Fn(DialContext) -> Fut + 'static,
        Fut: Future<Output = Result<Out, E>> + 'static,
        E: Into<BoxError>,
    {
        Credentials {
            message: provider(message),
        }
    }
}

impl<Out> Credentials<Out> {
    /// Reads a reply: yes, no, or neither. The yes and the no do not come out of the stream: take from them here what
    /// you need.
    pub fn accept<In>(self, accept: impl Fn(&In) -> Option<bool> + 'static) -> Auth<Out, In> {
        Auth {
            message: self.message,
            accept: Box::new(accept),
            expires_in: None,
            is_insecure: false,
        }
    }
}

impl<Out, In> Auth<Out, In> {
    /// How long the credentials hold from the yes on. They are renewed on the open connection in time; where that fails,
    /// the connection goes on until the server ends it.
    pub fn expires_in(self, holds: Duration) -> Self {
        self.expires_in_with(move |_| Some(holds))
    }

    /// The same, read from the yes.
    pub fn expires_in_with(mut self, holds: impl Fn(&In) -> Option<Duration> + 'static) -> Self {
        self.expires_in = Some(Box::new(holds));
        self
    }

    /// Lets credentials travel over `ws:` to other machines too. Default no: loopback only.
    pub fn insecure(mut self) -> Self {
        self.is_insecure = true;
        self
    }
}

impl<Out: 'static, In: 'static> AuthStep<Out, In> for Auth<Out, In> {
    fn credentials(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        context: DialContext,
    ) -> LocalFuture<Answer> {
        let message = (self.message)(context);
        let codec = Rc::clone(codec);
        Box::pin(async move {
            match message.await.map(|message| codec.encode(&message)) {
                Ok(Ok(payload)) => Answer::Credentials(payload),
                Ok(Err(error)) => Answer::Failed(Failure::Encode(Rc::new(error))),
                Err(error) => Answer::Failed(Failure::Provider(error.into())),
            }
        })
    }

    fn judge(&self, message: &In) -> Option<(Verdict, Option<Millis>)> {
        Some(if (self.accept)(message)? {
            let holds = self.expires_in.as_ref().and_then(|it| it(message));
            (Verdict::Accepted, holds.map(millis))
        } else {
            (Verdict::Refused, None)
        })
    }

    fn is_insecure(&self) -> bool {
        self.is_insecure
    }
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// The authentication step right after the handshake. Default: none.
    pub fn auth(mut self, auth: Auth<Out, In>) -> Self {
        self.config().auth = if auth.is_insecure() {
            session::Auth::AllowInsecure
        } else {
            session::Auth::Secure
        };
        self.parts.steps.auth = Some(Box::new(auth));
        self
    }
}

impl<Out, In> Sender<Out, In> {
    /// Brings new credentials to the open connection. Done at the server's yes; where there is no connection, the next
    /// one brings new credentials anyway.
    ///
    /// # Errors
    ///
    /// See [`ReauthenticateError`]. The connection goes on, unless it was closed.
    pub async fn reauthenticate(&self) -> Result<(), ReauthenticateError> {
        let messages = self.messages.upgrade();
        if messages.is_some_and(|it| it.steps.auth.is_none()) {
            return Err(ReauthenticateError::NotConfigured);
        }
        if let Some(closed) = self.status.closed() {
            return Err(closed.into());
        }
        let promise = Promise::new();
        let renewed = Rc::clone(&promise);
        let status = Rc::downgrade(&self.status);
        self.status.renewals.add(Box::new(move |renewal| {
            renewed.keep(match renewal {
                Renewal::Accepted => Ok(()),
                Renewal::Failed(Some(error)) => {
                    Err(ReauthenticateError::Provider(Rc::clone(error)))
                }
                Renewal::Failed(None) => Err(ReauthenticateError::Timeout),
                Renewal::Closed => match status.upgrade().and_then(|it| it.closed()) {
                    Some(closed) => Err(closed.into()),
                    None => Err(ReauthenticateError::Timeout),
                },
            });
        }));
        self.command(Session::reauthenticate);
        poll_fn(|context| promise.poll(context)).await
    }
}
