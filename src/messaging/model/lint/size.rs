//! How long a text gets at most, and what that costs.

use serde_json::{Map, Value};

use super::super::template::{Draft, render};
use crate::platform::sms::segments::Size;

/// How long a text message gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// With usual values.
    pub usual: Size,
    /// With the longest there are.
    pub longest: Size,
}

/// Measures a draft with usual values and with the longest; none: it cannot be filled in.
pub fn extent(draft: &Draft, usual: &Map<String, Value>, longest: &Map<String, Value>) -> Option<Extent> {
    let size = |values| render(draft, values).ok().map(|r| r.size);
    let (usual, longest) = (size(usual)?, size(longest)?);
    // A text may choose to say less where it has more to say.
    let longer = if longest.parts >= usual.parts { longest } else { usual };
    Some(Extent { usual, longest: longer })
}
