//! Texts of which a part is known only when the stack is there: ARNs, names, the account.

/// What a text may refer to. Each rendering has its own way to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// `aws`, `aws-cn`, `aws-us-gov`: the first field of every ARN.
    Partition,
    /// The region that the stack is in.
    Region,
    /// The account that the stack is in.
    AccountId,
    /// `amazonaws.com`, or China's.
    UrlSuffix,
    /// A parameter of the stack.
    Parameter(Parameter),
    /// The ARN of the stack's own stream.
    StreamArn,
    /// The ARN of one of the stack's own buckets.
    BucketArn(BucketId),
    /// The name of the log group.
    LogGroupName,
    /// The ARN of the log group's streams, with `:*` at its end.
    LogStreamsArn,
    /// The ARN of the role.
    RoleArn,
    /// The name of the function.
    FunctionName,
    /// The UUID of the event source mapping.
    MappingUuid,
}

/// The buckets of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketId {
    /// Data and error objects.
    Data,
    /// Batches that were given up.
    Failures,
}

/// What is said when a stack is deployed, and never stands in a rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// The bucket that holds the code.
    CodeBucket,
    /// The key of the code; its name is its hash, so that another code is another key.
    CodeKey,
    /// SHA-256 of the code, in base64, as Lambda tells it.
    CodeSha256,
    /// The topic that alarms go to; empty for none.
    AlarmTopicArn,
}

impl Parameter {
    /// All, in the order of the renderings.
    pub const ALL: [Self; 4] = [Self::CodeBucket, Self::CodeKey, Self::CodeSha256, Self::AlarmTopicArn];

    /// Its name, as AWS would spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CodeBucket => "CodeBucket",
            Self::CodeKey => "CodeKey",
            Self::CodeSha256 => "CodeSha256",
            Self::AlarmTopicArn => "AlarmTopicArn",
        }
    }

    /// What it is.
    pub const fn description(self) -> &'static str {
        match self {
            Self::CodeBucket => "The bucket that holds the function's zip",
            Self::CodeKey => "The key of the zip, which has its hash in it",
            Self::CodeSha256 => "SHA-256 of the zip, in base64",
            Self::AlarmTopicArn => "ARN of the SNS topic that alarms go to; empty for none",
        }
    }

    /// What holds when it is not said; none where it must be.
    pub const fn default(self) -> Option<&'static str> {
        match self {
            Self::CodeBucket | Self::CodeKey | Self::CodeSha256 => None,
            Self::AlarmTopicArn => Some(""),
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Literal(String),
    /// What the stack knows.
    Reference(Reference),
}

/// A text, part by part; no two literals stand side by side, and none is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Vec<Part>);

impl Text {
    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The text, where all of it is known.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// This text and another behind it.
    #[must_use]
    pub fn then(mut self, other: impl Into<Self>) -> Self {
        for part in other.into().0 {
            match (self.0.last_mut(), part) {
                (Some(Part::Literal(text)), Part::Literal(more)) => text.push_str(&more),
                (_, part) => self.0.push(part),
            }
        }
        self
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::default() } else { Self(vec![Part::Literal(text)]) }
    }
}

impl From<Reference> for Text {
    fn from(reference: Reference) -> Self {
        Self(vec![Part::Reference(reference)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_side_by_side_are_one() {
        let text = Text::from("arn:").then(Reference::Partition).then(":s3").then("").then(":::b");
        let partition = Part::Reference(Reference::Partition);
        assert_eq!(text.parts(), [Part::Literal("arn:".into()), partition, Part::Literal(":s3:::b".into())]);
        assert_eq!((text.literal(), Text::from("a").then("b").literal()), (None, Some("ab")));
        assert_eq!(Text::from("").literal(), Some(""));
    }
}
