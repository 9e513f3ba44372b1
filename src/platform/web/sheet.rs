//! Tables for spreadsheets, as CSV.

use actix_web::HttpResponse;
use actix_web::http::header;

use super::super::error::{Error, Result};

/// The mark at the start of a file by which spreadsheets know UTF-8.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A table that is written row by row.
pub struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    /// A table with its first row.
    pub fn new<const N: usize>(head: [&str; N]) -> Result<Sheet> {
        let mut csv = csv::Writer::from_writer(MARK.to_vec());
        csv.write_record(head).map_err(|e| broken(&e))?;
        Ok(Sheet(csv))
    }
    /// Adds a row, of as many cells as the first.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) -> Result<()> {
        self.0.write_record(cells.map(harmless)).map_err(|e| broken(&e))
    }
    /// The file.
    pub fn bytes(self) -> Result<Vec<u8>> {
        self.0.into_inner().map_err(|e| broken(&e))
    }
}

/// Answers with a table, to be kept as `NAME.csv`.
pub fn download(name: &str, table: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.csv\""),
        ))
        .body(table)
}

fn broken(e: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!("csv: {e}"))
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection): such text gets an apostrophe in front.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas() {
        for text in ["=1+1", "+861", "-2", "@SUM(A1)", "\tx", "＝1"] {
            assert!(harmless(text.into()).starts_with('\''), "{text}");
        }
        assert_eq!(harmless("吴磊".into()), "吴磊");
    }
}
