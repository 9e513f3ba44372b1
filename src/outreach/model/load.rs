//! How much work messages bring the desk: answers to read, calls, bookings. Pure.

/// Of fewer messages a share says nothing.
const ENOUGH: i64 = 50;
/// Then a fifth of them is taken to bring work, and whoever reads it is told that this is no measurement.
const USUAL: f64 = 0.2;

/// Of how many messages, and after how many of them the desk had something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Messages that went out.
    pub sent: i64,
    /// After which somebody wrote, or the desk booked.
    pub worked: i64,
}

impl Load {
    /// Whether there are enough to measure it by.
    pub fn is_measured(self) -> bool {
        self.sent >= ENOUGH
    }

    /// The share of messages that bring work.
    pub fn share(self) -> f64 {
        let number = |n: i64| f64::from(i32::try_from(n).unwrap_or(i32::MAX));
        match self.is_measured() {
            true => number(self.worked) / number(self.sent),
            false => USUAL,
        }
    }

    /// How much work so many messages and calls bring, rounded up.
    pub fn of(self, messages: usize, calls: usize) -> usize {
        let expected = f64::from(u32::try_from(messages).unwrap_or(u32::MAX)) * self.share();
        let whole = (0..=messages).find(|n| f64::from(u32::try_from(*n).unwrap_or(u32::MAX)) >= expected);
        calls + whole.unwrap_or(messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_measured_or_said() {
        let few = Load { sent: 49, worked: 49 };
        assert_eq!((few.is_measured(), few.of(10, 1)), (false, 3));
        let many = Load { sent: 200, worked: 10 };
        assert_eq!((many.is_measured(), many.of(30, 0), many.of(0, 4)), (true, 2, 4));
    }
}
