//! Families on the recall list: who shares a number stands together, and can be texted, called and booked at once.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::super::model::Recall;
use super::super::super::store::recalls::{Member, RecallRow};
use crate::patients::PatientId;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::icon;

/// Recalls of one number, or a single one.
pub struct Group {
    /// The number.
    pub phone: Option<String>,
    /// Those on the list.
    pub rows: Vec<RecallRow>,
    /// Those of the same number who are due soon.
    pub soon: Vec<Member>,
}

impl Group {
    /// Whether there is somebody to be told along.
    pub fn is_family(&self) -> bool {
        self.rows.len() + self.soon.len() > 1
    }
    fn recalls(&self) -> impl Iterator<Item = &Recall> {
        let rows = self.rows.iter().map(|row| &row.recall);
        rows.chain(self.soon.iter().map(|m| &m.recall))
    }
    fn names(&self) -> Vec<&str> {
        let rows = self.rows.iter().map(|row| row.name.as_str());
        let mut names: Vec<&str> = Vec::new();
        for name in rows.chain(self.soon.iter().map(|m| m.name.as_str())) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Rows of the list by number, in the order of the first of each, and who is due soon at the same numbers.
pub fn grouped(rows: Vec<RecallRow>, soon: Vec<Member>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let same = |g: &&mut Group| row.phone.is_some() && g.phone == row.phone;
        match groups.iter_mut().find(same) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                phone: row.phone.clone(),
                rows: vec![row],
                soon: Vec::new(),
            }),
        }
    }
    for member in soon {
        let same = groups.iter_mut().find(|g| g.phone.is_some() && g.phone == member.phone);
        if let Some(group) = same {
            group.soon.push(member);
        }
    }
    groups
}

/// The line above a family: who they are, and what can be done for all of them.
pub(super) fn head(lang: Lang, today: NaiveDate, group: &Group) -> Markup {
    let names = group.names().join(lang.pick("、", ", "));
    let whose = html! { span class="vh" { (lang.pick("：", ": ")) (names) } };
    let first = group.rows.first().map(|row| row.recall.id);
    html! {
        tr class="famhead" {
            td colspan="9" {
                div class="acts" {
                    span { (icon("users")) " " b { (lang.pick("同一号码", "Same number")) }
                        @if let Some(phone) = &group.phone { " " (phone_masked(phone)) } " · " (names) }
                    form method="post" action="/recall/family/text" {
                        @for r in group.recalls() { input type="hidden" name="member" value={ (r.id) ":" (r.version) }; }
                        button class="btn sm" type="submit" { (icon("send")) (lang.pick("合发一条短信", "One text for all")) (whose) }
                    }
                    @if let Some(id) = first { a class="btn sm" href={ "/recall/" (id) "/call" } { (icon("phone")) (lang.pick("一次通话", "One call")) (whose) } }
                    a class="btn sm" href=(together_link(group.recalls(), today)) { (icon("calendar-plus")) (lang.pick("一起约", "Book the family")) (whose) }
                }
            }
        }
    }
}

/// Leads to the search of a time for all of them, not before the last of them is due.
pub(super) fn together_link<'a>(recalls: impl Iterator<Item = &'a Recall>, today: NaiveDate) -> String {
    let mut seen: Vec<PatientId> = Vec::new();
    let (mut link, mut from) = ("/find?".to_owned(), today);
    for r in recalls {
        if !seen.contains(&r.patient_id) {
            seen.push(r.patient_id);
            link.push_str(&format!("patient={}&service={}&", r.patient_id, r.service_id));
            from = from.max(r.due_on);
        }
    }
    link.push_str(&format!("from={from}"));
    link
}

/// Somebody of the family who is due soon.
pub(super) fn soon(lang: Lang, member: &Member) -> Markup {
    let r = &member.recall;
    html! {
        tr class="soon" {
            td {}
            th scope="row" { a href={ "/patients/" (r.patient_id) } { (member.name) } }
            td { (lang.pick("即将到期", "due soon")) span class="sub" { (lang.date(r.due_on)) } }
            td class="wide" { a href={ "/recall/" (r.id) } { (lang.pick(&member.service.0, &member.service.1)) } }
            td class="more" colspan="5" {}
        }
    }
}
