//! A world in words, for whoever reads its story.

use std::fmt;

use super::{Fault, InvocationFault, Move, PutFault, Records, Settings, Wrapping};

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} shards, BatchSize {}, window {} s, factor {}, timeout {} s",
            self.shards,
            self.batch_size,
            self.window.as_secs(),
            self.parallelization_factor,
            self.timeout.as_secs()
        )?;
        if self.bisect {
            write!(f, ", bisect")?;
        }
        if let Some(attempts) = self.maximum_retry_attempts {
            write!(f, ", {attempts} retries")?;
        }
        if let Some(age) = self.maximum_record_age {
            write!(f, ", age {} s", age.as_secs())?;
        }
        match self.records {
            Records::Text => {}
            Records::Json => write!(f, ", records of JSON and queries instead of hooks")?,
            Records::Columns => write!(f, ", records of JSON, queries instead of hooks and columns instead of lines")?,
        }
        if self.transforms {
            write!(f, ", hooks that drop, split and fail")?;
        }
        if let Some(partitions) = self.partitions {
            write!(f, ", outputs over {partitions} partitions")?;
        }
        if self.together > 1 {
            let how = match self.wrapping {
                Wrapping::Delimited => "with a delimiter between them",
                Wrapping::Kpl => "as an aggregate of the KPL",
            };
            write!(f, ", {} records put as one, {how}", self.together)?;
        }
        write!(f, ", a put takes {} ms", self.put_takes.as_millis())?;
        for (name, value) in &self.variables {
            write!(f, ", {}={value}", name.trim_start_matches("PENSTOCK_"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart(down) => write!(f, "the pollers end in order and begin again after {down:.0?}"),
            Self::Crash(down) => write!(f, "the pollers crash, and others begin after {down:.0?}"),
            Self::Split(_) => write!(f, "a shard is split"),
            Self::Merge(_) => write!(f, "two shards are merged"),
            Self::Reconfigure => write!(f, "the function is deployed with another prefix"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invocation { shard, nth, what } => write!(f, "shard {shard}, invocation {nth}: {what}"),
            Self::Put { shard, nth, what } => write!(f, "shard {shard}, put {nth}: {what}"),
            Self::Outage { from, lasts, what } => {
                write!(f, "every put from {from:.1?} on, for {lasts:.1?}: {what}")
            }
        }
    }
}

impl fmt::Display for InvocationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled => write!(f, "throttled"),
            Self::KilledBefore => write!(f, "the environment dies before the function has the event"),
            Self::KilledAfter(after) => write!(f, "the environment is killed after {after:.0?}"),
            Self::OutOfMemory => write!(f, "out of memory at the first put"),
            Self::AnswerLost => write!(f, "the function is done, and its answer is lost"),
            Self::TimeoutAfterPut => write!(f, "the function is done, and hangs until its timeout"),
            Self::ClockAhead(by) => write!(f, "the clock is {by:.1?} ahead"),
            Self::ClockBehind(by) => write!(f, "the clock is {by:.1?} behind"),
        }
    }
}

impl fmt::Display for PutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InternalError => write!(f, "500"),
            Self::SlowDown(after) => write!(f, "503 SlowDown, not before {after:.1?}"),
            Self::Conflict => write!(f, "409"),
            Self::Denied => write!(f, "403"),
            Self::Slow(takes) => write!(f, "takes effect after {takes:.1?}, and is answered after twice that"),
            Self::Stalled => write!(f, "nothing happens, and nothing comes back"),
            Self::CutBefore => write!(f, "the connection breaks before the write took effect"),
            Self::CutAfter => write!(f, "the connection breaks after the write took effect"),
            Self::AnswerLost => write!(f, "it took effect, and its 200 never comes"),
            Self::Late(after) => write!(f, "nothing comes back, and it takes effect after {after:.1?}"),
        }
    }
}
