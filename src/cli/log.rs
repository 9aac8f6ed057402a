//! What a run says of itself while it works, on stderr: for a reader, or a line of JSON each for a scheduler's log.

use std::fmt::Display;
use std::io::Write;
use std::time::SystemTime;

use serde::Serialize;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Notes and errors as sentences.
    #[default]
    Text,
    /// A JSON object a line: time, level, event, message and what belongs to it.
    Json,
}

/// Where log lines go.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// Nothing but errors.
    pub quiet: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: &'a str,
    event: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
}

impl Log {
    /// The same, without anything but errors where that is asked for.
    pub fn hushed(self, quiet: bool) -> Log {
        Log { quiet, ..self }
    }

    /// Something a reader should know.
    pub fn note(self, message: impl Display) {
        match self.format {
            LogFormat::Text if !self.quiet => say(format_args!("note: {message}")),
            LogFormat::Json if !self.quiet => self.line("warning", "note", message, None, None),
            _ => {}
        }
    }

    /// A step that is done; only a machine wants to know of it.
    pub fn step(self, step: &str, seconds: f64) {
        if self.format == LogFormat::Json && !self.quiet {
            self.line("info", "step", step, Some(seconds), None);
        }
    }

    /// What the run has to say in the end; on stdout already for a reader.
    pub fn done(self, message: impl Display, seconds: f64) {
        if self.format == LogFormat::Json && !self.quiet {
            self.line("info", "done", message, Some(seconds), Some(0));
        }
    }

    /// Why a command failed.
    pub fn error(self, message: impl Display, code: u8) {
        match self.format {
            LogFormat::Text => say(format_args!("error: {message}")),
            LogFormat::Json => self.line("error", "failed", message, None, Some(code)),
        }
    }

    /// A problem of the inputs, with its place; the error that counts them follows.
    pub fn problem(self, message: impl Display) {
        match self.format {
            LogFormat::Text => say(message),
            LogFormat::Json => self.line("error", "problem", message, None, None),
        }
    }

    fn line(self, level: &str, event: &str, message: impl Display, seconds: Option<f64>, exit_code: Option<u8>) {
        let line = Line { time: now(), level, event, message: message.to_string(), seconds, exit_code };
        say(serde_json::to_string(&line).expect("texts and numbers"));
    }
}

/// Nobody may be listening on stderr; the exit code still tells.
fn say(line: impl Display) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Coordinated Universal Time, to the second: `2026-02-01T06:00:00Z`.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
