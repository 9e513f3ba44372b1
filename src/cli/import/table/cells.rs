//! Rows of a delimited text (RFC 4180 and what people make of it), with the lines they stand on. A reader of our own: others
//! take an opening quote without its end for the beginning of a very long cell, and lose count at empty lines.

use std::io::{BufReader, Read};

/// A row's cells as they stand in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Line it begins on; the first is 1.
    pub(super) line: u64,
    /// Line it ends on: a cell in quotes may hold line ends.
    pub(super) last_line: u64,
    /// Whether text stood behind a closing quote: the quotes do not match.
    pub(super) loose: bool,
    /// Cells without their quotes.
    pub(super) cells: Vec<String>,
}

/// Why a text cannot be split.
#[derive(Debug)]
pub(super) enum Fault {
    /// It cannot be read.
    Io(std::io::Error),
    /// The quote that opens on this line is never closed.
    Unclosed(u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first character of a cell.
    Start,
    /// In a cell without quotes, or behind a closing one.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that closes, or is the first of two that stand for one.
    Closing,
}

/// Splits UTF-8 with `\n` as the only line end.
pub(super) struct Cells<R> {
    text: std::io::Bytes<BufReader<R>>,
    delimiter: u8,
    line: u64,
}

impl<R: Read> Cells<R> {
    pub(super) fn new(text: R, delimiter: u8) -> Cells<R> {
        Cells {
            text: BufReader::new(text).bytes(),
            delimiter,
            line: 1,
        }
    }

    /// The next row that is not an empty line; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record>, Fault> {
        loop {
            let Some(record) = self.record()? else {
                return Ok(None);
            };
            if record.cells.len() > 1 || record.cells.iter().any(|c| !c.is_empty()) {
                return Ok(Some(record));
            }
        }
    }

    fn record(&mut self) -> Result<Option<Record>, Fault> {
        let (first, mut opened) = (self.line, self.line);
        let (mut at, mut loose, mut any) = (At::Start, false, false);
        let mut cells: Vec<String> = Vec::new();
        let mut cell: Vec<u8> = Vec::new();
        let mut end = |cell: &mut Vec<u8>| cells.push(String::from_utf8_lossy(&std::mem::take(cell)).into_owned());
        while let Some(byte) = self.text.next().transpose().map_err(Fault::Io)? {
            any = true;
            let here = self.line;
            self.line += u64::from(byte == b'\n');
            at = match (at, byte) {
                (At::Start, b'"') => {
                    opened = here;
                    At::Quoted
                }
                (At::Quoted, b'"') => At::Closing,
                (At::Closing, b'"') => {
                    cell.push(b'"');
                    At::Quoted
                }
                (At::Quoted, _) => {
                    cell.push(byte);
                    At::Quoted
                }
                (_, b'\n') => {
                    end(&mut cell);
                    return Ok(Some(record_of(cells, (first, here), loose)));
                }
                (_, b) if b == self.delimiter => {
                    end(&mut cell);
                    At::Start
                }
                _ => {
                    loose |= at == At::Closing;
                    cell.push(byte);
                    At::Plain
                }
            };
        }
        match at {
            At::Quoted => Err(Fault::Unclosed(opened)),
            _ if !any => Ok(None),
            _ => {
                end(&mut cell);
                Ok(Some(record_of(cells, (first, self.line), loose)))
            }
        }
    }
}

fn record_of(cells: Vec<String>, (line, last_line): (u64, u64), loose: bool) -> Record {
    Record {
        line,
        last_line,
        loose,
        cells,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<Vec<Record>, u64> {
        let mut cells = Cells::new(text.as_bytes(), b',');
        let mut found = Vec::new();
        loop {
            match cells.next() {
                Ok(Some(record)) => found.push(record),
                Ok(None) => return Ok(found),
                Err(Fault::Unclosed(line)) => return Err(line),
                Err(Fault::Io(e)) => panic!("{e}"),
            }
        }
    }
    fn texts(text: &str) -> Vec<Vec<String>> {
        split(text).expect("rows").into_iter().map(|r| r.cells).collect()
    }

    #[test]
    fn rows_and_quotes() {
        assert_eq!(
            texts("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n,\n\nlast,5\" nail"),
            [
                vec!["a", "b"],
                vec!["x, y", "say \"hi\""],
                vec!["", ""],
                vec!["last", "5\" nail"]
            ]
        );
        assert!(texts("").is_empty() && texts("\n\n").is_empty());
    }
    #[test]
    fn lines_are_those_of_the_file() {
        let rows = split("h\n\n\"a\nb\nc\",1\nd\n").expect("rows");
        let lines: Vec<_> = rows.iter().map(|r| (r.line, r.last_line)).collect();
        assert_eq!(lines, [(1, 1), (3, 5), (6, 6)]);
    }
    #[test]
    fn a_quote_that_is_never_closed_is_told_with_its_line() {
        assert_eq!(split("h\na,b\nc,\"d\ne,f\n").err(), Some(3));
        let loose = split("a,\"b\nc,\"d\"\n").expect("rows");
        assert_eq!(loose.len(), 1);
        assert!(loose.iter().all(|r| r.loose && r.last_line == 2), "{loose:?}");
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(rows in proptest::collection::vec(proptest::collection::vec("[a\",\n无 ]{0,6}", 2..5), 0..8)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let text: String = rows.iter().map(|r| r.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n").collect();
            proptest::prop_assert_eq!(texts(&text), rows);
        }
        #[test]
        fn no_text_panics(text in "[a\",\n]{0,40}") {
            drop(split(&text));
        }
    }
}
