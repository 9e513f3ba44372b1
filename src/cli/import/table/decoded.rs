//! From the bytes of an export to UTF-8 with one kind of line end.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8};

/// Bytes read at once.
const BLOCK: usize = 64 * 1024;

/// By byte order mark; else UTF-8 if all of the file is, else GB18030 (which GBK and GB2312 are part of).
pub(super) fn encoding_of(file: &mut File) -> std::io::Result<&'static Encoding> {
    let mut block = vec![0; BLOCK];
    let mut kept = 0;
    let mut first = true;
    let mut encoding = UTF_8;
    loop {
        let n = file.read(block.get_mut(kept..).unwrap_or(&mut []))?;
        let filled = block.get(..kept + n).unwrap_or(&[]);
        if first && let Some((marked, _)) = Encoding::for_bom(filled) {
            encoding = marked;
            break;
        }
        first = false;
        let rest = match std::str::from_utf8(filled) {
            Ok(_) => 0,
            // A character cut by the block's end, unless the file ends here.
            Err(e) if e.error_len().is_none() && n > 0 => filled.len() - e.valid_up_to(),
            Err(_) => {
                encoding = GB18030;
                break;
            }
        };
        if n == 0 {
            break;
        }
        let start = filled.len() - rest;
        block.copy_within(start..start + rest, 0);
        kept = rest;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(encoding)
}

/// The sign that stands most often in the header.
pub(super) fn delimiter_of(mut text: Decoded) -> std::io::Result<u8> {
    let mut block = vec![0; 4096];
    let n = text.read(&mut block)?;
    let head = block.get(..n).unwrap_or(&[]);
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    let count = |sign: u8| line.iter().filter(|b| **b == sign).count();
    let mut best = b',';
    for sign in [b'\t', b';'] {
        if count(sign) > count(best) {
            best = sign;
        }
    }
    Ok(best)
}

/// A file as UTF-8.
pub(super) struct Decoded {
    file: BufReader<File>,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_from: usize,
    out: Vec<u8>,
    out_from: usize,
    read: Arc<AtomicU64>,
    after_cr: bool,
    ended: bool,
}

impl Decoded {
    pub(super) fn new(file: &File, encoding: &'static Encoding, read: &Arc<AtomicU64>) -> std::io::Result<Decoded> {
        Ok(Decoded {
            file: BufReader::new(file.try_clone()?),
            decoder: encoding.new_decoder(),
            raw: Vec::new(),
            raw_from: 0,
            out: Vec::new(),
            out_from: 0,
            read: Arc::clone(read),
            after_cr: false,
            ended: false,
        })
    }
    /// Decodes more into `out`.
    fn fill(&mut self) -> std::io::Result<()> {
        if self.raw_from >= self.raw.len() {
            self.raw.resize(BLOCK, 0);
            let n = self.file.read(&mut self.raw)?;
            self.raw.truncate(n);
            self.raw_from = 0;
            self.read.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        }
        let last = self.raw.is_empty();
        self.out.resize(BLOCK * 3, 0);
        let from = self.raw.get(self.raw_from..).unwrap_or(&[]);
        let (result, consumed, written, _) = self.decoder.decode_to_utf8(from, &mut self.out, last);
        self.raw_from += consumed;
        self.out.truncate(written);
        self.out_from = 0;
        self.unify_line_ends();
        self.ended = last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl Decoded {
    /// Makes `\r\n` and a lone `\r` a `\n`.
    fn unify_line_ends(&mut self) {
        let mut after_cr = self.after_cr;
        self.out.retain_mut(|b| {
            let second = after_cr && *b == b'\n';
            after_cr = *b == b'\r';
            if after_cr {
                *b = b'\n';
            }
            !second
        });
        self.after_cr = after_cr;
    }
}

impl Read for Decoded {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.out_from >= self.out.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let ready = self.out.get(self.out_from..).unwrap_or(&[]);
        let n = ready.len().min(into.len());
        for (to, from) in into.iter_mut().zip(ready) {
            *to = *from;
        }
        self.out_from += n;
        Ok(n)
    }
}
