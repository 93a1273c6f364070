//! The exported class.

use core::cell::Cell;

use wasm_bindgen::prelude::*;

use super::host::{Host, HostFace};
use super::options;
use crate::session::{Address, Config, Fate, Message, Millis, News, Session};
use crate::transport::{Driver, Frame};

/// Numbers of the fates in `wire.ts`.
const QUEUED: u32 = 1;
/// From this number on come the reasons of a drop.
const DROPPED: u32 = 2;

/// The commands that carry nothing, in the order of `wire.ts`.
const COMMANDS: [fn(&mut Session, Millis); 5] = [
    Session::open,
    Session::reconnect,
    Session::pause,
    Session::resume,
    Session::abort,
];

/// One session with its driver. Few methods, because each costs glue: what carries nothing is a number.
#[wasm_bindgen]
pub struct Engine {
    driver: Driver<HostFace>,
}

#[wasm_bindgen]
impl Engine {
    /// Makes an engine with the default options.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Host) -> Engine {
        let face = HostFace {
            host,
            log: Cell::new(false),
        };
        Engine {
            driver: Driver::new(Config::default(), face),
        }
    }

    /// Sets a numeric option. Before the first command only.
    pub fn set(&self, option: u32, value: f64) {
        if option == options::LOG {
            self.driver.face().log.set(value != 0.0);
        }
        self.driver
            .configure(|config| options::set(config, option, value));
    }

    /// Adds a rule of the user's retry table; the first that matches wins. Before the first command only.
    pub fn rule(&self, from: u16, to: u16, action: u32, delay: f64) {
        let rule = options::rule(from, to, action, delay);
        self.driver.configure(|config| config.rules.push(rule));
    }

    /// Gives a command by its number.
    pub fn command(&self, command: usize) {
        if let Some(act) = COMMANDS.get(command) {
            self.driver.command(act);
        }
    }

    /// Answers a question of this generation by its number: 0, URL and subprotocols are ready, with the facts of
    /// the address; 2, the restore step is done; anything else, the provider failed.
    pub fn answer(&self, generation: u32, answer: u32, facts: u32) {
        let news = match answer {
            0 => News::UrlReady(Address {
                secure: facts & 1 != 0,
                loopback: facts & 2 != 0,
                offers_protocols: facts & 4 != 0,
                from_secure_page: facts & 8 != 0,
            }),
            2 => News::Restored,
            _ => News::Failed,
        };
        self.driver.news(generation, news);
    }

    /// Sends the message with the credentials, or one of the restore step; false if that step is over.
    pub fn step(&self, generation: u32, frame: &Frame) -> bool {
        self.driver.step(generation, frame)
    }

    /// The hot path: hands a message straight to the native socket; false if it has to be queued.
    pub fn pass(&self, frame: &Frame, size: u32) -> bool {
        self.driver.pass(frame, size)
    }

    /// Queues a message: 1, or 2 and the number of the reason why not.
    pub fn enqueue(&self, ticket: u32, size: u32, ttl: f64, key: u32) -> u32 {
        let ttl_ms = (ttl > 0.0).then_some(ttl as Millis);
        let message = Message {
            ticket,
            bytes: size,
            ttl_ms,
            key: (key > 0).then_some(key),
        };
        match self.driver.enqueue(message) {
            Fate::Queued(_) => QUEUED,
            Fate::Dropped(reason) => DROPPED + reason as u32,
        }
    }

    /// Closes for good, code 0 meaning none.
    pub fn close(&self, code: u16, reason: &str, drain: f64) {
        let code = (code != 0).then_some(code);
        self.driver
            .command(|session, now| session.close(now, code, reason, drain as Millis));
    }

    /// One statistic; NaN where nothing is known.
    pub fn stat(&self, index: u32) -> f64 {
        options::stat(&self.driver.stats(), index)
    }
}
