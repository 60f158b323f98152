//! Where in S3 an object is kept.

use penstock_format::excerpt;

/// S3's `StorageClass`, those of a general purpose bucket. Source: the S3 API reference, `PutObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageClass {
    /// `STANDARD`, where nothing else is said.
    Standard,
    /// `STANDARD_IA`.
    StandardIa,
    /// `ONEZONE_IA`.
    OnezoneIa,
    /// `INTELLIGENT_TIERING`.
    IntelligentTiering,
    /// `GLACIER_IR`.
    GlacierIr,
    /// `GLACIER`: nothing is read before it is restored.
    Glacier,
    /// `DEEP_ARCHIVE`: nothing is read before it is restored.
    DeepArchive,
    /// `REDUCED_REDUNDANCY`, of old; AWS advises against it.
    ReducedRedundancy,
}

/// Classes that `PutObject` knows and that are not for a pipe like this, each with the reason.
const REFUSED: [(&str, &str); 5] = [
    ("EXPRESS_ONEZONE", "it is for directory buckets, which have no tags, and keys of another kind"),
    ("OUTPOSTS", "it is for buckets on Outposts, which are reached in another way"),
    ("SNOW", "it is for Snow devices, which are reached in another way"),
    ("FSX_OPENZFS", "it is for access points of FSx, which are reached in another way"),
    ("FSX_ONTAP", "it is for access points of FSx, which are reached in another way"),
];

impl StorageClass {
    /// Every variant, in the order in which messages list them.
    pub const ALL: [Self; 8] = [
        Self::Standard,
        Self::StandardIa,
        Self::OnezoneIa,
        Self::IntelligentTiering,
        Self::GlacierIr,
        Self::Glacier,
        Self::DeepArchive,
        Self::ReducedRedundancy,
    ];

    /// Takes S3's word. Case matters, as it does to S3.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(class) = Self::ALL.into_iter().find(|class| class.as_str() == text) {
            return Ok(class);
        }
        let names = Self::ALL.map(Self::as_str).join(", ");
        Err(match REFUSED.iter().find(|(name, _)| *name == text) {
            Some((name, why)) => format!("{name:?} is not supported, because {why}; expected one of {names}"),
            None => format!("{} is not one of {names}", excerpt(text)),
        })
    }

    /// S3's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::StandardIa => "STANDARD_IA",
            Self::OnezoneIa => "ONEZONE_IA",
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::GlacierIr => "GLACIER_IR",
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
            Self::ReducedRedundancy => "REDUCED_REDUNDANCY",
        }
    }
}
