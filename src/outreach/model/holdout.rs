//! Leaving some out, to see what a rule brings. Pure.

use sha2::{Digest, Sha256};

use crate::patients::PatientId;

/// So many days after a message somebody who books or comes counts as having come back (peers.md row 129).
pub const RETURN_DAYS: i64 = 15;

/// Whether somebody belongs to the `percent` that a rule leaves out: always the same people, of another rule others.
pub fn is_held_out(rule: &str, patient: PatientId, percent: i32) -> bool {
    let hash = Sha256::digest(format!("{rule}/{patient}").as_bytes());
    let draw = hash.iter().take(4).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    draw % 100 < u64::try_from(percent).unwrap_or(0)
}

/// How many of how many came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Came back.
    pub back: u32,
    /// Of.
    pub of: u32,
}

impl Share {
    /// As a part of 1; 0 of nobody.
    pub fn rate(self) -> f64 {
        if self.of == 0 {
            return 0.0;
        }
        f64::from(self.back) / f64::from(self.of)
    }

    /// The 95 % interval of the rate, by Wilson's score.
    pub fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.959_964;
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (n, p) = (f64::from(self.of), self.rate());
        let middle = p + Z * Z / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let all = 1.0 + Z * Z / n;
        (((middle - half) / all).max(0.0), ((middle + half) / all).min(1.0))
    }
}

/// What a rule brings: those written to against those left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effect {
    /// Those it was due for and who were written to.
    pub sent: Share,
    /// Those it was due for and who were left out.
    pub held: Share,
}

impl Effect {
    /// Whether there is somebody on both sides.
    pub fn is_comparable(self) -> bool {
        self.sent.of > 0 && self.held.of > 0
    }

    /// The difference of the rates with its 95 % interval (Newcombe's method 10, Statistics in Medicine 17, 1998).
    pub fn difference(self) -> (f64, f64, f64) {
        let (a, b) = (self.sent.rate(), self.held.rate());
        let ((la, ua), (lb, ub)) = (self.sent.interval(), self.held.interval());
        let d = a - b;
        let low = d - ((a - la).powi(2) + (ub - b).powi(2)).sqrt();
        let high = d + ((ua - a).powi(2) + (b - lb).powi(2)).sqrt();
        (d, low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_so_many_are_left_out_and_always_the_same() {
        let held = |rule: &str| {
            (0..10_000)
                .filter(|n| is_held_out(rule, PatientId(*n), 20))
                .collect::<Vec<_>>()
        };
        let (a, again, b) = (held("a"), held("a"), held("b"));
        assert_eq!(a, again);
        assert_ne!(a, b);
        assert!((1_850..2_150).contains(&a.len()), "{}", a.len());
        assert_eq!((0..1000).filter(|n| is_held_out("a", PatientId(*n), 0)).count(), 0);
    }

    /// Newcombe 1998, table II: 56/70 against 48/80.
    #[test]
    fn the_difference_as_published() {
        let e = Effect {
            sent: Share { back: 56, of: 70 },
            held: Share { back: 48, of: 80 },
        };
        let (d, low, high) = e.difference();
        assert!(
            (d - 0.2).abs() < 1e-9 && (low - 0.0524).abs() < 5e-4 && (high - 0.3339).abs() < 5e-4,
            "{low} {high}"
        );
    }
}
