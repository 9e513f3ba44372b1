//! How fast a gateway may be used by this instance: texts a second, and calls at once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// A gateway's limits.
#[derive(Debug)]
pub struct Limit {
    rate: f64,
    bucket: Mutex<Bucket>,
    slots: Semaphore,
}

/// Tokens that are there, and when that was counted. Below 0: tokens that are promised already.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Option<Instant>,
}

impl Bucket {
    /// Takes a token; gives how long it takes until it is there. A second's worth of them is kept at most.
    fn take(&mut self, rate: f64, now: Instant) -> Duration {
        let most = rate.max(1.0);
        let passed = self.at.map_or(0.0, |at| now.duration_since(at).as_secs_f64());
        self.tokens = (self.tokens + passed * rate).min(most) - 1.0;
        self.at = Some(now);
        if self.tokens >= 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(-self.tokens / rate).unwrap_or(Duration::ZERO)
    }
}

impl Limit {
    /// `rate` texts a second, `concurrency` at once.
    pub fn new(rate: f64, concurrency: usize) -> Limit {
        Limit {
            rate,
            bucket: Mutex::new(Bucket {
                tokens: rate.max(1.0),
                at: None,
            }),
            slots: Semaphore::new(concurrency.max(1)),
        }
    }
    /// Texts a second.
    pub fn rate(&self) -> f64 {
        self.rate
    }
    /// Waits for its turn; the call may last as long as what this gives is kept. None: the process is ending.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let slot = self.slots.acquire().await.ok()?;
        let wait = {
            let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.take(self.rate, Instant::now())
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_a_second_and_then_one_after_the_other() {
        let start = Instant::now();
        let mut bucket = Bucket { tokens: 4.0, at: None };
        let waits: Vec<u128> = (0..7).map(|_| bucket.take(4.0, start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 250, 500, 750]);
        // Nobody has taken one for long: a second's worth is there, not more.
        let later = start + Duration::from_secs(60);
        let waits: Vec<u128> = (0..5).map(|_| bucket.take(4.0, later).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 250]);
        let mut slow = Bucket { tokens: 1.0, at: None };
        let waits: Vec<u128> = (0..3).map(|_| slow.take(0.5, start).as_millis()).collect();
        assert_eq!(waits, [0, 2000, 4000]);
    }
}
