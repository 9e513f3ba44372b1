//! Whose names somebody was shown lately, while they type: each letter asks anew and mostly shows the same people.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::clock::{Instant, MINUTE_MS};

/// Remembered a minute for each account, by this process alone: what it forgets is noted once more, never once too little.
#[derive(Clone, Default)]
pub struct Shown(Arc<Mutex<HashMap<i64, Lately>>>);

struct Lately {
    since: Instant,
    who: HashSet<i64>,
}

impl Shown {
    /// Whether somebody among `who` has not been noted as shown to this account within the last minute.
    pub fn is_news(&self, account: i64, now: Instant, who: &[i64]) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&account).filter(|lately| lately.holds(now)) {
            Some(lately) => who.iter().any(|id| !lately.who.contains(id)),
            None => !who.is_empty(),
        }
    }
    /// Remembers that these were noted.
    pub fn remember(&self, account: i64, now: Instant, who: &[i64]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, lately| lately.holds(now));
        let empty = || Lately {
            since: now,
            who: HashSet::new(),
        };
        all.entry(account).or_insert_with(empty).who.extend(who);
    }
}

impl Lately {
    fn holds(&self, now: Instant) -> bool {
        (0..MINUTE_MS).contains(&(now - self.since))
    }
}
