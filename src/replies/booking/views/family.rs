//! What a family sees that books together: who, when, one button.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::family::{Family, Member, mark, starts};
use super::{Door, Note, switch, told};
use crate::appointments::online::Asking;
use crate::patients::surname;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input};
use crate::replies::views::{frame, telephone};

/// Days with free times that the page offers at most.
const DAYS: usize = 10;

/// Enough to tell children apart, and no more: a Chinese name without the family's, else the first one. Where nothing would be
/// left, the first character is taken for the family's: somebody called 司马 may be 马 of the family 司.
fn called(name: &str) -> String {
    match name.split_once(' ') {
        Some((first, _)) => first.to_owned(),
        None if name.is_ascii() => name.to_owned(),
        None => {
            let given = name.strip_prefix(surname(name)).filter(|rest| !rest.is_empty());
            let without_first = || name.char_indices().nth(1).map_or("", |(at, _)| &name[at..]);
            format!("*{}", given.unwrap_or_else(without_first))
        }
    }
}

/// The page's address with those chosen, and more.
struct Address<'a> {
    path: String,
    family: &'a Family,
}

impl Address<'_> {
    fn with(&self, more: &[(&str, String)]) -> String {
        let members = self.family.chosen().map(|m| ("m", m.told.recall.to_string()));
        let more = more.iter().map(|(name, value)| (*name, value.clone()));
        let pairs: Vec<String> = members.chain(more).map(|(n, v)| format!("{n}={v}")).collect();
        format!("{}?{}", self.path, pairs.join("&"))
    }
}

/// `/r/{token}/family`
pub(in super::super) fn family(
    (lang, door): (Lang, &Door),
    family: &Family,
    note: Option<Note>,
    (input, faults): (&Input, &Faults),
) -> Markup {
    let site = &family.clinic.site;
    let address = Address {
        path: format!("{}/family", door.path()),
        family,
    };
    let title = lang.pick("一起预约", "Book together");
    let way = family.way.as_ref().filter(|_| note != Some(Note::Taken));
    let body = html! {
        p class="clinic" { (site.name_in(lang)) }
        h1 { (title) }
        @if let Some(note) = note { (told(lang, note)) }
        (booked(lang, family))
        @match way {
            Some(way) => { (last_step(lang, &address, way, (input, faults))) }
            None if family.members.iter().any(|m| m.visit.is_none()) => {
                (who(lang, &address))
                @if family.chosen().next().is_some() { (when(lang, &address)) }
            }
            None => {}
        }
        (telephone(lang, site))
    };
    let here = address.with(&[]);
    frame(lang, title, switch(lang, &format!("{here}&")), body)
}

/// Those who have a visit already.
fn booked(lang: Lang, family: &Family) -> Markup {
    let zone = family.clinic.site.tz();
    let visits = family.members.iter().filter_map(|m| Some((m, m.visit.as_ref()?)));
    html! {
        ul class="list" { @for (m, (at, path)) in visits {
            li { a class="b" href=(path) { (called(&m.told.name)) " · " (m.service.name_in(lang)) br; small { (lang.day_time(*at, zone)) } } }
        } }
    }
}

/// Who is to come along, without a script.
fn who(lang: Lang, address: &Address<'_>) -> Markup {
    let open = || address.family.members.iter().filter(|m| m.visit.is_none());
    let label = |m: &Member| {
        let minutes = lang.pick(
            format!("{} 分钟", m.service.minutes),
            format!("{} min", m.service.minutes),
        );
        format!("{} · {} · {minutes}", called(&m.told.name), m.service.name_in(lang))
    };
    html! {
        form method="get" action=(address.path) {
            h2 { (lang.pick("谁来？一个接一个，不用多跑一趟。", "Who is coming? One after the other, in one trip.")) }
            input type="hidden" name="f" value="1";
            @for m in open() {
                @if m.limited { p class="note" { (called(&m.told.name)) (lang.pick("：请致电预约", ": please call to book")) } }
                @else { label class="check" { input type="checkbox" name="m" value=(m.told.recall) checked[m.chosen]; span { (label(m)) } } }
            }
            @if open().count() > 1 { button class="b" type="submit" { (lang.pick("看他们的时间", "Times for them")) } }
        }
    }
}

