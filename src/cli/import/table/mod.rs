//! A delimited file from another system, row by row: any of the encodings such exports come in, columns by header name in
//! any order, memory for one row.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8};
use unicode_normalization::UnicodeNormalization;

/// Bytes read at once.
const BLOCK: usize = 64 * 1024;
/// What stands where bytes could not be read.
pub(super) const UNREADABLE: char = '\u{FFFD}';

/// A column that we know: its key and the headers it goes by.
pub(super) type Column = (&'static str, &'static [&'static str]);

/// An open file.
pub(super) struct Table {
    rows: csv::Reader<Decoded>,
    columns: BTreeMap<&'static str, usize>,
    headers: Vec<String>,
    record: csv::StringRecord,
    read: Arc<AtomicU64>,
    /// The file's name, for the report.
    pub(super) file: String,
    /// Bytes in it.
    pub(super) size: u64,
    /// Name of its encoding.
    pub(super) encoding: &'static str,
}

/// One row.
pub(super) struct Row {
    /// Line of the file it begins on; the header is 1.
    pub(super) line: u64,
    cells: Vec<String>,
    columns: BTreeMap<&'static str, usize>,
}

impl Table {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// A text for the operator: not readable, or without one of the columns in `needed`.
    pub(super) fn open(path: &Path, known: &[Column], needed: &[&str]) -> Result<Table, String> {
        let shown = path.display();
        let failed = |e: std::io::Error| format!("{shown}: {e}");
        let mut file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let encoding = encoding_of(&mut file).map_err(failed)?;
        let read = Arc::new(AtomicU64::new(0));
        let delimiter = delimiter_of(Decoded::new(&file, encoding, &read).map_err(failed)?).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        read.store(0, Ordering::Relaxed);
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(Decoded::new(&file, encoding, &read).map_err(failed)?);
        let headers: Vec<String> = rows
            .headers()
            .map_err(|e| format!("{shown}: {e}"))?
            .iter()
            .map(|h| h.trim().to_owned())
            .collect();
        let columns = match_columns(&headers, known);
        for key in needed {
            if !columns.contains_key(key) {
                let names = known
                    .iter()
                    .find(|(k, _)| k == key)
                    .map_or("", |(_, n)| n.first().copied().unwrap_or(""));
                return Err(format!(
                    "{shown}: no column “{names}” ({key}); the first line must name the columns. It has: {}",
                    headers.join(", ")
                ));
            }
        }
        Ok(Table {
            rows,
            columns,
            headers,
            record: csv::StringRecord::new(),
            read,
            file: path
                .file_name()
                .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
            size,
            encoding: encoding.name(),
        })
    }
    /// Headers of columns that are not known.
    pub(super) fn unknown_headers(&self) -> Vec<(usize, &str)> {
        let known: Vec<usize> = self.columns.values().copied().collect();
        self.headers
            .iter()
            .enumerate()
            .filter(|(i, h)| !known.contains(i) && !h.is_empty())
            .map(|(i, h)| (i, h.as_str()))
            .collect()
    }
    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// A text for the operator.
    pub(super) fn next(&mut self) -> Result<Option<Row>, String> {
        let more = self
            .rows
            .read_record(&mut self.record)
            .map_err(|e| format!("{}: {e}", self.file))?;
        Ok(more.then(|| Row {
            line: self.record.position().map_or(0, csv::Position::line),
            cells: self.record.iter().map(|c| c.trim().to_owned()).collect(),
            columns: self.columns.clone(),
        }))
    }
}

impl Row {
    /// A cell without surrounding space; empty when there is none.
    pub(super) fn get(&self, key: &str) -> &str {
        self.columns
            .get(key)
            .and_then(|i| self.cells.get(*i))
            .map_or("", String::as_str)
    }
    /// A cell by position.
    pub(super) fn at(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", String::as_str)
    }
    /// Whether nothing stands in it.
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }
    /// Whether bytes of it could not be read.
    pub(super) fn is_damaged(&self) -> bool {
        self.cells.iter().any(|c| c.contains(UNREADABLE))
    }
    /// All cells, told apart.
    pub(super) fn content(&self) -> String {
        self.cells.join("\u{1F}")
    }
}

fn match_columns(headers: &[String], known: &[Column]) -> BTreeMap<&'static str, usize> {
    let folded: Vec<String> = headers.iter().map(|h| fold(h)).collect();
    known
        .iter()
        .filter_map(|(key, names)| {
            let at = names.iter().find_map(|n| folded.iter().position(|h| *h == fold(n)))?;
            Some((*key, at))
        })
        .collect()
}

