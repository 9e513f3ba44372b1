//! A patient of the file meets those stored: known again by chart number, new, changed, or like somebody else.

use std::collections::hash_map::Entry;

use super::super::report::{Issue, Verdict};
use super::super::table::{Row, span_issue};
use super::super::{Work, fingerprint, kept_ours, repeated, skip};
use super::{Person, Reader};
use crate::patients::{self, Patient, PatientData, PhoneNumber, Probe, Why};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::staff::{Subject, audit};

impl Work {
    fn tell_person(&mut self, line: u64, issue: &Issue) {
        self.report.tell(&self.people.file, line, issue);
    }

    fn reject_person(&mut self, row: &Row, issue: &Issue) {
        self.report.count("patients_rejected");
        self.tell_person(row.line, issue);
        if let Some(span) = span_issue(row, Verdict::Rejected) {
            self.tell_person(row.line, &span);
        }
    }

    pub(in super::super) fn person(&mut self, c: &mut Conn, row: &Row) -> Result<()> {
        if row.is_blank() {
            self.tell_person(row.line, &skip("blank_rows", Text::new("空行", "blank row")));
            return Ok(());
        }
        let reader = Reader {
            home: &self.facts.home,
            today: self.facts.today,
            unknown: &self.unknown[0],
        };
        let mut person = match reader.read(row) {
            Ok(person) => person,
            Err(issue) => {
                self.reject_person(row, &issue);
                return Ok(());
            }
        };
        let chart_no = person.data.chart_no.clone().unwrap_or_default();
        let print = fingerprint(row);
        if let Some((first, known)) = self.charts.get(&chart_no).copied() {
            let issue = repeated(first, known == print, "exact_duplicates");
            if issue.verdict == Verdict::Rejected {
                self.reject_person(row, &issue);
            } else {
                self.tell_person(row.line, &issue);
            }
            return Ok(());
        }
        self.charts.insert(chart_no.clone(), (row.line, print));
        self.shared_phone(row.line, &chart_no, &mut person);
        self.store_person(c, row.line, &chart_no, person)
    }

    /// A family's one mobile: its messages all go to whoever holds it.
    fn shared_phone(&mut self, line: u64, chart_no: &str, person: &mut Person) {
        let Some(phone) = &person.data.phone else { return };
        let (first, owner) = match self.phones.entry(phone.to_string()) {
            Entry::Vacant(free) => {
                free.insert((line, chart_no.to_owned()));
                return;
            }
            Entry::Occupied(taken) => taken.get().clone(),
        };
        let reason = Text::new(
            format!("与第 {first} 行的 {owner} 共用手机"),
            format!("shared with {owner} of line {first}"),
        );
        person.flag(("手机", "mobile"), "same_phone", reason, None);
    }

    fn store_person(&mut self, c: &mut Conn, line: u64, chart_no: &str, mut person: Person) -> Result<()> {
        let before = patients::find_by_chart_no(c, chart_no)?;
        self.look_for_twins(c, before.as_ref(), &mut person)?;
        person.close();
        let facts = &self.facts;
        let outcome = match &before {
            None => {
                let id = patients::insert_patient(c, facts.now, &facts.keys, &person.data)?;
                let subject = Subject::of_patient("patients", id.0, id.0);
                audit(c, facts.now, &facts.actor, "import", subject, "")?;
                "patients_new"
            }
            Some(stored) => {
                let id_before = patients::national_id_of(&facts.keys, stored);
                let changed = differences(stored, id_before.as_ref().map(|i| i.as_str()), &person.data);
                if changed.is_empty() {
                    "patients_unchanged"
                } else if facts.update {
                    let data = merged(stored, person.data.clone());
                    let at = (stored.id, stored.version);
                    patients::update_patient(c, facts.now, &facts.keys, at, &data)?;
                    let subject = Subject::of_patient("patients", stored.id.0, stored.id.0);
                    audit(c, facts.now, &facts.actor, "update", subject, "import")?;
                    "patients_updated"
                } else {
                    person.issues.push(kept_ours(&changed));
                    "patients_differ"
                }
            }
        };
        self.report.count("patients");
        self.report.count(outcome);
        if person.issues.iter().any(|i| i.verdict == Verdict::Doubtful) {
            self.report.count("patients_doubtful");
        }
        for issue in &person.issues {
            self.tell_person(line, issue);
        }
        Ok(())
    }

    /// Others with the same national ID, or who look like the same person.
    fn look_for_twins(&mut self, c: &mut Conn, before: Option<&Patient>, person: &mut Person) -> Result<()> {
        let probe = Probe {
            name: person.data.name.clone(),
            phone: person.data.phone.as_ref().map(ToString::to_string),
            birth_date: person.data.birth_date,
            national_id: person.data.national_id.clone(),
            except: before.map(|p| p.id),
        };
        for twin in patients::duplicates(c, &self.facts.keys, &probe)? {
            let other = &twin.patient.chart_no;
            match twin.why {
                Why::NationalId => {
                    person.data.national_id = None;
                    let reason = Text::new(
                        format!("与 {other} 相同，已留空"),
                        format!("the same as that of {other}: left out"),
                    );
                    person.flag(
                        ("身份证号", "national ID"),
                        "same_id",
                        reason,
                        Some(Text::new(
                            format!("身份证号与 {other} 相同，请核对"),
                            format!("The national ID is also that of {other}: to be checked"),
                        )),
                    );
                }
                Why::PhoneAndName | Why::NameAndBirth if before.is_none() => {
                    let reason = Text::new(
                        format!("可能与 {other} 是同一人"),
                        format!("possibly the same person as {other}"),
                    );
                    person.flag(("姓名", "name"), "possible_duplicates", reason, None);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Names of the columns in which a row differs from what is stored.
fn differences(p: &Patient, stored_id: Option<&str>, d: &PatientData) -> Vec<(&'static str, &'static str)> {
    let phone = |n: &Option<PhoneNumber>| n.as_ref().map(ToString::to_string);
    let email_differs = d.email.is_some() && p.email != d.email;
    let all = [
        (p.name != d.name, ("姓名", "name")),
        (p.sex != d.sex, ("性别", "sex")),
        (p.birth_date != d.birth_date, ("出生日期", "date of birth")),
        (
            stored_id != d.national_id.as_ref().map(|i| i.as_str()),
            ("身份证号", "national ID"),
        ),
        (p.phone != phone(&d.phone), ("手机", "mobile")),
        (p.other_phone != phone(&d.other_phone), ("其他电话", "other phone")),
        (email_differs, ("邮箱", "email")),
        (p.vip != d.vip, ("会员等级", "tier")),
        (p.allergies != d.allergies, ("过敏史", "allergies")),
        (p.history != d.history, ("既往史", "history")),
        (p.occupation != d.occupation, ("职业", "occupation")),
        (p.address != d.address, ("地址", "address")),
        (p.source != d.source, ("来源", "source")),
        (p.note != d.note, ("备注", "note")),
    ];
    all.into_iter()
        .filter(|(differs, _)| *differs)
        .map(|(_, name)| name)
        .collect()
}

/// The file's data with what only we know.
fn merged(p: &Patient, d: PatientData) -> PatientData {
    PatientData {
        email: d.email.or_else(|| p.email.clone()),
        language: p.language,
        channel: p.channel,
        marketing: p.marketing,
        lunar_birthday: p.lunar_birthday,
        needs: p.needs.clone(),
        deceased: p.deceased,
        zone: p.zone.as_deref().and_then(|z| z.parse().ok()),
        ..d
    }
}
