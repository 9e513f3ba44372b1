//! What a process holds in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a process holds in memory now.
pub fn resident_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or("0");
    let kb: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0.0);
    kb / 1024.0
}

/// Reads again and again what a process holds in memory, while it works.
pub struct Watch {
    stop: Arc<AtomicBool>,
    most: std::thread::JoinHandle<f64>,
}

impl Watch {
    /// Begins to read.
    pub fn begin(pid: u32) -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let most = std::thread::spawn(move || {
            let mut most = 0.0_f64;
            while !told.load(Ordering::Relaxed) {
                most = most.max(resident_mb(pid));
                std::thread::sleep(Duration::from_millis(50));
            }
            most
        });
        Watch { stop, most }
    }
    /// The most that was read.
    pub fn end(self) -> f64 {
        self.stop.store(true, Ordering::Relaxed);
        self.most.join().unwrap()
    }
}
