//! The steps of a rule, and what tells one from another. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rule::{Channels, RuleAction};

/// Most steps of a rule.
pub const STEPS_MAX: usize = 6;

/// One step of a rule: when, and what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleStep)]
pub struct Step {
    /// Tells it from the other steps of its rule, also from those that were there once. A new one has 0, and gets its own when
    /// the rule is saved.
    #[serde(default)]
    pub id: i64,
    /// What it does.
    pub action: RuleAction,
    /// Calendar days from the anchor's day in the site's zone; negative: before.
    pub offset_days: i32,
    /// Minutes of elapsed time from the anchor, where no time of day is given; negative: before.
    #[serde(default)]
    pub offset_minutes: i32,
    /// Wall-clock minute of the day in the site's zone.
    #[serde(default)]
    pub at_minute: Option<i32>,
    /// How long after it was due it may still happen, in minutes.
    pub window_minutes: i32,
    /// Code of the template; empty for a call.
    #[serde(default)]
    pub template: String,
    /// Which way it goes, if not as the rule's other messages.
    #[serde(default)]
    pub channels: Option<Channels>,
}

/// The steps of a rule as its row keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps(pub Vec<Step>);

impl TryFrom<String> for Steps {
    type Error = serde_json::Error;
    fn try_from(text: String) -> Result<Steps, serde_json::Error> {
        let mut steps: Vec<Step> = serde_json::from_str(&text)?;
        // As they were called before steps had ids.
        for (place, step) in (1..).zip(&mut steps).filter(|(_, step)| step.id == 0) {
            step.id = place;
        }
        Ok(Steps(steps))
    }
}

impl Steps {
    /// The highest id of them.
    pub fn last(&self) -> i64 {
        self.0.iter().map(|s| s.id).max().unwrap_or(0)
    }

    /// What these steps become with a save: each keeps the id of the step that it was, and a new one gets an id after `last`,
    /// the highest that a step of the rule has had. A step is the one whose id it names; without an id, the one that is the same
    /// in all else, or, when there are not fewer than before, the one in its place.
    pub fn replaced_by(&self, new: Vec<Step>, last: i64) -> Steps {
        let mut new = new;
        let mut free: Vec<Step> = self.0.clone();
        let mut take = |is: &dyn Fn(&Step) -> bool| free.iter().position(is).map(|at| free.remove(at).id);
        for step in new.iter_mut().filter(|s| s.id != 0) {
            let id = step.id;
            step.id = take(&|old| old.id == id).unwrap_or(0);
        }
        for step in new.iter_mut().filter(|s| s.id == 0) {
            let same = Step { id: 0, ..step.clone() };
            step.id = take(&|old| Step { id: 0, ..old.clone() } == same).unwrap_or(0);
        }
        if new.len() >= self.0.len() {
            for (was, step) in self.0.iter().zip(&mut new).filter(|(_, step)| step.id == 0) {
                step.id = take(&|old| old.id == was.id).unwrap_or(0);
            }
        }
        for (id, step) in (last.saturating_add(1)..).zip(new.iter_mut().filter(|s| s.id == 0)) {
            step.id = id;
        }
        Steps(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: i64, days: i32) -> Step {
        Step {
            id,
            action: RuleAction::Message,
            offset_days: days,
            offset_minutes: 0,
            at_minute: Some(600),
            window_minutes: 480,
            template: "t".into(),
            channels: None,
        }
    }

    fn ids(steps: &Steps) -> Vec<(i64, i32)> {
        steps.0.iter().map(|s| (s.id, s.offset_days)).collect()
    }

    #[test]
    fn a_step_keeps_its_id_and_a_new_one_gets_one_that_no_step_ever_had() {
        let first = Steps::default().replaced_by(vec![step(0, 1), step(0, 3), step(0, 7)], 0);
        assert_eq!(ids(&first), [(1, 1), (2, 3), (3, 7)]);
        // One goes; the others are what they were, by their ids and without them.
        for rest in [vec![step(1, 1), step(3, 7)], vec![step(0, 1), step(0, 7)]] {
            assert_eq!(ids(&first.replaced_by(rest, 3)), [(1, 1), (3, 7)]);
        }
        let fewer = first.replaced_by(vec![step(1, 1)], 3);
        let more = fewer.replaced_by(vec![step(1, 1), step(0, 3), step(3, 7)], 3);
        assert_eq!(ids(&more), [(1, 1), (4, 3), (5, 7)]);
        // Edited in its place, with its id or without; an id that is no step's is none.
        for id in [5, 0, 99] {
            let edited = more.replaced_by(vec![step(1, 1), step(4, 3), step(id, 8)], 5);
            assert_eq!(ids(&edited), [(1, 1), (4, 3), (5, 8)]);
        }
        // The same id twice is one step and another; one that is left out and another that is edited at once are not mixed up.
        let twice = fewer.replaced_by(vec![step(1, 1), step(1, 2)], 5);
        assert_eq!(ids(&twice), [(1, 1), (6, 2)]);
        assert_eq!(
            ids(&more.replaced_by(vec![step(0, 1), step(0, 8)], 5)),
            [(1, 1), (6, 8)]
        );
    }

    #[test]
    fn steps_stored_without_ids_are_called_by_their_places() {
        let stored = r#"[{"action":"message","offset_days":1,"window_minutes":480},{"action":"call","offset_days":3,"window_minutes":480}]"#;
        let steps = Steps::try_from(stored.to_owned()).expect("steps");
        assert_eq!(ids(&steps), [(1, 1), (2, 3)]);
    }
}
