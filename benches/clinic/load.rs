//! A client that keeps connections busy, and what it saw.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::SPAN;

pub fn rate(n: usize, span: Duration) -> f64 {
    f64::from(u32::try_from(n).unwrap()) / span.as_secs_f64()
}

pub fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n")
}
pub fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// What a load showed.
pub struct Load {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
    pub statuses: BTreeMap<u16, usize>,
}

pub type Request = Arc<dyn Fn(usize) -> String + Send + Sync>;

/// Keeps `connections` busy for [`SPAN`], one request after the other on each.
pub async fn load(address: &str, connections: usize, request: Request) -> Load {
    load_for(SPAN, address, connections, request).await
}

pub async fn load_for(length: Duration, address: &str, connections: usize, request: Request) -> Load {
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|i| {
            let (address, request) = (address.to_owned(), Arc::clone(&request));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(&address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut times, mut buffer) = (Vec::new(), Vec::with_capacity(1 << 17));
                while began.elapsed() < length {
                    let sent = Instant::now();
                    stream.write_all(request(i).as_bytes()).await.unwrap();
                    let status = answer(&mut stream, &mut buffer).await;
                    times.push((sent.elapsed(), status));
                }
                times
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    let span = began.elapsed();
    let mut statuses = BTreeMap::new();
    for (_, status) in &all {
        *statuses.entry(*status).or_insert(0) += 1;
    }
    all.sort();
    let at = |share: f64| {
        all.get((f64::from(u32::try_from(all.len()).unwrap()) * share) as usize)
            .map_or(0.0, |t| t.0.as_secs_f64() * 1e3)
    };
    Load {
        per_second: rate(all.len(), span),
        p50: at(0.5),
        p99: at(0.99),
        statuses,
    }
}

/// Reads one whole answer with a Content-Length or in chunks.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    let mut chunk = [0_u8; 16 * 1024];
    loop {
        let n = stream.read(&mut chunk).await.unwrap();
        assert!(n > 0, "the server closed the connection");
        buffer.extend_from_slice(&chunk[..n]);
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let headers = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length = headers
            .lines()
            .find_map(|l| l.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
        let whole = match length {
            Some(length) => buffer.len() >= head + 4 + length,
            None => buffer.ends_with(b"0\r\n\r\n"),
        };
        if whole {
            return headers.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        }
    }
}
