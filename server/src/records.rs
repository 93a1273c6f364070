//! Records that survive a restart of the process: one JSON file, read at the start and written at a clean stop.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::doubles::Seen;
use crate::endpoints::SinkRecord;
use crate::rpc::CallRecord;
use crate::server::App;

/// The only version of the file so far.
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Records {
    version: u32,
    /// Oldest use first.
    pub sessions: Vec<Seen>,
    pub sinks: HashMap<String, SinkRecord>,
    pub rpc: HashMap<String, CallRecord>,
}

impl Records {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self {
            version: VERSION,
            sessions: Vec::new(),
            sinks: HashMap::new(),
            rpc: HashMap::new(),
        }
    }

    /// What is known now.
    pub fn of(app: &App) -> Self {
        Self {
            version: VERSION,
            sessions: app.doubles.to_records(),
            sinks: app.sink.to_records(),
            rpc: app.calls.to_records(),
        }
    }

    /// Reads the file; none yet is as good as an empty one.
    ///
    /// # Errors
    /// The file cannot be read or does not fit, or it could not be written later.
    pub fn read(path: &Path) -> io::Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Better said now than at the stop, when there is something to lose.
                return match folder(path).is_dir() {
                    true => Ok(Self::empty()),
                    false => Err(explain(path, "cannot be created", &error)),
                };
            }
            Err(error) => return Err(explain(path, "cannot be read", &error)),
        };
        let records: Self = serde_json::from_reader(BufReader::new(file))
            .map_err(|error| explain(path, "is broken", &error.into()))?;
        if records.version == VERSION {
            return Ok(records);
        }
        let error = io::Error::new(
            io::ErrorKind::InvalidData,
            format!("its version is {}, not {VERSION}", records.version),
        );
        Err(explain(path, "does not fit", &error))
    }

    /// Writes the file as a whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to, or the disk is full.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let draft = folder(path).join(name);
        self.write_to(&draft)
            .and_then(|()| fs::rename(&draft, path))
            .map_err(|error| {
                let _ = fs::remove_file(&draft);
                explain(path, "cannot be written", &error)
            })
    }

    fn write_to(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        file.get_ref().sync_all()
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn explain(path: &Path, what: &str, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!(
            "the records file {} {what}: {error}; move it away or choose another --records",
            path.display()
        ),
    )
}
