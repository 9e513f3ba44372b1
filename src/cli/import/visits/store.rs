//! A visit of the file meets those stored: known again by its key, new, or changed.

use chrono::NaiveDate;

use super::super::report::{Issue, Verdict};
use super::super::table::{Row, span_issue};
use super::super::{Work, fingerprint, kept_ours, repeated, skip};
use super::{Reader, Seen};
use crate::patients::{self, PatientId};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::records::{self, ImportedVisit, Treatment, Visit};
use crate::staff::{Subject, audit};

impl Work {
    fn tell_visit(&mut self, line: u64, issue: &Issue) {
        let file = self.visits.as_ref().map_or("", |v| v.file.as_str());
        self.report.tell(file, line, issue);
    }

    fn reject_visit(&mut self, row: &Row, issue: &Issue) {
        self.report.count("visits_rejected");
        self.tell_visit(row.line, issue);
        if let Some(span) = span_issue(row, Verdict::Rejected) {
            self.tell_visit(row.line, &span);
        }
    }

    pub(in super::super) fn visit(&mut self, c: &mut Conn, row: &Row) -> Result<()> {
        if row.is_blank() {
            self.tell_visit(row.line, &skip("visit_blank_rows", Text::new("空行", "blank row")));
            return Ok(());
        }
        let reader = Reader {
            unknown: &self.unknown[1],
            names: &self.facts.names,
            zone: self.facts.home.zone,
            today: self.facts.today,
            lang: self.facts.home.language,
            minor: self.facts.minor,
        };
        let mut seen = match reader.read(row) {
            Ok(seen) => seen,
            Err(issue) => {
                self.reject_visit(row, &issue);
                return Ok(());
            }
        };
        let print = fingerprint(row);
        if let Some((first, known)) = self.keys.get(&seen.own_key).copied() {
            let issue = repeated(first, known == print, "visit_duplicates");
            if issue.verdict == Verdict::Rejected {
                self.reject_visit(row, &issue);
            } else {
                self.tell_visit(row.line, &issue);
            }
            return Ok(());
        }
        let Some((patient, born)) = self.patient_of(c, &seen.chart_no)? else {
            let reason = Text::new("没有这个病历号的患者", "there is no patient with this number");
            let issue = Issue {
                verdict: Verdict::Rejected,
                column: ("病历号", "chart number"),
                figure: "",
                reason,
                value: seen.chart_no,
            };
            self.reject_visit(row, &issue);
            return Ok(());
        };
        self.keys.insert(seen.own_key.clone(), (row.line, print));
        self.name_apart(c, &mut seen)?;
        seen.visit.patient = patient;
        if born.is_some_and(|born| seen.visit.day < born) {
            seen.issues.push(before_birth(row.get("day")));
        }
        self.store_visit(c, row.line, seen)
    }

    /// Two fillings of one day are two rows that the same names and times stand in. The first visit has the key of those, a
    /// second one its own; in a file of another order each is found by its own key again.
    fn name_apart(&mut self, c: &mut Conn, seen: &mut Seen) -> Result<()> {
        let is_known = records::find_imported_visit(c, &seen.own_key)?.is_some();
        if is_known || !self.firsts.insert(seen.visit.key.clone()) {
            seen.visit.key.clone_from(&seen.own_key);
        }
        Ok(())
    }

    fn patient_of(&mut self, c: &mut Conn, chart_no: &str) -> Result<Option<(PatientId, Option<NaiveDate>)>> {
        if let Some(known) = self.ids.get(chart_no) {
            return Ok(*known);
        }
        let found = patients::find_by_chart_no(c, chart_no)?.map(|p| (p.id, p.birth_date));
        self.ids.insert(chart_no.to_owned(), found);
        Ok(found)
    }

    fn store_visit(&mut self, c: &mut Conn, line: u64, mut seen: Seen) -> Result<()> {
        let facts = &self.facts;
        let visit = &seen.visit;
        let outcome = match records::insert_imported_visit(c, facts.now, visit)? {
            Some(id) => {
                let subject = Subject::of_patient("visits", id.0, visit.patient.0);
                audit(c, facts.now, &facts.actor, "import", subject, &seen.aside)?;
                patients::registered_by(c, visit.patient, visit.started_at)?;
                "visits_new"
            }
            None => match records::find_imported_visit(c, &visit.key)? {
                Some((stored, done)) if visit_differs(&stored, &done, visit) => {
                    if facts.update {
                        records::update_imported_visit(c, facts.now, stored.id, visit)?;
                        let subject = Subject::of_patient("visits", stored.id.0, visit.patient.0);
                        audit(c, facts.now, &facts.actor, "update", subject, "import")?;
                        "visits_updated"
                    } else {
                        seen.issues.push(kept_ours(&[("整行", "row")]));
                        "visits_differ"
                    }
                }
                _ => "visits_unchanged",
            },
        };
        self.report.count("visits");
        self.report.count(outcome);
        for figure in &seen.figures {
            self.report.count(figure);
        }
        if seen.issues.iter().any(|i| i.verdict == Verdict::Doubtful) {
            self.report.count("visits_doubtful");
        }
        for issue in &seen.issues {
            self.tell_visit(line, issue);
        }
        Ok(())
    }
}

fn before_birth(day: &str) -> Issue {
    Issue {
        verdict: Verdict::Doubtful,
        column: ("就诊日期", "date"),
        figure: "before_birth",
        reason: Text::new(
            "早于患者的出生日期，请核对",
            "before the patient's day of birth: to be checked",
        ),
        value: day.to_owned(),
    }
}

fn visit_differs(stored: &Visit, done: &[Treatment], v: &ImportedVisit) -> bool {
    stored.diagnosis != v.diagnosis
        || stored.advice != v.advice
        || stored.fee_minor != v.fee_minor
        || stored.status != v.status
        || stored.provider_name != v.provider_name
        || stored.service_name != v.service_name
        || done != v.treatments.as_slice()
}
