//! A delimited file from another system, row by row: any of the encodings such exports come in, columns by header name in
//! any order, memory for one row.

mod cells;
mod decoded;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use unicode_normalization::UnicodeNormalization;

use super::report::{Issue, Verdict};
use crate::platform::i18n::Text;
use cells::{Cells, Fault};
use decoded::{Decoded, delimiter_of, encoding_of};

/// What stands where bytes could not be read.
pub(super) const UNREADABLE: char = '\u{FFFD}';

/// A column that we know: its key and the headers it goes by.
pub(super) type Column = (&'static str, &'static [&'static str]);

/// An open file.
pub(super) struct Table {
    rows: Cells<Decoded>,
    columns: BTreeMap<&'static str, usize>,
    headers: Vec<String>,
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
    /// Line it ends on.
    pub(super) last_line: u64,
    /// Whether text stood behind a closing quote: the quotes of this row do not match.
    pub(super) loose: bool,
    cells: Vec<String>,
    /// Cells that no header names: those of a column without one, and those beyond the last.
    unnamed: Vec<usize>,
    columns: BTreeMap<&'static str, usize>,
}

impl Table {
    /// Opens a file and reads its header. All of the file is looked through first: one that cannot be read to its end is
    /// refused before anything of it is imported.
    ///
    /// # Errors
    /// A text for the operator: not readable, a quote that is never closed, or without one of the columns in `needed`.
    pub(super) fn open(path: &Path, known: &[Column], needed: &[&str]) -> Result<Table, String> {
        let shown = path.display();
        let failed = |e: std::io::Error| format!("{shown}: {e}");
        let mut file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let encoding = encoding_of(&mut file).map_err(failed)?;
        let read = Arc::new(AtomicU64::new(0));
        let delimiter = delimiter_of(Decoded::new(&file, encoding, &read).map_err(failed)?).map_err(failed)?;
        let mut from_the_start = || -> Result<Cells<Decoded>, String> {
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            read.store(0, Ordering::Relaxed);
            let text = Decoded::new(&file, encoding, &read).map_err(failed)?;
            Ok(Cells::new(text, delimiter))
        };
        let mut all = from_the_start()?;
        while all.next().map_err(|e| told(&shown.to_string(), e))?.is_some() {}
        let mut rows = from_the_start()?;
        let header = rows.next().map_err(|e| told(&shown.to_string(), e))?;
        let headers: Vec<String> =
            header.map_or_else(Vec::new, |h| h.cells.iter().map(|c| c.trim().to_owned()).collect());
        let columns = match_columns(&headers, known);
        for key in needed {
            if !columns.contains_key(key) {
                return Err(format!("{shown}: {}", no_column(key, known, &headers)));
            }
        }
        Ok(Table {
            rows,
            columns,
            headers,
            read,
            file: path
                .file_name()
                .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
            size,
            encoding: encoding.name(),
        })
    }
    /// Headers of columns that are not known.
    pub(super) fn unknown_headers(&self) -> Vec<(usize, String)> {
        let known: Vec<usize> = self.columns.values().copied().collect();
        self.headers
            .iter()
            .enumerate()
            .filter(|(i, h)| !known.contains(i) && !h.is_empty())
            .map(|(i, h)| (i, h.clone()))
            .collect()
    }
    /// Whether the file has this column.
    pub(super) fn has(&self, key: &str) -> bool {
        self.columns.contains_key(key)
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
        let Some(record) = self.rows.next().map_err(|e| told(&self.file, e))? else {
            return Ok(None);
        };
        let cells: Vec<String> = record.cells.iter().map(|c| c.trim().to_owned()).collect();
        let named = |i: usize| self.headers.get(i).is_some_and(|h| !h.is_empty());
        Ok(Some(Row {
            line: record.line,
            last_line: record.last_line,
            loose: record.loose,
            unnamed: (0..cells.len()).filter(|i| !named(*i)).collect(),
            cells,
            columns: self.columns.clone(),
        }))
    }
}

/// What is wrong with a file, for the operator.
fn told(file: &str, fault: Fault) -> String {
    match fault {
        Fault::Io(e) => format!("{file}: {e}"),
        Fault::Unclosed(line) => format!(
            "{file}: line {line}: a quote (\") opens here and is never closed, so that all further lines would be one cell; \
             close it or write \"\" for it. Nothing was imported / 第 {line} 行：引号没有闭合，未导入任何内容"
        ),
    }
}

fn no_column(key: &str, known: &[Column], headers: &[String]) -> String {
    let names = known.iter().find(|(k, _)| *k == key);
    let name = names.map_or("", |(_, n)| n.first().copied().unwrap_or(""));
    format!(
        "no column “{name}” ({key}); the first line must name the columns. It has: {}",
        headers.join(", ")
    )
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
    /// What stands in cells that no header names, with the number of its column (the first is 1).
    pub(super) fn unnamed(&self) -> Vec<(usize, &str)> {
        let cells = self.unnamed.iter().map(|i| (i + 1, self.at(*i)));
        cells.filter(|(_, text)| !text.is_empty()).collect()
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

/// A cell over several lines: meant so, or a quote that swallowed the rows below it.
pub(super) fn span_issue(row: &Row, verdict: Verdict) -> Option<Issue> {
    let (from, to) = (row.line, row.last_line);
    (to > from).then(|| Issue {
        verdict,
        column: ("整行", "row"),
        figure: "long_cells",
        reason: Text::new(
            format!("一格跨第 {from}–{to} 行，请核对引号"),
            format!("a cell spans lines {from}–{to}: check the quotes"),
        ),
        value: String::new(),
    })
}

/// What is doubtful about a row as such; `place` is where its cells without a name are kept.
pub(super) fn row_issues(row: &Row, place: Text) -> Vec<Issue> {
    let doubt = |figure, reason: Text, value: String| Issue {
        verdict: Verdict::Doubtful,
        column: ("整行", "row"),
        figure,
        reason,
        value,
    };
    let mut found = Vec::new();
    let unnamed: Vec<String> = row
        .unnamed()
        .into_iter()
        .map(|(n, text)| format!("{n}: {text}"))
        .collect();
    if !unnamed.is_empty() {
        let reason = Text::new(
            format!(
                "多出没有列名的格（列号: 内容），已写入{}；其他格可能错位，请核对",
                place.zh
            ),
            format!(
                "cells that no header names (column: text), kept in the {}; others may have shifted",
                place.en
            ),
        );
        found.push(doubt("extra_cells", reason, unnamed.join(" | ")));
    }
    found.extend(span_issue(row, Verdict::Doubtful));
    if row.loose {
        let reason = Text::new("引号不配对，请核对", "the quotes do not match: to be checked");
        found.push(doubt("", reason, String::new()));
    }
    if row.is_damaged() {
        let reason = Text::new("有无法解码的字符", "some characters could not be decoded");
        found.push(doubt("", reason, String::new()));
    }
    found
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

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;

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
    fn cells_without_a_header_are_found() {
        let path = std::env::temp_dir().join(format!("chairside-table-{:x}.csv", rand::random::<u64>()));
        std::fs::write(&path, "病历号,,姓名\nA1,x,李明,, y\nA2,,李明\n").expect("write");
        let mut table = Table::open(&path, COLUMNS, &["chart_no"]).expect("table");
        let mut next = || {
            table
                .next()
                .expect("row")
                .map(|r| r.unnamed().into_iter().map(|(n, t)| format!("{n}{t}")).collect())
        };
        assert_eq!(next(), Some(vec!["2x".to_owned(), "5y".to_owned()]));
        assert_eq!(next(), Some(vec![]));
        std::fs::write(&path, "病历号,姓名\nA1,\"李明\nA2,李四\n").expect("write");
        let e = Table::open(&path, COLUMNS, &["chart_no"]).err().expect("error");
        assert!(e.contains("line 2"), "{e}");
        std::fs::remove_file(&path).expect("remove");
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
