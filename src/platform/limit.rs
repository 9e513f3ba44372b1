//! How fast a gateway may be used: messages a second, over all instances, and calls at once, of each instance. Who keeps the
//! count of the rate is the database (`messaging`): here is what it comes to.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// A gateway's limits.
#[derive(Debug)]
pub struct Limit {
    rate: f64,
    slots: Semaphore,
}

impl Limit {
    /// `rate` messages a second, `concurrency` at once.
    pub fn new(rate: f64, concurrency: usize) -> Limit {
        Limit {
            rate,
            slots: Semaphore::new(concurrency.max(1)),
        }
    }
    /// Messages a second.
    pub fn rate(&self) -> f64 {
        self.rate
    }
    /// How long `count` messages take at the rate.
    pub fn lasts(&self, count: usize) -> Duration {
        let count = u32::try_from(count).map_or(f64::INFINITY, f64::from);
        Duration::try_from_secs_f64(count / self.rate).unwrap_or(Duration::MAX)
    }
    /// How long before its turn by the rate the `nth` message (from 0) of a batch may go, when the first one's turn is `ahead`
    /// of now: a gateway that has rested takes a second's worth at once.
    pub fn wait(&self, ahead: Duration, nth: usize) -> Duration {
        let burst = self.lasts(1).max(Duration::from_secs(1)) - self.lasts(1);
        (ahead + self.lasts(nth)).saturating_sub(burst)
    }
    /// Waits until one more call may be under way; it may last as long as what this gives is kept. None: the process is ending.
    pub async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.acquire().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(rate: f64, ahead: u64, count: usize) -> Vec<u128> {
        let limit = Limit::new(rate, 1);
        let ahead = Duration::from_millis(ahead);
        (0..count).map(|nth| limit.wait(ahead, nth).as_millis()).collect()
    }

    #[test]
    fn a_burst_of_a_second_and_then_one_after_the_other() {
        assert_eq!(waits(4.0, 0, 7), [0, 0, 0, 0, 250, 500, 750]);
        // Others have taken three quarters of the second, or two seconds' worth.
        assert_eq!(waits(4.0, 750, 3), [0, 250, 500]);
        assert_eq!(waits(4.0, 2000, 2), [1250, 1500]);
        // A slow one has no burst.
        assert_eq!(waits(0.5, 0, 3), [0, 2000, 4000]);
    }
}