/// The days, and the times of one of them.
fn when(lang: Lang, address: &Address<'_>) -> Markup {
    let family = address.family;
    let zone = family.clinic.site.tz();
    let mut days: Vec<(NaiveDate, usize)> = Vec::new();
    for day in family.ways.iter().filter_map(|way| starts(way)).map(|at| at.day(zone)) {
        match days.last_mut() {
            Some((last, n)) if *last == day => *n += 1,
            _ => days.push((day, 1)),
        }
    }
    let on = |way: &&Vec<Asking>| starts(way).map(|at| at.day(zone)) == family.day;
    html! {
        @if days.is_empty() {
            p { (lang.pick("近期没有能一起来的时间。可以少选一位，或致电我们。", "There is no time for all of them in the near future. Choose fewer, or call us.")) }
        } @else {
            h2 { (lang.pick("日期", "Day")) }
            ul class="chips days" { @for (day, free) in days.iter().take(DAYS) {
                li { a href=(address.with(&[("d", day.to_string())])) aria-current=[(family.day == Some(*day)).then_some("date")] { (lang.day(*day)) small { " " (free) (lang.pick(" 个", " free")) } } }
            } }
            h2 { (lang.pick("时间", "Time")) @if let Some(day) = family.day { " · " (lang.day(day)) } }
            ul class="chips times" { @for at in family.ways.iter().filter(on).filter_map(|way| starts(way)) {
                li { a href=(address.with(&[("t", at.0.to_string())])) { (at.local(zone).format("%H:%M").to_string()) } }
            } }
        }
    }
}

/// Each with time and doctor, and the button.
fn last_step(lang: Lang, address: &Address<'_>, way: &[Asking], (input, faults): (&Input, &Faults)) -> Markup {
    let (family, form) = (address.family, Form { lang, input, faults });
    let site = &family.clinic.site;
    let with = |asking: &Asking| {
        let provider = asking.provider.and_then(|id| family.clinic.find_provider(id));
        provider.map_or("", |p| p.name_in(lang)).to_owned()
    };
    let all = family.chosen().count();
    html! {
        @if !faults.0.is_empty() { p class="note bad" role="alert" { (lang.pick("还没有提交，请看下面标出的地方。", "Not sent yet: please look at what is marked below.")) } }
        dl {
            @if let Some(at) = starts(way) { dt { (lang.pick("日期", "Date")) } dd { (lang.day(at.day(site.tz()))) } }
            @for (m, asking) in family.chosen().zip(way) {
                dt { b { (asking.starts_at.local(site.tz()).format("%H:%M").to_string()) } }
                dd { (called(&m.told.name)) " · " (m.service.name_in(lang)) " · " (with(asking)) }
            }
            @if !site.address_in(lang).is_empty() { dt { (lang.pick("地址", "Address")) } dd { (site.address_in(lang)) } }
        }
        form method="post" action=(address.path) {
            @for m in family.chosen() { input type="hidden" name="m" value=(m.told.recall); }
            @if let Some(at) = starts(way) { input type="hidden" name="t" value=(at.0); }
            input type="hidden" name="w" value=(mark(way));
            (form.area("note", lang.pick("想告诉我们的（可不填）", "Anything we should know (optional)"), 2))
            button class="b pri" type="submit" { (lang.pick(format!("确定预约（{all} 位）"), format!("Book for {all}"))) }
        }
        a class="b quiet" href=(address.with(&[])) { (lang.pick("换个时间", "Another time")) }
    }
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn children_are_told_apart() {
        assert_eq!(called("孙小明"), "*小明");
        assert_eq!(called("欧阳娜娜"), "*娜娜");
        assert_eq!(called("司马"), "*马");
        assert_eq!(called("Anna Smith"), "Anna");
        assert_eq!(called("Cher"), "Cher");
    }
}
