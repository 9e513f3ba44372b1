//! What a form showed when it was opened. It goes along with the form, so that a save made on an older version can be shown
//! which fields somebody else changed meanwhile, and which of them nobody has touched here.

use super::form::Input;

/// The hidden field that carries it.
pub const WAS: &str = "was";

/// A field that somebody else has changed since the form was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its name in the form.
    pub field: String,
    /// Whether it was left alone here, so that it now shows the other's value.
    pub taken: bool,
}

/// The stored values as the hidden field carries them.
pub fn carried(stored: &Input) -> String {
    let pairs: Vec<(&str, &str)> = stored.pairs().filter(|(name, _)| *name != WAS).collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// What a form that was sent carries of a field; none when it carries nothing.
pub fn before(input: &Input, field: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_json::from_str(input.get(WAS)).ok()?;
    Some(Input::from_pairs(pairs).get(field).to_owned())
}

/// Brings what was typed up to what is stored now: a field that was left alone takes the stored value, any other keeps what
/// was typed. Tells the fields that somebody else has changed. Of a form that carries nothing, every field that differs from
/// what is stored counts as changed by somebody else, and keeps what was typed.
pub fn merge(input: &mut Input, now: &Input, fields: &[&str]) -> Vec<Changed> {
    let was: Option<Vec<(String, String)>> = serde_json::from_str(input.get(WAS)).ok();
    let was = was.map(Input::from_pairs);
    let mut changed = Vec::new();
    for field in fields {
        let (typed, stored) = (input.get(field).to_owned(), now.get(field));
        let before = was.as_ref().map_or(typed.as_str(), |w| w.get(field));
        if before == stored {
            continue;
        }
        let taken = was.is_some() && typed == before;
        if taken && now.ticked(field) {
            input.set(field, stored);
        } else if taken {
            input.untick(field);
        }
        if typed != stored {
            changed.push(Changed {
                field: (*field).to_owned(),
                taken,
            });
        }
    }
    input.set(WAS, carried(now));
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_alone_takes_the_others_value() {
        let opened = Input::from_pairs([("name", "A"), ("note", ""), ("phone", "1"), ("vip", "1")]);
        let now = Input::from_pairs([("name", "B"), ("note", "theirs"), ("phone", "1")]);
        let mut typed = Input::from_pairs([("name", "C"), ("note", ""), ("phone", "2"), ("vip", "1")]);
        typed.set(WAS, carried(&opened));
        let changed = merge(&mut typed, &now, &["name", "note", "phone", "vip"]);
        let told: Vec<(&str, bool)> = changed.iter().map(|c| (c.field.as_str(), c.taken)).collect();
        assert_eq!(told, [("name", false), ("note", true), ("vip", true)]);
        let kept: Vec<&str> = ["name", "note", "phone"].iter().map(|f| typed.get(f)).collect();
        assert_eq!(kept, ["C", "theirs", "2"]);
        assert!(!typed.ticked("vip"));
        assert_eq!(merge(&mut typed, &now, &["name", "note"]), []);
    }

    #[test]
    fn a_form_that_carries_nothing_keeps_all_that_was_typed() {
        let now = Input::from_pairs([("name", "B"), ("note", "same")]);
        let mut typed = Input::from_pairs([("name", "C"), ("note", "same")]);
        let changed = merge(&mut typed, &now, &["name", "note"]);
        assert_eq!((changed.len(), typed.get("name")), (1, "C"));
    }
}