fn fold(header: &str) -> String {
    header
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '*')
        .collect()
}

/// By byte order mark; else UTF-8 if all of the file is, else GB18030 (which GBK and GB2312 are part of).
fn encoding_of(file: &mut File) -> std::io::Result<&'static Encoding> {
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
fn delimiter_of(mut text: Decoded) -> std::io::Result<u8> {
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
struct Decoded {
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
    fn new(file: &File, encoding: &'static Encoding, read: &Arc<AtomicU64>) -> std::io::Result<Decoded> {
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
    /// Makes `\r\n` and a lone `\r` a `\n`: the CSV reader would count a row that ends with `\r\n` to the line before.
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

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[("chart_no", &["病历号"]), ("name", &["姓名", "name"])];

    fn read_all(bytes: &[u8]) -> (Vec<(u64, String, String)>, &'static str) {
        let path = std::env::temp_dir().join(format!("chairside-table-{:x}.csv", rand::random::<u64>()));
        std::fs::write(&path, bytes).expect("write");
        let mut table = Table::open(&path, COLUMNS, &["chart_no", "name"]).expect("table");
        let mut rows = Vec::new();
        while let Some(row) = table.next().expect("row") {
            rows.push((row.line, row.get("chart_no").to_owned(), row.get("name").to_owned()));
        }
        std::fs::remove_file(&path).expect("remove");
        (rows, table.encoding)
    }

    #[test]
    fn encodings_and_delimiters() {
        let text = "姓名,病历号\r\n 黎静 ,A1\r\n\"张\n伟\",A2\r\n李四,A3\r\n";
        let expected = vec![
            (2, "A1".to_owned(), "黎静".to_owned()),
            (3, "A2".to_owned(), "张\n伟".to_owned()),
            (5, "A3".to_owned(), "李四".to_owned()),
        ];
        let (gb, _, _) = GB18030.encode(text);
        assert_eq!(read_all(&gb), (expected.clone(), "gb18030"));
        assert_eq!(read_all(text.as_bytes()), (expected.clone(), "UTF-8"));
        assert_eq!(
            read_all(format!("\u{FEFF}{text}").as_bytes()),
            (expected.clone(), "UTF-8")
        );
        let utf16: Vec<u8> = std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read_all(&utf16), (expected.clone(), "UTF-16LE"));
        assert_eq!(read_all(text.replace(',', "\t").as_bytes()).0, expected);
    }
    #[test]
    fn characters_on_the_blocks_edge_survive() {
        for shift in 0..4 {
            let mut text = String::from("病历号,姓名\n");
            text.push_str(&"x".repeat(shift));
            for i in 0..20_000 {
                text.push_str(&format!("A{i},错𬌗\n"));
            }
            let (gb, _, _) = GB18030.encode(&text);
            for bytes in [text.as_bytes(), &gb] {
                let (rows, _) = read_all(bytes);
                assert_eq!(rows.len(), 20_000);
                assert!(rows.iter().all(|r| r.2 == "错𬌗"));
            }
        }
    }
    #[test]
    fn a_missing_column_is_named() {
        let path = std::env::temp_dir().join(format!("chairside-table-{:x}.csv", rand::random::<u64>()));
        std::fs::write(&path, "姓名,电话\n").expect("write");
        let e = Table::open(&path, COLUMNS, &["chart_no"]).err().expect("error");
        assert!(e.contains("病历号") && e.contains("姓名, 电话"), "{e}");
        std::fs::remove_file(&path).expect("remove");
    }
}
