//! What the server is told at its start.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::limits;

/// The command line, as printed by `--help`.
pub const USAGE: &str = "\
tautline-server [--host ADDRESS] [--port PORT] [--root DIR] [--mount /PREFIX=DIR]...
                [--records FILE] [--watch-stdin]

  --host ADDRESS       address to listen on (default 127.0.0.1)
  --port PORT          port to listen on (default 0: a free one, printed on the first line)
  --root DIR           static files at /
  --mount /PREFIX=DIR  static files below /PREFIX, repeatable
  --records FILE       records that survive a restart: read at the start, written at a clean stop
  --watch-stdin        stop when stdin closes
";

/// A directory of static files and the URL prefix it appears under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// URL prefix without a trailing slash; empty for the root.
    pub prefix: String,
    /// Directory whose files are served.
    pub directory: PathBuf,
}

/// Where to listen and what to serve.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Static files; none by default.
    pub mounts: Vec<Mount>,
    /// TCP connections at a time; further ones are reset on arrival.
    pub max_sockets: u32,
    /// The file that sinks, seen messages and requests are read from at the start and written to at the stop.
    pub records: Option<PathBuf>,
    /// Whether the command stops when stdin closes. The library ignores it.
    pub watch_stdin: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::from([127, 0, 0, 1]),
            port: 0,
            mounts: Vec::new(),
            max_sockets: limits::SOCKETS,
            records: None,
            watch_stdin: false,
        }
    }
}

impl Config {
    /// Reads command line arguments (without the program's name).
    ///
    /// # Errors
    /// A sentence naming the argument and the cure.
    pub fn from_arguments(arguments: &[String]) -> Result<Self, String> {
        let mut config = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let (name, inline) = match argument.split_once('=') {
                // `--mount /a=DIR` holds its own `=`, but in a word of its own.
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            if name == "--watch-stdin" {
                config.watch_stdin = true;
                continue;
            }
            if !matches!(
                name,
                "--host" | "--port" | "--root" | "--mount" | "--records"
            ) {
                return Err(format!("unknown argument {argument:?}; see --help"));
            }
            let value = inline
                .or_else(|| rest.next().cloned())
                .ok_or_else(|| format!("{name} needs a value; see --help"))?;
            config.take(name, &value)?;
        }
        Ok(config)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "--host" => {
                let host = if value == "localhost" {
                    "127.0.0.1"
                } else {
                    value
                };
                self.host = host
                    .parse()
                    .map_err(|_| format!("--host {value:?} is not an IP address"))?;
            }
            "--port" => {
                self.port = value
                    .parse()
                    .map_err(|_| format!("--port {value:?} is not a port (0 to 65535)"))?;
            }
            "--records" => self.records = Some(PathBuf::from(value)),
            "--root" => self.mounts.push(mount("", value)?),
            _ => {
                let (prefix, directory) = value
                    .split_once('=')
                    .filter(|(prefix, _)| prefix.starts_with('/'))
                    .ok_or_else(|| format!("--mount {value:?} must look like /pkg=DIR"))?;
                self.mounts
                    .push(mount(prefix.trim_end_matches('/'), directory)?);
            }
        }
        Ok(())
    }
}

fn mount(prefix: &str, directory: &str) -> Result<Mount, String> {
    let directory = PathBuf::from(directory);
    if !directory.is_dir() {
        return Err(format!(
            "{} is not a directory; build the site first or correct the path",
            directory.display()
        ));
    }
    Ok(Mount {
        prefix: prefix.to_owned(),
        directory,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Config, String> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        Config::from_arguments(&words)
    }

    #[test]
    fn reads_every_argument_in_both_spellings() {
        let config = parse(&[
            "--port=8080",
            "--host",
            "127.0.0.2",
            "--root",
            ".",
            "--mount",
            "/pkg/=.",
            "--records=r.json",
            "--watch-stdin",
        ])
        .unwrap();
        assert_eq!(
            (config.port, config.host.to_string().as_str()),
            (8080, "127.0.0.2")
        );
        assert!(config.watch_stdin);
        assert_eq!(config.records, Some(PathBuf::from("r.json")));
        let prefixes: Vec<&str> = config.mounts.iter().map(|m| m.prefix.as_str()).collect();
        assert_eq!(prefixes, ["", "/pkg"]);
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (words, part) in [
            (vec!["--prot", "1"], "unknown argument"),
            (vec!["--port"], "needs a value"),
            (vec!["--port", "70000"], "not a port"),
            (vec!["--host", "example"], "not an IP address"),
            (vec!["--root", "./no-such-directory"], "not a directory"),
            (vec!["--mount", "pkg=."], "must look like"),
        ] {
            let error = parse(&words).unwrap_err();
            assert!(error.contains(part), "{words:?}: {error}");
        }
    }
}
