//! Who is measured: the programs, how they are started, and where they put newlines.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use penstock_gates::workload::Framing;

/// A handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Peer {
    /// Ours, with jq and Parquet built in.
    #[value(skip)]
    Penstock,
    /// Ours, with nothing built in that environments choose.
    #[value(skip)]
    PenstockCore,
    /// The posts' Python: a client a put, a print a record
    Post,
    /// Python with one client and no print
    Tuned,
    /// Node with the SDK's S3 client
    Node,
    /// Rust by the libraries' own examples
    Idiomatic,
    /// Rust that answers and does nothing else
    Hello,
}

impl Peer {
    /// The peers that others wrote, or would.
    pub const OTHERS: [Self; 5] = [Self::Post, Self::Tuned, Self::Node, Self::Idiomatic, Self::Hello];

    /// Its name for programs, for files and for its bucket.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Penstock => "penstock",
            Self::PenstockCore => "penstock-core",
            Self::Post => "post",
            Self::Tuned => "tuned",
            Self::Node => "node",
            Self::Idiomatic => "idiomatic",
            Self::Hello => "hello",
        }
    }

    /// Its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Penstock => "Penstock",
            Self::PenstockCore => "Penstock, core",
            Self::Post => "Python, as posted",
            Self::Tuned => "Python, tuned",
            Self::Node => "Node",
            Self::Idiomatic => "Rust, idiomatic",
            Self::Hello => "Rust, hello world",
        }
    }

    /// Where it puts newlines; none where it puts nothing.
    pub const fn framing(self) -> Option<Framing> {
        match self {
            Self::Penstock | Self::PenstockCore => Some(Framing::After),
            Self::Post | Self::Tuned | Self::Node | Self::Idiomatic => Some(Framing::Between),
            Self::Hello => None,
        }
    }

    /// What starts it, from what lies in `folder`: see `cargo xtask bench`, which puts it there.
    pub fn command(self, folder: &Path) -> Command {
        match self {
            Self::Penstock | Self::PenstockCore => Command::new(folder.join(self.id())),
            Self::Idiomatic | Self::Hello => Command::new(folder.join(self.id()).join("release").join(self.id())),
            Self::Post | Self::Tuned => {
                let mut command = Command::new(python(folder));
                command.current_dir(sources("python"));
                command.args(["-m", "awslambdaric"]).arg(format!("{}.handler", self.id()));
                command
            }
            Self::Node => {
                let mut command = Command::new("node");
                command.arg(folder.join("node/handler.mjs"));
                command
            }
        }
    }

    /// The variables that it is configured by, beside Lambda's.
    pub fn variables(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Penstock | Self::PenstockCore => {
                vec![("PENSTOCK_BUCKET", self.bucket()), ("PENSTOCK_DELIVERY_NAME", "clicks".to_owned())]
            }
            Self::Post | Self::Tuned | Self::Node | Self::Idiomatic | Self::Hello => vec![("BUCKET", self.bucket())],
        }
    }

    fn bucket(self) -> String {
        format!("bench-{}", self.id())
    }
}

/// Python with the packages of `peers/python/requirements.txt`.
pub fn python(folder: &Path) -> PathBuf {
    folder.join("python/bin/python")
}

/// Where the peers' sources are.
pub fn sources(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}
