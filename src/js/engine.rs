//! The exported class.

use std::cell::{OnceCell, RefCell};

use wasm_bindgen::prelude::*;

use super::host::{Host, HostFace};
use super::options;
use crate::session::{Address, Config, Fate, Message, Millis, News, Session};
use crate::transport::{Driver, Frame};

/// Numbers of the fates in `wire.ts`.
const QUEUED: u32 = 1;
const DROPPED: u32 = 2;
/// Above these numbers come the reasons of a drop.
const DROP_REASONS: u32 = DROPPED;

/// One session with its driver. `open` ends the time of setting options.
#[wasm_bindgen]
pub struct Engine {
    setup: RefCell<Setup>,
    driver: OnceCell<Driver<HostFace>>,
}

struct Setup {
    config: Config,
    host: Option<Host>,
    log: bool,
}

#[wasm_bindgen]
impl Engine {
    /// Makes an engine with the default options.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Host) -> Engine {
        let setup = Setup {
            config: Config::default(),
            host: Some(host),
            log: false,
        };
        Engine {
            setup: RefCell::new(setup),
            driver: OnceCell::new(),
        }
    }

    /// Sets a numeric option.
    pub fn set(&self, option: u32, value: f64) {
        let mut setup = self.setup.borrow_mut();
        if option == options::LOG {
            setup.log = value != 0.0;
        }
        options::set(&mut setup.config, option, value);
    }

    /// Adds a rule of the user's retry table; the first that matches wins.
    pub fn rule(&self, from: u16, to: u16, action: u32, delay: f64) {
        self.setup
            .borrow_mut()
            .config
            .rules
            .push(options::rule(from, to, action, delay));
    }

    /// Starts to connect.
    pub fn open(&self) {
        if let Some(driver) = self.driver() {
            driver.open();
        }
    }

    /// URL and subprotocols of this generation are ready.
    #[wasm_bindgen(js_name = answerUrl)]
    pub fn answer_url(&self, generation: u32, facts: u32) {
        let address = Address {
            secure: facts & 1 != 0,
            loopback: facts & 2 != 0,
            offers_protocols: facts & 4 != 0,
            from_secure_page: facts & 8 != 0,
        };
        self.news(generation, News::UrlReady(address));
    }

    /// The message with the credentials is ready.
    #[wasm_bindgen(js_name = answerCredentials)]
    pub fn answer_credentials(&self, generation: u32, frame: &Frame) {
        if let Some(driver) = self.driver() {
            driver.credentials(generation, frame);
        }
    }

    /// The restore step is done.
    #[wasm_bindgen(js_name = answerRestore)]
    pub fn answer_restore(&self, generation: u32) {
        self.news(generation, News::Restored);
    }

    /// A provider or the restore step failed.
    pub fn fail(&self, generation: u32) {
        self.news(generation, News::Failed);
    }

    /// Sends a message of the restore step; false if that step is over.
    #[wasm_bindgen(js_name = restoreSend)]
    pub fn restore_send(&self, generation: u32, frame: &Frame) -> bool {
        self.driver()
            .is_some_and(|driver| driver.restore(generation, frame))
    }

    /// The hot path: hands a message straight to the native socket; false if it has to be queued.
    pub fn pass(&self, frame: &Frame, size: u32) -> bool {
        self.driver
            .get()
            .is_some_and(|driver| driver.pass(frame, size))
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
        match self.driver().map(|driver| driver.enqueue(message)) {
            Some(Fate::Queued(_)) => QUEUED,
            Some(Fate::Dropped(reason)) => DROP_REASONS + reason as u32,
            None => DROPPED,
        }
    }

    /// Closes for good, code 0 meaning none.
    pub fn close(&self, code: u16, reason: &str, drain: f64) {
        let code = (code != 0).then_some(code);
        self.command(|session, now| session.close(now, code, reason, drain as Millis));
    }

    /// Ends everything at once and for good.
    pub fn abort(&self) {
        self.command(Session::abort);
    }

    /// Dials now, whatever is there.
    pub fn reconnect(&self) {
        self.command(Session::reconnect);
    }

    /// Puts the connection on hold.
    pub fn pause(&self) {
        self.command(Session::pause);
    }

    /// Ends the hold.
    pub fn resume(&self) {
        self.command(Session::resume);
    }

    /// One statistic; NaN where nothing is known.
    pub fn stat(&self, index: u32) -> f64 {
        self.driver()
            .map_or(f64::NAN, |driver| options::stat(&driver.stats(), index))
    }

    /// The driver, made at the first use, when all options are set.
    fn driver(&self) -> Option<&Driver<HostFace>> {
        if self.driver.get().is_none() {
            let mut setup = self.setup.borrow_mut();
            let face = HostFace {
                host: setup.host.take()?,
                log: setup.log,
            };
            let config = core::mem::take(&mut setup.config);
            let _ = self.driver.set(Driver::new(config, face));
        }
        self.driver.get()
    }

    fn command(&self, act: impl FnOnce(&mut Session, Millis)) {
        if let Some(driver) = self.driver() {
            driver.command(act);
        }
    }

    fn news(&self, generation: u32, news: News) {
        if let Some(driver) = self.driver() {
            driver.news(generation, news);
        }
    }
}
